//! Template values as bytes, and back.
//!
//! Two values have the same bytes if no template can tell them apart: kinds of numbers, the order of members, and
//! whether a text is safe to print all count. So the bytes serve for comparing by hash, and for asking the same again in
//! another build. They are for this program only; whoever keeps them notes which program it was.

use std::borrow::Cow;
use std::sync::Arc;

use tera::value::{Key, ValueKind};
use tera::{Map, Value};

use super::Members;

/// How deep values are read. What was written came from a template or from JSON, which is bounded as well.
const MAX_DEPTH: usize = 256;

const UNDEFINED: u8 = 0;
const NONE: u8 = 1;
const FALSE: u8 = 2;
const TRUE: u8 = 3;
const UNSIGNED: u8 = 4;
const SIGNED: u8 = 5;
const FLOAT: u8 = 6;
const LARGE_UNSIGNED: u8 = 7;
const LARGE_SIGNED: u8 = 8;
const TEXT: u8 = 9;
const SAFE_TEXT: u8 = 10;
const LIST: u8 = 11;
const MAP: u8 = 12;
const BYTES: u8 = 13;
const OTHER: u8 = 14;

/// Appends a value.
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    match value.kind() {
        ValueKind::Undefined => out.push(UNDEFINED),
        ValueKind::None => none(out),
        ValueKind::Bool => truth(value.as_bool() == Some(true), out),
        ValueKind::U64 => unsigned(value.as_u64().unwrap_or_default(), out),
        ValueKind::I64 => signed(value.as_i64().unwrap_or_default(), out),
        ValueKind::F64 => float(value.as_f64().unwrap_or_default(), out),
        ValueKind::U128 => {
            let value = value.as_u128().unwrap_or_default();
            number(LARGE_UNSIGNED, value.to_le_bytes(), out);
        }
        ValueKind::I128 => {
            let value = value.as_i128().unwrap_or_default();
            number(LARGE_SIGNED, value.to_le_bytes(), out);
        }
        ValueKind::String if value.is_safe() => {
            out.push(SAFE_TEXT);
            encode_bytes(value.as_str().unwrap_or_default().as_bytes(), out);
        }
        ValueKind::String => text(value.as_str().unwrap_or_default(), out),
        ValueKind::Array => {
            let list = value.as_array().unwrap_or_default();
            begin_list(out).is(list.len(), out);
            list.iter().for_each(|value| encode(value, out));
        }
        ValueKind::Map => {
            let empty = Map::default();
            let map = value.as_map().unwrap_or(&empty);
            begin_map(out).is(map.len(), out);
            for (name, value) in map {
                key(name, out);
                encode(value, out);
            }
        }
        ValueKind::Bytes => {
            out.push(BYTES);
            encode_bytes(value.as_bytes().unwrap_or_default(), out);
        }
        // Tera may learn kinds that cannot be read back. They still differ if they print differently.
        kind => other(&format!("{kind:?} {value}"), out),
    }
}

pub(super) fn none(out: &mut Vec<u8>) {
    out.push(NONE);
}

pub(super) fn truth(value: bool, out: &mut Vec<u8>) {
    out.push(if value { TRUE } else { FALSE });
}

pub(super) fn unsigned(value: u64, out: &mut Vec<u8>) {
    number(UNSIGNED, value.to_le_bytes(), out);
}

pub(super) fn signed(value: i64, out: &mut Vec<u8>) {
    number(SIGNED, value.to_le_bytes(), out);
}

pub(super) fn float(value: f64, out: &mut Vec<u8>) {
    number(FLOAT, value.to_le_bytes(), out);
}

/// A text, or the name of a member, before its value.
pub(super) fn text(text: &str, out: &mut Vec<u8>) {
    out.push(TEXT);
    encode_bytes(text.as_bytes(), out);
}

/// Values follow, as many as will be said.
pub(super) fn begin_list(out: &mut Vec<u8>) -> Count {
    begin(LIST, out)
}

/// Members follow, as many as will be said.
pub(super) fn begin_map(out: &mut Vec<u8>) -> Count {
    begin(MAP, out)
}

fn begin(tag: u8, out: &mut Vec<u8>) -> Count {
    out.push(tag);
    let count = Count(out.len());
    length(0, out);
    count
}

/// The place of a number that may only be known later.
#[must_use]
pub(super) struct Count(usize);

impl Count {
    /// Says it.
    pub(super) fn is(self, count: usize, out: &mut [u8]) {
        out[self.0..self.0 + 4].copy_from_slice(&short(count).to_le_bytes());
    }
}

fn other(text: &str, out: &mut Vec<u8>) {
    out.push(OTHER);
    encode_bytes(text.as_bytes(), out);
}

fn number<const N: usize>(tag: u8, bytes: [u8; N], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&bytes);
}

fn length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&short(length).to_le_bytes());
}

/// Nothing in memory is longer.
fn short(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Appends bytes, with their length.
pub fn encode_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

fn key(key: &Key<'_>, out: &mut Vec<u8>) {
    match key {
        Key::Bool(value) => out.push(if *value { TRUE } else { FALSE }),
        Key::U64(value) => number(UNSIGNED, value.to_le_bytes(), out),
        Key::I64(value) => number(SIGNED, value.to_le_bytes(), out),
        Key::U128(value) => number(LARGE_UNSIGNED, value.to_le_bytes(), out),
        Key::I128(value) => number(LARGE_SIGNED, value.to_le_bytes(), out),
        Key::String(_) | Key::Str(_) => text(key.as_str().unwrap_or_default(), out),
        key => other(&format!("{key:?}"), out),
    }
}

/// Reads what was written, piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Decoder<'b>(&'b [u8]);

impl<'b> Decoder<'b> {
    /// Begins at the beginning.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    /// So many bytes; `None` where there are fewer.
    pub fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// So many bytes, as many as a number has.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// A number of 32 bits.
    pub fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Bytes with their length before them.
    pub fn bytes(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    /// A text.
    pub fn text(&mut self) -> Option<&'b str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// A value.
    pub fn value(&mut self) -> Option<Value> {
        self.deep(MAX_DEPTH)
    }

    fn deep(&mut self, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let [tag] = self.array()?;
        Some(match tag {
            UNDEFINED => Value::undefined(),
            NONE => Value::none(),
            FALSE => Value::from(false),
            TRUE => Value::from(true),
            UNSIGNED => Value::from(u64::from_le_bytes(self.array()?)),
            SIGNED => Value::from(i64::from_le_bytes(self.array()?)),
            FLOAT => Value::from(f64::from_le_bytes(self.array()?)),
            LARGE_UNSIGNED => Value::from(u128::from_le_bytes(self.array()?)),
            LARGE_SIGNED => Value::from(i128::from_le_bytes(self.array()?)),
            TEXT => Value::normal_string(self.text()?),
            SAFE_TEXT => Value::safe_string(self.text()?),
            LIST => {
                let count = self.number()?;
                let list: Option<Vec<Value>> = (0..count).map(|_| self.deep(depth)).collect();
                Value::from(list?)
            }
            MAP => self.map(depth)?,
            BYTES => Value::bytes(self.bytes()?),
            _ => return None,
        })
    }

    /// Those members of an object that are wanted; `None` where it is none, or has none of them.
    pub(super) fn some_members(&mut self, wanted: impl Fn(&str) -> bool) -> Option<Value> {
        let count = self.members()?;
        let mut members = Vec::new();
        for _ in 0..count {
            let [TEXT] = self.array()? else { return None };
            let name = self.text()?;
            if wanted(name) {
                members.push((Cow::Borrowed(name), self.deep(MAX_DEPTH - 1)?));
            } else {
                self.skip()?;
            }
        }
        (!members.is_empty()).then(|| Value::from_serializable(&Members(members)))
    }

    /// The members of a map whose tag is read.
    fn map(&mut self, depth: usize) -> Option<Value> {
        let mut ahead = *self;
        if let Some(members) = ahead.named(depth) {
            *self = ahead;
            return Some(Value::from_serializable(&members));
        }
        let count = self.number()?;
        let member = |_| Some((self.key()?, self.deep(depth)?));
        let map: Option<Map> = (0..count).map(member).collect();
        Some(Value::from(map?))
    }

    /// The same, where all have names: mostly they have, and are put into a map once.
    fn named(&mut self, depth: usize) -> Option<Members<'b>> {
        let count = self.number()?;
        // Not more than there can be, whatever the number says.
        let mut members = Vec::with_capacity((count as usize).min(self.remaining()));
        for _ in 0..count {
            let [TEXT] = self.array()? else { return None };
            members.push((Cow::Borrowed(self.text()?), self.deep(depth)?));
        }
        Some(Members(members))
    }

    /// Goes past a value; how deep makes no difference.
    pub(super) fn skip(&mut self) -> Option<()> {
        let mut values = 1_u64;
        while let Some(rest) = values.checked_sub(1) {
            values = rest + self.past()?;
        }
        Some(())
    }

    /// Goes past a value or a name, but not past what is in it: how many values and names that is.
    fn past(&mut self) -> Option<u64> {
        let [tag] = self.array()?;
        let length = match tag {
            UNDEFINED | NONE | FALSE | TRUE => 0,
            UNSIGNED | SIGNED | FLOAT => 8,
            LARGE_UNSIGNED | LARGE_SIGNED => 16,
            TEXT | SAFE_TEXT | BYTES => self.number()? as usize,
            LIST => return Some(self.number()?.into()),
            MAP => return Some(u64::from(self.number()?) * 2),
            _ => return None,
        };
        self.take(length).map(|_| 0)
    }

    /// How many members the map has that begins here; what follows is the first one's name.
    pub(super) fn members(&mut self) -> Option<u32> {
        match self.array()? {
            [MAP] => self.number(),
            _ => None,
        }
    }

    /// Goes past a member's name: whether it is this one.
    pub(super) fn is_name(&mut self, name: &str) -> Option<bool> {
        let start = *self;
        self.past()?;
        let mut own = Decoder::new(start.until(self)?);
        Some(own.array() == Some([TEXT]) && own.bytes() == Some(name.as_bytes()))
    }

    /// The text that begins here, if it is one.
    pub(super) fn whole_text(mut self) -> Option<&'b str> {
        match self.array()? {
            [TEXT | SAFE_TEXT] => self.text(),
            _ => None,
        }
    }

    /// What stands between here and where another one has come to.
    pub(super) fn until(&self, later: &Self) -> Option<&'b [u8]> {
        self.0
            .get(..self.remaining().checked_sub(later.remaining())?)
    }

    fn key(&mut self) -> Option<Key<'static>> {
        let [tag] = self.array()?;
        Some(match tag {
            FALSE => Key::Bool(false),
            TRUE => Key::Bool(true),
            UNSIGNED => Key::U64(u64::from_le_bytes(self.array()?)),
            SIGNED => Key::I64(i64::from_le_bytes(self.array()?)),
            LARGE_UNSIGNED => Key::U128(u128::from_le_bytes(self.array()?)),
            LARGE_SIGNED => Key::I128(i128::from_le_bytes(self.array()?)),
            TEXT => Key::String(Arc::from(self.text()?)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_json;
    use super::*;

    fn bytes(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(value, &mut bytes);
        bytes
    }

    fn samples() -> Vec<Value> {
        let mut samples: Vec<Value> = [
            "null",
            "true",
            "false",
            "0",
            "1",
            "-1",
            "1.0",
            "0.0",
            "-0.0",
            "18446744073709551615",
            r#""""#,
            r#""a""#,
            r#""1""#,
            r#""a text that is longer than what is kept inline""#,
            "[]",
            "{}",
            r#"[1,"a",null]"#,
            r#"["a",1,null]"#,
            r#"{"a":1,"b":2}"#,
            r#"{"b":2,"a":1}"#,
            r#"{"a":{"b":2}}"#,
            r#"[[],[]]"#,
            r#"[[[]]]"#,
            r#"{"a":[]}"#,
            r#"{"a":{}}"#,
            r#"["ab"]"#,
            r#"["a","b"]"#,
        ]
        .iter()
        .map(|json| from_json(json.as_bytes()).unwrap())
        .collect();
        samples.extend([
            Value::undefined(),
            Value::safe_string("a"),
            Value::from(1_i64),
            Value::from(u128::MAX),
            Value::from(i128::MIN),
            Value::bytes(*b"a"),
            Value::from(Map::from_iter([(Key::U64(1), Value::from(1_u64))])),
            Value::from(Map::from_iter([(Key::Bool(true), Value::from(1_u64))])),
        ]);
        samples
    }

    #[test]
    fn values_come_back_as_they_were() {
        for value in samples() {
            let bytes = bytes(&value);
            let mut decoder = Decoder::new(&bytes);
            let back = decoder.value().unwrap();
            assert!(decoder.is_empty());
            assert_eq!(self::bytes(&back), bytes, "{value}");
            assert_eq!(
                (back.kind(), back.is_safe()),
                (value.kind(), value.is_safe())
            );
        }
    }

    #[test]
    fn different_values_have_different_bytes() {
        let all: Vec<Vec<u8>> = samples().iter().map(bytes).collect();
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{one:?}");
        }
    }

    #[test]
    fn what_was_cut_is_none() {
        for value in samples() {
            let bytes = bytes(&value);
            for end in 0..bytes.len() {
                assert!(Decoder::new(&bytes[..end]).value().is_none());
            }
        }
        let deep = [LIST, 1, 0, 0, 0].repeat(100_000);
        assert!(Decoder::new(&deep).value().is_none());
    }
}
