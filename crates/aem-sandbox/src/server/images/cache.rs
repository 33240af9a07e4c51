//! Delivered images, kept as long as there is room: the newest used stay.

use super::request::{Format, Transformation};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// What a delivered image was made of, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) file: PathBuf,
    /// A changed file is another one.
    pub(super) modified: Option<SystemTime>,
    pub(super) transformation: Transformation,
    pub(super) format: Format,
}

/// An image with the moment of its last use.
#[derive(Debug)]
struct Kept {
    bytes: Arc<[u8]>,
    used: u64,
}

/// Images up to a number of bytes in all.
#[derive(Debug)]
pub(super) struct Cache {
    limit: usize,
    size: usize,
    /// Counts uses.
    clock: u64,
    images: HashMap<Key, Kept>,
    by_use: BTreeMap<u64, Key>,
}

impl Cache {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            size: 0,
            clock: 0,
            images: HashMap::new(),
            by_use: BTreeMap::new(),
        }
    }

    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<[u8]>> {
        let kept = self.images.get_mut(key)?;
        self.clock += 1;
        if let Some(key) = self.by_use.remove(&kept.used) {
            self.by_use.insert(self.clock, key);
        }
        kept.used = self.clock;
        Some(Arc::clone(&kept.bytes))
    }

    /// Keeps an image, and drops those used longest ago until it fits. One larger than all the room is not kept.
    pub(super) fn insert(&mut self, key: Key, bytes: Arc<[u8]>) {
        if bytes.len() > self.limit || self.images.contains_key(&key) {
            return;
        }
        self.size += bytes.len();
        self.clock += 1;
        let used = self.clock;
        self.by_use.insert(used, key.clone());
        self.images.insert(key, Kept { bytes, used });
        while self.size > self.limit {
            let Some((_, oldest)) = self.by_use.pop_first() else {
                break;
            };
            if let Some(dropped) = self.images.remove(&oldest) {
                self.size -= dropped.bytes.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key {
            file: PathBuf::from(name),
            modified: None,
            transformation: Transformation::default(),
            format: Format::Png,
        }
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let mut cache = Cache::new(10);
        let four: Arc<[u8]> = Arc::from([0; 4]);
        cache.insert(key("a"), Arc::clone(&four));
        cache.insert(key("b"), Arc::clone(&four));
        assert!(cache.get(&key("a")).is_some());
        cache.insert(key("c"), four);
        assert!(cache.get(&key("b")).is_none());
        assert!(cache.get(&key("a")).is_some() && cache.get(&key("c")).is_some());
        assert_eq!(cache.size, 8);
        cache.insert(key("large"), Arc::from([0; 11]));
        assert!(cache.get(&key("large")).is_none());
        assert_eq!((cache.images.len(), cache.by_use.len()), (2, 2));
    }
}
