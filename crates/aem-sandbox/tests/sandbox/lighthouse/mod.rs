//! An invented package with every data type, awkward names and broken files.

mod answers;
mod schema;
mod selection;
mod values;

use crate::http::post;
use aem_sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

pub(crate) const ENDPOINT: &str = "/content/_cq_graphql/lighthouse/endpoint.json";

pub(crate) async fn start(options: Options) -> Sandbox {
    let dir = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/packages/lighthouse"
    ));
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start(dir, options, address).await.unwrap()
}

pub(crate) fn open() -> Options {
    Options {
        adhoc_on_publish: true,
        ..Options::default()
    }
}

pub(crate) fn ask(sandbox: &Sandbox, query: &str) -> Value {
    let answer = post(sandbox.address(), ENDPOINT, &json!({ "query": query }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The `data` of an answer without errors.
pub(crate) fn data(sandbox: &Sandbox, query: &str) -> Value {
    let answer = ask(sandbox, query);
    assert_eq!(answer.get("errors"), None, "{query}");
    answer["data"].clone()
}

pub(crate) fn messages(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["message"].as_str().unwrap().to_owned())
        .collect()
}
