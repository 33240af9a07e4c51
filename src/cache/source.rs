//! A source with a memory: what earlier builds got decides how AEM is asked, and whether.

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
    /// The hash of the answer: what is kept may be another one, when this could not be.
    hash: String,
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
        let kept = record
            .as_ref()
            .filter(|record| self.is_enough(request, record, turn.as_ref()))
            .and_then(|record| self.envelope(request, record));
        if let Some(envelope) = kept {
            let delivery = Delivery::Kept;
            return Ok(Answer { envelope, delivery });
        }
        let Some(upstream) = self.upstream.as_deref() else {
            return Err(self.missing(request.ask.canonical()));
        };
        let answer = self.ask(upstream, request, &Known { key, record }).await?;
        *turn = Some(Asked {
            round: request.round,
            hash: blake3::hash(answer.envelope.body()).to_hex().to_string(),
        });
        Ok(answer)
    }

    /// Whether AEM need not be asked: nobody can be, somebody was in this build, or the definition is
    /// content with what is kept.
    fn is_enough(&self, request: &Request, record: &Record, asked: Option<&Asked>) -> bool {
        let asked =
            asked.is_some_and(|asked| asked.round >= request.round && asked.hash == record.hash);
        asked || self.upstream.is_none() || self.suffices(request.freshness, record)
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
        let unless = match &known.record {
            Some(record) if request.freshness != Freshness::Always => record.validators(),
            _ => Validators::default(),
        };
        let ask = |conditions: Conditions| async move { upstream.ask(request, &conditions).await };
        let describe = || upstream.describe(request);
        match self.recent(unless, ask, describe).await {
            Ok(Reply::NotModified { .. }) => self.confirmed(upstream, request, known).await,
            Ok(Reply::Sent {
                content,
                validators,
                ..
            }) => Ok(self.sent(known, content, validators, describe())),
            Err(error) => self
                .stand_in(known, error, |record| self.envelope(request, record))
                .map(|(envelope, delivery)| Answer { envelope, delivery }),
        }
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
        let Some(limit) = self
            .policy
            .max_age
            .filter(|limit| reply.age() > Some(*limit))
        else {
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
        let kept = known.record.as_ref().and_then(|record| {
            let envelope = self.envelope(request, record)?;
            Some((envelope, record))
        });
        if let Some((envelope, record)) = kept {
            self.remember(known, record.clone());
            let delivery = Delivery::Unchanged;
            return Ok(Answer { envelope, delivery });
        }
        // The body is damaged or gone: then it is wanted after all.
        let ask = |conditions: Conditions| async move { upstream.ask(request, &conditions).await };
        let describe = || upstream.describe(request);
        match self.recent(Validators::default(), ask, describe).await? {
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
        // Half an answer is no use to a later build, and must not take the place of a whole one.
        if !envelope.is_whole() {
            let delivery = Delivery::New;
            return Answer { envelope, delivery };
        }
        let body = envelope.body();
        let hash = blake3::hash(body).to_hex().to_string();
        let unchanged = known
            .record
            .as_ref()
            .is_some_and(|record| record.hash == hash);
        let kept = if unchanged && self.policy.refresh {
            self.cache.bodies.replace(&hash, body)
        } else {
            self.cache.bodies.keep(&hash, body)
        };
        match self.cache.prepare().and(kept) {
            Ok(()) => self.remember(
                known,
                Record {
                    request,
                    hash,
                    size: body.len() as u64,
                    content_type: None,
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    validated: 0,
                },
            ),
            Err(error) => self.note(&error),
        }
        let delivery = if unchanged {
            Delivery::Unchanged
        } else {
            Delivery::New
        };
        Answer { envelope, delivery }
    }

    /// What stands in for AEM, when it failed in a way that passes, and a definition of "not too old" is
    /// given.
    fn stand_in<T>(
        &self,
        known: &Known,
        error: SourceError,
        read: impl FnOnce(&Record) -> Option<T>,
    ) -> Result<(T, Delivery), SourceError> {
        let found = || {
            let limit = self
                .policy
                .stale_if_error
                .filter(|_| passes(&error.cause))?;
            let record = known.record.as_ref()?;
            let age = record.age(SystemTime::now()).filter(|age| *age <= limit)?;
            Some((read(record)?, age))
        };
        match found() {
            Some((content, age)) => {
                let cause = Box::new(error.cause);
                Ok((content, Delivery::Stale { age, cause }))
            }
            None => Err(error),
        }
    }

    async fn fetch_asset(&self, path: &AssetPath, file: &Path) -> Result<AssetBody, SourceError> {
        let key = Key::of_asset(&self.realm, path);
        let record = self.cache.records.find(&key);
        let known = &Known { key, record };
        let Some(upstream) = self.upstream.as_deref() else {
            let copy = self.copy(known, file, Delivery::Kept);
            return copy.ok_or_else(|| self.missing(path.to_string()));
        };
        let unless = known
            .record
            .as_ref()
            .map(Record::validators)
            .unwrap_or_default();
        let describe = || format!("GET {}", path.request_path());
        let ask = |conditions: Conditions| async move {
            upstream.download(path, file, &conditions).await
        };
        let reply = match self.recent(unless, ask, describe).await {
            Ok(Reply::NotModified { .. }) => {
                if let Some(body) = self.copy(known, file, Delivery::Unchanged) {
                    if let Some(record) = &known.record {
                        self.remember(known, record.clone());
                    }
                    return Ok(body);
                }
                self.recent(Validators::default(), ask, describe).await?
            }
            Ok(reply) => reply,
            Err(error) => {
                let read = |_: &Record| self.copy(known, file, Delivery::Kept);
                let (body, delivery) = self.stand_in(known, error, read)?;
                return Ok(AssetBody { delivery, ..body });
            }
        };
        match reply {
            Reply::Sent {
                content,
                validators,
                ..
            } => Ok(self.keep_asset(known, content, validators, file, describe())),
            Reply::NotModified { .. } => Err(unasked(describe())),
        }
    }

    fn keep_asset(
        &self,
        known: &Known,
        body: AssetBody,
        validators: Validators,
        file: &Path,
        request: String,
    ) -> AssetBody {
        let unchanged = known
            .record
            .as_ref()
            .is_some_and(|record| record.hash == body.hash);
        let kept = self
            .cache
            .prepare()
            .and_then(|()| self.cache.bodies.keep_file(&body.hash, file));
        match kept {
            Ok(()) => self.remember(
                known,
                Record {
                    request,
                    hash: body.hash.clone(),
                    size: body.size,
                    content_type: body.content_type.clone(),
                    etag: validators.etag,
                    last_modified: validators.last_modified,
                    validated: 0,
                },
            ),
            Err(error) => self.note(&error),
        }
        let delivery = if unchanged {
            Delivery::Unchanged
        } else {
            Delivery::New
        };
        AssetBody { delivery, ..body }
    }

    /// An asset from what is kept.
    fn copy(&self, known: &Known, file: &Path, delivery: Delivery) -> Option<AssetBody> {
        let record = known.record.as_ref()?;
        let copied = self.cache.bodies.copy(record, file).unwrap_or(false);
        copied.then(|| AssetBody {
            hash: record.hash.clone(),
            size: record.size,
            content_type: record.content_type.clone(),
            delivery,
        })
    }

    /// An answer from what is kept; `None` when it is damaged.
    fn envelope(&self, request: &Request, record: &Record) -> Option<Envelope> {
        request.ask.decode(self.cache.bodies.read(record)?).ok()
    }

    /// Writes down that a record is right as of now.
    fn remember(&self, known: &Known, record: Record) {
        let record = Record {
            validated: seconds(SystemTime::now()),
            ..record
        };
        if let Err(error) = self.cache.records.keep(&known.key, &record) {
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

impl Source for CachedSource {
    fn usage(&self) -> Usage {
        self.upstream
            .as_deref()
            .map(Upstream::usage)
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

    fn asset<'a>(
        &'a self,
        path: &'a AssetPath,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(self.fetch_asset(path, file))
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
            Failure::NotJson { .. } | Failure::Broken(_) => true,
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
