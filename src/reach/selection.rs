//! What is kept of each query's items.

use std::sync::Arc;

use super::{Reach, Reaches};
use crate::expression::Fields;
use crate::query::{Outputs, Query, QueryId, QuerySet};

/// Which members of items are kept: those that have to be known of all items at once, and those that are read when one of
/// them is shown.
#[derive(Clone, Debug)]
pub struct Selection {
    index: Vec<Fields>,
    shown: Vec<Fields>,
    /// Whether items are whole though nobody needs all of them.
    spare: bool,
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
            spare: false,
        }
    }

    /// What the templates of a site can reach.
    #[must_use]
    pub fn of(queries: &QuerySet, reaches: &Reaches) -> Self {
        let mut selection = Self::whole(queries);
        for (id, query) in queries.iter() {
            for own in in_lists(queries, id, reaches).chain(asked_for(query, reaches)) {
                // The whole item would no longer be an index: whoever needs it reads it.
                if matches!(own, Fields::Some(_)) {
                    add(&mut selection.index, id, own);
                }
            }
        }
        if reaches.reads_all {
            return selection;
        }
        selection.shown.clone_from(&selection.index);
        for (id, query) in queries.iter() {
            let anywhere = reaches.iter().map(Reach::fragment);
            let lists = in_lists(queries, id, reaches).chain(asked_for(query, reaches));
            for own in lists.chain(anywhere) {
                add(&mut selection.shown, id, own);
            }
            for template in of_pages(query) {
                let reach = reaches.get(template);
                add(&mut selection.shown, id, reach.variable("item"));
                if let Some(followed) = &query.for_each {
                    add(
                        &mut selection.shown,
                        followed.query,
                        reach.variable("parent"),
                    );
                }
            }
        }
        selection
    }

    /// The same, with items kept whole for what templates may reach later.
    #[must_use]
    pub fn with_whole_items(mut self) -> Self {
        self.shown.fill(Fields::All);
        self.spare = true;
        self
    }

    /// Whether more is kept of items than anybody reaches.
    #[must_use]
    pub fn has_spare(&self) -> bool {
        self.spare
    }

    /// What has to be known of all items of a query: for routes, conditions and orders, and what lists and `query()` show
    /// of them.
    #[must_use]
    pub fn indexed(&self, query: QueryId) -> &Fields {
        self.index.get(query.index()).unwrap_or(&Fields::All)
    }

    /// What is read of an item of a query when it is shown. Whoever keeps no more than that has to see to it that an item
    /// with members does not become an empty one, which templates would take for none.
    #[must_use]
    pub fn shown(&self, query: QueryId) -> &Fields {
        self.shown.get(query.index()).unwrap_or(&Fields::All)
    }
}

fn add(all: &mut [Fields], query: QueryId, more: &Fields) {
    if let Some(own) = all.get_mut(query.index()) {
        *own = std::mem::take(own).union(more.clone());
    }
}

/// The templates of a query's own pages.
fn of_pages(query: &Query) -> impl Iterator<Item = &Arc<str>> {
    let pages = query.pages.iter();
    pages.flat_map(|pages| all_formats(&pages.template, &pages.outputs))
}

/// What the pages of lists and terms reach of a query's items. A term's page shows those of every query that has joined
/// its taxonomy.
fn in_lists<'a>(
    queries: &'a QuerySet,
    id: QueryId,
    reaches: &'a Reaches,
) -> impl Iterator<Item = &'a Fields> {
    let lists = queries.get(id).lists.iter();
    let lists = lists.flat_map(|list| all_formats(&list.template, &list.outputs));
    let joined = queries.taxonomies().iter();
    let joined = joined.filter(move |taxonomy| taxonomy.parts.iter().any(|(own, _)| *own == id));
    let terms = joined.filter_map(|taxonomy| queries.term_pages(taxonomy));
    let terms = terms.flat_map(|(_, terms)| all_formats(&terms.template, &terms.outputs));
    lists
        .chain(terms)
        .map(|template| reaches.get(template).elements("items"))
}

/// What `query()` reaches of a query's items, in any template.
fn asked_for<'a>(query: &'a Query, reaches: &'a Reaches) -> impl Iterator<Item = &'a Fields> {
    reaches.iter().map(|reach| reach.query(&query.name))
}

/// The template of a page, and those of its other formats.
fn all_formats<'q>(
    template: &'q Arc<str>,
    outputs: &'q Outputs,
) -> impl Iterator<Item = &'q Arc<str>> {
    let others = outputs.iter().map(|(_, template)| template);
    std::iter::once(template).chain(others)
}

#[cfg(test)]
mod tests;
