//! Members of an item in one piece of memory.
//!
//! A map of Tera's takes a thousand bytes for the six or seven members that lists and routes want of an item, in a dozen
//! pieces, and a site may have a million items. Packed they are as long as their texts. Most of those who ask want one
//! member, which is found without the others; a map is made only for templates.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use tera::Value;

use super::Members;
use super::code::{self, Count, Decoder};
use super::transcribe::{are_distinct, transcribe};

/// A value, mostly an object, as [`code::encode`] writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed(Box<[u8]>);

impl Packed {
    /// Reads what is left of a decoder; `None` where that is not one whole value.
    pub fn read(decoder: &mut Decoder<'_>) -> Option<Self> {
        let bytes = decoder.take(decoder.remaining())?;
        let mut whole = Decoder::new(bytes);
        whole.skip()?;
        whole.is_empty().then(|| Self(bytes.into()))
    }

    /// The same bytes as those that [`code::encode`] writes of the value.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As templates see it.
    #[must_use]
    pub fn value(&self) -> Value {
        unpacked(&self.0)
    }

    /// As templates see it, but for members that nobody wants; all of it where it would be an object without members, which
    /// templates take for none.
    #[must_use]
    pub fn some(&self, wanted: impl Fn(&str) -> bool) -> Value {
        let some = Decoder::new(&self.0).some_members(wanted);
        some.unwrap_or_else(|| self.value())
    }

    /// Whether it is an object with members.
    #[must_use]
    pub fn has_members(&self) -> bool {
        Decoder::new(&self.0)
            .members()
            .is_some_and(|count| count > 0)
    }

    /// One of its members.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Value> {
        packed_member(&self.0, name).map(unpacked)
    }

    /// A text, by the names that lead to it, with dots between them.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        let found = path.split('.').try_fold(&*self.0, packed_member)?;
        Decoder::new(found).whole_text()
    }
}

/// A member of a packed object, packed; `None` where it is no object, or has no such member.
#[must_use]
pub fn packed_member<'b>(object: &'b [u8], name: &str) -> Option<&'b [u8]> {
    let mut decoder = Decoder::new(object);
    for _ in 0..decoder.members()? {
        let is_it = decoder.is_name(name)?;
        let start = decoder;
        decoder.skip()?;
        if is_it {
            return start.until(&decoder);
        }
    }
    None
}

/// Whether a packed value is an object.
#[must_use]
pub fn is_packed_object(packed: &[u8]) -> bool {
    Decoder::new(packed).members().is_some()
}

/// What was packed was whole, and of a kind that can be read back: it came from JSON.
fn unpacked(bytes: &[u8]) -> Value {
    Decoder::new(bytes).value().unwrap_or_else(Value::undefined)
}

impl From<&Value> for Packed {
    fn from(value: &Value) -> Self {
        let mut bytes = Vec::with_capacity(512);
        code::encode(value, &mut bytes);
        Self(bytes.into())
    }
}

impl From<Value> for Packed {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

impl fmt::Display for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

/// A packed object whose members come one after the other.
pub(super) struct Packer<'n> {
    bytes: Vec<u8>,
    count: Count,
    names: Vec<Cow<'n, str>>,
    /// Where each value is.
    values: Vec<Range<usize>>,
}

impl<'n> Packer<'n> {
    pub(super) fn new() -> Self {
        let mut bytes = Vec::with_capacity(512);
        Self {
            count: code::begin_map(&mut bytes),
            bytes,
            names: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Adds a member.
    ///
    /// # Errors
    /// When its value is not JSON, or nests too deep.
    pub(super) fn add(&mut self, name: Cow<'n, str>, json: &[u8]) -> Result<(), serde_json::Error> {
        code::text(&name, &mut self.bytes);
        let start = self.bytes.len();
        transcribe(json, &mut self.bytes)?;
        self.names.push(name);
        self.values.push(start..self.bytes.len());
        Ok(())
    }

    /// All of it. Of two members with one name the last counts, in the place of the first: a map knows how.
    pub(super) fn end(mut self) -> Packed {
        if are_distinct(&self.names) {
            self.count.is(self.names.len(), &mut self.bytes);
            return Packed(self.bytes.into());
        }
        let values = self.values.into_iter();
        let values = values.map(|value| unpacked(&self.bytes[value]));
        let members = self.names.into_iter().zip(values).collect();
        Value::from_serializable(&Members(members)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_json;
    use super::*;

    const ITEM: &str = r#"{"n":1,"big":340282366920938463463374607431768211455,"f":-1.5,"no":null,"yes":true,"a":"",
        "long":"a text that is longer than what is kept inline","list":[1,"b",[]],"o":{"list":[],"a":"inner"},"é":"e"}"#;

    fn packed(json: &str) -> Packed {
        Packed::from(from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn every_member_is_found() {
        let (value, packed) = (from_json(ITEM.as_bytes()).unwrap(), packed(ITEM));
        assert_eq!(packed.value(), value);
        for (name, member) in value.as_map().unwrap() {
            let found = packed.member(name.as_str().unwrap()).unwrap();
            assert_eq!((found.kind(), &found), (member.kind(), member), "{name:?}");
        }
        assert_eq!(packed.member("absent"), None);
        assert_eq!(packed.member("o.a"), None);
    }

    #[test]
    fn members_that_nobody_wants_are_left_out() {
        let (value, packed) = (from_json(ITEM.as_bytes()).unwrap(), packed(ITEM));
        let some = packed.some(|name| ["o", "n", "é", "absent"].contains(&name));
        let some: Vec<_> = some.as_map().unwrap().iter().collect();
        let whole = value.as_map().unwrap().iter();
        let wanted = |name: &str| ["n", "o", "é"].contains(&name);
        let expected: Vec<_> = whole
            .filter(|(name, _)| wanted(name.as_str().unwrap()))
            .collect();
        assert_eq!(some, expected);
        assert_eq!(packed.some(|_| true), value);
        assert_eq!(packed.some(|_| false), value, "it must not become empty");
        assert_eq!(
            self::packed("[1]").some(|_| true),
            self::packed("[1]").value()
        );
        assert_eq!(
            self::packed("{}").some(|_| true),
            self::packed("{}").value()
        );
    }

    #[test]
    fn texts_are_found_inside() {
        let packed = packed(ITEM);
        let texts = [("a", ""), ("o.a", "inner"), ("é", "e")];
        for (path, text) in texts {
            assert_eq!(packed.text(path), Some(text));
        }
        for path in ["", "n", "o", "o.list", "o.absent", "a.a", "list.1", "no"] {
            assert_eq!(packed.text(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        for json in ["[1]", "null", r#""a""#, "{}"] {
            assert!(!packed(json).has_members(), "{json}");
            assert_eq!(packed(json).member("a"), None);
        }
        assert!(packed(ITEM).has_members());
    }

    #[test]
    fn only_one_whole_value_is_read() {
        let whole = packed(ITEM);
        let read = |bytes: &[u8]| Packed::read(&mut Decoder::new(bytes));
        assert_eq!(read(whole.bytes()).as_ref(), Some(&whole));
        for end in 0..whole.bytes().len() {
            assert_eq!(read(&whole.bytes()[..end]), None, "cut at {end}");
        }
        assert_eq!(read(&[whole.bytes(), &[0]].concat()), None);
    }
}
