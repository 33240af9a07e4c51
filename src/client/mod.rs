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
mod conditional;
mod ims;
mod limiter;
mod retry;

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Response};
use url::Url;

use crate::aem::{Api, AssetPath, EncodeError, Envelope, HttpAnswer};
use crate::config::{Aem, Auth, Fetch};
use crate::diag::{Diagnostic, Kind};
use crate::query::{Ask, HttpRequest};
use crate::source::{
    AssetBody, Cause, Conditions, Reply, Request, SourceError, Upstream, Usage, Validators,
};

use attempt::Attempt;
use authorizer::Authorizer;
use limiter::Limiter;

/// The variable that gives a question an address no cache has seen. AEM ignores variables that a query does
/// not declare (section 2.7), and servers the parameters they do not know.
const UNSEEN: &str = "friezeUnseen";

/// What is sent for a request.
struct Message {
    url: String,
    sent: HttpRequest,
    /// How the answer is written.
    api: Api,
}

impl Message {
    fn describe(&self) -> String {
        format!("{} {}", self.sent.method(), self.url)
    }
}

/// An AEM host.
pub struct AemHost {
    client: Client,
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// `[aem.headers]`: part of every request to the origin.
    headers: HeaderMap,
    authorizer: Authorizer,
    limiter: Limiter,
    retries: attempt::Retries,
    sent: AtomicU64,
    received: AtomicU64,
    unchanged: AtomicU64,
    limits: Fetch,
}

impl AemHost {
    /// Prepares to ask a host; no connection is made yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up, or a credential is known to be useless.
    pub fn new(origin: &Url, aem: &Aem, limits: &Fetch) -> Result<Self, Diagnostic> {
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
        let authorizer =
            Authorizer::new(&aem.auth, limits).map_err(|error| unusable(error.to_string()))?;
        check_token(&aem.auth)?;
        Ok(Self {
            client: client(origin, limits).map_err(unusable)?,
            origin: origin.origin().ascii_serialization(),
            headers,
            authorizer,
            limiter: Limiter::new(limits.concurrency, limits.rate),
            retries: attempt::Retries::new(limits),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            unchanged: AtomicU64::new(0),
            limits: limits.clone(),
        })
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
        let once = |authorization| -> BoxFuture<'_, _> {
            Box::pin(self.query_once(message, &conditions.unless, authorization))
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
        authorization: authorizer::Authorization,
    ) -> Result<Reply<Envelope>, Attempt> {
        let builder = match &message.sent.body {
            None => self.client.get(&message.url),
            Some(body) => self
                .client
                .post(&message.url)
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
        };
        let builder = builder.header(ACCEPT, HeaderValue::from_static(message.sent.accept));
        let builder = conditional::ask(builder, unless);
        let mut response = self.send(builder, &authorization).await?;
        if let Some(age) = conditional::not_modified(&response, unless) {
            self.unchanged.fetch_add(1, Ordering::Relaxed);
            return Ok(Reply::NotModified { age });
        }
        let (validators, age) = conditional::read(&response);
        let retry_after = attempt::asked_to_wait(&response);
        let answer = self.read(&mut response).await?;
        let failed = |failure| Attempt {
            cause: Cause::Failure(failure),
            retry_after,
        };
        let content = answer.into_envelope(message.api).map_err(failed)?;
        Ok(Reply::Sent {
            content,
            validators,
            age,
        })
    }

    /// Sends one request with everything that says who we are.
    async fn send(
        &self,
        builder: reqwest::RequestBuilder,
        authorization: &authorizer::Authorization,
    ) -> Result<Response, Attempt> {
        if self.sent.fetch_add(1, Ordering::Relaxed) >= self.limits.max_requests {
            return Err(Attempt::from(Cause::TooManyRequests(
                self.limits.max_requests,
            )));
        }
        let mut headers = self.headers.clone();
        if let Some(value) = &authorization.header {
            headers.insert(reqwest::header::AUTHORIZATION, value.clone());
        }
        if let Some(value) = &authorization.api_key {
            headers.insert(HeaderName::from_static("x-api-key"), value.clone());
        }
        builder
            .headers(headers)
            .send()
            .await
            .map_err(|error| Attempt::from(transport(&error)))
    }

    /// Reads an answer to its end.
    async fn read(&self, response: &mut Response) -> Result<HttpAnswer, Cause> {
        let (status, content_type, location) = (
            response.status().as_u16(),
            header(response, &CONTENT_TYPE),
            header(response, &LOCATION),
        );
        let max = self.limits.max_response;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error))? {
            if (body.len() + chunk.len()) as u64 > max {
                return Err(Cause::TooLarge(max));
            }
            body.extend_from_slice(&chunk);
        }
        self.received
            .fetch_add(body.len() as u64, Ordering::Relaxed);
        let body: Bytes = body.freeze();
        Ok(HttpAnswer {
            status,
            content_type,
            location,
            body,
        })
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

    fn ask<'a>(
        &'a self,
        request: &'a Request,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<Envelope>, SourceError>> {
        Box::pin(self.query(request, conditions))
    }

    fn download<'a>(
        &'a self,
        path: &'a AssetPath,
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

/// The HTTP client for one origin.
fn client(origin: &Url, limits: &Fetch) -> Result<Client, String> {
    let mut builder = Client::builder()
        .user_agent(concat!("frieze/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limits.connect_timeout)
        .read_timeout(limits.read_timeout)
        .timeout(limits.total_timeout)
        .redirect(reqwest::redirect::Policy::none())
        // Sent twice means counted twice on the other side; whether to ask again is decided in `attempt`.
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(limits.concurrency)
        .tcp_nodelay(true);
    if let Some(proxy) = &limits.proxy {
        let proxy =
            reqwest::Proxy::all(proxy).map_err(|error| format!("`fetch.proxy`: {error}"))?;
        builder = builder.proxy(proxy);
    } else if is_loopback(origin) {
        // A proxy of the company's network cannot reach this machine's own ports.
        builder = builder.no_proxy();
    }
    if let Some(file) = &limits.ca_file {
        let pem = crate::fs::read_bytes(file).map_err(|error| error.to_string())?;
        let certificates =
            reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| chain(&error))?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| chain(&error))
}

fn is_loopback(origin: &Url) -> bool {
    match origin.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A token that cannot be renewed is looked at before anything is asked.
fn check_token(auth: &Auth) -> Result<(), Diagnostic> {
    let Auth::Token(token) = auth else {
        return Ok(());
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    match authorizer::remaining_life(token.expose(), now) {
        Some(life) if life.is_zero() => Err(Diagnostic::error(
            Kind::Remote,
            "the token of `[aem.auth]` has expired",
        )
        .note("a local development token lives 24 hours and cannot be renewed")
        .help("get a new one from the AEM Developer Console, or use service credentials")),
        _ => Ok(()),
    }
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    response
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// What the HTTP library could not do, in our words.
fn transport(error: &reqwest::Error) -> Cause {
    if error.is_timeout() {
        return Cause::TimedOut(if error.is_connect() {
            "connecting"
        } else {
            "waiting for the answer"
        });
    }
    if error.is_body() || error.is_decode() {
        return Cause::BrokeOff(chain(error));
    }
    Cause::Unreachable(chain(error))
}

/// An error with its innermost cause, without the URL: that is shown beside it.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_connect() {
        "the connection could not be made".to_owned()
    } else if error.is_body() || error.is_decode() {
        "the answer broke off or could not be unpacked".to_owned()
    } else {
        "the request failed".to_owned()
    };
    let mut cause = error.source();
    let mut innermost = None;
    while let Some(inner) = cause {
        innermost = Some(inner.to_string());
        cause = inner.source();
    }
    if let Some(innermost) = innermost {
        text.push_str(": ");
        text.push_str(&innermost);
    }
    text
}

#[cfg(test)]
mod tests;
