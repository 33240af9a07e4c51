//! What each page of a build was made of, so that the next build can tell whether it would come out the same.
//!
//! A page follows from what is its own — the texts of its templates, its variables, its item — and from what its templates
//! looked up while it was rendered: other items, addresses, words. Of the first there is one digest. The second are
//! [questions](Recording::ask), each with the digest of its answer; many pages ask the same, so they are kept once. The
//! next build asks the same questions, without rendering anything, and if all answers are what they were, so is the page.
//! That is a verifying trace with early cut-off: what changed and made no difference to an answer goes no further.
//!
//! What a question means is the renderer's business. Here they are bytes.

mod file;
mod memory;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use file::{Reader, Writer};
use foldhash::fast::RandomState;
use memory::Questions;

pub use memory::{PageReads, Whose};

use crate::value::{Digest, digest};

/// A question, by its place among those of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(u32);

impl QuestionId {
    /// The question of a number; the last number is none's.
    #[must_use]
    pub fn of(number: u32) -> Option<Self> {
        (number != u32::MAX).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The place.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What one page was made of, and what came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageTrace {
    /// Of what is its own.
    pub own: Digest,
    /// What was looked up and is the same for whoever asks.
    pub shared: Vec<QuestionId>,
    /// What was looked up from this page, with its answer: another page may get another one.
    pub here: Vec<(QuestionId, Digest)>,
    /// What was filled in when the page's assets were there.
    pub filled: Option<Filled>,
    /// The hash of the page.
    pub hash: [u8; 32],
    /// Its length, in bytes.
    pub size: u64,
}

/// What was filled into a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// The words that stood for it, each once.
    pub words: Vec<[u8; 16]>,
    /// The digest of what came in their places.
    pub digest: Digest,
}

/// The pages of the build before.
#[derive(Debug)]
pub struct Earlier(Reader);

impl Earlier {
    /// Reads what a build wrote down; `None` when there is nothing, or it is damaged, or was made in another environment.
    #[must_use]
    pub fn open(file: &Path, environment: &Digest) -> Option<Self> {
        Reader::open(file, environment).map(Self)
    }

    /// The trace of the page with that output path.
    #[must_use]
    pub fn page(&self, path: &str) -> Option<PageTrace> {
        self.0.page(path)
    }

    /// The digest of all addresses, if it was written down.
    #[must_use]
    pub fn addresses(&self) -> Option<Digest> {
        self.0.addresses()
    }

    /// How many questions there were.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.0.questions()
    }

    /// A question and the digest of its answer.
    #[must_use]
    pub fn question(&self, id: QuestionId) -> Option<(&[u8], Digest)> {
        self.0.question(id)
    }
}

/// The questions asked so far are spread, so that threads do not wait for each other.
const SHARDS: usize = 64;

/// Where it is written down.
#[derive(Debug)]
enum Place {
    /// In a file, until that is finished.
    File(Mutex<Option<Box<Writer>>>),
    /// Nowhere else: whoever wants to keep a page has [`PageReads`] of it.
    Memory(Questions),
}

/// Questions by their digests.
type Known = HashMap<Digest, QuestionId, RandomState>;

/// Writes down what the pages of a build are made of.
#[derive(Debug)]
pub struct Recording {
    place: Place,
    known: Vec<Mutex<Known>>,
}

impl Recording {
    /// Begins a file that takes the place of an earlier one when it is finished.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn start(file: &Path, environment: &Digest) -> io::Result<Self> {
        let writer = Writer::start(file, environment)?;
        Ok(Self::at(Place::File(Mutex::new(Some(Box::new(writer))))))
    }

    /// Begins one that no file is made of.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::at(Place::Memory(Questions::default()))
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            known: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Whether no file is made of it.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        matches!(self.place, Place::Memory(_))
    }

    fn questions(&self) -> Option<&Questions> {
        match &self.place {
            Place::Memory(questions) => Some(questions),
            Place::File(_) => None,
        }
    }

    /// A question that somebody has put before.
    fn known(&self, question: &[u8]) -> Option<QuestionId> {
        let digest = digest(question);
        lock(self.shard(&digest)).get(&digest).copied()
    }

    fn shard(&self, question: &Digest) -> &Mutex<Known> {
        &self.known[usize::from(question[0]) % SHARDS]
    }

    /// Notes a question. Its answer is asked for if nobody has put the question before: in one build there is one answer.
    pub fn ask(&self, question: &[u8], answer: impl FnOnce() -> Digest) -> QuestionId {
        let digest = digest(question);
        let mut known = lock(self.shard(&digest));
        if let Some(id) = known.get(&digest) {
            return *id;
        }
        let answer = answer();
        let id = match &self.place {
            Place::File(writer) => {
                let mut writer = lock(writer);
                let id = writer.as_mut();
                let id = id.map(|writer| writer.question(question, &answer));
                id.unwrap_or(QuestionId(u32::MAX))
            }
            Place::Memory(questions) => questions.add(question, answer),
        };
        known.insert(digest, id);
        id
    }

    /// Notes the digest of all that addresses follow from: while it stays, no question about one has to be asked again.
    pub fn addresses(&self, digest: &Digest) {
        if let Place::File(writer) = &self.place
            && let Some(writer) = lock(writer).as_mut()
        {
            writer.addresses(digest);
        }
    }

    /// Notes a page.
    pub fn page(&self, path: &str, trace: &PageTrace) {
        if let Place::File(writer) = &self.place
            && let Some(writer) = lock(writer).as_mut()
        {
            writer.page(path, trace);
        }
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// When something could not be written, now or before; then the earlier file stays.
    pub fn finish(&self) -> io::Result<()> {
        let Place::File(writer) = &self.place else {
            return Ok(());
        };
        let writer = lock(writer).take();
        writer.map_or(Ok(()), |writer| writer.finish())
    }
}

/// What is behind these locks is never left half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
