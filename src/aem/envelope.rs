//! What AEM answers, split without building values: items stay slices of the body until somebody needs
//! them.
//!
//! [`Envelope::decode`] reads the body of an answer as the [`Api`] that was asked writes it.
//! [`Envelope::root`] picks the part the definition is about and tells which [`Shape`](super::Shape) it has.

use std::sync::Arc;

use bytes::Bytes;

use super::graphql::{self, GraphqlError, Member};
use super::{Decoded, Outline, document, openapi};
use crate::packing::{Packed, Packing};

/// Which of AEM's APIs an answer is from: each has its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// `{ data, errors }` (section 2.3).
    Graphql,
    /// `{ items, cursor }` of the REST delivery of fragments (section 10.2).
    FragmentList,
    /// One fragment of the REST delivery.
    Fragment,
    /// Any JSON document, such as a page model (section 10.5).
    Json,
}

impl Api {
    /// The members of an item that its path stands at, the first that is there.
    #[must_use]
    pub fn path_members(self) -> &'static [&'static str] {
        match self {
            Self::Graphql => &["_path"],
            Self::FragmentList | Self::Fragment => &["path"],
            Self::Json => &["_path", ":path"],
        }
    }
}

/// Why a body is not an answer.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// Not JSON, or cut short.
    #[error("the body is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON of another form than the API's; what is missing.
    #[error("the body is JSON but {0}")]
    Form(&'static str),
}

/// Why an answer has no root of the name asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootError {
    /// It is not there; what is in its place.
    Absent(Vec<String>),
    /// It is something else than items; what is wrong with it.
    Form(String),
}

/// An answer, split.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Errors, also when data is present: every official client takes them for a failure.
    pub errors: Vec<GraphqlError>,
    content: Content,
    body: Bytes,
    packed: Option<Packed>,
}

#[derive(Clone, Debug)]
enum Content {
    /// The roots under `data`, in order; `None` when data is null or absent.
    Roots(Option<Vec<Member>>),
    /// What came is what is meant.
    Items(Decoded),
    /// A document of which a part may be meant.
    Document(Bytes),
}

/// One root of an answer: one key under `data`, or the part of a document that is meant.
#[derive(Clone, Debug)]
pub struct Root {
    /// Its name, such as `recipeList`; empty where the whole answer is meant.
    pub name: String,
    /// What is in it; `None` when it is null.
    pub decoded: Option<Decoded>,
}

impl Envelope {
    /// Splits a body.
    ///
    /// # Errors
    /// When it is not JSON or not an answer of that API.
    pub fn decode(api: Api, body: Bytes) -> Result<Self, EnvelopeError> {
        Self::decode_after(api, body, &Outline::default())
    }

    /// The same, with the help of what is known of the answer before it.
    ///
    /// # Errors
    /// When it is not JSON or not an answer of that API.
    pub fn decode_after(api: Api, body: Bytes, before: &Outline) -> Result<Self, EnvelopeError> {
        let mut errors = Vec::new();
        let content = match api {
            Api::Graphql => {
                let answer = match graphql::split_after(&body, before) {
                    None => graphql::split(&body)?,
                    answer => answer,
                };
                let answer =
                    answer.ok_or(EnvelopeError::Form("has neither `data` nor `errors`"))?;
                errors = answer.errors;
                Content::Roots(answer.roots)
            }
            Api::FragmentList => Content::Items(openapi::decode_list(&body)?),
            Api::Fragment => Content::Items(openapi::decode_fragment(&body)?),
            Api::Json => Content::Document(document::check(&body)?),
        };
        Ok(Self {
            errors,
            content,
            body,
            packed: None,
        })
    }

    /// The same, of which is known how it came.
    #[must_use]
    pub fn that_came(self, packed: Option<Packed>) -> Self {
        Self { packed, ..self }
    }

    /// The whole answer as it came, if that was packed.
    #[must_use]
    pub fn packed(&self) -> Option<&Packed> {
        self.packed.as_ref()
    }

    /// The answer in the form in which it is shorter, which is the one to keep: as it came, or unpacked.
    #[must_use]
    pub fn short_form(&self) -> (&Bytes, Option<Packing>) {
        let packed = self.packed.as_ref();
        match packed.filter(|packed| packed.bytes.len() < self.body.len()) {
            Some(packed) => (&packed.bytes, Some(packed.packing)),
            None => (&self.body, None),
        }
    }

    /// What tells the answer from others: BLAKE3 of its short form, in hex. Of what is packed that is a quarter of the bytes. Two
    /// answers with one hash have one content; whether one with another hash is the same content packed in another way is for
    /// whoever has both to see.
    #[must_use]
    pub fn hash(&self) -> Arc<str> {
        blake3::hash(self.short_form().0).to_hex().as_str().into()
    }

    /// The first root that is null: AEM could not read it, and often does not say why.
    #[must_use]
    pub fn null_root(&self) -> Option<&str> {
        let Content::Roots(roots) = &self.content else {
            return None;
        };
        let mut roots = roots.iter().flatten();
        roots
            .find(|root| root.is_null)
            .map(|root| root.name.as_str())
    }

    /// The whole answer, after decompression.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// What helps to read the answer that comes in its place, if there is anything.
    #[must_use]
    pub fn outline(&self) -> Option<Outline> {
        let Content::Roots(Some(roots)) = &self.content else {
            return None;
        };
        let read = roots
            .iter()
            .filter_map(|root| root.decoded.as_ref().ok()?.as_ref());
        Outline::of(&self.body, read)
    }

    /// Whether it says something: some root has items, and none of them is null.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let has_data = match &self.content {
            Content::Roots(roots) => {
                let mut roots = roots.iter().flatten().filter(|root| root.is_root());
                let no_null = self.null_root().is_none();
                let is_null = |root: &Member| matches!(root.decoded, Ok(None));
                no_null && !roots.clone().any(is_null) && roots.any(|root| root.decoded.is_ok())
            }
            Content::Items(_) => true,
            Content::Document(json) => json.as_ref() != b"null",
        };
        has_data && self.errors.is_empty()
    }

    /// The root of that name, or the first. AEM adds suffixes to root names when models clash (section
    /// 4.2), so a name is never derived from a model. In a document, the name is a path such as `a.b`.
    ///
    /// # Errors
    /// When it is not there or has no items.
    pub fn root(&self, name: Option<&str>) -> Result<Root, RootError> {
        match &self.content {
            Content::Roots(roots) => root_of(roots.as_deref().unwrap_or_default(), name),
            Content::Items(decoded) => Ok(Root {
                name: String::new(),
                decoded: Some(decoded.clone()),
            }),
            Content::Document(json) => Ok(Root {
                name: name.unwrap_or_default().to_owned(),
                decoded: document::pick(json, name)?,
            }),
        }
    }

    /// What is in each root that has something in it, whichever of them a definition means.
    pub fn decoded_roots(&self) -> impl Iterator<Item = Decoded> {
        let decoded: Vec<Decoded> = match &self.content {
            Content::Roots(roots) => {
                let roots = roots.iter().flatten().filter(|root| root.is_root());
                roots
                    .filter_map(|root| root.decoded.clone().ok()?)
                    .collect()
            }
            Content::Items(decoded) => vec![decoded.clone()],
            Content::Document(json) => document::pick(json, None)
                .ok()
                .flatten()
                .into_iter()
                .collect(),
        };
        decoded.into_iter()
    }
}

fn root_of(roots: &[Member], name: Option<&str>) -> Result<Root, RootError> {
    let real = || roots.iter().filter(|root| root.is_root());
    let found = match name {
        Some(name) => real().find(|root| root.name == name),
        None => real().next(),
    };
    let Some(root) = found else {
        return Err(RootError::Absent(
            real().map(|root| root.name.clone()).collect(),
        ));
    };
    Ok(Root {
        name: root.name.clone(),
        decoded: root.decoded.clone().map_err(RootError::Form)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aem::{Page, Shape};

    fn decode(body: &'static str) -> Envelope {
        Envelope::decode(Api::Graphql, Bytes::from_static(body.as_bytes())).unwrap()
    }

    fn root(body: &'static str) -> Decoded {
        decode(body).root(None).unwrap().decoded.unwrap()
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
                list.references.as_deref()
            ),
            (Shape::List, 2, 1, Some(&br#"[{"x":1}]"#[..]))
        );
        assert_eq!(list.items[1], Bytes::from_static(br#"{"a":2}"#));
        let by_path = root(r#"{"data":{"recipeByPath":{"item":{"a":1}}}}"#);
        assert_eq!((by_path.shape, by_path.items.len()), (Shape::One, 1));
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
            assert!(decode(body).root(None).unwrap().decoded.is_none(), "{body}");
        }
        for body in [r#"{"data":null}"#, r#"{"data":{}}"#] {
            let absent = decode(body).root(None).unwrap_err();
            assert_eq!(absent, RootError::Absent(Vec::new()), "{body}");
        }
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
    fn an_answer_is_read_the_same_whichever_way() {
        // What is wrong with `b` makes the whole answer be gone through a second time.
        let twice = decode(
            r#"{"data":{"a":{"items":[{"x":1},null]},"b":{"items":1},"c":null,"__typename":"Q","d":{"edges":[{"node":{}},null]},"e":{"item":null}}}"#,
        );
        let once = decode(
            r#"{"data":{"a":{"items":[{"x":1},null]},"c":null,"__typename":"Q","d":{"edges":[{"node":{}},null]},"e":{"item":null}}}"#,
        );
        let roots = |envelope: &Envelope| {
            let roots = ["a", "c", "d", "e"].map(|name| envelope.root(Some(name)));
            format!("{:?} {roots:?}", envelope.null_root())
        };
        assert_eq!(roots(&twice), roots(&once));
        assert!(matches!(twice.root(Some("b")), Err(RootError::Form(_))));
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
            assert!(
                matches!(decode(body).root(None), Err(RootError::Form(_))),
                "{body}"
            );
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
                Envelope::decode(Api::Graphql, Bytes::from_static(body.as_bytes())).is_err(),
                "{body}"
            );
        }
    }

    #[test]
    fn the_root_asked_for_is_found_by_name() {
        let envelope = decode(r#"{"data":{"a":{"items":[]},"b":{"items":[{}]}}}"#);
        let found = envelope.root(Some("b")).unwrap().decoded.unwrap();
        assert_eq!(found.items.len(), 1);
        assert_eq!(
            envelope.root(Some("c")).unwrap_err(),
            RootError::Absent(vec!["a".to_owned(), "b".to_owned()])
        );
    }
}
