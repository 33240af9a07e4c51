//! What is in a folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

/// Every file below a folder: its bytes as a hash, and when it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree(BTreeMap<String, (blake3::Hash, SystemTime)>);

impl Tree {
    /// Reads a folder; one that does not exist has nothing in it.
    pub(crate) fn of(root: &Path) -> Self {
        let mut files = BTreeMap::new();
        if root.exists() {
            for entry in walkdir::WalkDir::new(root) {
                let entry = entry.unwrap();
                if entry.file_type().is_dir() {
                    continue;
                }
                let name = entry.path().strip_prefix(root).unwrap();
                let name = name.to_str().unwrap().replace('\\', "/");
                let hash = blake3::hash(&std::fs::read(entry.path()).unwrap());
                let modified = entry.metadata().unwrap().modified().unwrap();
                files.insert(name, (hash, modified));
            }
        }
        Self(files)
    }

    /// The bytes alone: equal for two sites that a visitor cannot tell apart. The manifest is left in:
    /// it too follows from the content.
    pub(crate) fn bytes(&self) -> BTreeMap<String, blake3::Hash> {
        let hashes = self.0.iter().map(|(name, (hash, _))| (name.clone(), *hash));
        hashes.collect()
    }

    /// The names of its files, but for the manifest.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|name| *name != frieze::output::MANIFEST)
            .collect()
    }

    /// Whether there is no file at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many files there are, but for the manifest.
    pub(crate) fn len(&self) -> usize {
        self.names().len()
    }
}
