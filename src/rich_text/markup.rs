//! The letters of HTML: tags, attributes, and what is escaped in them.

use super::tree::Attributes;

/// What any element may have.
pub(super) fn printed(attributes: &Attributes) -> String {
    let all = [
        ("id", &attributes.id),
        ("class", &attributes.class),
        ("lang", &attributes.lang),
        ("dir", &attributes.dir),
        ("title", &attributes.title),
    ];
    let given = all
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)));
    given.map(|(name, value)| attribute(name, value)).collect()
}

pub(super) fn attribute(name: &str, value: &str) -> String {
    let mut out = format!(" {name}=\"");
    escape(value, &mut out);
    out.push('"');
    out
}

pub(super) fn open(name: &str, attributes: &str, out: &mut String) {
    out.extend(["<", name, attributes, ">"]);
}

pub(super) fn wrap(name: &str, attributes: &str, body: &str, out: &mut String) {
    open(name, attributes, out);
    // A browser drops a line break right after `<pre>`; there is always a `<code>` between.
    out.extend([body, "</", name, ">"]);
}

/// Text for a page, and for the value of an attribute in double quotes.
pub(super) fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}
