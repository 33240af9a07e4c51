//! What is sent for a request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc;

use super::explorer;

/// The type of our own pages.
const HTML: &str = "text/html; charset=utf-8";

/// What is sent for a request. Nothing of it is to be kept, guessed about, or read by another site.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    content: Content,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Content {
    /// All of it, until it is sent.
    Whole(Bytes),
    /// One piece after the other, as they are asked for.
    Pieces {
        /// Where they come from.
        pieces: mpsc::Receiver<io::Result<Bytes>>,
        /// How many bytes are still to come, where that is known.
        left: Option<u64>,
    },
}

impl Answer {
    /// Something of a media type.
    #[must_use]
    pub fn new(status: StatusCode, media_type: &str, content: Content) -> Self {
        let media_type = HeaderValue::from_str(media_type);
        let unknown = |_| HeaderValue::from_static("application/octet-stream");
        let headers = vec![(header::CONTENT_TYPE, media_type.unwrap_or_else(unknown))];
        Self {
            status,
            headers,
            content,
        }
    }

    /// A page.
    #[must_use]
    pub fn html(status: StatusCode, page: impl Into<Bytes>) -> Self {
        Self::new(status, HTML, Content::Whole(page.into()))
    }

    /// JSON.
    #[must_use]
    pub fn json(json: impl Into<Bytes>) -> Self {
        let content = Content::Whole(json.into());
        Self::new(StatusCode::OK, "application/json", content)
    }

    /// A script.
    #[must_use]
    pub fn script(text: &'static str) -> Self {
        let content = Content::Whole(Bytes::from_static(text.as_bytes()));
        Self::new(StatusCode::OK, "text/javascript; charset=utf-8", content)
    }

    /// A style sheet.
    #[must_use]
    pub fn style_sheet(text: &'static str) -> Self {
        let content = Content::Whole(Bytes::from_static(text.as_bytes()));
        Self::new(StatusCode::OK, "text/css; charset=utf-8", content)
    }

    /// A few words.
    #[must_use]
    pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        let content = Content::Whole(text.into());
        Self::new(status, "text/plain; charset=utf-8", content)
    }

    /// The way to another path of the preview, as it stands in a URL.
    #[must_use]
    pub fn elsewhere(path: &str) -> Self {
        // `//host` would lead to another one.
        let path = format!("/{}", path.trim_start_matches('/'));
        let answer = Self::text(StatusCode::FOUND, format!("{path}\n"));
        match HeaderValue::from_str(&path) {
            Ok(value) => answer.with(header::LOCATION, value),
            Err(_) => Self::text(StatusCode::NOT_FOUND, "no such address\n"),
        }
    }

    /// With another header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As HTTP sends it. A body that nobody asked for (`HEAD`) still has its length.
    pub(super) fn respond(self, wanted: Wanted) -> Response<Content> {
        let mut response = Response::new(self.content);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            // Pages of other sites may link here, and use nothing of it.
            ("cross-origin-resource-policy", "same-site"),
            ("referrer-policy", "same-origin"),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers.extend(self.headers);
        if wanted == Wanted::Head {
            if let Some(length) = response.body().size_hint().exact() {
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_LENGTH, length.into());
            }
            *response.body_mut() = Content::Whole(Bytes::new());
        }
        response
    }
}

impl From<explorer::Answer> for Answer {
    fn from(told: explorer::Answer) -> Self {
        let status = StatusCode::from_u16(told.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, told.content_type, Content::Whole(told.body))
    }
}

/// What a client wants of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    All,
    /// Everything but the body.
    Head,
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Pieces { pieces, left } => pieces.poll_recv(cx).map(|piece| {
                let piece = piece?;
                if let (Some(left), Ok(bytes)) = (left, &piece) {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                Some(piece.map(Frame::data))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Pieces { left, .. } => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Pieces { left, .. } => left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}
