//! Pages that somebody has asked for, of this site and of those before it.
//!
//! All snapshots of a preview have one shelf. What takes up too much room goes, the pages nobody has looked at for longest
//! first; they are rendered again when they are asked for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Shown;
use crate::artifact::OutputPath;
use crate::render::Follows;
use crate::trace::pages::PageReads;

/// How much room pages may take, in bytes.
const ROOM: usize = 64 << 20;

/// A page that was rendered, or could not be.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) shown: Arc<Shown>,
    pub(super) reads: Option<Arc<PageReads>>,
    /// Whether later sites have the same page if the reads are the same in them.
    pub(super) follows: Follows,
    /// The last site of which it is known to be the page.
    pub(super) known_for: u64,
}

impl Kept {
    /// Whether it is the page of a site.
    pub(super) fn is_of(&self, number: u64) -> bool {
        self.known_for == number || self.shown.rendered_for == number
    }

    fn size(&self) -> usize {
        let reads = self.reads.as_deref().map_or(0, PageReads::size);
        size_of::<Self>() + self.shown.body.len() + reads
    }
}

#[derive(Debug)]
pub(super) struct Shelf {
    room: usize,
    clock: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pages: HashMap<OutputPath, Place>,
    size: usize,
}

#[derive(Debug)]
struct Place {
    kept: Kept,
    used: u64,
}

impl Default for Shelf {
    fn default() -> Self {
        Self::of(ROOM)
    }
}

impl Shelf {
    fn of(room: usize) -> Self {
        Self {
            room,
            clock: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// What there is of a page, whichever site it is of.
    pub(super) fn get(&self, page: &OutputPath) -> Option<Kept> {
        let mut state = self.lock();
        let place = state.pages.get_mut(page)?;
        place.used = self.tick();
        Some(place.kept.clone())
    }

    /// Keeps a page, unless there is a newer one.
    pub(super) fn put(&self, page: &OutputPath, kept: Kept) {
        let mut state = self.lock();
        let before = state.pages.get(page);
        if before.is_some_and(|before| before.kept.known_for > kept.known_for) {
            return;
        }
        let used = self.tick();
        state.size += kept.size();
        if let Some(before) = state.pages.insert(page.clone(), Place { kept, used }) {
            state.size -= before.kept.size();
        }
        if state.size > self.room {
            state.clear(self.room / 4 * 3);
        }
    }

    /// The pages of one site.
    pub(super) fn of_site(&self, number: u64) -> Vec<(OutputPath, Arc<Shown>)> {
        let state = self.lock();
        let pages = state.pages.iter();
        let own = pages.filter(|(_, place)| place.kept.is_of(number));
        own.map(|(page, place)| (page.clone(), Arc::clone(&place.kept.shown)))
            .collect()
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    /// It is never left half changed.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes off what nobody has looked at for longest, until the rest has that size.
    fn clear(&mut self, wanted: usize) {
        let places = self.pages.iter();
        let mut order: Vec<(u64, OutputPath)> = places
            .map(|(page, place)| (place.used, page.clone()))
            .collect();
        order.sort_unstable();
        for (_, page) in order {
            if self.size <= wanted {
                break;
            }
            if let Some(place) = self.pages.remove(&page) {
                self.size -= place.kept.size();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;

    fn kept(number: u64, size: usize) -> Kept {
        Kept {
            shown: Arc::new(Shown {
                body: Bytes::from(vec![b'x'; size]),
                problems: Arc::default(),
                rendered_for: number,
                took: Duration::ZERO,
            }),
            reads: None,
            follows: Follows::Reads,
            known_for: number,
        }
    }

    fn path(name: &str) -> OutputPath {
        OutputPath::parse(name).unwrap()
    }

    #[test]
    fn what_nobody_looks_at_goes_first() {
        let shelf = Shelf::of(10_000);
        for name in ["a", "b", "c"] {
            shelf.put(&path(name), kept(1, 3_000));
        }
        shelf.get(&path("a")).unwrap();
        shelf.put(&path("d"), kept(1, 3_000));
        let known = ["a", "b", "c", "d"].map(|name| shelf.get(&path(name)).is_some());
        assert_eq!(known, [true, false, false, true]);
    }

    #[test]
    fn what_is_replaced_takes_no_room() {
        let shelf = Shelf::of(10_000);
        for number in 1..1_000 {
            shelf.put(&path("a"), kept(number, 3_000));
        }
        shelf.put(&path("b"), kept(1, 3_000));
        assert!(shelf.get(&path("a")).is_some());
    }

    #[test]
    fn an_earlier_site_does_not_replace_the_page_of_a_later_one() {
        let shelf = Shelf::default();
        shelf.put(&path("a"), kept(2, 1));
        shelf.put(&path("a"), kept(1, 2));
        assert_eq!(shelf.get(&path("a")).unwrap().shown.body.len(), 1);
        assert_eq!(shelf.of_site(1).len(), 0);
        assert_eq!(shelf.of_site(2).len(), 1);
    }
}
