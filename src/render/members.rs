//! Members of values as they are compared between builds.
//!
//! Many values are held against few names: those of a list's items, one after the other. So what the names mean is found
//! out once, and where a name stood in one value it is looked for first in the next.

use std::collections::BTreeSet;

use tera::value::Key;
use tera::{Map, Value};

use crate::expression::{Fields, Inside};
use crate::value::{Packed, encode, encode_bytes, is_packed_object, packed_member};

/// What stands before a piece of what is compared: so one text cannot stand for two things.
mod tag {
    pub(super) const NOTHING: u8 = 0;
    pub(super) const MEMBER: u8 = 1;
    pub(super) const WHOLE: u8 = 2;
    pub(super) const INNER: u8 = 4;
}

/// What is compared of values.
#[derive(Debug)]
pub(super) struct Members {
    fields: Fields,
    /// The same, in their order; `None` for all there are.
    some: Option<Vec<Member>>,
}

/// A member that is compared.
#[derive(Debug)]
struct Member {
    name: Box<str>,
    /// The members of its own that are meant, where it is an object; `None` for all of it.
    inner: Option<Vec<Box<str>>>,
}

impl Members {
    pub(super) fn of(fields: &Fields) -> Self {
        let some = match fields {
            Fields::All => None,
            Fields::Some(names) => Some(found(fields, names)),
        };
        Self {
            fields: fields.clone(),
            some,
        }
    }

    /// By their names.
    pub(super) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether nothing is compared.
    pub(super) fn is_nothing(&self) -> bool {
        self.some.as_ref().is_some_and(Vec::is_empty)
    }

    /// Appends what they are. What is told of values is told without names.
    pub(super) fn encode_names(&self, out: &mut Vec<u8>) {
        let Some(members) = &self.some else {
            return out.push(tag::WHOLE);
        };
        for Member { name, inner } in members {
            out.push(tag::MEMBER);
            encode_bytes(name.as_bytes(), out);
            for name in inner.iter().flatten() {
                out.push(tag::INNER);
                encode_bytes(name.as_bytes(), out);
            }
        }
        out.push(tag::NOTHING);
    }

    /// Appends what is compared of a value.
    pub(super) fn encode(&self, value: &Value, out: &mut Vec<u8>) {
        Series::of(self).encode(value, out);
    }
}

fn found(fields: &Fields, names: &BTreeSet<String>) -> Vec<Member> {
    let outer = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
    let outer: BTreeSet<String> = names.iter().map(outer).collect();
    let member = |name: String| {
        let inner = match fields.inside(&name) {
            Inside::Nothing => return None,
            Inside::Whole => None,
            // What is deeper inside is not told apart.
            Inside::Members(inner) if inner.iter().any(|name| name.contains('.')) => None,
            Inside::Members(inner) => Some(inner.into_iter().map(Box::from).collect()),
        };
        let name = name.into();
        Some(Member { name, inner })
    };
    outer.into_iter().filter_map(member).collect()
}

/// Values that are compared one after the other.
pub(super) struct Series<'m> {
    members: &'m Members,
    /// Where each member stood in the value before.
    places: Vec<usize>,
}

impl<'m> Series<'m> {
    pub(super) fn of(members: &'m Members) -> Self {
        let count = members.some.as_ref().map_or(0, Vec::len);
        let places = (0..count).collect();
        Self { members, places }
    }

    /// Appends the same of a value that is packed.
    pub(super) fn encode_packed(&self, item: &Packed, out: &mut Vec<u8>) {
        match &self.members.some {
            Some(members) if is_packed_object(item.bytes()) => packed(members, item, out),
            _ => {
                out.push(tag::WHOLE);
                out.extend_from_slice(item.bytes());
            }
        }
    }

    /// Appends what is compared of a value, in a form that tells where it ends.
    pub(super) fn encode(&mut self, value: &Value, out: &mut Vec<u8>) {
        let (Some(members), Some(map)) = (&self.members.some, value.as_map()) else {
            out.push(tag::WHOLE);
            return encode(value, out);
        };
        out.push(tag::MEMBER);
        for (member, place) in members.iter().zip(&mut self.places) {
            let value = at(map, &member.name, place);
            match (value.and_then(Value::as_map), &member.inner) {
                (Some(map), Some(inner)) => {
                    out.push(tag::INNER);
                    let values = inner.iter().map(|name| map.get(&Key::Str(name)));
                    values.for_each(|value| either(value, out));
                }
                _ => either(value, out),
            }
        }
    }
}

/// What is meant of what is packed, as it is appended of the value.
fn packed(members: &[Member], item: &Packed, out: &mut Vec<u8>) {
    out.push(tag::MEMBER);
    for Member { name, inner } in members {
        let found = packed_member(item.bytes(), name);
        match (found.filter(|found| is_packed_object(found)), inner) {
            (Some(object), Some(inner)) => {
                out.push(tag::INNER);
                let values = inner.iter().map(|name| packed_member(object, name));
                values.for_each(|value| either_packed(value, out));
            }
            _ => either_packed(found, out),
        }
    }
}

/// A member, which most likely stands at a place.
fn at<'v>(map: &'v Map, name: &str, place: &mut usize) -> Option<&'v Value> {
    let is_there = |(known, _): &(&Key<'_>, &Value)| known.as_str() == Some(name);
    if !map.get_index(*place).as_ref().is_some_and(is_there) {
        *place = map.get_index_of(&Key::Str(name))?;
    }
    map.get_index(*place).map(|(_, value)| value)
}

fn either_packed(value: Option<&[u8]>, out: &mut Vec<u8>) {
    match value {
        Some(value) => {
            out.push(tag::MEMBER);
            out.extend_from_slice(value);
        }
        None => out.push(tag::NOTHING),
    }
}

fn either(value: Option<&Value>, out: &mut Vec<u8>) {
    match value {
        Some(value) => {
            out.push(tag::MEMBER);
            encode(value, out);
        }
        None => out.push(tag::NOTHING),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;

    fn members(names: &[&str]) -> Members {
        let names = names.iter().map(|name| (*name).to_owned());
        Members::of(&Fields::Some(names.collect()))
    }

    fn bytes(members: &Members, values: &[&str]) -> Vec<Vec<u8>> {
        let mut series = Series::of(members);
        let one = |json: &&str| {
            let mut out = Vec::new();
            let value = from_json(json.as_bytes()).unwrap();
            series.encode(&value, &mut out);
            let mut packed = Vec::new();
            series.encode_packed(&value.into(), &mut packed);
            assert_eq!(packed, out, "{json}");
            out
        };
        values.iter().map(one).collect()
    }

    #[test]
    fn only_what_is_meant_counts() {
        let members = members(&["title", "body.html", "body.json", "tags"]);
        let first = r#"{"title":"A","body":{"html":"<p>","x":1},"tags":["a"],"id":1}"#;
        let same = [
            first,
            r#"{"title":"A","body":{"x":2,"html":"<p>"},"tags":["a"],"id":2}"#,
            r#"{"id":3,"tags":["a"],"body":{"html":"<p>"},"title":"A"}"#,
        ];
        let found = bytes(&members, &same);
        assert!(found.iter().all(|bytes| *bytes == found[0]));
        let others = [
            first,
            r#"{"title":"B","body":{"html":"<p>"},"tags":["a"]}"#,
            r#"{"title":"A","body":{"html":"<b>"},"tags":["a"]}"#,
            r#"{"title":"A","body":{"html":"<p>","json":null},"tags":["a"]}"#,
            r#"{"title":"A","body":null,"tags":["a"]}"#,
            r#"{"title":"A","body":"<p>","tags":["a"]}"#,
            r#"{"title":"A","tags":["a"]}"#,
            r#"{"title":"A","body":{},"tags":["a"]}"#,
            r#"{"title":"A","body":{"html":"<p>"},"tags":"a"}"#,
            r#"{"title":"A","body":{"html":"<p>"},"tags":null}"#,
            r#"{"title":"A","body":{"html":"<p>"}}"#,
            "{}",
            "null",
            r#""A""#,
        ];
        let found = bytes(&members, &others);
        for (at, one) in found.iter().enumerate() {
            let twin = found.iter().position(|other| other == one);
            assert_eq!(
                twin,
                Some(at),
                "{} and {:?}",
                others[at],
                twin.map(|at| others[at])
            );
        }
    }

    #[test]
    fn a_member_and_one_inside_it_are_all_of_it() {
        let values = [r#"{"body":{"a":1,"b":2}}"#, r#"{"body":{"a":1,"b":3}}"#];
        let found = bytes(&members(&["body", "body.a"]), &values);
        assert_ne!(found[0], found[1]);
        let found = bytes(&members(&["body.a"]), &values);
        assert_eq!(found[0], found[1]);
        let found = bytes(&Members::of(&Fields::All), &values);
        assert_ne!(found[0], found[1]);
    }

    #[test]
    fn other_names_are_other_bytes() {
        let names = |names: &[&str]| {
            let mut out = Vec::new();
            members(names).encode_names(&mut out);
            out
        };
        let all: [&[&str]; 6] = [&[], &["a"], &["b"], &["a", "b"], &["a.b"], &["a.b", "b"]];
        for (at, one) in all.iter().enumerate() {
            let others = all.iter().skip(at + 1);
            others.for_each(|other| assert_ne!(names(one), names(other)));
        }
    }
}
