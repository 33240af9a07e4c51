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

mod bodies;
mod care;
mod key;
mod record;
mod source;

use std::path::{Path, PathBuf};

pub use care::{Contents, Swept};
pub use key::{Key, Realm};
pub use source::{CachedSource, Policy};

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

    /// Makes the folder one that neither version control nor backups take for anybody's work.
    fn prepare(&self) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let write = |name: &str, text: &str| {
            let file = self.folder.join(name);
            if file.exists() {
                return Ok(());
            }
            std::fs::write(file, text)
        };
        write(".gitignore", "*\n")?;
        write(
            "CACHEDIR.TAG",
            "Signature: 8a477f597d28d172789f06886806bc55\n# Made by frieze; safe to delete.\n",
        )
    }
}

/// Writes a file so that it is whole or not there.
fn write_whole(file: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut partial = tempfile::Builder::new()
        .prefix(PARTIAL)
        .tempfile_in(folder)?;
    for part in parts {
        partial.write_all(part)?;
    }
    partial.persist(file)?;
    Ok(())
}

/// How the names of files begin that are being written.
const PARTIAL: &str = ".partial-";
