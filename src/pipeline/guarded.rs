//! The way of artifacts to the sink, past the guard against leaks.

use crate::artifact::Artifact;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::guard::{Leaks, Verdict};
use crate::interrupt::Interrupt;
use crate::output::{Sink, Staged};
use crate::render;

/// A sink that takes nothing in which something leaks.
pub(super) struct Guarded<'a> {
    pub(super) sink: &'a dyn Sink,
    pub(super) leaks: &'a Leaks,
    pub(super) interrupt: &'a Interrupt,
}

impl Guarded<'_> {
    /// Hands an artifact on, and tells what the sink took. One that leaks is only remembered, so that all of
    /// them are found.
    pub(super) fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics> {
        let verdict = self.leaks.search(&artifact).map_err(|error| {
            let message = format!("a file could not be searched for leaks: {error}");
            Diagnostics::from(Diagnostic::error(Kind::Config, message))
        })?;
        match verdict {
            Verdict::Clean => self.sink.stage(artifact),
            Verdict::Leaks => Ok(None),
        }
    }

    /// The result of everything staged, with what leaks in it.
    pub(super) fn judge<T>(&self, made: Result<T, Diagnostics>) -> Result<T, Diagnostics> {
        let found = self.leaks.found();
        match made {
            Ok(made) if !found.has_errors() => Ok(made),
            Ok(_) => Err(found),
            Err(mut errors) => {
                errors.extend(found);
                Err(errors)
            }
        }
    }
}

impl render::Output for Guarded<'_> {
    fn go_on(&self) -> Result<(), Diagnostics> {
        self.interrupt.check()
    }

    fn page(&self, artifact: Artifact) -> Result<(), Diagnostics> {
        self.stage(artifact).map(|_| ())
    }
}
