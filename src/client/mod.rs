//! AEM over HTTP: one request in, one answer out.
//!
//! [`AemSource`] turns a request into a GET or POST to the one configured origin, reads the answer to
//! its end within the bounds of `[fetch]`, and judges it. Redirects are not followed: an answer from
//! elsewhere is not an answer of AEM. No request carries `Origin`, to which AEM may answer with nothing
//! (`aem-protocol.md`, section 2.3). Retries, credentials and caching belong here as layers around
//! `AemSource::send` and are not part of this version.

mod asset;

use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Response};
use tokio::sync::Semaphore;
use url::Url;

use crate::aem::{AssetPath, Envelope, HttpAnswer, ad_hoc_path};
use crate::config::Fetch;
use crate::diag::{Diagnostic, Kind};
use crate::query::Ask;
use crate::source::{AssetBody, Cause, Request, Source, SourceError, Usage};

/// Both media types that GraphQL answers can have (section 9.1).
const ACCEPT_JSON: &str = "application/json, application/graphql-response+json;q=0.9";

/// An AEM host.
pub struct AemSource {
    client: Client,
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// Requests in flight.
    slots: Semaphore,
    sent: AtomicU64,
    received: AtomicU64,
    limits: Fetch,
}

impl AemSource {
    /// Prepares to ask a host; no connection is made yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up, such as without any root certificates.
    pub fn new(origin: &Url, limits: &Fetch) -> Result<Self, Diagnostic> {
        let client = Client::builder()
            .user_agent(concat!("frieze/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.read_timeout)
            .timeout(limits.total_timeout)
            .redirect(reqwest::redirect::Policy::none())
            // Sent twice means counted twice on the other side; whether to ask again is decided above.
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(limits.concurrency)
            .tcp_nodelay(true)
            .build()
            .map_err(|error| {
                Diagnostic::error(Kind::Remote, format!("no HTTP client: {}", chain(&error)))
            })?;
        Ok(Self {
            client,
            origin: origin.origin().ascii_serialization(),
            slots: Semaphore::new(limits.concurrency),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            limits: limits.clone(),
        })
    }

    async fn ask(&self, request: &Request) -> Result<Envelope, SourceError> {
        let (builder, label) = match &request.ask {
            Ask::Persisted(query) => {
                let path = query
                    .execute_path(&request.variables)
                    .map_err(|error| SourceError {
                        request: Arc::from(format!("GET {query}")),
                        cause: Cause::Encode(error),
                    })?;
                let url = format!("{}{path}", self.origin);
                (self.client.get(&url), format!("GET {url}"))
            }
            Ask::AdHoc {
                configuration,
                document,
            } => {
                let url = format!("{}{}", self.origin, ad_hoc_path(configuration));
                let body = serde_json::json!({
                    "query": &**document,
                    "variables": request.variables.to_json(),
                });
                let post = self
                    .client
                    .post(&url)
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.to_string());
                (post, format!("POST {url}"))
            }
        };
        let fail = |cause| SourceError {
            request: Arc::from(label.as_str()),
            cause,
        };
        let builder = builder.header(ACCEPT, HeaderValue::from_static(ACCEPT_JSON));
        let answer = self.send(builder).await.map_err(fail)?;
        answer
            .into_envelope()
            .map_err(|failure| fail(Cause::Failure(failure)))
    }

    /// Sends a request and reads the whole answer.
    async fn send(&self, builder: reqwest::RequestBuilder) -> Result<HttpAnswer, Cause> {
        let _slot = self.slot().await?;
        let mut response = builder.send().await.map_err(|error| transport(&error))?;
        let header = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let (status, content_type, location) = (
            response.status().as_u16(),
            header(CONTENT_TYPE),
            header(LOCATION),
        );
        let body = self.read(&mut response).await?;
        Ok(HttpAnswer {
            status,
            content_type,
            location,
            body,
        })
    }

    /// Waits for a free place among the requests in flight.
    async fn slot(&self) -> Result<tokio::sync::SemaphorePermit<'_>, Cause> {
        let closed = |_| Cause::Unreachable("the client was shut down".to_owned());
        let slot = self.slots.acquire().await.map_err(closed)?;
        if self.sent.fetch_add(1, Ordering::Relaxed) >= self.limits.max_requests {
            return Err(Cause::TooManyRequests(self.limits.max_requests));
        }
        Ok(slot)
    }

    async fn read(&self, response: &mut Response) -> Result<Bytes, Cause> {
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
        Ok(body.freeze())
    }
}

impl Source for AemSource {
    fn usage(&self) -> Usage {
        Usage {
            requests: self.sent.load(Ordering::Relaxed),
            bytes: self.received.load(Ordering::Relaxed),
        }
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Envelope, SourceError>> {
        Box::pin(self.ask(request))
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetPath,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(self.download(path, file))
    }
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
    Cause::Unreachable(chain(error))
}

/// An error with its causes, outermost first, without the URL: that is shown beside it.
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
