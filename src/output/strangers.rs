//! Finds what Frieze did not make and leaves alone.

use rayon::prelude::*;
use walkdir::WalkDir;

use super::clean::Clean;
use super::folders::Folders;
use super::look::is_absent;
use super::plan::{Planner, relative};
use super::tree::{AT_ONCE, Folder, Looked};
use crate::artifact::RESERVED_PREFIX;
use crate::fs::Identity;

/// What was found in a folder that Frieze made.
#[derive(Debug, Default)]
struct Inside {
    /// Files that are not ours.
    strangers: Vec<String>,
    /// Whether there is anything else that is not ours.
    has_others: bool,
}

impl Planner<'_> {
    /// Files that Frieze did not make and that stay, sorted; and what to keep of each folder of the earlier build
    /// that has nothing but our own in it. `looked` is how these folders look.
    pub(super) fn strangers(
        &self,
        looked: &[Looked],
        clean: &Clean,
    ) -> (Vec<String>, Vec<Option<Identity>>) {
        let folders = Folders::of(self.old.iter().map(|file| file.path.as_str()));
        let paths = folders.paths().par_iter().zip(looked).enumerate();
        let find = |(number, (path, looked)): (usize, (&&str, &Looked))| {
            if clean.is_untouched(number, looked.identity) {
                return (Vec::new(), looked.identity);
            }
            let inside = match looked.folder {
                Folder::Real | Folder::Elsewhere(_) => self.open(path),
                Folder::Missing | Folder::Blocked(_) => return (Vec::new(), None),
            };
            let own = (inside.strangers.is_empty() && !inside.has_others)
                .then(|| clean.settled(looked.identity));
            (inside.strangers, own.flatten())
        };
        let (found, own): (Vec<_>, Vec<_>) = paths.with_min_len(AT_ONCE).map(find).unzip();
        let mut found = found.concat();
        found.sort();
        (found, own)
    }

    /// What is in a folder of the earlier build, but for the other folders of that build in it.
    fn open(&self, folder: &str) -> Inside {
        let mut inside = Inside::default();
        let entries = match std::fs::read_dir(self.tree.root().join(folder)) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => return inside,
            // One that cannot be read is left alone as a whole.
            Err(_) => {
                inside.strangers.push(folder.to_owned());
                return inside;
            }
        };
        for entry in entries {
            let Ok(entry) = entry else {
                inside.strangers.push(folder.to_owned());
                continue;
            };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = match folder {
                "" if name.starts_with(RESERVED_PREFIX) => continue,
                "" => name.into_owned(),
                _ => format!("{folder}/{name}"),
            };
            if entry.file_type().is_ok_and(|found| found.is_dir()) {
                if !self.made_below(&path) {
                    inside.has_others = true;
                    inside.strangers.extend(self.below(&path));
                }
            } else if !self.is_old(&path) {
                inside.has_others = true;
                inside
                    .strangers
                    .extend(Some(path).filter(|path| !self.is_new(path)));
            }
        }
        inside
    }

    /// What is not ours below a folder that Frieze did not make.
    fn below(&self, folder: &str) -> Vec<String> {
        let root = self.tree.root();
        let mut found = Vec::new();
        for entry in WalkDir::new(root.join(folder)).min_depth(1) {
            let path = match &entry {
                Ok(entry) if entry.file_type().is_dir() => continue,
                Ok(entry) => entry.path(),
                Err(error) => error.path().unwrap_or(root),
            };
            let path = relative(path.strip_prefix(root).unwrap_or(path));
            if !self.is_new(&path) && !self.is_old(&path) {
                found.push(path);
            }
        }
        found
    }
}
