//! The order of entries in lists.
//!
//! What several lists or terms show is sorted once: where each entry has its place in an order, some of them are sorted by
//! that.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::lists::failed;
use super::plan::{Planner, side_by_side};
use crate::config::LangId;
use crate::diag::Diagnostic;
use crate::expression::{Ranks, SortOrder};
use crate::query::{Query, QueryId};
use crate::store::EntryId;

/// Entries in order.
pub(super) struct Order {
    /// The place of each, by its number, from that of the first on. What has none is not among them.
    places: Vec<usize>,
    first: usize,
}

impl Order {
    /// That of sorted entries.
    pub(super) fn of(sorted: &[EntryId]) -> Self {
        let numbers = || sorted.iter().map(|entry| entry.index());
        let first = numbers().min().unwrap_or_default();
        let count = numbers().max().map_or(0, |last| last - first + 1);
        let mut places = vec![usize::MAX; count];
        for (place, number) in numbers().enumerate() {
            places[number - first] = place;
        }
        Self { places, first }
    }

    /// Sorts some of them.
    pub(super) fn sort(&self, entries: &mut [EntryId]) {
        entries.sort_unstable_by_key(|entry| self.places[entry.index() - self.first]);
    }
}

/// The orders of all that languages show of definitions, as far as somebody has asked for them.
#[derive(Default)]
pub(super) struct Orders(Mutex<Vec<Known>>);

struct Known {
    query: QueryId,
    language: LangId,
    sort: String,
    order: Arc<Order>,
}

impl Orders {
    /// That of all that a language shows of a definition, if it is known.
    pub(super) fn find(
        &self,
        query: QueryId,
        language: LangId,
        sort: &SortOrder,
    ) -> Option<Arc<Order>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = known.iter();
        let sort = sort.source();
        let found = known
            .find(|known| (known.query, known.language, &known.sort) == (query, language, &sort));
        found.map(|known| Arc::clone(&known.order))
    }

    /// Notes it.
    pub(super) fn add(&self, query: QueryId, language: LangId, sort: &SortOrder, order: Order) {
        let known = Known {
            query,
            language,
            sort: sort.source(),
            order: Arc::new(order),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(known);
    }
}

/// Entries in order, equal ones by path so that the order never depends on the order of answers.
///
/// # Errors
/// The first entry of which it cannot be told what it is sorted by. `query` describes the list.
pub(super) fn sorted(
    planner: &Planner<'_>,
    query: &Query,
    sort: &SortOrder,
    language: LangId,
    entries: &[EntryId],
) -> Result<Vec<EntryId>, Diagnostic> {
    let ranks = |entry| sort.ranks(&planner.variables(entry, language));
    let mut keyed: Vec<(Ranks, EntryId)> = Vec::with_capacity(entries.len());
    for (entry, ranks) in side_by_side(entries, ranks) {
        let ranks = ranks.map_err(|why| failed(planner, query, entry, "`sort` of a list", &why))?;
        keyed.push((ranks, entry));
    }
    let path = |id: EntryId| planner.store.get(id).path.as_ref();
    keyed.par_sort_by(|(a, a_id), (b, b_id)| {
        sort.compare(a, b)
            .then_with(|| path(*a_id).cmp(&path(*b_id)))
    });
    Ok(keyed.into_iter().map(|(_, entry)| entry).collect())
}
