//! The bodies of answers and assets, in files named by the hash of what is in the file.
//!
//! An answer that came packed is kept as it came: it takes a quarter of the room, and hardly any answer is read again.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::record::Content;
use super::{create_beside, is_hash, open, write_whole};
use crate::packing::Packed;

/// The folder of the bodies.
pub(super) const FOLDER: &str = "bodies-2";

/// All bodies.
#[derive(Clone, Debug)]
pub(super) struct Bodies {
    folder: PathBuf,
}

impl Bodies {
    pub(super) fn below(folder: &Path) -> Self {
        Self {
            folder: folder.join(FOLDER),
        }
    }

    /// A body; `None` when it is missing or damaged.
    pub(super) fn read(&self, content: &Content) -> Option<Bytes> {
        let (file, length) = self.find(content)?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
        file.take(length).read_to_end(&mut bytes).ok()?;
        if *blake3::hash(&bytes).to_hex() != *content.hash {
            return None;
        }
        let bytes = Bytes::from(bytes);
        match content.packing {
            None => Some(bytes),
            Some(packing) => Packed { packing, bytes }.unpack(content.size).ok(),
        }
    }

    /// Copies a body; `None` when it is missing or damaged, and `file` then holds nothing of use.
    pub(super) fn copy(&self, content: &Content, file: &Path) -> Option<()> {
        let hash = copy(self.find(content)?.0, File::create(file).ok()?).ok()?;
        (hash == *content.hash).then_some(())
    }

    /// Keeps a body, packed as the content says, unless it is there and whole.
    pub(super) fn keep(&self, content: &Content, bytes: &[u8]) -> io::Result<()> {
        if self.is_whole(content) {
            return Ok(());
        }
        write_whole(&self.place(content)?, &[bytes])
    }

    /// Keeps a copy of a file, unless it is there and whole.
    pub(super) fn keep_file(&self, content: &Content, file: &Path) -> io::Result<()> {
        if self.is_whole(content) {
            return Ok(());
        }
        let place = self.place(content)?;
        let mut partial = create_beside(&place)?;
        copy(File::open(file)?, &mut partial)?;
        partial.persist(place)?;
        Ok(())
    }

    fn is_whole(&self, content: &Content) -> bool {
        let hash = self.find(content).map(|(file, _)| copy(file, io::sink()));
        hash.is_some_and(|hash| hash.is_ok_and(|hash| hash == *content.hash))
    }

    /// The file of a body and its length, if that can be right: one that grew is not worth reading.
    fn find(&self, content: &Content) -> Option<(File, u64)> {
        let file = open(&self.place(content).ok()?)?;
        let length = file.metadata().ok()?.len();
        let can_be = match content.packing {
            None => length == content.size,
            // Only what is smaller is kept so.
            Some(_) => length < content.size,
        };
        can_be.then_some((file, length))
    }

    /// Where a body is.
    fn place(&self, content: &Content) -> io::Result<PathBuf> {
        let hash = &*content.hash;
        if is_hash(hash) {
            return Ok(self.folder.join(&hash[..2]).join(content.file_name()));
        }
        // It could lead anywhere.
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not the hash of a body",
        ))
    }
}

/// Copies from here to there and gives the hash of what was copied, in hex.
fn copy(mut from: File, mut to: impl Write) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let n = from.read(&mut buffer)?;
        if n == 0 {
            to.flush()?;
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
    }
}
