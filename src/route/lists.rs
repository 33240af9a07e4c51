//! The pages of a list, in every language that has items.

use std::sync::Arc;

use tera::Value;

use super::order::{self, Order};
use super::plan::{Planner, blank_route, shown};
use super::{ListKey, ListPlan, Page, PageKind, Route, RouteError, formats};
use crate::artifact::OutputPath;
use crate::config::LangId;
use crate::diag::{Diagnostic, Kind};
use crate::expression::{Blank, Expression, Pattern};
use crate::query::{Arrangement, List, Outputs, Query, QueryId};
use crate::store::EntryId;

/// Items that are shown together on numbered pages.
pub(super) struct Listing<'a> {
    /// The definition that describes it.
    pub(super) definition: (QueryId, &'a Query),
    pub(super) key: ListKey,
    pub(super) language: LangId,
    /// What there is to show, in order.
    pub(super) entries: Vec<EntryId>,
    pub(super) arrangement: &'a Arrangement,
    /// Its first page.
    pub(super) first: (Route, OutputPath),
    pub(super) template: &'a Arc<str>,
    pub(super) outputs: &'a Outputs,
}

/// Plans one list of a definition. A language without items has no list, unless no language has any:
/// then the default one shows that it is empty.
pub(super) fn plan(
    planner: &Planner<'_>,
    (id, query): (QueryId, &Query),
    (index, list): (usize, &List),
) -> Result<Vec<Page>, Diagnostic> {
    let mut languages: Vec<LangId> = planner
        .config
        .languages
        .iter()
        .map(|(language, _)| language)
        .filter(|&language| planner.store.shown_in(id, language).next().is_some())
        .collect();
    if languages.is_empty() {
        languages.push(default_language(planner, query));
    }
    let mut pages = Vec::new();
    for language in languages {
        let shown = planner.store.shown_in(id, language);
        let entries = kept(planner, query, list.when.as_ref(), language, shown)?;
        let first = first_route(planner, query, &list.route, language, None)?;
        let listing = Listing {
            definition: (id, query),
            key: ListKey::List(id, index),
            language,
            entries: in_order(planner, (id, query), list, language, entries)?,
            arrangement: &list.arrangement,
            first,
            template: &list.template,
            outputs: &list.outputs,
        };
        pages.extend(lay_out(planner, listing)?);
    }
    Ok(pages)
}

/// What a list shows, in its order; that of the answers where it has none.
fn in_order(
    planner: &Planner<'_>,
    (id, query): (QueryId, &Query),
    list: &List,
    language: LangId,
    mut entries: Vec<EntryId>,
) -> Result<Vec<EntryId>, Diagnostic> {
    let Some(sort) = &list.arrangement.sort else {
        return Ok(entries);
    };
    if let Some(order) = planner.orders.find(id, language, sort) {
        order.sort(&mut entries);
        return Ok(entries);
    }
    let sorted = order::sorted(planner, query, sort, language, &entries)?;
    // It is all that others can show, too.
    if list.when.is_none() {
        let order = Order::of(&sorted);
        planner.orders.add(id, language, sort, order);
    }
    Ok(sorted)
}

/// Where a definition shows that it has nothing to show.
pub(super) fn default_language(planner: &Planner<'_>, query: &Query) -> LangId {
    let narrowed = query.languages.as_ref();
    narrowed
        .and_then(|narrowed| narrowed.first().copied())
        .unwrap_or(planner.config.languages.default_id())
}

/// The route of a page with many items; `term` is there in taxonomies.
pub(super) fn first_route(
    planner: &Planner<'_>,
    query: &Query,
    pattern: &Pattern,
    language: LangId,
    term: Option<&Value>,
) -> Result<(Route, OutputPath), Diagnostic> {
    let mut variables = planner.of_language(language);
    if let Some(term) = term {
        variables = variables.with("term", term);
    }
    let text = pattern
        .text(&variables, Blank::Refuse)
        .map_err(|error| blank_route(query, pattern.source(), &error))?;
    let text = planner.config.languages.route(language, &text);
    Route::of_pattern(&text, pattern).map_err(|why| unusable(query, &text, &why))
}

fn unusable(query: &Query, text: &str, why: &RouteError) -> Diagnostic {
    let message = format!("the route `{}` cannot be used: {why}", shown(text));
    Diagnostic::error(Kind::Content, message).at(query.location())
}

/// The pages that show a listing, at least one.
pub(super) fn lay_out(
    planner: &Planner<'_>,
    listing: Listing<'_>,
) -> Result<Vec<Page>, Diagnostic> {
    let (id, query) = listing.definition;
    let language = listing.language;
    let arrangement = listing.arrangement;
    let mut entries = listing.entries;
    entries.truncate(arrangement.limit.unwrap_or(usize::MAX));
    let groups = match &arrangement.group_by {
        None => None,
        Some(group_by) => Some(groups(planner, query, group_by, language, &entries)?),
    };
    let per_page = arrangement.per_page.unwrap_or(entries.len()).max(1);
    let count = entries.len().div_ceil(per_page).max(1);
    let (first, output) = listing.first;
    let folder = folder(&first).to_owned();
    let (mut routes, mut outputs) = (vec![first], vec![output]);
    for number in 2..=count {
        let text = format!("{folder}/page/{number}/");
        let (route, output) = Route::parse(&text).map_err(|why| unusable(query, &text, &why))?;
        routes.push(route);
        outputs.push(output);
    }
    let plan = Arc::new(ListPlan {
        query: id,
        key: listing.key,
        entries,
        groups,
        per_page,
        routes,
    });
    let page = |(number, output): (usize, OutputPath)| Page {
        route: plan.routes[number - 1].clone(),
        output,
        kind: PageKind::List {
            list: Arc::clone(&plan),
            number,
        },
        language,
        template: Arc::clone(listing.template),
        formats: Arc::default(),
    };
    let mut pages = Vec::with_capacity(outputs.len());
    for page in (1..).zip(outputs).map(page) {
        let in_all = formats::in_all(page, listing.outputs);
        pages.extend(in_all.map_err(|other| unusable(query, &other.route, &other.why))?);
    }
    Ok(pages)
}

/// The folder that further pages lie in: below the first, or beside it where that is a file.
fn folder(first: &Route) -> &str {
    let route = first.as_str();
    if route.ends_with('/') {
        return route.trim_end_matches('/');
    }
    route.rsplit_once('.').map_or(route, |(stem, _)| stem)
}

/// The entries for which a condition holds.
pub(super) fn kept(
    planner: &Planner<'_>,
    query: &Query,
    when: Option<&Expression>,
    language: LangId,
    entries: impl Iterator<Item = EntryId>,
) -> Result<Vec<EntryId>, Diagnostic> {
    let Some(when) = when else {
        return Ok(entries.collect());
    };
    let mut kept = Vec::new();
    for entry in entries {
        let holds = when.holds(&planner.variables(entry, language));
        if holds.map_err(|why| failed(planner, query, entry, "`when` of a list", &why))? {
            kept.push(entry);
        }
    }
    Ok(kept)
}

/// What each entry is grouped by.
fn groups(
    planner: &Planner<'_>,
    query: &Query,
    group_by: &Expression,
    language: LangId,
    entries: &[EntryId],
) -> Result<Vec<Value>, Diagnostic> {
    let group = |&entry: &EntryId| {
        let value = group_by.evaluate(&planner.variables(entry, language));
        value.map_err(|why| failed(planner, query, entry, "`group_by` of a list", &why))
    };
    entries.iter().map(group).collect()
}

/// An expression that cannot be evaluated for an item.
pub(super) fn failed(
    planner: &Planner<'_>,
    query: &Query,
    entry: EntryId,
    what: &str,
    why: &str,
) -> Diagnostic {
    let item = planner.store.get(entry).describe();
    Diagnostic::error(Kind::Content, format!("{what} cannot be evaluated: {why}"))
        .at(query.location())
        .note(format!("the item is {item}"))
}
