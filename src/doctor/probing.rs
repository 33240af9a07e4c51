//! Requests that are looked at: a source for the queries, and probes for all the rest.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::aem::{Api, AssetFile, Failure, Reason};
use crate::client::{AemHost, Body, Probed};
use crate::explain::time;
use crate::query::{Ask, HttpRequest};
use crate::secret::Secret;
use crate::source::{Answer, AssetBody, Cause, Hurdle, Phase, Request, Source, SourceError, Usage};

/// A host, with a memory of what it said.
pub(super) struct Probing<'a> {
    host: &'a AemHost,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// Requests that no check has taken yet, each with what came of it.
    lines: Vec<String>,
    /// Why nothing more should be asked, in words, and what said so.
    stop: Option<(String, Cause)>,
    /// Every answer that came, whatever it says.
    answers: Vec<Probed>,
    /// Good answers to queries.
    good: Vec<Good>,
}

/// A good answer to a query.
#[derive(Clone)]
pub(super) struct Good {
    pub(super) request: Request,
    pub(super) probed: Probed,
}

impl<'a> Probing<'a> {
    pub(super) fn new(host: &'a AemHost) -> Self {
        Self {
            host,
            memory: Mutex::default(),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The requests since this was last asked.
    pub(super) fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.memory().lines)
    }

    /// Why nothing more should be asked.
    pub(super) fn stop(&self) -> Option<String> {
        let memory = self.memory();
        memory.stop.as_ref().map(|(why, _)| why.clone())
    }

    /// Every answer so far.
    pub(super) fn answers(&self) -> Vec<Probed> {
        self.memory().answers.clone()
    }

    /// The good answers to queries so far.
    pub(super) fn good(&self) -> Vec<Good> {
        self.memory().good.clone()
    }

    /// Makes one request.
    pub(super) async fn probe(
        &self,
        request: &HttpRequest,
        body: Body,
    ) -> Result<Probed, SourceError> {
        let result = self.host.probe(request, body).await;
        let mut memory = self.memory();
        match &result {
            Ok(probed) => {
                let (status, took) = (probed.answer.status, probed.took.as_millis());
                let size = match body {
                    Body::Read => format!(", {} bytes", probed.answer.body.len()),
                    Body::Left => String::new(),
                };
                let line = format!("{} → {status} in {took} ms{size}", probed.request);
                memory.lines.push(line);
                memory.answers.push(probed.clone());
            }
            Err(error) => {
                let why = outcome(&error.cause);
                memory.lines.push(format!("{} → {why}", error.request));
                memory.stop = memory.stop.take().or_else(|| futile(&error.cause));
            }
        }
        result
    }

    async fn query(&self, request: &Request) -> Result<Answer, SourceError> {
        let sent = request.ask.request(&request.variables);
        let sent = sent.map_err(|error| SourceError {
            request: format!("GET {}", request.ask).into(),
            cause: Cause::Encode(error),
        })?;
        let stopped = self.memory().stop.as_ref().map(|(_, cause)| cause.clone());
        if let Some(cause) = stopped {
            // In another language, say: it would only make it worse.
            return Err(SourceError {
                request: format!("{} {}", sent.method(), sent.path).into(),
                cause,
            });
        }
        let probed = self.probe(&sent, Body::Read).await?;
        let answer = probed.answer.clone().into_envelope(request.ask.api());
        let envelope = answer.map_err(|failure| {
            let cause = Cause::Failure(failure);
            let mut memory = self.memory();
            memory.stop = memory.stop.take().or_else(|| futile(&cause));
            SourceError {
                request: probed.request.clone(),
                cause,
            }
        })?;
        self.memory().good.push(Good {
            request: request.clone(),
            probed,
        });
        Ok(Answer::new(envelope))
    }
}

impl Good {
    /// Whether it came to a GET for a stored query: what caches keep and web servers rewrite.
    pub(super) fn is_stored(&self) -> bool {
        matches!(self.request.ask, Ask::Persisted(_))
    }

    /// Whether it is GraphQL's.
    pub(super) fn is_graphql(&self) -> bool {
        self.request.ask.api() == Api::Graphql
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.probed.answer.body
    }
}

/// What came instead of an answer, in two words.
fn outcome(cause: &Cause) -> String {
    match cause {
        Cause::TimedOut(why) => format!("nothing within {}", time(why.after)),
        Cause::BrokeOff(_) => "a broken answer".to_owned(),
        Cause::TooLarge(_) => "too much".to_owned(),
        Cause::NoToken(_) => "not sent: no token".to_owned(),
        _ => "no answer".to_owned(),
    }
}

/// Why it is no use, or no good, to ask for anything else.
fn futile(cause: &Cause) -> Option<(String, Cause)> {
    let why = match cause {
        Cause::Unreachable(why) if why.hurdle != Hurdle::Closed => "the host cannot be reached",
        Cause::TimedOut(why) if matches!(why.phase, Phase::Connecting | Phase::Securing) => {
            "the host cannot be reached"
        }
        Cause::NoToken(_) => "there is no token",
        Cause::Failure(Failure::Refused(refusal)) => match refusal.reason {
            Reason::TrafficFilter => "asking on would make the penalty longer",
            Reason::TooMany => "the host asks to be left alone",
            Reason::Hibernated => "the environment is hibernated",
            Reason::AllowList => "this machine is not let through",
            Reason::WrongHost => "the host is another one's",
            _ => return None,
        },
        _ => return None,
    };
    Some((why.to_owned(), cause.clone()))
}

impl Source for Probing<'_> {
    fn usage(&self) -> Usage {
        Usage::default()
    }

    /// Nothing is published here.
    fn tokens(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(self.query(request))
    }

    /// Assets are looked at, not downloaded.
    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        _: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        let error = SourceError {
            request: format!("GET {}", path.request_path()).into(),
            cause: Cause::Disk("nothing is downloaded here".to_owned()),
        };
        Box::pin(async move { Err(error) })
    }
}
