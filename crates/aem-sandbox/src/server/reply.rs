//! Answers: bodies with AEM's headers, and what HTTP does to them on the way out (304, gzip, HEAD).
//!
//! Source: aem-protocol.md, sections 1.4, 2.3, 7.2 and 9.

use super::validators::Validators;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::io::Write as _;
use std::time::SystemTime;

/// Bodies below this size are not worth compressing.
const GZIP_FROM: usize = 512;

/// An answer before transport.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    content_type: String,
    cache_control: Option<Cow<'static, str>>,
    /// When the content last changed, where the content says so.
    pub(super) modified: Option<SystemTime>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

impl Reply {
    fn new(status: StatusCode, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: content_type.into(),
            cache_control: None,
            modified: None,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// A GraphQL answer. AEM escapes angle brackets, which JSON only has inside strings.
    pub(super) fn graphql(status: StatusCode, content_type: &str, body: &str) -> Self {
        let body = body.replace('<', "\\u003C").replace('>', "\\u003E");
        Self::new(status, content_type, body)
    }

    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// An error of the layer around the engine (section 9.1, second family).
    pub(super) fn service_error(
        status: StatusCode,
        kind: &str,
        message: &str,
        details: Option<&str>,
    ) -> Self {
        let mut error = json!({ "errorType": kind, "message": message });
        if let Some(details) = details {
            error["details"] = details.into();
        }
        Self::json(status, &json!({ "errors": [error] }))
    }

    pub(super) fn text(status: StatusCode, content_type: &str, text: &str) -> Self {
        Self::new(status, content_type, text)
    }

    /// The page a Dispatcher or AEM answers with where there is nothing for you.
    pub(super) fn html(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or_default();
        let title = format!("{} {reason}", status.as_u16());
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n\
             <body><h1>{reason}</h1></body>\n</html>\n"
        );
        let mut reply = Self::new(status, "text/html;charset=utf-8", body);
        reply.headers.push((
            header::X_FRAME_OPTIONS,
            HeaderValue::from_static("SAMEORIGIN"),
        ));
        reply
    }

    pub(super) fn file(mime: &str, body: Vec<u8>) -> Self {
        let mut reply = Self::new(StatusCode::OK, mime, body);
        reply.headers.push((
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ));
        reply
    }

    #[must_use]
    pub(super) fn cached(mut self, cache_control: impl Into<Cow<'static, str>>) -> Self {
        self.cache_control = Some(cache_control.into());
        self
    }

    /// A header whose value is made at run time; a value that no header can hold is left out.
    #[must_use]
    pub(super) fn header_text(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn set_content_type(&mut self, content_type: &str) {
        content_type.clone_into(&mut self.content_type);
    }

    /// Changes a JSON body; others stay as they are.
    pub(super) fn change_json(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut value) = serde_json::from_slice(&self.body) {
            change(&mut value);
            self.body = value.to_string().into_bytes();
        }
    }

    /// Keeps the first `bytes` of the body, or half of it.
    pub(super) fn truncate(&mut self, bytes: Option<usize>) {
        self.body.truncate(bytes.unwrap_or(self.body.len() / 2));
    }

    /// Whether a shared cache may keep the answer.
    pub(super) fn may_be_shared(&self) -> bool {
        let lifetimes = self.cache_control.as_deref();
        lifetimes.is_some_and(|lifetimes| {
            lifetimes.starts_with("public") || lifetimes.starts_with("max-age")
        })
    }

    /// Whether it makes sense to ask later if this answer still holds.
    pub(super) fn may_be_validated(&self) -> bool {
        self.status == StatusCode::OK && self.cache_control.is_some()
    }

    #[must_use]
    pub(super) fn header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Makes the HTTP response to a request.
    pub(super) fn respond(
        mut self,
        method: &Method,
        request: &HeaderMap,
        validators: &Validators,
    ) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        let unchanged = validators.are_known(request);
        let compress =
            !unchanged && self.is_text() && self.body.len() >= GZIP_FROM && accepts_gzip(request);
        if compress {
            match gzip(&self.body) {
                Ok(body) => self.body = body,
                Err(_) => return status_only(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
        let headers = response.headers_mut();
        for (name, value) in self.headers.drain(..) {
            headers.append(name, value);
        }
        let mut set = |name, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if let Some(cache_control) = &self.cache_control {
            set(header::CACHE_CONTROL, cache_control);
        }
        if let Some(tag) = &validators.etag {
            set(header::ETAG, tag);
        }
        if let Some(modified) = validators.modified {
            set(header::LAST_MODIFIED, &httpdate::fmt_http_date(modified));
        }
        if self.is_text() {
            set(header::VARY, "Accept-Encoding");
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        set(header::CONTENT_TYPE, &self.content_type);
        if compress {
            set(header::CONTENT_ENCODING, "gzip");
        }
        set(header::CONTENT_LENGTH, &self.body.len().to_string());
        *response.status_mut() = self.status;
        if *method != Method::HEAD {
            *response.body_mut() = Body::from(self.body);
        }
        response
    }

    fn is_text(&self) -> bool {
        self.content_type.starts_with("text/")
            || self.content_type.ends_with("json")
            || self.content_type.starts_with("image/svg")
    }
}

fn status_only(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    let accepted = request
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| {
        list.split(',').any(|coding| {
            let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
            name.trim().eq_ignore_ascii_case("gzip")
                && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00")
        })
    })
}

pub(super) fn gzip(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}
