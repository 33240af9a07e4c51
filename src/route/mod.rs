//! Every page of the site with its URL and output path, before the first one is rendered.
//!
//! [`plan()`] evaluates the routes of all definitions over the index of the store. The resulting
//! [`RouteTable`] has no two pages in one place; whatever stands in the way is reported with both items.
//! It answers the questions of rendering: which page a fragment has, and where a route leads.

mod aliases;
mod conflict;
mod formats;
mod items;
mod lists;
mod local;
mod order;
mod plan;
mod taxonomies;
mod terms;
mod url_path;

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use tera::Value;

pub use plan::{ERROR_TEMPLATE, plan};
pub use url_path::{Route, RouteError, encode_path};

use crate::artifact::{Format, OutputPath};
use crate::config::LangId;
use crate::local::LocalId;
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
    /// The routes of the page in all its formats, its HTML first; empty where there is one only.
    pub formats: Arc<[Route]>,
}

impl Page {
    /// The route under which the page is known: its own, or that of its HTML.
    #[must_use]
    pub fn main(&self) -> &Route {
        self.formats.first().unwrap_or(&self.route)
    }

    /// Whether this is the page, and not another format of it.
    #[must_use]
    pub fn is_main(&self) -> bool {
        *self.main() == self.route
    }

    /// The format of a page that is not its HTML.
    #[must_use]
    pub fn other_format(&self) -> Option<Format> {
        Format::of(&self.output).filter(|_| !self.is_main())
    }

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

/// A former address of an item's page.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The former address.
    pub from: Route,
    /// The file that a page there would have.
    pub output: OutputPath,
    /// The page's route.
    pub to: Route,
    /// The page's language.
    pub language: LangId,
    /// What the page shows.
    pub subject: Subject,
}

/// What a page with a former address shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An item.
    Item(EntryId),
    /// A Markdown file.
    Local(LocalId),
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
    /// All terms of a taxonomy.
    Terms(Arc<TaxonomyPlan>),
    /// A Markdown file of the site's own.
    Local(LocalId),
    /// The page shown for addresses that lead nowhere.
    Error,
}

/// What a list is, the same in every language.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ListKey {
    /// One of a definition's lists, by its place.
    List(QueryId, usize),
    /// A term: the taxonomy's name, and its own.
    Term(Arc<str>, Arc<str>),
}

/// A list, or the items of a term, in one language.
#[derive(Clone, Debug)]
pub struct ListPlan {
    /// The definition that describes it.
    pub query: QueryId,
    /// What it is.
    pub key: ListKey,
    /// What it shows, in order.
    pub entries: Vec<EntryId>,
    /// What each of the entries is grouped by.
    pub groups: Option<Vec<Value>>,
    /// Items of one page.
    pub per_page: usize,
    /// The routes of its pages.
    pub routes: Vec<Route>,
}

impl ListPlan {
    /// The items of one page, numbered from 1.
    #[must_use]
    pub fn items(&self, number: usize) -> &[EntryId] {
        &self.entries[self.range(number)]
    }

    /// What the items of one page are grouped by, if they are.
    #[must_use]
    pub fn groups(&self, number: usize) -> Option<&[Value]> {
        let groups = self.groups.as_ref()?;
        Some(&groups[self.range(number)])
    }

    fn range(&self, number: usize) -> std::ops::Range<usize> {
        let start = ((number - 1) * self.per_page).min(self.entries.len());
        let end = (start + self.per_page).min(self.entries.len());
        start..end
    }
}

/// A taxonomy in one language.
#[derive(Clone, Debug)]
pub struct TaxonomyPlan {
    /// Its name.
    pub name: Arc<str>,
    /// The definition that describes its pages.
    pub query: Option<QueryId>,
    /// The language.
    pub language: LangId,
    /// The page with all terms.
    pub index: Option<Route>,
    terms: Vec<Term>,
    by_name: HashMap<Arc<str>, usize>,
}

impl TaxonomyPlan {
    /// Its terms, in the order of their titles.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The term of that name.
    #[must_use]
    pub fn term(&self, name: &str) -> Option<&Term> {
        self.by_name
            .get(name)
            .map(|&position| &self.terms[position])
    }
}

/// A value that items are classified by.
#[derive(Clone, Debug)]
pub struct Term {
    /// The value.
    pub name: Arc<str>,
    /// What it is called.
    pub title: String,
    /// What it is in a URL.
    pub slug: String,
    /// How many items have it.
    pub count: usize,
    /// The first of its pages.
    pub route: Option<Route>,
    /// All this as templates see it. Every page may show every term, so it is made once.
    pub value: Value,
}

/// All pages, complete and free of conflicts.
#[derive(Clone, Debug, Default)]
pub struct RouteTable {
    pages: Vec<Page>,
    redirects: Vec<Redirect>,
    by_entry: HashMap<(EntryId, LangId), PageId, RandomState>,
    /// By the hashes of their routes, which stand in the pages.
    by_route: HashTable<PageId>,
    hasher: RandomState,
    by_list: HashMap<(ListKey, LangId), PageId>,
    by_local: HashMap<LocalId, PageId>,
    taxonomies: HashMap<(Arc<str>, LangId), Arc<TaxonomyPlan>>,
}

impl RouteTable {
    /// Takes pages and redirects without conflicts.
    fn new(pages: Vec<Page>, redirects: Vec<Redirect>, taxonomies: Vec<Arc<TaxonomyPlan>>) -> Self {
        let mut table = Self {
            redirects,
            by_entry: HashMap::with_capacity_and_hasher(pages.len(), RandomState::default()),
            by_route: HashTable::with_capacity(pages.len()),
            ..Self::default()
        };
        for plan in taxonomies {
            let key = (Arc::clone(&plan.name), plan.language);
            table.taxonomies.insert(key, plan);
        }
        for (id, page) in (0..).map(PageId).zip(&pages) {
            let Self {
                by_route, hasher, ..
            } = &mut table;
            let hash = |id: &PageId| hasher.hash_one(pages[id.0 as usize].route.as_str());
            by_route.insert_unique(hash(&id), id, hash);
            if !page.is_main() {
                continue;
            }
            match &page.kind {
                PageKind::Item { entry, .. } => {
                    table.by_entry.insert((*entry, page.language), id);
                }
                PageKind::List { list, number: 1 } => {
                    table.by_list.insert((list.key.clone(), page.language), id);
                }
                PageKind::Local(local) => {
                    table.by_local.insert(*local, id);
                }
                PageKind::List { .. } | PageKind::Terms(_) | PageKind::Error => {}
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

    /// The redirects to pages, in the order of their former addresses.
    #[must_use]
    pub fn redirects(&self) -> &[Redirect] {
        &self.redirects
    }

    /// One page.
    #[must_use]
    pub fn get(&self, id: PageId) -> &Page {
        &self.pages[id.0 as usize]
    }

    /// The page of which this is a format; mostly the page itself.
    #[must_use]
    pub fn main<'p>(&'p self, page: &'p Page) -> &'p Page {
        let main = self.at_exactly(page.main().as_str());
        main.map_or(page, |id| self.get(id))
    }

    /// The page of an entry in a language: its own, or one in which it stands in for what is lacking.
    #[must_use]
    pub fn of_entry(&self, entry: EntryId, language: LangId) -> Option<&Page> {
        self.by_entry
            .get(&(entry, language))
            .map(|id| self.get(*id))
    }

    /// The page of a Markdown file.
    #[must_use]
    pub fn of_local(&self, local: LocalId) -> Option<&Page> {
        self.by_local.get(&local).map(|id| self.get(*id))
    }

    /// The page at a route, which may lack the slash at its end.
    #[must_use]
    pub fn at(&self, route: &str) -> Option<&Page> {
        self.id_at(route).map(|id| self.get(id))
    }

    /// The same page, by its place.
    #[must_use]
    pub fn id_at(&self, route: &str) -> Option<PageId> {
        let found = self.at_exactly(route);
        found.or_else(|| self.at_exactly(&format!("{route}/")))
    }

    fn at_exactly(&self, route: &str) -> Option<PageId> {
        let is_there = |id: &PageId| self.get(*id).route.as_str() == route;
        let found = self.by_route.find(self.hasher.hash_one(route), is_there);
        found.copied()
    }

    /// The first page of a list in a language.
    #[must_use]
    pub fn of_list(&self, key: &ListKey, language: LangId) -> Option<&Page> {
        self.by_list
            .get(&(key.clone(), language))
            .map(|id| self.get(*id))
    }

    /// A taxonomy in a language.
    #[must_use]
    pub fn taxonomy(&self, name: &str, language: LangId) -> Option<&TaxonomyPlan> {
        self.taxonomies
            .get(&(Arc::from(name), language))
            .map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests;
