//! Pieces of HTML.

/// Text as it may stand between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A path that may be broken after its slashes.
pub(super) fn breakable(path: &str) -> String {
    escape(path).replace('/', "/<wbr>")
}

/// Words with code between backticks.
pub(super) fn words(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    let pieces: Vec<&str> = text.split('`').collect();
    for (number, piece) in pieces.iter().enumerate() {
        let piece = escape(piece);
        let is_last = number + 1 == pieces.len();
        match (number % 2 == 1, is_last) {
            (false, _) => html.push_str(&piece),
            (true, false) => html.extend(["<code>", &piece, "</code>"]),
            // A backtick without its counterpart is one.
            (true, true) => html.extend(["`", &piece]),
        }
    }
    html
}

/// The HTML of every item, one after the other.
pub(super) fn list<T>(items: impl IntoIterator<Item = T>, html: impl FnMut(T) -> String) -> String {
    items.into_iter().map(html).collect()
}

/// `1 problem`, `2 problems`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {}", plural(number, what))
}

/// The word for so many of something.
pub(super) fn plural(number: usize, what: &str) -> String {
    match what.strip_suffix('y') {
        _ if number == 1 => what.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_content_stays_text() {
        assert_eq!(escape("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
        assert_eq!(breakable("/a<b"), "/<wbr>a&lt;b");
        assert_eq!(words("`a<b` is `c"), "<code>a&lt;b</code> is `c");
    }

    #[test]
    fn numbers_agree() {
        assert_eq!(count(1, "stored query"), "1 stored query");
        assert_eq!(count(0, "stored query"), "0 stored queries");
        assert_eq!(count(2, "tag"), "2 tags");
    }
}
