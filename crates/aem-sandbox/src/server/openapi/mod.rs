//! Content Fragment Delivery with OpenAPI: fragments as REST resources, their references beside them.
//!
//! [`fragment`] makes the fragment object, [`references`] what it refers to. Source: aem-protocol.md, section 10.2;
//! what is not documented there is said where it is decided.

mod fragment;
mod references;

use super::persisted_query::decode;
use super::reply::Reply;
use crate::execute::Engine;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use references::References;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// Where the API is.
pub(super) const PREFIX: &str = "/adobe/contentFragments";
const CACHE: &str =
    "public, max-age=300, s-maxage=3600, stale-while-revalidate=3600, stale-if-error=86400";
/// Default and maximum of `limit`.
const LIMIT: usize = 50;

/// Answers a request; `rest` is what follows the prefix in the raw path.
pub(super) fn answer(engine: &Engine, rest: &str, query: &str, accept: &str) -> Reply {
    if !takes_json(accept) {
        return problem(
            StatusCode::NOT_ACCEPTABLE,
            "only application/json is served",
        );
    }
    let found = parameters(query).and_then(|parameters| match rest {
        "" | "/" => list(engine, &parameters),
        "/byPath" => {
            let path = parameters
                .get("path")
                .ok_or_else(|| bad("`path` is missing"))?;
            single(
                engine,
                engine.repository.fragment_at(path),
                path,
                &parameters,
            )
        }
        _ => {
            let id =
                decode(&rest[1..]).ok_or_else(|| bad("the id is not percent-encoded UTF-8"))?;
            single(
                engine,
                engine.repository.fragment_with_id(&id),
                &id,
                &parameters,
            )
        }
    });
    found.unwrap_or_else(|refusal| *refusal)
}

type Found = Result<Reply, Box<Reply>>;
type Parameters = HashMap<String, String>;

/// One fragment with its references.
fn single(engine: &Engine, found: Option<usize>, asked: &str, parameters: &Parameters) -> Found {
    let references = References::read(parameters).map_err(|reason| bad(&reason))?;
    let Some(number) = found else {
        let detail = format!("there is no fragment {asked}");
        return Err(Box::new(problem(StatusCode::NOT_FOUND, &detail)));
    };
    // The name of this parameter is not documented; an unknown variation is `master`, as in GraphQL.
    let variation = parameters.get("variation").map(String::as_str);
    let mut body = fragment::object(engine, number, variation);
    references.add_to(&mut body, engine, number, variation);
    Ok(delivered(engine, &[number], &body.into()))
}

/// The fragments below a folder, by path.
fn list(engine: &Engine, parameters: &Parameters) -> Found {
    let path = parameters
        .get("path")
        .ok_or_else(|| bad("`path` is missing"))?;
    if !path.starts_with("/content/dam/") || path.ends_with('/') {
        return Err(bad(
            "`path` starts with /content/dam/ and has no slash at its end",
        ));
    }
    let limit = match parameters.get("limit").map(|limit| limit.parse()) {
        None => LIMIT,
        Some(Ok(limit @ 1..=LIMIT)) => limit,
        Some(_) => return Err(bad("`limit` is a number from 1 to 50")),
    };
    let references = References::read(parameters).map_err(|reason| bad(&reason))?;
    let variation = parameters.get("variation").map(String::as_str);
    let after = parameters.get("cursor").map(|cursor| {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let path = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        path.ok_or_else(|| bad("`cursor` is not one of this list"))
    });
    let after = after.transpose()?;
    let fragments = &engine.repository.fragments;
    // Fragments are sorted by path, and so is everything below a folder.
    let folder = format!("{path}/");
    let start = match &after {
        Some(after) => fragments.partition_point(|fragment| fragment.path <= *after),
        None => fragments.partition_point(|fragment| fragment.path < *path),
    };
    let below = |fragment: &&crate::repository::Fragment| {
        fragment.path == *path || fragment.path.starts_with(&folder)
    };
    let mut numbers = (start..fragments.len())
        // A sibling like `/en-old` lies between a folder and what is below it.
        .take_while(|at| fragments[*at].path.starts_with(path.as_str()))
        .filter(|at| below(&&fragments[*at]));
    let page: Vec<usize> = numbers.by_ref().take(limit).collect();
    let items: Vec<Value> = page
        .iter()
        .map(|number| {
            let mut item = fragment::object(engine, *number, variation);
            references.add_to(&mut item, engine, *number, variation);
            item.into()
        })
        .collect();
    let mut body = json!({ "items": items });
    // The last page has no cursor.
    if let (Some(_), Some(last)) = (numbers.next(), page.last()) {
        body["cursor"] = URL_SAFE_NO_PAD.encode(&fragments[*last].path).into();
    }
    Ok(delivered(engine, &page, &body))
}

fn delivered(engine: &Engine, numbers: &[usize], body: &Value) -> Reply {
    let mut reply = Reply::json(StatusCode::OK, body).cached(CACHE);
    reply.modified = numbers
        .iter()
        .filter_map(|number| engine.repository.fragments[*number].modified())
        .max()
        .and_then(|milliseconds| u64::try_from(milliseconds).ok())
        .and_then(|milliseconds| {
            SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
        });
    reply
}

fn bad(detail: &str) -> Box<Reply> {
    Box::new(problem(StatusCode::BAD_REQUEST, detail))
}

/// An error in the form of RFC 7807.
fn problem(status: StatusCode, detail: &str) -> Reply {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    });
    let mut reply = Reply::json(status, &body);
    reply.set_content_type("application/problem+json");
    reply
}

fn parameters(query: &str) -> Result<Parameters, Box<Reply>> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| decode(&text.replace('+', "%20"));
            decode(name)
                .zip(decode(value))
                .ok_or_else(|| bad("the query string is not percent-encoded UTF-8"))
        })
        .collect()
}

fn takes_json(accept: &str) -> bool {
    accept.is_empty()
        || accept.split(',').any(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            matches!(kind, "*/*" | "application/*" | "application/json")
        })
}
