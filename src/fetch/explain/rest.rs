//! What to say about fragments of the REST delivery that are missing, and about JSON documents that are
//! there and are no items (`aem-protocol.md`, sections 10.2 and 10.5).

use super::{content, listed_names};
use crate::aem::Api;
use crate::diag::{Diagnostic, closest};
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

/// Why items may be missing although AEM said that all was well.
pub(in crate::fetch) fn left_out(query: &Query) -> &'static str {
    match query.ask.api() {
        Api::Json => "the document has no more; what its page shows is what AEM puts into it",
        Api::FragmentList => {
            "AEM leaves out without a word what is not published or may not be read, and a folder that does \
             not exist has no fragments"
        }
        Api::Graphql | Api::Fragment => {
            "AEM leaves out without a word what is not published or may not be read (a folder, a model, a locale)"
        }
    }
}

/// Says that fragments came which are not of the model that is meant.
pub(in crate::fetch) fn other_models(
    query: &Query,
    diagnostic: Diagnostic,
    others: &[String],
) -> Diagnostic {
    let Some(model) = query.model.as_ref().filter(|_| !others.is_empty()) else {
        return diagnostic;
    };
    let near = closest(model.name(), others.iter().map(String::as_str));
    diagnostic
        .note(format!(
            "fragments of other models than `{model}` were passed over: {}",
            listed_names(others)
        ))
        .maybe_help(
            near.map(|near| format!("`model = \"{}\"`: did you mean `{near}`?", model.name())),
        )
}
