//! The languages that are known, read by tree-sitter's grammars.

use std::cmp::Reverse;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use arborium::advanced::Span;
use arborium::{GrammarStore, Highlighter};

use super::Paint;

/// Longer code stays plain, bytes: grammars are quick with what people read, but give no promise about the
/// rest. A limit of time would make the output depend on the machine.
const LONGEST: usize = 16 * 1024;

/// Grammars in use, each made ready once.
static GRAMMARS: LazyLock<Arc<GrammarStore>> = LazyLock::new(Arc::default);

/// The classes of a code, unless its language is not known or its grammar fails.
pub(super) fn paint(language: &str, code: &str) -> Option<Paint> {
    let language = known(language)?;
    if code.len() > LONGEST || (language == "yaml" && is_deep(code)) {
        return None;
    }
    let mut highlighter = Highlighter::with_store(GRAMMARS.clone());
    let spans = guarded(|| highlighter.highlight_spans(language, code).ok())?;
    Some(painted(spans, code.len()))
}

/// Whether YAML may have more levels than its grammar has room for, 253: it writes beyond, where Rust catches
/// nothing. A level needs a sign of its own, and a column that it shares with no more than one other.
fn is_deep(code: &str) -> bool {
    let signs = code.bytes().filter(|byte| b"-?:|>".contains(byte));
    signs.count() > DEEPEST && code.lines().any(|line| line.len() > DEEPEST / 2)
}

/// The levels of YAML that are surely safe.
const DEEPEST: usize = 240;

/// The grammar for a language, as it is named behind a fence.
fn known(language: &str) -> Option<&'static str> {
    Some(match language.to_ascii_lowercase().as_str() {
        "bash" | "sh" | "shell" => "bash",
        "css" => "css",
        "graphql" | "gql" => "graphql",
        "html" | "htm" => "html",
        "javascript" | "js" | "mjs" => "javascript",
        "json" | "jsonc" => "json",
        "toml" => "toml",
        "yaml" | "yml" => "yaml",
        _ => return None,
    })
}

/// What a grammar says, or nothing if it panics: colours are not worth a build.
fn guarded<T>(grammar: impl FnOnce() -> Option<T>) -> Option<T> {
    catch_unwind(AssertUnwindSafe(grammar)).ok().flatten()
}

/// Inner spans lie over outer ones, and of two over the same text the one that says [more](weight).
fn painted(mut spans: Vec<Span>, length: usize) -> Paint {
    let length_of = |span: &Span| span.end.saturating_sub(span.start);
    spans.sort_by_key(|span| (Reverse(length_of(span)), weight(span), span.pattern_index));
    let mut paint = vec![None; length];
    for span in &spans {
        let range = span.start as usize..span.end as usize;
        if let Some(class) = class(&span.capture)
            && let Some(bytes) = paint.get_mut(range)
        {
            bytes.fill(class);
        }
    }
    paint
}

/// How much a span says. Some grammars have their general patterns first and some last, so that the order,
/// which decides between equals, does not tell: any name may be a variable, and a key of JSON is a string, too.
fn weight(span: &Span) -> u8 {
    match span.capture.as_str() {
        "variable" => 0,
        KEY => 2,
        _ => 1,
    }
}

/// What the grammar of JSON calls the key of a pair.
const KEY: &str = "string.special.key";

/// The class for a name that grammars use, such as `punctuation.bracket`: those that the themes of Prism know.
/// What is `embedded` loses the class of what is around it; other names say nothing about looks.
fn class(capture: &str) -> Option<Option<&'static str>> {
    let family = capture.split('.').next().unwrap_or_default();
    Some(Some(match family {
        _ if capture == KEY => "property",
        "attribute" => "attr-name",
        "boolean" | "constant" => "constant",
        "comment" => "comment",
        "constructor" | "namespace" | "type" => "class-name",
        "escape" | "string" => "string",
        "function" => "function",
        "keyword" => "keyword",
        "label" | "variable" => "variable",
        "number" => "number",
        "operator" => "operator",
        "property" => "property",
        "punctuation" => "punctuation",
        "tag" => "tag",
        "embedded" => return Some(None),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests;
