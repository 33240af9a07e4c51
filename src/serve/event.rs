//! Events of AEM, as they are posted to a webhook: which definitions are concerned.
//!
//! An event says that a fragment was edited or published, and where it is, never what is in it (`aem-protocol.md`,
//! section 11.3). So it is only a reason to ask. Events come twice, and in any order; [`Seen`] knows those that came
//! before. [`Listener`] is what a webhook has: it hears the bytes of a request and asks the actor.

mod concerned;
mod listener;
mod parse;
mod seen;

pub use concerned::{Known, concerned, matters};
pub use listener::{Heard, Listener};
pub use parse::{NotAnEvent, parse};
pub use seen::Seen;

use crate::aem::Tier;

/// Something that happened in AEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// What tells it from others.
    pub id: Option<String>,
    /// What happened.
    pub what: Happened,
    /// Where it happened in the repository.
    pub path: Option<String>,
    /// The path of the fragment's model, where that is said. Some senders give an id that says nothing.
    pub model: Option<String>,
    /// The tier on which something was published or unpublished, where that is said.
    pub tier: Option<Tier>,
}

/// What happened to a fragment, or to something else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Happened {
    /// It can be seen by visitors, or as it is now.
    Published,
    /// No visitor can see it any more.
    Unpublished,
    /// There is a new one.
    Created,
    /// It was edited.
    Modified,
    /// It is gone.
    Deleted,
    /// One of its variations is another, or is gone.
    Variation,
    /// It is elsewhere.
    Moved,
    /// Something that this version does not know.
    #[default]
    Other,
}

#[cfg(test)]
mod tests;
