//! Items of one answer gone through side by side, before they are taken in one after the other.
//!
//! What an item's text says does not depend on the items around it. Only the numbers of its members do; they belong to
//! names that all items of a query share. Each group of items has a copy of those names, and where it meets new ones,
//! its marks are translated when the items are taken in. So one answer is gone through while others are on their way, or
//! taken in.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use rayon::prelude::*;

use super::collected::Piece;
use super::known::{Gone, Known, Recalled};
use super::lock;
use crate::guard::{Marks, Members};
use crate::store::BodyError;
use crate::value::{self, Digest, Wanted, digest};

/// So many items are gone through by one thread at a time; fewer are not worth another one,
const FEW: usize = 16;

/// and no more than these: a group that meets more names of members than are counted is gone through twice.
const MANY: usize = 64;

/// Goes through the items of a query.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) wanted: Arc<Wanted>,
    /// The names of the members of all items.
    pub(super) members: Arc<Mutex<Members>>,
    /// What earlier builds have gone through.
    pub(super) known: Option<Arc<Known>>,
}

/// What was found in an item ahead of its turn.
#[derive(Default)]
pub(super) enum Looked {
    /// Nobody has looked.
    #[default]
    Nothing,
    /// What an earlier build found.
    Known(Result<Recalled, BodyError>),
    /// It was gone through.
    Read(Read),
}

/// An item that was gone through.
pub(super) struct Read {
    pub(super) item: Result<value::Item, serde_json::Error>,
    /// The digest of what is shown of it.
    pub(super) shown: Digest,
    pub(super) marks: Marks,
    /// The names that the marks are about, where these are not those of all items.
    names: Option<Arc<Members>>,
}

impl Read {
    /// Goes through an item for names that all share.
    pub(super) fn now(json: &[u8], wanted: &Wanted, members: &mut Members) -> Self {
        let mut listener = members.listen();
        let item = value::read(json, wanted, &mut listener);
        let marks = listener.marks();
        let text = item.as_ref().ok().and_then(|item| item.text.as_deref());
        Self {
            shown: digest(text.unwrap_or(json)),
            item,
            marks,
            names: None,
        }
    }

    /// With marks that are about the names of all items; `None` where it has to be gone through once more.
    fn translated(self, members: &Mutex<Members>) -> Option<Self> {
        let Some(names) = &self.names else {
            return Some(self);
        };
        // Which members have no number is for the names of all to say.
        self.marks.are_all().then_some(())?;
        let marks = lock(members).replay(names, &self.marks)?;
        Some(Self { marks, ..self })
    }
}

impl Reader {
    /// What was found in an item, or is now.
    pub(super) fn read(&self, looked: Looked, json: &[u8]) -> Read {
        let ahead = match looked {
            Looked::Read(read) => read.translated(&self.members),
            Looked::Nothing | Looked::Known(_) => None,
        };
        ahead.unwrap_or_else(|| Read::now(json, &self.wanted, &mut lock(&self.members)))
    }

    /// Whether it is of use to look at these items ahead.
    pub(super) fn is_worth_it(pieces: &[Piece]) -> bool {
        pieces.len() > FEW
    }

    /// Finds again what is known of the items of an answer, and goes through the others.
    pub(super) fn look(&self, pieces: &[Piece]) -> Vec<Looked> {
        if !Self::is_worth_it(pieces) {
            return nothing(pieces);
        }
        // That is little work, and mostly all there is: it wakes no other threads.
        let mut looked: Vec<Looked> = pieces.iter().map(|piece| self.recall(piece)).collect();
        let mut new: Vec<(&Bytes, &mut Looked)> = pieces
            .iter()
            .zip(&mut looked)
            .filter_map(|found| match found {
                (Piece::Json(json, _), looked @ Looked::Nothing) => Some((json, looked)),
                _ => None,
            })
            .collect();
        if !new.is_empty() {
            let names = lock(&self.members).clone();
            // A group for each thread: they take equally long, and each that is handed over takes time.
            let group = new.len().div_ceil(rayon::current_num_threads());
            let group = group.clamp(FEW, MANY);
            match new.len() <= group {
                true => self.go_through(&names, &mut new),
                false => new
                    .par_chunks_mut(group)
                    .for_each(|group| self.go_through(&names, group)),
            }
        }
        looked
    }

    /// What an earlier build found in an item, if one has gone through it.
    pub(super) fn recall(&self, piece: &Piece) -> Looked {
        let Some(known) = &self.known else {
            return Looked::Nothing;
        };
        let number = match piece {
            Piece::Json(_, raw) => known.find(raw),
            Piece::Known(number, _) => Some(*number),
        };
        number.map_or(Looked::Nothing, |number| {
            Looked::Known(known.recall(number))
        })
    }

    /// Takes what an earlier build found.
    pub(super) fn take(&self, recalled: Recalled) -> Result<Gone, BodyError> {
        let known = self.known.as_ref().ok_or_else(nothing_kept)?;
        known.take(recalled, &self.members)
    }

    /// Goes through a group of items.
    fn go_through(&self, names: &Members, group: &mut [(&Bytes, &mut Looked)]) {
        let mut own = names.clone();
        for (json, looked) in &mut *group {
            **looked = Looked::Read(Read::now(json, &self.wanted, &mut own));
        }
        if own == *names {
            return;
        }
        let own = Arc::new(own);
        for (_, looked) in group {
            if let Looked::Read(read) = looked {
                read.names = Some(Arc::clone(&own));
            }
        }
    }
}

pub(super) fn nothing_kept() -> BodyError {
    BodyError::Unreadable("nothing was kept of it".to_owned())
}

/// What is known of items that nobody has looked at.
pub(super) fn nothing(pieces: &[Piece]) -> Vec<Looked> {
    pieces.iter().map(|_| Looked::Nothing).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::value::Choice;

    /// Items whose members differ: each has one that some others do not have.
    fn pieces(count: usize, kinds: usize) -> Vec<Piece> {
        let item = |n: usize| format!(r#"{{"slug":"{n}","own{}":{n}}}"#, n % kinds);
        let piece = |n| Piece::Json(Bytes::from(item(n)), Digest::default());
        (0..count).map(piece).collect()
    }

    fn reader() -> Reader {
        Reader {
            wanted: Arc::new(Wanted {
                values: Choice::ALL,
                text: Choice::of(["slug"]),
            }),
            members: Arc::default(),
            known: None,
        }
    }

    #[test]
    fn it_is_as_if_one_had_come_after_the_other() {
        for kinds in [1, 7, 300] {
            let (pieces, reader) = (pieces(700, kinds), reader());
            let mut alone = Members::default();
            // Two answers are looked at before the first of them is taken in.
            for answers in pieces.chunks(200) {
                let answers: Vec<&[Piece]> = answers.chunks(100).collect();
                let looked: Vec<_> = answers.iter().map(|pieces| reader.look(pieces)).collect();
                let pieces = answers.into_iter().flatten();
                for (piece, looked) in pieces.zip(looked.into_iter().flatten()) {
                    let Piece::Json(json, _) = piece else {
                        continue;
                    };
                    assert!(matches!(looked, Looked::Read(_)));
                    let ahead = reader.read(looked, json);
                    let now = Read::now(json, &reader.wanted, &mut alone);
                    assert_eq!(ahead.marks, now.marks);
                    assert_eq!(ahead.shown, now.shown);
                    let (ahead, now) = (ahead.item.unwrap(), now.item.unwrap());
                    assert_eq!((ahead.values, ahead.text), (now.values, now.text));
                }
            }
            assert_eq!(*lock(&reader.members), alone, "{kinds} kinds of items");
        }
    }
}
