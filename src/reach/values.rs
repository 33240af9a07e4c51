//! What a value in a template may be, as far as content is concerned.

use std::collections::BTreeSet;
use std::sync::Arc;

/// How many lists may be inside each other before nothing is known any more.
const DEEPEST: u8 = 3;

/// Where a map comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A variable of the page, such as `item`.
    Variable(Arc<str>),
    /// A list that is a variable of the page, such as `items`.
    Element(Arc<str>),
    /// `groups`: a name and items.
    Group,
    /// `query()`, by the definition's name.
    Query(Arc<str>, Narrowed),
    /// `fragment()`, or a reference in rich text.
    Fragment,
    /// `backlinks()`: a page with its item.
    Backlink,
    /// Made by the template: what is below any key of it.
    Keyed(Box<Atom>),
}

/// Which members of its items `query()` was asked for: it makes new maps of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Narrowed {
    /// All; the items are as they were.
    No,
    To(BTreeSet<String>),
    /// Some.
    Somehow,
}

/// One thing that a value may be: a map, or lists of it inside each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    pub(super) source: Source,
    /// How many lists are around it.
    pub(super) lists: u8,
}

/// Everything that a value may be. What is in a member of an item is of no interest any more: the member counts as a
/// whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Val {
    pub(super) atoms: BTreeSet<Atom>,
    /// The texts it may be, if it can be nothing else that is known.
    pub(super) texts: Option<BTreeSet<Arc<str>>>,
}

impl Atom {
    pub(super) fn of(source: Source) -> Self {
        Self { source, lists: 0 }
    }

    pub(super) fn list(source: Source) -> Self {
        Self { source, lists: 1 }
    }

    /// What is in it, if it is a list.
    pub(super) fn element(&self) -> Option<Self> {
        let lists = self.lists.checked_sub(1)?;
        Some(Self {
            source: self.source.clone(),
            lists,
        })
    }

    /// A list it is in.
    pub(super) fn listed(self) -> Option<Self> {
        (self.lists < DEEPEST).then(|| Self {
            lists: self.lists + 1,
            ..self
        })
    }
}

impl Val {
    /// Something that does not exist yet.
    pub(super) fn nothing() -> Self {
        Self {
            atoms: BTreeSet::new(),
            texts: Some(BTreeSet::new()),
        }
    }

    /// Something without content.
    pub(super) fn plain() -> Self {
        Self {
            atoms: BTreeSet::new(),
            texts: None,
        }
    }

    pub(super) fn text(text: &str) -> Self {
        Self {
            atoms: BTreeSet::new(),
            texts: Some(BTreeSet::from([Arc::from(text)])),
        }
    }

    pub(super) fn of(atoms: impl IntoIterator<Item = Atom>) -> Self {
        Self {
            atoms: atoms.into_iter().collect(),
            texts: None,
        }
    }

    /// What may be either.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.atoms.extend(other.atoms);
        self.texts = match (self.texts, other.texts) {
            (Some(mut own), Some(others)) => {
                own.extend(others);
                Some(own)
            }
            _ => None,
        };
        self
    }
}
