//! AEM over HTTP: one request in, one good answer out, or the reason why there is none.
//!
//! [`AemHost`] turns a request into a GET or POST to the one configured origin and reads the answer to
//! its end within the bounds of `[fetch]`. Around a single attempt stand, from the outside in: asking
//! again (`retry`, with a budget for the whole build), a place among the requests in flight (`limiter`),
//! and the authorisation (`authorizer`, which gets tokens from `ims`). Redirects are not followed: an
//! answer from elsewhere is not an answer of AEM, and credentials go to the configured origin only. No
//! request carries `Origin`, to which AEM may answer with nothing (`aem-protocol.md`, section 2.3).

mod asset;
mod attempt;
mod authorizer;
mod body;
mod conditional;
mod direct;
mod ims;
mod limiter;
mod mask;
mod probe;
mod retry;
mod transport;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::Response;
use reqwest::header::{
    ACCEPT, ALLOW, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, SERVER,
    WWW_AUTHENTICATE,
};
use tokio::task::JoinSet;
use url::Url;

use crate::aem::{
    Api, AssetFile, Broken, EncodeError, Envelope, Failure, Hints, HttpAnswer, Outline,
};
use crate::config::{Aem, Auth, Fetch};
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned};
use crate::packing::{Packed, Room};
use crate::query::{Ask, HttpRequest};
use crate::secret::Secret;
use crate::source::{
    AssetBody, Cause, Conditions, Meter, Reply, Request, SourceError, Upstream, Usage, Validators,
};

pub use direct::Direct;
pub use probe::{Body, Probed};

use attempt::Attempt;
use authorizer::Authorizer;
use body::{Unread, whole};
use limiter::Limiter;
use mask::Mask;
use transport::{Progress, Transport};

/// The variable that gives a question an address no cache has seen. AEM ignores variables that a query does
/// not declare (section 2.7), and servers the parameters they do not know.
const UNSEEN: &str = "friezeUnseen";

/// What is sent for a request.
struct Message {
    url: String,
    sent: HttpRequest,
    /// How the answer is written.
    api: Api,
    /// Where it is written down what it costs.
    meter: Arc<Meter>,
}

impl Message {
    fn describe(&self) -> String {
        format!("{} {}", self.sent.method(), self.url)
    }
}

/// An AEM host.
pub struct AemHost {
    transport: Arc<Transport>,
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// `[aem.headers]`: part of every request to the origin.
    headers: HeaderMap,
    authorizer: Arc<Authorizer>,
    mask: Arc<Mask>,
    limiter: Arc<Limiter>,
    retries: attempt::Retries,
    sent: AtomicU64,
    received: AtomicU64,
    unchanged: AtomicU64,
    /// Where answers are unpacked.
    room: Room,
    limits: Fetch,
}

impl AemHost {
    /// Prepares to ask a host; no connection is made yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up, or a credential is known to be useless.
    pub fn new(origin: &Url, aem: &Aem, limits: &Fetch) -> Result<Warned<Self>, Diagnostic> {
        let unusable =
            |why: String| Diagnostic::error(Kind::Config, format!("no HTTP client: {why}"));
        let mut headers = HeaderMap::new();
        for (name, value) in &aem.headers {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| unusable(error.to_string()))?;
            let mut value = HeaderValue::from_str(value.expose())
                .map_err(|error| unusable(error.to_string()))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let mask = Arc::new(Mask::of(aem, limits));
        let authorizer = Authorizer::new(&aem.auth, limits, &mask)
            .map_err(|error| unusable(error.to_string()))?;
        let warnings = check_token(&aem.auth, limits)?;
        let host = Self {
            transport: Arc::new(Transport::new(origin, limits).map_err(unusable)?),
            origin: origin.origin().ascii_serialization(),
            headers,
            authorizer: Arc::new(authorizer),
            mask,
            limiter: Arc::new(Limiter::new(limits.concurrency, limits.rate)),
            retries: attempt::Retries::new(limits),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            unchanged: AtomicU64::new(0),
            room: Room::default(),
            limits: limits.clone(),
        };
        Ok(Warned {
            value: host,
            warnings,
        })
    }

    /// The same host for another build: what that may cost counts anew. Connections, tokens and the pace that AEM can
    /// bear are shared.
    #[must_use]
    pub fn for_another_build(&self) -> Self {
        Self {
            transport: Arc::clone(&self.transport),
            origin: self.origin.clone(),
            headers: self.headers.clone(),
            authorizer: Arc::clone(&self.authorizer),
            mask: Arc::clone(&self.mask),
            limiter: Arc::clone(&self.limiter),
            retries: attempt::Retries::new(&self.limits),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            unchanged: AtomicU64::new(0),
            room: Room::default(),
            limits: self.limits.clone(),
        }
    }

    /// Method, address and body of a request.
    fn message(&self, request: &Request, bypass: Option<&str>) -> Result<Message, EncodeError> {
        let sent = match (bypass, &request.ask) {
            // Nobody caches what is posted.
            (_, Ask::AdHoc { .. }) | (None, _) => request.ask.request(&request.variables)?,
            (Some(unseen), _) => {
                let mut variables = request.variables.clone();
                variables.set(UNSEEN, unseen.into());
                request.ask.request(&variables)?
            }
        };
        Ok(Message {
            url: format!("{}{}", self.origin, sent.path),
            sent,
            api: request.ask.api(),
            meter: Arc::clone(&request.meter),
        })
    }

    async fn query(
        &self,
        request: &Request,
        conditions: &Conditions,
    ) -> Result<Reply<Envelope>, SourceError> {
        let message = self.message(request, conditions.bypass.as_deref());
        let message = message.map_err(|error| SourceError {
            request: Arc::from(self.describe(request)),
            cause: Cause::Encode(error),
        })?;
        let message = &message;
        // Conditions of a POST are there to refuse it, with a 412 (RFC 9110, section 13.1.2).
        let unless = match message.sent.body {
            Some(_) => &Validators::default(),
            None => &conditions.unless,
        };
        let attempts = AtomicU64::new(0);
        let once = |authorization| -> BoxFuture<'_, _> {
            message.meter.sent(attempts.fetch_add(1, Ordering::Relaxed));
            let before = Arc::clone(&conditions.before);
            Box::pin(self.query_once(message, unless, before, authorization))
        };
        self.persist(once).await.map_err(|cause| SourceError {
            request: Arc::from(message.describe()),
            cause,
        })
    }

    /// One attempt at a query.
    async fn query_once(
        &self,
        message: &Message,
        unless: &Validators,
        before: Arc<Outline>,
        authorization: authorizer::Authorization,
    ) -> Result<Reply<Envelope>, Attempt> {
        let builder = match &message.sent.body {
            None => self.transport.client().get(&message.url),
            Some(body) => self
                .transport
                .client()
                .post(&message.url)
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
        };
        let builder = builder.header(ACCEPT, HeaderValue::from_static(message.sent.accept));
        let builder = conditional::ask(builder, unless);
        let sent = self.send(builder, &authorization).await?;
        if let Some(age) = conditional::not_modified(&sent.response, unless) {
            self.unchanged.fetch_add(1, Ordering::Relaxed);
            message.meter.received(0, age);
            return Ok(Reply::NotModified { age });
        }
        let (validators, age) = conditional::read(&sent.response);
        let retry_after = attempt::asked_to_wait(&sent.response);
        let (answer, packed) = self.read_packed(sent).await?;
        message.meter.received(answer.body.len(), age);
        let (api, read) = (message.api, answer.clone());
        let content = elsewhere(async move { read.into_envelope_after(api, &before) }).await;
        let Ok(content) = content else {
            // Without our secrets, which may be what makes it unreadable.
            let masked = self.mask.answer(answer).into_envelope(message.api);
            let repeats = || Failure::Broken(Broken::Invalid("it repeats credentials".to_owned()));
            let failure = masked.err().unwrap_or_else(repeats);
            return Err(Attempt {
                cause: Cause::Failure(failure),
                retry_after,
            });
        };
        Ok(Reply::Sent {
            content: content.that_came(packed),
            validators,
            age,
        })
    }

    /// Sends one request with everything that says who we are.
    async fn send(
        &self,
        builder: reqwest::RequestBuilder,
        authorization: &authorizer::Authorization,
    ) -> Result<Sent, Attempt> {
        let mut headers = self.headers.clone();
        if let Some(value) = &authorization.header {
            headers.insert(reqwest::header::AUTHORIZATION, value.clone());
        }
        if let Some(value) = &authorization.api_key {
            headers.insert(HeaderName::from_static("x-api-key"), value.clone());
        }
        self.send_to_others(builder.headers(headers)).await
    }

    /// Sends one request that says nothing about us: to a host that is not AEM's own.
    async fn send_to_others(&self, builder: reqwest::RequestBuilder) -> Result<Sent, Attempt> {
        if self.sent.fetch_add(1, Ordering::Relaxed) >= self.limits.max_requests {
            return Err(Attempt::from(Cause::TooManyRequests(
                self.limits.max_requests,
            )));
        }
        let started = Instant::now();
        match builder.send().await {
            Ok(response) => Ok(Sent { response, started }),
            Err(error) => {
                let cause = self.transport.failed(&error, Progress::Sending, started);
                Err(Attempt::from(cause.await))
            }
        }
    }

    /// The next piece of an answer's body.
    async fn chunk(&self, sent: &mut Sent) -> Result<Option<Bytes>, Cause> {
        match sent.response.chunk().await {
            Ok(chunk) => Ok(chunk),
            Err(error) => {
                let progress = Progress::Reading;
                Err(self.transport.failed(&error, progress, sent.started).await)
            }
        }
    }

    /// Reads an answer to its end.
    async fn read(&self, sent: Sent) -> Result<HttpAnswer, Cause> {
        Ok(self.read_packed(sent).await?.0)
    }

    /// Reads an answer to its end; its body also as it came, if that was packed.
    async fn read_packed(&self, sent: Sent) -> Result<(HttpAnswer, Option<Packed>), Cause> {
        let Sent { response, started } = sent;
        let mut answer = head(&response);
        let max = self.limits.max_response;
        let (body, packed) = match elsewhere(whole(response, max, self.room.clone())).await {
            Ok(read) => read,
            Err(Unread::TooLarge) => return Err(Cause::TooLarge(max)),
            Err(Unread::Garbled(why)) => return Err(Cause::BrokeOff(why)),
            Err(Unread::Broken(error)) => {
                let progress = Progress::Reading;
                return Err(self.transport.failed(&error, progress, started).await);
            }
        };
        answer.body = body;
        self.received
            .fetch_add(answer.body.len() as u64, Ordering::Relaxed);
        Ok((answer, packed))
    }
}

/// Runs something on a thread of the runtime that has nothing to do, for as long as somebody waits for it. All the
/// requests of a build belong to one task, which would unpack and take apart every answer itself.
async fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let mut tasks = JoinSet::new();
    tasks.spawn(work);
    match tasks.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        None => unreachable!("there is one"),
    }
}

/// What was sent has been heard: the head of an answer is here.
struct Sent {
    response: Response,
    started: Instant,
}

/// An answer whose body is not read yet.
fn head(response: &Response) -> HttpAnswer {
    HttpAnswer {
        status: response.status().as_u16(),
        content_type: header(response, &CONTENT_TYPE),
        location: header(response, &LOCATION),
        hints: Hints {
            server: header(response, &SERVER),
            authenticate: header(response, &WWW_AUTHENTICATE),
            retry_after: header(response, &RETRY_AFTER),
            allow: header(response, &ALLOW),
        },
        body: Bytes::new(),
    }
}

impl Upstream for AemHost {
    fn usage(&self) -> Usage {
        Usage {
            requests: self.sent.load(Ordering::Relaxed),
            bytes: self.received.load(Ordering::Relaxed),
            retries: self.retries.taken(),
            not_modified: self.unchanged.load(Ordering::Relaxed),
        }
    }

    fn tokens(&self) -> Vec<Secret> {
        self.authorizer.tokens()
    }

    fn ask<'a>(
        &'a self,
        request: &'a Request,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<Envelope>, SourceError>> {
        Box::pin(self.query(request, conditions))
    }

    fn download<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<AssetBody>, SourceError>> {
        Box::pin(self.asset(path, file, conditions))
    }

    fn describe(&self, request: &Request) -> String {
        match self.message(request, None) {
            Ok(message) => message.describe(),
            Err(_) => format!("GET {}", request.ask),
        }
    }
}

/// How long a token still lives that cannot be renewed, where it says so itself; zero when it is over.
#[must_use]
pub fn token_life(auth: &Auth) -> Option<Duration> {
    let Auth::Token(token) = auth else {
        return None;
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    authorizer::remaining_life(token.expose(), now.unwrap_or_default())
}

/// What to say about a token whose time is over, before anything is asked with it.
#[must_use]
pub fn expired() -> Diagnostic {
    Diagnostic::error(Kind::Remote, "the token of `[aem.auth]` has expired")
        .note(OVER)
        .help(ANOTHER)
}

/// Why a token ends for good.
const OVER: &str = "a local development token lives 24 hours and cannot be renewed";

/// What to do then.
const ANOTHER: &str = "get a new one from the AEM Developer Console, or use service credentials";

/// A token that cannot be renewed is looked at before anything is asked.
fn check_token(auth: &Auth, limits: &Fetch) -> Result<Diagnostics, Diagnostic> {
    match token_life(auth) {
        Some(Duration::ZERO) => Err(expired()),
        Some(life) if life < limits.deadline => {
            let minutes = life.as_secs() / 60 + 1;
            let message = format!("the token of `[aem.auth]` ends in less than {minutes} min");
            let deadline = limits.deadline.as_secs() / 60;
            let warning = Diagnostic::warning(Kind::Config, message)
                .note(format!(
                    "the fetch may take {deadline} min (`deadline` in `[fetch]`), and {OVER}"
                ))
                .help(ANOTHER);
            Ok(warning.into())
        }
        _ => Ok(Diagnostics::new()),
    }
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests;
