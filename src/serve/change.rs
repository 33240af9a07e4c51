//! What may have changed.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// What may have changed since the site was made. Several that wait are one ([`Change::and`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Files of the site, absolute.
    pub files: BTreeSet<PathBuf>,
    /// Content.
    pub content: Content,
}

/// Whose answers may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Nobody's.
    #[default]
    None,
    /// Those of these definitions, by name.
    Of(BTreeSet<String>),
    /// Anybody's.
    All,
}

impl Change {
    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.content = match (self.content, other.content) {
            (Content::None, one) | (one, Content::None) => one,
            (Content::Of(mut some), Content::Of(more)) => {
                some.extend(more);
                Content::Of(some)
            }
            (Content::All, _) | (_, Content::All) => Content::All,
        };
        self
    }
}
