//! All content known to the site, in two parts: an index of what routes, lists and references need to
//! know of every entry at once, in memory; and the bodies, behind [`Bodies`].
//!
//! [`StoreBuilder`] takes entries in the order of the plan; [`Store`] answers by query, language and
//! path. An entry's identity is its path, variation and language (`aem-protocol.md`, section 4.4): an
//! item that several requests of one query bring is one entry.

mod bodies;

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::sync::Arc;

use tera::Value;

pub use bodies::{Bodies, BodyError, BodyId, MemoryBodies};

use crate::aem::FragmentPath;
use crate::config::{LangId, Languages};
use crate::query::QueryId;

/// An entry, by its place in the [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(u32);

/// One piece of content: an item of one query's answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The query that brought it.
    pub query: QueryId,
    /// `_path`, where the query selects it.
    pub path: Option<FragmentPath>,
    /// `_variation`, where the query selects it and it is not the original.
    pub variation: Option<Arc<str>>,
    /// The language whose root contains it, else the one it was asked for in.
    pub language: LangId,
    /// The path below its language's root: what its translations have in common with it.
    pub relative: Option<Arc<str>>,
    /// The members that routes, conditions and orders read.
    pub fields: Value,
    /// The whole item.
    pub body: BodyId,
    /// The entry it was asked for, in a `for_each`.
    pub parent: Option<EntryId>,
}

impl Entry {
    /// What to call the entry in a message: its path, or which item of the answer it was.
    #[must_use]
    pub fn describe(&self) -> String {
        match (&self.path, &self.variation) {
            (Some(path), Some(variation)) => format!("{path} (variation {variation})"),
            (Some(path), None) => path.to_string(),
            (None, _) => "an item without `_path`".to_owned(),
        }
    }
}

/// An item on its way into the store.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The query that brought it.
    pub query: QueryId,
    /// The language it was asked for in.
    pub asked_in: LangId,
    /// The members kept in memory.
    pub fields: Value,
    /// The whole item.
    pub body: BodyId,
    /// The entry it was asked for.
    pub parent: Option<EntryId>,
}

/// Takes entries, in order.
pub struct StoreBuilder<'c> {
    languages: &'c Languages,
    entries: Vec<Entry>,
    by_query: HashMap<QueryId, Vec<EntryId>>,
    by_path: HashMap<FragmentPath, Vec<EntryId>>,
    by_relative: HashMap<(QueryId, Arc<str>), Vec<EntryId>>,
    identities: HashMap<Identity, EntryId>,
}

/// What makes two items one.
type Identity = (QueryId, LangId, FragmentPath, Option<Arc<str>>);

impl<'c> StoreBuilder<'c> {
    /// An empty store for a site with these languages.
    #[must_use]
    pub fn new(languages: &'c Languages) -> Self {
        Self {
            languages,
            entries: Vec::new(),
            by_query: HashMap::new(),
            by_path: HashMap::new(),
            by_relative: HashMap::new(),
            identities: HashMap::new(),
        }
    }

    /// Adds an item, unless the query has brought it before; then the earlier entry stays.
    pub fn add(&mut self, new: NewEntry) -> EntryId {
        let path = new
            .fields
            .get_from_path("_path")
            .and_then(Value::as_str)
            .map(FragmentPath::new);
        let variation = new
            .fields
            .get_from_path("_variation")
            .and_then(Value::as_str)
            .filter(|name| !matches!(*name, "master" | ""))
            .map(Arc::from);
        let of_root = path
            .as_ref()
            .and_then(|path| self.languages.of_path(path.as_str()));
        let language = of_root.unwrap_or(new.asked_in);
        let id = EntryId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        if let Some(path) = &path {
            let identity = (new.query, language, path.clone(), variation.clone());
            match self.identities.entry(identity) {
                MapEntry::Occupied(known) => return *known.get(),
                MapEntry::Vacant(place) => place.insert(id),
            };
        }
        let relative = path.as_ref().and_then(|path| {
            let root = self.languages.get(language).root.as_ref()?;
            root.relative(path.as_str()).map(Arc::<str>::from)
        });
        self.by_query.entry(new.query).or_default().push(id);
        if let Some(path) = &path {
            self.by_path.entry(path.clone()).or_default().push(id);
        }
        if let (Some(relative), None) = (&relative, &variation) {
            self.by_relative
                .entry((new.query, Arc::clone(relative)))
                .or_default()
                .push(id);
        }
        self.entries.push(Entry {
            query: new.query,
            path,
            variation,
            language,
            relative,
            fields: new.fields,
            body: new.body,
            parent: new.parent,
        });
        id
    }

    /// The entries a query has brought so far, in order; what `for_each` follows.
    #[must_use]
    pub fn of_query(&self, query: QueryId) -> Vec<(EntryId, &Entry)> {
        let ids = self.by_query.get(&query).map_or(&[][..], Vec::as_slice);
        ids.iter()
            .map(|&id| (id, &self.entries[id.0 as usize]))
            .collect()
    }

    /// The finished store.
    #[must_use]
    pub fn build(self, bodies: Box<dyn Bodies>) -> Store {
        Store {
            entries: self.entries,
            by_query: self.by_query,
            by_path: self.by_path,
            by_relative: self.by_relative,
            bodies,
        }
    }
}

/// Everything fetched.
pub struct Store {
    entries: Vec<Entry>,
    by_query: HashMap<QueryId, Vec<EntryId>>,
    by_path: HashMap<FragmentPath, Vec<EntryId>>,
    by_relative: HashMap<(QueryId, Arc<str>), Vec<EntryId>>,
    bodies: Box<dyn Bodies>,
}

impl Store {
    /// One entry.
    #[must_use]
    pub fn get(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What a query brought, in order.
    #[must_use]
    pub fn of_query(&self, query: QueryId) -> &[EntryId] {
        self.by_query.get(&query).map_or(&[][..], Vec::as_slice)
    }

    /// What a query brought in one language, in order.
    pub fn in_language(&self, query: QueryId, language: LangId) -> impl Iterator<Item = EntryId> {
        self.of_query(query)
            .iter()
            .copied()
            .filter(move |&id| self.get(id).language == language)
    }

    /// Every entry with that path, in the order of the queries.
    #[must_use]
    pub fn at_path(&self, path: &str) -> &[EntryId] {
        self.by_path
            .get(&FragmentPath::new(path))
            .map_or(&[][..], Vec::as_slice)
    }

    /// The entries of the same query that stand at the same path below their language's root: an
    /// entry's translations, itself included. Variations have none.
    #[must_use]
    pub fn translations(&self, id: EntryId) -> &[EntryId] {
        let entry = self.get(id);
        match (&entry.relative, &entry.variation) {
            (Some(relative), None) => self
                .by_relative
                .get(&(entry.query, Arc::clone(relative)))
                .map_or(&[][..], Vec::as_slice),
            _ => &[],
        }
    }

    /// The whole item, as templates see it.
    ///
    /// # Errors
    /// When the body cannot be read or parsed.
    pub fn value(&self, id: EntryId) -> Result<Value, BodyError> {
        self.bodies.value(self.get(id).body)
    }
}

#[cfg(test)]
mod tests;
