//! Lists in the cache folder of how the files and folders of a site looked to the system.
//!
//! A list is of one output folder on one machine and of one manifest. With another of them, and after a
//! restart where the system tells of it, it is worth nothing.

use std::path::{Path, PathBuf};

use crate::fs::{self, Identity};

/// A kind of list.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its folder below the cache folder.
    pub(super) folder: &'static str,
    /// The first bytes of each.
    pub(super) header: &'static [u8; 16],
}

/// A row: an [`Identity`], or what stands for something else.
pub(super) type Row = [u8; Identity::SIZE];

/// Where one list is kept.
#[derive(Debug)]
pub(super) struct List {
    kind: &'static Kind,
    file: PathBuf,
    device: u64,
}

impl List {
    /// The list of an output folder on this device; none where the system does not tell devices apart.
    pub(super) fn of(
        kind: &'static Kind,
        cache: &Path,
        output: &Path,
        device: Option<u64>,
    ) -> Option<Self> {
        let name = blake3::hash(output.as_os_str().as_encoded_bytes()).to_hex();
        Some(Self {
            kind,
            file: cache.join(kind.folder).join(&name[..32]),
            device: device?,
        })
    }

    /// Its rows, if it belongs to that manifest.
    pub(super) fn read<T>(
        &self,
        manifest: &blake3::Hash,
        row: impl Fn(Row) -> T,
    ) -> Option<Vec<T>> {
        let bytes = std::fs::read(&self.file).ok()?;
        let (rows, rest) = bytes.strip_prefix(&*self.header(manifest))?.as_chunks();
        rest.is_empty()
            .then(|| rows.iter().map(|bytes| row(*bytes)).collect())
    }

    /// Replaces it. A failure only makes the next build look for itself.
    pub(super) fn write(&self, manifest: &blake3::Hash, rows: impl ExactSizeIterator<Item = Row>) {
        let mut bytes = self.header(manifest);
        bytes.reserve_exact(rows.len() * Identity::SIZE);
        for row in rows {
            bytes.extend(row);
        }
        let _ = fs::write_whole(&self.file, &bytes);
    }

    /// What a list must begin with to be believed.
    fn header(&self, manifest: &blake3::Hash) -> Vec<u8> {
        let mut bytes = self.kind.header.to_vec();
        bytes.extend(self.device.to_le_bytes());
        bytes.extend(manifest.as_bytes());
        bytes.extend(fs::this_start().as_bytes());
        bytes
    }
}
