//! What AEM answers: the GraphQL envelope and the three result shapes inside it.
//!
//! [`Envelope::decode`] splits an answer without building values: items stay slices of the body until
//! somebody needs them. [`Envelope::root`] picks the part the definition is about and tells which
//! [`Shape`] it has.

use bytes::Bytes;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One error of a GraphQL answer, of the three families AEM has (section 9.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct GraphqlError {
    /// What AEM says.
    #[serde(default)]
    pub message: String,
    /// Where in the answer, as `recipeList.items`.
    #[serde(default, deserialize_with = "path_text")]
    pub path: Option<String>,
    /// The layer's own name for it, when the error is not from the query itself.
    #[serde(default, rename = "errorType")]
    pub error_type: Option<String>,
    /// More of the message.
    #[serde(default)]
    pub details: Option<String>,
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
            errors: Option<Vec<GraphqlError>>,
            /// The outer option tells an absent member from a null one.
            #[serde(default, borrow, deserialize_with = "present_entries")]
            data: Option<Option<Entries<'a>>>,
        }
        let wire: Wire<'_> = serde_json::from_slice(&body)?;
        let errors = wire.errors.unwrap_or_default();
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

    /// Size of the answer in bytes, after decompression.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// The root of that name, or the first; `None` when there is none. AEM adds suffixes to root names
    /// when models clash (section 4.2), so a name is never derived from a model.
    ///
    /// # Errors
    /// When the root is not an object.
    pub fn root(&self, name: Option<&str>) -> Result<Option<Root>, serde_json::Error> {
        let mut roots = self.roots.iter().flatten();
        let found = match name {
            Some(name) => roots.find(|(root, _)| root == name),
            None => roots.next(),
        };
        let Some((name, raw)) = found else {
            return Ok(None);
        };
        let wire: Option<WireRoot<'_>> = serde_json::from_slice(raw)?;
        let decoded = wire.and_then(|wire| wire.decode(raw));
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
    edges: Option<Vec<Option<WireEdge<'a>>>>,
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
    fn decode(self, body: &Bytes) -> Option<Decoded> {
        let (shape, members): (Shape, Vec<Option<&RawValue>>) = if let Some(edges) = self.edges {
            let page = self.page_info.map_or_else(Page::default, |p| Page {
                end_cursor: p.end_cursor,
                has_next: p.has_next,
            });
            let nodes = edges
                .into_iter()
                .map(|edge| edge.and_then(|e| e.node))
                .collect();
            (Shape::Paginated(page), nodes)
        } else if let Some(items) = self.items {
            (Shape::List, items.into_iter().map(Some).collect())
        } else {
            (Shape::ByPath, vec![Some(self.item?)])
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
            return None;
        }
        let references = self.references.unwrap_or_default();
        let references = references.into_iter().filter(real).map(slice).collect();
        Some(Decoded {
            shape,
            nulls: total - items.len(),
            items,
            references,
        })
    }
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

/// `["recipeList", "items", 0]` as `recipeList.items.0`; anything else is ignored, since only
/// `message` may be relied on (section 9.1).
fn path_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let segment = |v: &serde_json::Value| match v {
        serde_json::Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    Ok(value
        .as_array()
        .map(|path| path.iter().map(segment).collect::<Vec<_>>().join(".")))
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
            r#"{"data":{"p":{"edges":[{"cursor":"x","node":{}}],"pageInfo":{"endCursor":"x","hasNextPage":true}}}}"#,
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
