//! What it costs to get the answers to one question.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::Delivery;

/// Adds up what a question costs, from many threads. Requests carry it to whoever sends them.
#[derive(Debug, Default)]
pub struct Meter {
    language: Option<String>,
    requests: AtomicU64,
    retries: AtomicU64,
    bytes: AtomicU64,
    /// One more than the seconds; 0 where nobody says.
    age: AtomicU64,
    new: AtomicU64,
    unchanged: AtomicU64,
    kept: AtomicU64,
    stale: AtomicU64,
}

/// What a question has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests sent, those that failed included.
    pub requests: u64,
    /// How many of them asked again after a failure.
    pub retries: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
    /// The highest age of an answer, by the word of a cache on the way.
    pub age: Option<Duration>,
    /// Answers that no earlier build had.
    pub new: u64,
    /// Answers that are as they were.
    pub unchanged: u64,
    /// Answers of earlier builds that AEM was not asked about.
    pub kept: u64,
    /// Answers of earlier builds that stood in for AEM.
    pub stale: u64,
}

impl Meter {
    /// One for what is asked in a language, or in none.
    #[must_use]
    pub fn of(language: Option<&str>) -> Self {
        Self {
            language: language.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The language it is asked in.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.language.as_deref()
    }

    /// A request goes out; `attempt` counts from 0.
    pub fn sent(&self, attempt: u64) {
        self.requests.fetch_add(1, Relaxed);
        self.retries.fetch_add(u64::from(attempt > 0), Relaxed);
    }

    /// A body came in.
    pub fn received(&self, bytes: usize, age: Option<Duration>) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
        self.age
            .fetch_max(age.map_or(0, |age| age.as_secs() + 1), Relaxed);
    }

    /// An answer was given.
    pub fn answered(&self, delivery: &Delivery) {
        let counter = match delivery {
            Delivery::New => &self.new,
            Delivery::Unchanged => &self.unchanged,
            Delivery::Kept => &self.kept,
            Delivery::Stale { .. } => &self.stale,
        };
        counter.fetch_add(1, Relaxed);
    }

    /// What it was so far.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let age = self.age.load(Relaxed).checked_sub(1);
        Cost {
            requests: self.requests.load(Relaxed),
            retries: self.retries.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            age: age.map(Duration::from_secs),
            new: self.new.load(Relaxed),
            unchanged: self.unchanged.load(Relaxed),
            kept: self.kept.load(Relaxed),
            stale: self.stale.load(Relaxed),
        }
    }
}
