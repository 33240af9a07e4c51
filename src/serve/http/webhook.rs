//! `/_frieze/events/aem`: what AEM tells (`aem-protocol.md`, section 11.3).
//!
//! An event is only a reason to ask AEM, so the worst that a stranger could do is to have that done needlessly. Where
//! strangers can come, a token is needed all the same.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::time::timeout;

use super::target::Target;
use crate::secret::Secret;
use crate::serve::answer::Answer;
use crate::serve::event::Listener;

/// The longest event, in bytes.
const LONGEST: usize = 64 << 10;

/// How long an event may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The end of a webhook.
#[derive(Debug)]
pub struct Webhook {
    listener: Listener,
    access: Access,
}

/// Who may post.
#[derive(Clone, Debug)]
pub enum Access {
    /// Whoever can connect: only this machine can.
    Open,
    /// Who knows the token.
    Token(Secret),
    /// Nobody: others than this machine can connect, and there is no token.
    Closed,
}

impl Webhook {
    /// Hands what may come to a listener.
    #[must_use]
    pub fn new(listener: Listener, access: Access) -> Self {
        Self { listener, access }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, head: &Parts, target: &Target, body: Incoming) -> Answer {
        if let Err(refused) = self.access.check(&head.headers, target) {
            return refused;
        }
        if head.method != Method::POST {
            return challenge(&head.headers, target);
        }
        let body = match timeout(PATIENCE, read(body)).await {
            Ok(Ok(body)) => body,
            Ok(Err(refused)) => return refused,
            Err(_) => {
                return say(
                    StatusCode::REQUEST_TIMEOUT,
                    "the event did not come in time",
                );
            }
        };
        match self.listener.hear(&body) {
            Ok(heard) => {
                let told = json!({ "events": heard.events, "news": heard.news });
                Answer::json(told.to_string())
            }
            Err(error) => say(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }
}

impl Access {
    fn check(&self, headers: &HeaderMap, target: &Target) -> Result<(), Answer> {
        let token = match self {
            Self::Open => return Ok(()),
            Self::Token(token) => token,
            Self::Closed => {
                let words = "events need a token where others than this machine can connect: \
                             start with `frieze serve --webhook-token TOKEN`";
                return Err(say(StatusCode::FORBIDDEN, words));
            }
        };
        let bearer = headers.get(header::AUTHORIZATION);
        let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let brought = target.parameter("token");
        let brought = brought.as_deref().or(bearer).unwrap_or_default();
        // Hashes take the same time to compare wherever they differ.
        let hash = |text: &str| blake3::hash(text.as_bytes());
        match hash(brought) == hash(token.expose()) {
            true => Ok(()),
            false => Err(say(
                StatusCode::UNAUTHORIZED,
                "the token is missing or another one",
            )),
        }
    }
}

/// Repeats what Adobe asks for before it posts: as JSON to who takes that, else as text.
fn challenge(headers: &HeaderMap, target: &Target) -> Answer {
    let Some(challenge) = target.parameter("challenge") else {
        return say(StatusCode::BAD_REQUEST, "events of AEM are posted here");
    };
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    match accept.is_some_and(|accept| accept.contains("json")) {
        true => Answer::json(json!({ "challenge": challenge }).to_string()),
        false => Answer::text(StatusCode::OK, challenge),
    }
}

/// The body of a request, if it is no longer than an event can be.
async fn read(mut body: Incoming) -> Result<Bytes, Answer> {
    let too_long = || {
        let words = format!("an event has {LONGEST} bytes at most");
        say(StatusCode::PAYLOAD_TOO_LARGE, &words)
    };
    if body.size_hint().lower() > LONGEST as u64 {
        return Err(too_long());
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = frame(&mut body).await {
        let broken = |_| say(StatusCode::BAD_REQUEST, "the event broke off");
        // What is no data are trailers, which say nothing.
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > LONGEST {
            return Err(too_long());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

async fn frame(body: &mut Incoming) -> Option<hyper::Result<hyper::body::Frame<Bytes>>> {
    std::future::poll_fn(|cx| std::pin::Pin::new(&mut *body).poll_frame(cx)).await
}

fn say(status: StatusCode, words: &str) -> Answer {
    Answer::text(status, format!("{words}\n"))
}

#[cfg(test)]
mod tests {
    use hyper::Uri;
    use hyper::header::HeaderValue;

    use super::*;
    use crate::serve::answer::Wanted;

    fn target(text: &str) -> Target {
        Target::of(&text.parse::<Uri>().unwrap()).unwrap()
    }

    fn status(answer: Answer) -> u16 {
        answer.respond(Wanted::Head).status().as_u16()
    }

    #[test]
    fn a_token_is_asked_for_where_there_is_one() {
        let access = Access::Token(Secret::new("s3cret"));
        let check = |access: &Access, uri: &str, bearer: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            let bearer = bearer.map(HeaderValue::from_static);
            headers.extend(bearer.map(|bearer| (header::AUTHORIZATION, bearer)));
            access.check(&headers, &target(uri)).map_err(status)
        };
        assert_eq!(check(&access, "/x?token=s3cret", None), Ok(()));
        assert_eq!(check(&access, "/x", Some("Bearer s3cret")), Ok(()));
        for (uri, bearer) in [
            ("/x", None),
            ("/x?token=", None),
            ("/x?token=s3cre", None),
            ("/x?token=other", Some("Bearer s3cret")),
            ("/x", Some("s3cret")),
        ] {
            assert_eq!(check(&access, uri, bearer), Err(401), "{uri} {bearer:?}");
        }
        assert_eq!(check(&Access::Open, "/x", None), Ok(()));
        assert_eq!(check(&Access::Closed, "/x?token=", None), Err(403));
    }
}
