//! Taxonomies as templates see them: `term`, `terms`, `taxonomy`, and the function `terms()`.

use tera::{Error, Kwargs, TeraResult, Value};

use super::{Site, context, functions};
use crate::diag::closest;
use crate::expression::{Borrowed, SortOrder};
use crate::route::{ListKey, ListPlan, Page, Route, TaxonomyPlan};
use crate::template_values::map;

/// `terms(taxonomy=, sort=, limit=, lang=)`: the terms of a taxonomy in this language, by title.
pub(super) fn terms(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    functions::check_arguments("terms", kwargs, &["taxonomy", "sort", "limit", "lang"])?;
    let name = functions::text("terms", kwargs, "taxonomy")?;
    check_name(site, name)?;
    let language = functions::language(site, kwargs)?;
    let mut list = match site.routes.taxonomy(name, language) {
        Some(plan) => values(plan),
        None => Vec::new(),
    };
    if let Some(order) = kwargs.get::<&str>("sort")? {
        list = sorted(list, order)
            .map_err(|why| Error::message(format!("`sort` of `terms()` cannot be used: {why}")))?;
    }
    let limit = kwargs.get::<u64>("limit")?;
    let limit = limit.and_then(|n| usize::try_from(n).ok());
    list.truncate(limit.unwrap_or(usize::MAX));
    Ok(Value::from(list))
}

fn check_name(site: &Site, name: &str) -> TeraResult<()> {
    let taxonomies = site.queries.taxonomies();
    let names: Vec<&str> = taxonomies.iter().map(|own| &*own.name).collect();
    if names.contains(&name) {
        return Ok(());
    }
    let help = match closest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "no definition has `[[taxonomies]]`".to_owned(),
        None => format!("they are {}", names.join(", ")),
    };
    let message = format!("there is no taxonomy `{name}`; {help}");
    Err(Error::message(message))
}

/// Sorts terms as lists are sorted; equal ones stay in the order of their titles.
fn sorted(terms: Vec<Value>, order: &str) -> Result<Vec<Value>, String> {
    let order = SortOrder::parse(order)?;
    let mut keyed = Vec::with_capacity(terms.len());
    for term in terms {
        let ranks = order.ranks(&Borrowed::default().with("item", &term))?;
        keyed.push((ranks, term));
    }
    keyed.sort_by(|(a, _), (b, _)| order.compare(a, b));
    Ok(keyed.into_iter().map(|(_, term)| term).collect())
}

/// The variables of a term's page.
pub(super) fn of_list(site: &Site, list: &ListPlan, page: &Page) -> Option<(Value, Value)> {
    let ListKey::Term(taxonomy, term) = &list.key else {
        return None;
    };
    let plan = site.routes.taxonomy(taxonomy, page.language)?;
    Some((plan.term(term)?.value.clone(), taxonomy_value(site, plan)))
}

/// All terms of a taxonomy.
pub(super) fn values(plan: &TaxonomyPlan) -> Vec<Value> {
    plan.terms().iter().map(|term| term.value.clone()).collect()
}

/// `taxonomy`.
pub(super) fn taxonomy_value(site: &Site, plan: &TaxonomyPlan) -> Value {
    let address = |of: fn(&Site, &Route) -> Value| {
        let index = plan.index.as_ref();
        index.map_or_else(Value::none, |route| of(site, route))
    };
    map([
        ("name", Value::from(&*plan.name)),
        ("url", address(context::url)),
        ("permalink", address(context::permalink)),
    ])
}
