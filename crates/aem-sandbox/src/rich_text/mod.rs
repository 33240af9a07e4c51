//! The four forms of a rich text field (aem-protocol.md sections 4.5 and 6).
//!
//! AEM stores HTML and delivers it as it is, as plain text, as markdown and as a tree of nodes.
//! [`plaintext()`], [`markdown()`] and [`json()`] compute the latter three; [`references`] lists what
//! a text points at, for `_references`. [`json()`] asks a [`Resolve`] what a path leads to.
//!
//! `parse` reads the HTML into `dom`; `tree` turns that, with `tag` (what elements mean) and
//! `arrange` (where blocks and text may stand), into the small tree that the renderers share.
//!
//! Everything here is pure, accepts any input, and takes time proportional to its length, save
//! that the parser compares the attributes of one tag with each other.

mod arrange;
mod dom;
mod json;
mod markdown;
mod parse;
mod plaintext;
mod reference;
mod tag;
mod tree;

pub use reference::{Resolve, Target, Unresolved};
use serde_json::Value;

/// The `plaintext` form (section 4.5): no markup, blocks apart by a blank line.
pub fn plaintext(html: &str) -> String {
    plaintext::render(&tree::tree(html))
}

/// The `markdown` form (section 4.5).
pub fn markdown(html: &str) -> String {
    markdown::render(&tree::tree(html))
}

/// The `json` form (section 6): an array of block nodes, object members in wire order.
///
/// `resolve` tells what inline links and images lead to; with [`Unresolved`] links stay `link`.
pub fn json(html: &str, resolve: &dyn Resolve) -> Value {
    json::render(&tree::tree(html), resolve)
}

/// The repository paths under `/content/dam` that inline images (`img src`) and links (`a href`)
/// lead to, in document order, each once (section 4.7).
pub fn references(html: &str) -> Vec<String> {
    reference::collect(&tree::tree(html))
}
