//! All content known to the site, in two parts: an index of what routes, lists and references need to
//! know of every entry at once, in memory; and the bodies, behind [`Bodies`].
//!
//! [`StoreBuilder`] takes entries in the order of the plan; [`Store`] answers by query, language and
//! path. An entry's identity is its path, variation and language (`aem-protocol.md`, section 4.4): an
//! item that several requests of one query bring is one entry. Where a language lacks an entry, that of
//! another language may stand in for it ([`fallback`]).

mod bodies;
mod fallback;
mod index;
mod key;
pub mod known;
mod positioned;
mod references;
mod spool;
mod with;

use std::collections::HashMap;
use std::sync::Arc;

use tera::Value;

pub use bodies::{Bodies, BodyError, BodyId, MemoryBodies};
pub use key::ItemKey;
use references::References;
pub use spool::SpoolBodies;

use crate::aem::FragmentPath;
use crate::config::{LangId, Languages};
use crate::query::{QueryId, QuerySet};
use crate::value::{Digest, Packed};

use fallback::StandIns;
use index::{Index, Key};

/// An entry, by its place in the [`Store`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(u32);

impl EntryId {
    /// The place.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One piece of content: an item of one query's answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The query that brought it.
    pub query: QueryId,
    /// Where it lies in the repository, if that is known.
    pub path: Option<FragmentPath>,
    /// Its variation, if that is known and not the original.
    pub variation: Option<Arc<str>>,
    /// The language whose root contains it, else the one it was asked for in.
    pub language: LangId,
    /// What its translations have in common with it: the path below its language's root, if it lies below
    /// one.
    pub relative: Option<Arc<str>>,
    /// The members that routes, conditions and orders read.
    pub fields: Packed,
    /// What is wanted of the item.
    pub body: BodyId,
    /// BLAKE3 of the body's JSON, 128 bits: the same for an item that is shown as it was before.
    pub digest: Digest,
    /// What its answer says about what items refer to: the list beside them.
    pub references: Option<BodyId>,
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
    /// What tells it from others.
    pub key: ItemKey,
    /// The members kept in memory.
    pub fields: Packed,
    /// What is wanted of the item.
    pub body: BodyId,
    /// Of that.
    pub digest: Digest,
    /// The references that came beside it.
    pub references: Option<BodyId>,
    /// The entry it was asked for.
    pub parent: Option<EntryId>,
}

/// Takes entries, in order.
pub struct StoreBuilder<'c> {
    languages: &'c Languages,
    entries: Vec<Entry>,
    by_query: HashMap<QueryId, Vec<EntryId>>,
    by_path: Index,
    by_place: Index,
}

/// What is at a path.
fn at(path: &str) -> Key<'_> {
    Key {
        query: None,
        text: path,
        variation: None,
    }
}

/// The path of an entry.
fn path(entry: &Entry) -> Option<Key<'_>> {
    Some(at(entry.path.as_ref()?.as_str()))
}

/// What translations of each other have in common: the query, the path below the language's root, and
/// the variation.
fn place(entry: &Entry) -> Option<Key<'_>> {
    Some(Key {
        query: Some(entry.query),
        text: entry.relative.as_deref()?,
        variation: entry.variation.as_deref(),
    })
}

impl<'c> StoreBuilder<'c> {
    /// An empty store for a site with these languages.
    #[must_use]
    pub fn new(languages: &'c Languages) -> Self {
        Self {
            languages,
            entries: Vec::new(),
            by_query: HashMap::new(),
            by_path: Index::by(path),
            by_place: Index::by(place),
        }
    }

    /// Makes room for so many more.
    pub fn expect(&mut self, more: usize) {
        self.entries.reserve(more);
    }

    /// How many entries there are so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// One of the entries so far.
    #[must_use]
    pub fn get(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// Adds an item, unless the query has brought it before; then the earlier entry stays.
    pub fn add(&mut self, new: NewEntry) -> EntryId {
        let ItemKey {
            path,
            variation,
            counterpart,
        } = new.key;
        let of_root = path
            .as_ref()
            .and_then(|path| self.languages.of_path(path.as_str()));
        let language = of_root.unwrap_or(new.asked_in);
        let id = EntryId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        if let Some(path) = &path
            && let Some(known) = self.known(path, new.query, language, variation.as_deref())
        {
            return known;
        }
        let relative = path.as_ref().and_then(|path| {
            let root = self.languages.get(language).root.as_ref()?;
            root.relative(path.as_str()).map(Arc::<str>::from)
        });
        let relative = relative.or(counterpart);
        self.by_query.entry(new.query).or_default().push(id);
        self.entries.push(Entry {
            query: new.query,
            path,
            variation,
            language,
            relative,
            fields: new.fields,
            body: new.body,
            digest: new.digest,
            references: new.references,
            parent: new.parent,
        });
        self.by_path.add(id, &self.entries);
        self.by_place.add(id, &self.entries);
        id
    }

    /// The entry that an item is one with.
    fn known(
        &self,
        path: &FragmentPath,
        query: QueryId,
        language: LangId,
        variation: Option<&str>,
    ) -> Option<EntryId> {
        let is_same = |id: &EntryId| {
            let entry = self.get(*id);
            (entry.query, entry.language, entry.variation.as_deref())
                == (query, language, variation)
        };
        let ids = self.by_path.get(at(path.as_str()), &self.entries);
        ids.iter().copied().find(is_same)
    }

    /// The entries a query has brought so far, in order; what `for_each` follows.
    #[must_use]
    pub fn of_query(&self, query: QueryId) -> Vec<(EntryId, &Entry)> {
        let ids = self.by_query.get(&query).map_or(&[][..], Vec::as_slice);
        ids.iter()
            .map(|&id| (id, &self.entries[id.0 as usize]))
            .collect()
    }

    /// The finished store. `queries` say which languages each of them serves.
    #[must_use]
    pub fn build(self, queries: &QuerySet, bodies: Box<dyn Bodies>) -> Store {
        let references = References::of(&self.entries);
        let mut store = Store {
            entries: self.entries,
            by_query: self.by_query,
            by_path: self.by_path,
            by_place: self.by_place,
            languages: self.languages.clone(),
            stand_ins: StandIns::default(),
            references,
            bodies,
        };
        store.stand_ins = StandIns::find(&store, queries);
        store
    }
}

/// Everything fetched.
pub struct Store {
    entries: Vec<Entry>,
    by_query: HashMap<QueryId, Vec<EntryId>>,
    by_path: Index,
    by_place: Index,
    languages: Languages,
    stand_ins: StandIns,
    references: References,
    bodies: Box<dyn Bodies>,
}

impl Store {
    /// One entry.
    #[must_use]
    pub fn get(&self, id: EntryId) -> &Entry {
        &self.entries[id.0 as usize]
    }

    /// All entries, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (EntryId, &Entry)> {
        (0..).map(EntryId).zip(&self.entries)
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

    /// What a query brought in one language, in order, without what stands in for what it lacks.
    pub fn in_language(&self, query: QueryId, language: LangId) -> impl Iterator<Item = EntryId> {
        self.of_query(query)
            .iter()
            .copied()
            .filter(move |&id| self.get(id).language == language)
    }

    /// Every entry with that path, in the order of the queries.
    #[must_use]
    pub fn at_path(&self, path: &str) -> &[EntryId] {
        self.by_path.get(at(path), &self.entries)
    }

    /// What a language shows of a query: its own entries in order, and then those of other languages that
    /// stand in for what it lacks.
    pub fn shown_in(&self, query: QueryId, language: LangId) -> impl Iterator<Item = EntryId> {
        let stand_ins = self.stand_ins(query, language);
        self.in_language(query, language)
            .chain(stand_ins.iter().copied())
    }

    /// The entries of other languages that stand in for what a language lacks of a query.
    #[must_use]
    pub fn stand_ins(&self, query: QueryId, language: LangId) -> &[EntryId] {
        self.stand_ins.of(query, language)
    }

    /// The entries of the same query and variation that stand at the same path below their language's
    /// root: an entry's translations, itself included.
    #[must_use]
    pub fn translations(&self, id: EntryId) -> &[EntryId] {
        place(self.get(id)).map_or(&[], |place| self.by_place.get(place, &self.entries))
    }

    /// What a language shows in the place of an entry: its own translation, or what stands in for it.
    #[must_use]
    pub fn counterpart(&self, id: EntryId, language: LangId) -> Option<EntryId> {
        let entry = self.get(id);
        if entry.language == language {
            return Some(id);
        }
        let group = self.translations(id);
        let own = |&id: &EntryId| self.get(id).language == language;
        let stands_in = |&id: &EntryId| self.stand_ins.contains(entry.query, language, id);
        let translation = group.iter().copied().find(own);
        translation.or_else(|| group.iter().copied().find(stands_in))
    }

    /// Every entry at a path; or, where there is none, at the same path below the root of the nearest
    /// language that stands in for the path's own.
    #[must_use]
    pub fn at_or_behind(&self, path: &str) -> &[EntryId] {
        let exact = self.at_path(path);
        if !exact.is_empty() {
            return exact;
        }
        let mut behind = self.languages.places_behind(path);
        behind
            .find_map(|path| Some(self.at_path(&path)).filter(|entries| !entries.is_empty()))
            .unwrap_or_default()
    }

    /// The item, as templates see it.
    ///
    /// # Errors
    /// When the body cannot be read or parsed.
    pub fn value(&self, id: EntryId) -> Result<Value, BodyError> {
        self.bodies.value(self.get(id).body)
    }

    /// What the answer that an entry came in says about a path.
    ///
    /// # Errors
    /// When the references cannot be read or parsed.
    pub fn reference(&self, id: EntryId, path: &str) -> Result<Option<Value>, BodyError> {
        match self.get(id).references {
            Some(references) => self.references.in_answer(&*self.bodies, references, path),
            None => Ok(None),
        }
    }

    /// What any answer says about a path that its items refer to; the first one that does.
    ///
    /// # Errors
    /// When the references cannot be read or parsed.
    pub fn referred_to(&self, path: &str) -> Result<Option<Value>, BodyError> {
        self.references.in_any(&*self.bodies, path)
    }
}

#[cfg(test)]
mod tests;
