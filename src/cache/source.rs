//! A source with a memory: what earlier builds got decides how AEM is asked, and whether.
//!
//! Answers and assets are had in the same way, each once in a build ([`CachedSource::get`]); what differs is
//! in [`wanted`], and what is read and written meanwhile in [`memory`]. All that waits for the disk does so
//! on threads of its own: the network and the rest of the build go on.

mod memory;
mod turns;
mod wanted;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use futures::future::BoxFuture;

use super::record::Content;
use super::{Cache, Key, Policy, Realm, Record};
use crate::aem::{AssetFile, Envelope, Failure, Refusal};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::query::Freshness;
use crate::secret::Secret;
use crate::source::{
    Answer, AssetBody, Cause, Conditions, Delivery, Keeper, Knows, Reply, Request, Source,
    SourceError, Span, Told, Upstream, Usage, Validators,
};

use turns::{Asked, Came, Turns};
use wanted::{Original, Question, Wanted};

/// Answers from AEM, with the help of what earlier builds got; or from that alone.
pub struct CachedSource {
    /// Nobody, when offline.
    upstream: Option<Box<dyn Upstream>>,
    cache: Cache,
    realm: Realm,
    policy: Policy,
    /// The build before this one; known as soon as something was written.
    before: Arc<OnceLock<Option<u64>>>,
    answers: Turns<Envelope>,
    assets: Turns<AssetBody>,
    /// Why something could not be kept.
    unkept: Mutex<Option<String>>,
}

/// What is known about something before it is asked for.
struct Known {
    key: Key,
    record: Option<Record>,
}

/// Something that was had.
struct Found<T> {
    got: T,
    content: Content,
    delivery: Delivery,
    span: Span,
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
            before: Arc::default(),
            answers: Turns::default(),
            assets: Turns::default(),
            unkept: Mutex::default(),
        }
    }

    /// Has something: what came of asking for it in this build, or what is kept, or what AEM says now.
    async fn get<W: Wanted>(&self, wanted: &W) -> Result<Found<W::Got>, SourceError> {
        let key = wanted.key(&self.realm);
        let turns = W::turns(self);
        let turn = turns.of(key);
        let mut turn = turn.lock().await;
        if let Some(asked) = turn.as_mut()
            && asked.round >= wanted.round()
            && let Some(sent) = turns.release(asked)
            && let Ok(came) = &asked.came
        {
            return Ok(came.found(W::got(sent)));
        }
        let asked = turn.as_ref().filter(|asked| asked.round >= wanted.round());
        match asked.map(|asked| &asked.came) {
            Some(Err(error)) => {
                let known = self.known(key).await;
                return self.stand_in(wanted, &known, error.clone()).await;
            }
            Some(Ok(came)) => {
                if let Some(found) = self.again(wanted, came).await {
                    return Ok(found);
                }
            }
            None => {}
        }
        let known = self.known(key).await;
        if turn.is_none()
            && self.is_enough(wanted, &known)
            && let Some(kept) = self.kept(wanted, &known).await
        {
            return kept;
        }
        let Some(upstream) = self.upstream.as_deref() else {
            return Err(error(wanted, Cause::NotKept(Keeper::Cache)));
        };
        let asked = self.ask(upstream, wanted, &known).await;
        let came = asked.as_ref().map(|(came, _)| came.clone());
        *turn = Some(Asked {
            round: wanted.round(),
            came: came.map_err(Clone::clone),
            ahead: None,
        });
        match asked {
            Ok((came, got)) => Ok(came.found(got)),
            Err(error) => self.stand_in(wanted, &known, error).await,
        }
    }

    /// Whether something has a hash, without having it, and who says so. What is not known to have had it
    /// before is not asked about.
    async fn has<W: Wanted>(
        &self,
        wanted: &W,
        hash: &str,
    ) -> Result<Option<Delivery>, SourceError> {
        let key = wanted.key(&self.realm);
        let turns = W::turns(self);
        let turn = turns.of(key);
        let mut turn = turn.lock().await;
        if turn.is_none() {
            let mut ahead = None;
            let known = self.known(key).await;
            let Some((record, content)) = known.content().filter(|(_, own)| *own.hash == *hash)
            else {
                return Ok(None);
            };
            if self.is_enough(wanted, &known) {
                return Ok((!record.says_nothing()).then_some(Delivery::Kept));
            }
            let Some(upstream) = self.upstream.as_deref() else {
                return Ok(None);
            };
            let unless = known.validators(wanted.freshness());
            let came = match self.consult(upstream, wanted, &known, unless).await {
                Ok(Reply::NotModified { .. }) => {
                    let (record, content) = (record.clone(), content.clone());
                    Ok(self.confirmed(key, record, content).await)
                }
                Ok(Reply::Sent {
                    content: sent,
                    validators,
                    ..
                }) => {
                    let came = self.sent(upstream, wanted, &known, &sent, validators).await;
                    let is_other = *came.content.hash != *hash;
                    ahead = wanted.again(&sent).filter(|_| is_other);
                    ahead = turns.hold(ahead, came.content.size);
                    Ok(came)
                }
                Err(error) => Err(error),
            };
            let round = wanted.round();
            *turn = Some(Asked { round, came, ahead });
        }
        match turn.as_ref().map(|asked| &asked.came) {
            Some(Ok(came)) => Ok((*came.content.hash == *hash).then_some(Delivery::Unchanged)),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(None),
        }
    }

    /// Whether AEM need not be asked: nobody can be, or the definition is content with what is kept.
    fn is_enough(&self, wanted: &impl Wanted, known: &Known) -> bool {
        let is_recent = |record: &Record| self.policy.is_recent(wanted.freshness(), record);
        self.upstream.is_none()
            || (wanted.round() == 0 && known.record.as_ref().is_some_and(is_recent))
    }

    /// Asks, and keeps what comes.
    async fn ask<W: Wanted>(
        &self,
        upstream: &dyn Upstream,
        wanted: &W,
        known: &Known,
    ) -> Result<(Came<W::Sent>, W::Got), SourceError> {
        let unless = known.validators(wanted.freshness());
        let mut reply = self.consult(upstream, wanted, known, unless).await;
        if let Ok(Reply::NotModified { .. }) = reply {
            if let Some((record, content)) = known.content()
                && let Some(got) = self.read(wanted, content).await
            {
                let (record, content) = (record.clone(), content.clone());
                return Ok((self.confirmed(known.key, record, content).await, got));
            }
            // It is damaged or gone: then it is wanted after all.
            let unless = Validators::default();
            reply = self.consult(upstream, wanted, known, unless).await;
        }
        match reply {
            Ok(Reply::Sent {
                content: sent,
                validators,
                ..
            }) => {
                let came = self.sent(upstream, wanted, known, &sent, validators).await;
                Ok((came, W::got(sent)))
            }
            // "Not modified" without having been asked.
            Ok(Reply::NotModified { .. }) => {
                let refusal = Failure::Refused(Box::new(Refusal::bare(304)));
                Err(error(wanted, Cause::Failure(refusal)))
            }
            Err(error) => {
                if wanted.takes_nothing() && wanted.means_nothing(&error.cause) {
                    self.keep_nothing(upstream, wanted, known).await;
                }
                Err(error)
            }
        }
    }

    /// Asks, and once more past the CDN when a cache on the way has kept the answer for too long.
    async fn consult<W: Wanted>(
        &self,
        upstream: &dyn Upstream,
        wanted: &W,
        known: &Known,
        unless: Validators,
    ) -> Result<Reply<W::Sent>, SourceError> {
        let before = known.record.as_ref().map(Record::outline);
        let conditions = Conditions {
            before: before.unwrap_or_default().into(),
            ..self.policy.conditions(unless)
        };
        let mut reply = wanted.ask(upstream, &conditions).await?;
        let Some(limit) = self.policy.max_age else {
            return Ok(reply);
        };
        if reply.age() > Some(limit) && conditions.bypass.is_none() {
            let past = Conditions {
                bypass: Some(Arc::clone(&self.policy.unseen)),
                ..conditions
            };
            reply = wanted.ask(upstream, &past).await?;
        }
        match reply.age() {
            Some(age) if age > limit => Err(SourceError {
                request: wanted.address(upstream).into(),
                cause: Cause::TooOld(age, limit),
            }),
            _ => Ok(reply),
        }
    }
}

impl Known {
    /// The last good answer, if there was one.
    fn content(&self) -> Option<(&Record, &Content)> {
        let record = self.record.as_ref()?;
        Some((record, record.content.as_ref()?))
    }

    /// What AEM is told that we have.
    fn validators(&self, freshness: Freshness) -> Validators {
        let known = self.content().filter(|_| freshness != Freshness::Always);
        known
            .map(|(record, _)| record.validators())
            .unwrap_or_default()
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
        Box::pin(async move {
            let told = self.tell(request, &|_| false).await?;
            let Some(envelope) = told.envelope else {
                let request = request.to_string().into();
                let cause = Cause::NotKept(Keeper::Cache);
                return Err(SourceError { request, cause });
            };
            Ok(Answer {
                envelope,
                hash: told.hash,
                delivery: told.delivery,
                span: told.span,
            })
        })
    }

    fn tell<'a>(
        &'a self,
        request: &'a Request,
        knows: &'a Knows<'a>,
    ) -> BoxFuture<'a, Result<Told, SourceError>> {
        Box::pin(async move {
            let found = self.get(&Question { request, knows }).await?;
            Ok(Told {
                envelope: found.got,
                hash: found.content.hash,
                delivery: found.delivery,
                span: found.span,
            })
        })
    }

    fn live<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            let knows = &|_: &str| false;
            let question = Question { request, knows };
            let Some(upstream) = self.upstream.as_deref() else {
                return Err(error(&question, Cause::NotKept(Keeper::Cache)));
            };
            match upstream.ask(request, &Policy::past_all()).await? {
                Reply::Sent { content, .. } => Ok(Answer::new(content)),
                Reply::NotModified { .. } => {
                    let refusal = Failure::Refused(Box::new(Refusal::bare(304)));
                    Err(error(&question, Cause::Failure(refusal)))
                }
            }
        })
    }

    fn confirm<'a>(
        &'a self,
        request: &'a Request,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<Option<Delivery>, SourceError>> {
        Box::pin(async move {
            let knows = &|_: &str| false;
            self.has(&Question { request, knows }, hash).await
        })
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(async move {
            let found = self.get(&Original { path, file }).await?;
            let delivery = found.delivery;
            Ok(AssetBody {
                delivery,
                ..found.got
            })
        })
    }

    fn confirm_asset<'a>(
        &'a self,
        path: &'a AssetFile,
        hash: &'a str,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async move {
            let same = self.has(&Original { path, file }, hash).await?;
            Ok(same.is_some())
        })
    }
}

/// An error about something that nobody was asked for.
fn error(wanted: &impl Wanted, cause: Cause) -> SourceError {
    SourceError {
        request: wanted.name().into(),
        cause,
    }
}
