//! The GraphQL envelope `{ data, errors }` and the three result shapes inside it.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Outline;
use super::entries::{Entries, Object};
use super::shape::{Decoded, Page, Shape, is_null, is_object, not_an_object, slice};

/// One error of a GraphQL answer, of the three families AEM has (section 9.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphqlError {
    /// What AEM says.
    pub message: String,
    /// Where in the answer, as `recipeList.items`.
    pub path: Option<String>,
    /// The layer's own name for it, when the error is not from the query itself.
    pub error_type: Option<String>,
    /// More of the message.
    pub details: Option<String>,
}

impl GraphqlError {
    /// Reads whatever stands under `errors`. Only `message` may be relied on, and not even that is sure:
    /// an error in a form nobody expected is still an error.
    fn list(value: &Value) -> Vec<Self> {
        match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().map(Self::read).collect(),
            other => vec![Self::read(other)],
        }
    }

    fn read(value: &Value) -> Self {
        let text = |key: &str| match value.get(key)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let segment = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        let path = value.get("path").and_then(Value::as_array);
        let message = text("message").or_else(|| value.as_str().map(str::to_owned));
        Self {
            message: message.unwrap_or_else(|| "AEM does not say what is wrong".to_owned()),
            path: path.map(|path| path.iter().map(segment).collect::<Vec<_>>().join(".")),
            error_type: text("errorType"),
            details: text("details"),
        }
    }
}

/// `{ data, errors }`, split.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) errors: Vec<GraphqlError>,
    /// The roots under `data`, in order; `None` when data is null or absent.
    pub(super) roots: Option<Vec<Member>>,
}

/// One key under `data`.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) is_null: bool,
    /// What is in it; `None` when it is null, or its shape's own member is. Or what is wrong with it.
    pub(super) decoded: Result<Option<Decoded>, String>,
}

impl Member {
    /// `__typename` may stand beside the roots.
    pub(super) fn is_root(&self) -> bool {
        !self.name.starts_with("__")
    }
}

/// An answer whose roots are read as an `R`.
#[derive(Deserialize)]
#[serde(bound = "R: Deserialize<'de>")]
struct Wire<R> {
    #[serde(default)]
    errors: Value,
    /// The outer option tells an absent member from a null one.
    #[serde(default = "none", deserialize_with = "present")]
    data: Option<Option<Entries<R>>>,
}

fn none<T>() -> Option<T> {
    None
}

impl<R> Wire<R> {
    /// `None` when there is neither data nor errors.
    fn split(
        self,
        // `None` for a null.
        decode: impl Fn(R) -> Option<Result<Option<Decoded>, serde_json::Error>>,
    ) -> Option<Answer> {
        let errors = GraphqlError::list(&self.errors);
        if self.data.is_none() && errors.is_empty() {
            return None;
        }
        let member = |(name, root)| {
            let decoded = decode(root);
            Member {
                name,
                is_null: decoded.is_none(),
                decoded: decoded
                    .unwrap_or(Ok(None))
                    .map_err(|error| error.to_string()),
            }
        };
        let roots = self.data.flatten();
        let roots = roots.map(|Entries(roots)| roots.into_iter().map(member).collect());
        Some(Answer { errors, roots })
    }
}

/// Splits a body; `None` when it has neither data nor errors.
///
/// # Errors
/// When it is not JSON.
pub(super) fn split(body: &Bytes) -> Result<Option<Answer>, serde_json::Error> {
    if !is_object(body) {
        return Ok(None);
    }
    // Most answers are as they should be, and are gone through once.
    if let Ok(wire) = serde_json::from_slice::<Wire<Object<WireRoot<'_>>>>(body) {
        return Ok(wire.split(|root| match root {
            Object::Null => None,
            Object::Members(root) => Some(root.decode(body)),
            Object::Other => Some(Err(not_an_object())),
        }));
    }
    let wire: Wire<&RawValue> = serde_json::from_slice(body)?;
    Ok(wire.split(|raw| (!is_null(raw)).then(|| root(&slice(body, raw)))))
}

/// Splits a body in which some items are where they were before; `None` when that is of no help.
pub(super) fn split_after(body: &Bytes, before: &Outline) -> Option<Answer> {
    let shortened = before.shorten(body)?;
    let mut answer = split(&shortened.text).ok()??;
    let roots = answer.roots.iter_mut().flatten();
    let decoded = roots.filter_map(|root| root.decoded.as_mut().ok()?.as_mut());
    shortened.restore(decoded).then_some(answer)
}

/// The content of a root; `None` when the shape's own member is null.
///
/// # Errors
/// When it is not an object of one of AEM's shapes.
fn root(json: &Bytes) -> Result<Option<Decoded>, serde_json::Error> {
    if !is_object(json) {
        return Err(not_an_object());
    }
    serde_json::from_slice::<WireRoot<'_>>(json)?.decode(json)
}

#[derive(Deserialize)]
struct WireRoot<'a> {
    #[serde(default, borrow)]
    item: Option<&'a RawValue>,
    #[serde(default, borrow)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    edges: Option<Vec<Object<WireEdge<'a>>>>,
    #[serde(default, rename = "pageInfo")]
    page_info: Option<WirePage>,
    #[serde(default, borrow, rename = "_references")]
    references: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireEdge<'a> {
    #[serde(default, borrow)]
    node: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WirePage {
    #[serde(default, rename = "endCursor")]
    end_cursor: Option<String>,
    #[serde(default, rename = "hasNextPage")]
    has_next: Option<bool>,
}

impl WireRoot<'_> {
    fn decode(self, body: &Bytes) -> Result<Option<Decoded>, serde_json::Error> {
        let mut decoded = if let Some(edges) = self.edges {
            let page = self.page_info.map_or_else(Page::default, |p| Page {
                end_cursor: p.end_cursor,
                has_next: p.has_next,
            });
            let nodes: Vec<_> = edges.into_iter().map(node).collect::<Result<_, _>>()?;
            Decoded::of(body, Shape::Paginated(page), nodes)?
        } else if let Some(items) = self.items {
            Decoded::of(body, Shape::List, items.into_iter().map(Some))?
        } else {
            let Some(item) = self.item.filter(|item| !is_null(item)) else {
                return Ok(None);
            };
            Decoded::of(body, Shape::One, [Some(item)])?
        };
        if let Some(list) = self.references.filter(|raw| !is_null(raw)) {
            serde_json::from_str::<Vec<&RawValue>>(list.get())?;
            decoded.references = Some(slice(body, list));
        }
        Ok(Some(decoded))
    }
}

/// The node of an edge; `None` when either is null.
fn node(edge: Object<WireEdge<'_>>) -> Result<Option<&RawValue>, serde_json::Error> {
    match edge {
        Object::Null => Ok(None),
        Object::Members(edge) => Ok(edge.node),
        Object::Other => Err(not_an_object()),
    }
}

/// Keeps a present null apart from an absent member.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}
