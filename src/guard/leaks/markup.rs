//! Where in an HTML page something stands: in an attribute, a script, a comment, or the text.
//!
//! A rough reading, enough for that: what it makes of broken HTML may differ from what a browser does.

use std::ops::Range;

use memchr::{memchr, memmem};

/// What stands at a place of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// What a visitor reads.
    Text,
    /// The value of an attribute, and where it begins.
    Attribute(usize),
    /// The value of one that says where an asset is, and where it begins.
    Source(usize),
    /// The value of an attribute that is read to somebody, such as `alt`.
    Prose,
    /// A script or a style sheet.
    Code,
    /// A comment.
    Comment,
}

/// Attributes whose values are sentences, more often than addresses.
const PROSE: [&[u8]; 8] = [
    b"alt",
    b"aria-description",
    b"aria-label",
    b"content",
    b"label",
    b"placeholder",
    b"summary",
    b"title",
];

/// Attributes that say where an asset is.
const SOURCE: [&[u8]; 3] = [b"href", b"src", b"srcset"];

/// The parts of a page that are not text, in order.
pub(super) struct Page(Vec<(Range<usize>, Zone)>);

impl Page {
    /// Reads a page.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut zones = Vec::new();
        let mut at = 0;
        while let Some(open) = memchr(b'<', bytes.get(at..).unwrap_or_default()) {
            let open = at + open;
            let rest = &bytes[open..];
            at = if rest.starts_with(b"<!--") {
                let end = end_of(bytes, open + 4, b"-->");
                zones.push((open..end, Zone::Comment));
                end
            } else if rest.get(1).is_some_and(|b| b.is_ascii_alphabetic()) {
                tag(bytes, open + 1, &mut zones)
            } else {
                open + 1
            };
        }
        Self(zones)
    }

    /// What stands at a place.
    pub(super) fn zone(&self, at: usize) -> Zone {
        let next = self.0.partition_point(|(range, _)| range.end <= at);
        match self.0.get(next) {
            Some((range, zone)) if range.contains(&at) => zone.clone(),
            _ => Zone::Text,
        }
    }
}

/// Reads a tag from its name on, and what follows it where that is no text; where to go on.
fn tag(bytes: &[u8], name: usize, zones: &mut Vec<(Range<usize>, Zone)>) -> usize {
    let mut at = skip(bytes, name, |b| {
        !b.is_ascii_whitespace() && !matches!(b, b'>' | b'/')
    });
    let element = &bytes[name..at];
    loop {
        at = skip(bytes, at, |b| b.is_ascii_whitespace() || b == b'/');
        match bytes.get(at) {
            None => return at,
            Some(b'>') => break,
            Some(_) => at = attribute(bytes, at, zones),
        }
    }
    let inside = at + 1;
    let code = [&b"script"[..], b"style"];
    let Some(element) = code.into_iter().find(|c| element.eq_ignore_ascii_case(c)) else {
        return inside;
    };
    let end = end_of_element(bytes, inside, element);
    zones.push((inside..end, Zone::Code));
    end
}

/// Reads an attribute; where to go on.
fn attribute(bytes: &[u8], start: usize, zones: &mut Vec<(Range<usize>, Zone)>) -> usize {
    let in_name = |b: u8| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/');
    // A name may begin with `=`, and is never empty: one goes on in any case.
    let end = skip(bytes, start + 1, in_name);
    let name = &bytes[start..end];
    let equals = skip(bytes, end, |b| b.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return end;
    }
    let value = skip(bytes, equals + 1, |b| b.is_ascii_whitespace());
    let (range, next) = match bytes.get(value) {
        Some(&quote @ (b'"' | b'\'')) => {
            let end = skip(bytes, value + 1, |b| b != quote);
            (value + 1..end, end + 1)
        }
        _ => {
            let end = skip(bytes, value, |b| !b.is_ascii_whitespace() && b != b'>');
            (value..end, end)
        }
    };
    let is_among = |names: &[&[u8]]| names.iter().any(|own| name.eq_ignore_ascii_case(own));
    let zone = if is_among(&PROSE) {
        Zone::Prose
    } else if is_among(&SOURCE) {
        Zone::Source(range.start)
    } else {
        Zone::Attribute(range.start)
    };
    zones.push((range, zone));
    next
}

/// The first place from `at` on where the condition fails.
fn skip(bytes: &[u8], at: usize, fits: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| !fits(*b)).unwrap_or(rest.len())
}

/// Behind the next occurrence, or the end.
fn end_of(bytes: &[u8], from: usize, text: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memmem::find(rest, text).map_or(bytes.len(), |at| from + at + text.len())
}

/// Where the closing tag of a script or style sheet begins.
fn end_of_element(bytes: &[u8], from: usize, element: &[u8]) -> usize {
    let closes = |at: &usize| {
        let name = bytes
            .get(at + 2..at + 2 + element.len())
            .unwrap_or_default();
        name.eq_ignore_ascii_case(element)
    };
    let tags = memmem::find_iter(&bytes[from..], b"</").map(|at| from + at);
    tags.into_iter().find(closes).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_where_something_stands() {
        let html = r#"<!doctype html><!-- @c1 > --><p title='@p1'>@t1 <a data-x = "@a1" href=@a2 hidden>@t2</a
            ><img alt="@p2" SRC='@a3'/><script type="@a4">if (a < b) { "@c2" }</SCRIPT>@t3
            <style>x { background: url(@c3) }</style> a < @t4 <br/>@t5 <textarea>@t6</textarea><i =x x="@a6"#;
        let page = Page::read(html.as_bytes());
        for (at, mark) in html
            .match_indices('@')
            .map(|(at, _)| (at, &html[at + 1..at + 3]))
        {
            let expected = match page.zone(at) {
                Zone::Text => 't',
                Zone::Attribute(start) | Zone::Source(start) => {
                    assert!(start <= at);
                    'a'
                }
                Zone::Prose => 'p',
                Zone::Code | Zone::Comment => 'c',
            };
            assert!(mark.starts_with(expected), "{mark} is {:?}", page.zone(at));
        }
    }

    #[test]
    fn a_page_may_end_anywhere() {
        let html = "<!-- x --><a href=\"y\" b='z'><script>s</script><style>t</style>";
        for end in 0..=html.len() {
            let page = Page::read(&html.as_bytes()[..end]);
            let _ = page.zone(end);
        }
        Page::read(b"<a =<a ==<a/=/<script");
    }
}
