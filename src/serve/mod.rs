//! `frieze serve`: the site on this machine, while somebody works on it.
//!
//! ```text
//! files, AEM, webhook ─ watch, poll, http ─▶ Change
//! Change              ─ Actor ─────────────▶ Snapshot     one build at a time, from what has changed on
//! Snapshot, problems  ─ Board ─────────────▶ Moment       what everybody sees from now on
//! request             ─ http ──────────────▶ Moment       one moment for each answer
//! a page of it        ─ Snapshot::page ────▶ Shown        rendered when it is asked for, and kept
//! ```
//!
//! A [`Snapshot`] is the whole site at one moment and never changes, but that its pages are made when somebody asks for
//! them. The next one takes over those whose reads are the same ([`crate::trace::pages`]), so that a change renders only
//! what depends on it. One [`Actor`] makes snapshots; everybody else looks at the [`Board`].

pub mod actor;
pub mod answer;
mod base;
pub mod change;
pub mod event;
pub mod explorer;
pub mod http;
pub mod moment;
pub mod poll;
pub mod snapshot;
pub mod watch;

pub use actor::{Actor, Ask};
pub use answer::Answer;
pub use change::{Change, Content};
pub use moment::{Board, Earlier, Moment};
pub use snapshot::{Fetched, Found, Shown, Snapshot};
