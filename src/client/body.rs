//! Bodies of answers, which come packed.
//!
//! A body is read as it comes and unpacked as a whole. Only an asset may be too large for that.

use std::io::{self, ErrorKind, Write};

use brotli_decompressor::DecompressorWriter;
use bytes::Bytes;
use flate2::write::MultiGzDecoder as GzWriter;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use crate::packing::{BROTLI_WINDOW, Packed, Packing, Room, UnpackError};
use crate::source::{BrokeOff, Damage};

/// What we can unpack, for `Accept-Encoding`.
pub(super) const ACCEPTED: &str = "gzip, br";

/// So much of an asset is unpacked at once, as that could be a thousand times as much.
const STEP: usize = 4 << 10;

/// What `Content-Encoding` says; `None` also for what we have not asked for.
pub(super) fn packing(headers: &HeaderMap) -> Option<Packing> {
    match headers.get(CONTENT_ENCODING)?.as_bytes() {
        b"gzip" => Some(Packing::Gzip),
        b"br" => Some(Packing::Brotli),
        _ => None,
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Unread {
    TooLarge,
    Broken(reqwest::Error),
    Garbled(BrokeOff),
}

impl From<UnpackError> for Unread {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::TooLarge => Self::TooLarge,
            UnpackError::Garbled(error) => Self::Garbled(garbled(&error)),
        }
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

/// The body of an answer of at most `max` bytes, unpacked, and as it came if it was packed.
pub(super) async fn whole(
    response: Response,
    max: u64,
    room: Room,
) -> Result<(Bytes, Option<Packed>), Unread> {
    let packing = packing(response.headers());
    let bytes = received(response, max).await?;
    match packing {
        // Where there is no body, nothing is packed.
        Some(packing) if !bytes.is_empty() => {
            let packed = Packed { packing, bytes };
            Ok((packed.unpack_in(&room, max)?, Some(packed)))
        }
        _ => Ok((bytes, None)),
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
                Self::Brotli(Box::new(DecompressorWriter::new(Vec::new(), BROTLI_WINDOW)))
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
    use super::*;
    use crate::packing::samples::{BROTLI, gzip, text};

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

    #[test]
    fn what_was_packed_comes_back_in_pieces() {
        for length in [0, 1, 1_000, 100_000, 1_000_000] {
            let (plain, packed) = (text(length), gzip(&text(length)));
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
        let unpacked = piece_by_piece(&packed, Some(Packing::Gzip), 7).unwrap();
        assert_eq!(unpacked, b"one and two");
    }

    #[test]
    fn brotli_is_unpacked() {
        for size in [1, 100] {
            let unpacked = piece_by_piece(BROTLI, Some(Packing::Brotli), size);
            assert_eq!(unpacked.unwrap(), b"hello, hello, hello");
        }
        let cut = &BROTLI[..BROTLI.len() - 2];
        assert!(piece_by_piece(cut, Some(Packing::Brotli), 3).is_err());
    }

    #[test]
    fn what_is_cut_off_or_not_packed_is_seen() {
        let packed = gzip(&text(100_000));
        for end in [1, 5, 1_000, packed.len() - 1] {
            assert!(piece_by_piece(&packed[..end], Some(Packing::Gzip), 100).is_err());
        }
        for packing in [Packing::Gzip, Packing::Brotli] {
            let plain = br#"{"data": {"this": "is not packed at all"}}"#;
            let unpacked = piece_by_piece(plain, Some(packing), 100);
            assert_eq!(garbled(&unpacked.unwrap_err()).damage, Damage::Packing);
        }
        let cut = io::Error::from(ErrorKind::UnexpectedEof);
        let Unread::Garbled(why) = Unread::from(UnpackError::from(cut)) else {
            panic!("it is not too large");
        };
        assert_eq!(why.damage, Damage::Cut);
    }
}
