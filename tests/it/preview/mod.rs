//! The preview's actor, in this process: what an edit leads to, what is asked for it, and what everybody sees.

mod edits;
mod events;
mod saves;
mod support;
mod trouble;
mod unwanted;
