//! Items and answers that an earlier build has gone through, and what this build leaves for the next.
//!
//! What is kept of an item follows from its text and from which members are wanted: values for the index, the digest of
//! what pages show, and the marks for the guard, whose numbers belong to names that are kept once. Of an answer it is
//! which items it has, and how they hang together. What an item is known by also depends on who asked, and is found
//! out anew.

use std::sync::Mutex;

use super::collected::{Part, Piece};
use super::lock;
use crate::aem::{Api, Page, Shape};
use crate::guard::{Marks, Members};
use crate::query::Query;
use crate::source::Span;
use crate::store::BodyError;
use crate::store::known::{self, Added, Shelf};
use crate::value::{Decoder, Digest, Packed, digest, encode_bytes};

/// What is known of the items of one query.
pub(super) struct Known {
    shelf: Shelf,
    /// The names that the marks of earlier builds are about.
    names: Members,
    /// What stands for the query in the keys of its answers.
    question: Vec<u8>,
}

/// What was found in an item.
pub(super) struct Found {
    /// The members that are indexed.
    pub(super) values: Packed,
    /// Of what pages show.
    pub(super) digest: Digest,
    pub(super) marks: Marks,
}

/// A known item, with what was found in it for the names of an earlier build.
pub(super) struct Recalled {
    known: known::Known,
    found: Found,
}

/// An item that was gone through, in this build or an earlier one.
pub(super) struct Gone {
    pub(super) found: Found,
    pub(super) added: Added,
}

/// A known answer.
pub(super) struct KnownAnswer {
    /// The name of its root.
    pub(super) root: String,
    pub(super) shape: Shape,
    /// How many items were null.
    pub(super) nulls: u32,
    /// The number of the list that its items refer to.
    pub(super) references: Option<u32>,
    /// The numbers of its items.
    pub(super) items: Vec<u32>,
}

impl Known {
    /// With what an earlier build has found, if its marks can be read.
    pub(super) fn new(shelf: Shelf, query: &Query) -> Self {
        let names = shelf.note().and_then(Members::decode);
        let root = query.root.as_deref().unwrap_or_default();
        Self {
            names: names.unwrap_or_default(),
            question: format!("{:?} {root}", query.ask.api()).into_bytes(),
            shelf,
        }
    }

    /// What an answer to a request of this kind is known by.
    pub(super) fn key(&self, api: Api, hash: &str) -> Digest {
        let mut text = format!("{api:?} {hash} ").into_bytes();
        text.extend_from_slice(&self.question);
        digest(&text)
    }

    pub(super) fn has(&self, key: &Digest) -> bool {
        self.shelf.has_answer(key)
    }

    /// What is in an answer that is known.
    pub(super) fn part(&self, key: &Digest) -> Option<Part> {
        let answer = KnownAnswer::decode(&self.shelf.answer(key)?)?;
        let piece = |number: u32| Some(Piece::Known(number, self.shelf.raw(number)?));
        let items: Option<Vec<Piece>> = answer.items.into_iter().map(piece).collect();
        Some(Part {
            root: answer.root,
            shape: answer.shape,
            items: items?,
            looked: Vec::new(),
            nulls: answer.nulls as usize,
            references: answer.references.and_then(piece),
            key: None,
            span: Span::ONE_BUILD,
            stale: None,
        })
    }

    /// The number of the item that has this text.
    pub(super) fn find(&self, raw: &Digest) -> Option<u32> {
        self.shelf.find(raw)
    }

    /// What was found in a known item.
    pub(super) fn recall(&self, number: u32) -> Result<Recalled, BodyError> {
        let known = self.shelf.read(number)?;
        let mut decoder = Decoder::new(&known.head);
        let mut read = || {
            Some(Found {
                digest: decoder.array()?,
                marks: Marks::decode(&mut decoder)?,
                values: Packed::read(&mut decoder)?,
            })
        };
        let found = read().ok_or_else(not_what_it_wrote)?;
        Ok(Recalled { known, found })
    }

    /// Takes a known item, which the next build will know too.
    pub(super) fn take(
        &self,
        recalled: Recalled,
        members: &Mutex<Members>,
    ) -> Result<Gone, BodyError> {
        let Recalled { known, found } = recalled;
        let marks = lock(members).replay(&self.names, &found.marks);
        let marks = marks.ok_or_else(not_what_it_wrote)?;
        let is_same = marks == found.marks;
        let found = Found { marks, ..found };
        let added = if !found.marks.are_all() {
            let shown = self.shelf.text(&known);
            shown.and_then(|shown| self.shelf.show(&shown))
        } else if is_same {
            // Mostly the names have the numbers that they had.
            self.shelf.keep(&known, &known.head)
        } else {
            self.shelf.keep(&known, &found.head())
        };
        let added = added?;
        Ok(Gone { found, added })
    }

    /// Keeps what was found in an item with this text, and what is shown of it. An item with members that have no mark
    /// is gone through each time: in another build they may have one.
    pub(super) fn add(&self, raw: Digest, found: &Found, shown: &[u8]) -> Result<Added, BodyError> {
        if found.marks.are_all() {
            self.shelf.add(raw, &found.head(), shown)
        } else {
            self.shelf.show(shown)
        }
    }

    /// Keeps a list that items refer to.
    pub(super) fn add_references(&self, raw: Digest, json: &[u8]) -> Result<Added, BodyError> {
        match self.find(&raw) {
            Some(number) => self.take_references(number),
            None => self.shelf.add(raw, &[], json),
        }
    }

    /// A known list that items refer to.
    pub(super) fn take_references(&self, number: u32) -> Result<Added, BodyError> {
        let known = self.shelf.read(number)?;
        self.shelf.keep(&known, &[])
    }

    /// Keeps an answer.
    pub(super) fn add_answer(&self, key: Digest, answer: &KnownAnswer) -> Result<(), BodyError> {
        self.shelf.add_answer(key, &answer.encode())
    }

    /// Puts everything in its place. `members` are those that the marks of this build are about.
    pub(super) fn finish(&self, members: &Members) -> Result<(), BodyError> {
        self.shelf.finish(&members.encode())
    }
}

fn not_what_it_wrote() -> BodyError {
    let why = "what an earlier build found in it is not what it wrote";
    BodyError::Unreadable(why.to_owned())
}

impl Found {
    /// What is kept of it.
    fn head(&self) -> Vec<u8> {
        let mut out = self.digest.to_vec();
        self.marks.encode(&mut out);
        out.extend_from_slice(self.values.bytes());
        out
    }
}

const ONE: u8 = 0;
const LIST: u8 = 1;
const PAGINATED: u8 = 2;
const LISTED: u8 = 3;

const ABSENT: u8 = 2;

impl KnownAnswer {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        encode_bytes(self.root.as_bytes(), &mut out);
        match &self.shape {
            Shape::One => out.push(ONE),
            Shape::List => out.push(LIST),
            Shape::Paginated(page) => {
                out.extend([PAGINATED, page.has_next.map_or(ABSENT, u8::from)]);
                encode_text(page.end_cursor.as_deref(), &mut out);
            }
            Shape::Listed(cursor) => {
                out.push(LISTED);
                encode_text(cursor.as_deref(), &mut out);
            }
        }
        out.extend_from_slice(&self.nulls.to_le_bytes());
        let references = self.references.iter();
        out.push(u8::from(self.references.is_some()));
        for number in references.chain(&self.items) {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let root = decoder.text()?.to_owned();
        let shape = match decoder.array()? {
            [ONE] => Shape::One,
            [LIST] => Shape::List,
            [PAGINATED] => {
                let has_next = match decoder.array()? {
                    [ABSENT] => None,
                    [yes] => Some(yes == 1),
                };
                let end_cursor = decode_text(&mut decoder)?;
                Shape::Paginated(Page {
                    end_cursor,
                    has_next,
                })
            }
            [LISTED] => Shape::Listed(decode_text(&mut decoder)?),
            _ => return None,
        };
        let nulls = decoder.number()?;
        let references = match decoder.array()? {
            [0] => None,
            _ => Some(decoder.number()?),
        };
        let mut items = Vec::with_capacity(decoder.remaining() / 4);
        while !decoder.is_empty() {
            items.push(decoder.number()?);
        }
        Some(Self {
            root,
            shape,
            nulls,
            references,
            items,
        })
    }
}

fn encode_text(text: Option<&str>, out: &mut Vec<u8>) {
    out.push(u8::from(text.is_some()));
    encode_bytes(text.unwrap_or_default().as_bytes(), out);
}

/// The outer option is for what cannot be read.
#[expect(clippy::option_option, reason = "two different things")]
fn decode_text(decoder: &mut Decoder<'_>) -> Option<Option<String>> {
    let [is_there] = decoder.array()?;
    let text = decoder.text()?;
    Some((is_there == 1).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_as_they_were() {
        let page = |end_cursor: Option<&str>, has_next| {
            Shape::Paginated(Page {
                end_cursor: end_cursor.map(str::to_owned),
                has_next,
            })
        };
        for shape in [
            Shape::One,
            Shape::List,
            page(None, None),
            page(Some(""), Some(false)),
            page(Some("x"), Some(true)),
            Shape::Listed(None),
            Shape::Listed(Some("a+/=".to_owned())),
        ] {
            for (references, items) in [(None, vec![]), (Some(7), vec![0, u32::MAX, 3])] {
                let answer = KnownAnswer {
                    root: "recipeList_2".to_owned(),
                    shape: shape.clone(),
                    nulls: 3,
                    references,
                    items,
                };
                let bytes = answer.encode();
                let back = KnownAnswer::decode(&bytes).unwrap();
                assert_eq!(
                    (&back.root, &back.shape, back.nulls),
                    (&answer.root, &answer.shape, 3)
                );
                assert_eq!(
                    (back.references, &back.items),
                    (answer.references, &answer.items)
                );
                assert!((0..bytes.len()).rev().take(3).all(|end| {
                    let cut = KnownAnswer::decode(&bytes[..end]);
                    cut.is_none_or(|cut| cut.items != answer.items || cut.references.is_none())
                }));
            }
        }
    }
}
