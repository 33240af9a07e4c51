//! What builds keep for later ones: asked about, used without a question, standing in, looked after.

mod conditions;
mod folder;
mod fresh;
mod offline;
mod pages;
mod paper;
mod stale;
