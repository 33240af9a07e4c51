//! The bytes of an answer, spoiled on their way out.

use super::Effect;
use super::strike::Strike;
use super::wire::{Padded, Pieces, bomb};
use crate::server::reply::gzip;
use crate::server::wire::{Ending, Peer};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Response, header};
use std::time::Duration;

/// What is meant where nothing else is said.
const PAUSE: Duration = Duration::from_millis(100);
const DRIP: usize = 64;
const LARGE: usize = 256 << 20;

impl Strike {
    /// Does to an answer what cannot be said in its content.
    pub(in crate::server) async fn spoil(
        &self,
        response: Response<Body>,
        peer: &Peer,
    ) -> Response<Body> {
        let large = self.details.bytes.unwrap_or(LARGE);
        match self.effect {
            Effect::Reset => peer.end(Ending::Reset),
            Effect::Close => peer.end(Ending::Close),
            Effect::BadGzip => {
                return packed(response, b"{\"data\":{}} is not gzip".to_vec().into());
            }
            Effect::GzipBomb => {
                let body = tokio::task::spawn_blocking(move || bomb(large)).await;
                return packed(response, body.unwrap_or_default().into());
            }
            Effect::Cut | Effect::Drip | Effect::Stall | Effect::CutGzip | Effect::Oversized => {
                let (head, body) = response.into_parts();
                // The body is in memory already; it cannot fail to be read.
                let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
                return self.rewrite(Response::from_parts(head, bytes), large);
            }
            _ => {}
        }
        response
    }

    /// The effects that need to see the body.
    fn rewrite(&self, answer: Response<Bytes>, large: usize) -> Response<Body> {
        let part = |whole: usize| self.details.bytes.unwrap_or(whole / 2).min(whole);
        match self.effect {
            Effect::Cut => answer.map(|bytes| {
                let end = part(bytes.len());
                Body::new(Pieces::cut(bytes.slice(..end)))
            }),
            Effect::Drip => answer.map(|bytes| {
                let size = self.details.bytes.unwrap_or(DRIP);
                let pause = self.details.pause.unwrap_or(PAUSE);
                Body::new(Pieces::drip(bytes, size, pause))
            }),
            Effect::Stall => answer.map(|bytes| {
                let first = part(bytes.len());
                Body::new(Pieces::stall(bytes, first, self.details.period))
            }),
            Effect::CutGzip => {
                let is_packed = answer.headers().contains_key(header::CONTENT_ENCODING);
                let (head, mut bytes) = answer.into_parts();
                if !is_packed {
                    bytes = gzip(&bytes).unwrap_or_default().into();
                }
                let end = part(bytes.len());
                let answer = Response::from_parts(head, Body::empty());
                packed(answer, bytes.slice(..end))
            }
            _ => {
                let size = large.max(answer.body().len());
                let mut answer = answer.map(|bytes| Body::new(Padded::new(bytes, size)));
                answer
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, size.into());
                answer
            }
        }
    }
}

/// A body that is said to be gzip.
fn packed(mut response: Response<Body>, body: Bytes) -> Response<Body> {
    let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
    set(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    set(header::CONTENT_LENGTH, body.len().into());
    *response.body_mut() = Body::from(body);
    response
}
