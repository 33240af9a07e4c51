//! From definitions and the store's index to pages.

use std::sync::Arc;

use rayon::prelude::*;
use tera::Value;

use super::conflict::Claims;
use super::order::Orders;
use super::{Page, PageKind, Redirect, Route, RouteTable, items, lists, local, taxonomies};
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::expression::{Borrowed, PatternError};
use crate::i18n::Strings;
use crate::local::LocalPages;
use crate::query::{Query, QuerySet};
use crate::store::{EntryId, Store};
use crate::template_values;

/// How many problems of one definition are listed before the rest is only counted.
const LISTED: usize = 10;

/// The template of the page for addresses that lead nowhere.
pub const ERROR_TEMPLATE: &str = "404.html";

/// What planning looks at.
pub(super) struct Planner<'a> {
    pub(super) config: &'a Config,
    pub(super) strings: &'a Strings,
    pub(super) store: &'a Store,
    /// What was sorted so far.
    pub(super) orders: Orders,
    /// `lang` of each language, in their order.
    languages: Vec<Value>,
}

/// So few entries are not worth another thread.
const FEW: usize = 64;

/// For so many entries, what came of them is in memory together.
const SOME: usize = 4_096;

/// Does something with each entry, on all threads: what came of it, in their order.
pub(super) fn side_by_side<'e, T: Send + 'e>(
    entries: &'e [EntryId],
    one: impl Fn(EntryId) -> T + Sync + Send + 'e,
) -> impl Iterator<Item = (EntryId, T)> + 'e {
    entries.chunks(SOME).flat_map(move |some| {
        let some = some.par_iter().with_min_len(FEW);
        some.map(|&entry| (entry, one(entry))).collect::<Vec<_>>()
    })
}

/// Plans all pages. `has_error_page` tells whether there is a template for it.
///
/// # Errors
/// Every route that cannot be made and every two pages that claim one place.
pub fn plan(
    config: &Config,
    queries: &QuerySet,
    strings: &Strings,
    store: &Store,
    local: &LocalPages,
    has_error_page: bool,
) -> Result<RouteTable, Diagnostics> {
    let languages = config
        .languages
        .iter()
        .map(|(id, _)| template_values::language(config, id))
        .collect();
    let planner = Planner {
        config,
        strings,
        store,
        orders: Orders::default(),
        languages,
    };
    // Mostly an item has a page, and lists have few: a million pages need not be moved. Room that nobody uses takes no
    // memory.
    let mut pages = Vec::with_capacity(store.len() + store.len() / 8);
    let mut redirects = Vec::new();
    let mut found = Diagnostics::new();
    for (id, query) in queries.iter() {
        let mut problems = Vec::new();
        if let Some(definition) = &query.pages {
            let planned = items::plan(&planner, (id, query), definition, &mut pages);
            redirects.extend(planned.redirects);
            problems.extend(planned.problems);
            found.extend(planned.few);
        }
        for (index, list) in query.lists.iter().enumerate() {
            match lists::plan(&planner, (id, query), (index, list)) {
                Ok(list_pages) => pages.extend(list_pages),
                Err(problem) => problems.push(problem),
            }
        }
        report(&mut found, query, problems);
    }
    let mut plans = Vec::new();
    for taxonomy in queries.taxonomies() {
        let planned = taxonomies::plan(&planner, queries, taxonomy);
        pages.extend(planned.pages);
        plans.extend(planned.plans);
        found.extend(planned.problems);
    }
    let planned = local::plan(config, local);
    pages.extend(planned.pages);
    redirects.extend(planned.redirects);
    found.extend(planned.problems);
    if has_error_page {
        pages.extend(planner.error_page());
    }
    // What is an alias of two pages in one order is so in any; files that list redirects need one.
    redirects.sort_by(|a: &Redirect, b| a.from.cmp(&b.from));
    let claims = Claims {
        config,
        queries,
        store,
        local,
    };
    found.extend(claims.check(&pages, &redirects));
    if found.has_errors() {
        Err(found)
    } else {
        Ok(RouteTable::new(pages, redirects, plans))
    }
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
    /// The variables an entry's routes and conditions see in a language, which need not be its own.
    pub(super) fn variables(&self, entry: EntryId, language: LangId) -> Borrowed<'_> {
        let entry = self.store.get(entry);
        let variables = self
            .of_language(language)
            .with_packed("item", &entry.fields);
        match entry.parent {
            Some(parent) => variables.with_packed("parent", &self.store.get(parent).fields),
            None => variables,
        }
    }

    /// The variables of a route without an item.
    pub(super) fn of_language(&self, language: LangId) -> Borrowed<'_> {
        let languages = self.config.languages.iter().zip(&self.languages);
        let own = languages.filter(|((id, _), _)| *id == language);
        own.fold(Borrowed::default(), |variables, (_, value)| {
            variables.with("lang", value)
        })
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
            formats: Arc::default(),
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
                "absent" if query.selects_fields() => "select the field in the query".to_owned(),
                "absent" => {
                    "check the field's name, or leave items without it out with `when`".to_owned()
                }
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
