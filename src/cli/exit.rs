//! Exit codes, which scripts rely on.

use std::process::ExitCode;

use crate::diag::{Diagnostics, Kind};

/// How a command ended. A panic, a bug of ours, ends with 101.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Good = 0,
    /// Problems in content, templates, queries or links.
    Content = 1,
    /// Usage, configuration, or an output folder that is not ours.
    Usage = 2,
    /// AEM is unreachable, refuses, or limits the rate: trying again may help.
    Remote = 3,
    /// A guard stopped the build.
    Guard = 4,
    /// Interrupted.
    Interrupted = 130,
}

impl Exit {
    /// The code for what was found.
    #[must_use]
    pub fn of(found: &Diagnostics) -> Self {
        match found.worst_kind() {
            // Warnings alone end a command only where they were denied.
            Some(Kind::Content) | None => Self::Content,
            Some(Kind::Config) => Self::Usage,
            Some(Kind::Remote) => Self::Remote,
            Some(Kind::Guard) => Self::Guard,
            Some(Kind::Interrupted) => Self::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
