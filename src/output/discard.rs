//! Nowhere: for commands that want all of a build but its output.

use super::{Commit, Sink, Staged};
use crate::artifact::Artifact;
use crate::diag::Diagnostics;

/// Takes everything and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Discard;

impl Sink for Discard {
    fn stage(&self, _: Artifact) -> Result<Option<Staged>, Diagnostics> {
        Ok(None)
    }

    fn commit(self: Box<Self>) -> Result<Commit, Diagnostics> {
        Ok(Commit::default())
    }
}
