//! The bodies of answers and assets, in files named by the hash of their content.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{PARTIAL, Record, write_whole};

/// The folder of the bodies.
pub(super) const FOLDER: &str = "bodies-1";

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

    /// The body of a record; `None` when it is missing or damaged.
    pub(super) fn read(&self, record: &Record) -> Option<Bytes> {
        let body = std::fs::read(self.place(&record.hash)?).ok()?;
        let intact = blake3::hash(&body).to_hex().as_str() == record.hash;
        intact.then(|| Bytes::from(body))
    }

    /// Copies the body of a record; false when it is missing or damaged, and `file` then holds nothing of
    /// use.
    pub(super) fn copy(&self, record: &Record, file: &Path) -> io::Result<bool> {
        let Some(place) = self.place(&record.hash) else {
            return Ok(false);
        };
        if !place.is_file() {
            return Ok(false);
        }
        std::fs::copy(&place, file)?;
        Ok(hash_of(file)? == record.hash)
    }

    /// Keeps a body under its hash, unless it is there. A file of the right length is taken for the body:
    /// whoever reads it checks the rest, and what is damaged is asked for again and then mended.
    pub(super) fn keep(&self, hash: &str, body: &[u8]) -> io::Result<()> {
        let place = self.place(hash).ok_or_else(no_hash)?;
        if has_length(&place, body.len() as u64) {
            return Ok(());
        }
        write_whole(&place, &[body])
    }

    /// Keeps a body that was kept before and may be damaged.
    pub(super) fn mend(&self, hash: &str, body: &[u8]) -> io::Result<()> {
        let place = self.place(hash).ok_or_else(no_hash)?;
        if std::fs::read(&place).is_ok_and(|kept| kept == body) {
            return Ok(());
        }
        write_whole(&place, &[body])
    }

    /// Keeps a copy of a file.
    pub(super) fn keep_file(&self, hash: &str, file: &Path) -> io::Result<()> {
        let place = self.place(hash).ok_or_else(no_hash)?;
        let folder = place.parent().unwrap_or(&self.folder);
        std::fs::create_dir_all(folder)?;
        let partial = tempfile::Builder::new()
            .prefix(PARTIAL)
            .tempfile_in(folder)?;
        std::fs::copy(file, partial.path())?;
        partial.persist(place)?;
        Ok(())
    }

    /// Where a body is; `None` for a text that is no hash, which could lead anywhere.
    fn place(&self, hash: &str) -> Option<PathBuf> {
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then(|| self.folder.join(&hash[..2]).join(hash))
    }
}

fn no_hash() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not the hash of a body")
}

fn has_length(file: &Path, length: u64) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() == length)
}

/// BLAKE3 of a file, in hex.
fn hash_of(file: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(file)?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            n => hasher.update(&buffer[..n]),
        };
    }
}
