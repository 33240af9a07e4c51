//! What was asked in this build, so that nothing is asked twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use super::Found;
use crate::cache::Key;
use crate::cache::record::Content;
use crate::source::{Delivery, SourceError, Span};

/// For everything that is asked for a lock, under which that is done, and what came of it: who wants the same
/// waits and reads. An entry is about 200 bytes; `max_requests` bounds their number.
pub(super) struct Turns<T> {
    all: Mutex<HashMap<Key, Arc<Turn<T>>>>,
    ahead: Ahead,
}

/// Bytes of things that were sent to somebody who only wanted to know whether they have changed. Who wants them soon
/// comes next, and need not read them.
#[derive(Default)]
struct Ahead(AtomicU64);

/// The most of these bytes.
const MOST_AHEAD: u64 = 16 << 20;

/// One thing that is asked for.
type Turn<T> = tokio::sync::Mutex<Option<Asked<T>>>;

/// What came of asking.
pub(super) struct Asked<T> {
    /// The last round in which it was.
    pub(super) round: u32,
    pub(super) came: Result<Came<T>, SourceError>,
    /// The thing itself, for the first who wants it.
    pub(super) ahead: Option<T>,
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
        let mut turns = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(key).or_default())
    }

    /// Keeps a thing of so many bytes for the first who wants it, if there is room.
    pub(super) fn hold(&self, thing: Option<T>, bytes: u64) -> Option<T> {
        let thing = thing?;
        let add = |held: u64| held.checked_add(bytes).filter(|held| *held <= MOST_AHEAD);
        let has_room = self.ahead.0.fetch_update(Relaxed, Relaxed, add).is_ok();
        has_room.then_some(thing)
    }

    /// Gives away what was kept ahead.
    pub(super) fn release(&self, asked: &mut Asked<T>) -> Option<T> {
        let came = asked.came.as_ref().ok()?;
        let thing = asked.ahead.take()?;
        self.ahead.0.fetch_sub(came.content.size, Relaxed);
        Some(thing)
    }
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self {
            all: Mutex::default(),
            ahead: Ahead::default(),
        }
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
