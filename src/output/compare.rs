//! Compares what is in place with what is to be there, a piece at a time.

use std::fs::File;
use std::io::{self, Read};

/// How much of a file is in memory at once.
const BUFFER: u64 = 1 << 16;

/// A buffer no larger than is of use for a file of this size.
pub(super) fn buffer(size: u64) -> Vec<u8> {
    // One byte more than the size, so that the end is seen with the first read.
    vec![0; usize::try_from(size.saturating_add(1).min(BUFFER)).unwrap_or(1 << 16)]
}

/// Fills the buffer as far as the reader goes.
pub(super) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether a file of the same size has these bytes.
pub(super) fn has_bytes(mut file: File, mut bytes: &[u8]) -> io::Result<bool> {
    let mut buffer = buffer(bytes.len() as u64);
    while !bytes.is_empty() {
        let want = bytes.len().min(buffer.len());
        let n = fill(&mut file, &mut buffer[..want])?;
        match bytes.strip_prefix(&buffer[..n]) {
            Some(rest) if n > 0 => bytes = rest,
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// The hash of what both files have, or nothing when they differ. Only errors of the first count: a
/// second one that cannot be read differs.
pub(super) fn same_content(mut one: File, mut other: File) -> io::Result<Option<blake3::Hash>> {
    let size = one.metadata()?.len();
    let (mut a, mut b) = (buffer(size), buffer(size));
    let mut hasher = blake3::Hasher::new();
    loop {
        let n = fill(&mut one, &mut a)?;
        if fill(&mut other, &mut b).ok() != Some(n) || a[..n] != b[..n] {
            return Ok(None);
        }
        if n == 0 {
            return Ok(Some(hasher.finalize()));
        }
        hasher.update(&a[..n]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn compares_at_the_edges_of_the_buffer() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("1"), dir.path().join("2"));
        for len in [0_usize, 1, 65_535, 65_536, 65_537, 200_000] {
            let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            std::fs::write(&one, &bytes).unwrap();
            std::fs::write(&other, &bytes).unwrap();
            let open = |path: &Path| File::open(path).unwrap();
            assert!(has_bytes(open(&one), &bytes).unwrap());
            assert_eq!(
                same_content(open(&one), open(&other)).unwrap(),
                Some(blake3::hash(&bytes))
            );
            let mut longer = bytes.clone();
            longer.push(7);
            assert!(!has_bytes(open(&one), &longer).unwrap());
            std::fs::write(&other, &longer).unwrap();
            assert_eq!(same_content(open(&one), open(&other)).unwrap(), None);
            if let Some(last) = bytes.len().checked_sub(1) {
                let mut changed = bytes;
                changed[last] ^= 1;
                assert!(!has_bytes(open(&one), &changed).unwrap());
                std::fs::write(&other, &changed).unwrap();
                assert_eq!(same_content(open(&one), open(&other)).unwrap(), None);
            }
        }
    }
}
