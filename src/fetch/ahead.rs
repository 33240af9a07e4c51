//! Items of one answer gone through side by side, before they are taken in one after the other.
//!
//! What an item's text says does not depend on the items around it. Only the numbers of its members do; they belong to
//! names that all items of a query share. Each group of items has a copy of those names, and where it meets new ones,
//! its marks are translated when the items are taken in.

use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::collected::Piece;
use super::items::Asking;
use super::known::Known;
use super::lock;
use crate::guard::{Marks, Members};
use crate::value::{self, Digest, Wanted, digest};

/// So many items are gone through by one thread at a time; fewer are not worth another one.
const GROUP: usize = 16;

/// What was found in an item ahead of its turn.
#[derive(Default)]
pub(super) struct Looked {
    /// The digest of its text.
    pub(super) raw: Option<Digest>,
    read: Option<Read>,
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

impl Looked {
    /// What was found in the item, or is now.
    pub(super) fn read(self, asking: &Asking<'_>, json: &[u8]) -> Read {
        let ahead = self.read.and_then(|read| read.translated(asking.members));
        ahead.unwrap_or_else(|| Read::now(json, asking.wanted, &mut lock(asking.members)))
    }
}

/// Goes through the items of an answer, those that are known excepted.
pub(super) fn look(asking: &Asking<'_>, pieces: &[Piece]) -> Vec<Looked> {
    if pieces.len() <= GROUP {
        return pieces.iter().map(|_| Looked::default()).collect();
    }
    let names = lock(asking.members).clone();
    let groups = pieces.par_chunks(GROUP);
    let looked = groups.flat_map_iter(|pieces| group(asking.known, asking.wanted, &names, pieces));
    looked.collect()
}

fn group(known: Option<&Known>, wanted: &Wanted, names: &Members, pieces: &[Piece]) -> Vec<Looked> {
    let mut own = names.clone();
    let look = |piece: &Piece| {
        let Piece::Json(json) = piece else {
            return Looked::default();
        };
        let raw = known.map(|known| (known, digest(json)));
        let is_known = raw.is_some_and(|(known, raw)| known.find(&raw).is_some());
        Looked {
            raw: raw.map(|(_, raw)| raw),
            read: (!is_known).then(|| Read::now(json, wanted, &mut own)),
        }
    };
    let mut looked: Vec<Looked> = pieces.iter().map(look).collect();
    if own != *names {
        let own = Arc::new(own);
        for read in looked.iter_mut().filter_map(|looked| looked.read.as_mut()) {
            read.names = Some(Arc::clone(&own));
        }
    }
    looked
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::value::Choice;

    /// Items whose members differ: each has one that some others do not have.
    fn pieces(count: usize, kinds: usize) -> Vec<Piece> {
        let item = |n: usize| format!(r#"{{"slug":"{n}","own{}":{n}}}"#, n % kinds);
        let piece = |n| Piece::Json(Bytes::from(item(n)));
        (0..count).map(piece).collect()
    }

    fn wanted() -> Wanted {
        Wanted {
            values: Choice::ALL,
            text: Choice::of(["slug"]),
        }
    }

    #[test]
    fn it_is_as_if_one_had_come_after_the_other() {
        for kinds in [1, 7, 300] {
            let pieces = pieces(700, kinds);
            let (wanted, shared) = (wanted(), Mutex::new(Members::default()));
            let mut alone = Members::default();
            for answer in pieces.chunks(100) {
                let names = lock(&shared).clone();
                let groups = answer.chunks(GROUP);
                let looked = groups.flat_map(|pieces| group(None, &wanted, &names, pieces));
                for (piece, looked) in answer.iter().zip(looked) {
                    let Piece::Json(json) = piece else { continue };
                    let ahead = looked.read.and_then(|read| read.translated(&shared));
                    let ahead =
                        ahead.unwrap_or_else(|| Read::now(json, &wanted, &mut lock(&shared)));
                    let now = Read::now(json, &wanted, &mut alone);
                    assert_eq!(ahead.marks, now.marks);
                    assert_eq!(ahead.shown, now.shown);
                    let (ahead, now) = (ahead.item.unwrap(), now.item.unwrap());
                    assert_eq!((ahead.values, ahead.text), (now.values, now.text));
                }
            }
            assert_eq!(*lock(&shared), alone, "{kinds} kinds of items");
        }
    }
}
