//! Room for files that are still to become artifacts.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::diag::{Diagnostic, Diagnostics, Kind};

/// A folder that goes when this is dropped, or with the sink that gave it.
#[derive(Debug, Default)]
pub struct Scratch {
    path: PathBuf,
    _own: Option<TempDir>,
}

impl Scratch {
    /// A folder of the system's. What a killed build has in it stays there for ever, so a sink with a
    /// place of its own gives room in that.
    pub(super) fn temporary() -> Result<Self, Diagnostics> {
        let own = tempfile::tempdir().map_err(|error| no_room(&error))?;
        Ok(Self {
            path: own.path().to_path_buf(),
            _own: Some(own),
        })
    }

    /// A folder that the sink itself removes, or its next start.
    pub(super) fn of_sink(path: PathBuf) -> Self {
        Self { path, _own: None }
    }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

fn no_room(error: &std::io::Error) -> Diagnostic {
    Diagnostic::error(
        Kind::Config,
        format!("no temporary folder for downloads: {error}"),
    )
    .help("make room in the system's temporary folder, or point TMPDIR elsewhere")
}
