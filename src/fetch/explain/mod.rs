//! What to say when a query has no good answer.

mod rest;

use std::sync::Arc;
use std::time::Duration;

use super::paging::PagingError;
use crate::aem::{Api, Failure, GraphqlError};
use crate::diag::{Diagnostic, Kind, Severity};
use crate::expression::PatternError;
use crate::query::{Ask, Query, VariableError};
use crate::source::{Cause, Keeper, SourceError};

/// The most errors of one answer that are shown.
const SHOWN: usize = 5;

/// The most names that are shown where one is not.
const NAMES: usize = 12;

/// What to say about a query without a good answer: an error, or a warning where the definition says
/// that finding nothing is fine.
pub(super) fn explain(query: &Query, error: PagingError, asked_for: Option<&str>) -> Diagnostic {
    let nothing = match &error {
        PagingError::Source(error) => finds_nothing(&error.cause),
        PagingError::NullRoot(_) => true,
        _ => false,
    };
    let mut diagnostic = describe(query, error);
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

/// Whether an answer means that there is nothing to be had.
fn finds_nothing(cause: &Cause) -> bool {
    let Cause::Failure(failure) = cause else {
        return false;
    };
    match failure {
        Failure::UnknownQuery | Failure::NoSuchItem(_) | Failure::NoDocument => true,
        Failure::Problem(problem) => problem.status == 404,
        _ => false,
    }
}

fn describe(query: &Query, error: PagingError) -> Diagnostic {
    match error {
        PagingError::Source(error) => source(query, &error),
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
        PagingError::Later(error) => describe(query, *error),
        PagingError::NoCursor => content(query, format!("{} announces more pages but not where they start", query.describe()))
            .help("select `pageInfo { endCursor hasNextPage }` in the query"),
        PagingError::Unknown => content(query, format!("{} does not tell whether there are more items", query.describe()))
            .help("select `pageInfo { endCursor hasNextPage }` in the query"),
        PagingError::Mixed(cause) => {
            let error = SourceError { request: Arc::from(query.describe()), cause: *cause };
            Diagnostic::error(Kind::Remote, format!("AEM failed for a part of {}, which has changed", query.describe()))
                .at(query.location())
                .note(format!("it failed with: {}", source(query, &error).message))
                .note("`stale_if_error` does not mix pages of an old answer with pages of a new one")
                .help("build again when AEM is well")
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

/// A variable without a value: an error, or a warning where the definition says that finding nothing is
/// fine.
pub(super) fn variable(
    query: &Query,
    error: &VariableError,
    asked_for: Option<&str>,
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
    match blank {
        Some("null" | "empty") if query.optional => {
            diagnostic.severity = Severity::Warning;
            diagnostic.help("it is optional; nothing is asked for this item")
        }
        Some("null" | "empty") => diagnostic
            .help("fill the field in AEM; with `optional = true` nothing is asked for such items"),
        _ => diagnostic.help("select the field in the query that `[for_each]` follows"),
    }
}

/// An old answer stands in for AEM: allowed, and told loudly.
pub(super) fn stale(query: &Query, age: Duration, cause: Cause) -> Diagnostic {
    let error = SourceError {
        request: Arc::from(query.describe()),
        cause,
    };
    let message = format!("an old answer stands in for {}", query.describe());
    Diagnostic::warning(Kind::Remote, message)
        .at(query.location())
        .note(format!(
            "AEM failed with: {}",
            source(query, &error).message
        ))
        .note(format!("{} ago it was right", in_words(age)))
        .help("build again when AEM is well; `stale_if_error` in `[fetch]` allows this")
}

/// A duration in its largest unit, rounded down.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
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

fn source(query: &Query, error: &SourceError) -> Diagnostic {
    let remote = |message: String| Diagnostic::error(Kind::Remote, message).at(query.location());
    let diagnostic =
        match &error.cause {
            Cause::Encode(why) => content(
                query,
                format!("{} cannot be asked: {why}", query.describe()),
            ),
            Cause::Unreachable(why) => remote("AEM cannot be reached".to_owned())
                .note(why.clone())
                .help("check the host in `[aem]` and the network; then build again"),
            Cause::BrokeOff(why) => remote("AEM's answer broke off".to_owned())
                .note(why.clone())
                .help("build again"),
            Cause::TimedOut(phase) => remote(format!("AEM took too long ({phase})"))
                .help("build again, or raise the time-outs in `[fetch]`"),
            Cause::TooLarge(max) => content(
                query,
                format!(
                    "an answer of {} is larger than {max} bytes",
                    query.describe()
                ),
            )
            .help("page the query, select fewer fields, or raise `max_response` in `[fetch]`"),
            Cause::TooManyRequests(max) => {
                content(query, format!("the build needs more than {max} requests"))
                    .help("raise `page_size` or `max_requests` in `[fetch]`")
            }
            Cause::Unauthorised(why) => remote("there is no access to AEM".to_owned())
                .note(why.clone())
                .help("check the credentials in `[aem.auth]`"),
            Cause::BudgetSpent(budget, last) => {
                let inner = SourceError {
                    request: Arc::clone(&error.request),
                    cause: (**last).clone(),
                };
                remote(format!("the retry budget of {budget} is spent"))
                .note(format!("the last failure: {}", source(query, &inner).message))
                .help("AEM is in trouble: build again later, or raise `retry_budget` in `[fetch]`")
            }
            Cause::AskedToWait(asked) => remote(format!(
                "AEM asks to be left alone for {} s",
                asked.as_secs()
            ))
            .help("build again after that time"),
            Cause::Disk(why) => Diagnostic::error(
                Kind::Config,
                format!("a download could not be written: {why}"),
            ),
            Cause::NotKept(Keeper::Cache) => remote(format!(
                "the answer to {} is not in the cache",
                query.describe()
            ))
            .note("with `--offline` nothing else is used")
            .help("build once without `--offline`"),
            Cause::NotKept(Keeper::Snapshot) => remote(format!(
                "the answer to {} is not in the snapshot",
                query.describe()
            ))
            .note("the definitions ask for something else than when it was saved")
            .help("save it anew with `frieze snapshot save`"),
            Cause::TooOld(age, limit) => remote(format!(
                "a cache between here and AEM answers with content {} old, and `max_age` is {}",
                in_words(*age),
                in_words(*limit)
            ))
            .note("it was asked past the CDN as well")
            .help("see who answers with `Age`; `max_age` in `[fetch]` sets the limit"),
            Cause::Failure(failure) => of_failure(query, failure, &error.request),
        };
    diagnostic.note(format!("the request was {}", error.request))
}

fn of_failure(query: &Query, failure: &Failure, request: &str) -> Diagnostic {
    let remote = |message: String| Diagnostic::error(Kind::Remote, message).at(query.location());
    match failure {
        Failure::UnknownQuery => content(query, format!("AEM does not know {}", query.describe()))
            .help("check the name and the configuration; on publish, the query must have been published"),
        Failure::InvalidQuery(errors) => listed(
            content(query, format!("{} no longer fits AEM's models", query.describe()))
                .help("save the query anew in GraphiQL and publish it; a field or model has changed"),
            errors,
        ),
        Failure::NoEndpoint => content(query, format!("AEM has no GraphQL endpoint for {}", query.describe()))
            .help("check the configuration's name; the endpoint must exist and be published"),
        Failure::NoSuchItem(errors) => listed(
            content(query, format!("{} asked for a path that holds nothing", query.describe()))
                .help("publish the fragment, or set `optional = true` to do without it"),
            errors,
        ),
        Failure::Graphql(errors) => {
            listed(content(query, format!("{} answered with {}", query.describe(), errors_word(errors.len()))), errors)
        }
        Failure::Problem(problem) => rest::problem(query, problem),
        Failure::NoDocument => rest::no_document(query, request),
        Failure::Blocked if query.ask.api() != Api::Graphql => rest::no_delivery(query),
        Failure::Blocked => {
            let what = match query.ask {
                Ask::AdHoc { .. } => "ad hoc queries are blocked on publish and preview; store the query in AEM and use `persisted`",
                _ => "allow GET on `/graphql/execute.json/*`",
            };
            remote("the request was blocked before AEM saw it (404 without AEM's own answer)".to_owned())
                .note("this is what a Dispatcher filter answers")
                .help(format!("add a Dispatcher rule: {what}"))
        }
        Failure::Status(status) => remote(format!("AEM answered with status {status}")).maybe_help(status_help(*status)),
        Failure::Redirected(location) => remote(format!("AEM redirects to `{}`", without_secrets(location)))
            .note("redirects are not followed: an answer from elsewhere is not AEM's")
            .help("put the final host into `[aem]`; a redirect to a login page means that credentials are needed"),
        Failure::NotJson { content_type, excerpt } => remote(format!("AEM answered with {content_type} where JSON was due"))
            .note(format!("it begins: {excerpt}")),
        Failure::Broken(why) => remote("AEM's answer is incomplete or damaged".to_owned()).note(why.clone()),
    }
}

fn errors_word(count: usize) -> String {
    if count == 1 {
        "an error".to_owned()
    } else {
        format!("{count} errors")
    }
}

/// AEM's own messages, with where in the answer and the details.
fn listed(mut diagnostic: Diagnostic, errors: &[GraphqlError]) -> Diagnostic {
    for error in errors.iter().take(SHOWN) {
        let mut line = error.message.clone();
        if let Some(path) = error.path.as_deref().filter(|path| !path.is_empty()) {
            line.extend([" (at `", path, "`)"]);
        }
        if let Some(details) = &error.details {
            line.push_str(": ");
            line.push_str(details);
        }
        diagnostic = diagnostic.note(line);
    }
    match errors.len().saturating_sub(SHOWN) {
        0 => diagnostic,
        more => diagnostic.note(format!("and {more} more")),
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

/// What a status means in front of AEM (`aem-protocol.md`, sections 1.4 and 9.2).
fn status_help(status: u16) -> Option<String> {
    let help = match status {
        401 => "credentials are missing or not accepted",
        403 => {
            "the host refuses this client: its edge key is missing, or its client id is not registered"
        }
        405 => "an IP allow list blocks this machine, as is the default on preview",
        406 => "a traffic filter blocks this machine for some minutes; wait before building again",
        421 => "the host name does not belong to this service; check `[aem]`",
        429 => {
            "AEM asks to be left alone for a while; lower `concurrency` in `[fetch]` and build again later"
        }
        500..600 => {
            "AEM or its CDN is in trouble, or the environment is hibernated; build again later"
        }
        _ => return None,
    };
    Some(help.to_owned())
}

/// An address without user, password and query: a redirect to a login page carries tokens in them.
fn without_secrets(location: &str) -> String {
    match url::Url::parse(location) {
        Ok(mut url) => {
            url.set_query(None);
            url.set_fragment(None);
            // Fails only for addresses that cannot have them.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        Err(_) => location
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
