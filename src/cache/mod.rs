//! What earlier builds got from AEM, and when it may be used again.
//!
//! A [`Cache`] is a folder: a small record for every answer and asset ([`record`]), and their bodies in
//! files named by the hash of their content ([`bodies`]), so that what did not change is never written
//! twice. Records are found by a [`Key`]: origin, tier, question and the identity of the credentials, never a
//! credential. [`CachedSource`] decides for each request whether AEM is asked, and how.
//!
//! Everything is written beside its place and renamed, checked when it is read, and thrown away when it is
//! not what it should be: a build killed at any moment, a full disk or a second build at the same time can
//! only make the cache forget. Nothing in it decides what a page looks like: an answer is used because AEM
//! said that it is still right, because the definition or the command line wants no question, or because
//! `stale_if_error` allows it.
//!
//! What was found in items of answers is kept in the same folder, below [`ITEMS`], by who went through them. Only looking
//! after it is done here.

mod bodies;
mod care;
mod key;
mod policy;
mod record;
mod source;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use care::{Contents, Swept};
pub use key::{Key, Realm};
pub use policy::Policy;
pub use source::CachedSource;

use crate::config::CACHE_FOLDER;
use bodies::Bodies;
use record::{Record, Records};

/// A folder of answers and assets.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    records: Records,
    bodies: Bodies,
}

impl Cache {
    /// The cache in a folder, which is made when something is kept.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            records: Records::below(folder),
            bodies: Bodies::below(folder),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder, as one that neither version control nor backups take for anybody's work. A folder
    /// of another name that has something in it stays as it is: it may be part of such work.
    fn prepare(&self) -> io::Result<()> {
        if self.folder.exists() && !self.folder.is_dir() {
            return Err(io::Error::other("it is not a folder"));
        }
        std::fs::create_dir_all(&self.folder)?;
        if self.folder.join(TAG).exists() {
            return Ok(());
        }
        let is_empty = std::fs::read_dir(&self.folder)?.next().is_none();
        if !is_empty && !self.folder.ends_with(CACHE_FOLDER) {
            return Ok(());
        }
        std::fs::write(self.folder.join(".gitignore"), "*\n")?;
        write_whole(&self.folder.join(TAG), &[TAG_TEXT.as_bytes()])
    }

    /// Whether all of the folder is known to be ours.
    fn is_tagged(&self) -> bool {
        std::fs::read(self.folder.join(TAG)).is_ok_and(|tag| tag == TAG_TEXT.as_bytes())
    }
}

/// The folder of what was found in items, with a folder for each query. The number is that of its format.
pub const ITEMS: &str = "items-2";

/// What programs for backups look for (<https://bford.info/cachedir/>).
const TAG: &str = "CACHEDIR.TAG";

const TAG_TEXT: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Made by frieze; safe to delete.\n";

/// Opens a file of the cache. Something else in its place, such as a pipe, could be read for ever.
fn open(file: &Path) -> Option<File> {
    file.metadata().ok()?.is_file().then_some(())?;
    File::open(file).ok()
}

/// Writes a file so that it is whole or not there.
fn write_whole(file: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut partial = create_beside(file)?;
    for part in parts {
        partial.write_all(part)?;
    }
    partial.persist(file)?;
    Ok(())
}

/// A file that will take the place of another one. It is for its owner alone: what Author answers is not for
/// everybody.
fn create_beside(file: &Path) -> io::Result<NamedTempFile> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    tempfile::Builder::new().prefix(PARTIAL).tempfile_in(folder)
}

/// How the names of files begin that are being written.
const PARTIAL: &str = ".partial-";

/// Whether a name is that of a record or a body: BLAKE3 in hex.
fn is_hash(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
