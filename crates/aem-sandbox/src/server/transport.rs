//! One request from the socket to the socket: body, faults, cache, answer, record.

use super::fault::{self, Strike};
use super::record::RecordedRequest;
use super::reply::Reply;
use super::validators::{Validators, etag};
use super::wire::Peer;
use super::{Asked, Shared};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, Response, StatusCode, header};
use std::sync::Arc;
use tokio::time::sleep;

/// The client id of a technical account (aem-protocol.md, section 8.4).
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Larger request bodies are refused.
const MAX_BODY: usize = 4 << 20;

pub(super) async fn handle(
    State(state): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    let (mut head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or_else(|| head.uri.path().to_owned(), ToString::to_string);
    let is_admin = head.uri.path() == fault::PATH;
    if state.faults_file.is_some() {
        let state = Arc::clone(&state);
        // Nobody aborts it; if it panicked, the faults stay as they are.
        drop(tokio::task::spawn_blocking(move || state.reread_faults()).await);
    }
    let strike = if is_admin {
        None
    } else {
        state.faults.pick(&head.method, &target)
    };
    if let Some(strike) = &strike {
        strike.prepare(&mut head.headers);
    }
    let reply = match to_bytes(body, MAX_BODY).await {
        Err(_) => Reply::html(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(body) if is_admin => {
            let faults = &state.faults;
            fault::administer(faults, peer.address, &head.method, &head.headers, &body)
        }
        Ok(body) => answer(&state, &head, &target, body, strike.as_ref()).await,
    };
    let validators = validators(&state, &head, &target, &reply);
    let mut response = reply.respond(&head.method, &head.headers, &validators);
    if let Some(strike) = &strike {
        response = strike.spoil(response, &peer).await;
    }
    state.record.add(RecordedRequest {
        method: head.method.as_str().to_owned(),
        path: target,
        status: response.status().as_u16(),
    });
    response
}

/// The validators the options let an answer have.
fn validators(state: &Shared, head: &Parts, target: &str, reply: &Reply) -> Validators {
    let options = &state.options;
    if !reply.may_be_validated() || !(options.etags || options.last_modified) {
        return Validators::default();
    }
    let tag = etag(reply.body());
    let modified = options.last_modified.then(|| {
        let header = |name| text(head, name);
        let request = (
            target,
            header(&header::ACCEPT),
            header(&header::AUTHORIZATION),
        );
        state.live.modified().date(&request, &tag, reply.modified)
    });
    Validators {
        etag: options.etags.then_some(tag),
        modified,
    }
}

/// The answer of the CDN, of AEM behind it, or of a fault.
async fn answer(
    state: &Arc<Shared>,
    head: &Parts,
    target: &str,
    body: Bytes,
    strike: Option<&Strike>,
) -> Reply {
    if let Some(strike) = strike {
        let delay = strike.delay();
        if !delay.is_zero() {
            sleep(delay).await;
        }
        if let Some(reply) = strike.instead(target) {
            return reply;
        }
    }
    let reply = through_cache(state, head, target, body).await;
    match strike {
        Some(strike) => strike.rework(reply),
        None => reply,
    }
}

async fn through_cache(state: &Arc<Shared>, head: &Parts, target: &str, body: Bytes) -> Reply {
    let read = matches!(head.method, Method::GET | Method::HEAD);
    // What is asked with credentials is nobody else's.
    let personal = [header::AUTHORIZATION, X_API_KEY]
        .iter()
        .any(|name| head.headers.contains_key(name));
    let edge = state.edge.as_ref().filter(|_| read && !personal);
    let key = format!("{target}\n{}", text(head, &header::ACCEPT));
    if let Some(found) = edge.and_then(|edge| edge.find(&key)) {
        return found;
    }
    let reply = origin(state, head, body).await;
    match edge {
        Some(edge) => edge.keep(key, reply),
        None => reply,
    }
}

/// Asks AEM.
async fn origin(state: &Arc<Shared>, head: &Parts, body: Bytes) -> Reply {
    if !state.options.latency.is_zero() {
        sleep(state.options.latency).await;
    }
    let answering = Arc::clone(state);
    let method = head.method.clone();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let accept = text(head, &header::ACCEPT).to_owned();
    let given = |name| {
        let value = head.headers.get(name);
        value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let authorization = given(header::AUTHORIZATION);
    let api_key = given(X_API_KEY);
    // Queries are computed, files are read: neither belongs on a thread that serves sockets.
    let answered = tokio::task::spawn_blocking(move || {
        let request = Asked {
            method: &method,
            path: &path,
            query: &query,
            accept: &accept,
            api_key: api_key.as_deref(),
            body: &body,
        };
        answering.answer(&request, authorization.as_deref())
    });
    answered
        .await
        .unwrap_or_else(|_| Reply::html(StatusCode::INTERNAL_SERVER_ERROR))
}

fn text<'a>(head: &'a Parts, name: &HeaderName) -> &'a str {
    let value = head.headers.get(name);
    value.and_then(|v| v.to_str().ok()).unwrap_or_default()
}
