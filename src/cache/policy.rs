//! What the memory is good for in one build.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::record::{Record, millis};
use crate::aem::{Failure, Reason};
use crate::config::{Cdn, Fetch};
use crate::query::Freshness;
use crate::source::{Cause, Conditions, Hurdle, NoToken, Validators};

/// What the memory is good for in one build.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// When the build began, in milliseconds since 1970. All that it asks counts as asked then, so that the
    /// pages of a paged query grow old together.
    pub build: u64,
    /// Everything is asked for anew, past the CDN.
    pub refresh: bool,
    /// Something no cache has seen yet; part of every request's address when the CDN is passed by. One for
    /// the whole build, so that all pages of a paged query agree.
    pub unseen: Arc<str>,
    /// Whether the CDN is passed by from the start.
    pub cdn: Cdn,
    /// How long a cache on the way may have kept an answer.
    pub max_age: Option<Duration>,
    /// How old what stands in for AEM may be when it fails.
    pub stale_if_error: Option<Duration>,
}

impl Policy {
    /// What `[fetch]` says, for a build that begins now.
    #[must_use]
    pub fn of(fetch: &Fetch, now: SystemTime) -> Self {
        let build = millis(now);
        Self {
            build,
            refresh: false,
            unseen: build.to_string().into(),
            cdn: fetch.cdn,
            max_age: fetch.max_age,
            stale_if_error: fetch.stale_if_error,
        }
    }

    /// How something is asked about first.
    pub(super) fn conditions(&self, unless: Validators) -> Conditions {
        Conditions {
            unless: if self.refresh {
                Validators::default()
            } else {
                unless
            },
            bypass: (self.refresh || self.cdn == Cdn::Bypass).then(|| Arc::clone(&self.unseen)),
            ..Conditions::default()
        }
    }

    /// How something is asked that no cache may answer, each time.
    pub(super) fn past_all() -> Conditions {
        Conditions {
            bypass: Some(millis(SystemTime::now()).to_string().into()),
            ..Conditions::default()
        }
    }

    /// Whether a record is as recent as a definition wants it.
    pub(super) fn is_recent(&self, freshness: Freshness, record: &Record) -> bool {
        match freshness {
            _ if self.refresh || record.says_nothing() => false,
            Freshness::Revalidate | Freshness::Always => false,
            Freshness::For(limit) => record.age(self.build).is_some_and(|age| age <= limit),
            Freshness::Never => true,
        }
    }

    /// How old a record is that may stand in after a failure.
    pub(super) fn stale(&self, record: &Record, cause: &Cause) -> Option<Duration> {
        let limit = self.stale_if_error.filter(|_| passes(cause))?;
        let age = record.age(self.build).filter(|age| *age <= limit)?;
        Some(Duration::from_secs(age.as_secs()))
    }
}

/// Whether a failure is AEM's trouble of the moment. What it says about us or about the question is an
/// answer, and nothing older is better. Nor is anything that we have better than an answer that is too old.
fn passes(cause: &Cause) -> bool {
    match cause {
        Cause::Unreachable(unreachable) => unreachable.hurdle != Hurdle::ProxyCredentials,
        Cause::BrokeOff(_) | Cause::TimedOut(_) | Cause::AskedToWait(_) => true,
        Cause::BudgetSpent(_, last) => passes(last),
        Cause::NoToken(NoToken::Unreachable { cause, .. }) => passes(cause),
        Cause::NoToken(NoToken::Refused { status, .. }) => is_trouble(*status),
        Cause::Failure(Failure::Refused(refusal)) => {
            refusal.reason == Reason::Hibernated
                || refusal.status == 406
                || is_trouble(refusal.status)
        }
        Cause::Failure(Failure::NotJson { .. } | Failure::Broken(_) | Failure::NotAsset(_)) => true,
        _ => false,
    }
}

/// Statuses of a server that has no time or is not well.
fn is_trouble(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..)
}
