//! Looks at what is in the output folder, and never through a symbolic link: a link somebody planted
//! at `public/a` is a thing in the way, not a way to `a/`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rayon::prelude::*;

use crate::artifact::OutputPath;
use crate::fs::FsError;

use super::folders::Folders;
use super::locked;
use super::look::{Anchor, Found, FoundKind, look};
use crate::fs::Identity;

/// How many things a thread looks at before it gives some to another.
pub(super) const AT_ONCE: usize = 64;

/// What a path is where a folder is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    /// A folder, and so is everything above it.
    Real,
    /// Nothing.
    Missing,
    /// It, or what is above it at this path, is something else.
    Blocked(Box<str>),
    /// It, or what is above it at this path, is on another file system, so that nothing can be moved
    /// there in one step.
    Elsewhere(Box<str>),
}

/// A folder as it was when somebody looked.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    /// What its path leads to.
    pub(super) folder: Folder,
    /// Of a real folder, but for the root.
    pub(super) identity: Option<Identity>,
}

/// What a path is where a file is wanted.
#[derive(Debug)]
pub(super) enum Entry {
    /// Nothing.
    Missing,
    /// Nothing, and no folder where it would be.
    NoFolder,
    /// A regular file.
    File {
        /// In bytes.
        size: u64,
        /// What else the system tells of it.
        identity: Option<Identity>,
    },
    /// A symbolic link or a special file.
    Other,
    /// A folder.
    Folder,
    /// Nothing, and there can be nothing: see [`Folder::Blocked`].
    Blocked(Box<str>),
    /// See [`Folder::Elsewhere`].
    Elsewhere(Box<str>),
}

/// The output folder as it is, with each folder looked at once.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
    device: Option<u64>,
    /// Of the root.
    identity: Option<Identity>,
    folders: Mutex<HashMap<Box<str>, Folder>>,
}

impl Tree {
    /// The tree below a folder.
    pub(super) fn new(root: &Path) -> Self {
        let found = look(root).ok().flatten();
        Self {
            root: root.to_path_buf(),
            device: found.as_ref().and_then(|found| found.device),
            identity: found.and_then(|found| found.identity),
            folders: Mutex::default(),
        }
    }

    /// The root.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The file system it is on.
    pub(super) fn device(&self) -> Option<u64> {
        self.device
    }

    /// How the root looked at first.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// What is at a path.
    pub(super) fn entry(&self, path: &OutputPath) -> Result<Entry, FsError> {
        let folder = self.folder(parent(path.as_str()))?;
        Self::entry_in(folder, || look(&path.below(&self.root)))
    }

    /// What is at a path, in a folder that somebody has looked at.
    pub(super) fn entry_in(
        folder: Folder,
        look: impl FnOnce() -> Result<Option<Found>, FsError>,
    ) -> Result<Entry, FsError> {
        match folder {
            Folder::Missing => return Ok(Entry::NoFolder),
            Folder::Blocked(by) => return Ok(Entry::Blocked(by)),
            Folder::Elsewhere(at) => return Ok(Entry::Elsewhere(at)),
            Folder::Real => {}
        }
        let Some(found) = look()? else {
            return Ok(Entry::Missing);
        };
        Ok(match found.kind {
            FoundKind::File => Entry::File {
                size: found.size,
                identity: found.identity,
            },
            FoundKind::Folder => Entry::Folder,
            FoundKind::Other => Entry::Other,
        })
    }

    /// What a folder's path leads to; the empty path is the root.
    pub(super) fn folder(&self, folder: &str) -> Result<Folder, FsError> {
        if folder.is_empty() {
            return Ok(Folder::Real);
        }
        if let Some(known) = locked(&self.folders).get(folder) {
            return Ok(known.clone());
        }
        let state = match self.folder(parent(folder))? {
            Folder::Real => self.judge(folder, look(&self.root.join(folder))?.as_ref()),
            // Known from above: a new site has as many folders as pages.
            above => return Ok(above),
        };
        locked(&self.folders).insert(folder.into(), state.clone());
        Ok(state)
    }

    /// What is at the path of a folder, if all above it are real.
    fn judge(&self, folder: &str, found: Option<&Found>) -> Folder {
        match found {
            None => Folder::Missing,
            Some(found) if !found.is_folder() => Folder::Blocked(folder.into()),
            Some(found) if found.device != self.device => Folder::Elsewhere(folder.into()),
            Some(_) => Folder::Real,
        }
    }

    /// Looks at many folders, on all threads. One that the system does not show counts as real: whoever uses
    /// it learns why.
    pub(super) fn all(&self, folders: &Folders<'_>, anchor: &Anchor) -> Vec<Looked> {
        let look_at = |path: &&str| {
            if path.is_empty() {
                return Looked::unknown();
            }
            // Through a link perhaps, if something above is one: then this is not asked for.
            anchor.look(path).map_or_else(
                |_| Looked::unknown(),
                |found| Looked {
                    folder: self.judge(path, found.as_ref()),
                    identity: found.and_then(|found| found.identity),
                },
            )
        };
        let paths = folders.paths().par_iter().with_min_len(AT_ONCE);
        let mut all: Vec<Looked> = paths.map(look_at).collect();
        for number in 0..all.len() {
            let above = &all[folders.above(number)].folder;
            if *above != Folder::Real {
                all[number].folder = above.clone();
            }
            if all[number].folder != Folder::Real {
                all[number].identity = None;
            }
        }
        all
    }

    /// Notes that a folder was made or removed.
    pub(super) fn learn(&self, folder: &str, state: Folder) {
        locked(&self.folders).insert(folder.into(), state);
    }
}

impl Looked {
    /// The root, or what the system does not show.
    fn unknown() -> Self {
        Self {
            folder: Folder::Real,
            identity: None,
        }
    }
}

/// Everything before the last `/`.
pub(super) fn parent(path: &str) -> &str {
    let end = path.bytes().rposition(|b| b == b'/');
    end.map_or("", |end| &path[..end])
}

/// All folders a path lies in, innermost first, without the root.
pub(super) fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(path)), |folder| Some(parent(folder)))
        .take_while(|f| !f.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_folders_above() {
        assert_eq!(folders_of("a/b/c.html").collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!(folders_of("c.html").count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn never_looks_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir_all(root.join("real/deep")).unwrap();
        std::fs::write(root.join("real/x"), "x").unwrap();
        std::os::unix::fs::symlink(root.join("real"), root.join("link")).unwrap();
        let tree = Tree::new(&root);
        assert_eq!(tree.folder("real/deep").unwrap(), Folder::Real);
        assert_eq!(tree.folder("real/none/of").unwrap(), Folder::Missing);
        assert_eq!(
            tree.folder("real/x/y").unwrap(),
            Folder::Blocked("real/x".into())
        );
        assert_eq!(
            tree.folder("link/deep").unwrap(),
            Folder::Blocked("link".into())
        );
        let path = |text| OutputPath::parse(text).unwrap();
        assert!(matches!(
            tree.entry(&path("real/x")),
            Ok(Entry::File { size: 1, .. })
        ));
        assert!(matches!(tree.entry(&path("link/x")), Ok(Entry::Blocked(by)) if &*by == "link"));
        assert!(matches!(tree.entry(&path("link")), Ok(Entry::Other)));
        assert!(matches!(tree.entry(&path("real")), Ok(Entry::Folder)));
        let files = [
            "link/deep/x",
            "link/x",
            "real/deep/x",
            "real/none/of/x",
            "real/x/y/x",
        ];
        let folders = Folders::of(files.into_iter());
        let anchor = Anchor::at(tree.root());
        for (path, looked) in folders.paths().iter().zip(tree.all(&folders, &anchor)) {
            assert_eq!(looked.folder, tree.folder(path).unwrap(), "{path}");
            let is_known = !path.is_empty() && looked.folder == Folder::Real;
            assert_eq!(looked.identity.is_some(), is_known, "{path}");
        }
    }
}
