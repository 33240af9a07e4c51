//! The guards against a hollow site: what a build brought is held against what earlier ones did, and what
//! it is about to publish is searched for what must not be seen.
//!
//! While queries are answered, [`Members`] notes which members of each item are empty, and a [`Tally`] adds
//! that up into a [`Measure`]: so many items, and so many of them without this or that. A [`History`] keeps
//! the measures of the last builds that were committed, and [`judge()`] says whether those of this one are
//! far below. It is kept in a file of its own, and in every build report, so that a build can be held
//! against a report where no file survives. Nothing of it reaches the output.

mod history;
mod judge;
mod leaks;
mod measure;
mod members;
#[cfg(test)]
mod tests;

pub use history::{FILE, History, HistoryError};
pub use judge::{Judgement, Policy, judge};
pub use leaks::{Leaks, Mask, Verdict};
pub use measure::{Key, Measure, Share, Tally};
pub use members::{Marks, Members};
