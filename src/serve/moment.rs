//! What the preview shows at one moment, and where everybody finds it.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::Snapshot;
use crate::config::BaseUrl;
use crate::diag::Diagnostics;
use crate::source::Source;

/// What the preview shows at one moment.
#[derive(Clone, Default)]
pub struct Moment {
    /// Counts moments.
    pub number: u64,
    /// The last site that could be made; none before the first.
    pub site: Option<Arc<Snapshot>>,
    /// Why there is no newer one, though something has changed: errors in files, definitions or answers. Empty where the
    /// site is as its files are.
    pub problems: Arc<Diagnostics>,
    /// What is to be said about the site that is shown.
    pub warnings: Arc<Diagnostics>,
    /// Whether a newer one is being made.
    pub working: bool,
    /// Who answers for the site that is shown, for what is only asked for when somebody looks at it: assets, and single
    /// fragments. None where nobody can be asked.
    pub source: Option<Arc<dyn Source>>,
    /// A good site of an earlier build, for as long as there is none of ours.
    pub fallback: Option<Earlier>,
}

/// What an earlier build has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its output folder.
    pub folder: PathBuf,
    /// Where it was made to be served.
    pub base: BaseUrl,
}

/// Where the present moment is found.
#[derive(Debug)]
pub struct Board(watch::Sender<Arc<Moment>>);

impl Default for Board {
    fn default() -> Self {
        Self(watch::Sender::new(Arc::default()))
    }
}

impl Board {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Arc<Moment> {
        Arc::clone(&self.0.borrow())
    }

    /// Tells of every moment from now on; who is slow sees the latest.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Arc<Moment>> {
        self.0.subscribe()
    }

    /// Puts another moment in the place of the present one, with the next number.
    pub fn show(&self, next: impl FnOnce(&Moment) -> Moment) {
        self.0.send_modify(|moment| {
            let number = moment.number + 1;
            *moment = Arc::new(Moment {
                number,
                ..next(moment)
            });
        });
    }
}

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment")
            .field("number", &self.number)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}
