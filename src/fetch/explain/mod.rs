//! What to say when a query has no good answer.

mod rest;

pub(super) use rest::{left_out, other_models};

use std::sync::Arc;

use super::paging::PagingError;
use crate::aem::Api;
use crate::config::Aem;
use crate::diag::{Diagnostic, Kind, Severity};
use crate::explain::{Subject, explain as explain_source};
use crate::expression::PatternError;
use crate::query::{Query, VariableError};
use crate::source::SourceError;
use crate::store::BodyError;

/// The most names that are shown where one is not.
const NAMES: usize = 12;

/// What to say about a query without a good answer: an error, or a warning where the definition says
/// that finding nothing is fine.
pub(super) fn explain(
    query: &Query,
    error: PagingError,
    asked_for: Option<&str>,
    aem: &Aem,
) -> Diagnostic {
    let nothing = match &error {
        PagingError::Source(error) => error.cause.finds_nothing(),
        PagingError::NullRoot(_) => true,
        _ => false,
    };
    let mut diagnostic = describe(query, error, aem);
    if nothing && query.optional {
        diagnostic.severity = Severity::Warning;
        diagnostic.help =
            vec!["it is optional: the site does without what it would bring".to_owned()];
    }
    match asked_for {
        Some(parent) => diagnostic.note(format!("asked for {parent}")),
        None => diagnostic,
    }
}

fn describe(query: &Query, error: PagingError, aem: &Aem) -> Diagnostic {
    match error {
        PagingError::Source(error) => explain_source(&Subject::query(query), &error, aem),
        PagingError::Item(diagnostic) => diagnostic,
        PagingError::NoRoot(names) => no_root(query, &names),
        PagingError::NullRoot(name) if query.ask.api() == Api::Json => rest::null_part(query, &name),
        PagingError::NullRoot(name) => content(query, format!("{} answered null for `{name}`", query.describe()))
            .note("AEM answers null for what it could not read, with status 200 and often without saying why")
            .help("run the query in AEM's GraphiQL; if it may be empty, set `optional = true`"),
        PagingError::Shape(what) if query.ask.api() == Api::Json => rest::no_items(query, &what),
        PagingError::Shape(what) => content(query, format!("{} answered {what}", query.describe()))
            .note("a result has `items`, `edges` or `item` below its root"),
        PagingError::CursorLoop(cursor) => {
            content(query, format!("paging {} does not get on: the cursor `{cursor}` came twice", query.describe()))
                .note("going on would fetch the same items for ever")
                .help("check that the query passes its cursor variable on, and that `paging_variables` names it")
        }
        PagingError::SamePage => content(
            query,
            format!("paging {} does not get on: the same items came twice", query.describe()),
        )
        .note("the query may not use the paging variables, or selects no `_path`")
        .help("select `_path`; check `paging` and `paging_variables` against the query's text"),
        PagingError::Capped(count) => content(
            query,
            format!("{} answers at most {count} items at once, fewer than `page_size`", query.describe()),
        )
        .help(format!("set `page_size = {count}` in the definition")),
        PagingError::Ambiguous(path) => content(
            query,
            format!("two different items of {} have the path {path}", query.describe()),
        )
        .help("select `_variation` in the query, or do without `includeVariations`"),
        PagingError::Later(error) => describe(query, *error, aem),
        PagingError::NoCursor => content(query, format!("{} announces more pages but not where they start", query.describe()))
            .help("select `pageInfo { endCursor hasNextPage }` in the query"),
        PagingError::Unknown => content(query, format!("{} does not tell whether there are more items", query.describe()))
            .help("select `pageInfo { endCursor hasNextPage }` in the query"),
        PagingError::Mixed(cause) => {
            let error = SourceError { request: Arc::from(query.describe()), cause: *cause };
            Diagnostic::error(Kind::Remote, format!("AEM failed for a part of {}, which has changed", query.describe()))
                .at(query.location())
                .note(format!("it failed with: {}", explain_source(&Subject::query(query), &error, aem).message))
                .note("`stale_if_error` does not mix pages of an old answer with pages of a new one")
                .help("build again when AEM is well")
        }
        PagingError::Apart => {
            Diagnostic::error(Kind::Remote, format!("the pages of {} that are kept are not of one build", query.describe()))
                .at(query.location())
                .note("a build was stopped or failed between them; content may have moved from one page to another meanwhile")
                .help("build once without `--offline`")
        }
        PagingError::Changing(what) => {
            Diagnostic::error(Kind::Remote, format!("the content changed while {} was paged", query.describe()))
                .at(query.location())
                .note(format!("seen at: {what}"))
                .note("asking again did not help; pages could be missing or double")
                .help("build again when nobody is publishing")
        }
    }
}

/// What it means when an item lacks a field that the next question is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacking {
    /// The query does not select it.
    NotSelected,
    /// It has no value: AEM leaves such fields out of fragments (`aem-protocol.md`, section 10.2).
    NotFilled,
}

impl Lacking {
    /// Of the items of a query.
    pub(super) fn of(query: &Query) -> Self {
        if query.selects_fields() {
            Self::NotSelected
        } else {
            Self::NotFilled
        }
    }
}

/// A variable without a value: an error, or a warning where the definition says that finding nothing is
/// fine.
pub(super) fn variable(
    query: &Query,
    error: &VariableError,
    asked_for: Option<&str>,
    lacking: Lacking,
) -> Diagnostic {
    let name = query.describe_variable(&error.name);
    let (message, blank) = match &error.error {
        PatternError::Blank { expression, what } => (
            format!("{name} has no value: `{expression}` is {what}"),
            Some(*what),
        ),
        PatternError::NotText { expression, what } => (
            format!("{name} cannot be made: `{expression}` is of type {what}, not text"),
            None,
        ),
        PatternError::Failed {
            expression,
            message,
        } => (
            format!("{name} cannot be made: `{expression}`: {message}"),
            None,
        ),
    };
    let mut diagnostic = content(query, message);
    let Some(parent) = asked_for else {
        return diagnostic;
    };
    diagnostic = diagnostic.note(format!("asked for {parent}"));
    let is_unset = match blank {
        Some("null" | "empty") => true,
        Some(_) => lacking == Lacking::NotFilled,
        None => false,
    };
    if is_unset && query.optional {
        diagnostic.severity = Severity::Warning;
        return diagnostic.help("it is optional; nothing is asked for this item");
    }
    match &error.error {
        PatternError::Blank { what: "absent", .. } if is_unset => diagnostic.help(
            "check the field's name, or fill it in AEM; with `optional = true` nothing is asked for such items",
        ),
        PatternError::Blank { .. } if is_unset => diagnostic
            .help("fill the field in AEM; with `optional = true` nothing is asked for such items"),
        PatternError::NotText { what: "array", .. } => {
            diagnostic.help("one question has one value: `| first` takes the first of a list")
        }
        PatternError::NotText { .. } => diagnostic,
        PatternError::Blank { .. } | PatternError::Failed { .. } => {
            diagnostic.help("select the field in the query that `[for_each]` follows")
        }
    }
}

/// An item that came and cannot be read, or not be kept.
pub(super) fn unreadable(query: &Query, error: &BodyError) -> Diagnostic {
    let diagnostic = content(
        query,
        format!("an answer of {} is no use: {error}", query.describe()),
    );
    let help = match (error, query.ask.api()) {
        (BodyError::Disk { .. }, _) => {
            return Diagnostic::error(Kind::Config, error.to_string())
                .note("content that does not fit into memory is kept there while a site is built")
                .help("make room in that folder, or name another one with `--cache-dir`");
        }
        (BodyError::TooDeep, Api::Graphql) => "select fewer levels of references in the query",
        (BodyError::TooDeep, Api::FragmentList | Api::Fragment) => "ask for fewer `references`",
        (BodyError::TooDeep, Api::Json) => "pick a part of the document with `root`",
        (BodyError::Unreadable(_), Api::Graphql) => {
            "run the query in AEM's GraphiQL and see what it answers"
        }
        (BodyError::Unreadable(_), _) => "open the address in a browser and see what it answers",
    };
    diagnostic.help(help)
}

fn content(query: &Query, message: String) -> Diagnostic {
    Diagnostic::error(Kind::Content, message).at(query.location())
}

fn no_root(query: &Query, names: &[String]) -> Diagnostic {
    if query.ask.api() == Api::Json {
        return rest::no_part(query, names);
    }
    match &query.root {
        Some(root) if !names.is_empty() => content(
            query,
            format!("{} has no root `{root}` in its answer", query.describe()),
        )
        .help(format!("the answer has {}", listed_names(names))),
        _ => content(query, format!("{} answered without data", query.describe()))
            .help("run the query in AEM's GraphiQL and see what it answers"),
    }
}

/// Names in backquotes, the first of many.
fn listed_names(names: &[String]) -> String {
    let shown = names.iter().take(NAMES).map(|name| format!("`{name}`"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
