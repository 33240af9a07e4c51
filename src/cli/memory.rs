//! Where the history of earlier builds is read from, and where it goes.

use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::guard::{self, History};

/// The history of earlier builds.
pub(super) enum Memory {
    /// In the folder for what later builds use again.
    Folder {
        folder: PathBuf,
        /// The file, as the user would name it.
        shown: String,
        history: History,
    },
    /// In a build report, which is not written to.
    Baseline(History),
}

/// Reads the report of `--baseline`.
///
/// It is read before everything else: the build may write its own report to the same place.
pub(super) fn baseline(file: Option<&Path>) -> Result<Option<History>, Diagnostics> {
    let Some(file) = file else { return Ok(None) };
    let shown = file.display().to_string();
    History::of_report(file).map(Some).map_err(|error| {
        let message = format!("`--baseline` cannot be used: {error}");
        Diagnostic::error(Kind::Config, message)
            .at(Location::file(shown))
            .help("name a file that `frieze build --report FILE` wrote; for the first build leave `--baseline` out")
            .into()
    })
}

impl Memory {
    /// The baseline if there is one, else what lies in the folder for what later builds use again; `root` is
    /// the site's. Known before the configuration is: a report tells it in any case.
    pub(super) fn of(
        baseline: Option<History>,
        folder: PathBuf,
        root: &Path,
        warnings: &mut Diagnostics,
    ) -> Self {
        if let Some(history) = baseline {
            return Self::Baseline(history);
        }
        let file = folder.join(guard::FILE);
        let shown = file.strip_prefix(root).unwrap_or(&file);
        let shown = shown.display().to_string();
        let (history, problem) = History::load(&folder, &shown);
        problem.into_iter().for_each(|d| warnings.push(d));
        Self::Folder {
            folder,
            shown,
            history,
        }
    }

    /// What earlier builds brought.
    pub(super) fn history(&self) -> &History {
        match self {
            Self::Folder { history, .. } | Self::Baseline(history) => history,
        }
    }

    /// Keeps what is known after a build was committed.
    pub(super) fn keep(&self, history: &History, warnings: &mut Diagnostics) {
        let Self::Folder { folder, shown, .. } = self else {
            return;
        };
        // Where nothing changed, nothing is written.
        if history == self.history() {
            return;
        }
        if let Err(error) = history.save(folder) {
            let message = format!("what this build brought could not be noted: {error}");
            warnings.push(
                Diagnostic::warning(Kind::Config, message)
                    .at(Location::file(shown))
                    .note("the site is complete; the guard will have nothing to hold the next build against")
                    .help("name a folder that can be written with `--cache-dir DIR`, or use `--report` and `--baseline`"),
            );
        }
    }
}
