//! Bodies of answers, which come packed.
//!
//! A body is read as it comes and unpacked as a whole: that takes half the time that unpacking it piece by piece does.
//! Only an asset may be too large for that.

use std::io::{self, ErrorKind, Read, Write};

use brotli_decompressor::{Decompressor, DecompressorWriter};
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use flate2::write::MultiGzDecoder as GzWriter;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::source::{BrokeOff, Damage};

/// What we can unpack, for `Accept-Encoding`.
pub(super) const ACCEPTED: &str = "gzip, br";

/// So many times its own length is the most that gzip can hold.
const MOST: usize = 1_032;

/// Room for what does not say how long it is.
const ROOM: usize = 64 << 10;

/// So much of an asset is unpacked at once, as that could be [`MOST`] times as much.
const STEP: usize = 4 << 10;

/// Brotli's window on what it reads or writes.
const WINDOW: usize = 16 << 10;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Brotli,
}

impl Packing {
    /// What `Content-Encoding` says; `None` also for what we have not asked for.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.get(CONTENT_ENCODING)?.as_bytes() {
            b"gzip" => Some(Self::Gzip),
            b"br" => Some(Self::Brotli),
            _ => None,
        }
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Unread {
    TooLarge,
    Broken(reqwest::Error),
    Garbled(BrokeOff),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Garbled(garbled(&error))
    }
}

/// What is wrong with a body that cannot be unpacked: it is cut off, or something else.
pub(super) fn garbled(error: &io::Error) -> BrokeOff {
    BrokeOff {
        damage: match error.kind() {
            ErrorKind::UnexpectedEof => Damage::Cut,
            _ => Damage::Packing,
        },
        detail: error.to_string(),
    }
}

/// The body of an answer of at most `max` bytes, unpacked.
pub(super) async fn whole(response: Response, max: u64) -> Result<Bytes, Unread> {
    let packing = Packing::of(response.headers());
    let body = received(response, max).await?;
    match packing {
        // Where there is no body, nothing is packed.
        Some(packing) if !body.is_empty() => unpack(&body, packing, max),
        _ => Ok(body),
    }
}

/// The body as it comes.
async fn received(mut response: Response, max: u64) -> Result<Bytes, Unread> {
    let expected = response.content_length().unwrap_or_default();
    if expected > max {
        return Err(Unread::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.is_empty() && chunk.len() as u64 == expected {
            return Ok(chunk);
        }
        if (body.len() + chunk.len()) as u64 > max {
            return Err(Unread::TooLarge);
        }
        if body.is_empty() {
            // No more than a few times what is here already: it is only a promise.
            let promised = usize::try_from(expected).unwrap_or(usize::MAX);
            body.reserve_exact(promised.min(chunk.len().saturating_mul(256)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Bytes::from(body))
}

fn unpack(packed: &[u8], packing: Packing, max: u64) -> Result<Bytes, Unread> {
    match packing {
        Packing::Gzip => {
            // It ends with its length, which may be a lie.
            let length = packed.last_chunk().copied().map_or(0, u32::from_le_bytes);
            let length = (length as usize).min(packed.len().saturating_mul(MOST));
            read(MultiGzDecoder::new(packed), length, max)
        }
        Packing::Brotli => read(Decompressor::new(packed, WINDOW), ROOM, max),
    }
}

/// All there is, of which there are about `length` bytes.
fn read(mut from: impl Read, length: usize, max: u64) -> Result<Bytes, Unread> {
    let most = usize::try_from(max).unwrap_or(usize::MAX).saturating_add(1);
    // One more, so that the end is seen without room for more.
    let mut body = vec![0; length.saturating_add(1).min(most)];
    let mut filled = 0;
    loop {
        if filled == body.len() {
            if filled == most {
                return Err(Unread::TooLarge);
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

/// Unpacks a body piece by piece.
pub(super) enum Unpacker {
    Gzip(Box<GzWriter<Vec<u8>>>),
    Brotli(Box<DecompressorWriter<Vec<u8>>>),
    /// It is not packed.
    Plain,
}

impl Unpacker {
    pub(super) fn of(packing: Option<Packing>) -> Self {
        match packing {
            Some(Packing::Gzip) => Self::Gzip(Box::new(GzWriter::new(Vec::new()))),
            Some(Packing::Brotli) => {
                Self::Brotli(Box::new(DecompressorWriter::new(Vec::new(), WINDOW)))
            }
            None => Self::Plain,
        }
    }

    /// What the next piece brings, bit by bit.
    pub(super) fn next(&mut self, piece: &mut Bytes) -> io::Result<Bytes> {
        if let Self::Plain = self {
            return Ok(std::mem::take(piece));
        }
        let step = piece.split_to(piece.len().min(STEP));
        match self {
            Self::Gzip(unpacker) => {
                unpacker.write_all(&step)?;
                // What it has unpacked, it may still hold back.
                unpacker.flush()?;
                Ok(std::mem::take(unpacker.get_mut()).into())
            }
            Self::Brotli(unpacker) => {
                unpacker.write_all(&step)?;
                Ok(std::mem::take(unpacker.get_mut()).into())
            }
            Self::Plain => Ok(step),
        }
    }

    /// What is left at the end.
    pub(super) fn end(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Gzip(unpacker) => {
                unpacker.try_finish()?;
                Ok(std::mem::take(unpacker.get_mut()).into())
            }
            Self::Brotli(unpacker) => {
                unpacker.close()?;
                Ok(std::mem::take(unpacker.get_mut()).into())
            }
            Self::Plain => Ok(Bytes::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// `hello, hello, hello`, by Google's library.
    const BROTLI: &[u8] = &[
        0x1b, 0x12, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x09, 0x52, 0x86, 0x96, 0x6c, 0x2c,
        0x6f, 0x11, 0x4f, 0x24, 0xd0, 0x71, 0x00,
    ];

    /// By an asset's way.
    fn piece_by_piece(packed: &[u8], packing: Option<Packing>, size: usize) -> io::Result<Vec<u8>> {
        let mut unpacker = Unpacker::of(packing);
        let mut unpacked = Vec::new();
        for piece in packed.chunks(size) {
            let mut piece = Bytes::copy_from_slice(piece);
            while !piece.is_empty() {
                unpacked.extend_from_slice(&unpacker.next(&mut piece)?);
            }
        }
        unpacked.extend_from_slice(&unpacker.end()?);
        Ok(unpacked)
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n * n / 7 % 251) as u8).collect()
    }

    #[test]
    fn what_was_packed_comes_back() {
        for length in [0, 1, 1_000, 100_000, 1_000_000] {
            let (plain, packed) = (text(length), gzip(&text(length)));
            let most = length as u64;
            assert_eq!(unpack(&packed, Packing::Gzip, most).unwrap(), plain);
            assert_eq!(unpack(&packed, Packing::Gzip, u64::MAX).unwrap(), plain);
            for size in [100, 5_000, 1 << 20] {
                let unpacked = piece_by_piece(&packed, Some(Packing::Gzip), size).unwrap();
                assert!(unpacked == plain, "{length} in pieces of {size}");
                assert_eq!(piece_by_piece(&plain, None, size).unwrap(), plain);
            }
        }
    }

    #[test]
    fn parts_packed_one_by_one_are_one_body() {
        let packed = [gzip(b"one "), gzip(b"and two")].concat();
        assert_eq!(unpack(&packed, Packing::Gzip, 100).unwrap(), "one and two");
        let unpacked = piece_by_piece(&packed, Some(Packing::Gzip), 7).unwrap();
        assert_eq!(unpacked, b"one and two");
    }

    #[test]
    fn brotli_is_unpacked() {
        let plain = b"hello, hello, hello";
        assert_eq!(unpack(BROTLI, Packing::Brotli, 19).unwrap(), &plain[..]);
        assert!(matches!(
            unpack(BROTLI, Packing::Brotli, 18),
            Err(Unread::TooLarge)
        ));
        assert!(unpack(&BROTLI[..BROTLI.len() - 2], Packing::Brotli, 19).is_err());
        for size in [1, 100] {
            let unpacked = piece_by_piece(BROTLI, Some(Packing::Brotli), size);
            assert_eq!(unpacked.unwrap(), plain);
        }
        let cut = &BROTLI[..BROTLI.len() - 2];
        assert!(piece_by_piece(cut, Some(Packing::Brotli), 3).is_err());
    }

    #[test]
    fn no_more_is_unpacked_than_is_allowed() {
        let packed = gzip(&vec![b' '; 1 << 20]);
        let most = (1 << 20) - 1;
        assert!(matches!(
            unpack(&packed, Packing::Gzip, most),
            Err(Unread::TooLarge)
        ));
        assert!(matches!(
            unpack(&packed, Packing::Gzip, 0),
            Err(Unread::TooLarge)
        ));
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
        let damage = |result: Result<Bytes, Unread>| match result {
            Err(Unread::Garbled(why)) => why.damage,
            other => panic!("{other:?}"),
        };
        for end in [1, 5, 1_000, packed.len() - 1] {
            let cut = unpack(&packed[..end], Packing::Gzip, u64::MAX);
            assert_eq!(damage(cut), Damage::Cut, "{end}");
            assert!(piece_by_piece(&packed[..end], Some(Packing::Gzip), 100).is_err());
        }
        for packing in [Packing::Gzip, Packing::Brotli] {
            let plain = br#"{"data": {"this": "is not packed at all"}}"#;
            assert_eq!(damage(unpack(plain, packing, u64::MAX)), Damage::Packing);
            let unpacked = piece_by_piece(plain, Some(packing), 100);
            assert_eq!(garbled(&unpacked.unwrap_err()).damage, Damage::Packing);
        }
    }
}
