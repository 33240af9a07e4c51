//! Looks at what is in the output folder, and never through a symbolic link: a link somebody planted
//! at `public/a` is a thing in the way, not a way to `a/`.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::artifact::OutputPath;
use crate::fs::{FsError, at};

use super::identity::Identity;
use super::locked;

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
    folders: Mutex<HashMap<Box<str>, Folder>>,
}

impl Tree {
    /// The tree below a folder.
    pub(super) fn new(root: &Path) -> Self {
        let device = root.symlink_metadata().ok().and_then(|m| device(&m));
        Self {
            root: root.to_path_buf(),
            device,
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

    /// What is at a path.
    pub(super) fn entry(&self, path: &OutputPath) -> Result<Entry, FsError> {
        match self.folder(parent(path.as_str()))? {
            Folder::Missing => return Ok(Entry::NoFolder),
            Folder::Blocked(by) => return Ok(Entry::Blocked(by)),
            Folder::Elsewhere(at) => return Ok(Entry::Elsewhere(at)),
            Folder::Real => {}
        }
        Ok(match look(&path.below(&self.root))? {
            None => Entry::Missing,
            Some(found) if found.is_file() => Entry::File {
                size: found.len(),
                identity: Identity::of(&found),
            },
            Some(found) if found.is_dir() => Entry::Folder,
            Some(_) => Entry::Other,
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
            Folder::Real => match look(&self.root.join(folder))? {
                None => Folder::Missing,
                Some(found) if !found.is_dir() => Folder::Blocked(folder.into()),
                Some(found) if device(&found) != self.device => Folder::Elsewhere(folder.into()),
                Some(_) => Folder::Real,
            },
            // Known from above: a new site has as many folders as pages.
            above => return Ok(above),
        };
        locked(&self.folders).insert(folder.into(), state.clone());
        Ok(state)
    }

    /// Notes that a folder was made or removed.
    pub(super) fn learn(&self, folder: &str, state: Folder) {
        locked(&self.folders).insert(folder.into(), state);
    }
}

/// Everything before the last `/`.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// All folders a path lies in, innermost first, without the root.
pub(super) fn folders_of(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(path)), |folder| Some(parent(folder)))
        .take_while(|f| !f.is_empty())
}

/// What is at a path, without following a link.
pub(super) fn look(path: &Path) -> Result<Option<Metadata>, FsError> {
    match path.symlink_metadata() {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(at("look at", path)(error)),
    }
}

/// Whether an error says that there is nothing at a path.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::dev(metadata))
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> Option<u64> {
    None
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
    }
}
