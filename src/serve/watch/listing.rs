//! What is on the disk, to be compared with what is there later.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

/// Files and folders, and what tells them from what they were: times are compared with themselves only, since the clock
/// that a disk goes by may not be ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing(BTreeMap<PathBuf, State>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    modified: Option<SystemTime>,
    length: u64,
    is_folder: bool,
}

impl Listing {
    /// Of these files, and of all below these folders; what is not there is left out.
    pub(super) fn of(places: &[PathBuf]) -> Self {
        let entries = places
            .iter()
            .flat_map(|place| WalkDir::new(place).into_iter());
        let entries = entries.filter_map(Result::ok);
        let states = entries.filter_map(|entry| {
            let state = State::of(entry.path())?;
            Some((entry.into_path(), state))
        });
        Self(states.collect())
    }

    /// What came, went, or is another than it was.
    pub(super) fn differing(&self, before: &Self) -> BTreeSet<PathBuf> {
        let mut differing = BTreeSet::new();
        for (one, other) in [(self, before), (before, self)] {
            let differs = |(path, state): &(&PathBuf, &State)| other.0.get(*path) != Some(state);
            let paths = one.0.iter().filter(differs);
            differing.extend(paths.map(|(path, _)| path.clone()));
        }
        differing
    }
}

impl State {
    /// Of what a link leads to, where it is one.
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        let is_folder = metadata.is_dir();
        Some(Self {
            // That of a folder says what came and went, which is listed itself.
            modified: metadata.modified().ok().filter(|_| !is_folder),
            length: if is_folder { 0 } else { metadata.len() },
            is_folder,
        })
    }
}
