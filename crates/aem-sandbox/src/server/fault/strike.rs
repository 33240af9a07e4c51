//! A fault striking one request: another answer, or the right one spoiled.

use super::pages::Pages;
use super::wire::{Spoiled, bomb};
use super::{Details, Effect, RetryAfter};
use crate::server::reply::Reply;
use crate::server::wire::Peer;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What `delay` waits, if nothing else is said.
const DELAY: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);
const DRIP: usize = 64;
const BOMB: usize = 256 << 20;
const LOGIN: &str = "/libs/granite/core/content/login.html";

/// One request's share of a fault.
#[derive(Debug)]
pub(in crate::server) struct Strike {
    pub(super) effect: Effect,
    pub(super) details: Details,
    pub(super) pages: Arc<Mutex<Pages>>,
}

impl Strike {
    /// How long the answer has to wait.
    pub(in crate::server) fn delay(&self) -> Duration {
        let usual = if self.effect == Effect::Delay {
            DELAY
        } else {
            Duration::ZERO
        };
        self.details.delay.unwrap_or(usual)
    }

    /// An answer given without asking AEM at all.
    pub(in crate::server) fn instead(&self) -> Option<Reply> {
        let reply = match self.effect {
            Effect::Status(status) => Reply::html(StatusCode::from_u16(status).ok()?),
            Effect::Block => Reply::html(StatusCode::NOT_ACCEPTABLE),
            Effect::Expired => Reply::html(StatusCode::UNAUTHORIZED)
                .header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
            Effect::Html => Reply::html(StatusCode::OK),
            Effect::Redirect => {
                let to = self.details.location.as_deref().unwrap_or(LOGIN);
                Reply::html(StatusCode::FOUND).header_text(header::LOCATION, to)
            }
            Effect::Null => Reply::graphql(StatusCode::OK, "application/json", r#"{"data":null}"#),
            Effect::Reset | Effect::BadGzip | Effect::GzipBomb => {
                Reply::graphql(StatusCode::OK, "application/json", "{}")
            }
            Effect::Ok
            | Effect::Delay
            | Effect::Type
            | Effect::Cut
            | Effect::Drip
            | Effect::Errors
            | Effect::SameCursor
            | Effect::CursorLoop
            | Effect::Changed => return None,
        };
        Some(match self.details.retry_after {
            None => reply,
            Some(RetryAfter::Seconds(seconds)) => {
                reply.header_text(header::RETRY_AFTER, &seconds.to_string())
            }
            Some(RetryAfter::Date(seconds)) => {
                let at = SystemTime::now().checked_add(Duration::from_secs(seconds));
                let date = httpdate::fmt_http_date(at.unwrap_or(SystemTime::UNIX_EPOCH));
                reply.header_text(header::RETRY_AFTER, &date)
            }
        })
    }

    /// The right answer, changed.
    pub(in crate::server) fn rework(&self, mut reply: Reply) -> Reply {
        match self.effect {
            Effect::Type => {
                let kind = self.details.content_type.as_deref().unwrap_or("text/html");
                reply.set_content_type(kind);
            }
            Effect::Errors => {
                let error = json!({
                    "message": "Exception while fetching data (/) : fault",
                    "locations": [{ "line": 1, "column": 1 }],
                    "extensions": { "classification": "DataFetchingException" },
                });
                reply.change_json(|body| {
                    let mut changed = Map::new();
                    changed.insert("errors".to_owned(), json!([error]));
                    if let Value::Object(members) = std::mem::take(body) {
                        changed.extend(members);
                    }
                    *body = changed.into();
                });
            }
            Effect::SameCursor => self.paged(&mut reply, Pages::same_cursor),
            Effect::CursorLoop => self.paged(&mut reply, Pages::cursor_loop),
            Effect::Changed => self.paged(&mut reply, Pages::changed),
            _ => {}
        }
        reply
    }

    fn paged(&self, reply: &mut Reply, change: fn(&mut Pages, &mut Value)) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        reply.change_json(|body| change(&mut pages, body));
    }

    /// The answer's bytes, spoiled on their way out.
    pub(in crate::server) async fn spoil(
        &self,
        response: Response<Body>,
        peer: &Peer,
    ) -> Response<Body> {
        match self.effect {
            Effect::Reset => {
                peer.reset();
                response
            }
            Effect::Cut | Effect::Drip => {
                let (head, body) = response.into_parts();
                // The body is in memory already; it cannot fail to be read.
                let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
                let body = if self.effect == Effect::Cut {
                    let keep = self.details.bytes.unwrap_or(bytes.len() / 2);
                    Spoiled::cut(bytes.slice(..keep.min(bytes.len())))
                } else {
                    let chunk = self.details.bytes.unwrap_or(DRIP);
                    Spoiled::drip(bytes, chunk, self.details.pause.unwrap_or(PAUSE))
                };
                Response::from_parts(head, Body::new(body))
            }
            Effect::BadGzip => encoded(response, b"{\"data\":{}} is not gzip".to_vec()),
            Effect::GzipBomb => {
                let size = self.details.bytes.unwrap_or(BOMB);
                let body = tokio::task::spawn_blocking(move || bomb(size)).await;
                encoded(response, body.unwrap_or_default())
            }
            _ => response,
        }
    }
}

/// A body that is said to be gzip.
fn encoded(mut response: Response<Body>, body: Vec<u8>) -> Response<Body> {
    let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
    set(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    set(header::CONTENT_LENGTH, body.len().into());
    *response.body_mut() = Body::from(body);
    response
}
