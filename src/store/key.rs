//! What tells one item from all others.

use std::sync::Arc;

use crate::aem::FragmentPath;
use crate::value::Packed;

/// What tells one item from all others, as far as it can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemKey {
    /// Its path in the repository.
    pub path: Option<FragmentPath>,
    /// Its variation, unless it is the original.
    pub variation: Option<Arc<str>>,
    /// What it has in common with its translations, where its path does not lie below a language's root.
    pub counterpart: Option<Arc<str>>,
}

impl ItemKey {
    /// Reads the members of an item: its path stands at the first of `path_members` that is there.
    #[must_use]
    pub fn of_item(item: &Packed, path_members: &[&str]) -> Self {
        let path = path_members.iter().find_map(|key| text(item, key));
        Self {
            path: path.map(FragmentPath::new),
            variation: text(item, "_variation").and_then(Self::variation),
            counterpart: None,
        }
    }

    /// A variation by name; `None` for the original.
    #[must_use]
    pub fn variation(name: &str) -> Option<Arc<str>> {
        (!matches!(name, "" | "master")).then(|| Arc::from(name))
    }
}

/// A member that is a text, and not an empty one.
fn text<'i>(item: &'i Packed, member: &str) -> Option<&'i str> {
    item.text(member).filter(|text| !text.is_empty())
}
