//! What to say about fragments of the REST delivery and about JSON documents, where statuses mean what
//! they say (`aem-protocol.md`, sections 10.2 and 10.5).

use super::{content, listed_names, status_help};
use crate::aem::Problem;
use crate::diag::{Diagnostic, Kind};
use crate::query::{Ask, Query};

/// AEM's REST delivery says what is wrong.
pub(super) fn problem(query: &Query, problem: &Problem) -> Diagnostic {
    let said = problem.text();
    let diagnostic = match problem.status {
        404 => content(query, format!("there is nothing for {}", query.describe()))
            .help("publish the fragment, or set `optional = true` to do without it"),
        400 => content(
            query,
            format!("AEM does not take the request for {}", query.describe()),
        )
        .help("check `openapi` in the definition"),
        status => {
            let message = format!("AEM answered with status {status}");
            let help = status_help(status).filter(|_| status != 406);
            Diagnostic::error(Kind::Remote, message)
                .at(query.location())
                .maybe_help(help)
        }
    };
    if said.is_empty() {
        diagnostic
    } else {
        diagnostic.note(format!("AEM says: {said}"))
    }
}

/// A 404 that is not the REST delivery's own.
pub(super) fn no_delivery(query: &Query) -> Diagnostic {
    let message = "AEM does not deliver fragments by REST here (404 without its own answer)";
    Diagnostic::error(Kind::Remote, message)
        .at(query.location())
        .note("Adobe switches this API on, for each environment, on publish and preview only; no Dispatcher rule opens it")
        .help("ask Adobe Support to switch on Content Fragment Delivery with OpenAPI, or use a persisted query")
}

/// A document that is not there, or is kept back: AEM and its Dispatcher answer the same.
pub(super) fn no_document(query: &Query, request: &str) -> Diagnostic {
    let diagnostic = content(query, format!("{} is not there (404)", query.describe()))
        .note("the page does not exist, is not published, or a Dispatcher filter keeps it back: the answer is the same")
        .help("check the path, and that the page is published; `optional = true` does without");
    let path = request
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    match path {
        Some(path) => diagnostic.help(rule(path)),
        None => diagnostic,
    }
}

/// The Dispatcher rule that lets a document through (section 1.3).
fn rule(path: &str) -> String {
    if path.ends_with(".model.json") {
        "the Dispatcher's default rules let `/content/*.model.json` through; where yours do not, add \
         `{ /type \"allow\" /method \"GET\" /path \"/content/*\" /selectors \"model\" /extension \"json\" }`"
            .to_owned()
    } else {
        format!(
            "the Dispatcher's default rules let no JSON through but `/content/*.model.json`; on publish and \
             preview add `{{ /type \"allow\" /method \"GET\" /url \"{path}\" }}`"
        )
    }
}

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
