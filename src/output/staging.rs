//! The staging folder: what is new or different waits here, in numbered files beside the site it will
//! replace. It lies inside the output folder because only there a move is certain to be one step, even
//! when the output folder is a mount of its own.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::fs::{self, FsError, at};

use super::compare::{buffer, fill, has_bytes, same_content};
use super::failpoint::Failpoint;
use super::locked;
use super::tree::{is_absent, look};

/// The folder's name.
const STAGING: &str = ".frieze-staging";

/// A staging folder, made with its first file.
#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    next: AtomicU32,
    exists: Mutex<bool>,
    failpoint: Failpoint,
}

/// What is in the place of a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum InPlace {
    /// No file.
    Nothing,
    /// A file of which hash and size are known.
    Known(blake3::Hash, u64),
    /// A file of this size.
    Unread(u64),
}

/// What became of a body.
#[derive(Debug)]
pub(super) struct Kept {
    /// Its number in staging, or nothing when the file in place has the same content.
    pub(super) number: Option<NonZeroU32>,
    /// Of the content.
    pub(super) hash: blake3::Hash,
    /// Of the content, in bytes.
    pub(super) size: u64,
}

impl Staging {
    /// The staging folder of an output folder.
    pub(super) fn of(output: &Path, failpoint: Failpoint) -> Self {
        Self {
            folder: output.join(STAGING),
            next: AtomicU32::new(1),
            exists: Mutex::new(false),
            failpoint,
        }
    }

    /// See [`Failpoint::step`].
    pub(super) fn step(&self) -> Result<(), FsError> {
        self.failpoint.step()
    }

    /// See [`Failpoint::fired`].
    pub(super) fn killed(&self) -> bool {
        self.failpoint.fired()
    }

    /// Whether the folder is there.
    pub(super) fn find(&self) -> Result<bool, FsError> {
        let found = look(&self.folder)?.is_some();
        *locked(&self.exists) = found;
        Ok(found)
    }

    /// A numbered file.
    pub(super) fn file(&self, number: NonZeroU32) -> PathBuf {
        self.folder.join(number.to_string())
    }

    /// A folder in it for downloads, made now.
    pub(super) fn downloads(&self) -> Result<PathBuf, FsError> {
        self.make()?;
        let folder = self.folder.join("downloads");
        self.step()?;
        std::fs::create_dir_all(&folder).map_err(at("create the folder", &folder))?;
        Ok(folder)
    }

    /// The new manifest.
    pub(super) fn manifest(&self) -> PathBuf {
        self.folder.join("manifest")
    }

    /// The journal.
    pub(super) fn journal(&self) -> PathBuf {
        self.folder.join("journal")
    }

    /// Keeps bytes, unless the file in place has them already. Errors name the target, since a numbered
    /// file means nothing to anybody.
    pub(super) fn keep_bytes(
        &self,
        bytes: &[u8],
        target: &Path,
        in_place: InPlace,
    ) -> Result<Kept, FsError> {
        let (hash, size) = (blake3::hash(bytes), bytes.len() as u64);
        let same = match in_place {
            InPlace::Known(known, length) => known == hash && length == size,
            // One that cannot be read is written again.
            InPlace::Unread(length) if length == size => {
                let file = File::open(target);
                file.is_ok_and(|file| has_bytes(file, bytes).unwrap_or(false))
            }
            InPlace::Nothing | InPlace::Unread(_) => false,
        };
        if same {
            return Ok(Kept {
                number: None,
                hash,
                size,
            });
        }
        let (number, mut file) = self.new_file(target)?;
        self.step()?;
        file.write_all(bytes).map_err(at("write", target))?;
        Ok(Kept {
            number: Some(number),
            hash,
            size,
        })
    }

    /// Keeps the content of another file, unless the file in place has it already.
    pub(super) fn keep_file(
        &self,
        source: &Path,
        target: &Path,
        in_place: InPlace,
    ) -> Result<Kept, FsError> {
        let found = source.metadata().map_err(at("read", source))?;
        if !found.is_file() {
            return Err(at("read", source)(io::Error::other(
                "it is not a regular file",
            )));
        }
        let open = || File::open(source).map_err(at("read", source));
        let same = match in_place {
            InPlace::Known(known, size) if size == found.len() => {
                Some(fs::hash(source)?).filter(|hash| *hash == known)
            }
            InPlace::Unread(size) if size == found.len() => match File::open(target) {
                Ok(file) => same_content(open()?, file).map_err(at("read", source))?,
                Err(_) => None,
            },
            InPlace::Nothing | InPlace::Known(..) | InPlace::Unread(_) => None,
        };
        if let Some(hash) = same {
            return Ok(Kept {
                number: None,
                hash,
                size: found.len(),
            });
        }
        // Hashed while it is copied: should the source change meanwhile, the hash is still that of
        // what was kept.
        let (number, mut file) = self.new_file(target)?;
        self.step()?;
        let mut reader = open()?;
        let (mut hasher, mut size) = (blake3::Hasher::new(), 0);
        let mut buffer = buffer(found.len());
        loop {
            let n = fill(&mut reader, &mut buffer).map_err(at("read", source))?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            size += n as u64;
            file.write_all(&buffer[..n]).map_err(at("write", target))?;
        }
        Ok(Kept {
            number: Some(number),
            hash: hasher.finalize(),
            size,
        })
    }

    /// A new numbered file.
    fn new_file(&self, target: &Path) -> Result<(NonZeroU32, File), FsError> {
        self.make()?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let number = NonZeroU32::new(number).ok_or_else(|| {
            at("write", target)(io::Error::other("there are more files than can be counted"))
        })?;
        self.step()?;
        let file = File::create_new(self.file(number)).map_err(at("write", target))?;
        Ok((number, file))
    }

    /// Makes the folder, once.
    pub(super) fn make(&self) -> Result<(), FsError> {
        let mut exists = locked(&self.exists);
        if !*exists {
            self.step()?;
            std::fs::create_dir(&self.folder).map_err(at("create the folder", &self.folder))?;
            *exists = true;
        }
        Ok(())
    }

    /// Makes the entries of the folder durable.
    pub(super) fn sync(&self) -> Result<(), FsError> {
        if cfg!(unix) {
            let sync = || flush(&File::open(&self.folder)?);
            sync().map_err(at("write", &self.folder))?;
        }
        Ok(())
    }

    /// Removes the folder. The journal goes first, and if it cannot be removed all stays: a whole
    /// journal without its files would make a hollow site.
    pub(super) fn discard(&self) -> Result<(), FsError> {
        let mut exists = locked(&self.exists);
        if !*exists {
            return Ok(());
        }
        let folder = &self.folder;
        if !look(folder)?.is_some_and(|found| found.is_dir()) {
            // A link or a file that somebody put there; the name is ours.
            self.step()?;
            ignore_absent(std::fs::remove_file(folder)).map_err(at("remove", folder))?;
            *exists = false;
            return Ok(());
        }
        self.step()?;
        ignore_absent(std::fs::remove_file(self.journal()))
            .map_err(at("remove", &self.journal()))?;
        let entries = std::fs::read_dir(folder).map_err(at("read the folder", folder))?;
        for entry in entries {
            let entry = entry.map_err(at("read the folder", folder))?;
            let path = entry.path();
            self.step()?;
            let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
            let removed = if is_folder {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
            ignore_absent(removed).map_err(at("remove", &path))?;
        }
        self.step()?;
        ignore_absent(std::fs::remove_dir(folder)).map_err(at("remove", folder))?;
        *exists = false;
        Ok(())
    }
}

/// Makes a file or folder durable. Not in tests: none can see the difference, and the thousands of
/// commits in them would wait for the disk.
pub(super) fn flush(file: &File) -> io::Result<()> {
    if cfg!(test) { Ok(()) } else { file.sync_all() }
}

fn ignore_absent(result: io::Result<()>) -> io::Result<()> {
    result.or_else(|error| {
        if is_absent(&error) {
            Ok(())
        } else {
            Err(error)
        }
    })
}
