//! How long templates take, where somebody wants to know.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::lock;
use crate::route::Page;

/// How long pages took, by their templates.
#[derive(Debug, Default)]
pub struct Times(Mutex<BTreeMap<Arc<str>, Spent>>);

/// What the pages of one template took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// How many were rendered.
    pub pages: usize,
    /// All of them together. They are rendered side by side: that is more than went by on the clock.
    pub time: Duration,
    /// The longest of them,
    pub longest: Duration,
    /// and its route.
    pub route: String,
}

impl Times {
    /// A page took so long.
    pub(super) fn add(&self, page: &Page, time: Duration) {
        let mut all = lock(&self.0);
        let spent = all.entry(Arc::clone(&page.template)).or_default();
        spent.pages += 1;
        spent.time += time;
        if time >= spent.longest {
            spent.longest = time;
            spent.route = page.route.to_string();
        }
    }

    /// What each template took, the longest first.
    #[must_use]
    pub fn by_template(&self) -> Vec<(Arc<str>, Spent)> {
        let all = lock(&self.0);
        let mut all: Vec<_> = all
            .iter()
            .map(|(template, spent)| (Arc::clone(template), spent.clone()))
            .collect();
        all.sort_by_key(|(_, spent)| std::cmp::Reverse(spent.time));
        all
    }
}
