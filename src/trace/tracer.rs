//! Writes down what a source says.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;

use super::{Figures, Trace, TracedAnswer};
use crate::aem::AssetFile;
use crate::diag::Diagnostics;
use crate::secret::Secret;
use crate::source::{
    Answer, AssetBody, Delivery, Knows, Request, Source, SourceError, Told, Usage,
};

/// A source that answers like another one and writes down what passes.
pub struct Tracer<'s> {
    source: &'s dyn Source,
    read: Mutex<Read>,
}

#[derive(Default)]
struct Read {
    /// By question, so that equal builds have equal traces.
    answers: BTreeMap<(String, String, String), TracedAnswer>,
    assets: BTreeMap<String, String>,
    /// Whether the list says less than what was read: a failure may be allowed, as that of an optional query.
    incomplete: bool,
}

impl Read {
    fn note(&mut self, request: &Request, hash: &str, delivery: &Delivery) {
        let variables = request.variables.to_json();
        let (query, ask) = (request.query.to_string(), request.ask.canonical());
        let question = (query.clone(), ask.clone(), variables.to_string());
        let language = request.meter.language().map(str::to_owned);
        let traced = TracedAnswer {
            query,
            language,
            ask,
            variables,
            hash: hash.to_owned(),
        };
        let known = self
            .answers
            .entry(question)
            .or_insert_with(|| traced.clone());
        // Asked in two languages, it is still one question: which of them comes first is chance.
        let language = traced.language.min(known.language.take());
        *known = TracedAnswer { language, ..traced };
        // Asked again because content moved: which answers count is not for us to say. And what stands in
        // for AEM today may not do so tomorrow.
        let stale = matches!(delivery, Delivery::Stale { .. });
        self.incomplete |= request.round > 0 || stale;
    }
}

impl<'s> Tracer<'s> {
    /// Gets ready.
    #[must_use]
    pub fn new(source: &'s dyn Source) -> Self {
        Self {
            source,
            read: Mutex::default(),
        }
    }

    /// The list, if it is one to rely on.
    #[must_use]
    pub fn finish(self, inputs: String, manifest: String, figures: Figures) -> Option<Trace> {
        let read = self
            .read
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        (!read.incomplete).then(|| Trace {
            inputs,
            manifest,
            answers: read.answers.into_values().collect(),
            assets: read.assets,
            figures,
        })
    }

    fn note(&self, write: impl FnOnce(&mut Read)) {
        write(&mut self.read.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Source for Tracer<'_> {
    fn usage(&self) -> Usage {
        self.source.usage()
    }

    fn warnings(&self) -> Diagnostics {
        self.source.warnings()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.source.tokens()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            let answer = self.source.answer(request).await;
            self.note(|read| match &answer {
                Ok(answer) => read.note(request, &answer.hash, &answer.delivery),
                Err(_) => read.incomplete = true,
            });
            answer
        })
    }

    fn tell<'a>(
        &'a self,
        request: &'a Request,
        knows: &'a Knows<'a>,
    ) -> BoxFuture<'a, Result<Told, SourceError>> {
        Box::pin(async move {
            let told = self.source.tell(request, knows).await;
            self.note(|read| match &told {
                Ok(told) => read.note(request, &told.hash, &told.delivery),
                Err(_) => read.incomplete = true,
            });
            told
        })
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(async move {
            let body = self.source.asset(path, file).await;
            self.note(|read| match &body {
                Ok(body) => {
                    read.assets.insert(path.to_string(), body.hash.clone());
                    read.incomplete |= matches!(body.delivery, Delivery::Stale { .. });
                }
                // That there is none can be asked again.
                Err(error) if path.is_rendition() && error.cause.misses() => {
                    read.assets.insert(path.to_string(), String::new());
                }
                Err(_) => read.incomplete = true,
            });
            body
        })
    }
}
