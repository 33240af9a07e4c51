//! From definitions and the store's index to pages.

use std::sync::Arc;

use tera::{Context, Value};

use super::conflict::Claims;
use super::{Page, PageKind, Route, RouteTable, lists};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::expression::{Blank, PatternError};
use crate::query::{Pages, Query, QuerySet};
use crate::store::{Entry, EntryId, Store};
use crate::template_values;

/// How many problems of one definition are listed before the rest is only counted.
const LISTED: usize = 10;

/// The template of the page for addresses that lead nowhere.
pub const ERROR_TEMPLATE: &str = "404.html";

/// What planning looks at.
pub(super) struct Planner<'a> {
    pub(super) config: &'a Config,
    pub(super) store: &'a Store,
    /// `lang` of each language, in their order.
    languages: Vec<Value>,
}

/// Plans all pages. `has_error_page` tells whether there is a template for it.
///
/// # Errors
/// Every route that cannot be made and every two pages that claim one place.
pub fn plan(
    config: &Config,
    queries: &QuerySet,
    store: &Store,
    has_error_page: bool,
) -> Result<RouteTable, Diagnostics> {
    let languages = config
        .languages
        .iter()
        .map(|(id, _)| template_values::language(config, id))
        .collect();
    let planner = Planner {
        config,
        store,
        languages,
    };
    let mut pages = Vec::new();
    let mut found = Diagnostics::new();
    for (id, query) in queries.iter() {
        let mut problems = Vec::new();
        if let Some(definition) = &query.pages {
            let before = pages.len();
            for &entry in store.of_query(id) {
                match planner.item_page(query, definition, entry) {
                    Ok(page) => pages.extend(page),
                    Err(problem) => problems.push(problem),
                }
            }
            if problems.is_empty() {
                found.extend(few_pages(
                    query,
                    store.of_query(id).len(),
                    pages.len() - before,
                ));
            }
        }
        for (index, list) in query.lists.iter().enumerate() {
            match lists::plan(&planner, (id, query), (index, list)) {
                Ok(list_pages) => pages.extend(list_pages),
                Err(problem) => problems.push(problem),
            }
        }
        report(&mut found, query, problems);
    }
    if has_error_page {
        pages.extend(planner.error_page());
    }
    found.extend(Claims::check(&pages, queries, store));
    if found.has_errors() {
        Err(found)
    } else {
        Ok(RouteTable::new(pages))
    }
}

/// The guard against a hollow site, once more: a condition that lets nothing through leaves no pages of
/// items that are there.
fn few_pages(query: &Query, items: usize, pages: usize) -> Diagnostics {
    let when = query
        .pages
        .iter()
        .find_map(|definition| definition.when.as_ref());
    let (Some(when), true) = (when, (pages as u64) < query.min_items) else {
        return Diagnostics::new();
    };
    let message = format!(
        "`when = \"{}\"` leaves {pages} pages of {items} items, fewer than {}",
        when.source(),
        query.min_items
    );
    Diagnostic::error(Kind::Guard, message)
        .at(query.location())
        .note("publishing would leave a hollow site; the output stays as it was")
        .help(format!("check the field's name and that the query selects it; if so few are right, set `min_items = {pages}`"))
        .into()
}

/// Lists the first problems of a definition and counts the others: a wrong pattern fails for every item.
fn report(found: &mut Diagnostics, query: &Query, problems: Vec<Diagnostic>) {
    let more = problems.len().saturating_sub(LISTED);
    problems
        .into_iter()
        .take(LISTED)
        .for_each(|problem| found.push(problem));
    if more > 0 {
        let message = format!("{more} more items of `{}` have no usable route", query.name);
        found.push(Diagnostic::error(Kind::Content, message).at(query.location()));
    }
}

impl Planner<'_> {
    /// The variables an entry's routes and conditions see.
    pub(super) fn context(&self, entry: &Entry) -> Context {
        let mut context = self.language_context(entry.language);
        context.insert_value("item", entry.fields.clone());
        if let Some(parent) = entry.parent {
            context.insert_value("parent", self.store.get(parent).fields.clone());
        }
        context
    }

    /// The variables of a route without an item.
    pub(super) fn language_context(&self, language: crate::config::LangId) -> Context {
        let mut context = Context::new();
        let position = self
            .config
            .languages
            .iter()
            .position(|(id, _)| id == language)
            .unwrap_or_default();
        context.insert_value("lang", self.languages[position].clone());
        context
    }

    /// The page of an item; none when the definition's condition says so.
    fn item_page(
        &self,
        query: &Query,
        pages: &Pages,
        id: EntryId,
    ) -> Result<Option<Page>, Diagnostic> {
        let entry = self.store.get(id);
        let context = self.context(entry);
        let failed = |key: &str, source: &str, why: &str| {
            Diagnostic::error(
                Kind::Content,
                format!("`{key} = \"{source}\"` cannot be evaluated: {why}"),
            )
            .at(query.location())
            .note(format!("the item is {}", entry.describe()))
        };
        if let Some(when) = &pages.when {
            let holds = when
                .holds(&context)
                .map_err(|why| failed("when", when.source(), &why))?;
            if !holds {
                return Ok(None);
            }
        }
        let date = match &pages.date {
            None => None,
            Some(date) => {
                let value = date
                    .evaluate(&context)
                    .map_err(|why| failed("date", date.source(), &why))?;
                (!value.is_none() && !value.is_undefined()).then_some(value)
            }
        };
        let text = pages.route.text(&context, Blank::Refuse).map_err(|error| {
            blank_route(query, pages.route.source(), &error)
                .note(format!("the item is {}", entry.describe()))
        })?;
        let text = self.config.languages.route(entry.language, &text);
        let (route, output) = Route::of_pattern(&text, &pages.route).map_err(|why| {
            Diagnostic::error(
                Kind::Content,
                format!("the route `{}` cannot be used: {why}", shown(&text)),
            )
            .at(query.location())
            .note(format!("the item is {}", entry.describe()))
            .note(format!("`route = \"{}\"` gave it", pages.route.source()))
        })?;
        let kind = PageKind::Item { entry: id, date };
        Ok(Some(Page {
            route,
            output,
            kind,
            language: entry.language,
            template: Arc::clone(&pages.template),
        }))
    }

    fn error_page(&self) -> Option<Page> {
        let (route, output) = Route::parse("/404.html").ok()?;
        let language = self.config.languages.default_id();
        Some(Page {
            route,
            output,
            kind: PageKind::Error,
            language,
            template: Arc::from(ERROR_TEMPLATE),
        })
    }
}

/// A route whose interpolation has nothing to show.
pub(super) fn blank_route(query: &Query, source: &str, error: &PatternError) -> Diagnostic {
    let (message, help) = match error {
        PatternError::Blank { expression, what } => (
            format!(
                "no route for an item of `{}`: `{expression}` is {what}",
                query.name
            ),
            Some(match *what {
                "absent" => "select the field in the query".to_owned(),
                _ => "fill the field in AEM, or leave such items out with `when`".to_owned(),
            }),
        ),
        PatternError::NotText { expression, what } => (
            format!(
                "no route for an item of `{}`: `{expression}` is of type {what}, not text",
                query.name
            ),
            None,
        ),
        PatternError::Failed {
            expression,
            message,
        } => (
            format!(
                "no route for an item of `{}`: `{expression}`: {message}",
                query.name
            ),
            None,
        ),
    };
    Diagnostic::error(Kind::Content, message)
        .at(query.location())
        .note(format!("the route is `{source}`"))
        .maybe_help(help)
}

/// A route as shown in a message: control characters made visible, very long ones cut.
pub(super) fn shown(route: &str) -> String {
    let text: String = route
        .chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect();
    if route.chars().count() > 120 {
        format!("{text}…")
    } else {
        text
    }
}
