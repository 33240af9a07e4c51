//! Items on their way. A million of them in one vector would be there twice whenever they become something else, so they
//! are in many small ones, each of which goes as soon as it is empty.

use std::iter::Flatten;
use std::vec;

/// How many are together.
const BATCH: usize = 1_024;

/// Things in the order in which they came.
#[derive(Debug)]
pub(super) struct Batches<T>(Vec<Vec<T>>);

impl<T> Default for Batches<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Batches<T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        let before = self.0.len().saturating_sub(1) * BATCH;
        before + self.0.last().map_or(0, Vec::len)
    }

    /// Adds one at the end.
    pub(super) fn push(&mut self, one: T) {
        match self.0.last_mut() {
            Some(last) if last.len() < BATCH => last.push(one),
            _ => self.0.push(vec![one]),
        }
    }
}

impl<T> Extend<T> for Batches<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, more: I) {
        more.into_iter().for_each(|one| self.push(one));
    }
}

impl<T> IntoIterator for Batches<T> {
    type Item = T;
    type IntoIter = Flatten<vec::IntoIter<Vec<T>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_come_back_in_order() {
        for count in [0, 1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH] {
            let mut batches = Batches::default();
            batches.extend(0..count);
            assert_eq!(batches.len(), count);
            assert!(batches.into_iter().eq(0..count), "{count}");
        }
    }
}
