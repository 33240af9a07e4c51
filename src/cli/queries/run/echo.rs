//! What AEM said, word for word.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::aem::AssetFile;
use crate::query::Ask;
use crate::secret::Secret;
use crate::source::{Answer, AssetBody, Request, Source, SourceError, Usage};

/// Passes everything on, and keeps the answers to one question.
pub(super) struct Echo<'a> {
    source: &'a dyn Source,
    ask: &'a Ask,
    /// A place for each answer, in the order of the requests.
    heard: Mutex<Vec<Option<Bytes>>>,
}

impl<'a> Echo<'a> {
    pub(super) fn new(source: &'a dyn Source, ask: &'a Ask) -> Self {
        Self {
            source,
            ask,
            heard: Mutex::default(),
        }
    }

    /// The answers, as they came.
    pub(super) fn answers(&self) -> Vec<Bytes> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().flatten().cloned().collect()
    }

    fn place(&self) -> usize {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(None);
        heard.len() - 1
    }

    fn keep(&self, place: usize, body: Bytes) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard[place] = Some(body);
    }
}

impl Source for Echo<'_> {
    fn usage(&self) -> Usage {
        self.source.usage()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.source.tokens()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            if request.ask != *self.ask {
                return self.source.answer(request).await;
            }
            let place = self.place();
            let answer = self.source.answer(request).await?;
            self.keep(place, answer.envelope.body().clone());
            Ok(answer)
        })
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        self.source.asset(path, file)
    }
}
