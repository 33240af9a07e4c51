//! A source with a memory: what earlier builds got decides how AEM is asked, and whether.

mod asset;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;

use super::{Cache, Key, Realm, Record};
use crate::aem::{AssetPath, Envelope, Failure, Reason, Refusal};
use crate::config::{Cdn, Fetch};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::query::Freshness;
use crate::secret::Secret;
use crate::source::{
    Answer, AssetBody, Cause, Conditions, Delivery, Keeper, Reply, Request, Source, SourceError,
    Upstream, Usage, Validators,
};

use super::record::seconds;

/// What the memory is good for in one build.
#[derive(Clone, Debug, Default)]
pub struct Policy {
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
    /// What `[fetch]` says; `now` makes addresses that no cache has seen.
    #[must_use]
    pub fn of(fetch: &Fetch, now: SystemTime) -> Self {
        let since = now.duration_since(SystemTime::UNIX_EPOCH);
        Self {
            refresh: false,
            unseen: since.unwrap_or_default().as_millis().to_string().into(),
            cdn: fetch.cdn,
            max_age: fetch.max_age,
            stale_if_error: fetch.stale_if_error,
        }
    }

    /// The first question about something.
    fn conditions(&self, unless: Validators) -> Conditions {
        Conditions {
            unless: if self.refresh {
                Validators::default()
            } else {
                unless
            },
            bypass: (self.refresh || self.cdn == Cdn::Bypass).then(|| Arc::clone(&self.unseen)),
        }
    }
}

/// Answers from AEM, with the help of what earlier builds got; or from that alone.
pub struct CachedSource {
    /// Nobody, when offline.
    upstream: Option<Box<dyn Upstream>>,
    cache: Cache,
    realm: Realm,
    policy: Policy,
    /// For every question of this build a lock, under which it is asked, and what came of it: who asks the
    /// same later waits and reads.
    turns: Mutex<HashMap<Key, Arc<Turn>>>,
    /// Why something could not be kept.
    unkept: Mutex<Option<String>>,
}

/// One question of this build.
type Turn = tokio::sync::Mutex<Option<Asked>>;

/// What came of asking.
struct Asked {
    /// The last round in which it was.
    round: u32,
    /// The hash of the answer: what is kept may be another one, when this could not be. Or why there is none,
    /// which asking again would only show again.
    outcome: Result<Arc<str>, SourceError>,
}

impl Asked {
    /// The outcome, if it is recent enough for a request.
    fn outcome(this: Option<&Self>, request: &Request) -> Option<Result<Arc<str>, SourceError>> {
        let asked = this.filter(|asked| asked.round >= request.round)?;
        Some(asked.outcome.clone())
    }
}

/// What is known about a question before it is asked.
struct Known {
    key: Key,
    record: Option<Record>,
}

impl CachedSource {
    /// Asks an upstream, and keeps what it says.
    #[must_use]
    pub fn new(upstream: Box<dyn Upstream>, cache: Cache, realm: Realm, policy: Policy) -> Self {
        Self {
            upstream: Some(upstream),
            ..Self::offline(cache, realm, policy)
        }
    }

    /// Has only what is kept.
    #[must_use]
    pub fn offline(cache: Cache, realm: Realm, policy: Policy) -> Self {
        Self {
            upstream: None,
            cache,
            realm,
            policy,
            turns: Mutex::default(),
            unkept: Mutex::default(),
        }
    }

    fn turn(&self, key: Key) -> Arc<Turn> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(key).or_default())
    }

    async fn query(&self, request: &Request) -> Result<Answer, SourceError> {
        let key = Key::of_request(&self.realm, request);
        let turn = self.turn(key);
        let mut turn = turn.lock().await;
        let record = self.cache.records.find(&key);
        let known = Known { key, record };
        let outcome = Asked::outcome(turn.as_ref(), request);
        if let Some(Err(error)) = outcome {
            return self.stand_in_answer(request, &known, error);
        }
        let enough = |record: &&Record| {
            matches!(&outcome, Some(Ok(hash)) if **hash == record.hash)
                || self.upstream.is_none()
                || self.suffices(request.freshness, record)
        };
        let kept = known.record.as_ref().filter(enough);
        if let Some(answer) = kept.and_then(|record| self.kept(request, record, Delivery::Kept)) {
            return Ok(answer);
        }
        let Some(upstream) = self.upstream.as_deref() else {
            return Err(self.missing(request.ask.canonical()));
        };
        let answer = self.ask(upstream, request, &known).await;
        let outcome = match &answer {
            Ok(answer) => Ok(Arc::clone(&answer.hash)),
            Err(error) => Err(error.clone()),
        };
        let round = request.round;
        *turn = Some(Asked { round, outcome });
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => self.stand_in_answer(request, &known, error),
        }
    }

    fn stand_in_answer(
        &self,
        request: &Request,
        known: &Known,
        error: SourceError,
    ) -> Result<Answer, SourceError> {
        self.stand_in(known, error, |record, delivery| {
            self.kept(request, record, delivery)
        })
    }

    /// Whether the answer has a hash, without reading it.
    async fn confirm_query(&self, request: &Request, hash: &str) -> Result<bool, SourceError> {
        let key = Key::of_request(&self.realm, request);
        let turn = self.turn(key);
        let mut turn = turn.lock().await;
        let record = self.cache.records.find(&key);
        let Some(record) = record.filter(|record| record.hash == hash) else {
            return Ok(false);
        };
        let Some(upstream) = self.upstream.as_deref() else {
            return Ok(true);
        };
        if self.suffices(request.freshness, &record) {
            return Ok(true);
        }
        let known = Known {
            key,
            record: Some(record.clone()),
        };
        let outcome = match self.consult(upstream, request, &known).await {
            Ok(Reply::NotModified { .. }) => {
                self.remember(&key, record);
                Ok(hash.into())
            }
            Ok(Reply::Sent {
                content,
                validators,
                ..
            }) => {
                let request = upstream.describe(request);
                Ok(self.sent(&known, content, validators, request).hash)
            }
            Err(error) => Err(error),
        };
        *turn = Some(Asked {
            round: request.round,
            outcome: outcome.clone(),
        });
        outcome.map(|now| &*now == hash)
    }

    /// Whether a record is as recent as a definition wants it.
    fn suffices(&self, freshness: Freshness, record: &Record) -> bool {
        match freshness {
            _ if self.policy.refresh => false,
            Freshness::Revalidate | Freshness::Always => false,
            Freshness::For(limit) => record
                .age(SystemTime::now())
                .is_some_and(|age| age <= limit),
            Freshness::Never => true,
        }
    }

    async fn ask(
        &self,
        upstream: &dyn Upstream,
        request: &Request,
        known: &Known,
    ) -> Result<Answer, SourceError> {
        match self.consult(upstream, request, known).await {
            Ok(Reply::NotModified { .. }) => self.confirmed(upstream, request, known).await,
            Ok(Reply::Sent {
                content,
                validators,
                ..
            }) => Ok(self.sent(known, content, validators, upstream.describe(request))),
            Err(error) => Err(error),
        }
    }

    /// Asks whether what is known is still right.
    async fn consult(
        &self,
        upstream: &dyn Upstream,
        request: &Request,
        known: &Known,
    ) -> Result<Reply<Envelope>, SourceError> {
        let unless = match &known.record {
            Some(record) if request.freshness != Freshness::Always => record.validators(),
            _ => Validators::default(),
        };
        let ask = |conditions: Conditions| async move { upstream.ask(request, &conditions).await };
        self.recent(unless, ask, || upstream.describe(request))
            .await
    }

    /// Asks, and once more past the CDN when a cache on the way has kept the answer for too long.
    async fn recent<T, F>(
        &self,
        unless: Validators,
        ask: impl Fn(Conditions) -> F,
        describe: impl Fn() -> String,
    ) -> Result<Reply<T>, SourceError>
    where
        F: Future<Output = Result<Reply<T>, SourceError>>,
    {
        let conditions = self.policy.conditions(unless);
        let past = Conditions {
            bypass: Some(Arc::clone(&self.policy.unseen)),
            ..conditions.clone()
        };
        let reply = ask(conditions).await?;
        let limit = self.policy.max_age;
        let Some(limit) = limit.filter(|limit| reply.age() > Some(*limit)) else {
            return Ok(reply);
        };
        let reply = ask(past).await?;
        match reply.age() {
            Some(age) if age > limit => Err(SourceError {
                request: describe().into(),
                cause: Cause::TooOld(age, limit),
            }),
            _ => Ok(reply),
        }
    }

    /// AEM says that what is kept is right.
    async fn confirmed(
        &self,
        upstream: &dyn Upstream,
        request: &Request,
        known: &Known,
    ) -> Result<Answer, SourceError> {
        if let Some(record) = &known.record
            && let Some(answer) = self.kept(request, record, Delivery::Unchanged)
        {
            self.remember(&known.key, record.clone());
            return Ok(answer);
        }
        // The body is damaged or gone: then it is wanted after all.
        let nothing = Known {
            key: known.key,
            record: None,
        };
        let describe = || upstream.describe(request);
        match self.consult(upstream, request, &nothing).await? {
            Reply::Sent {
                content,
                validators,
                ..
            } => Ok(self.sent(known, content, validators, describe())),
            Reply::NotModified { .. } => Err(unasked(describe())),
        }
    }

    /// AEM sent an answer: keeps it, and says whether it is another than before.
    fn sent(
        &self,
        known: &Known,
        envelope: Envelope,
        validators: Validators,
        request: String,
    ) -> Answer {
        let body = envelope.body();
        let hash = blake3::hash(body).to_hex().to_string();
        let delivery = known.delivery(&hash);
        // Half an answer is no use to a later build, and must not take the place of a whole one.
        if envelope.is_whole() {
            let kept = self.cache.prepare().and_then(|()| match &delivery {
                // It may be damaged: that would be why it was sent.
                Delivery::Unchanged => self.cache.bodies.mend(&hash, body),
                _ => self.cache.bodies.keep(&hash, body),
            });
            let size = body.len() as u64;
            let record = Record::new(request, &hash, size, None, validators);
            self.remember_kept(kept, &known.key, record);
        }
        Answer {
            envelope,
            hash: hash.into(),
            delivery,
        }
    }

    /// What stands in for AEM, when it failed in a way that passes, and something recent enough is kept.
    fn stand_in<T>(
        &self,
        known: &Known,
        error: SourceError,
        read: impl FnOnce(&Record, Delivery) -> Option<T>,
    ) -> Result<T, SourceError> {
        let limit = self.policy.stale_if_error.filter(|_| passes(&error.cause));
        let record = known.record.as_ref();
        let age = record.and_then(|record| record.age(SystemTime::now()));
        match (record, age, limit) {
            (Some(record), Some(age), Some(limit)) if age <= limit => {
                let cause = Box::new(error.cause.clone());
                read(record, Delivery::Stale { age, cause }).ok_or(error)
            }
            _ => Err(error),
        }
    }

    /// An answer from what is kept; `None` when it is damaged.
    fn kept(&self, request: &Request, record: &Record, delivery: Delivery) -> Option<Answer> {
        let body = self.cache.bodies.read(record)?;
        Some(Answer {
            envelope: request.ask.decode(body).ok()?,
            hash: record.hash.as_str().into(),
            delivery,
        })
    }

    /// Writes down what was kept, or that it could not be.
    fn remember_kept(&self, kept: std::io::Result<()>, key: &Key, record: Record) {
        match kept {
            Ok(()) => self.remember(key, record),
            Err(error) => self.note(&error),
        }
    }

    /// Writes down that a record is right as of now.
    fn remember(&self, key: &Key, record: Record) {
        let record = Record {
            validated: seconds(SystemTime::now()),
            ..record
        };
        if let Err(error) = self.cache.records.keep(key, &record) {
            self.note(&error);
        }
    }

    fn note(&self, error: &std::io::Error) {
        let mut unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
        unkept.get_or_insert_with(|| error.to_string());
    }

    fn missing(&self, what: String) -> SourceError {
        SourceError {
            request: what.into(),
            cause: Cause::NotKept(Keeper::Cache),
        }
    }
}

impl Known {
    /// What something with this hash is to somebody who knows this.
    fn delivery(&self, hash: &str) -> Delivery {
        match &self.record {
            Some(record) if record.hash == hash => Delivery::Unchanged,
            _ => Delivery::New,
        }
    }
}

impl Source for CachedSource {
    fn usage(&self) -> Usage {
        self.upstream
            .as_deref()
            .map(Upstream::usage)
            .unwrap_or_default()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.upstream
            .as_deref()
            .map(Upstream::tokens)
            .unwrap_or_default()
    }

    fn warnings(&self) -> Diagnostics {
        let unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
        let warning = |why: &String| {
            let folder = self.cache.folder().display();
            Diagnostic::warning(
                Kind::Config,
                format!("the cache `{folder}` cannot be written: {why}"),
            )
            .note("the site is complete; the next build has to fetch everything again")
            .help("make room or give rights, or name another folder with `--cache-dir`")
        };
        unkept.iter().map(warning).collect()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(self.query(request))
    }

    fn confirm<'a>(
        &'a self,
        request: &'a Request,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(self.confirm_query(request, hash))
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetPath,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(self.fetch_asset(path, file))
    }

    fn confirm_asset<'a>(
        &'a self,
        path: &'a AssetPath,
        hash: &'a str,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(self.check_asset(path, hash, file))
    }
}

/// Whether a failure is AEM's trouble of the moment. What it says about us or about the question is an
/// answer, and nothing older is better.
fn passes(cause: &Cause) -> bool {
    match cause {
        Cause::Unreachable(_)
        | Cause::BrokeOff(_)
        | Cause::TimedOut(_)
        | Cause::AskedToWait(_)
        | Cause::TooOld(..) => true,
        Cause::BudgetSpent(_, last) => passes(last),
        Cause::Failure(failure) => match failure {
            Failure::Refused(refusal) => {
                refusal.reason == Reason::Hibernated
                    || matches!(refusal.status, 406 | 408 | 429 | 500..)
            }
            Failure::NotJson { .. } | Failure::Broken(_) | Failure::NotAsset(_) => true,
            _ => false,
        },
        _ => false,
    }
}

/// "Not modified" without having been asked.
fn unasked(request: String) -> SourceError {
    SourceError {
        request: request.into(),
        cause: Cause::Failure(Failure::Refused(Box::new(Refusal::bare(304)))),
    }
}
