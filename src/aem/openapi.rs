//! Content Fragment Delivery with OpenAPI: AEM's REST delivery of fragments (section 10.2).
//!
//! Lists take `path`, `limit` and `cursor` and nothing else: neither a model nor references can be asked
//! for there. What a fragment refers to comes with that fragment alone.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::EnvelopeError;
use super::shape::{Decoded, Shape, is_object};
use super::{EncodeError, Variables, encode};

/// Where the API is.
pub const PREFIX: &str = "/adobe/contentFragments";

/// Default and maximum of `limit`.
pub const MAX_LIMIT: u64 = 50;

/// What can be asked for under `references`.
pub const REFERENCES: [&str; 5] = ["none", "direct", "direct-hydrated", "all", "all-hydrated"];

/// Parameters that only the request for a single fragment takes.
pub const DETAILS: [&str; 2] = ["references", "variation"];

/// The names of a list's paging parameters: how many, and from where.
pub const PAGING: [&str; 2] = ["limit", "cursor"];

/// Which fragments are asked for. The values are among the variables of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// All below the folder `path`, sub-folders included, or the one fragment at `path`.
    List,
    /// The one at `path`; an error if there is none.
    ByPath,
    /// The one with the UUID `id`.
    ById,
}

impl Operation {
    /// The variable that says which fragments.
    #[must_use]
    pub fn address(self) -> &'static str {
        match self {
            Self::List | Self::ByPath => "path",
            Self::ById => "id",
        }
    }

    /// The path and query of the GET, percent-encoded. Variables that are not part of the path are
    /// parameters.
    ///
    /// # Errors
    /// When the address cannot be sent.
    pub fn request_path(self, variables: &Variables) -> Result<String, EncodeError> {
        let address = variables.get(self.address()).map(encode::text);
        let address = address.unwrap_or_default();
        if let Some(why) = self.flaw(&address) {
            return Err(match self {
                Self::List | Self::ByPath => EncodeError::Path { path: address, why },
                Self::ById => EncodeError::Id { id: address, why },
            });
        }
        let (path, elsewhere) = match self {
            Self::List => (PREFIX.to_owned(), &[][..]),
            Self::ByPath => (format!("{PREFIX}/byPath"), &[][..]),
            Self::ById => (
                format!("{PREFIX}/{}", encode::segment(&address)),
                &["id"][..],
            ),
        };
        encode::bounded(path + &encode::query_string(variables, elsewhere))
    }

    /// What is wrong with an address, as far as it can be told without asking.
    #[must_use]
    pub fn flaw(self, address: &str) -> Option<&'static str> {
        if self == Self::ById {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            return if address.starts_with('/') {
                Some("it is a path, which `fragment` takes; an id is a UUID")
            } else {
                let fine = !address.is_empty() && address.chars().all(is_part);
                (!fine).then_some("an id is a UUID")
            };
        }
        encode::flaw(address).or_else(|| {
            let inside = address.starts_with("/content/dam/");
            (!inside).then_some("fragments lie below `/content/dam/`")
        })
    }
}

/// A Content Fragment Model, by its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelPath(Arc<str>);

impl ModelPath {
    /// Reads a whole path (`/conf/…`), or a name in a configuration.
    ///
    /// # Errors
    /// A sentence about what is wrong with the text.
    pub fn parse(text: &str, default_configuration: Option<&str>) -> Result<Self, &'static str> {
        if text.starts_with('/') {
            let fine = text.starts_with("/conf/") && encode::flaw(text).is_none();
            return fine
                .then(|| Self(Arc::from(text)))
                .ok_or("a model's path is `/conf/CONFIGURATION/settings/dam/cfm/models/NAME`");
        }
        if text.is_empty() || text.contains('/') {
            return Err("it is neither a name nor a path that starts with `/conf/`");
        }
        let configuration = default_configuration.ok_or("it names no Sites configuration")?;
        let path = format!("/conf/{configuration}/settings/dam/cfm/models/{text}");
        Ok(Self(Arc::from(path)))
    }

    /// Reads a `model.id`: the path in base64url, without padding as a rule.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(id.trim_end_matches('=')).ok()?;
        let path = String::from_utf8(bytes).ok()?;
        path.starts_with('/').then(|| Self(Arc::from(path)))
    }

    /// The last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for ModelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What says which fragment a JSON object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FragmentHead {
    /// Where it lies.
    pub path: Option<String>,
    /// Its UUID.
    pub id: Option<String>,
    /// Its model, if the id can be read.
    pub model: Option<ModelPath>,
}

impl FragmentHead {
    /// Reads a fragment object's own members, and skips its content.
    ///
    /// # Errors
    /// When it is not JSON, or these members are not of their types.
    pub fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Wire {
            path: Option<String>,
            id: Option<String>,
            model: Option<WireModel>,
        }
        #[derive(Deserialize)]
        struct WireModel {
            id: Option<String>,
        }
        let wire: Wire = serde_json::from_slice(json)?;
        let model = wire.model.and_then(|model| model.id);
        Ok(Self {
            path: wire.path,
            id: wire.id,
            model: model.and_then(|id| ModelPath::from_id(&id)),
        })
    }
}

/// A page of a list.
pub(super) fn decode_list(body: &Bytes) -> Result<Decoded, EnvelopeError> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        items: Option<Vec<&'a RawValue>>,
        cursor: Option<String>,
    }
    let not_a_list = EnvelopeError::Form("has no `items`");
    if !is_object(body) {
        // Whether it is JSON at all is the better thing to say.
        serde_json::from_slice::<&RawValue>(body)?;
        return Err(not_a_list);
    }
    let wire: Wire<'_> = serde_json::from_slice(body)?;
    let items = wire.items.ok_or(not_a_list)?;
    let cursor = wire.cursor.filter(|cursor| !cursor.is_empty());
    let items = items.into_iter().map(Some);
    Ok(Decoded::of(body, Shape::Listed(cursor), items)?)
}

/// A single fragment.
pub(super) fn decode_fragment(body: &Bytes) -> Result<Decoded, EnvelopeError> {
    let whole: &RawValue = serde_json::from_slice(body)?;
    let not_a_fragment = EnvelopeError::Form("is not a fragment: it has no `path`");
    if !is_object(body) || FragmentHead::read(body)?.path.is_none() {
        return Err(not_a_fragment);
    }
    Ok(Decoded::of(body, Shape::One, [Some(whole)])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// In the shape of section 10.2.
    const CHOWDER: &str = r#"{"path":"/content/dam/harbor/en/recipes/chowder","name":"","title":"Chowder",
        "id":"50f28a14-0000-4000-8000-2ce2dc017f55","description":"",
        "model":{"id":"L2NvbmYvaGFyYm9yL3NldHRpbmdzL2RhbS9jZm0vbW9kZWxzL3JlY2lwZQ"},
        "fields":{"title":"Chowder","price":12.5,"notes":{"mimeType":"text/html"},
        "related":["d5b3180a-0000-4000-8000-73daa8f392b5"]},
        "references":{"d5b3180a-0000-4000-8000-73daa8f392b5":{"type":"content-fragment","value":{
        "path":"/content/dam/harbor/en/recipes/bread","fields":{"title":"Bread"}}}},
        "referencesTree":[{"fieldName":"related","identifier":"d5b3180a","referencesTree":[]}]}"#;

    fn bytes(text: impl Into<String>) -> Bytes {
        Bytes::from(text.into())
    }

    fn path(operation: Operation, variables: Value) -> Result<String, EncodeError> {
        let Value::Object(map) = variables else {
            panic!("an object")
        };
        operation.request_path(&map.into_iter().collect())
    }

    #[test]
    fn a_list_is_asked_for_by_folder() {
        assert_eq!(
            path(
                Operation::List,
                json!({"path": "/content/dam/harbor/en", "limit": 50, "cursor": "a+/="})
            ),
            Ok(
                "/adobe/contentFragments?cursor=a%2B/%3D&limit=50&path=/content/dam/harbor/en"
                    .to_owned()
            )
        );
        assert_eq!(
            path(Operation::ByPath, json!({"path": "/content/dam/a b"})),
            Ok("/adobe/contentFragments/byPath?path=/content/dam/a%20b".to_owned())
        );
        for wrong in [
            "/content/dam",
            "/content/dam/",
            "/content/dam/x/",
            "content/dam/x",
            "",
        ] {
            let error = path(Operation::List, json!({ "path": wrong }));
            assert!(matches!(error, Err(EncodeError::Path { .. })), "{wrong}");
        }
        assert!(path(Operation::List, json!({})).is_err());
    }

    #[test]
    fn a_fragment_is_asked_for_by_id() {
        let id = "50f28a14-0000-4000-8000-2ce2dc017f55";
        assert_eq!(
            path(
                Operation::ById,
                json!({"id": id, "references": "all-hydrated"})
            ),
            Ok(format!(
                "/adobe/contentFragments/{id}?references=all-hydrated"
            ))
        );
        assert_eq!(
            path(Operation::ById, json!({ "id": id })),
            Ok(format!("/adobe/contentFragments/{id}"))
        );
        for wrong in ["", "..", "a/b", "/content/dam/x", "a?b"] {
            let error = path(Operation::ById, json!({ "id": wrong }));
            assert!(matches!(error, Err(EncodeError::Id { .. })), "{wrong}");
        }
    }

    #[test]
    fn a_page_of_a_list_says_where_the_next_one_starts() {
        let page = |tail: &str| {
            let body = bytes(format!(r#"{{"items":[{CHOWDER},null]{tail}}}"#));
            decode_list(&body).unwrap()
        };
        let middle = page(r#","cursor":"abc""#);
        assert_eq!(middle.shape, Shape::Listed(Some("abc".to_owned())));
        assert_eq!((middle.items.len(), middle.nulls), (1, 1));
        assert_eq!(middle.items[0], CHOWDER);
        for last in ["", r#","cursor":null"#, r#","cursor":"""#] {
            assert_eq!(page(last).shape, Shape::Listed(None), "{last}");
        }
    }

    #[test]
    fn a_fragment_is_itself() {
        let body = bytes(CHOWDER);
        let one = decode_fragment(&body).unwrap();
        assert_eq!((one.shape, one.items), (Shape::One, vec![body]));
        let head = FragmentHead::read(CHOWDER.as_bytes()).unwrap();
        assert_eq!(
            head.id.as_deref(),
            Some("50f28a14-0000-4000-8000-2ce2dc017f55")
        );
        assert_eq!(
            head.model.unwrap().to_string(),
            "/conf/harbor/settings/dam/cfm/models/recipe"
        );
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            "{\"items\":null}",
            "{\"items\":[1]}",
            "{\"items\":[{",
        ] {
            assert!(decode_list(&bytes(body)).is_err(), "{body}");
        }
        for body in ["", "[]", "{}", "{\"items\":[]}", "{\"path\":1}", "null"] {
            assert!(decode_fragment(&bytes(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn models_are_named_or_addressed() {
        let whole = "/conf/harbor/settings/dam/cfm/models/recipe";
        for text in ["recipe", whole] {
            let model = ModelPath::parse(text, Some("harbor")).unwrap();
            assert_eq!(
                (model.to_string().as_str(), model.name()),
                (whole, "recipe")
            );
        }
        for id in [
            "L2NvbmYvaGFyYm9yL3NldHRpbmdzL2RhbS9jZm0vbW9kZWxzL3JlY2lwZQ",
            "L2NvbmYvaGFyYm9yL3NldHRpbmdzL2RhbS9jZm0vbW9kZWxzL3JlY2lwZQ==",
        ] {
            assert_eq!(ModelPath::from_id(id).unwrap().to_string(), whole);
        }
        assert_eq!(ModelPath::from_id("%"), None);
        for wrong in ["", "a/b", "/content/x", "/conf/../x", "/conf/x/"] {
            assert!(ModelPath::parse(wrong, Some("harbor")).is_err(), "{wrong}");
        }
        assert!(ModelPath::parse("recipe", None).is_err());
    }
}
