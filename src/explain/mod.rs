//! What to say when a request has no good answer.
//!
//! A [`SourceError`] knows what happened on the way, a [`Subject`] what was asked for, and the
//! configuration who we are to AEM. Together they make a [`Diagnostic`]: what, where, why and what next.
//! What is wrong with the host as a whole is said without naming the subject, so that many requests that
//! meet it are one message.

mod connection;
mod failure;
mod identity;
mod refusal;
mod rest;

use std::sync::Arc;
use std::time::Duration;

use crate::config::Aem;
use crate::diag::{Diagnostic, Kind, Location, Severity};
use crate::query::{Ask, Query};
use crate::source::{Cause, Keeper, SourceError};

/// What a request was for.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What it is called in messages, such as "the persisted query `x/a`".
    name: String,
    what: What,
    location: Option<Location>,
}

/// The kinds of subject that have their own advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Persisted,
    AdHoc,
    Fragments,
    Document,
    Asset,
    Host,
}

impl Subject {
    /// A definition's query.
    #[must_use]
    pub fn query(query: &Query) -> Self {
        Self {
            name: query.describe(),
            what: match query.ask {
                Ask::Persisted(_) => What::Persisted,
                Ask::AdHoc { .. } => What::AdHoc,
                Ask::OpenApi(_) => What::Fragments,
                Ask::Json => What::Document,
            },
            location: Some(query.location()),
        }
    }

    /// An asset, by its path.
    #[must_use]
    pub fn asset(path: &str) -> Self {
        Self {
            name: format!("the asset {path}"),
            what: What::Asset,
            location: None,
        }
    }

    /// The host itself, whatever is asked for.
    #[must_use]
    pub fn host() -> Self {
        Self {
            name: "the host".to_owned(),
            what: What::Host,
            location: None,
        }
    }

    /// A diagnostic about this subject.
    fn error(&self, kind: Kind, message: impl Into<String>) -> Diagnostic {
        let diagnostic = Diagnostic::error(kind, message);
        match &self.location {
            Some(location) => diagnostic.at(location.clone()),
            None => diagnostic,
        }
    }

    /// Something that only whoever edits the site or its content can mend.
    fn content(&self, message: impl Into<String>) -> Diagnostic {
        self.error(Kind::Content, message)
    }

    /// Something about AEM or the way to it.
    fn remote(&self, message: impl Into<String>) -> Diagnostic {
        self.error(Kind::Remote, message)
    }
}

/// What to say about a request without a good answer.
#[must_use]
pub fn explain(subject: &Subject, error: &SourceError, aem: &Aem) -> Diagnostic {
    let explainer = Explainer {
        subject,
        aem,
        request: &error.request,
    };
    explainer
        .cause(&error.cause)
        .note(format!("the request was {}", error.request))
}

/// What to say when something old stands in for AEM: allowed, and told loudly. Of assets only one is named.
#[must_use]
pub fn explain_stale(subject: &Subject, age: Duration, cause: Cause, aem: &Aem) -> Diagnostic {
    let name = &subject.name;
    let (message, one) = match subject.what {
        What::Asset => (
            "old files stand in for assets that AEM failed to send".to_owned(),
            Some(format!("one of them is {name}")),
        ),
        _ => (format!("an old answer stands in for {name}"), None),
    };
    let request = Arc::from(name.as_str());
    let failure = explain(subject, &SourceError { request, cause }, aem);
    let mut diagnostic = subject.error(Kind::Remote, message);
    diagnostic.severity = Severity::Warning;
    diagnostic
        .maybe_note(one)
        .note(format!("AEM failed with: {}", failure.message))
        .note(format!("AEM last confirmed it {} ago", time(age)))
        .help("build again when AEM is well; `stale_if_error` in `[fetch]` allows this")
}

/// Everything an explanation draws on.
struct Explainer<'a> {
    subject: &'a Subject,
    aem: &'a Aem,
    /// As `GET https://…`.
    request: &'a str,
}

impl Explainer<'_> {
    fn cause(&self, cause: &Cause) -> Diagnostic {
        let (subject, name) = (self.subject, &self.subject.name);
        match cause {
            Cause::Encode(why) => subject.content(format!("{name} cannot be asked: {why}")),
            Cause::Unreachable(why) => self.unreachable(why),
            Cause::BrokeOff(why) => self.broke_off(why),
            Cause::TimedOut(why) => self.timed_out(*why),
            Cause::TooLarge(max) => {
                let what = match subject.what {
                    What::Asset => format!("{name} is larger than {}", size(*max)),
                    _ => format!("an answer of {name} is larger than {}", size(*max)),
                };
                let help = match subject.what {
                    What::Asset => "raise `max_response` in `[fetch]`",
                    _ => {
                        "page the query, select fewer fields, or raise `max_response` in `[fetch]`"
                    }
                };
                subject.content(what).help(help)
            }
            Cause::TooManyRequests(max) => subject
                .content(format!("the build needs more than {max} requests"))
                .help("raise `page_size` or `max_requests` in `[fetch]`"),
            Cause::NoToken(why) => self.no_token(why),
            Cause::BudgetSpent(budget, last) => {
                let last = self.cause(last);
                subject
                    .remote(format!("the retry budget of {budget} is spent"))
                    .note(format!("the last failure: {}", last.message))
                    .notes(last.notes)
                    .help("build again later, or raise `retry_budget` in `[fetch]`")
            }
            Cause::AskedToWait(asked) => subject
                .remote(format!("AEM asks to be left alone for {}", time(*asked)))
                .help("build again after that time"),
            Cause::Disk(why) => {
                subject.error(Kind::Config, format!("{name} could not be written: {why}"))
            }
            Cause::NotKept(Keeper::Cache) => subject
                .remote(format!("{} is not in the cache", self.kept()))
                .note("with `--offline` nothing else is used")
                .help("build once without `--offline`"),
            Cause::NotKept(Keeper::Snapshot) => subject
                .remote(format!("{} is not in the snapshot", self.kept()))
                .note("the site asks for something else than when it was saved")
                .help("save it anew with `frieze snapshot save`"),
            Cause::Nothing(keeper) => subject
                .content(format!(
                    "there was nothing for {name} when AEM was asked last"
                ))
                .note(match keeper {
                    Keeper::Cache => "this is what the cache says; AEM was not asked, or failed",
                    Keeper::Snapshot => "this is what the snapshot says",
                }),
            Cause::Damaged(why) => subject
                .error(
                    Kind::Config,
                    format!("{} cannot be used: {why}", self.kept()),
                )
                .help("save the snapshot anew with `frieze snapshot save`"),
            Cause::TooOld(age, limit) => subject
                .remote(format!(
                    "a cache between here and AEM answers with content {} old, and `max_age` is {}",
                    time(*age),
                    time(*limit)
                ))
                .note("it was asked past the CDN as well")
                .help("see who answers with `Age`; `max_age` in `[fetch]` sets the limit"),
            Cause::Failure(failure) => self.failure(failure),
        }
    }

    /// What an earlier build would have kept.
    fn kept(&self) -> String {
        match self.subject.what {
            What::Asset => self.subject.name.clone(),
            _ => format!("the answer to {}", self.subject.name),
        }
    }

    /// The address that was asked, where the request names one.
    fn url(&self) -> Option<url::Url> {
        let (_, address) = self.request.split_once(' ')?;
        url::Url::parse(address).ok()
    }

    /// The host that was asked, with its port where that is not the usual one.
    fn host(&self) -> String {
        let Some(url) = self.url() else {
            return "AEM".to_owned();
        };
        let host = url.host_str().unwrap_or_default();
        match url.port() {
            Some(port) => format!("`{host}:{port}`"),
            None => format!("`{host}`"),
        }
    }
}

/// `50 ms`, `30 s`, `15 min`.
#[must_use]
pub fn time(duration: Duration) -> String {
    let (seconds, milliseconds) = (duration.as_secs(), duration.as_millis());
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..10 if duration.subsec_millis() > 0 => format!("{:.1} s", duration.as_secs_f64()),
        1..120 => format!("{seconds} s"),
        _ if seconds % 60 != 0 && seconds < 600 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// `1 KiB`, `64 MiB`, `1000 bytes`.
fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes > 0 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes > 0 && bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests;
