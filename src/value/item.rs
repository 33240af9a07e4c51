//! An item gone through once, for everything that is wanted of it: values of some members, the text of others, and
//! which of them are empty.

use std::collections::BTreeMap;

use super::Survey;
use super::packed::{Packed, Packer};
use super::scan::{Cursor, Quoted};
use super::survey::content;

/// Members of an object by their names; of an object inside it single ones, as `main.html`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice(Option<BTreeMap<Box<str>, Part>>);

/// What is chosen of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// These members, where it is an object.
    Members(Vec<Box<str>>),
}

static WHOLE: Part = Part::Whole;

impl Choice {
    /// All of it.
    pub const ALL: Self = Self(None);

    /// These members.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut chosen = BTreeMap::<Box<str>, Part>::new();
        for name in names {
            let Some((outer, inner)) = name.split_once('.') else {
                chosen.insert(name.into(), Part::Whole);
                continue;
            };
            let part = chosen.entry(outer.into());
            match part.or_insert_with(|| Part::Members(Vec::new())) {
                Part::Members(members) => members.push(inner.into()),
                Part::Whole => {}
            }
        }
        Self(Some(chosen))
    }

    fn is_all(&self) -> bool {
        self.0.is_none()
    }

    fn part(&self, name: &str) -> Option<&Part> {
        match &self.0 {
            None => Some(&WHOLE),
            Some(chosen) => chosen.get(name),
        }
    }
}

impl Part {
    fn has(&self, inner: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Members(members) => members.iter().any(|member| **member == *inner),
        }
    }
}

/// What is wanted of an item.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// As values.
    pub values: Choice,
    /// As text.
    pub text: Choice,
}

/// An item as it is wanted.
#[derive(Debug)]
pub struct Item {
    /// An object of the chosen members.
    pub values: Packed,
    /// The JSON of an object of the chosen members, in the order in which they came; none where that is the whole item.
    /// Of the others it has the names, so that messages can tell them, and an item does not become an empty one.
    pub text: Option<Vec<u8>>,
}

/// Goes through an item, which is known to be JSON; `survey` hears of every member, wanted or not.
///
/// # Errors
/// When it is not an object, or a value nests too deep.
pub fn read(
    json: &[u8],
    wanted: &Wanted,
    survey: &mut dyn Survey,
) -> Result<Item, serde_json::Error> {
    let mut reader = Reader {
        cursor: Cursor::new(json),
        wanted,
        values: Packer::new(),
        text: (!wanted.text.is_all()).then(|| Text::with_room_for(json)),
        survey,
        unread: None,
    };
    match reader.object() {
        Some(()) => Ok(Item {
            values: reader.values.end(),
            text: reader.text.map(Text::end),
        }),
        None => Err(reader.unread.unwrap_or_else(|| not_an_object(json))),
    }
}

/// What a parser has to say about it.
fn not_an_object(json: &[u8]) -> serde_json::Error {
    let parsed = serde_json::from_slice::<serde_json::Map<_, _>>(json);
    parsed
        .err()
        .unwrap_or_else(|| serde::de::Error::custom("its members cannot be found"))
}

struct Reader<'j, 'w> {
    cursor: Cursor<'j>,
    wanted: &'w Wanted,
    values: Packer<'j>,
    text: Option<Text>,
    survey: &'w mut dyn Survey,
    /// Why a value could not be made.
    unread: Option<serde_json::Error>,
}

impl Reader<'_, '_> {
    /// `None` where it is none, here as below.
    fn object(&mut self) -> Option<()> {
        self.cursor.take(b'{')?;
        while let Some(name) = self.cursor.member()? {
            self.member(name)?;
        }
        self.cursor.is_at_end().then_some(())
    }
}

impl<'j> Reader<'j, '_> {
    fn member(&mut self, quoted: Quoted<'j>) -> Option<()> {
        let name = quoted.text()?;
        let wanted = self.wanted;
        let (value, text) = (wanted.values.part(&name), wanted.text.part(&name));
        let start = self.cursor.at();
        let mut parts = [value, text].map(|part| match part {
            Some(part @ Part::Members(_)) => Some((part, Text::default())),
            _ => None,
        });
        let is_object = self.cursor.peek()? == b'{';
        if is_object {
            self.inside(&name, &mut parts)?;
        } else {
            self.cursor.value()?;
        }
        let whole = self.cursor.since(start);
        self.survey.member(None, &name, content(whole));
        let [value_part, text_part] =
            parts.map(|part| part.filter(|_| is_object).map(|(_, text)| text.end()));
        if let Some(written) = &mut self.text {
            let chosen = text.map(|_| text_part.as_deref().unwrap_or(whole));
            written.add(quoted, chosen.unwrap_or(b"null"));
        }
        if value.is_some() {
            let json = value_part.as_deref().unwrap_or(whole);
            if let Err(error) = self.values.add(name, json) {
                self.unread = Some(error);
                return None;
            }
        }
        Some(())
    }

    /// The members of a member.
    fn inside(&mut self, outer: &str, parts: &mut [Option<(&Part, Text)>; 2]) -> Option<()> {
        self.cursor.take(b'{')?;
        while let Some(quoted) = self.cursor.member()? {
            let name = quoted.text()?;
            let value = self.cursor.value()?;
            self.survey.member(Some(outer), &name, content(value));
            let [values, texts] = parts;
            if let Some((part, text)) = values
                && part.has(&name)
            {
                text.add(quoted, value);
            }
            if let Some((part, text)) = texts {
                text.add(quoted, if part.has(&name) { value } else { b"null" });
            }
        }
        Some(())
    }
}

/// The JSON of an object, as far as it is written.
#[derive(Default)]
struct Text(Vec<u8>);

impl Text {
    /// Of an object of which most may be written. `null` may be longer than what it stands for.
    fn with_room_for(json: &[u8]) -> Self {
        Self(Vec::with_capacity(json.len() + 64))
    }

    fn add(&mut self, name: Quoted<'_>, value: &[u8]) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        self.0.extend_from_slice(name.0);
        self.0.push(b':');
        self.0.extend_from_slice(value);
    }

    fn end(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        self.0
    }
}

#[cfg(test)]
mod tests {
    use tera::Value;

    use super::super::from_json;
    use super::*;

    const ITEM: &str = r#"{"slug":"x", "body": {"html":"<p>","json":[{"a":1}]} ,"tags":[ "a" ],"n\u0061me":{"first":"y","l\u0061st":"z"},"none":null}"#;

    fn whole_text(names: &[&str]) -> String {
        let wanted = Wanted {
            values: Choice::of([]),
            text: Choice::of(names.iter().copied()),
        };
        let item = read(ITEM.as_bytes(), &wanted, &mut ()).unwrap();
        String::from_utf8(item.text.unwrap()).unwrap()
    }

    /// Without the names of what was not chosen.
    fn text(names: &[&str]) -> String {
        let mut text = whole_text(names);
        for name in ["slug", "body", "tags", "n\\u0061me"] {
            text = text.replace(&format!("\"{name}\":null,"), "");
        }
        if !names.iter().any(|name| name.starts_with("none")) {
            text = text
                .replace(",\"none\":null", "")
                .replace("\"none\":null", "");
        }
        text
    }

    #[test]
    fn names_stay_of_what_is_not_chosen() {
        let names = r#"{"slug":null,"body":null,"tags":null,"n\u0061me":null,"none":null}"#;
        assert_eq!(whole_text(&[]), names);
    }

    #[test]
    fn chosen_members_stay_as_they_were_written() {
        assert_eq!(text(&[]), "{}");
        assert_eq!(
            text(&["tags", "slug", "absent"]),
            r#"{"slug":"x","tags":[ "a" ]}"#
        );
        assert_eq!(
            text(&["name"]),
            r#"{"n\u0061me":{"first":"y","l\u0061st":"z"}}"#
        );
    }

    #[test]
    fn members_of_members_are_chosen_too() {
        assert_eq!(
            text(&["body.html", "body.absent"]),
            r#"{"body":{"html":"<p>","json":null}}"#
        );
        assert_eq!(
            text(&["name.last"]),
            r#"{"n\u0061me":{"first":null,"l\u0061st":"z"}}"#
        );
        assert_eq!(
            text(&["body.absent"]),
            r#"{"body":{"html":null,"json":null}}"#
        );
        assert_eq!(text(&["body.html", "body"]), text(&["body"]));
        assert_eq!(text(&["body", "body.html"]), text(&["body"]));
        // What is no object has no members to choose from.
        assert_eq!(
            text(&["none.a", "tags.a"]),
            r#"{"tags":[ "a" ],"none":null}"#
        );
    }

    #[test]
    fn values_are_those_of_the_text() {
        for names in [&["slug"][..], &["body.json", "name.first", "none"], &[]] {
            let choice = Choice::of(names.iter().copied());
            let wanted = Wanted {
                values: choice.clone(),
                text: choice,
            };
            let item = read(ITEM.as_bytes(), &wanted, &mut ()).unwrap();
            let text = from_json(&item.text.unwrap()).unwrap();
            let values = item.values.value();
            for (name, value) in text.as_map().unwrap() {
                let kept = values.as_map().unwrap().get(name);
                let kept = kept.cloned().unwrap_or_else(Value::none);
                let Some(members) = value.as_map().filter(|_| kept.is_map()) else {
                    assert_eq!(kept, *value);
                    continue;
                };
                for (name, value) in members {
                    let kept = kept.as_map().unwrap().get(name);
                    assert_eq!(kept.unwrap_or(&Value::none()), value);
                }
            }
        }
        let all = Wanted {
            values: Choice::ALL,
            text: Choice::ALL,
        };
        let item = read(ITEM.as_bytes(), &all, &mut ()).unwrap();
        assert_eq!(item.values, from_json(ITEM.as_bytes()).unwrap().into());
        assert_eq!(item.text, None);
    }

    #[test]
    fn of_two_members_with_one_name_the_last_counts() {
        let long: String = (0..40).map(|n| format!("\"m{n}\":{n},")).collect();
        for json in [
            r#"{"a":1,"b":2,"\u0061":[3]}"#.to_owned(),
            r#"{"a":{"x":1,"x":2},"a":{"y":1},"b":{},"a":null}"#.to_owned(),
            format!("{{{long}\"m3\":\"last\"}}"),
        ] {
            let all = Wanted {
                values: Choice::ALL,
                text: Choice::ALL,
            };
            let item = read(json.as_bytes(), &all, &mut ()).unwrap();
            assert_eq!(
                item.values,
                from_json(json.as_bytes()).unwrap().into(),
                "{json}"
            );
        }
        let in_part = Wanted {
            values: Choice::of(["main.html"]),
            text: Choice::ALL,
        };
        let json =
            br#"{"main":{"html":"a","html":"b","x":1},"main":{"html":"c","x":2,"html":"d"}}"#;
        let item = read(json, &in_part, &mut ()).unwrap();
        let last = from_json(br#"{"main":{"html":"d"}}"#).unwrap();
        assert_eq!(item.values, last.into());
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        let wanted = Wanted {
            values: Choice::of(["a"]),
            text: Choice::ALL,
        };
        for wrong in [
            "[]",
            "{",
            r#"{"a":[1,}"#,
            r#"{"a":tru}"#,
            r#"{"b":"x}"#,
            "{} {}",
            "{]",
        ] {
            assert!(read(wrong.as_bytes(), &wanted, &mut ()).is_err(), "{wrong}");
        }
    }
}
