//! Looking after the folder: what is in it, and what can go.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::record::{self, Record};
use super::{Cache, PARTIAL, bodies};

/// What a cache holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Answers and assets that are known.
    pub records: u64,
    /// Those that are damaged.
    pub damaged: u64,
    /// Different bodies.
    pub bodies: u64,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// How long ago AEM last said of the oldest that it is right.
    pub oldest: Option<Duration>,
    /// The same of the newest.
    pub newest: Option<Duration>,
}

/// What was thrown away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Answers and assets.
    pub records: u64,
    /// Other files: bodies nobody refers to, what a killed build left, formats of other versions.
    pub files: u64,
    /// Bytes of both.
    pub bytes: u64,
}

/// Files younger than this may belong to a build that is running.
const YOUNG: Duration = Duration::from_secs(60 * 60);

impl Cache {
    /// Counts.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn contents(&self) -> std::io::Result<Contents> {
        let now = SystemTime::now();
        let mut contents = Contents::default();
        for file in files(&self.folder.join(record::FOLDER))? {
            match record::read(&file) {
                None => contents.damaged += 1,
                Some(record) => {
                    contents.records += 1;
                    let age = record.age(now);
                    contents.oldest = contents.oldest.max(age);
                    contents.newest = match (contents.newest, age) {
                        (Some(newest), Some(age)) => Some(newest.min(age)),
                        (newest, age) => newest.or(age),
                    };
                }
            }
        }
        for file in files(&self.folder.join(bodies::FOLDER))? {
            contents.bodies += 1;
            contents.bytes += length(&file);
        }
        Ok(contents)
    }

    /// Throws away what AEM was not asked about for this long, and what nobody refers to.
    ///
    /// # Errors
    /// When the folder cannot be read, or something in it not removed.
    pub fn sweep(&self, older_than: Duration) -> std::io::Result<Swept> {
        let mut swept = Swept::default();
        let mut used = HashSet::new();
        for file in files(&self.folder.join(record::FOLDER))? {
            match record::read(&file).filter(|record| !is_older(record, older_than)) {
                Some(record) => {
                    used.insert(record.hash);
                }
                None if is_partial(&file) && is_young(&file) => {}
                None => {
                    swept.bytes += remove(&file)?;
                    swept.records += 1;
                }
            }
        }
        for file in files(&self.folder.join(bodies::FOLDER))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if !used.contains(&*name) && !is_young(&file) {
                swept.bytes += remove(&file)?;
                swept.files += 1;
            }
        }
        for folder in self.of_other_versions()? {
            for file in files(&folder)? {
                swept.bytes += remove(&file)?;
                swept.files += 1;
            }
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(swept)
    }

    /// Folders of records and bodies in another format.
    fn of_other_versions(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        if !self.folder.is_dir() {
            return Ok(found);
        }
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = name.starts_with("answers-") || name.starts_with("bodies-");
            if ours && ![record::FOLDER, bodies::FOLDER].contains(&name.as_str()) {
                found.push(entry.path());
            }
        }
        Ok(found)
    }
}

/// A clock that was set back makes records come from the future; they are as good as old.
fn is_older(record: &Record, limit: Duration) -> bool {
    record.age(SystemTime::now()).is_none_or(|age| age > limit)
}

fn is_partial(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(PARTIAL)
}

fn is_young(file: &Path) -> bool {
    let modified = std::fs::metadata(file).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|time| time.elapsed().unwrap_or_default() < YOUNG)
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// Removes a file and tells how long it was.
fn remove(file: &Path) -> std::io::Result<u64> {
    let bytes = length(file);
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(bytes),
    }
}

/// All files below a folder; none when it is not there.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type().is_file() {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}
