//! What pages are made of, in memory: for a site that changes while somebody looks at it.
//!
//! What is known of a page stands by itself, so that it can be held against any later site: questions that several pages
//! ask are shared, and go with the last of them.

use std::sync::{Arc, Mutex};

use super::{PageTrace, QuestionId, Recording, lock};
use crate::value::Digest;

/// A question that was put, and its answer.
#[derive(Debug)]
pub(super) struct Put {
    question: Box<[u8]>,
    answer: Digest,
}

/// What one page was made of.
#[derive(Clone, Debug, Default)]
pub struct PageReads {
    /// Of what is its own.
    own: Digest,
    shared: Vec<Arc<Put>>,
    here: Vec<(Arc<Put>, Digest)>,
}

/// The questions of one site, in the order in which they were put.
#[derive(Debug, Default)]
pub(super) struct Questions(Mutex<Vec<Arc<Put>>>);

impl Questions {
    pub(super) fn add(&self, question: &[u8], answer: Digest) -> QuestionId {
        let mut all = lock(&self.0);
        let id = u32::try_from(all.len()).unwrap_or(u32::MAX);
        all.push(Arc::new(Put {
            question: Box::from(question),
            answer,
        }));
        QuestionId(id)
    }

    fn get(&self, id: QuestionId) -> Option<Arc<Put>> {
        lock(&self.0).get(id.index()).cloned()
    }
}

impl PageReads {
    /// Of a page whose trace was taken by a recording in memory; `None` by another one.
    #[must_use]
    pub fn of(trace: &PageTrace, recording: &Recording) -> Option<Self> {
        let questions = recording.questions()?;
        let shared = trace.shared.iter().map(|id| questions.get(*id));
        let here = trace.here.iter();
        let here = here.map(|(id, answer)| Some((questions.get(*id)?, *answer)));
        Some(Self {
            own: trace.own,
            shared: shared.collect::<Option<_>>()?,
            here: here.collect::<Option<_>>()?,
        })
    }

    /// The digest of what is the page's own.
    #[must_use]
    pub fn own(&self) -> &Digest {
        &self.own
    }

    /// What was asked.
    pub fn questions(&self) -> impl Iterator<Item = &[u8]> {
        let here = self.here.iter().map(|(put, _)| put);
        self.shared.iter().chain(here).map(|put| &*put.question)
    }

    /// The same page of another site, if everything it asked has the same answer there. `answer` gives that; what has the
    /// same answer for all pages is put to it once for each recording.
    pub fn again(
        &self,
        recording: &Recording,
        mut answer: impl FnMut(&[u8], Whose) -> Option<Digest>,
    ) -> Option<Self> {
        let questions = recording.questions()?;
        let mut put = |put: &Put, whose| {
            let known = recording.known(&put.question);
            let id = match known {
                Some(id) => id,
                None => {
                    let found = match whose {
                        Whose::Everybodys => answer(&put.question, whose)?,
                        Whose::ThePages => Digest::default(),
                    };
                    recording.ask(&put.question, || found)
                }
            };
            questions.get(id)
        };
        let mut shared = Vec::with_capacity(self.shared.len());
        for before in &self.shared {
            let now = put(before, Whose::Everybodys)?;
            if now.answer != before.answer {
                return None;
            }
            shared.push(now);
        }
        let mut here = Vec::with_capacity(self.here.len());
        for (before, known) in &self.here {
            here.push((put(before, Whose::ThePages)?, *known));
        }
        let is_same = |(put, known): &(Arc<Put>, Digest)| {
            answer(&put.question, Whose::ThePages).as_ref() == Some(known)
        };
        here.iter().all(is_same).then(|| Self {
            own: self.own,
            shared,
            here: here.clone(),
        })
    }

    /// About how much memory it takes, in bytes; what it shares with others is theirs as well.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + self.shared.len() * size_of::<Arc<Put>>()
            + self.here.len() * size_of::<(Arc<Put>, Digest)>()
    }
}

/// Whose an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// That of whoever asks.
    Everybodys,
    /// That of the page.
    ThePages,
}
