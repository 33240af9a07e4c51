//! The terms of taxonomies, with their pages, in every language.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use tera::{Map, Value};

use super::lists::{Listing, default_language, failed, first_route, kept, lay_out};
use super::order::{self, Order};
use super::plan::{Planner, side_by_side};
use super::terms::{self, Given};
use super::{ListKey, Page, PageKind, Route, TaxonomyPlan, Term};
use crate::config::LangId;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::query::{Query, QueryId, QuerySet, Taxonomy, TermPages};
use crate::store::EntryId;

/// A term on its way: the first item that has it decides its title and slug.
struct Draft {
    given: Given,
    title: String,
    slug: String,
    entries: Vec<EntryId>,
}

/// What came of planning a taxonomy.
#[derive(Default)]
pub(super) struct Planned {
    pub(super) plans: Vec<Arc<TaxonomyPlan>>,
    pub(super) pages: Vec<Page>,
    pub(super) problems: Diagnostics,
}

/// Plans a taxonomy in every language.
pub(super) fn plan(planner: &Planner<'_>, queries: &QuerySet, taxonomy: &Taxonomy) -> Planned {
    let mut planned = Planned::default();
    let mut by_language = Vec::new();
    for (language, _) in planner.config.languages.iter() {
        match drafts(planner, queries, taxonomy, language) {
            Ok(drafts) => by_language.push((language, drafts)),
            Err(problem) => planned.problems.push_merged(problem),
        }
    }
    let pages = queries.term_pages(taxonomy);
    let has_any = by_language.iter().any(|(_, drafts)| !drafts.is_empty());
    for (language, drafts) in by_language {
        // As with lists: where there is nothing at all, the default language says so.
        let home = pages.map(|(id, _)| default_language(planner, queries.get(id)));
        let shows_nothing = drafts.is_empty() && (has_any || home != Some(language));
        let described = pages.filter(|_| !shows_nothing);
        let described = described.map(|(id, pages)| ((id, queries.get(id)), pages));
        if let Some(((_, query), pages)) = described {
            let twins = twins(planner, query, taxonomy, pages, &drafts);
            if twins.has_errors() {
                planned.problems.extend_merged(twins);
                continue;
            }
        }
        match in_language(planner, taxonomy, described, language, drafts) {
            Ok((plan, pages)) => {
                planned.plans.push(plan);
                planned.pages.extend(pages);
            }
            Err(problem) => planned.problems.push_merged(problem),
        }
    }
    planned
}

/// The terms that a language's items have, by title, then by name.
fn drafts(
    planner: &Planner<'_>,
    queries: &QuerySet,
    taxonomy: &Taxonomy,
    language: LangId,
) -> Result<Vec<Draft>, Diagnostic> {
    let mut drafts: HashMap<String, Draft> = HashMap::new();
    for &(id, index) in &taxonomy.parts {
        let query = queries.get(id);
        let part = &query.taxonomies[index];
        let shown = planner.store.shown_in(id, language);
        let entries = kept(planner, query, part.when.as_ref(), language, shown)?;
        let given = |entry| {
            let value = part.by.evaluate(&planner.variables(entry, language))?;
            terms::read(&value)
        };
        for (entry, given) in side_by_side(&entries, given) {
            for given in given.map_err(|why| {
                let what = format!("`by` of the taxonomy `{}`", taxonomy.name);
                failed(planner, query, entry, &what, &why)
            })? {
                match drafts.get_mut(&given.name) {
                    Some(draft) => draft.entries.push(entry),
                    None => {
                        let name = given.name.clone();
                        let draft = Draft::new(planner, taxonomy, language, given, entry);
                        drafts.insert(name, draft);
                    }
                }
            }
        }
    }
    let mut drafts: Vec<Draft> = drafts.into_values().collect();
    drafts.sort_by_cached_key(|draft| (draft.title.to_lowercase(), draft.given.name.clone()));
    // A definition that has a part twice brings an item twice.
    if taxonomy.parts.len() > 1 {
        let unique = |draft: &mut Draft| draft.entries = once_each([&draft.entries[..]]);
        drafts.iter_mut().for_each(unique);
    }
    Ok(drafts)
}

/// Entries in the order in which they first come.
fn once_each<'e>(lists: impl IntoIterator<Item = &'e [EntryId]>) -> Vec<EntryId> {
    let mut known = HashSet::new();
    let all = lists.into_iter().flatten().copied();
    all.filter(|entry| known.insert(*entry)).collect()
}

impl Draft {
    /// Its title is the one it was given, or the site's string for it, or made of its name.
    fn new(
        planner: &Planner<'_>,
        taxonomy: &Taxonomy,
        language: LangId,
        given: Given,
        first: EntryId,
    ) -> Self {
        let string = || {
            let key = format!("{}.{}", taxonomy.name, given.name);
            planner.strings.find(&key, language)?.plain()
        };
        let title = given.title.clone().or_else(string);
        Self {
            title: title.unwrap_or_else(|| given.default_title().to_owned()),
            slug: given.default_slug(),
            given,
            entries: vec![first],
        }
    }

    /// `term` in a route, before its address is known.
    fn variable(&self) -> Map {
        let members = [
            ("name", self.given.name.as_str()),
            ("title", &self.title),
            ("slug", &self.slug),
        ];
        let member = |(name, value): (&'static str, &str)| (name.into(), Value::from(value));
        members.into_iter().map(member).collect()
    }
}

/// Terms that would have one address.
fn twins(
    planner: &Planner<'_>,
    query: &Query,
    taxonomy: &Taxonomy,
    pages: &TermPages,
    drafts: &[Draft],
) -> Diagnostics {
    let mut found = Diagnostics::new();
    let mut known: BTreeMap<&str, &Draft> = BTreeMap::new();
    for draft in drafts {
        let problem = match known.insert(&draft.slug, draft) {
            _ if draft.slug.is_empty() => Diagnostic::error(
                Kind::Content,
                format!(
                    "the term `{}` of `{}` has nothing to make a slug of",
                    draft.given.name, taxonomy.name
                ),
            )
            .note(describe(planner, draft)),
            // A route that is made of the name knows them apart.
            Some(twin) if pages.route.source().contains("term.slug") => Diagnostic::error(
                Kind::Content,
                format!(
                    "the terms `{}` and `{}` of `{}` have the slug `{}` in common",
                    twin.given.name, draft.given.name, taxonomy.name, draft.slug
                ),
            )
            .note(describe(planner, twin))
            .note(describe(planner, draft)),
            _ => continue,
        };
        found.push(problem.at(query.location()).help(
            "make them one in AEM or in `by` (`item.x | lower`), or let `by` give maps with a `name` and a `slug`",
        ));
    }
    found
}

/// Where a term comes from.
fn describe(planner: &Planner<'_>, draft: &Draft) -> String {
    let first = draft.entries.first();
    let first = first.map(|&entry| planner.store.get(entry).describe());
    let (name, first) = (&draft.given.name, first.unwrap_or_default());
    match draft.entries.len() - 1 {
        0 => format!("`{name}` is a term of {first}"),
        more => format!("`{name}` is a term of {first} and {more} more"),
    }
}

/// The described pages of a taxonomy: the definition, and what it says.
type Described<'a> = ((QueryId, &'a Query), &'a TermPages);

fn in_language(
    planner: &Planner<'_>,
    taxonomy: &Taxonomy,
    described: Option<Described<'_>>,
    language: LangId,
    drafts: Vec<Draft>,
) -> Result<(Arc<TaxonomyPlan>, Vec<Page>), Diagnostic> {
    let mut pages = Vec::new();
    let mut terms = Vec::with_capacity(drafts.len());
    let of_terms: Vec<_> = match described {
        Some(described) => {
            let order = order(planner, taxonomy, described, language, &drafts)?;
            let order = order.as_deref();
            (drafts.par_iter())
                .map(|draft| term_pages(planner, taxonomy, described, (language, order), draft))
                .collect()
        }
        None => drafts.iter().map(|_| Ok(Vec::new())).collect(),
    };
    for (draft, of_term) in drafts.into_iter().zip(of_terms) {
        let of_term = of_term?;
        terms.push(term(planner, draft, of_term.first()));
        pages.extend(of_term);
    }
    let index = described.and_then(|(definition, pages)| Some((definition, pages.index.as_ref()?)));
    let index = match index {
        None => None,
        Some(((_, query), index)) => {
            let (route, output) = first_route(planner, query, &index.route, language, None)?;
            Some((route, output, Arc::clone(&index.template)))
        }
    };
    let plan = Arc::new(TaxonomyPlan {
        name: Arc::clone(&taxonomy.name),
        query: described.map(|((id, _), _)| id),
        language,
        index: index.as_ref().map(|(route, ..)| route.clone()),
        by_name: (terms.iter().map(|term| Arc::clone(&term.name)))
            .zip(0..)
            .collect(),
        terms,
    });
    if let Some((route, output, template)) = index {
        pages.push(Page {
            route,
            output,
            kind: PageKind::Terms(Arc::clone(&plan)),
            language,
            template,
            formats: Arc::default(),
        });
    }
    Ok((plan, pages))
}

/// The order of what all terms show, if it has one.
fn order(
    planner: &Planner<'_>,
    taxonomy: &Taxonomy,
    ((_, query), pages): Described<'_>,
    language: LangId,
    drafts: &[Draft],
) -> Result<Option<Arc<Order>>, Diagnostic> {
    let Some(sort) = &pages.arrangement.sort else {
        return Ok(None);
    };
    if let [(id, _)] = taxonomy.parts[..]
        && let Some(known) = planner.orders.find(id, language, sort)
    {
        return Ok(Some(known));
    }
    let shown = once_each(drafts.iter().map(|draft| &draft.entries[..]));
    let sorted = order::sorted(planner, query, sort, language, &shown)?;
    Ok(Some(Arc::new(Order::of(&sorted))))
}

fn term(planner: &Planner<'_>, draft: Draft, first: Option<&Page>) -> Term {
    let mut variable = draft.variable();
    let base_url = &planner.config.base_url;
    let route = first.map(|page| page.route.clone());
    let address = |of: &dyn Fn(&str) -> String| {
        let encoded = route.as_ref().map(Route::encoded);
        encoded.map_or_else(Value::none, |route| Value::from(of(&route)))
    };
    let more = [
        ("count", Value::from(draft.entries.len() as u64)),
        ("url", address(&|route| base_url.url(route))),
        ("permalink", address(&|route| base_url.permalink(route))),
    ];
    for (name, value) in more {
        variable.insert(name.into(), value);
    }
    Term {
        name: Arc::from(draft.given.name),
        title: draft.title,
        slug: draft.slug,
        count: draft.entries.len(),
        route,
        value: Value::from(variable),
    }
}

fn term_pages(
    planner: &Planner<'_>,
    taxonomy: &Taxonomy,
    ((id, query), pages): Described<'_>,
    (language, order): (LangId, Option<&Order>),
    draft: &Draft,
) -> Result<Vec<Page>, Diagnostic> {
    let variable = Value::from(draft.variable());
    let name = &draft.given.name;
    let first = first_route(planner, query, &pages.route, language, Some(&variable))
        .map_err(|problem| problem.note(format!("the term is `{name}`")))?;
    let mut entries = draft.entries.clone();
    if let Some(order) = order {
        order.sort(&mut entries);
    }
    let listing = Listing {
        definition: (id, query),
        key: ListKey::Term(Arc::clone(&taxonomy.name), Arc::from(name.as_str())),
        language,
        entries,
        arrangement: &pages.arrangement,
        first,
        template: &pages.template,
        outputs: &pages.outputs,
    };
    lay_out(planner, listing)
}
