//! A wish to stop, heard between two steps of a build.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::diag::{Diagnostic, Diagnostics, Kind};

/// Shared by whoever may wish to stop and the stages that can.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    raised: AtomicBool,
    heard: Notify,
}

impl Interrupt {
    /// Nobody wishes to stop yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wishes to stop; cannot be taken back.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        self.0.heard.notify_waiters();
    }

    /// Whether somebody wishes to stop.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Relaxed)
    }

    /// Waits until somebody does.
    pub async fn wait(&self) {
        let heard = self.0.heard.notified();
        // Raised before we listened: the notice was for others.
        if !self.is_raised() {
            heard.await;
        }
    }

    /// Nothing, or what to report when somebody wishes to stop.
    ///
    /// # Errors
    /// When it was raised.
    pub fn check(&self) -> Result<(), Diagnostics> {
        if self.is_raised() {
            Err(stopped())
        } else {
            Ok(())
        }
    }
}

/// What to report instead of a result.
#[must_use]
pub fn stopped() -> Diagnostics {
    Diagnostic::error(Kind::Interrupted, "interrupted")
        .note("the output stays as it was")
        .into()
}
