//! Takes possession of a locked output folder: ends what a killed build began there, refuses the
//! folder when it is not ours, and reads what is ours in it.

use std::path::Path;
use std::sync::OnceLock;

use crate::artifact::RESERVED_PREFIX;
use crate::diag::Diagnostics;
use crate::fs::{FsError, at, read_bytes, read_if_exists};

use super::MANIFEST;
use super::apply::apply;
use super::journal::{self, Found, Op};
use super::look::look;
use super::manifest::{self, ByPath, Damage, Listed};
use super::place::{Moment, Place};
use super::staging::Staging;
use super::tree::Tree;
use crate::fs::Identity;

/// What opening an output folder found of an earlier build that was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing: the folder was in order.
    Nothing,
    /// Its commit had begun and is now finished.
    Finished,
    /// Its commit had not begun; what it had prepared is gone.
    Discarded,
}

/// What an earlier build made.
#[derive(Debug, Default)]
pub(super) struct Old {
    /// Its files, sorted by path.
    pub(super) files: Vec<Listed>,
    /// The hash of its manifest.
    pub(super) digest: Option<blake3::Hash>,
    /// How the manifest looked before it was read.
    pub(super) identity: Option<Identity>,
    /// The numbers of the files by their paths, once somebody has asked.
    by_path: OnceLock<ByPath>,
}

impl Old {
    /// Where its files are.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.path.as_str())
    }

    /// The number of the file at a path.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        let by_path = self.by_path.get_or_init(|| ByPath::of(&self.files));
        by_path.find(&self.files, path)
    }
}

/// Recovers the folder and reads its manifest.
pub(super) fn recover(place: &Place, staging: &Staging) -> Result<(Recovery, Old), Diagnostics> {
    let before = |error: FsError| Diagnostics::from(place.failed(&error, Moment::Before));
    let recovery = match find_journal(staging).map_err(before)? {
        Found::Complete(ops) => {
            finish(place.real(), staging, &ops)
                .map_err(|error| place.failed(&error, Moment::After))?;
            Recovery::Finished
        }
        Found::Unknown => {
            return Err(place.unfinished().into());
        }
        Found::Incomplete => {
            let strangers = strangers(place.real()).map_err(before)?;
            if !strangers.is_empty() {
                return Err(place.foreign(&strangers).into());
            }
            let found = staging.find().map_err(before)?;
            staging.discard().map_err(before)?;
            if found {
                Recovery::Discarded
            } else {
                Recovery::Nothing
            }
        }
    };
    Ok((recovery, read(place)?))
}

fn find_journal(staging: &Staging) -> Result<Found, FsError> {
    let path = staging.journal();
    // Looked at first, since the staging folder itself could be somebody's link.
    let folder = path.parent().map(look).transpose()?.flatten();
    if !folder.is_some_and(|found| found.is_folder())
        || !look(&path)?.is_some_and(|found| found.is_file())
    {
        return Ok(Found::Incomplete);
    }
    Ok(read_if_exists(&path)?.map_or(Found::Incomplete, |bytes| journal::decode(&bytes)))
}

/// Finishes a commit.
fn finish(root: &Path, staging: &Staging, ops: &[Op]) -> Result<(), FsError> {
    // The manifest is moved last: without it all has been done, and doing it again could only hurt
    // what somebody did since.
    if look(&staging.manifest())?.is_some() {
        apply(&Tree::new(root), staging, ops)?;
    }
    staging.find()?;
    staging.discard()
}

/// What is in a folder that has no manifest, besides names that are ours.
fn strangers(root: &Path) -> Result<Vec<String>, FsError> {
    if look(&root.join(MANIFEST))?.is_some() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root).map_err(at("read the folder", root))? {
        let entry = entry.map_err(at("read the folder", root))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(RESERVED_PREFIX) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn read(place: &Place) -> Result<Old, Diagnostics> {
    let path = place.real().join(MANIFEST);
    let before = |error: FsError| Diagnostics::from(place.failed(&error, Moment::Before));
    let identity = match look(&path).map_err(before)? {
        None => return Ok(Old::default()),
        Some(found) if !found.is_file() => {
            return Err(place.damaged(Damage::NotAFile).into());
        }
        Some(found) => found.identity,
    };
    let bytes = read_bytes(&path).map_err(before)?;
    let (files, digest) = rayon::join(|| manifest::parse(&bytes), || blake3::hash(&bytes));
    Ok(Old {
        files: files.map_err(|damage| place.damaged(damage))?,
        digest: Some(digest),
        identity,
        by_path: OnceLock::new(),
    })
}
