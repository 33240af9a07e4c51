//! Attempts at one request until it succeeds or it is no use.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use reqwest::Response;
use reqwest::header::RETRY_AFTER;

use super::authorizer::Authorization;
use super::retry::{Ending, Next, next, retry_after};
use super::{AemHost, header};
use crate::aem::{Failure, Reason};
use crate::config::Fetch;
use crate::source::Cause;

/// Requests in a row that failed for good, with nothing good between them, after which a host in trouble is left
/// alone.
const LOST_IN_A_ROW: u64 = 8;

/// An attempt that failed.
pub(super) struct Attempt {
    pub(super) cause: Cause,
    /// How long AEM asks to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl From<Cause> for Attempt {
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            retry_after: None,
        }
    }
}

/// The retries of a whole build.
pub(super) struct Retries {
    each: u32,
    budget: u64,
    left: AtomicU64,
    /// Requests that failed for good since the last good answer.
    lost: AtomicU64,
    /// Why the host is not asked any more, once that is so.
    given_up: Mutex<Option<Cause>>,
}

impl Retries {
    pub(super) fn new(limits: &Fetch) -> Self {
        Self {
            each: limits.retries,
            budget: limits.retry_budget,
            left: AtomicU64::new(limits.retry_budget),
            lost: AtomicU64::new(0),
            given_up: Mutex::new(None),
        }
    }

    /// Takes one from the budget.
    fn take(&self) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok()
    }

    /// How many were taken.
    pub(super) fn taken(&self) -> u64 {
        self.budget - self.left.load(Ordering::Relaxed)
    }

    /// A good answer came.
    fn good(&self) {
        self.lost.store(0, Ordering::Relaxed);
    }

    /// A request failed for good, through the host and not through what was asked.
    fn lost(&self, cause: &Cause) {
        if self.lost.fetch_add(1, Ordering::Relaxed) + 1 >= LOST_IN_A_ROW {
            self.give_up(cause);
        }
    }

    fn given_up(&self) -> Option<Cause> {
        self.given_up
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    /// Further requests would meet the same and make it worse.
    fn give_up(&self, cause: &Cause) {
        let mut given_up = self
            .given_up
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        given_up.get_or_insert_with(|| cause.clone());
    }
}

/// `Retry-After` of an answer.
pub(super) fn asked_to_wait(response: &Response) -> Option<Duration> {
    retry_after(&header(response, &RETRY_AFTER)?, SystemTime::now())
}

impl AemHost {
    /// Makes attempts until one succeeds or it is no use.
    pub(super) async fn persist<'f, T>(
        &self,
        once: impl Fn(Authorization) -> BoxFuture<'f, Result<T, Attempt>>,
    ) -> Result<T, Cause> {
        let mut attempt = 1;
        loop {
            let slot = self.limiter.slot().await;
            if let Some(cause) = self.retries.given_up() {
                return Err(cause);
            }
            let failed = match self.authorised(&once).await {
                Ok(answer) => {
                    self.limiter.good();
                    self.retries.good();
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            drop(slot);
            let wait = self.wait(failed, attempt)?;
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// One attempt, which is two where a token has ended before its time.
    async fn authorised<'f, T>(
        &self,
        once: &impl Fn(Authorization) -> BoxFuture<'f, Result<T, Attempt>>,
    ) -> Result<T, Attempt> {
        let authorization = self.authorization(None).await?;
        let result = once(authorization.clone()).await;
        if !is_refused(&result) || !self.authorizer.can_renew(&authorization) {
            return result;
        }
        let fresh = self.authorization(Some(&authorization)).await?;
        let result = once(fresh).await;
        if is_refused(&result) {
            // Its age was not what is wrong with the token.
            self.authorizer.renewing_is_no_use();
        }
        result
    }

    /// What a request carries; when that cannot be had, no request can be made.
    pub(super) async fn authorization(
        &self,
        refused: Option<&Authorization>,
    ) -> Result<Authorization, Cause> {
        let authorization = self.authorizer.get(refused).await;
        authorization.map_err(|error| {
            let cause = Cause::NoToken(error);
            self.retries.give_up(&cause);
            cause
        })
    }

    /// How long to wait before the next attempt; the cause when there shall be none.
    fn wait(&self, failed: Attempt, attempt: u32) -> Result<Duration, Cause> {
        let Attempt { cause, retry_after } = failed;
        let status = status_of(&cause);
        if status == Some(406) {
            // A penalty for the whole machine, minutes long (section 9.2): nothing else will get through.
            self.retries.give_up(&cause);
        }
        if matches!(status, Some(429 | 503)) {
            self.limiter.too_much();
        }
        let Some(ending) = ending(&cause) else {
            return Err(cause);
        };
        match next(
            ending,
            attempt,
            self.retries.each,
            retry_after,
            fastrand::f64(),
        ) {
            Next::Stop => {
                // Asked as often as we may: what says that about the host says it about every request.
                if matches!(cause, Cause::Unreachable(_)) || matches!(status, Some(429 | 503)) {
                    self.retries.give_up(&cause);
                }
                if matches!(ending, Ending::NoAnswer | Ending::Status(429 | 500..)) {
                    self.retries.lost(&cause);
                }
                Err(cause)
            }
            Next::TooLong(asked) => {
                let cause = Cause::AskedToWait(asked);
                self.retries.give_up(&cause);
                Err(cause)
            }
            Next::Wait(_) if !self.retries.take() => {
                let cause = Cause::BudgetSpent(self.retries.budget, Box::new(cause));
                self.retries.give_up(&cause);
                Err(cause)
            }
            Next::Wait(wait) => {
                if matches!(status, Some(429)) || retry_after.is_some() {
                    self.limiter.pause(wait);
                }
                Ok(wait)
            }
        }
    }
}

/// Whether AEM does not take what the request carried.
fn is_refused<T>(result: &Result<T, Attempt>) -> bool {
    result
        .as_ref()
        .is_err_and(|failed| status_of(&failed.cause) == Some(401))
}

/// The status of a failure that has one.
fn status_of(cause: &Cause) -> Option<u16> {
    match cause {
        Cause::Failure(failure) => failure.status(),
        _ => None,
    }
}

/// How an attempt ended, as far as another one is concerned; `None` when that would be the same.
fn ending(cause: &Cause) -> Option<Ending> {
    match cause {
        Cause::Unreachable(_) | Cause::BrokeOff(_) | Cause::TimedOut(_) => Some(Ending::NoAnswer),
        Cause::Failure(Failure::Broken(_) | Failure::NotJson { .. } | Failure::NotAsset(_)) => {
            Some(Ending::Damaged)
        }
        // Who sleeps until somebody wakes it is not asked again, nor is a login form.
        Cause::Failure(Failure::Refused(refusal))
            if matches!(refusal.reason, Reason::Hibernated | Reason::LoginPage) =>
        {
            None
        }
        Cause::Failure(failure) => failure.status().map(Ending::Status),
        _ => None,
    }
}
