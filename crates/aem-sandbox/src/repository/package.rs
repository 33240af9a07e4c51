//! Where content comes from: folders and `.zip` packages, laid over each other, loaded again after edits.
//!
//! A `.zip` is unpacked into a folder that lives as long as the content read from it. Source: aem-protocol.md,
//! section 14.1.

use super::content::Content;
use super::filevault::{self, LastGood};
use super::filters::{self, Filters};
use super::overlay::{overlay, prune};
use super::{LoadError, Repository};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// How far behind the clock the time of a new file may be: file systems take theirs from the last tick, and some
/// keep whole or even seconds only. An edit looked for too widely costs one more load.
const FILE_TIMES: Duration = Duration::from_secs(2);

/// An unpacked package; the folder goes with it.
#[cfg(feature = "zip")]
pub(super) type Unpacked = Arc<tempfile::TempDir>;
#[cfg(not(feature = "zip"))]
pub(super) type Unpacked = Arc<PathBuf>;

/// The packages of a sandbox, the lowest first.
#[derive(Debug)]
pub(crate) struct Packages {
    layers: Vec<PathBuf>,
    last_good: LastGood,
}

impl Packages {
    /// Packages to be loaded once.
    pub(crate) fn new(layers: &[PathBuf]) -> Self {
        Self {
            layers: layers.to_vec(),
            last_good: LastGood::forgetful(),
        }
    }

    /// Packages to be loaded again and again: files that are broken for a while keep their last good state.
    pub(crate) fn followed(layers: &[PathBuf]) -> Self {
        Self {
            layers: layers.to_vec(),
            last_good: LastGood::remembering(),
        }
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// A layer that is no package at all.
    pub(crate) fn load(&self) -> Result<Repository, LoadError> {
        let mut problems = Vec::new();
        let mut unpacked = Vec::new();
        let mut tree = None;
        for layer in &self.layers {
            let dir = if layer.is_file() {
                let dir = unpack(layer)?;
                let path = dir_path(&dir);
                unpacked.push(dir);
                path
            } else {
                layer.clone()
            };
            let root =
                filevault::find_root(&dir).ok_or_else(|| LoadError::NoPackage(layer.clone()))?;
            let mut next = filevault::load(&root, &self.last_good, &mut problems);
            let filters = Filters::beside(&root, &mut problems);
            prune(&mut next, &filters);
            match &mut tree {
                None => tree = Some(next),
                Some(base) => overlay(base, next, &filters),
            }
        }
        let tree = tree.unwrap_or_default();
        let mut repository = Repository::from_content(Content::read(&tree, problems));
        // Dropping a tree of a million nodes takes as long as a page; nobody has to wait for it.
        rayon::spawn(move || drop(tree));
        repository.unpacked = unpacked;
        Ok(repository)
    }

    /// Whether anything may have been edited at or after a time. Some of what was edited shortly before counts too.
    #[cfg_attr(
        not(any(feature = "watch", test)),
        expect(dead_code, reason = "only edits are watched")
    )]
    pub(crate) fn changed_since(&self, time: SystemTime) -> bool {
        let time = time.checked_sub(FILE_TIMES).unwrap_or(time);
        self.places().iter().any(|place| is_newer(place, time))
    }

    /// The files and folders whose edits matter.
    pub(crate) fn places(&self) -> Vec<PathBuf> {
        let places = |layer: &PathBuf| {
            if layer.is_file() {
                return vec![layer.clone()];
            }
            let root = filevault::find_root(layer).unwrap_or_else(|| layer.clone());
            let filter = root.with_file_name(filters::FILE);
            let filter = filter.is_file().then_some(filter);
            [root].into_iter().chain(filter).collect()
        };
        self.layers.iter().flat_map(places).collect()
    }
}

/// Looks at the times of everything below a place.
fn is_newer(place: &Path, time: SystemTime) -> bool {
    let newer = |path: &Path| {
        let modified = path.symlink_metadata().and_then(|m| m.modified());
        modified.is_ok_and(|modified| modified >= time)
    };
    let mut folders = vec![place.to_owned()];
    while let Some(folder) = folders.pop() {
        if newer(&folder) {
            return true;
        }
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else if newer(&entry.path()) {
                return true;
            }
        }
    }
    false
}

#[cfg(feature = "zip")]
fn dir_path(dir: &Unpacked) -> PathBuf {
    dir.path().to_owned()
}

#[cfg(not(feature = "zip"))]
fn dir_path(dir: &Unpacked) -> PathBuf {
    dir.to_path_buf()
}

#[cfg(not(feature = "zip"))]
fn unpack(file: &Path) -> Result<Unpacked, LoadError> {
    Err(LoadError::Archive {
        file: file.to_owned(),
        reason: "this build reads no .zip packages".to_owned(),
    })
}

/// Unpacks `jcr_root` and `META-INF` of a package.
#[cfg(feature = "zip")]
fn unpack(file: &Path) -> Result<Unpacked, LoadError> {
    use std::io::{Read as _, copy};
    /// Packages of pictures may be large; what grows beyond this is no package.
    const MAX_BYTES: u64 = 16 << 30;

    let refuse = |reason: String| LoadError::Archive {
        file: file.to_owned(),
        reason,
    };
    let failed = |error: std::io::Error| refuse(error.to_string());
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(opened))
        .map_err(|error| refuse(error.to_string()))?;
    let dir = tempfile::Builder::new()
        .prefix("aem-sandbox-")
        .tempdir()
        .map_err(failed)?;
    let mut room = MAX_BYTES;
    for number in 0..archive.len() {
        let mut entry = archive
            .by_index(number)
            .map_err(|error| refuse(error.to_string()))?;
        // Names that lead out of the folder have no enclosed form, and links are nothing a package needs.
        let name = match entry.enclosed_name() {
            Some(name) if !entry.is_symlink() => name,
            _ => continue,
        };
        if !(name.starts_with("jcr_root") || name.starts_with("META-INF")) {
            continue;
        }
        let path = dir.path().join(name);
        if entry.is_dir() {
            std::fs::create_dir_all(&path).map_err(failed)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let mut target = std::fs::File::create(&path).map_err(failed)?;
        // The declared size may lie: what really comes out counts.
        let written = copy(&mut entry.by_ref().take(room + 1), &mut target).map_err(failed)?;
        room = room
            .checked_sub(written)
            .ok_or_else(|| refuse(format!("it holds more than {MAX_BYTES} bytes")))?;
    }
    Ok(Arc::new(dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The time of a file may lie before the moment in which it was written.
    #[test]
    fn an_edit_within_a_step_of_the_file_systems_clock_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("jcr_root/content/.content.xml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let loaded = SystemTime::now();
        fs::write(&file, "<jcr:root/>").unwrap();
        let set = |path: &Path, time| {
            fs::File::open(path)
                .and_then(|file| file.set_modified(time))
                .unwrap();
        };
        let packages = Packages::followed(&[dir.path().to_owned()]);
        let times = [
            (Duration::from_millis(1900), true),
            (Duration::from_secs(60), false),
        ];
        for (behind, seen) in times {
            for path in file.ancestors().take(3) {
                set(path, loaded - behind);
            }
            assert_eq!(packages.changed_since(loaded), seen, "{behind:?} behind");
        }
    }
}
