//! One build at a time: an exclusive lock on the output folder, held for the life of a sink.
//!
//! The folder's own handle is locked where the system can do that, so that a build that fails leaves no
//! trace. Elsewhere (Windows, some network file systems) a lock file inside it takes the part. The
//! system releases either when the process dies.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::fs::{FsError, at};

/// The lock file, where a folder cannot be locked.
const LOCK_FILE: &str = ".frieze-lock";

/// How often a folder may vanish under our hands before we give up.
const ATTEMPTS: u32 = 20;

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    /// Another build has it.
    Busy,
    /// The folder cannot be made or opened.
    Fs(FsError),
}

impl From<FsError> for LockError {
    fn from(error: FsError) -> Self {
        Self::Fs(error)
    }
}

/// A held lock. When dropped, folders that were made for it and are still empty go.
#[derive(Debug)]
pub(super) struct Lock {
    handle: Option<File>,
    lock_file: Option<PathBuf>,
    /// Folders made for the lock, outermost first.
    made: Vec<PathBuf>,
}

impl Lock {
    /// Locks a folder, which is made when it does not exist: there is nothing else to lock.
    pub(super) fn take(folder: &Path) -> Result<Self, LockError> {
        let mut made = Vec::new();
        for _ in 0..ATTEMPTS {
            make_missing(folder, &mut made)?;
            match Self::try_folder(folder) {
                Ok(Some((handle, lock_file))) => {
                    return Ok(Self {
                        handle: Some(handle),
                        lock_file,
                        made,
                    });
                }
                // Its last user removed the empty folder between our opening and our locking it.
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        let source = io::Error::other("it is removed again and again");
        Err(LockError::Fs(FsError {
            action: "lock",
            path: folder.to_path_buf(),
            source,
        }))
    }

    /// A locked handle, or nothing when what was locked is no longer what the path leads to.
    fn try_folder(folder: &Path) -> Result<Option<(File, Option<PathBuf>)>, LockError> {
        if cfg!(unix) {
            let handle = match File::open(folder) {
                Ok(handle) => handle,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(at("open", folder)(error).into()),
            };
            match handle.try_lock() {
                Ok(()) => return Ok(is_at(&handle, folder).then_some((handle, None))),
                Err(TryLockError::WouldBlock) => return Err(LockError::Busy),
                // This file system locks files only.
                Err(TryLockError::Error(_)) => {}
            }
        }
        Self::try_file(folder)
    }

    fn try_file(folder: &Path) -> Result<Option<(File, Option<PathBuf>)>, LockError> {
        let path = folder.join(LOCK_FILE);
        let handle = match File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
        {
            Ok(handle) => handle,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at("create the lock file", &path)(error).into()),
        };
        match handle.try_lock() {
            Ok(()) => Ok(is_at(&handle, &path).then_some((handle, Some(path)))),
            Err(TryLockError::WouldBlock) => Err(LockError::Busy),
            Err(TryLockError::Error(error)) => Err(at("lock", &path)(error).into()),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nothing here can be reported, and nothing is lost when it fails. The lock file goes while it
        // is still locked: later, it could be one that somebody else has locked meanwhile.
        if let Some(path) = &self.lock_file {
            let _ = std::fs::remove_file(path);
        } else {
            self.remove_made();
        }
        if let Some(handle) = self.handle.take() {
            let _ = handle.unlock();
        }
        self.remove_made();
    }
}

impl Lock {
    /// Leaves everything where it is when dropped, as a kill would.
    pub(super) fn abandon(&mut self) {
        self.made.clear();
    }

    fn remove_made(&mut self) {
        for folder in self.made.drain(..).rev() {
            // Refused by the system unless it is empty.
            let _ = std::fs::remove_dir(folder);
        }
    }
}

/// Makes a folder and its parents, and notes which ones were missing.
fn make_missing(folder: &Path, made: &mut Vec<PathBuf>) -> Result<(), FsError> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|f| f.symlink_metadata().is_err())
        .collect();
    for &folder in missing.iter().rev() {
        match std::fs::create_dir(folder) {
            Ok(()) => {
                made.retain(|earlier| earlier != folder);
                made.push(folder.to_path_buf());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                // Leave no half of a path behind.
                for made in made.drain(..).rev() {
                    let _ = std::fs::remove_dir(made);
                }
                return Err(at("create the folder", folder)(error));
            }
        }
    }
    Ok(())
}

/// Whether the path still leads to what the handle has open.
#[cfg(unix)]
fn is_at(handle: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |m: std::fs::Metadata| (m.dev(), m.ino());
    match (handle.metadata(), path.symlink_metadata()) {
        (Ok(open), Ok(there)) => identity(open) == identity(there),
        _ => false,
    }
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_a_second_one_and_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a").join("b");
        let lock = Lock::take(&folder).unwrap();
        assert!(matches!(Lock::take(&folder), Err(LockError::Busy)));
        drop(lock);
        assert!(!dir.path().join("a").exists());
        std::fs::create_dir(dir.path().join("a")).unwrap();
        drop(Lock::take(&folder).unwrap());
        assert!(dir.path().join("a").exists(), "was there before");
        assert!(!folder.exists());
    }

    #[test]
    fn keeps_a_folder_that_got_something() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a");
        let lock = Lock::take(&folder).unwrap();
        std::fs::write(folder.join("x"), "x").unwrap();
        drop(lock);
        assert!(folder.join("x").exists());
    }

    #[test]
    fn a_lock_file_does_as_well() {
        let dir = tempfile::tempdir().unwrap();
        let (handle, lock_file) = Lock::try_file(dir.path()).unwrap().unwrap();
        assert!(matches!(Lock::try_file(dir.path()), Err(LockError::Busy)));
        drop(Lock {
            handle: Some(handle),
            lock_file,
            made: Vec::new(),
        });
        assert!(Lock::try_file(dir.path()).is_ok());
        std::fs::remove_file(dir.path().join(LOCK_FILE)).unwrap();
        drop(Lock::try_file(dir.path()).unwrap().map(|(h, f)| Lock {
            handle: Some(h),
            lock_file: f,
            made: vec![],
        }));
        assert!(!dir.path().join(LOCK_FILE).exists());
    }

    #[test]
    fn many_at_once_are_one_at_a_time() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a");
        let (inside, taken) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        // The folder comes and goes with every one of them.
                        if let Ok(lock) = Lock::take(&folder) {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            taken.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                            drop(lock);
                        }
                    }
                });
            }
        });
        assert!(taken.load(Ordering::SeqCst) > 0);
    }
}
