//! How long a build may wait for answers.

use std::time::{Duration, Instant};

use crate::diag::{Diagnostic, Kind};
use crate::explain::time;

/// The `deadline` of `[fetch]`, as one moment for everything a build asks before it renders.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    allowed: Duration,
    ends: Option<Instant>,
}

impl Deadline {
    /// So long from now on.
    #[must_use]
    pub fn after(allowed: Duration) -> Self {
        Self {
            allowed,
            // One that no clock can show is none.
            ends: Instant::now().checked_add(allowed),
        }
    }

    /// Waits for something, but no longer than this.
    ///
    /// # Errors
    /// When it has passed, with what to say about that.
    pub async fn hold<T>(&self, work: impl Future<Output = T>) -> Result<T, Diagnostic> {
        let Some(ends) = self.ends else {
            return Ok(work.await);
        };
        tokio::time::timeout_at(ends.into(), work)
            .await
            .map_err(|_| self.passed())
    }

    fn passed(&self) -> Diagnostic {
        let allowed = time(self.allowed);
        let message = format!("the fetch was not done within its deadline of {allowed}");
        Diagnostic::error(Kind::Remote, message)
            .note("the deadline is for all queries together; the output stays as it was")
            .help("raise `deadline` in `[fetch]`; `frieze doctor -v` tells which query is slow")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn is_one_moment_for_all_that_is_held_to_it() {
        let never = std::future::pending::<()>;
        let deadline = Deadline::after(Duration::from_millis(1));
        assert!(deadline.hold(never()).await.is_err());
        // It is over for what comes later, too.
        let later = deadline.hold(never()).await.unwrap_err();
        insta::assert_snapshot!(crate::diag::Diagnostics::from(later));
        let endless = Deadline::after(Duration::MAX);
        assert_eq!(endless.hold(async { 1 }).await.unwrap(), 1);
    }
}
