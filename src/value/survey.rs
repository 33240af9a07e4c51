//! Which members of an object say nothing, found while the object is parsed for something else.
//!
//! Nothing becomes a value for that: what is empty shows in the text. Of members that are objects the members are
//! looked at too, since AEM has an object around the forms of a rich text: `{"html": null}` is what an empty one looks
//! like (`aem-protocol.md`, section 4.3).

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

/// What the JSON of a member says.
pub(super) fn content(json: &[u8]) -> Content {
    Content::empty_if(is_empty(json))
}

/// Whether a JSON text is that of something empty. What the REST delivery has of a multi-line text that is empty is its
/// `mimeType` without a `value` (`aem-protocol.md`, section 10.2).
fn is_empty(json: &[u8]) -> bool {
    match json {
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
}
