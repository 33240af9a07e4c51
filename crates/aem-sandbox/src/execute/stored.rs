//! Stored queries: those of the package, and what `persist.json` changed since the start.
//!
//! Changes live beside the repository, so that they outlast a reload of the package. Source: aem-protocol.md,
//! sections 2.5 and 2.9.

use crate::repository::Repository;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Configuration and name.
pub(crate) type QueryKey = (String, String);

/// A stored query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredQuery {
    pub(crate) text: Arc<str>,
    pub(crate) lifetimes: Lifetimes,
}

/// Cache lifetimes in seconds, where they differ from the tier's (section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lifetimes {
    /// `cache-control` / `max-age`
    pub(crate) max_age: Option<u64>,
    /// `surrogate-control` / `max-age`
    pub(crate) shared_max_age: Option<u64>,
    pub(crate) stale_while_revalidate: Option<u64>,
    pub(crate) stale_if_error: Option<u64>,
}

impl From<&str> for StoredQuery {
    fn from(text: &str) -> Self {
        Self {
            text: text.into(),
            lifetimes: Lifetimes::default(),
        }
    }
}

/// What was stored or deleted since the start; `None` is deleted.
#[derive(Debug, Default)]
pub(crate) struct QueryChanges(RwLock<BTreeMap<QueryKey, Option<StoredQuery>>>);

impl QueryChanges {
    /// Stores a query, or deletes it.
    pub(crate) fn set(&self, key: QueryKey, query: Option<StoredQuery>) {
        let mut changes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        changes.insert(key, query);
    }

    /// The query of a name as it is now.
    pub(super) fn find(&self, repository: &Repository, key: &QueryKey) -> Option<StoredQuery> {
        let changes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match changes.get(key) {
            Some(changed) => changed.clone(),
            None => repository.queries.get(key).map(|text| text.as_str().into()),
        }
    }

    /// All queries as they are now.
    pub(super) fn all(&self, repository: &Repository) -> BTreeMap<QueryKey, StoredQuery> {
        let stored = repository.queries.iter();
        let mut all: BTreeMap<_, _> = stored
            .map(|(key, text)| (key.clone(), text.as_str().into()))
            .collect();
        let changes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for (key, changed) in changes.iter() {
            match changed {
                Some(query) => all.insert(key.clone(), query.clone()),
                None => all.remove(key),
            };
        }
        all
    }
}
