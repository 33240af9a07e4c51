//! What is kept of each query's items.

use super::Reaches;
use crate::expression::Fields;
use crate::query::{QueryId, QuerySet};

/// Which members of items are kept: those that have to be known of all items at once, and those that are read when one of
/// them is shown.
#[derive(Clone, Debug)]
pub struct Selection {
    index: Vec<Fields>,
    shown: Vec<Fields>,
}

impl Selection {
    /// Whole items, for those who show what came.
    #[must_use]
    pub fn whole(queries: &QuerySet) -> Self {
        let index = queries
            .iter()
            .map(|(id, _)| queries.index_fields(id).clone());
        Self {
            index: index.collect(),
            shown: vec![Fields::All; queries.len()],
        }
    }

    /// What the templates of a site can reach.
    #[must_use]
    pub fn of(queries: &QuerySet, _reaches: &Reaches) -> Self {
        Self::whole(queries)
    }

    /// What has to be known of all items of a query: for routes, conditions and orders, and what lists and `query()` show
    /// of them.
    #[must_use]
    pub fn indexed(&self, query: QueryId) -> &Fields {
        self.index.get(query.index()).unwrap_or(&Fields::All)
    }

    /// What is read of an item of a query when it is shown.
    #[must_use]
    pub fn shown(&self, query: QueryId) -> &Fields {
        self.shown.get(query.index()).unwrap_or(&Fields::All)
    }
}
