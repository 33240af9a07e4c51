//! One thing that was looked at, and the sheet on which they are written down.

use crate::diag::{Diagnostic, Severity};

/// What was looked at.
#[derive(Clone, Debug)]
pub struct Check {
    /// Where it belongs.
    pub group: Group,
    /// Which part of that.
    pub subject: String,
    /// What was found.
    pub outcome: Outcome,
    /// The requests it took, each with what came of it.
    pub requests: Vec<String>,
}

/// Checks that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The site's own files.
    Site,
    /// The host and the way to it.
    Host,
    /// Who we are to it, and whether it lets us in.
    Identity,
    /// This machine's clock.
    Clock,
    /// Each query.
    Queries,
    /// What the answers say about themselves.
    Answers,
    /// What a web server does to addresses.
    Paths,
    /// Pictures and other assets.
    Images,
}

impl Group {
    /// All, in the order in which they are looked at.
    pub const ALL: [Self; 8] = [
        Self::Site,
        Self::Host,
        Self::Identity,
        Self::Clock,
        Self::Queries,
        Self::Answers,
        Self::Paths,
        Self::Images,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Host => "host",
            Self::Identity => "access",
            Self::Clock => "clock",
            Self::Queries => "queries",
            Self::Answers => "answers",
            Self::Paths => "paths",
            Self::Images => "images",
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// All is well.
    Good(String),
    /// It works, and somebody should know something about it.
    Warning(Box<Diagnostic>),
    /// It does not work.
    Failure(Box<Diagnostic>),
    /// It was not looked at: why.
    Skipped(String),
}

impl Outcome {
    /// Its name, for people and programs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Good(_) => "ok",
            Self::Warning(_) => "warning",
            Self::Failure(_) => "failure",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// The checks so far.
#[derive(Default)]
pub(super) struct Sheet {
    checks: Vec<Check>,
    /// Requests that belong to the check that is written next.
    requests: Vec<String>,
}

impl Sheet {
    pub(super) fn good(&mut self, group: Group, subject: &str, text: impl Into<String>) {
        self.push(group, subject, Outcome::Good(text.into()));
    }

    /// A warning or a failure, by its severity.
    pub(super) fn found(&mut self, group: Group, subject: &str, diagnostic: Diagnostic) {
        let outcome = match diagnostic.severity {
            Severity::Error => Outcome::Failure(Box::new(diagnostic)),
            Severity::Warning => Outcome::Warning(Box::new(diagnostic)),
        };
        self.push(group, subject, outcome);
    }

    pub(super) fn skipped(&mut self, group: Group, subject: &str, why: impl Into<String>) {
        self.push(group, subject, Outcome::Skipped(why.into()));
    }

    /// What no check has been made of is skipped.
    pub(super) fn skip_rest(&mut self, why: &str) {
        for group in Group::ALL {
            if !self.checks.iter().any(|check| check.group == group) {
                self.skipped(group, "", why);
            }
        }
    }

    /// These were made for what is written next.
    pub(super) fn requests(&mut self, requests: Vec<String>) {
        self.requests.extend(requests);
    }

    fn push(&mut self, group: Group, subject: &str, outcome: Outcome) {
        self.checks.push(Check {
            group,
            subject: subject.to_owned(),
            outcome,
            requests: std::mem::take(&mut self.requests),
        });
    }

    pub(super) fn finish(self) -> Vec<Check> {
        self.checks
    }
}
