//! The path of a persisted query, see [`crate::fuzzing`].

use super::graphql;
use super::options::Options;
use super::persisted_query::PersistedQuery;
use crate::execute::Engine;
use axum::http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use std::fmt::Write as _;

/// Reads what follows `execute.json`, twice, and runs what it says.
///
/// # Panics
/// When a call is not itself after encoding, or its answer blames the server.
pub(crate) fn call(engine: &Engine, raw: &str) {
    if let Ok(call) = PersistedQuery::parse(raw) {
        let again = PersistedQuery::parse(&encoded(&call));
        if !(call.name.is_empty() && call.variables.is_empty()) {
            assert_eq!(again, Ok(call), "{raw:?}");
        }
    }
    let reply = graphql::execute(engine, &Options::default(), &Method::GET, raw, b"");
    let allowed = [
        StatusCode::OK,
        StatusCode::BAD_REQUEST,
        StatusCode::NOT_FOUND,
    ];
    assert!(allowed.contains(&reply.status), "{raw:?}: {}", reply.status);
}

/// The path of a call, as a careful client writes it.
fn encoded(call: &PersistedQuery) -> String {
    let quote = |text: &str| percent_encode(text.as_bytes(), NON_ALPHANUMERIC).to_string();
    let mut path = String::from("/");
    if !call.configuration.is_empty() {
        path += &quote(&call.configuration);
        path.push('/');
    }
    path += &quote(&call.name);
    for (name, value) in &call.variables {
        // Writing to a string cannot fail.
        let _ = write!(path, "%3B{}%3D{}", quote(name), quote(value));
    }
    path
}
