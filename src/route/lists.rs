//! The pages of a list, in every language that has items.

use std::sync::Arc;

use tera::Value;

use super::plan::{Planner, blank_route, shown};
use super::{ListPlan, Page, PageKind, Route, RouteError};
use crate::config::LangId;
use crate::diag::{Diagnostic, Kind};
use crate::expression::Blank;
use crate::query::{List, Query, QueryId};
use crate::store::EntryId;

/// Plans one list of a definition. A language without items has no list, unless no language has any:
/// then the default one shows that it is empty.
pub(super) fn plan(
    planner: &Planner<'_>,
    (id, query): (QueryId, &Query),
    (index, list): (usize, &List),
) -> Result<Vec<Page>, Diagnostic> {
    let languages = &planner.config.languages;
    let with_items: Vec<LangId> = languages
        .iter()
        .map(|(language, _)| language)
        .filter(|&language| planner.store.shown_in(id, language).next().is_some())
        .collect();
    let with_items = if with_items.is_empty() {
        let narrowed = query
            .languages
            .as_ref()
            .and_then(|narrowed| narrowed.first().copied());
        vec![narrowed.unwrap_or(languages.default_id())]
    } else {
        with_items
    };
    let mut pages = Vec::new();
    for language in with_items {
        let entries = entries(planner, (id, query), list, language)?;
        let per_page = list.per_page.unwrap_or(entries.len()).max(1);
        let count = entries.len().div_ceil(per_page).max(1);
        let base = base_route(planner, query, list, language)?;
        let mut routes = Vec::with_capacity(count);
        let mut outputs = Vec::with_capacity(count);
        for number in 1..=count {
            let unusable = |text: &str, why: RouteError| {
                Diagnostic::error(
                    Kind::Content,
                    format!("the route `{}` cannot be used: {why}", shown(text)),
                )
                .at(query.location())
            };
            let (route, output) = match routes.first() {
                None => {
                    Route::of_pattern(&base, &list.route).map_err(|why| unusable(&base, why))?
                }
                Some(first) => {
                    let text = format!("{}/page/{number}/", folder(first));
                    Route::parse(&text).map_err(|why| unusable(&text, why))?
                }
            };
            routes.push(route);
            outputs.push(output);
        }
        let plan = Arc::new(ListPlan {
            query: id,
            index,
            entries,
            per_page,
            routes,
        });
        let page = |(number, output): (usize, crate::artifact::OutputPath)| Page {
            route: plan.routes[number - 1].clone(),
            output,
            kind: PageKind::List {
                list: Arc::clone(&plan),
                number,
            },
            language,
            template: Arc::clone(&list.template),
        };
        pages.extend((1..).zip(outputs).map(page));
    }
    Ok(pages)
}

fn base_route(
    planner: &Planner<'_>,
    query: &Query,
    list: &List,
    language: LangId,
) -> Result<String, Diagnostic> {
    let context = planner.language_context(language);
    let text = list
        .route
        .text(&context, Blank::Refuse)
        .map_err(|error| blank_route(query, list.route.source(), &error))?;
    Ok(planner.config.languages.route(language, &text))
}

/// The folder that further pages lie in: below the first, or beside it where that is a file.
fn folder(first: &Route) -> &str {
    let route = first.as_str();
    if route.ends_with('/') {
        return route.trim_end_matches('/');
    }
    route.rsplit_once('.').map_or(route, |(stem, _)| stem)
}

/// What the list shows in a language: filtered, then sorted, equal ones by path so that the order never
/// depends on the order of answers.
fn entries(
    planner: &Planner<'_>,
    (id, query): (QueryId, &Query),
    list: &List,
    language: LangId,
) -> Result<Vec<EntryId>, Diagnostic> {
    let failed = |entry: EntryId, key: &str, why: &str| {
        Diagnostic::error(
            Kind::Content,
            format!("`{key}` of a list cannot be evaluated: {why}"),
        )
        .at(query.location())
        .note(format!(
            "the item is {}",
            planner.store.get(entry).describe()
        ))
    };
    let mut kept = Vec::new();
    for entry in planner.store.shown_in(id, language) {
        let holds = match &list.when {
            None => true,
            Some(when) => {
                let context = planner.context(entry, language);
                when.holds(&context)
                    .map_err(|why| failed(entry, "when", &why))?
            }
        };
        if holds {
            kept.push(entry);
        }
    }
    let Some(order) = &list.sort else {
        return Ok(kept);
    };
    let mut keyed: Vec<(Vec<Value>, EntryId)> = Vec::with_capacity(kept.len());
    for entry in kept {
        let context = planner.context(entry, language);
        keyed.push((
            order
                .values(&context)
                .map_err(|why| failed(entry, "sort", &why))?,
            entry,
        ));
    }
    let path = |id: EntryId| planner.store.get(id).path.clone();
    keyed.sort_by(|(a, a_id), (b, b_id)| {
        order
            .compare(a, b)
            .then_with(|| path(*a_id).cmp(&path(*b_id)))
    });
    Ok(keyed.into_iter().map(|(_, entry)| entry).collect())
}
