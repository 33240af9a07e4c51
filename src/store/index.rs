//! Entries by what they have in common. The index holds numbers only: what they are found by stands in the entries, and
//! for a million of them that is a quarter of the memory that maps with keys would take.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::{Entry, EntryId};
use crate::query::QueryId;

/// What entries are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'e> {
    pub(super) query: Option<QueryId>,
    pub(super) text: &'e str,
    pub(super) variation: Option<&'e str>,
}

/// Entries by their keys, those with the same one in the order in which they came.
pub(super) struct Index {
    key: fn(&Entry) -> Option<Key<'_>>,
    groups: HashTable<Group>,
    hasher: RandomState,
}

/// Entries with the same key: mostly there is one.
enum Group {
    One(EntryId),
    #[expect(
        clippy::box_collection,
        reason = "a group that is mostly one entry shall not have the room of a vector"
    )]
    More(Box<Vec<EntryId>>),
}

impl Index {
    /// An index by this key. Entries without it are not in it.
    pub(super) fn by(key: fn(&Entry) -> Option<Key<'_>>) -> Self {
        Self {
            key,
            groups: HashTable::new(),
            hasher: RandomState::default(),
        }
    }

    /// Adds an entry, which is among these already.
    pub(super) fn add(&mut self, id: EntryId, entries: &[Entry]) {
        let Self {
            key,
            groups,
            hasher,
        } = self;
        let key = |id: EntryId| key(&entries[id.0 as usize]);
        let Some(own) = key(id) else { return };
        let hash = hasher.hash_one(own);
        match groups.find_mut(hash, |group| key(group.first()) == Some(own)) {
            Some(group) => group.push(id),
            None => {
                let hash_again = |group: &Group| hasher.hash_one(key(group.first()).unwrap_or(own));
                groups.insert_unique(hash, Group::One(id), hash_again);
            }
        }
    }

    /// The entries with a key.
    pub(super) fn get<'i>(&'i self, wanted: Key<'_>, entries: &[Entry]) -> &'i [EntryId] {
        let is_wanted = |group: &Group| {
            let key = (self.key)(&entries[group.first().0 as usize]);
            key.is_some_and(|key| key == wanted)
        };
        let found = self.groups.find(self.hasher.hash_one(wanted), is_wanted);
        found.map_or(&[], Group::all)
    }
}

impl Group {
    fn all(&self) -> &[EntryId] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::More(ids) => ids,
        }
    }

    fn first(&self) -> EntryId {
        match self {
            Self::One(id) => *id,
            Self::More(ids) => ids[0],
        }
    }

    fn push(&mut self, id: EntryId) {
        match self {
            Self::One(first) => *self = Self::More(Box::new(vec![*first, id])),
            Self::More(ids) => ids.push(id),
        }
    }
}
