//! A store with one entry in the place of another, or one more: what a site would be with a fragment as it is elsewhere.

use std::sync::Arc;

use tera::Value;

use super::{Bodies, BodyError, BodyId, Entry, EntryId, ItemKey, NewEntry, Store, StoreBuilder};
use crate::query::QuerySet;

/// Where the numbers of further bodies begin: no store has so many.
const FURTHER: u32 = 1 << 31;

/// The bodies of a store, and further ones.
struct Both {
    store: Arc<Store>,
    further: Arc<dyn Bodies>,
}

impl Bodies for Both {
    fn put(&self, _: &[u8]) -> Result<BodyId, BodyError> {
        Err(BodyError::Unreadable("nothing is added to it".to_owned()))
    }

    fn value(&self, id: BodyId) -> Result<Value, BodyError> {
        match id.0.checked_sub(FURTHER) {
            Some(own) => self.further.value(BodyId(own)),
            None => self.store.bodies.value(id),
        }
    }
}

impl Store {
    /// The same with another entry, whose body is among `bodies`, and where it is. It comes in the place of the entry that
    /// the same query has at the same path: that with the same variation, else the original, whose address it takes.
    #[must_use]
    pub fn with(
        self: &Arc<Self>,
        mut new: NewEntry,
        bodies: Arc<dyn Bodies>,
        queries: &QuerySet,
    ) -> (Self, EntryId) {
        new.body = further(new.body);
        new.references = new.references.map(further);
        let place = self.place_of(&new);
        if let Some(place) = place {
            let before = self.get(place);
            new.key.variation.clone_from(&before.variation);
            new.parent = before.parent;
        }
        let mut builder = StoreBuilder::new(&self.languages);
        for (at, entry) in (0..).map(EntryId).zip(&self.entries) {
            builder.add(match place == Some(at) {
                true => new.clone(),
                false => again(entry),
            });
        }
        let id = place.unwrap_or_else(|| builder.add(new));
        let bodies = Both {
            store: Arc::clone(self),
            further: bodies,
        };
        (builder.build(queries, Box::new(bodies)), id)
    }

    fn place_of(&self, new: &NewEntry) -> Option<EntryId> {
        let path = new.key.path.as_ref()?;
        let there = self.at_path(path.as_str()).iter().copied();
        let own: Vec<EntryId> = there
            .filter(|id| self.get(*id).query == new.query)
            .collect();
        let of = |variation: Option<&str>| {
            let mut own = own.iter().copied();
            own.find(|id| self.get(*id).variation.as_deref() == variation)
        };
        of(new.key.variation.as_deref()).or_else(|| of(None))
    }
}

fn further(BodyId(own): BodyId) -> BodyId {
    BodyId(own + FURTHER)
}

/// An entry on its way into another store, where it gets the same place.
fn again(entry: &Entry) -> NewEntry {
    NewEntry {
        query: entry.query,
        asked_in: entry.language,
        key: ItemKey {
            path: entry.path.clone(),
            variation: entry.variation.clone(),
            counterpart: entry.relative.clone(),
        },
        fields: entry.fields.clone(),
        body: entry.body,
        digest: entry.digest,
        references: entry.references,
        parent: entry.parent,
    }
}
