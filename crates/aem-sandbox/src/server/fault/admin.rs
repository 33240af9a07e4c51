//! `/__sandbox/faults`: faults set while the sandbox runs, for tests in other languages. Only for this machine.

use super::file::faults;
use super::plan::Faults;
use crate::server::reply::Reply;
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Where it is.
pub(in crate::server) const PATH: &str = "/__sandbox/faults";

/// `GET` reports, `PUT` replaces, `POST` adds, `DELETE` takes all away. The body is as in a file.
pub(in crate::server) fn administer(
    plan: &Faults,
    peer: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
    body: &[u8],
) -> Reply {
    // A browser names the page that sends a request: pages of the internet have no business here.
    if !peer.ip().to_canonical().is_loopback() || headers.contains_key(header::ORIGIN) {
        return Reply::html(StatusCode::NOT_FOUND);
    }
    match *method {
        Method::GET | Method::HEAD => {}
        Method::DELETE => plan.set(Vec::new()),
        Method::PUT | Method::POST => {
            let text = String::from_utf8_lossy(body);
            let value = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.as_ref()));
            match faults(&value) {
                Ok(faults) if *method == Method::PUT => plan.set(faults),
                Ok(faults) => plan.add(faults),
                Err(error) => {
                    let body = json!({ "error": error.to_string() });
                    return Reply::json(StatusCode::BAD_REQUEST, &body);
                }
            }
        }
        _ => {
            return Reply::html(StatusCode::METHOD_NOT_ALLOWED)
                .header(header::ALLOW, "GET, PUT, POST, DELETE");
        }
    }
    Reply::json(StatusCode::OK, &plan.report())
}
