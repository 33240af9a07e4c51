//! What is read from the cache, and what is written down in it.

use std::io;
use std::sync::{Arc, PoisonError};

use super::turns::{Came, Word};
use super::wanted::Wanted;
use super::{CachedSource, Found, Known, error};
use crate::blocking::blocking;
use crate::cache::bodies::Bodies;
use crate::cache::record::Content;
use crate::cache::{Key, Record};
use crate::source::{Cause, Delivery, Keeper, SourceError, Span, Upstream, Validators};

impl CachedSource {
    /// What is known about something.
    pub(super) async fn known(&self, key: Key) -> Known {
        let records = self.cache.records.clone();
        let record = blocking(move || records.find(&key)).await;
        Known { key, record }
    }

    /// What came of asking earlier in this build; `None` when it is damaged or gone.
    pub(super) async fn again<W: Wanted>(
        &self,
        wanted: &W,
        came: &Came<W::Sent>,
    ) -> Option<Found<W::Got>> {
        let got = match &came.unkept {
            Some(sent) => W::got(wanted.again(sent)?),
            None => self.read(wanted, &came.content).await?,
        };
        Some(came.found(got))
    }

    /// What is kept, when nobody is asked; `None` when it is damaged, or there was never anything.
    pub(super) async fn kept<W: Wanted>(
        &self,
        wanted: &W,
        known: &Known,
    ) -> Option<Result<Found<W::Got>, SourceError>> {
        let record = known.record.as_ref()?;
        let kept = self.take(wanted, record, Delivery::Kept).await?;
        if let Some(touched) = record.touched(self.policy.build) {
            let (records, key) = (self.cache.records.clone(), known.key);
            // Whoever only reads the cache need not be able to write it.
            let _ = blocking(move || records.keep(&key, &touched)).await;
        }
        Some(kept)
    }

    /// What stands in for AEM, when it failed in a way that passes and something recent enough is kept.
    pub(super) async fn stand_in<W: Wanted>(
        &self,
        wanted: &W,
        known: &Known,
        error: SourceError,
    ) -> Result<Found<W::Got>, SourceError> {
        let record = known.record.as_ref();
        let Some((record, age)) =
            record.and_then(|record| Some((record, self.policy.stale(record, &error.cause)?)))
        else {
            return Err(error);
        };
        let cause = Box::new(error.cause.clone());
        let found = self.take(wanted, record, Delivery::Stale { age, cause });
        found.await.unwrap_or(Err(error))
    }

    /// What a record says; `None` when that is damaged or gone.
    async fn take<W: Wanted>(
        &self,
        wanted: &W,
        record: &Record,
        delivery: Delivery,
    ) -> Option<Result<Found<W::Got>, SourceError>> {
        if record.says_nothing() {
            return Some(Err(error(wanted, Cause::Nothing(Keeper::Cache))));
        }
        let content = record.content.clone()?;
        Some(Ok(Found {
            got: self.read(wanted, &content).await?,
            content,
            delivery,
            span: record.span(),
        }))
    }

    /// What is kept of something, unless whoever wants it knows it; `None` when it is damaged or gone.
    pub(super) async fn read<W: Wanted>(&self, wanted: &W, content: &Content) -> Option<W::Got> {
        if let Some(known) = wanted.known(content) {
            return Some(known);
        }
        let (read, bodies) = (wanted.read(content), self.cache.bodies.clone());
        blocking(move || read(&bodies)).await
    }

    /// AEM says that what is known is right.
    pub(super) async fn confirmed<T>(&self, key: Key, record: Record, content: Content) -> Came<T> {
        let confirm = |build, before| record.confirmed(build, before);
        let (span, _) = self.write(key, |_| Ok(()), confirm).await;
        Came {
            content,
            word: Word::Unchanged,
            span,
            unkept: None,
        }
    }

    /// AEM sent something: keeps it, and says whether it is another than before.
    pub(super) async fn sent<W: Wanted>(
        &self,
        upstream: &dyn Upstream,
        wanted: &W,
        known: &Known,
        sent: &W::Sent,
        validators: Validators,
    ) -> Came<W::Sent> {
        let earlier = known.record.as_ref();
        let earlier = earlier.and_then(|record| record.content.as_ref());
        // A hash of all of it.
        let (content, bodies) = (wanted.content(sent, earlier), self.cache.bodies.clone());
        let content = blocking(move || content(&bodies)).await;
        let earlier = known.record.clone().filter(|record| {
            let earlier = record.content.as_ref();
            earlier.is_some_and(|earlier| earlier.hash == content.hash)
        });
        let word = match earlier {
            Some(_) => Word::Unchanged,
            None => Word::New,
        };
        let build = self.policy.build;
        let mut came = Came {
            content: content.clone(),
            word,
            span: Span {
                first: build,
                last: build,
            },
            unkept: wanted.again(sent),
        };
        if !wanted.is_whole(sent) {
            if wanted.takes_nothing() && wanted.is_nothing(sent) {
                self.keep_nothing(upstream, wanted, known).await;
            }
            return came;
        }
        let body = wanted.keep(sent, &content);
        let new = Record::new(wanted.address(upstream), content, validators, build)
            .with_outline(wanted.outline(sent).as_ref());
        let record = move |build, before| match earlier {
            Some(earlier) => new.after(&earlier).confirmed(build, before),
            None => new,
        };
        let (span, is_kept) = self.write(known.key, body, record).await;
        came.span = span;
        came.unkept = came.unkept.filter(|_| !is_kept);
        came
    }

    /// AEM says that there is nothing, and that is an answer. What it said before is not forgotten: it may
    /// have been right.
    pub(super) async fn keep_nothing(
        &self,
        upstream: &dyn Upstream,
        wanted: &impl Wanted,
        known: &Known,
    ) {
        let (earlier, address) = (known.record.clone(), wanted.address(upstream));
        let nothing = move |build, _| match earlier {
            Some(earlier) => earlier.with_nothing(build),
            None => Record::of_nothing(address, build),
        };
        self.write(known.key, |_| Ok(()), nothing).await;
    }

    /// Keeps a body, and then writes down what this build and the one before know about it. Tells since when
    /// that holds, and whether it could be written.
    async fn write(
        &self,
        key: Key,
        body: impl FnOnce(&Bodies) -> io::Result<()> + Send + 'static,
        record: impl FnOnce(u64, Option<u64>) -> Record + Send + 'static,
    ) -> (Span, bool) {
        let (cache, before) = (self.cache.clone(), Arc::clone(&self.before));
        let (realm, build) = (Key::of_realm(&self.realm), self.policy.build);
        let work = move || {
            let prepared = cache.prepare();
            let before = *before.get_or_init(|| cache.records.succeed(&realm, build));
            let record = record(build, before);
            let kept = prepared
                .and_then(|()| body(&cache.bodies))
                .and_then(|()| cache.records.keep(&key, &record));
            (record.span(), kept)
        };
        let (span, kept) = blocking(work).await;
        let kept = kept.inspect_err(|error| self.note(error));
        (span, kept.is_ok())
    }

    fn note(&self, error: &io::Error) {
        let mut unkept = self.unkept.lock().unwrap_or_else(PoisonError::into_inner);
        unkept.get_or_insert_with(|| error.to_string());
    }
}
