//! Who answers one build of a preview: AEM for what may have changed, and the memory for everything else.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use futures::future::BoxFuture;

use super::Answers;
use crate::aem::AssetFile;
use crate::cache::{Cache, CachedSource, Policy, Realm};
use crate::config::{Cdn, Config};
use crate::diag::Diagnostics;
use crate::secret::Secret;
use crate::serve::change::{Content, Word};
use crate::source::{
    Answer, AssetBody, Cause, Delivery, Request, Source, SourceError, Upstream, Usage,
};

/// How a build asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Manner {
    /// Who is asked.
    pub(super) answers: Answers,
    /// Whether somebody knows that there is something new.
    pub(super) word: Word,
}

/// A source that asks AEM about some definitions only. What it has of the others counts, however old it is: it is what
/// the site was made of.
pub(super) struct Asking {
    asked: CachedSource,
    kept: CachedSource,
    content: Mutex<Content>,
    sum: Mutex<Sum>,
}

/// What tells the answers of one build from those of another, in whatever order they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(u128);

impl Asking {
    /// Asks an upstream, or nobody, about this content.
    pub(super) fn new(
        config: &Config,
        upstream: Option<Box<dyn Upstream>>,
        manner: Manner,
        content: Content,
    ) -> Self {
        let (cache, realm) = (Cache::at(&config.cache), Realm::of(config));
        let policy = Policy::of(&config.fetch, SystemTime::now());
        let kept = CachedSource::offline(cache.clone(), realm.clone(), policy.clone());
        let policy = Policy {
            refresh: manner.answers == Answers::Anew,
            cdn: match manner.word {
                Word::Perhaps => policy.cdn,
                Word::Certain => Cdn::Bypass,
            },
            ..policy
        };
        Self {
            asked: match upstream {
                Some(upstream) => CachedSource::new(upstream, cache, realm, policy),
                None => CachedSource::offline(cache, realm, policy),
            },
            kept,
            content: Mutex::new(content),
            sum: Mutex::default(),
        }
    }

    /// Asks about other content from now on. What was asked already is not asked again.
    pub(super) fn about(&self, content: Content) {
        *self.content.lock().unwrap_or_else(PoisonError::into_inner) = content;
    }

    /// Of all answers so far.
    pub(super) fn sum(&self) -> Sum {
        *self.sum.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_meant(&self, request: &Request) -> bool {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked again because content moved while it was paged: what is kept is no help.
        request.round > 0 || content.has(&request.query)
    }

    async fn get(&self, request: &Request) -> Result<Answer, SourceError> {
        if !self.is_meant(request) {
            match self.kept.answer(request).await {
                // It was never asked, or is damaged.
                Err(SourceError {
                    cause: Cause::NotKept(_),
                    ..
                }) => {}
                known => return known,
            }
        }
        self.asked.answer(request).await
    }

    fn note(&self, request: &Request, result: &Result<Answer, SourceError>) {
        let hash = result.as_ref().map_or("", |answer| &*answer.hash);
        let question = (&request.query, &request.ask, request.variables.to_json());
        let digest = blake3::hash(format!("{question:?} {hash}").as_bytes());
        let digest = digest.as_bytes().first_chunk().copied();
        let digest = u128::from_le_bytes(digest.unwrap_or_default());
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.0 = sum.0.wrapping_add(digest);
    }
}

impl Source for Asking {
    fn usage(&self) -> Usage {
        self.asked.usage()
    }

    fn warnings(&self) -> Diagnostics {
        self.asked.warnings()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.asked.tokens()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            let result = self.get(request).await;
            self.note(request, &result);
            result
        })
    }

    /// What the site was made of says nothing about this moment.
    fn live<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        self.asked.live(request)
    }

    fn confirm<'a>(
        &'a self,
        request: &'a Request,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<Option<Delivery>, SourceError>> {
        self.asked.confirm(request, hash)
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        self.asked.asset(path, file)
    }

    fn confirm_asset<'a>(
        &'a self,
        path: &'a AssetFile,
        hash: &'a str,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        self.asked.confirm_asset(path, hash, file)
    }
}
