//! Packed texts: as AEM sends answers, and as the cache keeps them.
//!
//! They are unpacked as a whole, which takes half the time that unpacking piece by piece does.

mod room;

use std::io::{self, Read};

use brotli_decompressor::Decompressor as BrotliDecompressor;
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;
use memchr::memmem;
use serde::{Deserialize, Serialize};

pub use room::Room;

/// So many times its own length is the most that gzip can hold.
const MOST: usize = 1_032;

/// Room for what does not say how long it is.
const ROOM: usize = 64 << 10;

/// Brotli's window on what it reads or writes.
pub const BROTLI_WINDOW: usize = 16 << 10;

/// How something is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Packing {
    /// RFC 1952.
    #[serde(rename = "gz")]
    Gzip,
    /// RFC 7932.
    #[serde(rename = "br")]
    Brotli,
}

/// Something packed.
#[derive(Clone, Debug)]
pub struct Packed {
    /// How.
    pub packing: Packing,
    /// All of it.
    pub bytes: Bytes,
}

/// Why something was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is longer than allowed.
    #[error("it is too long")]
    TooLarge,
    /// It is cut off or not packed that way.
    #[error(transparent)]
    Garbled(#[from] io::Error),
}

impl Packing {
    /// What the name of a file ends with that is packed so.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Brotli => "br",
        }
    }
}

impl Packed {
    /// What is packed, of at most `max` bytes.
    ///
    /// # Errors
    /// When that is longer, or garbled.
    pub fn unpack(&self, max: u64) -> Result<Bytes, UnpackError> {
        self.unpack_in(&Room::default(), max)
    }

    /// The same, if possible in room where another text was.
    ///
    /// # Errors
    /// When what is packed is longer, or garbled.
    pub fn unpack_in(&self, room: &Room, max: u64) -> Result<Bytes, UnpackError> {
        match self.packing {
            Packing::Gzip => {
                let packed = self.bytes.as_ref();
                // It ends with its length, which may be a lie.
                let length = packed.last_chunk().copied().map_or(0, u32::from_le_bytes);
                let length = (length as usize).min(packed.len().saturating_mul(MOST));
                if length as u64 <= max
                    && let Some(body) = member(packed, length, room)
                {
                    return Ok(body);
                }
                read(MultiGzDecoder::new(packed), length, max)
            }
            Packing::Brotli => {
                let unpacker = BrotliDecompressor::new(self.bytes.as_ref(), BROTLI_WINDOW);
                read(unpacker, ROOM, max)
            }
        }
    }
}

/// What is packed as one member of gzip, if it is and has this length. By libdeflate, which takes half the time of any
/// library that could also go on with more members, or say what is wrong.
fn member(packed: &[u8], length: usize, room: &Room) -> Option<Bytes> {
    let end: [u8; 4] = *packed.last_chunk()?;
    let (_, before) = packed.split_last()?;
    // It would not tell that something follows the first member. That has its length at its end: where it is also found
    // before the end of all, something may follow. If it is there by chance, nothing but time is lost.
    if u32::from_le_bytes(end) as usize != length || memmem::find(before, &end).is_some() {
        return None;
    }
    let mut body = room.take(length);
    let unpacked = Decompressor::new()
        .gzip_decompress(packed, body.bytes())
        .ok()?;
    (unpacked == length).then(|| body.filled())
}

/// All there is, of which there are about `length` bytes.
fn read(mut from: impl Read, length: usize, max: u64) -> Result<Bytes, UnpackError> {
    let most = usize::try_from(max).unwrap_or(usize::MAX).saturating_add(1);
    // One more, so that the end is seen without room for more.
    let mut body = vec![0; length.saturating_add(1).min(most)];
    let mut filled = 0;
    loop {
        if filled == body.len() {
            if filled == most {
                return Err(UnpackError::TooLarge);
            }
            body.resize(
                body.len()
                    .saturating_mul(2)
                    .clamp(ROOM, most.max(ROOM))
                    .min(most),
                0,
            );
        }
        match from.read(&mut body[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    body.truncate(filled);
    if body.capacity() / 2 > filled {
        body.shrink_to_fit();
    }
    Ok(Bytes::from(body))
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use flate2::Compression;

    use super::samples::{BROTLI, gzip, gzip_at, text};
    use super::*;

    fn unpack(packed: &[u8], packing: Packing, max: u64) -> Result<Bytes, UnpackError> {
        let bytes = Bytes::copy_from_slice(packed);
        Packed { packing, bytes }.unpack(max)
    }

    #[test]
    fn what_was_packed_comes_back() {
        for length in [0, 1, 1_000, 100_000, 1_000_000] {
            let (plain, packed) = (text(length), gzip(&text(length)));
            let most = length as u64;
            assert_eq!(unpack(&packed, Packing::Gzip, most).unwrap(), plain);
            assert_eq!(unpack(&packed, Packing::Gzip, u64::MAX).unwrap(), plain);
        }
    }

    #[test]
    fn parts_packed_one_by_one_are_one_body() {
        let packed = [gzip(b"one "), gzip(b"and two")].concat();
        assert_eq!(unpack(&packed, Packing::Gzip, 100).unwrap(), "one and two");
        // The length at the end is right for each of them.
        let packed = [gzip(b"same"), gzip(b"same")].concat();
        assert_eq!(unpack(&packed, Packing::Gzip, 100).unwrap(), "samesame");
    }

    #[test]
    fn a_body_that_looks_like_two_is_one() {
        let mut plain = text(1_000);
        plain.extend(1_004_u32.to_le_bytes());
        // As it is, so that what looks like the end of a member is there.
        let packed = gzip_at(Compression::none(), &plain);
        assert!(member(&packed, plain.len(), &Room::default()).is_none());
        assert_eq!(unpack(&packed, Packing::Gzip, u64::MAX).unwrap(), plain);
        let (plain, packed) = (text(1_000), gzip(&text(1_000)));
        assert_eq!(
            member(&packed, plain.len(), &Room::default()).unwrap(),
            plain
        );
    }

    #[test]
    fn what_follows_a_member_is_no_part_of_it() {
        let length = 1_000_u32.to_le_bytes();
        // The last ends like a member of that length, whose beginning is damaged.
        let other = [&[0x1e], &gzip(&text(1_000))[1..]].concat();
        for more in [&b"more"[..], &[0], &length, &other] {
            let packed = [&gzip(&text(1_000))[..], more].concat();
            assert!(unpack(&packed, Packing::Gzip, u64::MAX).is_err());
        }
        let padded = [&gzip(b"")[..], &[0; 4]].concat();
        assert!(unpack(&padded, Packing::Gzip, u64::MAX).is_err());
    }

    #[test]
    fn anything_may_come() {
        let packed = gzip(&text(20_000));
        let mut random = fastrand::Rng::with_seed(7);
        let room = Room::default();
        for round in 0..2_000 {
            let mut damaged = packed.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..damaged.len());
                match random.u8(..3) {
                    0 => damaged[at] ^= 1 << random.u8(..8),
                    1 => damaged.truncate(at.max(1)),
                    _ => damaged.insert(at, random.u8(..)),
                }
            }
            let by_another = read(MultiGzDecoder::new(&damaged[..]), 0, 1 << 20);
            let bytes = Bytes::from(damaged);
            let packing = Packing::Gzip;
            let unpacked = Packed { packing, bytes }.unpack_in(&room, 1 << 20);
            match (unpacked, by_another) {
                (Ok(one), Ok(other)) => assert!(one == other, "round {round}"),
                (Err(_), Err(_)) => {}
                (one, other) => panic!("round {round}: {one:?} and {other:?}"),
            }
        }
    }

    #[test]
    fn brotli_is_unpacked() {
        let plain = b"hello, hello, hello";
        assert_eq!(unpack(BROTLI, Packing::Brotli, 19).unwrap(), &plain[..]);
        let too_large = unpack(BROTLI, Packing::Brotli, 18);
        assert!(matches!(too_large, Err(UnpackError::TooLarge)));
        assert!(unpack(&BROTLI[..BROTLI.len() - 2], Packing::Brotli, 19).is_err());
    }

    #[test]
    fn no_more_is_unpacked_than_is_allowed() {
        let packed = gzip(&vec![b' '; 1 << 20]);
        for most in [(1 << 20) - 1, 0] {
            let too_large = unpack(&packed, Packing::Gzip, most);
            assert!(matches!(too_large, Err(UnpackError::TooLarge)));
        }
    }

    #[test]
    fn a_length_that_is_a_lie_is_no_harm() {
        let mut packed = gzip(&text(1_000));
        for length in [0, 1, u32::MAX] {
            let at = packed.len() - 4;
            packed[at..].copy_from_slice(&length.to_le_bytes());
            let read = read(
                flate2::bufread::DeflateDecoder::new(&packed[10..]),
                length as usize,
                1 << 30,
            );
            assert_eq!(read.unwrap(), text(1_000));
            assert!(unpack(&packed, Packing::Gzip, 1 << 30).is_err());
        }
    }

    #[test]
    fn what_is_cut_off_is_told_from_what_is_not_packed() {
        let packed = gzip(&text(100_000));
        let kind = |result: Result<Bytes, UnpackError>| match result {
            Err(UnpackError::Garbled(why)) => why.kind(),
            other => panic!("{other:?}"),
        };
        for end in [1, 5, 1_000, packed.len() - 1] {
            let cut = unpack(&packed[..end], Packing::Gzip, u64::MAX);
            assert_eq!(kind(cut), ErrorKind::UnexpectedEof, "{end}");
        }
        for packing in [Packing::Gzip, Packing::Brotli] {
            let plain = br#"{"data": {"this": "is not packed at all"}}"#;
            let garbled = kind(unpack(plain, packing, u64::MAX));
            assert_ne!(garbled, ErrorKind::UnexpectedEof);
        }
    }
}
