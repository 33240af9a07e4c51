//! Any JSON document of the AEM host, such as a page's `.model.json` (section 10.5).
//!
//! An object is one item, a list is its members. A path such as `a.b` picks a part: names of members,
//! or the number of a list's member, from 0.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::entries::Entries;
use super::envelope::{EnvelopeError, RootError};
use super::shape::{Decoded, Shape, slice};
use super::{EncodeError, Variables, encode};

/// The variable that holds a document's path.
pub const PATH: &str = "path";

/// The path of the GET that delivers a document, percent-encoded.
///
/// # Errors
/// When the path cannot be sent.
pub fn request_path(variables: &Variables) -> Result<String, EncodeError> {
    let path = variables.get(PATH).map(encode::text).unwrap_or_default();
    if let Some(why) = flaw(&path) {
        return Err(EncodeError::Path { path, why });
    }
    encode::bounded(encode::repository_path(&path) + &encode::query_string(variables, &[PATH]))
}

/// What is wrong with a document's path, as far as it can be told without asking.
#[must_use]
pub fn flaw(path: &str) -> Option<&'static str> {
    encode::flaw(path).or_else(|| {
        path.contains(['?', '#'])
            .then_some("it has a `?` or `#` in it, and no parameters can be sent")
    })
}

/// What a document is known by when it has no path of its own: the path it was asked for at, without the
/// extension.
#[must_use]
pub fn subject(path: &str) -> &str {
    path.strip_suffix(".json")
        .map_or(path, |path| path.strip_suffix(".model").unwrap_or(path))
}

/// Makes sure that a body is JSON, all of it.
pub(super) fn check(body: &Bytes) -> Result<Bytes, EnvelopeError> {
    let whole: &RawValue = serde_json::from_slice(body)?;
    Ok(slice(body, whole))
}

/// The items of a document, or of a part of it; `None` when that is null.
pub(super) fn pick(json: &Bytes, path: Option<&str>) -> Result<Option<Decoded>, RootError> {
    let mut at: &RawValue = parse(json)?;
    for name in path.iter().flat_map(|path| path.split('.')) {
        at = member(at, name)?;
    }
    let text = at.get();
    let decoded = match text.as_bytes().first() {
        _ if text == "null" => return Ok(None),
        Some(b'{') => Decoded::of(json, Shape::One, [Some(at)]),
        Some(b'[') => {
            let members: Vec<&RawValue> = parse(text.as_bytes())?;
            Decoded::of(json, Shape::List, members.into_iter().map(Some))
        }
        _ => return Err(RootError::Form(format!("a plain value, {}", shown(text)))),
    };
    let mixed = |_| RootError::Form("a list with something else than objects in it".to_owned());
    decoded.map(Some).map_err(mixed)
}

fn member<'a>(of: &'a RawValue, name: &str) -> Result<&'a RawValue, RootError> {
    let text = of.get().as_bytes();
    match text.first() {
        Some(b'{') => {
            let Entries(members) = parse(text)?;
            let found = members.iter().find(|(own, _)| own == name);
            let names = || members.iter().map(|(own, _)| own.clone()).collect();
            found
                .map(|(_, raw)| *raw)
                .ok_or_else(|| RootError::Absent(names()))
        }
        Some(b'[') => {
            let members: Vec<&RawValue> = parse(text)?;
            let found = name.parse().ok().and_then(|n: usize| members.get(n));
            let names = || (0..members.len()).map(|n| n.to_string()).collect();
            found.copied().ok_or_else(|| RootError::Absent(names()))
        }
        _ => Err(RootError::Absent(Vec::new())),
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(json: &'a [u8]) -> Result<T, RootError> {
    serde_json::from_slice(json).map_err(not_items)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn not_items(error: serde_json::Error) -> RootError {
    RootError::Form(error.to_string())
}

/// The beginning of a value, for a message.
fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page in the shape of section 10.5.
    const PAGE: &str = r#"{":type":"harbor/components/page","title":"Home",":path":"/content/harbor/en/home",
        ":itemsOrder":["root"],":items":{"root":{":type":"harbor/components/container",
        ":items":{"text":{"id":"text-1","text":"<p>Hello</p>","richText":true}}}},
        "links":[{"url":"/a"},{"url":"/b"}],"odd":[1],"none":null,"n":1.50}"#;

    fn pick_of(path: Option<&str>) -> Result<Option<Decoded>, RootError> {
        pick(&check(&Bytes::from_static(PAGE.as_bytes())).unwrap(), path)
    }

    fn items(path: Option<&str>) -> (Shape, Vec<String>) {
        let decoded = pick_of(path).unwrap().unwrap();
        let text = |json: &Bytes| String::from_utf8(json.to_vec()).unwrap();
        (decoded.shape, decoded.items.iter().map(text).collect())
    }

    #[test]
    fn an_object_is_one_item_and_a_list_its_members() {
        assert_eq!(items(None), (Shape::One, vec![PAGE.to_owned()]));
        assert_eq!(
            items(Some("links")),
            (
                Shape::List,
                vec![r#"{"url":"/a"}"#.to_owned(), r#"{"url":"/b"}"#.to_owned()]
            )
        );
        assert_eq!(
            items(Some("links.1")),
            (Shape::One, vec![r#"{"url":"/b"}"#.to_owned()])
        );
        let (_, text) = items(Some(":items.root.:items.text"));
        assert_eq!(
            text,
            [r#"{"id":"text-1","text":"<p>Hello</p>","richText":true}"#]
        );
        assert!(pick_of(Some("none")).unwrap().is_none());
    }

    #[test]
    fn what_is_no_item_is_told_apart_from_what_is_not_there() {
        let absent = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Some(RootError::Absent(names))
        };
        assert_eq!(pick_of(Some(":items.body")).err(), absent(&["root"]));
        assert_eq!(pick_of(Some("links.2")).err(), absent(&["0", "1"]));
        assert_eq!(pick_of(Some("title.a")).err(), absent(&[]));
        for path in ["title", "n", "odd"] {
            let error = pick_of(Some(path)).err();
            assert!(
                matches!(error, Some(RootError::Form(_))),
                "{path}: {error:?}"
            );
        }
    }

    #[test]
    fn a_document_is_whole_or_none() {
        for body in ["", "{\"a\":", "{} {}", "<html>", "{\"a\":[1,]}"] {
            assert!(
                check(&Bytes::from_static(body.as_bytes())).is_err(),
                "{body}"
            );
        }
        assert_eq!(check(&Bytes::from_static(b" [ ]\n")).unwrap(), "[ ]");
    }

    #[test]
    fn a_document_without_a_path_is_known_by_where_it_was() {
        for (path, known) in [
            ("/content/harbor/en.model.json", "/content/harbor/en"),
            ("/content/harbor/en.json", "/content/harbor/en"),
            ("/content/harbor/en.tidy.json", "/content/harbor/en.tidy"),
            ("/bin/harbor", "/bin/harbor"),
        ] {
            assert_eq!(subject(path), known);
        }
    }

    #[test]
    fn the_request_is_the_path() {
        let at = |path: &str| {
            let variables = [(PATH.to_owned(), path.into())].into_iter().collect();
            request_path(&variables)
        };
        assert_eq!(
            at("/content/harbor/en/über uns.model.json"),
            Ok("/content/harbor/en/%C3%BCber%20uns.model.json".to_owned())
        );
        for wrong in [
            "",
            "content/x.json",
            "/a/../b.json",
            "//evil.example/x",
            "/x.json?a=1",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
