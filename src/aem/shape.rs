//! What an answer consists of, whichever of AEM's APIs it came from.

use bytes::Bytes;
use serde_json::value::RawValue;

use crate::value::{Digest, digest};

/// The content of a root.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// Which of AEM's result shapes it has.
    pub shape: Shape,
    /// Each item's JSON; a null item is left out and counted.
    pub items: Vec<Bytes>,
    /// The digest of each.
    pub digests: Vec<Digest>,
    /// How many items were null.
    pub nulls: usize,
    /// The list `_references` beside the items (section 4.7).
    pub references: Option<Bytes>,
}

/// How the items of an answer hang together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One item: `…ByPath { item }`, `…ById`, a fragment of the REST delivery, a JSON object.
    One,
    /// All there are: `…List { items }`, a JSON list.
    List,
    /// `…Paginated { edges { cursor node } pageInfo }` (section 5.2).
    Paginated(Page),
    /// A page of the REST delivery, with where the next one starts; without a cursor it is the last
    /// (section 10.2).
    Listed(Option<String>),
}

/// `pageInfo` of a cursor page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Where the next page starts.
    pub end_cursor: Option<String>,
    /// Whether there is one; `None` when the query does not select it.
    pub has_next: Option<bool>,
}

impl Decoded {
    /// Items of a body, which stay slices of it.
    ///
    /// # Errors
    /// When one of them is not an object.
    pub(super) fn of<'a>(
        body: &Bytes,
        shape: Shape,
        members: impl IntoIterator<Item = Option<&'a RawValue>>,
    ) -> Result<Self, serde_json::Error> {
        let (mut items, mut nulls) = (Vec::new(), 0);
        for member in members {
            match member.filter(|raw| !is_null(raw)) {
                None => nulls += 1,
                Some(raw) if is_object(raw.get().as_bytes()) => items.push(slice(body, raw)),
                Some(_) => return Err(not_an_object()),
            }
        }
        Ok(Self {
            shape,
            digests: items.iter().map(|item: &Bytes| digest(item)).collect(),
            items,
            nulls,
            references: None,
        })
    }
}

/// The part of a body that a raw value was read from.
pub(super) fn slice(body: &Bytes, raw: &RawValue) -> Bytes {
    body.slice_ref(raw.get().as_bytes())
}

/// Whether a raw value is null.
pub(super) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

/// Whether a JSON text is an object: a list would be read into a struct by position.
pub(super) fn is_object(json: &[u8]) -> bool {
    json.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{')
}

pub(super) fn not_an_object() -> serde_json::Error {
    serde::de::Error::custom("a list or a plain value where an object is due")
}
