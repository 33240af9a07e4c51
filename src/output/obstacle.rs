//! Things in the output folder that are not ours and in the way of artifacts: each is reported once,
//! however many artifacts it stops.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics, Kind, Location};

use super::conflict::{self, Claim};
use super::place::Place;

/// Why something is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// Frieze did not make it.
    Stranger,
    /// Nothing can be moved there in one step.
    OtherFileSystem,
}

/// Things in the way, by path, with the first artifact that each stops and the number of all.
#[derive(Debug, Default)]
pub(super) struct Obstacles<'a>(BTreeMap<(String, Reason), (Claim<'a>, usize)>);

impl<'a> Obstacles<'a> {
    /// Notes that something stops an artifact.
    pub(super) fn add(&mut self, by: impl Into<String>, reason: Reason, stopped: Claim<'a>) {
        self.0.entry((by.into(), reason)).or_insert((stopped, 0)).1 += 1;
    }

    /// Nothing when there is none, else all of them.
    pub(super) fn finish(self, place: &Place) -> Result<(), Diagnostics> {
        if self.0.is_empty() {
            return Ok(());
        }
        let say = |((by, reason), (claim, count)): ((String, Reason), (Claim<'_>, usize))| {
            diagnostic(place, &by, reason, claim, count)
        };
        Err(self.0.into_iter().map(say).collect())
    }
}

fn diagnostic(
    place: &Place,
    by: &str,
    reason: Reason,
    stopped: Claim<'_>,
    count: usize,
) -> Diagnostic {
    let at = place.shown_file(by);
    let (message, help) = match reason {
        Reason::Stranger => (
            format!("`{at}` is in the way, and Frieze did not make it"),
            "move or delete it and build again, or give the artifact another route or name",
        ),
        Reason::OtherFileSystem => (
            format!("`{at}` is on another file system than the rest of the output"),
            "mount the output folder as a whole, so that a site can be replaced in one step",
        ),
    };
    let maker = conflict::maker(stopped);
    let mut diagnostic = Diagnostic::error(Kind::Config, message)
        .at(Location::file(at))
        .note(format!("`{}` would be written: {maker}", stopped.path));
    if count > 1 {
        diagnostic = diagnostic.note(format!("so would {} more", count - 1));
    }
    diagnostic
        .note(format!("nothing in `{}` was changed", place.shown()))
        .help(help)
}
