//! `persist.json`: creating, updating and deleting stored queries on Author.
//!
//! Source: aem-protocol.md, section 2.9.

use super::persisted_query::PersistedQuery;
use super::reply::Reply;
use crate::execute::{Engine, GraphError, Lifetimes, QueryChanges, StoredQuery};
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

/// `/graphql/persist.json…`: `raw` is what follows in the path.
pub(super) fn persist(
    engine: &Engine,
    changes: &QueryChanges,
    method: &Method,
    raw: &str,
    body: &[u8],
) -> Reply {
    let Ok(call) = PersistedQuery::parse(raw) else {
        return Reply::html(StatusCode::BAD_REQUEST);
    };
    let (configuration, name) = (call.configuration.as_str(), call.name.as_str());
    if configuration.is_empty() || name.is_empty() {
        return Reply::html(StatusCode::BAD_REQUEST);
    }
    let Some(endpoint) = engine.endpoint(configuration) else {
        return super::graphql::no_endpoint();
    };
    let exists = engine.query(configuration, name).is_some();
    let action = match (method.as_str(), exists) {
        ("PUT", false) => "create",
        ("PUT", true) => {
            let details =
                format!("Persisted Query: '{name}' already exists and create is not permitted");
            return failed(StatusCode::CONFLICT, &details);
        }
        ("POST", true) => "update",
        ("DELETE", true) => "delete",
        // What a missing query gives here is not documented; this is what executing it gives.
        ("POST" | "DELETE", false) => {
            let message = "Could not find Persisted Query";
            return Reply::service_error(StatusCode::NOT_FOUND, "PersistenceError", message, None);
        }
        _ => {
            return Reply::html(StatusCode::METHOD_NOT_ALLOWED)
                .header(header::ALLOW, "PUT, POST, DELETE");
        }
    };
    let query = if action == "delete" {
        None
    } else {
        let query = match read(body) {
            Ok(query) => query,
            Err(reason) => return failed(StatusCode::BAD_REQUEST, &reason),
        };
        if let Err(errors) = Engine::compile(endpoint, &query.text) {
            return invalid(&errors);
        }
        Some(query)
    };
    changes.set((configuration.to_owned(), name.to_owned()), query);
    let status = if action == "create" {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let body = json!({
        "action": action,
        "configurationName": configuration,
        "name": name,
        "shortPath": format!("/{configuration}/{name}"),
        "path": format!("/conf/{configuration}/settings/graphql/persistentQueries/{name}"),
    });
    Reply::json(status, &body)
}

fn failed(status: StatusCode, details: &str) -> Reply {
    Reply::service_error(
        status,
        "PersistenceError",
        "Failed to save Query",
        Some(details),
    )
}

fn invalid(errors: &[GraphError]) -> Reply {
    let details: Vec<String> = errors.iter().map(GraphError::details).collect();
    let details = format!("[{}]", details.join(", "));
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    Reply::service_error(
        status,
        "ValidationError",
        "Query Validation failed",
        Some(&details),
    )
}

/// The body: the text of a query as it is, or wrapped in JSON with cache lifetimes.
fn read(body: &[u8]) -> Result<StoredQuery, String> {
    let text = std::str::from_utf8(body).map_err(|_| "The body is not UTF-8".to_owned())?;
    // A query in braces is no JSON, so what is a JSON object is a wrapped query.
    let Ok(mut wrapped) = serde_json::from_str::<Map<String, Value>>(text) else {
        if text.trim().is_empty() {
            return Err("The body has no query".to_owned());
        }
        return Ok(text.into());
    };
    let Some(Value::String(text)) = wrapped.remove("query") else {
        return Err("The body has no member `query`".to_owned());
    };
    let seconds = |group: &str, name: &str| wrapped.get(group)?.get(name)?.as_u64();
    Ok(StoredQuery {
        text: text.into(),
        lifetimes: Lifetimes {
            max_age: seconds("cache-control", "max-age"),
            shared_max_age: seconds("surrogate-control", "max-age"),
            stale_while_revalidate: seconds("surrogate-control", "stale-while-revalidate"),
            stale_if_error: seconds("surrogate-control", "stale-if-error"),
        },
    })
}
