//! `.model.json`: a page as the Sling Model Exporter would give it, from what the package stores.
//!
//! Components are not executed: stored properties stand for what their models would export. Source: aem-protocol.md,
//! section 10.5.

use super::persisted_query::decode;
use super::reply::Reply;
use crate::execute::Engine;
use crate::repository::{Node, Property, Scalar};
use axum::http::StatusCode;
use serde_json::{Map, Value};

const CACHE: &str = "max-age=300, stale-while-revalidate=3600";

/// The page at a raw path, without its extension.
pub(super) fn answer(engine: &Engine, raw_path: &str) -> Reply {
    let Some(path) = decode(raw_path) else {
        return Reply::html(StatusCode::BAD_REQUEST);
    };
    let Some(content) = engine.repository.pages.get(&path) else {
        return Reply::html(StatusCode::NOT_FOUND);
    };
    let mut page = page(&path, content);
    let folder = format!("{path}/");
    let below = engine.repository.pages.range(folder.clone()..);
    let children = below
        .take_while(|(path, _)| path.starts_with(&folder))
        .filter(|(path, _)| !path[folder.len()..].contains('/'))
        .map(|(path, content)| (path.clone(), self::page(path, content).into()));
    page.insert(
        ":children".to_owned(),
        children.collect::<Map<_, _>>().into(),
    );
    Reply::json(StatusCode::OK, &page.into()).cached(CACHE)
}

fn page(path: &str, content: &Node) -> Map<String, Value> {
    let mut page = component(content);
    page.insert(":path".to_owned(), path.into());
    page.insert(":hierarchyType".to_owned(), "page".into());
    page
}

/// A node with its properties, and its children in order.
fn component(node: &Node) -> Map<String, Value> {
    let mut out = Map::new();
    if let Some(kind) = node.text("sling:resourceType") {
        out.insert(":type".to_owned(), kind.into());
    }
    if let Some(title) = node.text("jcr:title") {
        out.insert("title".to_owned(), title.into());
    }
    for (name, value) in node
        .properties
        .iter()
        .filter(|(name, _)| !name.contains(':'))
    {
        out.insert(name.clone(), property(value));
    }
    if out.remove("textIsRich").is_some() {
        out.insert("richText".to_owned(), true.into());
    }
    let items: Vec<&Node> = node
        .children
        .iter()
        .filter(|child| !child.name.contains(':'))
        .collect();
    if !items.is_empty() {
        let order: Vec<Value> = items
            .iter()
            .map(|child| child.name.as_str().into())
            .collect();
        let items: Map<_, _> = items
            .into_iter()
            .map(|child| (child.name.clone(), component(child).into()))
            .collect();
        out.insert(":itemsOrder".to_owned(), order.into());
        out.insert(":items".to_owned(), items.into());
    }
    out
}

fn property(property: &Property) -> Value {
    match property {
        Property::Single(value) => scalar(value),
        Property::Multi(values) => values.iter().map(scalar).collect(),
    }
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Boolean(value) => (*value).into(),
        Scalar::Integer(value) => (*value).into(),
        Scalar::Number(value) => (*value).into(),
        Scalar::Date(date) => date.date_time().into(),
        Scalar::Binary(_) => Value::Null,
    }
}
