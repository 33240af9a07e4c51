//! A fault striking one request: another answer, or the right one with other content.

use super::content::{empty, errors, null_roots};
use super::pages::Pages;
use super::{Details, Effect, RetryAfter};
use crate::server::reply::Reply;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What `delay` waits, if nothing else is said.
const DELAY: Duration = Duration::from_secs(1);
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

    /// Takes out of a request what would keep the effect from showing: conditions, and the wish for compression.
    pub(in crate::server) fn prepare(&self, headers: &mut HeaderMap) {
        match self.effect {
            Effect::Drip
            | Effect::Stall
            | Effect::Cut
            | Effect::Truncate
            | Effect::CutGzip
            | Effect::Type => {}
            Effect::Oversized => drop(headers.remove(header::ACCEPT_ENCODING)),
            _ => return,
        }
        headers.remove(header::IF_NONE_MATCH);
        headers.remove(header::IF_MODIFIED_SINCE);
    }

    /// An answer given without asking AEM at all, to a request of `target`.
    pub(in crate::server) fn instead(&self, target: &str) -> Option<Reply> {
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
            Effect::RedirectLoop => {
                Reply::html(StatusCode::FOUND).header_text(header::LOCATION, target)
            }
            Effect::Null => Reply::graphql(StatusCode::OK, "application/json", r#"{"data":null}"#),
            Effect::Reset | Effect::Close | Effect::BadGzip | Effect::GzipBomb => {
                Reply::graphql(StatusCode::OK, "application/json", "{}")
            }
            Effect::Ok
            | Effect::Delay
            | Effect::Drip
            | Effect::Stall
            | Effect::Cut
            | Effect::Truncate
            | Effect::CutGzip
            | Effect::Oversized
            | Effect::Type
            | Effect::Errors
            | Effect::NullRoots
            | Effect::Empty
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
            Effect::Truncate => reply.truncate(self.details.bytes),
            Effect::Errors => reply.change_json(errors),
            Effect::NullRoots => reply.change_json(null_roots),
            Effect::Empty => reply.change_json(empty),
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
}
