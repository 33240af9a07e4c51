//! The GraphQL endpoints: persisted queries, ad hoc queries, the list of queries, the schema text.
//!
//! Source: aem-protocol.md, sections 2, 3 and 9.

use super::options::{GraphqlStatus, Options, Tier};
use super::persisted_query::{PathError, PersistedQuery, decode};
use super::reply::Reply;
use crate::execute::{
    Answer, Compiled, Endpoint, Engine, GraphError, Lifetimes, Outcome, Variables,
};
use crate::repository::FieldKind;
use axum::http::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

/// Section 2.5: `max-age`, `stale-while-revalidate` and `stale-if-error` of every tier, and `s-maxage` of each.
const MAX_AGE: u64 = 60;
const STALE: u64 = 86_400;
const PUBLISH_SHARED: u64 = 7_200;
const AUTHOR_SHARED: u64 = 60;

/// `/graphql/execute.json…`: `raw` is what follows in the path.
pub(super) fn execute(
    engine: &Engine,
    options: &Options,
    method: &Method,
    raw: &str,
    body: &[u8],
) -> Reply {
    let call = match PersistedQuery::parse(raw) {
        Ok(call) => call,
        Err(PathError::NoPath) => {
            let text = "Suffix: '/' does not contain a path";
            return Reply::text(StatusCode::BAD_REQUEST, "text/plain;charset=utf-8", text);
        }
        Err(PathError::Malformed) => return Reply::html(StatusCode::BAD_REQUEST),
    };
    let Some(endpoint) = engine.endpoint(&call.configuration) else {
        return no_endpoint();
    };
    let (document, lifetimes) = match stored(engine, endpoint, &call) {
        Some((Ok(document), lifetimes)) => (document, lifetimes),
        Some((Err(errors), _)) => return invalid_stored_query(&errors),
        None => {
            let message = "Could not find Persisted Query";
            return Reply::service_error(StatusCode::NOT_FOUND, "PersistenceError", message, None);
        }
    };
    let variables = match posted_variables(method, body) {
        Ok(Some(variables)) => Variables::Json(variables),
        Ok(None) => Variables::Path(call.variables),
        Err(reply) => return *reply,
    };
    let reply = graphql_reply(
        options,
        &engine.execute(endpoint, &document, None, &variables),
    );
    if *method == Method::POST {
        return reply;
    }
    reply.cached(cache_control(options, &lifetimes))
}

/// The header as a client behind Adobe's CDN sees it, with all four values (section 2.5).
fn cache_control(options: &Options, lifetimes: &Lifetimes) -> String {
    let shared = match options.tier {
        Tier::Author => AUTHOR_SHARED,
        Tier::Publish | Tier::Preview => PUBLISH_SHARED,
    };
    format!(
        "public, max-age={}, s-maxage={}, stale-while-revalidate={}, stale-if-error={}",
        lifetimes.max_age.unwrap_or(MAX_AGE),
        lifetimes.shared_max_age.unwrap_or(shared),
        lifetimes.stale_while_revalidate.unwrap_or(STALE),
        lifetimes.stale_if_error.unwrap_or(STALE),
    )
}

/// The stored query of a call, also when a cache rewrite appended `.json` to its name.
fn stored(
    engine: &Engine,
    endpoint: &Endpoint,
    call: &PersistedQuery,
) -> Option<(Compiled, Lifetimes)> {
    engine
        .stored(endpoint, &call.configuration, &call.name)
        .or_else(|| {
            let name = call.name.strip_suffix(".json")?;
            engine.stored(endpoint, &call.configuration, name)
        })
}

pub(super) fn no_endpoint() -> Reply {
    let details = "No suitable endpoint found.";
    Reply::service_error(
        StatusCode::NOT_FOUND,
        "ServletError",
        "Internal Servlet Failure",
        Some(details),
    )
}

fn invalid_stored_query(errors: &[GraphError]) -> Reply {
    let details: Vec<String> = errors.iter().map(GraphError::details).collect();
    let message = "Persisted Query Validation Error";
    let details = details.join(", ");
    Reply::service_error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "QueryValidationError",
        message,
        Some(&details),
    )
}

/// The variables of a posted execution; `None` where the path carries them.
fn posted_variables(
    method: &Method,
    body: &[u8],
) -> Result<Option<Map<String, Value>>, Box<Reply>> {
    if *method != Method::POST || body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let mut body = object(body)?;
    match body.remove("variables") {
        Some(Value::Object(variables)) => Ok(Some(variables)),
        _ => Ok(None),
    }
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Box<Reply>> {
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("Invalid JSON in the request body: {error}");
        Box::new(Reply::json(
            StatusCode::BAD_REQUEST,
            &json!({ "errors": [{ "message": message }] }),
        ))
    })
}

/// An answer of the engine, with the status the options give it.
fn graphql_reply(options: &Options, answer: &Answer) -> Reply {
    match options.graphql_status {
        GraphqlStatus::Always200 => {
            Reply::graphql(StatusCode::OK, "application/json", &answer.body)
        }
        GraphqlStatus::OverHttp => {
            let status = match answer.outcome {
                Outcome::Data => StatusCode::OK,
                Outcome::NullData => StatusCode::INTERNAL_SERVER_ERROR,
                Outcome::Refused => StatusCode::BAD_REQUEST,
            };
            Reply::graphql(status, "application/graphql-response+json", &answer.body)
        }
    }
}

/// An ad hoc request: where it goes and what it carries.
pub(super) struct AdHocQuery<'a> {
    pub(super) configuration: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
}

/// An ad hoc query, posted or in the query string.
pub(super) fn adhoc(
    engine: &Engine,
    options: &Options,
    method: &Method,
    request: &AdHocQuery<'_>,
) -> Reply {
    let AdHocQuery {
        configuration,
        query,
        body,
    } = *request;
    let Some(endpoint) = engine.endpoint(configuration) else {
        return no_endpoint();
    };
    let mut request = if *method == Method::POST {
        match object(body) {
            Ok(request) => request,
            Err(reply) => return *reply,
        }
    } else {
        from_query_string(query)
    };
    let Some(Value::String(text)) = request.remove("query") else {
        let message = "Invalid request: no query";
        return Reply::json(
            StatusCode::BAD_REQUEST,
            &json!({ "errors": [{ "message": message }] }),
        );
    };
    let variables = match request.remove("variables") {
        Some(Value::Object(variables)) => variables,
        _ => Map::new(),
    };
    let operation = request
        .get("operationName")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty());
    let answer = match Engine::compile(endpoint, &text) {
        Ok(document) => engine.execute(endpoint, &document, operation, &Variables::Json(variables)),
        Err(errors) => Answer::refused(&errors),
    };
    graphql_reply(options, &answer)
}

fn from_query_string(query: &str) -> Map<String, Value> {
    let mut request = Map::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let Some(value) = decode(&value.replace('+', "%20")) else {
            continue;
        };
        let value = match name {
            "variables" => serde_json::from_str(&value).unwrap_or(Value::Null),
            _ => Value::String(value),
        };
        request.insert(name.to_owned(), value);
    }
    request
}

/// `list.json`: stored queries of one configuration or of all (section 2.8).
pub(super) fn list(engine: &Engine, configuration: Option<&str>) -> Reply {
    let mut configurations: Vec<(String, Vec<Value>)> = Vec::new();
    for ((own, name), query) in engine.queries() {
        if configuration.is_some_and(|wanted| wanted != own) {
            continue;
        }
        let query = json!({
            "path": {
                "shortForm": format!("/{own}/{name}"),
                "longForm": format!("/{own}/settings/graphql/persistentQueries/{name}"),
            },
            "data": { "query": &*query.text },
        });
        match configurations.last_mut() {
            Some((last, queries)) if *last == own => queries.push(query),
            _ => configurations.push((own, vec![query])),
        }
    }
    if let (Some(wanted), true) = (configuration, configurations.is_empty()) {
        configurations.push((wanted.to_owned(), Vec::new()));
    }
    let list = configurations
        .into_iter()
        .map(|(name, queries)| json!({ "configurationName": name, "queries": queries }));
    Reply::json(StatusCode::OK, &list.collect())
}

/// `endpoint.GQLschema`: the schema as text (section 3).
pub(super) fn schema_text(engine: &Engine, configuration: &str) -> Reply {
    match engine.endpoint(configuration) {
        Some(endpoint) => {
            let kind = "text/x-graphql-schema;charset=iso-8859-1";
            Reply::text(StatusCode::OK, kind, &endpoint.schema.sdl)
                .header(header::CACHE_CONTROL, "no-store")
        }
        None => no_endpoint(),
    }
}

/// `endpoint.schemaerrors`: reference fields that lost their type (section 3); Author only.
pub(super) fn schema_errors(engine: &Engine, configuration: &str) -> Reply {
    let Some(endpoint) = engine.endpoint(configuration) else {
        return no_endpoint();
    };
    let models = &engine.repository.models;
    let types = &endpoint.schema.types;
    let known = |path: &String| types.iter().any(|t| models[t.model].path == *path);
    let mut errors = Vec::new();
    for model in types.iter().map(|t| &models[t.model]) {
        for field in &model.fields {
            let FieldKind::FragmentReference(allowed) = &field.kind else {
                continue;
            };
            if !allowed.iter().any(known) {
                let missing = allowed.join(", ");
                errors.push(json!({
                    "errorType": "SCHEMA_INCOMPLETE_FIELD_REMOVED",
                    "errorLocation": format!("{}@{}", model.path, field.name),
                    "errorMessage": format!("Field removed: no referenced model is available: {missing}"),
                }));
            }
        }
    }
    Reply::json(StatusCode::OK, &errors.into())
}
