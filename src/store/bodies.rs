//! Items, or what is wanted of them, kept as JSON until a page shows them.

use std::sync::{Arc, OnceLock, RwLock};

use bytes::Bytes;
use tera::Value;

use crate::value::{MAX_DEPTH, from_json, is_too_deep};

/// A body, by its place in [`Bodies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BodyId(pub(super) u32);

impl BodyId {
    /// The one at a place.
    pub(super) fn new(index: usize) -> Result<Self, BodyError> {
        let index = u32::try_from(index);
        index
            .map(Self)
            .map_err(|_| BodyError::Unreadable("there are too many".to_owned()))
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A body that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Its JSON has too many levels.
    #[error("the item nests deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// It cannot be written.
    #[error("content could not be kept in a temporary file in {folder}: {why}")]
    Disk {
        /// Where.
        folder: String,
        /// Why not.
        why: String,
    },
    /// Something else.
    #[error("the item cannot be read: {0}")]
    Unreadable(String),
}

impl From<serde_json::Error> for BodyError {
    fn from(error: serde_json::Error) -> Self {
        if is_too_deep(&error) {
            Self::TooDeep
        } else {
            Self::Unreadable(error.to_string())
        }
    }
}

/// Keeps items. Written while fetching, read while rendering, from many threads.
pub trait Bodies: Send + Sync {
    /// Keeps JSON: of an item, or of a list beside items.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn put(&self, json: &[u8]) -> Result<BodyId, BodyError>;

    /// What was kept, as a template value.
    ///
    /// # Errors
    /// When it cannot be read, or is not JSON that templates can have.
    fn value(&self, id: BodyId) -> Result<Value, BodyError>;
}

/// Bodies in memory. Each becomes a value at most once.
#[derive(Default)]
pub struct MemoryBodies {
    slots: RwLock<Vec<Arc<Slot>>>,
}

struct Slot {
    json: Bytes,
    value: OnceLock<Result<Value, BodyError>>,
}

impl MemoryBodies {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl MemoryBodies {
    /// The JSON of an item, as it came.
    #[must_use]
    pub fn json(&self, id: BodyId) -> Option<Bytes> {
        let slots = self.slots.read().ok()?;
        slots.get(id.index()).map(|slot| slot.json.clone())
    }
}

/// A poisoned lock means another thread panicked; the list itself is never left half changed.
pub(super) fn poisoned() -> BodyError {
    BodyError::Unreadable("another thread failed while adding one".to_owned())
}

impl Bodies for MemoryBodies {
    fn put(&self, json: &[u8]) -> Result<BodyId, BodyError> {
        let mut slots = self.slots.write().map_err(|_| poisoned())?;
        let id = BodyId::new(slots.len())?;
        slots.push(Arc::new(Slot {
            // A copy: the rest of the answer shall not stay for it.
            json: Bytes::copy_from_slice(json),
            value: OnceLock::new(),
        }));
        Ok(id)
    }

    fn value(&self, id: BodyId) -> Result<Value, BodyError> {
        let slots = self.slots.read().map_err(|_| poisoned())?;
        let slot = slots
            .get(id.index())
            .cloned()
            .ok_or_else(|| BodyError::Unreadable("it was never kept".to_owned()))?;
        drop(slots);
        slot.value
            .get_or_init(|| from_json(&slot.json).map_err(BodyError::from))
            .clone()
    }
}

impl<B: Bodies + ?Sized> Bodies for Arc<B> {
    fn put(&self, json: &[u8]) -> Result<BodyId, BodyError> {
        (**self).put(json)
    }

    fn value(&self, id: BodyId) -> Result<Value, BodyError> {
        (**self).value(id)
    }
}
