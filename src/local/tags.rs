//! Finds the tags of Tera in Markdown: `{{ … }}`, `{% … %}`, `{# … #}`. In code there are none.

use std::ops::Range;

/// What a tag does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagKind {
    /// Prints a value.
    Value,
    /// Prints a component: `{{ <Note /> }}`.
    Component,
    /// Anything between `{%` and `%}`.
    Statement,
    /// Is left out.
    Comment,
    /// Says that what follows holds no tags, or no longer.
    Raw,
}

impl TagKind {
    /// Whether the tag makes no text that belongs into a paragraph.
    pub(super) fn is_block(self) -> bool {
        !matches!(self, Self::Value)
    }
}

/// A tag, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) range: Range<usize>,
    pub(super) kind: TagKind,
}

/// A tag without an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// Where it begins.
    pub(super) at: usize,
    /// What it begins with.
    pub(super) opening: &'static str,
    /// What would end it.
    pub(super) closing: &'static str,
}

/// What tags begin and end with.
const DELIMITERS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

/// All tags of `text` from `start` on. `code` are ranges without tags, in order.
pub(super) fn find(
    text: &str,
    start: usize,
    code: &[Range<usize>],
) -> Result<Vec<Tag>, Vec<Unclosed>> {
    let (mut tags, mut unclosed) = (Vec::new(), Vec::new());
    let (mut at, mut code) = (start, code.iter().peekable());
    while let Some(brace) = text[at..].find('{').map(|brace| at + brace) {
        // Code that begins inside a tag is none: its backtick belongs to the tag.
        while code
            .next_if(|range| range.start < at || range.end <= brace)
            .is_some()
        {}
        if let Some(range) = code.next_if(|range| range.contains(&brace)) {
            at = range.end;
            continue;
        }
        at = brace + 1;
        let delimiters = DELIMITERS
            .iter()
            .find(|(opening, _)| text[brace..].starts_with(opening));
        let Some(&(opening, closing)) = delimiters else {
            continue;
        };
        if opening == "{#" && is_heading_attribute(&text[brace..]) {
            continue;
        }
        let Some(end) = end_of(text, brace + 2, closing) else {
            unclosed.push(Unclosed {
                at: brace,
                opening,
                closing,
            });
            at = brace + 2;
            continue;
        };
        let kind = kind_of(&text[brace..end]);
        tags.push(Tag {
            range: brace..end,
            kind,
        });
        at = end;
        if kind == TagKind::Raw {
            // Up to its end everything is text.
            let rest = text[at..].match_indices("{%");
            let mut rest = rest.map(|(offset, _)| at + offset);
            let ending = rest.find_map(|begin| {
                let end = end_of(text, begin + 2, "%}")?;
                (word(&text[begin..end]) == "endraw").then_some(begin..end)
            });
            if let Some(range) = ending {
                at = range.end;
                tags.push(Tag { range, kind });
            }
        }
    }
    if unclosed.is_empty() {
        Ok(tags)
    } else {
        Err(unclosed)
    }
}

/// Where a tag ends: a quoted text inside may hold what would end it.
fn end_of(text: &str, start: usize, closing: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (start, None);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(own), byte) if own == byte => quote = None,
            (None, byte @ (b'"' | b'\'' | b'`')) if closing != "#}" => quote = Some(byte),
            (None, _) if bytes[at..].starts_with(closing.as_bytes()) => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The name of a heading, `{#name}` at the end of its line, looks like the beginning of a comment.
fn is_heading_attribute(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default().trim_end();
    let inner = line
        .strip_prefix("{#")
        .and_then(|line| line.strip_suffix('}'));
    inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(['}', '#', '{']))
}

fn kind_of(tag: &str) -> TagKind {
    let inner = inner(tag);
    match &tag[..2] {
        "{#" => TagKind::Comment,
        "{{" if inner.starts_with('<') => TagKind::Component,
        "{{" => TagKind::Value,
        _ if word(tag) == "raw" => TagKind::Raw,
        _ => TagKind::Statement,
    }
}

fn inner(tag: &str) -> &str {
    let inner = &tag[2..tag.len() - 2];
    inner.trim_matches('-').trim()
}

fn word(tag: &str) -> &str {
    inner(tag).split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<(&str, TagKind)> {
        let tags = find(text, 0, &[]).unwrap();
        tags.into_iter()
            .map(|tag| (&text[tag.range], tag.kind))
            .collect()
    }

    #[test]
    fn tags_end_where_tera_ends_them() {
        use TagKind as K;
        let cases: [(&str, &[(&str, TagKind)]); 7] = [
            ("a {{ b }} c", &[("{{ b }}", K::Value)]),
            ("{{ f(x=\"}}\") }}", &[("{{ f(x=\"}}\") }}", K::Value)]),
            ("{{ f(x='\\'}}') }}", &[("{{ f(x='\\'}}') }}", K::Value)]),
            (
                "{% <A> %}x{% </A> %}",
                &[("{% <A> %}", K::Statement), ("{% </A> %}", K::Statement)],
            ),
            (
                "{{- <A b=\"c\" /> -}}",
                &[("{{- <A b=\"c\" /> -}}", K::Component)],
            ),
            (
                "{# it's {{ #}{{ x }}",
                &[("{# it's {{ #}", K::Comment), ("{{ x }}", K::Value)],
            ),
            (
                "{% raw %}{{ x }}{%- endraw %}{ {",
                &[("{% raw %}", K::Raw), ("{%- endraw %}", K::Raw)],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(tags(text), expected, "{text}");
        }
    }

    #[test]
    fn in_code_there_are_none() {
        let text = "{{ a }} `{{ b` {{ c }}";
        let found = find(text, 0, std::slice::from_ref(&(8..14))).unwrap();
        let found: Vec<&str> = found.into_iter().map(|tag| &text[tag.range]).collect();
        assert_eq!(found, ["{{ a }}", "{{ c }}"]);
    }

    #[test]
    fn the_name_of_a_heading_is_no_comment() {
        assert_eq!(tags("# A {#a}\n{# b #}"), [("{# b #}", TagKind::Comment)]);
        assert_eq!(tags("# A {#a .b} \n"), []);
    }

    #[test]
    fn every_tag_without_an_end_is_told() {
        let unclosed = find("{{ a\n{% b %}\n{# c", 0, &[]).unwrap_err();
        let places: Vec<(usize, &str)> = unclosed.iter().map(|u| (u.at, u.closing)).collect();
        assert_eq!(places, [(0, "}}"), (13, "#}")]);
    }
}
