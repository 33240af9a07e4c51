//! Which definitions are others than they were.

use std::collections::BTreeSet;

use crate::query::{Query, QuerySet};

/// The definitions that ask something else than those of that name before, or are new. One of which only the routes or
/// lists differ asks the same: what it was answered still counts.
#[must_use]
pub fn differing(before: &QuerySet, now: &QuerySet) -> BTreeSet<String> {
    let asks_the_same = |query: &Query| {
        let earlier = before.find(&query.name).map(|id| before.get(id));
        earlier.is_some_and(|earlier| question(before, earlier) == question(now, query))
    };
    let differing = now.iter().filter(|(_, query)| !asks_the_same(query));
    differing.map(|(_, query)| query.name.to_string()).collect()
}

/// Everything of a definition that decides what is sent.
fn question(queries: &QuerySet, query: &Query) -> String {
    let Query {
        ask,
        variables,
        partition,
        languages,
        freshness,
        paging,
        optional,
        for_each,
        ..
    } = query;
    // As they are written: what is compiled does not show all of itself.
    let variables: Vec<_> = variables.iter().collect();
    let followed = for_each.as_ref().map(|each| &queries.get(each.query).name);
    let how = (partition, languages, freshness, paging, optional, followed);
    format!("{ask:?} {variables:?} {how:?}")
}
