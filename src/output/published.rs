//! What a build has published, for those who only look.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{MANIFEST, manifest};
use crate::artifact::OutputPath;
use crate::fs;

/// The files that the manifest of an output folder lists. Nothing else of the folder can be reached through it.
#[derive(Debug)]
pub struct Published {
    folder: PathBuf,
    files: BTreeSet<OutputPath>,
    /// When the manifest was written.
    written: Option<SystemTime>,
}

impl Published {
    /// Reads the manifest of a folder; nothing where there is none, or none that can be believed.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Option<Self> {
        let written = written(folder);
        let bytes = fs::read_bytes(&folder.join(MANIFEST)).ok()?;
        let listed = manifest::parse(&bytes).ok()?;
        Some(Self {
            folder: folder.to_path_buf(),
            files: listed.into_iter().map(|listed| listed.path).collect(),
            written,
        })
    }

    /// Whether this is still what the folder's manifest says.
    #[must_use]
    pub fn is_of(&self, folder: &Path) -> bool {
        self.folder == folder && self.written == written(folder)
    }

    /// Where a listed file is.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<PathBuf> {
        let path = OutputPath::parse(path).ok()?;
        self.files.contains(&path).then(|| path.below(&self.folder))
    }
}

fn written(folder: &Path) -> Option<SystemTime> {
    let about = folder.join(MANIFEST).metadata().ok()?;
    about.modified().ok()
}
