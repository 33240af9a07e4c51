//! Which members of an item are empty, in a few bytes for each item.

use crate::value::{Content, Decoder, Survey, encode_bytes};

/// The most members of one query's items that are watched. Objects whose keys are data have no end of them.
const MOST: usize = 256;

/// The members of a query's items, each with a number.
///
/// The items of a query mostly have the same members in the same order, so the number of the next one is
/// known before its name is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    names: Vec<(Option<Box<str>>, Box<str>)>,
}

/// Stands in marks for members that have no number.
const MISSED: u16 = u16::MAX;

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

    /// The names, for those who keep marks for another build.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (outer, name) in &self.names {
            out.push(u8::from(outer.is_some()));
            encode_bytes(outer.as_deref().unwrap_or_default().as_bytes(), &mut out);
            encode_bytes(name.as_bytes(), &mut out);
        }
        out
    }

    /// The names that another build has kept; `None` when they are not such.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let mut names = Vec::new();
        while !decoder.is_empty() {
            let [has_outer] = decoder.array()?;
            let outer = decoder.text()?;
            let outer = (has_outer == 1).then(|| Box::from(outer));
            names.push((outer, Box::from(decoder.text()?)));
        }
        Some(Self { names })
    }

    /// The marks of an item that another build went through: what it heard, in its order. `earlier` has the names of
    /// that build. `None` where a mark belongs to none of them.
    pub fn replay(&mut self, earlier: &Self, marks: &Marks) -> Option<Marks> {
        let mut listener = self.listen();
        for (number, content) in marks.iter() {
            let (outer, name) = earlier.names.get(number)?;
            listener.member(outer.as_deref(), name, content);
        }
        Some(listener.marks())
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
            if self.marks.last() != Some(&MISSED) {
                self.marks.push(MISSED);
            }
            return;
        };
        self.next = number + 1;
        let empty = u16::from(content == Content::Empty);
        // Numbers are far below what fits.
        self.marks.push((number as u16) << 1 | empty);
    }
}

impl Marks {
    /// Whether every member that was heard of has its mark.
    #[must_use]
    pub fn are_all(&self) -> bool {
        !self.0.contains(&MISSED)
    }

    /// Appends them, for another build.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let bytes: Vec<u8> = self.0.iter().flat_map(|mark| mark.to_le_bytes()).collect();
        encode_bytes(&bytes, out);
    }

    /// Reads what was appended.
    pub fn decode(decoder: &mut Decoder<'_>) -> Option<Self> {
        let (marks, rest) = decoder.bytes()?.as_chunks::<2>();
        let marks = marks.iter().map(|mark| u16::from_le_bytes(*mark));
        rest.is_empty().then(|| Self(marks.collect()))
    }

    /// The numbers of the members, each with what is in it.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, Content)> {
        let known = self.0.iter().filter(|mark| **mark != MISSED);
        known.map(|mark| {
            let content = match mark & 1 {
                1 => Content::Empty,
                _ => Content::Filled,
            };
            (usize::from(mark >> 1), content)
        })
    }
}
