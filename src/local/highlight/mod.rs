//! Code of a text as HTML, with a class for each kind of word where its language is known.
//!
//! Which bytes are of what kind is the business of [`grammars`], the only place that knows the library behind
//! the feature `highlight`. The HTML is made here, so what can be read in it is the code, whatever a grammar
//! thinks of it.

#[cfg(feature = "highlight")]
mod grammars;
/// The twin for programs without the feature: it knows no language.
#[cfg(not(feature = "highlight"))]
mod grammars {
    pub(super) fn paint(_language: &str, _code: &str) -> Option<super::Paint> {
        None
    }
}

use super::body::escaped;

/// The class of every byte of a code; `None` is for those without.
type Paint = Vec<Option<&'static str>>;

/// Code as the content of a `<code>`: spans with classes, or plain text if the language is not known.
pub(super) fn html(language: &str, code: &str) -> String {
    match grammars::paint(language, code) {
        Some(paint) => spans(code, &paint),
        None => escaped(code),
    }
}

/// A span around each run of characters with one class. The first byte of a character speaks for it.
fn spans(code: &str, paint: &Paint) -> String {
    let class_at = |at: usize| paint.get(at).copied().flatten();
    let mut html = String::with_capacity(code.len() * 3);
    let mut begin = 0;
    let later = code.char_indices().map(|(at, _)| at).skip(1);
    for end in later.chain([code.len()]) {
        let class = class_at(begin);
        if end < code.len() && class_at(end) == class {
            continue;
        }
        let text = escaped(&code[begin..end]);
        match class {
            Some(class) => html.extend(["<span class=\"token ", class, "\">", &text, "</span>"]),
            None => html.push_str(&text),
        }
        begin = end;
    }
    html
}
