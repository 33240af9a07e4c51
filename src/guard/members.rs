//! Which members of an item are empty, in a few bytes for each item.

use crate::value::{Content, Survey};

/// The most members of one query's items that are watched. Objects whose keys are data have no end of them.
const MOST: usize = 256;

/// The members of a query's items, each with a number.
///
/// The items of a query mostly have the same members in the same order, so the number of the next one is
/// known before its name is looked at.
#[derive(Debug, Default)]
pub struct Members {
    names: Vec<(Option<Box<str>>, Box<str>)>,
}

/// What the members of one item are like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Box<[u16]>);

impl Members {
    /// Gets ready for an item: what it hears, [`Listener::marks`] gives.
    pub fn listen(&mut self) -> Listener<'_> {
        Listener {
            marks: Vec::with_capacity(self.names.len()),
            next: 0,
            members: self,
        }
    }

    /// The names in the order of their numbers; those of inner members as `main.json`.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.names.iter().map(|(outer, name)| match outer {
            Some(outer) => format!("{outer}.{name}"),
            None => name.to_string(),
        })
    }

    /// The number of a member, given anew when it has none; `expected` is looked at first.
    fn number(&mut self, outer: Option<&str>, name: &str, expected: usize) -> Option<usize> {
        let is = |(own_outer, own): &(Option<Box<str>>, Box<str>)| {
            **own == *name && own_outer.as_deref() == outer
        };
        if self.names.get(expected).is_some_and(is) {
            return Some(expected);
        }
        if let Some(number) = self.names.iter().position(is) {
            return Some(number);
        }
        if self.names.len() == MOST {
            return None;
        }
        self.names.push((outer.map(Box::from), Box::from(name)));
        Some(self.names.len() - 1)
    }
}

/// Hears of the members of one item.
pub struct Listener<'m> {
    members: &'m mut Members,
    marks: Vec<u16>,
    next: usize,
}

impl Listener<'_> {
    /// What was heard.
    #[must_use]
    pub fn marks(self) -> Marks {
        Marks(self.marks.into_boxed_slice())
    }
}

impl Survey for Listener<'_> {
    fn member(&mut self, outer: Option<&str>, name: &str, content: Content) {
        let Some(number) = self.members.number(outer, name, self.next) else {
            return;
        };
        self.next = number + 1;
        let empty = u16::from(content == Content::Empty);
        // Numbers are far below what fits.
        self.marks.push((number as u16) << 1 | empty);
    }
}

impl Marks {
    /// The numbers of the members, each with what is in it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, Content)> {
        self.0.iter().map(|mark| {
            let content = match mark & 1 {
                1 => Content::Empty,
                _ => Content::Filled,
            };
            (usize::from(mark >> 1), content)
        })
    }
}
