//! Looking after the folder: what is in it, and what can go.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::record::millis;
use super::{Cache, ITEMS, PARTIAL, bodies, is_hash, record};
use crate::packing::Packing;

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
    /// Bytes of what was found in items.
    pub items: u64,
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
    /// Whether there is anything.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.folder.is_dir()
    }

    /// Counts.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn contents(&self) -> std::io::Result<Contents> {
        let now = SystemTime::now();
        let mut contents = Contents::default();
        for file in self.files(record::FOLDER)? {
            match record::read(&file.path) {
                _ if file.name == Name::Partial => {}
                None => contents.damaged += 1,
                Some(record) => {
                    contents.records += 1;
                    let age = record.age(millis(now));
                    contents.oldest = contents.oldest.max(age);
                    contents.newest = match (contents.newest, age) {
                        (Some(newest), Some(age)) => Some(newest.min(age)),
                        (newest, age) => newest.or(age),
                    };
                }
            }
        }
        for file in self.files(bodies::FOLDER)? {
            contents.bodies += u64::from(file.name != Name::Partial);
            contents.bytes += file.length();
        }
        let items = all_files(&self.folder.join(ITEMS))?;
        contents.items = items.iter().map(Found::length).sum();
        Ok(contents)
    }

    /// Throws away what no build has used for this long, and what nobody refers to.
    ///
    /// # Errors
    /// When the folder cannot be read, or something in it not removed.
    pub fn sweep(&self, unused_for: Duration) -> std::io::Result<Swept> {
        let now = SystemTime::now();
        let mut swept = Swept::default();
        let mut used = HashSet::new();
        for file in self.files(record::FOLDER)? {
            if file.name == Name::Partial {
                swept.file(&file)?;
                continue;
            }
            let record = record::read(&file.path);
            match record.filter(|record| record.is_used(now, unused_for)) {
                Some(record) => {
                    used.extend(record.content.map(|content| content.file_name()));
                }
                None => {
                    swept.bytes += file.remove()?;
                    swept.records += 1;
                }
            }
        }
        for file in self.files(bodies::FOLDER)? {
            if !matches!(&file.name, Name::Hashed(name) if used.contains(name)) {
                swept.file(&file)?;
            }
        }
        self.sweep_items(unused_for, &mut swept)?;
        for folder in self.of_other_versions()? {
            for file in all_files(&folder)? {
                swept.bytes += file.remove()?;
                swept.files += 1;
            }
            std::fs::remove_dir_all(&folder)?;
        }
        Ok(swept)
    }

    /// Throws away what was found in the items of queries that no build has asked for this long, and what a killed build
    /// left of others.
    fn sweep_items(&self, unused_for: Duration, swept: &mut Swept) -> std::io::Result<()> {
        let mut queries: BTreeMap<PathBuf, Vec<Found>> = BTreeMap::new();
        for file in all_files(&self.folder.join(ITEMS))? {
            let folder = file.path.parent().map(Path::to_path_buf);
            queries
                .entry(folder.unwrap_or_default())
                .or_default()
                .push(file);
        }
        for (folder, files) in queries {
            let is_used = files.iter().any(|file| file.is_younger(unused_for));
            for file in &files {
                if file.name == Name::Partial || !is_used {
                    swept.file(file)?;
                }
            }
            // Not when a file is left in it.
            let _ = std::fs::remove_dir(folder);
        }
        Ok(())
    }

    /// The files of a folder that have a name of ours, none when the folder is not there. What else is in
    /// it is somebody else's, and so is what a link leads to.
    fn files(&self, folder: &str) -> std::io::Result<Vec<Found>> {
        let mut files = all_files(&self.folder.join(folder))?;
        files.retain(|file| file.name != Name::Other);
        Ok(files)
    }

    /// Folders of records, bodies and items in another format. Only where it is certain that they are ours.
    fn of_other_versions(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        if !self.is_tagged() {
            return Ok(found);
        }
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let current = [record::FOLDER, bodies::FOLDER, ITEMS].contains(&name.as_str());
            if is_versioned(&name) && !current && entry.file_type()?.is_dir() {
                found.push(entry.path());
            }
        }
        Ok(found)
    }
}

/// `answers-12`, `bodies-12` or `items-12`.
fn is_versioned(name: &str) -> bool {
    let number = ["answers-", "bodies-", "items-"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

impl Swept {
    /// Removes a file that nobody needs, unless it may belong to a build that is running.
    fn file(&mut self, file: &Found) -> std::io::Result<()> {
        if !file.is_young() {
            self.bytes += file.remove()?;
            self.files += 1;
        }
        Ok(())
    }
}

/// A file in the cache.
struct Found {
    path: PathBuf,
    name: Name,
}

/// What a file's name says.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    /// A record or a body, which may be packed.
    Hashed(String),
    /// It was being written when a build was killed, or still is.
    Partial,
    Other,
}

impl Found {
    fn at(path: PathBuf) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = if name.starts_with(PARTIAL) {
            Name::Partial
        } else if is_hash(unpacked(&name)) {
            Name::Hashed(name.into_owned())
        } else {
            Name::Other
        };
        Self { path, name }
    }

    fn is_young(&self) -> bool {
        self.is_younger(YOUNG)
    }

    fn is_younger(&self, limit: Duration) -> bool {
        let modified = std::fs::metadata(&self.path).and_then(|metadata| metadata.modified());
        // One from the future is as good as old.
        modified.is_ok_and(|time| time.elapsed().is_ok_and(|age| age < limit))
    }

    fn length(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Removes it and tells how long it was.
    fn remove(&self) -> std::io::Result<u64> {
        let bytes = self.length();
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(bytes),
        }
    }
}

/// The name of a file without what tells how it is packed.
fn unpacked(name: &str) -> &str {
    let mut packings = [Packing::Gzip, Packing::Brotli].into_iter();
    let stem = packings.find_map(|packing| {
        let stem = name.strip_suffix(packing.extension())?;
        stem.strip_suffix('.')
    });
    stem.unwrap_or(name)
}

/// All files below a folder; none when it is not there, or is a link.
fn all_files(folder: &Path) -> std::io::Result<Vec<Found>> {
    if !folder.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(Found::at(entry.into_path()));
        }
    }
    Ok(files)
}
