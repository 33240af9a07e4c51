//! Which members of an object say nothing, found while the object is parsed for something else.
//!
//! A second pass over the JSON of every item would cost as much as the first. Members that are kept are
//! looked at when they have been built. Of those that are skipped only the beginning is looked at, and of
//! objects the members, since AEM has an object around the forms of a rich text: `{"html": null}` is what
//! an empty one looks like (`aem-protocol.md`, section 4.3).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tera::Value;

use super::Name;

/// What the REST delivery has of a multi-line text that is empty: this and no `value` (`aem-protocol.md`,
/// section 10.2).
const TYPE: &str = "mimeType";

/// Whether a member says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Null, an empty text, an empty list or an empty object: AEM answers each of them for what is not
    /// filled in, depending on the field's type.
    Empty,
    /// Anything else.
    Filled,
}

impl Content {
    fn empty_if(empty: bool) -> Self {
        if empty { Self::Empty } else { Self::Filled }
    }
}

/// Hears of the members of an object, and of the members of those that are objects themselves.
pub trait Survey {
    /// A member `name`, or the member `name` of the object's member `outer`, which comes after it.
    fn member(&mut self, outer: Option<&str>, name: &str, content: Content);
}

/// Does not listen.
impl Survey for () {
    fn member(&mut self, _: Option<&str>, _: &str, _: Content) {}
}

/// Tells of a member that was built.
pub(super) fn hear_value(name: &str, value: &Value, survey: &mut dyn Survey) {
    for (inner, value) in value.as_map().into_iter().flatten() {
        if let Some(inner) = inner.as_str() {
            survey.member(Some(name), inner, of(value));
        }
    }
    survey.member(None, name, of(value));
}

fn of(value: &Value) -> Content {
    let list = || value.as_array().is_some_and(<[Value]>::is_empty);
    let map = || {
        let keys = value.as_map().map(|map| map.keys());
        keys.is_some_and(|mut keys| keys.all(|key| key.as_str() == Some(TYPE)))
    };
    let text = || value.as_str().is_some_and(str::is_empty);
    Content::empty_if(value.is_none() || text() || list() || map())
}

/// Skips the value of a member, and tells what was there.
pub(super) struct Skipped<'s> {
    pub(super) name: &'s str,
    pub(super) survey: &'s mut dyn Survey,
}

impl<'de> DeserializeSeed<'de> for Skipped<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let (name, survey) = (self.name, self.survey);
        let content = deserializer.deserialize_any(Inside {
            name,
            survey: &mut *survey,
        })?;
        survey.member(None, name, content);
        Ok(())
    }
}

/// Looks into a member, one level deep.
struct Inside<'s> {
    name: &'s str,
    survey: &'s mut dyn Survey,
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Content, E> {
        Ok(Content::Filled)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Content, E> {
        Ok(Content::Filled)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Content, E> {
        Ok(Content::Filled)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Content, E> {
        Ok(Content::Filled)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::empty_if(text.is_empty()))
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Empty)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        let mut content = Content::Empty;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            content = Content::Filled;
        }
        Ok(content)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut content = Content::Empty;
        while let Some(Name(inner)) = map.next_key()? {
            // As it is written: most of an item's bytes are here, and none of them has to be unescaped.
            let raw: &RawValue = map.next_value()?;
            let empty = is_empty(raw.get());
            self.survey
                .member(Some(self.name), &inner, Content::empty_if(empty));
            content = Content::Filled;
        }
        Ok(content)
    }
}

/// Whether a JSON text is that of something empty.
fn is_empty(raw: &str) -> bool {
    match raw.as_bytes() {
        [b'{', inner @ .., b'}'] if inner.trim_ascii_start().starts_with(b"\"mimeType\"") => {
            !inner.contains(&b',')
        }
        [b'[', inner @ .., b']'] | [b'{', inner @ .., b'}'] => inner.trim_ascii().is_empty(),
        whole => matches!(whole, b"null" | b"\"\""),
    }
}

#[cfg(test)]
mod tests {
    use super::super::survey;
    use super::*;

    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Survey for Heard {
        fn member(&mut self, outer: Option<&str>, name: &str, content: Content) {
            let outer = outer.map(|outer| format!("{outer}.")).unwrap_or_default();
            let sign = match content {
                Content::Empty => '-',
                Content::Filled => '+',
            };
            self.0.push(format!("{sign}{outer}{name}"));
        }
    }

    #[test]
    fn kept_and_skipped_members_are_heard_alike() {
        let text = br#"{"a":null,"b":"","c":[],"d":{},"e":0,"f":false,"g":[null],"h":" ",
            "main":{"html":null,"json":[{"x":[1]}],"plaintext":"","deep":{"x":null},"none":[ ],
            "rest":{ "mimeType":"text/html"},"text":{"mimeType":"text/html","value":"x"}},"i":1.5,"j":-1}"#;
        let expected = "-a -b -c -d +e +f +g +h -main.html +main.json -main.plaintext +main.deep -main.none -main.rest +main.text +main +i +j";
        for fields in [None, Some(&[][..]), Some(&["a", "main", "g"][..])] {
            let mut heard = Heard::default();
            survey(text, fields, &mut heard).unwrap();
            assert_eq!(heard.0.join(" "), expected, "{fields:?}");
        }
    }

    #[test]
    fn what_is_skipped_must_still_be_json() {
        for wrong in [r#"{"a":{"b":tru}}"#, r#"{"a":[1,}"#, r#"{"a":"x}"#, "{} {}"] {
            assert!(
                survey(wrong.as_bytes(), Some(&[]), &mut ()).is_err(),
                "{wrong}"
            );
        }
    }
}
