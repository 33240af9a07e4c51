//! What may have changed, and what follows from it.

mod definitions;
mod editors;
mod places;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use definitions::differing;
pub use places::{Effect, Places};

/// What may have changed since the site was made. Several that wait are one ([`Change::and`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Files of the site, absolute.
    pub files: BTreeSet<PathBuf>,
    /// Content.
    pub content: Content,
    /// How sure that is.
    pub word: Word,
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

/// How sure it is that content has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// It is only asked whether it has.
    #[default]
    Perhaps,
    /// Somebody knows, and wants to see it: what a CDN has kept is not asked for (`aem-protocol.md`, section 2.5).
    Certain,
}

impl Change {
    /// Edits of files.
    #[must_use]
    pub fn files(files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            files: files.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Content that may be another by now.
    #[must_use]
    pub fn content(content: Content) -> Self {
        Self {
            content,
            ..Self::default()
        }
    }

    /// Content that somebody wants to see as it is now.
    #[must_use]
    pub fn certain(content: Content) -> Self {
        Self {
            word: Word::Certain,
            ..Self::content(content)
        }
    }

    /// Whether nothing has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.content == Content::None
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.files.extend(other.files);
        self.content = self.content.and(other.content);
        self.word = self.word.max(other.word);
        self
    }
}

impl Content {
    /// That of some definitions; nobody's if there are none.
    #[must_use]
    pub fn of(names: BTreeSet<String>) -> Self {
        match names.is_empty() {
            true => Self::None,
            false => Self::Of(names),
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, one) | (one, Self::None) => one,
            (Self::Of(mut some), Self::Of(more)) => {
                some.extend(more);
                Self::Of(some)
            }
            (Self::All, _) | (_, Self::All) => Self::All,
        }
    }

    /// Whether the answers of a definition are among it.
    #[must_use]
    pub fn has(&self, definition: &str) -> bool {
        match self {
            Self::None => false,
            Self::Of(names) => names.contains(definition),
            Self::All => true,
        }
    }
}

#[cfg(test)]
mod tests;
