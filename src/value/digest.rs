//! What tells contents apart without having them.

/// 128 bits of BLAKE3: more than enough for all that one site compares.
pub type Digest = [u8; 16];

/// The digest of bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    shortened(&blake3::hash(bytes))
}

/// The digest that a whole hash begins with.
#[must_use]
pub fn shortened(hash: &blake3::Hash) -> Digest {
    let mut digest = Digest::default();
    let length = digest.len();
    digest.copy_from_slice(&hash.as_bytes()[..length]);
    digest
}
