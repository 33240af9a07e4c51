//! The items of one asking, as its answers come: which were seen before, and whether the answers belong
//! together.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::time::Duration;

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::ahead::{self, Looked, Reader};
use super::batches::Batches;
use super::items::{Identified, Indexed};
use super::paging::PagingError;
use crate::aem::{Decoded, Shape};
use crate::blocking::blocking;
use crate::diag::Diagnostic;
use crate::source::{Cause, Span};
use crate::store::BodyId;
use crate::value::{Digest, digest, shortened};

/// So many items of an answer are looked at together: what was found in them is in memory until they are kept.
const TOGETHER: usize = 1_024;

/// Keeps the items of an answer.
pub(super) trait Keep<T>: Sync {
    /// Who goes through items before they are kept one by one, if that is of use.
    fn reader(&self) -> Option<&Reader> {
        None
    }

    /// Looks at some items of an answer before they are kept one by one: what was found in each.
    fn look(&self, pieces: &[Piece]) -> Vec<Looked> {
        match self.reader() {
            Some(reader) => reader.look(pieces),
            None => ahead::nothing(pieces),
        }
    }

    /// Keeps an item, unless the definition is not about it.
    fn keep(
        &self,
        piece: &Piece,
        looked: Looked,
        company: &Company<'_>,
    ) -> Result<Option<T>, Diagnostic>;

    /// Hears that all items of an answer were kept.
    fn done(&self, _part: &Part, _company: Company<'_>) -> Result<(), Diagnostic> {
        Ok(())
    }
}

/// An item of an answer.
pub(super) enum Piece {
    /// Its JSON, and the digest of that.
    Json(Bytes, Digest),
    /// An earlier build has gone through it: its number, and the digest of its JSON.
    Known(u32, Digest),
}

impl Piece {
    /// The digest of its JSON.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Json(_, digest) | Self::Known(_, digest) => *digest,
        }
    }
}

/// What an item came with.
pub(super) struct Company<'p> {
    /// How the items of the answer hang together.
    pub(super) shape: &'p Shape,
    /// What they refer to.
    pub(super) references: Option<&'p Piece>,
    /// Where that was put, once it was.
    pub(super) kept: Cell<Option<Kept>>,
    /// The numbers under which the next build will know the items; `None` of one that it will not know.
    pub(super) numbers: RefCell<Vec<Option<u32>>>,
}

/// References that were put away.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) body: BodyId,
    pub(super) number: Option<u32>,
}

/// The part of an answer that the definition is about.
pub(super) struct Part {
    /// The name of its root.
    pub(super) root: String,
    pub(super) shape: Shape,
    pub(super) items: Vec<Piece>,
    /// What was found ahead in a first portion of the items, or in none.
    pub(super) looked: Vec<Looked>,
    /// How many items were null.
    pub(super) nulls: usize,
    pub(super) references: Option<Piece>,
    /// What the next build will know the answer by.
    pub(super) key: Option<Digest>,
    /// The builds in which it was the answer.
    pub(super) span: Span,
    /// How old it is and how AEM failed, when it stands in.
    pub(super) stale: Option<(Duration, Box<Cause>)>,
}

impl Part {
    /// Of an answer that is had, from just now.
    pub(super) fn of(root: String, decoded: Decoded) -> Self {
        let items = decoded.items.into_iter().zip(decoded.digests);
        let references = decoded.references;
        Self {
            root,
            shape: decoded.shape,
            items: items
                .map(|(json, digest)| Piece::Json(json, digest))
                .collect(),
            looked: Vec::new(),
            nulls: decoded.nulls,
            references: references.map(|json| Piece::Json(json.clone(), digest(&json))),
            key: None,
            span: Span::ONE_BUILD,
            stale: None,
        }
    }

    /// With what is found ahead in a first portion of its items: on other threads, while somebody else goes on.
    pub(super) async fn looked_at(self, reader: Option<&Reader>) -> Self {
        let portion = self.items.len().min(TOGETHER);
        let Some(reader) = reader.filter(|_| Reader::is_worth_it(&self.items[..portion])) else {
            return self;
        };
        let reader = reader.clone();
        let look = move || Self {
            looked: reader.look(&self.items[..portion]),
            ..self
        };
        blocking(look).await
    }

    /// How many items came, null ones included.
    pub(super) fn count(&self) -> u64 {
        (self.items.len() + self.nulls) as u64
    }
}

/// All items of one asking.
pub(super) struct Brought {
    pub(super) items: Batches<Indexed>,
    /// How many were null.
    pub(super) nulls: usize,
    /// How old the oldest answer is that stood in for AEM, and how AEM failed.
    pub(super) stale: Option<(Duration, Box<Cause>)>,
}

/// A hash of a path and a variation: a large site has too many of them to keep them all.
fn identity(path: &str, variation: &str) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for part in [path, "\n", variation] {
        hasher.update(part.as_bytes());
    }
    shortened(&hasher.finalize())
}

/// Items collected, with a memory of which were seen.
pub(super) struct Collected<T> {
    items: Batches<T>,
    /// The page each identity came on, and which of its items that was.
    seen: HashMap<Digest, (u32, u32), RandomState>,
    /// Hashes of whole pages, for items that have no identity.
    pages: HashSet<blake3::Hash>,
    page: u32,
    nulls: usize,
    stale: Option<(Duration, Box<Cause>)>,
    /// The builds in which all pages so far were the answer.
    span: Option<Span>,
}

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Self {
            items: Batches::default(),
            seen: HashMap::default(),
            pages: HashSet::new(),
            page: 0,
            nulls: 0,
            stale: None,
            span: None,
        }
    }
}

impl Collected<Indexed> {
    /// The whole of it.
    pub(super) fn finish(self) -> Brought {
        Brought {
            items: self.items,
            nulls: self.nulls,
            stale: self.stale,
        }
    }
}

impl<T: Identified> Collected<T> {
    /// How many items there are so far.
    pub(super) fn len(&self) -> u64 {
        self.items.len() as u64
    }

    /// How many answers they came with.
    pub(super) fn pages(&self) -> usize {
        self.page as usize
    }

    /// The items, and the rest of what is known for others in their place.
    pub(super) fn emptied<U>(self) -> (Vec<T>, Collected<U>) {
        let rest = Collected {
            nulls: self.nulls,
            stale: self.stale,
            span: self.span,
            ..Collected::default()
        };
        (self.items.into_iter().collect(), rest)
    }

    /// Notes where a page comes from, and whether it belongs to the others.
    pub(super) fn note(&mut self, part: &mut Part) -> Result<(), PagingError> {
        if let Some((age, cause)) = part.stale.take()
            && self.stale.as_ref().is_none_or(|(oldest, _)| age > *oldest)
        {
            self.stale = Some((age, cause));
        }
        self.span = match self.span {
            None => Some(part.span),
            Some(span) => span.and(part.span),
        };
        match (self.span, self.stale.take()) {
            (None, Some((_, cause))) => Err(PagingError::Mixed(cause)),
            (None, None) => Err(PagingError::Apart),
            (Some(_), stale) => {
                self.stale = stale;
                Ok(())
            }
        }
    }

    /// Adds the items of a page. An item that came on an earlier page means that the content moved; one
    /// that comes twice on a page is one item.
    pub(super) fn add(&mut self, mut part: Part, keep: &dyn Keep<T>) -> Result<(), PagingError> {
        self.nulls += part.nulls;
        self.page += 1;
        let mut anonymous = !part.items.is_empty();
        let company = Company {
            shape: &part.shape,
            references: part.references.as_ref(),
            kept: Cell::default(),
            numbers: RefCell::default(),
        };
        let ahead = std::mem::take(&mut part.looked);
        for (place, (piece, looked)) in (0_u32..).zip(looked(&part.items, ahead, keep)) {
            let kept = keep.keep(piece, looked, &company);
            let Some(item) = kept.map_err(PagingError::Item)? else {
                continue;
            };
            if let Some((path, variation)) = item.identity() {
                anonymous = false;
                match self.seen.entry(identity(path, variation)) {
                    Entry::Vacant(new) => {
                        new.insert((self.page, place));
                    }
                    Entry::Occupied(known) => match *known.get() {
                        (page, _) if page != self.page => {
                            return Err(PagingError::Changing(path.to_owned()));
                        }
                        (_, earlier) if part.items[earlier as usize].digest() == piece.digest() => {
                            continue;
                        }
                        _ => return Err(PagingError::Ambiguous(path.to_owned())),
                    },
                }
            }
            self.items.push(item);
        }
        if anonymous && !self.pages.insert(hash(&part.items)) {
            return Err(PagingError::SamePage);
        }
        keep.done(&part, company).map_err(PagingError::Item)
    }
}

/// The items of a page, each with what was found in it, for some of them ahead.
fn looked<'p, T>(
    items: &'p [Piece],
    ahead: Vec<Looked>,
    keep: &'p dyn Keep<T>,
) -> impl Iterator<Item = (&'p Piece, Looked)> {
    let (first, rest) = items.split_at(ahead.len());
    let portions = rest.chunks(TOGETHER);
    let rest = portions.flat_map(|items| items.iter().zip(keep.look(items)));
    first.iter().zip(ahead).chain(rest)
}

/// A hash of all items of a page.
fn hash(items: &[Piece]) -> blake3::Hash {
    let mut whole = blake3::Hasher::new();
    for piece in items {
        whole.update(&piece.digest());
    }
    whole.finalize()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Notes how many items it looks at together, and which it keeps.
    #[derive(Default)]
    struct Notes {
        looks: Mutex<Vec<usize>>,
        kept: Mutex<Vec<Digest>>,
    }

    struct Nobody;

    impl Identified for Nobody {
        fn identity(&self) -> Option<(&str, &str)> {
            None
        }
    }

    impl Keep<Nobody> for Notes {
        fn look(&self, pieces: &[Piece]) -> Vec<Looked> {
            self.looks.lock().unwrap().push(pieces.len());
            pieces.iter().map(|_| Looked::default()).collect()
        }

        fn keep(
            &self,
            piece: &Piece,
            _: Looked,
            _: &Company<'_>,
        ) -> Result<Option<Nobody>, Diagnostic> {
            self.kept.lock().unwrap().push(piece.digest());
            Ok(Some(Nobody))
        }
    }

    #[test]
    fn a_long_answer_is_looked_at_in_portions() {
        let items: Vec<Bytes> = (0..2 * TOGETHER + 1)
            .map(|n| Bytes::from(n.to_string()))
            .collect();
        let decoded = Decoded {
            shape: Shape::List,
            digests: items.iter().map(|item| digest(item)).collect(),
            items,
            nulls: 0,
            references: None,
        };
        let part = Part::of("list".to_owned(), decoded);
        let all: Vec<Digest> = part.items.iter().map(Piece::digest).collect();
        let (notes, mut collected) = (Notes::default(), Collected::default());
        assert!(collected.add(part, &notes).is_ok());
        assert_eq!(*notes.looks.lock().unwrap(), [TOGETHER, TOGETHER, 1]);
        assert_eq!(*notes.kept.lock().unwrap(), all);
        assert_eq!(collected.len(), all.len() as u64);
    }
}
