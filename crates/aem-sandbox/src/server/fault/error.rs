//! What is wrong with faults, told all at once.

use crate::problem::Problem;
use std::fmt;
use std::path::{Path, PathBuf};

/// Faults that cannot be understood, all of them at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError {
    /// The file they are in.
    file: Option<PathBuf>,
    mistakes: Vec<Mistake>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mistake {
    /// As it was written; nothing where the whole is wrong.
    fault: Option<String>,
    reason: String,
}

impl FaultError {
    /// A fault that is wrong.
    pub(super) fn of(fault: &str, reason: impl Into<String>) -> Self {
        Self::new(Some(fault.to_owned()), reason.into())
    }

    /// No faults at all.
    pub(super) fn whole(reason: impl Into<String>) -> Self {
        Self::new(None, reason.into())
    }

    fn new(fault: Option<String>, reason: String) -> Self {
        Self {
            file: None,
            mistakes: vec![Mistake { fault, reason }],
        }
    }

    pub(super) fn in_file(self, file: &Path) -> Self {
        Self {
            file: Some(file.to_owned()),
            ..self
        }
    }

    /// Each mistake in words, with the file it is in.
    pub fn mistakes(&self) -> impl Iterator<Item = String> {
        self.mistakes.iter().map(|mistake| match &self.file {
            Some(file) => format!("{}: {mistake}", file.display()),
            None => mistake.to_string(),
        })
    }

    /// Takes over what is wrong with other faults.
    pub(super) fn add(&mut self, other: Self) {
        self.mistakes.extend(other.mistakes);
    }

    /// What is wrong with a file that was good before.
    pub(super) fn problems(&self, file: &Path) -> Vec<Problem> {
        let problem = |mistake: &Mistake| {
            Problem::new(file, format!("{mistake}; the faults stay as they were"))
        };
        self.mistakes.iter().map(problem).collect()
    }
}

impl std::error::Error for FaultError {}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mistakes: Vec<String> = self.mistakes().collect();
        f.write_str(&mistakes.join("\n"))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            write!(f, "fault `{fault}`: ")?;
        }
        f.write_str(&self.reason)
    }
}
