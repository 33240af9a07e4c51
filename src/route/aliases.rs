//! Former addresses of pages: the `aliases` of a definition.

use super::plan::{Planner, shown};
use super::{Page, Redirect, Route, Subject};
use crate::artifact::{Format, OutputPath};
use crate::config::Config;
use crate::diag::{Diagnostic, Kind};
use crate::expression::{Blank, Pattern, PatternError};
use crate::query::{Pages, Query};
use crate::store::EntryId;

/// The redirects to the page of an item, one for each alias that is not the page's own route. What cannot
/// be made goes to `problems`.
pub(super) fn plan(
    planner: &Planner<'_>,
    query: &Query,
    pages: &Pages,
    entry: EntryId,
    page: &Page,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Redirect> {
    if pages.aliases.is_empty() {
        return Vec::new();
    }
    let variables = planner.variables(entry, page.language);
    let redirect = |pattern: &Pattern| {
        let text = pattern
            .text(&variables, Blank::Refuse)
            .map_err(|error| blank(&error))?;
        let text = planner.config.languages.route(page.language, &text);
        let wrong = |why: String| (format!("the alias `{}` {why}", shown(&text)), None);
        let (from, output) = Route::of_pattern(&text, pattern)
            .map_err(|why| wrong(format!("cannot be used: {why}")))?;
        check(planner.config, &output).map_err(|(why, help)| (wrong(why).0, Some(help)))?;
        Ok(Redirect {
            from,
            output,
            to: page.route.clone(),
            language: page.language,
            subject: Subject::Item(entry),
        })
    };
    let mut redirects = Vec::new();
    for pattern in &pages.aliases {
        match redirect(pattern) {
            // An alias that falls back to what the page has now says that there is none.
            Ok(redirect) if redirect.from == page.route => {}
            Ok(redirect) => redirects.push(redirect),
            Err((message, help)) => problems.push(
                Diagnostic::error(Kind::Content, message)
                    .at(query.location())
                    .note(format!(
                        "the item is {}",
                        planner.store.get(entry).describe()
                    ))
                    .note(format!("the alias is `{}`", pattern.source()))
                    .maybe_help(help),
            ),
        }
    }
    redirects
}

/// Refuses a file that a page of HTML cannot stand for, where no server is told; why, and what to do.
pub(super) fn check(config: &Config, output: &OutputPath) -> Result<(), (String, String)> {
    let is_page = Format::of(output) == Some(Format::HTML);
    if is_page || config.redirects.by_server() {
        return Ok(());
    }
    let why = "is a file that no page of HTML can stand for";
    let help = "let a server redirect it: `formats = [\"html\", \"_redirects\"]` in `[redirects]`";
    Err((why.to_owned(), help.to_owned()))
}

/// An alias with nothing to show; what is wrong, and what to do.
fn blank(error: &PatternError) -> (String, Option<String>) {
    match error {
        PatternError::Blank { expression, what } => {
            let message = format!("no alias for an item: `{expression}` is {what}");
            let help = "let it fall back to what the page's own route has (`{{ item.a or item.b }}`): \
                        an alias that is the page's route is left out";
            (message, Some(help.to_owned()))
        }
        PatternError::NotText { expression, what } => {
            let message =
                format!("no alias for an item: `{expression}` is of type {what}, not text");
            (message, None)
        }
        PatternError::Failed {
            expression,
            message,
        } => (
            format!("no alias for an item: `{expression}`: {message}"),
            None,
        ),
    }
}
