//! What was asked in this build, so that nothing is asked twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Found;
use crate::cache::Key;
use crate::cache::record::Content;
use crate::source::{Delivery, SourceError, Span};

/// For everything that is asked for a lock, under which that is done, and what came of it: who wants the same
/// waits and reads. An entry is about 200 bytes; `max_requests` bounds their number.
pub(super) struct Turns<T>(Mutex<HashMap<Key, Arc<Turn<T>>>>);

/// One thing that is asked for.
type Turn<T> = tokio::sync::Mutex<Option<Asked<T>>>;

/// What came of asking.
pub(super) struct Asked<T> {
    /// The last round in which it was.
    pub(super) round: u32,
    pub(super) came: Result<Came<T>, SourceError>,
}

/// What came.
#[derive(Clone)]
pub(super) struct Came<T> {
    /// What is kept may be another one, when this could not be.
    pub(super) content: Content,
    pub(super) word: Word,
    pub(super) span: Span,
    /// The thing itself, where it could not or should not be kept.
    pub(super) unkept: Option<T>,
}

/// Whether something is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    New,
    Unchanged,
}

impl<T> Turns<T> {
    pub(super) fn of(&self, key: Key) -> Arc<Turn<T>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(key).or_default())
    }
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Came<T> {
    /// With the thing itself.
    pub(super) fn found<G>(&self, got: G) -> Found<G> {
        Found {
            got,
            content: self.content.clone(),
            delivery: match self.word {
                Word::New => Delivery::New,
                Word::Unchanged => Delivery::Unchanged,
            },
            span: self.span,
        }
    }
}
