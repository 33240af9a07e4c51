//! JSON to template values in one step, and to packed ones in one step too.
//!
//! `tera::Value` cannot be deserialized, and going through `serde_json::Value` would build everything
//! twice, so a visitor makes template values straight from the text. Numbers, key order and nulls
//! survive as they came; how deep JSON may nest is bounded ([`MAX_DEPTH`]). Of most members of an item nobody needs the
//! value: [`read`] finds what is wanted and packs it, and a [`Survey`] hears on the same way which members are empty.

mod code;
mod digest;
mod item;
mod packed;
mod scan;
mod survey;
mod transcribe;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use tera::Value;

pub use code::{Decoder, encode, encode_bytes};
pub use digest::{Digest, Digester, digest, shortened};
pub use item::{Choice, Item, Wanted, read};
pub use packed::{Packed, is_packed_object, packed_member};
pub use survey::{Content, Survey};

/// How deep JSON may nest: what `serde_json` goes down to without a risk for the stack.
pub const MAX_DEPTH: usize = 128;

/// Whether a text could not be parsed because it nests deeper than [`MAX_DEPTH`]. The parser has no name
/// for that but its text.
#[must_use]
pub fn is_too_deep(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("recursion limit exceeded")
}

/// Parses a JSON text into a template value.
///
/// # Errors
/// When the text is not JSON, or nests too deep.
pub fn from_json(json: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice::<Json>(json).map(|json| json.0)
}

/// Parses only the members of a JSON object whose names are in `fields`; the rest is skipped without
/// building anything. `None` keeps all.
///
/// # Errors
/// When the text is not a JSON object, or nests too deep.
pub fn project(json: &[u8], fields: Option<&[&str]>) -> Result<Packed, serde_json::Error> {
    survey(json, fields, &mut ())
}

/// The same, with somebody who hears of every member, kept or not.
///
/// # Errors
/// When the text is not a JSON object, or nests too deep.
pub fn survey(
    json: &[u8],
    fields: Option<&[&str]>,
    survey: &mut dyn Survey,
) -> Result<Packed, serde_json::Error> {
    let wanted = Wanted {
        values: fields.map_or(Choice::ALL, |names| Choice::of(names.iter().copied())),
        text: Choice::ALL,
    };
    Ok(read(json, &wanted, survey)?.values)
}

/// A template value as JSON, as `serde_json` has it.
#[must_use]
pub fn to_json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}

/// A JSON value as a template value.
#[must_use]
pub fn from_serde(value: &serde_json::Value) -> Value {
    Value::from_serializable(value)
}

/// Whether an interpolation of the value would leave nothing: null, absent or an empty string.
#[must_use]
pub fn is_blank(value: &Value) -> bool {
    value.is_none() || value.is_undefined() || value.as_str().is_some_and(|s| s.trim().is_empty())
}

struct Json(Value);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole).map(Json)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::none())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1_024));
        while let Some(Json(value)) = seq.next_element()? {
            list.push(value);
        }
        Ok(Value::from(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Members::default();
        while let Some((key, Json(value))) = map.next_entry::<Name<'de>, Json>()? {
            members.0.push((key.0, value));
        }
        Ok(Value::from_serializable(&members))
    }
}

/// The name of a member; borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object on their way into a value. `Value::from` would take a map apart and build it again, with
/// all its hashes; a list that is serialized is put into a map once, and the values in it are not copied.
#[derive(Default)]
struct Members<'a>(Vec<(Cow<'a, str>, Value)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_as_they_came() {
        let text = r#"{"z":1,"a":-2,"big":18446744073709551615,"f":12.5,"whole":5000.0,"n":null,"s":"é\"","l":[true,{}]}"#;
        let value = from_json(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    }

    #[test]
    fn a_projection_skips_the_rest() {
        let text = br#"{"slug":"x","body":{"html":"<p>"},"price":3}"#;
        let value = project(text, Some(&["price", "slug", "absent"])).unwrap();
        assert_eq!(
            serde_json::to_string(&value.value()).unwrap(),
            r#"{"slug":"x","price":3}"#
        );
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(is_too_deep(&from_json(deep.as_bytes()).unwrap_err()));
        let skipped = format!("{{\"a\":{deep}}}");
        // What is skipped is skipped without recursion, however deep.
        assert!(project(skipped.as_bytes(), Some(&["b"])).is_ok());
    }
}
