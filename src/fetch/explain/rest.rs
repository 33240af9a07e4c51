//! What to say about JSON documents that are there and are no items (`aem-protocol.md`, section 10.5).

use super::{content, listed_names};
use crate::diag::Diagnostic;
use crate::query::{Ask, Query};

/// A document without the part that `root` names.
pub(super) fn no_part(query: &Query, names: &[String]) -> Diagnostic {
    let root = query.root.as_deref().unwrap_or_default();
    let diagnostic = content(query, format!("{} has no `{root}` in it", query.describe()));
    if names.is_empty() {
        diagnostic.note("on the way there is something that has no members")
    } else {
        diagnostic.help(format!(
            "where the way ends, there is {}",
            listed_names(names)
        ))
    }
}

/// A document, or a part of it, that is null.
pub(super) fn null_part(query: &Query, root: &str) -> Diagnostic {
    let message = if root.is_empty() {
        format!("{} is null", query.describe())
    } else {
        format!("`{root}` of {} is null", query.describe())
    };
    content(query, message).help("if it may be, set `optional = true`")
}

/// A document, or a part of it, that cannot be items.
pub(super) fn no_items(query: &Query, what: &str) -> Diagnostic {
    let of = match (&query.ask, &query.root) {
        (Ask::Json, Some(root)) => format!("`{root}` of {}", query.describe()),
        _ => query.describe(),
    };
    content(
        query,
        format!("{of} is {what}, not an object or a list of objects"),
    )
    .note("an object is one item, a list is its members; `root` picks a part of the document")
}
