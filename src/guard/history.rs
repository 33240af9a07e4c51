//! What the last committed builds brought, and the file it is kept in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::measure::{Key, Measure, Share};
use crate::diag::{Diagnostic, Kind, Location};
use crate::fs::{self, FsError};

/// The file's name, in the folder for what later builds use again.
pub const FILE: &str = "history.json";

/// The format of the file. One of another format is not read.
const FORMAT: u64 = 1;

/// Builds that are remembered for each key.
const BUILDS: usize = 10;

/// Keys that are remembered; what was asked longest ago is forgotten first. Definitions and hosts come and
/// go, and the file lies in the caches of CI systems for years.
const KEYS: usize = 2_000;

/// What the last committed builds brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History(BTreeMap<Key, Vec<Past>>);

/// What one build brought of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    /// When that was, such as `2026-08-01T10:15:00Z`.
    pub(super) built: String,
    /// Items.
    pub(super) items: u64,
    /// The fields by name.
    pub(super) fields: BTreeMap<String, Share>,
}

/// Why there is no history in a file.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file cannot be read.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It is damaged, or something else.
    #[error("it is damaged ({0})")]
    Damaged(String),
    /// Another version of frieze wrote it.
    #[error("it has the format {0}, and this version of frieze reads {FORMAT}")]
    Format(u64),
    /// It has no part for the guard.
    #[error("it is no report of a build")]
    NoReport,
}

/// A history as it is written.
#[derive(Serialize, Deserialize)]
struct Wire {
    format: u64,
    queries: Vec<WireKey>,
}

#[derive(Serialize, Deserialize)]
struct WireKey {
    key: Key,
    builds: Vec<Past>,
}

impl History {
    /// Reads a history from the folder for what later builds use again. A missing one is empty; so is one
    /// that cannot be used, with what to say about it.
    #[must_use]
    pub fn load(folder: &Path, shown: &str) -> (Self, Option<Diagnostic>) {
        let read = || match fs::read_if_exists(&folder.join(FILE))? {
            Some(json) => Self::parse(&json),
            None => Ok(Self::default()),
        };
        match read() {
            Ok(history) => (history, None),
            Err(error) => (Self::default(), Some(unusable(&error, shown))),
        }
    }

    /// Reads the history in a build report.
    ///
    /// # Errors
    /// When the file cannot be read or holds none.
    pub fn of_report(file: &Path) -> Result<Self, HistoryError> {
        #[derive(Deserialize)]
        struct Report {
            guard: Option<Part>,
        }
        #[derive(Deserialize)]
        struct Part {
            history: Wire,
        }
        let json = fs::read_bytes(file)?;
        let report: serde_json::Value = serde_json::from_slice(&json).map_err(damaged)?;
        if !report.is_object() {
            return Err(HistoryError::NoReport);
        }
        let report: Report = serde_json::from_value(report).map_err(damaged)?;
        Self::read(report.guard.ok_or(HistoryError::NoReport)?.history)
    }

    /// Writes it to the folder for what later builds use again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, folder: &Path) -> Result<(), FsError> {
        let mut json = self.to_json().to_string();
        json.push('\n');
        fs::write_whole(&folder.join(FILE), json.as_bytes())
    }

    fn parse(json: &[u8]) -> Result<Self, HistoryError> {
        // The format first: another one may well look different everywhere else.
        #[derive(Deserialize)]
        struct Version {
            format: u64,
        }
        let version: Version = serde_json::from_slice(json).map_err(damaged)?;
        if version.format != FORMAT {
            return Err(HistoryError::Format(version.format));
        }
        Self::read(serde_json::from_slice(json).map_err(damaged)?)
    }

    fn read(wire: Wire) -> Result<Self, HistoryError> {
        if wire.format != FORMAT {
            return Err(HistoryError::Format(wire.format));
        }
        let pairs = wire.queries.into_iter().map(|own| (own.key, own.builds));
        Ok(Self(pairs.collect()))
    }

    /// It as JSON, in a fixed order.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let queries = self.0.iter().map(|(key, builds)| WireKey {
            key: key.clone(),
            builds: builds.clone(),
        });
        let wire = Wire {
            format: FORMAT,
            queries: queries.collect(),
        };
        // Strings, numbers and maps with text for keys: that cannot fail.
        serde_json::to_value(wire).unwrap_or_default()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many items the last build brought of a key.
    #[must_use]
    pub fn last(&self, key: &Key) -> Option<u64> {
        self.of(key).last().map(|past| past.items)
    }

    /// What earlier builds brought of a key, the oldest first.
    pub(super) fn of(&self, key: &Key) -> &[Past] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Adds a build that was committed. For what was let through it starts anew: from now on the new level
    /// is the one to compare with.
    pub fn add(&mut self, measures: &[Measure], let_through: &BTreeSet<Key>, built: &str) {
        for measure in measures {
            let builds = self.0.entry(measure.key.clone()).or_default();
            if let_through.contains(&measure.key) {
                builds.clear();
            }
            builds.push(Past {
                built: built.to_owned(),
                items: measure.items,
                fields: measure.fields.clone(),
            });
            builds.drain(..builds.len().saturating_sub(BUILDS));
        }
        self.forget();
    }

    fn forget(&mut self) {
        let Some(too_many) = self.0.len().checked_sub(KEYS).filter(|n| *n > 0) else {
            return;
        };
        let last = |builds: &[Past]| builds.last().map(|past| past.built.clone());
        let mut by_age: Vec<_> = self
            .0
            .iter()
            .map(|(key, builds)| (last(builds), key.clone()))
            .collect();
        by_age.sort();
        for (_, key) in by_age.into_iter().take(too_many) {
            self.0.remove(&key);
        }
    }
}

fn damaged(error: serde_json::Error) -> HistoryError {
    HistoryError::Damaged(error.to_string())
}

fn unusable(error: &HistoryError, shown: &str) -> Diagnostic {
    Diagnostic::warning(
        Kind::Config,
        format!("the history of earlier builds cannot be used: {error}"),
    )
    .at(Location::file(shown))
    .note("the guard has nothing to hold this build against, but for `min_items`")
    .help("it is written anew when this build is committed")
}
