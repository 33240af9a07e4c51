//! Room for texts that are unpacked, used again and again.
//!
//! An answer is as long as the one before it, and nobody reads it for long. Memory that goes back to the system each time
//! and comes again has to be cleared and mapped each time, which takes as long as half the unpacking.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// So many pieces of room are kept at once,
const MOST: usize = 8;

/// and none that is longer, in bytes.
const LONGEST: usize = 2 << 20;

/// Room is longer than the text it is made for by one in so many parts: no two answers are equally long, and where one was
/// that was shorter by a few letters, the next would find no room.
const MORE: usize = 8;

/// Room for texts, where others were that nobody reads any more. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Room(Arc<Mutex<Vec<Vec<u8>>>>);

impl Room {
    /// Room for a text of this length, with anything in it.
    pub(super) fn take(&self, length: usize) -> Piece {
        let mut kept = self.kept();
        let fitting = kept.iter().position(|buffer| buffer.len() >= length);
        let buffer = match fitting {
            Some(at) => Some(kept.swap_remove(at)),
            None => {
                // Texts have become longer: the shortest room makes way.
                let shortest = (0..kept.len()).min_by_key(|&at| kept[at].len());
                if let Some(at) = shortest.filter(|_| kept.len() == MOST && length <= LONGEST) {
                    kept.swap_remove(at);
                }
                None
            }
        };
        drop(kept);
        Piece {
            room: self.clone(),
            buffer: buffer.unwrap_or_else(|| vec![0; length + length / MORE]),
            length,
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for one text. It is given back when nobody has it any more.
pub(super) struct Piece {
    room: Room,
    /// Longer than the text, mostly, and with what was there before.
    buffer: Vec<u8>,
    length: usize,
}

impl Piece {
    /// What is to be filled.
    pub(super) fn bytes(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.length]
    }

    /// The text, when all of it is there.
    pub(super) fn filled(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let mut kept = self.room.kept();
        if kept.len() < MOST && self.buffer.len() <= LONGEST {
            kept.push(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(room: &Room, length: usize, with: u8) -> Bytes {
        let mut piece = room.take(length);
        piece.bytes().fill(with);
        piece.filled()
    }

    #[test]
    fn room_is_used_again_when_nobody_reads_what_is_there() {
        let room = Room::default();
        let first = text(&room, 100, 1);
        let part = first.slice(90..);
        let place = first.as_ptr();
        drop(first);
        let other = text(&room, 50, 2);
        assert_ne!(other.as_ptr(), place, "somebody still reads a part");
        assert_eq!(part, [1; 10][..]);
        drop(part);
        // Shorter, longer, and as long again.
        for length in [70, 100, 60, 100, 100 + 100 / MORE] {
            let next = text(&room, length, 3);
            assert_eq!(next, vec![3; length]);
            assert_eq!(next.as_ptr(), place);
        }
        assert_eq!(other, [2; 50][..]);
        assert_eq!(text(&room, 0, 0), Bytes::new());
    }

    #[test]
    fn not_much_is_kept() {
        let room = Room::default();
        let texts: Vec<Bytes> = (0..2 * MOST).map(|_| text(&room, 10, 1)).collect();
        drop(texts);
        assert_eq!(room.kept().len(), MOST);
        drop(text(&room, LONGEST + 1, 1));
        assert!(room.kept().iter().all(|buffer| buffer.len() <= LONGEST));
    }

    #[test]
    fn what_is_too_short_makes_way() {
        let room = Room::default();
        let short: Vec<Bytes> = (1..=MOST).map(|n| text(&room, 10 * n, 1)).collect();
        drop(short);
        // What is not kept itself makes nothing go.
        drop(text(&room, LONGEST + 1, 1));
        for length in [1_000, 2_000] {
            let long = text(&room, length, 2);
            let place = long.as_ptr();
            drop(long);
            assert_eq!(text(&room, length + 1, 3).as_ptr(), place);
        }
        let mut left: Vec<usize> = room.kept().iter().map(|buffer| buffer.len() / 10).collect();
        left.sort_unstable();
        assert_eq!(left[..2], [3, 4], "the two shortest went");
    }
}
