//! Every page of the site with its URL and output path, before the first one is rendered.
//!
//! [`plan()`] evaluates the routes of all definitions over the index of the store. The resulting
//! [`RouteTable`] has no two pages in one place; whatever stands in the way is reported with both items.
//! It answers the questions of rendering: which page a fragment has, and where a route leads.

mod conflict;
mod items;
mod lists;
mod plan;
mod url_path;

use std::collections::HashMap;
use std::sync::Arc;

use tera::Value;

pub use plan::{ERROR_TEMPLATE, plan};
pub use url_path::{Route, RouteError, encode_path};

use crate::artifact::OutputPath;
use crate::config::LangId;
use crate::query::QueryId;
use crate::store::{EntryId, Store};

/// A page, by its place in the [`RouteTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(u32);

/// One page to render.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its path on the site.
    pub route: Route,
    /// Its file.
    pub output: OutputPath,
    /// What it shows.
    pub kind: PageKind,
    /// The language of the site that it belongs to. An item's own language is another one where it stands
    /// in for what this one lacks.
    pub language: LangId,
    /// The template that renders it.
    pub template: Arc<str>,
}

impl Page {
    /// The item and its own language, where it stands in for what the page's language lacks.
    #[must_use]
    pub fn stand_in(&self, store: &Store) -> Option<(EntryId, LangId)> {
        let PageKind::Item { entry, .. } = &self.kind else {
            return None;
        };
        let own = store.get(*entry).language;
        (own != self.language).then_some((*entry, own))
    }
}

/// What a page shows.
#[derive(Clone, Debug)]
pub enum PageKind {
    /// One item.
    Item {
        /// The item.
        entry: EntryId,
        /// The value of the definition's `date`.
        date: Option<Value>,
    },
    /// One numbered page of a list.
    List {
        /// The list.
        list: Arc<ListPlan>,
        /// Which page of it, from 1.
        number: usize,
    },
    /// The page shown for addresses that lead nowhere.
    Error,
}

/// A list in one language.
#[derive(Clone, Debug)]
pub struct ListPlan {
    /// The definition.
    pub query: QueryId,
    /// Which of the definition's lists.
    pub index: usize,
    /// What it shows, in order.
    pub entries: Vec<EntryId>,
    /// Items of one page.
    pub per_page: usize,
    /// The routes of its pages.
    pub routes: Vec<Route>,
}

impl ListPlan {
    /// The items of one page, numbered from 1.
    #[must_use]
    pub fn items(&self, number: usize) -> &[EntryId] {
        let start = ((number - 1) * self.per_page).min(self.entries.len());
        let end = (start + self.per_page).min(self.entries.len());
        &self.entries[start..end]
    }
}

/// All pages, complete and free of conflicts.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    pages: Vec<Page>,
    by_entry: HashMap<(EntryId, LangId), PageId>,
    by_route: HashMap<Arc<str>, PageId>,
    by_list: HashMap<(QueryId, usize, LangId), PageId>,
}

impl RouteTable {
    /// Takes pages without conflicts.
    fn new(pages: Vec<Page>) -> Self {
        let mut table = Self::default();
        for (id, page) in (0..).map(PageId).zip(&pages) {
            table.by_route.insert(page.route.shared(), id);
            match &page.kind {
                PageKind::Item { entry, .. } => {
                    table.by_entry.insert((*entry, page.language), id);
                }
                PageKind::List { list, number: 1 } => {
                    table
                        .by_list
                        .insert((list.query, list.index, page.language), id);
                }
                PageKind::List { .. } | PageKind::Error => {}
            }
        }
        table.pages = pages;
        table
    }

    /// All pages, in the order of their definitions.
    pub fn iter(&self) -> impl Iterator<Item = (PageId, &Page)> {
        (0..).map(PageId).zip(&self.pages)
    }

    /// All pages as a slice, for parallel work; the position is the page's id.
    #[must_use]
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// One page.
    #[must_use]
    pub fn get(&self, id: PageId) -> &Page {
        &self.pages[id.0 as usize]
    }

    /// The page of an entry in a language: its own, or one in which it stands in for what is lacking.
    #[must_use]
    pub fn of_entry(&self, entry: EntryId, language: LangId) -> Option<&Page> {
        self.by_entry
            .get(&(entry, language))
            .map(|id| self.get(*id))
    }

    /// The page at a route, which may lack the slash at its end.
    #[must_use]
    pub fn at(&self, route: &str) -> Option<&Page> {
        let found = self
            .by_route
            .get(route)
            .or_else(|| self.by_route.get(format!("{route}/").as_str()));
        found.map(|id| self.get(*id))
    }

    /// The first page of a list in a language.
    #[must_use]
    pub fn of_list(&self, query: QueryId, index: usize, language: LangId) -> Option<&Page> {
        self.by_list
            .get(&(query, index, language))
            .map(|id| self.get(*id))
    }
}

#[cfg(test)]
mod tests;
