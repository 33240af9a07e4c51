//! What the system tells of what is at a path, never through a symbolic link; and folders to do that from.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::fs::Identity;
use crate::fs::{FsError, at};

/// What is at a path.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: FoundKind,
    /// In bytes, of a file.
    pub(super) size: u64,
    /// The file system it is on, where the system tells.
    pub(super) device: Option<u64>,
    /// What it is known again by.
    pub(super) identity: Option<Identity>,
}

/// Kinds of what can be at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundKind {
    File,
    Folder,
    /// A symbolic link or a special file.
    Other,
}

impl Found {
    fn of(found: &Metadata) -> Self {
        Self {
            kind: match found {
                _ if found.is_file() => FoundKind::File,
                _ if found.is_dir() => FoundKind::Folder,
                _ => FoundKind::Other,
            },
            size: found.len(),
            device: device(found),
            identity: Identity::of(found),
        }
    }

    pub(super) fn is_file(&self) -> bool {
        self.kind == FoundKind::File
    }

    pub(super) fn is_folder(&self) -> bool {
        self.kind == FoundKind::Folder
    }
}

/// A folder below which many paths are looked at, or many files made.
///
/// The system walks each path from there on, and not from the root of all files: that is most of what a look costs. It
/// stays the folder it was when it was opened, whatever is at its path since, so it is for what belongs together.
#[derive(Debug)]
pub(super) struct Anchor {
    root: PathBuf,
    /// Where it could be opened.
    #[cfg(target_os = "linux")]
    folder: Option<std::os::fd::OwnedFd>,
}

impl Anchor {
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            #[cfg(target_os = "linux")]
            folder: linux::open(root),
        }
    }

    /// What is at a path below it.
    pub(super) fn look(&self, path: &str) -> Result<Option<Found>, FsError> {
        #[cfg(target_os = "linux")]
        if let Some(folder) = &self.folder
            && let Some(found) = linux::look(folder, path)
        {
            return Ok(found);
        }
        look(&self.root.join(path))
    }

    /// Makes a folder below it.
    pub(super) fn make_folder(&self, path: &str) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Some(folder) = &self.folder {
            return linux::make_folder(folder, path);
        }
        std::fs::create_dir(self.root.join(path))
    }

    /// Makes a file below it, to be written, where there is nothing.
    pub(super) fn make_file(&self, path: &str) -> io::Result<File> {
        #[cfg(target_os = "linux")]
        if let Some(folder) = &self.folder {
            return linux::make_file(folder, path);
        }
        File::create_new(self.root.join(path))
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{AtFlags, FileType, Mode, OFlags, StatxFlags};
    use rustix::io::Errno;

    use super::{Found, FoundKind, Identity};

    pub(super) fn open(folder: &Path) -> Option<OwnedFd> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(folder, flags, Mode::empty()).ok()
    }

    pub(super) fn make_folder(folder: &OwnedFd, path: &str) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(
            folder,
            path,
            Mode::from_raw_mode(0o777),
        )?)
    }

    pub(super) fn make_file(folder: &OwnedFd, path: &str) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        Ok(rustix::fs::openat(folder, path, flags, mode)?.into())
    }

    /// What is at a path below a folder; `None` where the system does not tell in this way.
    pub(super) fn look(folder: &OwnedFd, path: &str) -> Option<Option<Found>> {
        let wanted = StatxFlags::TYPE
            | StatxFlags::SIZE
            | StatxFlags::INO
            | StatxFlags::MTIME
            | StatxFlags::CTIME;
        let found = match rustix::fs::statx(folder, path, AtFlags::SYMLINK_NOFOLLOW, wanted) {
            Ok(found) => found,
            Err(Errno::NOENT | Errno::NOTDIR) => return Some(None),
            // As a file system or a sandbox may be too old for. Errors are for the usual way to tell of.
            Err(_) => return None,
        };
        if found.stx_mask & wanted.bits() != wanted.bits() {
            return None;
        }
        let kind = match FileType::from_raw_mode(found.stx_mode.into()) {
            FileType::RegularFile => FoundKind::File,
            FileType::Directory => FoundKind::Folder,
            _ => FoundKind::Other,
        };
        let time =
            |at: rustix::fs::StatxTimestamp| Identity::nanoseconds(at.tv_sec, at.tv_nsec.into());
        let identity = || {
            Identity::new(
                found.stx_ino,
                time(found.stx_mtime)?,
                time(found.stx_ctime)?,
            )
        };
        Some(Some(Found {
            kind,
            size: found.stx_size,
            device: Some(rustix::fs::makedev(
                found.stx_dev_major,
                found.stx_dev_minor,
            )),
            identity: identity(),
        }))
    }
}

/// What is at a path.
pub(super) fn look(path: &Path) -> Result<Option<Found>, FsError> {
    match path.symlink_metadata() {
        Ok(found) => Ok(Some(Found::of(&found))),
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
fn device(found: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::dev(found))
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// All that is told of what is at a path, in one text.
    fn told(found: Result<Option<Found>, FsError>) -> String {
        format!("{found:?}")
    }

    #[test]
    fn both_ways_make_the_same() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let anchor = Anchor::at(root);
        anchor.make_folder("a").unwrap();
        std::fs::create_dir(root.join("b")).unwrap();
        anchor.make_file("a/é").unwrap();
        File::create_new(root.join("b/é")).unwrap();
        let mode = |path: &str| root.join(path).metadata().unwrap().permissions().mode();
        assert_eq!((mode("a"), mode("a/é")), (mode("b"), mode("b/é")));
        let kind = |made: io::Result<()>| made.map_err(|error| error.kind());
        for path in ["a", "a/é", "none/x", "a/é/x", &"x".repeat(300), "nul\0"] {
            let file = kind(File::create_new(root.join(path)).map(drop));
            assert!(file.is_err());
            assert_eq!(kind(anchor.make_file(path).map(drop)), file, "{path:?}");
            let folder = kind(std::fs::create_dir(root.join(path)));
            assert_eq!(kind(anchor.make_folder(path)), folder, "{path:?}");
        }
    }

    #[test]
    fn both_ways_tell_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::write(root.join("a/file"), "four").unwrap();
        std::os::unix::fs::symlink("a", root.join("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.join("dangling")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let anchor = Anchor::at(root);
        let long = format!("a/{}", "x".repeat(300));
        for path in [
            "a",
            "a/b",
            "a/file",
            "link",
            "link/file",
            "dangling",
            "socket",
            "none",
            "a/none",
            "a/file/below",
            "a/nul\0",
            &long,
        ] {
            let alone = look(&root.join(path));
            assert_eq!(told(anchor.look(path)), told(alone), "{path:?}");
        }
        assert!(anchor.look("a/file").unwrap().is_some_and(|found| {
            found.is_file() && found.size == 4 && found.identity.is_some()
        }));
        let nowhere = Anchor::at(&root.join("none"));
        assert!(nowhere.look("a").unwrap().is_none());
    }
}
