//! The pages of a definition's items: each in its own language, and in those where it stands in.

use std::collections::HashSet;
use std::sync::Arc;

use super::plan::{Planner, blank_route, shown, side_by_side};
use super::{Page, PageKind, Redirect, Route, RouteError, aliases, formats};
use crate::config::LangId;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::expression::Blank;
use crate::query::{Pages, Query, QueryId};
use crate::store::EntryId;

/// What came of planning the pages of a definition's items.
pub(super) struct ItemPages {
    /// From their former addresses.
    pub(super) redirects: Vec<Redirect>,
    /// Items whose page cannot be made.
    pub(super) problems: Vec<Diagnostic>,
    /// Too few pages.
    pub(super) few: Diagnostics,
}

/// Plans a page for every item, first in the items' own languages, in the order of the answer. They come behind those that
/// are there already.
pub(super) fn plan(
    planner: &Planner<'_>,
    (id, query): (QueryId, &Query),
    definition: &Pages,
    pages: &mut Vec<Page>,
) -> ItemPages {
    let items = planner.store.of_query(id);
    let (mut redirects, mut problems) = (Vec::new(), Vec::new());
    let before = pages.len();
    let mut former = |entry, own: &[Page], problems: &mut Vec<Diagnostic>| {
        if let Some(page) = own.first() {
            let found = aliases::plan(planner, query, definition, entry, page, problems);
            redirects.extend(found);
        }
    };
    let page_in = |entry, language| item_page(planner, query, definition, entry, language);
    let mut failed = HashSet::new();
    let own_page = |entry| page_in(entry, planner.store.get(entry).language);
    for (entry, own) in side_by_side(items, own_page) {
        let told = problems.len();
        match own {
            Ok(own) => {
                former(entry, &own, &mut problems);
                pages.extend(own);
            }
            Err(problem) => problems.push(problem),
        }
        if problems.len() > told {
            failed.insert(entry);
        }
    }
    let own_pages = pages[before..].iter();
    let own_pages = own_pages.filter(|page| page.is_main()).count();
    for (language, _) in planner.config.languages.iter() {
        let mut stand_ins = planner.store.stand_ins(id, language).to_vec();
        // What has no page or alias of its own for a reason that was told would only repeat it.
        stand_ins.retain(|entry| !failed.contains(entry));
        for (entry, own) in side_by_side(&stand_ins, |entry| page_in(entry, language)) {
            match own {
                Ok(own) => {
                    former(entry, &own, &mut problems);
                    pages.extend(own);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    // What stands in does not count: a language that has lost all it had is hollow, whatever is shown.
    let few = if problems.is_empty() {
        few_pages(query, items.len(), own_pages)
    } else {
        Diagnostics::new()
    };
    ItemPages {
        redirects,
        problems,
        few,
    }
}

/// The page of an item in a language, in all its formats; none when the definition's condition says so.
fn item_page(
    planner: &Planner<'_>,
    query: &Query,
    pages: &Pages,
    id: EntryId,
    language: LangId,
) -> Result<Vec<Page>, Diagnostic> {
    let entry = planner.store.get(id);
    let variables = planner.variables(id, language);
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
            .holds(&variables)
            .map_err(|why| failed("when", when.source(), &why))?;
        if !holds {
            return Ok(Vec::new());
        }
    }
    let date = match &pages.date {
        None => None,
        Some(date) => {
            let value = date
                .evaluate(&variables)
                .map_err(|why| failed("date", date.source(), &why))?;
            (!value.is_none() && !value.is_undefined()).then_some(value)
        }
    };
    let text = pages
        .route
        .text(&variables, Blank::Refuse)
        .map_err(|error| {
            blank_route(query, pages.route.source(), &error)
                .note(format!("the item is {}", entry.describe()))
        })?;
    let text = planner.config.languages.route(language, &text);
    let unusable = |text: &str, why: &RouteError| {
        Diagnostic::error(
            Kind::Content,
            format!("the route `{}` cannot be used: {why}", shown(text)),
        )
        .at(query.location())
        .note(format!("the item is {}", entry.describe()))
        .note(format!("`route = \"{}\"` gave it", pages.route.source()))
    };
    let (route, output) =
        Route::of_pattern(&text, &pages.route).map_err(|why| unusable(&text, &why))?;
    let kind = PageKind::Item { entry: id, date };
    let page = Page {
        route,
        output,
        kind,
        language,
        template: Arc::clone(&pages.template),
        formats: Arc::default(),
    };
    formats::in_all(page, &pages.outputs).map_err(|other| unusable(&other.route, &other.why))
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
