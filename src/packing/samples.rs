//! Packed texts for tests.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// `hello, hello, hello`, by Google's library.
pub(crate) const BROTLI: &[u8] = &[
    0x1b, 0x12, 0x00, 0xf8, 0x8d, 0x94, 0x6e, 0xde, 0x44, 0x09, 0x52, 0x86, 0x96, 0x6c, 0x2c, 0x6f,
    0x11, 0x4f, 0x24, 0xd0, 0x71, 0x00,
];

/// As servers pack it.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_at(Compression::default(), bytes)
}

pub(crate) fn gzip_at(level: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A text of this length that can be packed, but not to nothing.
pub(crate) fn text(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * n / 7 % 251) as u8).collect()
}
