//! The staging folder: what is new or different waits here, in numbered files beside the site it will
//! replace. It lies inside the output folder because only there a move is certain to be one step, even
//! when the output folder is a mount of its own. What comes into folders that do not exist yet waits under
//! its own path, so that new folders can be moved with all that is in them.

use std::collections::HashSet;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use foldhash::fast::RandomState;

use crate::artifact::OutputPath;
use crate::fs::{self, FsError, at};

use super::compare::{buffer, fill, has_bytes, same_content};
use super::failpoint::Failpoint;
use super::locked;
use super::look::{Anchor, is_absent, look};
use super::tree::parent;
use crate::fs::Identity;

/// The folder's name.
const STAGING: &str = ".frieze-staging";

/// The folder in it for files at their own paths.
const AT_PATHS: &str = "new";

/// Whether a folder can be moved with all that is in it. On Windows, anybody who looks into one of its files
/// keeps it where it is.
const MOVES_FOLDERS: bool = cfg!(unix);

/// A staging folder, made with its first file.
#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    next: AtomicU32,
    exists: Mutex<bool>,
    /// Hashes of the folders made for files at their paths.
    made: Mutex<HashSet<u64, RandomState>>,
    /// The folder of these, once it is made.
    at_paths: OnceLock<Anchor>,
    hasher: RandomState,
    failpoint: Failpoint,
}

/// What is in the place of a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum InPlace {
    /// No file, nor a folder to put it into.
    NoFolder,
    /// No file.
    Nothing,
    /// A file of which hash and size are known.
    Known(blake3::Hash, u64),
    /// A file of this size.
    Unread(u64),
}

/// Where content waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// In a numbered file.
    Numbered(NonZeroU32),
    /// In a file of its own path, below a folder for what comes into new folders: these can be moved as a
    /// whole.
    AtPath,
}

/// What a body is to become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    /// Its path.
    pub(super) path: &'a OutputPath,
    /// Where that is.
    pub(super) file: &'a Path,
    /// What is there.
    pub(super) in_place: InPlace,
}

/// What became of a body.
#[derive(Debug)]
pub(super) struct Kept {
    /// Where it waits, unless the file in place has the same content.
    pub(super) waiting: Option<Waiting>,
    /// Of the file in which it waits, where that stays what it is when it comes to its place.
    pub(super) identity: Option<Identity>,
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
            made: Mutex::default(),
            at_paths: OnceLock::new(),
            hasher: RandomState::default(),
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

    /// A file or folder that waits under its own path.
    pub(super) fn at_path(&self, path: &OutputPath) -> PathBuf {
        path.below(&self.folder.join(AT_PATHS))
    }

    /// Gives a file that waits under its own path a number instead.
    pub(super) fn renumber(&self, path: &OutputPath) -> Result<Waiting, FsError> {
        let from = self.at_path(path);
        let number = self.number(&from)?;
        self.step()?;
        std::fs::rename(&from, self.file(number)).map_err(at("write", &from))?;
        Ok(Waiting::Numbered(number))
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
    pub(super) fn keep_bytes(&self, bytes: &[u8], target: Target<'_>) -> Result<Kept, FsError> {
        let (hash, size) = (blake3::hash(bytes), bytes.len() as u64);
        let same = match target.in_place {
            InPlace::Known(known, length) => known == hash && length == size,
            // One that cannot be read is written again.
            InPlace::Unread(length) if length == size => {
                let file = File::open(target.file);
                file.is_ok_and(|file| has_bytes(file, bytes).unwrap_or(false))
            }
            InPlace::NoFolder | InPlace::Nothing | InPlace::Unread(_) => false,
        };
        if same {
            return Ok(Kept::in_place(hash, size));
        }
        let (waiting, mut file) = self.new_file(target)?;
        self.step()?;
        file.write_all(bytes).map_err(at("write", target.file))?;
        Ok(Kept::waiting(waiting, &file, hash, size))
    }

    /// Keeps the content of another file, unless the file in place has it already.
    pub(super) fn keep_file(&self, source: &Path, target: Target<'_>) -> Result<Kept, FsError> {
        let found = source.metadata().map_err(at("read", source))?;
        if !found.is_file() {
            return Err(at("read", source)(io::Error::other(
                "it is not a regular file",
            )));
        }
        let open = || File::open(source).map_err(at("read", source));
        let same = match target.in_place {
            InPlace::Known(known, size) if size == found.len() => {
                Some(fs::hash(source)?).filter(|hash| *hash == known)
            }
            InPlace::Unread(size) if size == found.len() => match File::open(target.file) {
                Ok(file) => same_content(open()?, file).map_err(at("read", source))?,
                Err(_) => None,
            },
            _ => None,
        };
        if let Some(hash) = same {
            return Ok(Kept::in_place(hash, found.len()));
        }
        // Hashed while it is copied: should the source change meanwhile, the hash is still that of
        // what was kept.
        let (waiting, mut file) = self.new_file(target)?;
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
            let written = file.write_all(&buffer[..n]);
            written.map_err(at("write", target.file))?;
        }
        Ok(Kept::waiting(waiting, &file, hasher.finalize(), size))
    }

    /// A new file to wait in.
    fn new_file(&self, target: Target<'_>) -> Result<(Waiting, File), FsError> {
        self.make()?;
        if let InPlace::NoFolder = target.in_place
            && MOVES_FOLDERS
            && let Some(file) = self.file_at_path(target.path)?
        {
            return Ok((Waiting::AtPath, file));
        }
        let number = self.number(target.file)?;
        self.step()?;
        let file = File::create_new(self.file(number)).map_err(at("write", target.file))?;
        Ok((Waiting::Numbered(number), file))
    }

    fn number(&self, target: &Path) -> Result<NonZeroU32, FsError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        NonZeroU32::new(number).ok_or_else(|| {
            at("write", target)(io::Error::other("there are more files than can be counted"))
        })
    }

    /// A new file of its own path; `None` when there is one, or a file in the place of a folder: which of them
    /// is wrong is found out later.
    fn file_at_path(&self, path: &OutputPath) -> Result<Option<File>, FsError> {
        self.make_at_path(parent(path.as_str()))?;
        self.step()?;
        Ok(self.at_paths()?.make_file(path.as_str()).ok())
    }

    /// The folder of what waits under its own path.
    fn at_paths(&self) -> Result<&Anchor, FsError> {
        if let Some(folder) = self.at_paths.get() {
            return Ok(folder);
        }
        let folder = self.folder.join(AT_PATHS);
        self.step()?;
        // That it failed shows when something is to be made in it.
        let _ = std::fs::create_dir(&folder);
        Ok(self.at_paths.get_or_init(|| Anchor::at(&folder)))
    }

    /// Makes a folder for files at their paths, and those above it, each once.
    fn make_at_path(&self, folder: &str) -> Result<(), FsError> {
        if folder.is_empty() {
            return Ok(());
        }
        let hash = self.hasher.hash_one(folder);
        if locked(&self.made).contains(&hash) {
            return Ok(());
        }
        self.make_at_path(parent(folder))?;
        let at_paths = self.at_paths()?;
        self.step()?;
        // That it failed shows when a file is to be made in it.
        let _ = at_paths.make_folder(folder);
        locked(&self.made).insert(hash);
        Ok(())
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
        if !look(folder)?.is_some_and(|found| found.is_folder()) {
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

impl Kept {
    fn in_place(hash: blake3::Hash, size: u64) -> Self {
        Self {
            waiting: None,
            identity: None,
            hash,
            size,
        }
    }

    fn waiting(waiting: Waiting, file: &File, hash: blake3::Hash, size: u64) -> Self {
        // To be moved is a change of a file; that its folder is moved is none.
        let identity = match waiting {
            Waiting::AtPath => file.metadata().ok().and_then(|found| Identity::of(&found)),
            Waiting::Numbered(_) => None,
        };
        Self {
            waiting: Some(waiting),
            identity,
            hash,
            size,
        }
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
