//! What AEM answers: the GraphQL envelope and the three result shapes inside it.
//!
//! [`Envelope::decode`] splits an answer without building values: items stay slices of the body until
//! somebody needs them. [`Envelope::root`] picks the part the definition is about and tells which
//! [`Shape`] it has.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

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

/// Why a body is not an answer.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON, or cut short.
    #[error("the body is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A JSON object with neither data nor errors.
    #[error("the body is JSON but has neither `data` nor `errors`")]
    NotGraphql,
}

/// `{ data, errors }` around any answer.
#[derive(Clone, Debug)]
pub struct Envelope {
    body: Bytes,
    /// Errors, also when data is present: every official client takes them for a failure.
    pub errors: Vec<GraphqlError>,
    /// The roots under `data` by name, in order; `None` when data is null or absent.
    roots: Option<Vec<(String, Bytes)>>,
}

/// One root of an answer: one key under `data`.
#[derive(Clone, Debug)]
pub struct Root {
    /// Its name, such as `recipeList`.
    pub name: String,
    /// What is in it; `None` when it is null.
    pub decoded: Option<Decoded>,
}

/// The content of a root.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Which of AEM's result shapes it has.
    pub shape: Shape,
    /// Each item's JSON; a null item is left out and counted.
    pub items: Vec<Bytes>,
    /// How many items were null.
    pub nulls: usize,
    /// `_references` beside the items (section 4.7).
    pub references: Vec<Bytes>,
}

/// The three result shapes AEM generates (section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `…ByPath { item }`; also `…ById`.
    ByPath,
    /// `…List { items }`.
    List,
    /// `…Paginated { edges { cursor node } pageInfo }`.
    Paginated(Page),
}

/// `pageInfo` of a cursor page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Where the next page starts.
    pub end_cursor: Option<String>,
    /// Whether there is one; `None` when the query does not select it.
    pub has_next: Option<bool>,
}

impl Envelope {
    /// Splits a body.
    ///
    /// # Errors
    /// When it is not JSON or not a GraphQL answer.
    pub fn decode(body: Bytes) -> Result<Self, EnvelopeError> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(default)]
            errors: Value,
            /// The outer option tells an absent member from a null one.
            #[serde(default, borrow, deserialize_with = "present_entries")]
            data: Option<Option<Entries<'a>>>,
        }
        if !is_object(&body) {
            return Err(EnvelopeError::NotGraphql);
        }
        let wire: Wire<'_> = serde_json::from_slice(&body)?;
        let errors = GraphqlError::list(&wire.errors);
        if wire.data.is_none() && errors.is_empty() {
            return Err(EnvelopeError::NotGraphql);
        }
        let slice = |raw: &RawValue| body.slice_ref(raw.get().as_bytes());
        let roots = wire.data.flatten().map(|entries| {
            entries
                .0
                .into_iter()
                .map(|(name, raw)| (name, slice(raw)))
                .collect()
        });
        Ok(Self {
            errors,
            roots,
            body: body.clone(),
        })
    }

    /// The names of the roots, in order.
    pub fn root_names(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().flatten().map(|(name, _)| name.as_str())
    }

    /// The first root that is null: AEM could not read it, and often does not say why.
    #[must_use]
    pub fn null_root(&self) -> Option<&str> {
        let mut roots = self.roots.iter().flatten();
        roots
            .find(|(_, raw)| raw.as_ref() == b"null")
            .map(|(name, _)| name.as_str())
    }

    /// The whole answer, after decompression.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether it says something: there is data, and none of its roots is null.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.errors.is_empty() && self.roots.is_some() && self.null_root().is_none()
    }

    /// The root of that name, or the first; `None` when there is none. AEM adds suffixes to root names
    /// when models clash (section 4.2), so a name is never derived from a model.
    ///
    /// # Errors
    /// When the root is not an object.
    pub fn root(&self, name: Option<&str>) -> Result<Option<Root>, serde_json::Error> {
        // `__typename` may stand beside the roots.
        let mut roots = self
            .roots
            .iter()
            .flatten()
            .filter(|(name, _)| !name.starts_with("__"));
        let found = match name {
            Some(name) => roots.find(|(root, _)| root == name),
            None => roots.next(),
        };
        let Some((name, raw)) = found else {
            return Ok(None);
        };
        let decoded = if raw.as_ref() == b"null" {
            None
        } else if is_object(raw) {
            serde_json::from_slice::<WireRoot<'_>>(raw)?.decode(raw)?
        } else {
            return Err(not_an_object());
        };
        Ok(Some(Root {
            name: name.clone(),
            decoded,
        }))
    }
}

#[derive(Deserialize)]
struct WireRoot<'a> {
    #[serde(default, borrow, deserialize_with = "present")]
    item: Option<&'a RawValue>,
    #[serde(default, borrow)]
    items: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    edges: Option<Vec<&'a RawValue>>,
    #[serde(default, rename = "pageInfo")]
    page_info: Option<WirePage>,
    #[serde(default, borrow, rename = "_references")]
    references: Option<Vec<&'a RawValue>>,
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
    /// `None` when the shape's own member is null: as good as a null root.
    fn decode(self, body: &Bytes) -> Result<Option<Decoded>, serde_json::Error> {
        let (shape, members): (Shape, Vec<Option<&RawValue>>) = if let Some(edges) = self.edges {
            let page = self.page_info.map_or_else(Page::default, |p| Page {
                end_cursor: p.end_cursor,
                has_next: p.has_next,
            });
            let nodes = edges.into_iter().map(node).collect::<Result<_, _>>()?;
            (Shape::Paginated(page), nodes)
        } else if let Some(items) = self.items {
            (Shape::List, items.into_iter().map(Some).collect())
        } else {
            let Some(item) = self.item else {
                return Ok(None);
            };
            (Shape::ByPath, vec![Some(item)])
        };
        let total = members.len();
        let slice = |raw: &RawValue| body.slice_ref(raw.get().as_bytes());
        let real = |raw: &&RawValue| raw.get() != "null";
        let items: Vec<Bytes> = members
            .into_iter()
            .flatten()
            .filter(real)
            .map(slice)
            .collect();
        if shape == Shape::ByPath && items.is_empty() {
            return Ok(None);
        }
        if !items.iter().all(|item| is_object(item)) {
            return Err(not_an_object());
        }
        let references = self.references.unwrap_or_default();
        let references = references.into_iter().filter(real).map(slice).collect();
        Ok(Some(Decoded {
            shape,
            nulls: total - items.len(),
            items,
            references,
        }))
    }
}

/// The node of an edge; `None` when either is null.
fn node(edge: &RawValue) -> Result<Option<&RawValue>, serde_json::Error> {
    match edge.get() {
        "null" => Ok(None),
        text if is_object(text.as_bytes()) => {
            serde_json::from_str::<WireEdge<'_>>(text).map(|edge| edge.node)
        }
        _ => Err(not_an_object()),
    }
}

/// Whether a JSON text is an object: a list would be read into a struct by position.
fn is_object(json: &[u8]) -> bool {
    json.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{')
}

fn not_an_object() -> serde_json::Error {
    serde::de::Error::custom("a list or a plain value where an object is due")
}

/// Keeps a present null apart from an absent member.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

fn present_entries<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<Option<Entries<'de>>>, D::Error> {
    Option::<Entries<'de>>::deserialize(d).map(Some)
}

/// A JSON object's members in order, values unparsed.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Entries<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object under `data`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Entries(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &'static str) -> Envelope {
        Envelope::decode(Bytes::from_static(body.as_bytes())).unwrap()
    }

    fn root(body: &'static str) -> Decoded {
        decode(body).root(None).unwrap().unwrap().decoded.unwrap()
    }

    #[test]
    fn tells_the_three_shapes_apart() {
        let list = root(
            r#"{"data":{"recipeList_2":{"items":[{"a":1},null,{"a":2}],"_references":[{"x":1}]}}}"#,
        );
        assert_eq!(
            (
                list.shape,
                list.items.len(),
                list.nulls,
                list.references.len()
            ),
            (Shape::List, 2, 1, 1)
        );
        assert_eq!(list.items[1], Bytes::from_static(br#"{"a":2}"#));
        let by_path = root(r#"{"data":{"recipeByPath":{"item":{"a":1}}}}"#);
        assert_eq!((by_path.shape, by_path.items.len()), (Shape::ByPath, 1));
        let page = root(
            r#"{"data":{"__typename":"QueryType","p":{"edges":[{"cursor":"x","node":{}}],"pageInfo":{"endCursor":"x","hasNextPage":true}}}}"#,
        );
        let info = Page {
            end_cursor: Some("x".into()),
            has_next: Some(true),
        };
        assert_eq!((page.shape, page.items.len()), (Shape::Paginated(info), 1));
    }

    #[test]
    fn null_roots_and_null_data_are_seen() {
        for body in [
            r#"{"data":{"recipeList":null}}"#,
            r#"{"data":{"recipeByPath":{"item":null}}}"#,
            r#"{"data":{"recipeList":{"items":null}}}"#,
        ] {
            assert!(
                decode(body).root(None).unwrap().unwrap().decoded.is_none(),
                "{body}"
            );
        }
        assert!(decode(r#"{"data":null}"#).root(None).unwrap().is_none());
        assert!(decode(r#"{"data":{}}"#).root(None).unwrap().is_none());
    }

    #[test]
    fn errors_of_all_families_are_read() {
        let graphql = decode(
            r#"{"errors":[{"message":"m","locations":[{"line":1,"column":2}],"path":["a",0],"extensions":{}}],"data":null}"#,
        );
        assert_eq!(
            (
                graphql.errors[0].message.as_str(),
                graphql.errors[0].path.as_deref()
            ),
            ("m", Some("a.0"))
        );
        let layer = decode(
            r#"{"errors":[{"errorType":"PersistenceError","message":"Could not find Persisted Query"}]}"#,
        );
        assert_eq!(
            layer.errors[0].error_type.as_deref(),
            Some("PersistenceError")
        );
    }

    #[test]
    fn an_error_in_any_form_is_an_error() {
        for (body, message) in [
            (
                r#"{"errors":[{"message":null}]}"#,
                "AEM does not say what is wrong",
            ),
            (r#"{"errors":["boom"]}"#, "boom"),
            (r#"{"errors":{"message":"m","details":{"a":1}}}"#, "m"),
            (
                r#"{"errors":[{"message":{"a":1}}],"data":{}}"#,
                r#"{"a":1}"#,
            ),
        ] {
            assert_eq!(decode(body).errors[0].message, message, "{body}");
        }
    }

    #[test]
    fn lists_are_not_taken_for_objects() {
        for body in [
            r#"{"data":{"a":[{"slug":"z"}]}}"#,
            r#"{"data":{"a":[[],{"a":{}}]}}"#,
            r#"{"data":{"a":{"edges":[[{"x":1}]]}}}"#,
            r#"{"data":{"a":{"items":[["x"]]}}}"#,
            r#"{"data":{"a":"x"}}"#,
        ] {
            assert!(decode(body).root(None).is_err(), "{body}");
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for body in [
            "",
            "<html>",
            "{\"data\":{\"a\":{\"items\":[{",
            "[]",
            "{}",
            "{\"message\":\"data\"}",
            "{\"x\":\"\\\"data\\\"\"}",
        ] {
            assert!(
                Envelope::decode(Bytes::from_static(body.as_bytes())).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn the_root_asked_for_is_found_by_name() {
        let envelope = decode(r#"{"data":{"a":{"items":[]},"b":{"items":[{}]}}}"#);
        assert_eq!(envelope.root_names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            envelope
                .root(Some("b"))
                .unwrap()
                .unwrap()
                .decoded
                .unwrap()
                .items
                .len(),
            1
        );
        assert!(envelope.root(Some("c")).unwrap().is_none());
    }
}
