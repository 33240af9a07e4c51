//! Where a test can end a build as if it had been killed.
//!
//! Everything that changes the disk calls [`Failpoint::step`] before. Outside tests this does nothing.

use crate::fs::FsError;

#[cfg(test)]
use std::sync::atomic::{AtomicI64, Ordering};

/// Counts steps; lets a test stop at one of them.
#[derive(Debug)]
pub(super) struct Failpoint {
    #[cfg(test)]
    left: AtomicI64,
}

impl Failpoint {
    /// Never stops.
    pub(super) fn never() -> Self {
        Self {
            #[cfg(test)]
            left: AtomicI64::new(i64::MAX),
        }
    }

    /// Stops at the step after `steps`, and at all that follow.
    #[cfg(test)]
    pub(super) fn after(steps: i64) -> Self {
        Self {
            left: AtomicI64::new(steps),
        }
    }

    /// About to change the disk.
    #[cfg_attr(
        not(test),
        expect(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "does something in tests"
        )
    )]
    pub(super) fn step(&self) -> Result<(), FsError> {
        #[cfg(test)]
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            let source = std::io::Error::other("stopped by a test");
            return Err(FsError {
                action: "go on",
                path: std::path::PathBuf::new(),
                source,
            });
        }
        Ok(())
    }

    /// Whether a test has "killed" the build: then nothing may be tidied up.
    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, reason = "does something in tests")
    )]
    pub(super) fn fired(&self) -> bool {
        #[cfg(test)]
        let fired = self.left.load(Ordering::SeqCst) < 0;
        #[cfg(not(test))]
        let fired = false;
        fired
    }
}
