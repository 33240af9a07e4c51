//! Which events came before.

use std::collections::{HashSet, VecDeque};

/// How many are remembered. Events are sent again within seconds; whoever repeats one after so many others makes us ask
/// AEM in vain, and no more.
const REMEMBERED: usize = 1_024;

/// The ids of the last events.
#[derive(Debug, Default)]
pub struct Seen {
    /// By their digest: an id may be long.
    known: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl Seen {
    /// Notes an event; whether it is the first with that id.
    pub fn is_new(&mut self, id: &str) -> bool {
        let id = *blake3::hash(id.as_bytes()).as_bytes();
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
