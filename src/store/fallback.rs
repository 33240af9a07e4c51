//! Entries that stand in for what a language lacks.
//!
//! Where a language with a `fallback` has no entry of a query at a path below its root, the entry at the
//! same path below the fallback's root is shown in its place. AEM itself falls back nowhere
//! (`aem-protocol.md`, section 12). A language that the definition's `languages` leave out gets none: the
//! query is not meant for it.

use std::collections::{HashMap, HashSet};

use super::{EntryId, Store};
use crate::config::LangId;
use crate::query::{QueryId, QuerySet};

/// For each query and language, the entries of other languages that stand in, in the order of the query's
/// answer.
#[derive(Default)]
pub(super) struct StandIns {
    lists: HashMap<(QueryId, LangId), Vec<EntryId>>,
    known: HashSet<(QueryId, LangId, EntryId)>,
}

impl StandIns {
    /// Finds all of a store.
    pub(super) fn find(store: &Store, queries: &QuerySet) -> Self {
        let mut found = Self::default();
        for (id, query) in queries.iter() {
            for (language, settings) in store.languages.iter() {
                if settings.fallbacks.is_empty() || !query.serves(language) {
                    continue;
                }
                let stands_in = |&entry: &EntryId| stands_in(store, entry, language);
                let list: Vec<EntryId> = store
                    .of_query(id)
                    .iter()
                    .copied()
                    .filter(stands_in)
                    .collect();
                found
                    .known
                    .extend(list.iter().map(|&entry| (id, language, entry)));
                found.lists.insert((id, language), list);
            }
        }
        found
    }

    /// What stands in for what a language lacks of a query.
    pub(super) fn of(&self, query: QueryId, language: LangId) -> &[EntryId] {
        self.lists
            .get(&(query, language))
            .map_or(&[][..], Vec::as_slice)
    }

    /// Whether an entry of the query stands in for one that a language lacks.
    pub(super) fn contains(&self, query: QueryId, language: LangId, entry: EntryId) -> bool {
        self.known.contains(&(query, language, entry))
    }
}

/// Whether the entry is the one that a language shows in place of its own: it has none at that path, and
/// no language nearer to it has one either.
fn stands_in(store: &Store, entry: EntryId, language: LangId) -> bool {
    let nearest = |of: LangId| {
        let chain = &store.languages.get(language).fallbacks;
        chain.iter().position(|&fallback| fallback == of)
    };
    let Some(own) = nearest(store.get(entry).language) else {
        return false;
    };
    let group = store.translations(entry);
    // An entry outside every root has no counterparts, not even itself.
    !group.is_empty()
        && group.iter().all(|&other| {
            let other = store.get(other).language;
            other != language && nearest(other).is_none_or(|nearer| nearer >= own)
        })
}
