//! The way of artifacts to the sink, past the guard against leaks.

use crate::artifact::{Artifact, ArtifactKind};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::guard::{Leaks, Verdict};
use crate::interrupt::Interrupt;
use crate::output::{Earlier, Sink, Staged};
use crate::render::{self, Made, Unchanged};

/// A sink that takes nothing in which something leaks.
pub(super) struct Guarded<'a> {
    pub(super) sink: &'a dyn Sink,
    pub(super) leaks: &'a Leaks,
    pub(super) interrupt: &'a Interrupt,
}

impl Guarded<'_> {
    /// Hands an artifact on, and tells what the sink took, if a later build may have it as it is. One that
    /// leaks is only remembered, so that all of them are found.
    pub(super) fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics> {
        let verdict = self.leaks.search(&artifact).map_err(|error| {
            let message = format!("a file could not be searched for leaks: {error}");
            Diagnostics::from(Diagnostic::error(Kind::Config, message))
        })?;
        match verdict {
            Verdict::Clean => self.sink.stage(artifact),
            // It has to be searched each time: what makes it clean may go.
            Verdict::CleanHere => self.sink.stage(artifact).map(|_| None),
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

    fn page(&self, artifact: Artifact) -> Result<Option<Made>, Diagnostics> {
        let staged = self.stage(artifact)?;
        Ok(staged.map(|Staged { hash, size }| Made {
            hash: *hash.as_bytes(),
            size,
        }))
    }

    /// It was searched when it was made, by a guard who knew the same hosts. Secrets may be others by now: nothing about
    /// their values is kept that could be compared.
    fn keep(&self, page: Unchanged) -> Result<bool, Diagnostics> {
        let Unchanged {
            path,
            made: Made { hash, size },
            provenance,
        } = page;
        self.sink.keep(Earlier {
            path,
            content: Staged {
                hash: hash.into(),
                size,
            },
            kind: ArtifactKind::Page,
            provenance,
        })
    }
}
