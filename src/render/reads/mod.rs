//! What templates look up while a page is rendered, and whether the next build would find the same.
//!
//! While a page is rendered, every function and filter that asks the site notes its [`Question`] here, with the digest
//! of the answer ([`capture`]). The next build puts the questions of a page again, without rendering it. Where its own
//! digest ([`own`](super::own)) and all answers are the same, so is the page, and the file in place is kept. A question
//! that many pages ask is put once in a build.
//!
//! Asking has no effects: what a page needs besides — an asset, the copy of a static file — is a [demand], and is made
//! only when the page is kept. Whatever cannot be told counts as changed.

mod addresses;
mod capture;
mod demand;
mod describe;
mod question;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

pub(super) use capture::{Told, call, captured, forget, link, look_up, noted, refer, spoil};
pub(super) use demand::{asset, pictures, static_file};
pub use describe::{Read, ReadKind, read_by};
pub(super) use question::{Function, Scope};

use question::{Asker, Question};

use super::Site;
use super::page::Count;
use crate::asset::AssetPlan;
use crate::route::Page;
use crate::trace::pages::{Earlier, PageReads, PageTrace, QuestionId, Recording, Whose};
use crate::value::Digest;

/// What is known about a question of the build before.
mod state {
    pub(super) const UNKNOWN: u8 = 0;
    pub(super) const SAME: u8 = 1;
    pub(super) const OTHER: u8 = 2;
}

/// No question of this build yet.
const NOT_ASKED: u32 = u32::MAX;

/// The reads of the pages of one build, and of the build before.
#[derive(Debug, Default)]
pub struct Reads {
    recording: Option<Arc<Recording>>,
    before: Option<Before>,
    rendered: Count,
}

/// The build before.
#[derive(Debug)]
struct Before {
    pages: Earlier,
    states: Vec<AtomicU8>,
    /// The same questions in this build.
    asked: Vec<AtomicU32>,
    /// Whether all addresses are known to be what they were.
    has_same_addresses: AtomicBool,
}

impl Reads {
    /// Those that are to be written down, and what was written down before.
    #[must_use]
    pub fn new(recording: Option<Recording>, before: Option<Earlier>) -> Self {
        let before = before.map(|pages| Before {
            states: (0..pages.questions())
                .map(|_| AtomicU8::new(state::UNKNOWN))
                .collect(),
            asked: (0..pages.questions())
                .map(|_| AtomicU32::new(NOT_ASKED))
                .collect(),
            has_same_addresses: AtomicBool::new(false),
            pages,
        });
        Self {
            recording: recording.map(Arc::new),
            before,
            rendered: Count::default(),
        }
    }

    /// Finds out what all pages of a site have in common, and writes it down.
    pub(super) fn begin(&self, site: &Site) {
        let recording = self.recording.as_deref().filter(|own| !own.is_in_memory());
        if recording.is_none() && self.before.is_none() {
            return;
        }
        let addresses = addresses::digest(site);
        if let Some(recording) = recording {
            recording.addresses(&addresses);
        }
        if let Some(before) = &self.before {
            let is_same = before.pages.addresses() == Some(addresses);
            before.has_same_addresses.store(is_same, Ordering::Relaxed);
        }
    }

    /// Counts a page that is rendered.
    pub(super) fn count(&self) {
        self.rendered.one();
    }

    /// How many pages were rendered.
    #[must_use]
    pub fn rendered(&self) -> usize {
        self.rendered.get()
    }

    /// Whether anything is to be written down.
    pub(super) fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// Whether it is written down for a preview.
    pub(super) fn is_in_memory(&self) -> bool {
        self.recording
            .as_ref()
            .is_some_and(|own| own.is_in_memory())
    }

    /// What a page has read, apart from this site; `None` where that is not kept in memory.
    pub(super) fn apart(&self, trace: &PageTrace) -> Option<PageReads> {
        PageReads::of(trace, self.recording.as_ref()?)
    }

    /// The reads of a page of an earlier site, if they are the same in this one.
    pub(super) fn again(&self, site: &Site, page: &Page, before: &PageReads) -> Option<PageReads> {
        let recording = self.recording.as_ref()?;
        before.again(recording, |question, whose| {
            let page = match whose {
                Whose::Everybodys => None,
                Whose::ThePages => Some(page),
            };
            let question = Question::decode(question)?;
            capture::dry(|| question.answer(&Asker { site, page }))
        })
    }

    /// Whether there was a build before.
    pub(super) fn has_earlier(&self) -> bool {
        self.before.is_some()
    }

    /// The trace of a page that would come out as it did in the build before.
    pub(super) fn same(&self, site: &Site, page: &Page, own: &Digest) -> Option<PageTrace> {
        let before = self.before.as_ref()?;
        let trace = before.pages.page(page.output.as_str())?;
        let same = trace.own == *own
            && trace.shared.iter().all(|id| before.is_same(site, *id))
            && trace
                .here
                .iter()
                .all(|(id, answer)| before.answer(site, *id, Some(page)).as_ref() == Some(answer));
        same.then_some(trace)
    }

    /// Makes the demands of a page that is kept.
    pub(super) fn demand(&self, site: &Site, trace: &PageTrace) {
        let Some(before) = &self.before else { return };
        for id in &trace.shared {
            if let Some((question, _)) = before.pages.question(*id)
                && Question::is_demand(question)
                && let Some(Question::Demand(demand)) = Question::decode(question)
            {
                demand.make(site);
            }
        }
    }

    /// Writes down a page that is kept, with its questions in their places of this build.
    pub(super) fn keep(&self, page: &Page, mut trace: PageTrace) {
        let (Some(before), Some(recording)) = (&self.before, &self.recording) else {
            return;
        };
        let shared = trace.shared.iter();
        let shared: Option<Vec<_>> = shared.map(|id| before.again(recording, *id)).collect();
        let here = trace.here.iter();
        let here: Option<Vec<_>> = here
            .map(|(id, answer)| Some((before.again(recording, *id)?, *answer)))
            .collect();
        if let (Some(shared), Some(here)) = (shared, here) {
            (trace.shared, trace.here) = (shared, here);
            recording.page(page.output.as_str(), &trace);
        }
    }

    /// Writes down a page that was rendered.
    pub(super) fn record(&self, page: &Page, trace: &PageTrace) {
        if let Some(recording) = &self.recording {
            recording.page(page.output.as_str(), trace);
        }
    }

    /// What is written down of this build, for whoever has no other use for the site.
    #[must_use]
    pub fn recording(&self) -> Option<Arc<Recording>> {
        self.recording.clone()
    }
}

/// The assets that a page needs.
pub(super) fn assets(reads: &PageReads) -> AssetPlan {
    let plan = AssetPlan::default();
    for question in reads.questions() {
        if Question::is_demand(question)
            && let Some(Question::Demand(demand)) = Question::decode(question)
        {
            demand.note(&plan);
        }
    }
    plan
}

impl Before {
    /// Whether a question that has one answer in a build has the same as before.
    fn is_same(&self, site: &Site, id: QuestionId) -> bool {
        let (Some(known), Some((question, before))) =
            (self.states.get(id.index()), self.pages.question(id))
        else {
            return false;
        };
        match known.load(Ordering::Relaxed) {
            state::SAME => return true,
            state::OTHER => return false,
            _ => {}
        }
        if self.has_same_addresses.load(Ordering::Relaxed) && addresses::decide(question) {
            return true;
        }
        // Two threads may both find out; they find the same.
        let same = self.answer(site, id, None) == Some(before);
        known.store(
            if same { state::SAME } else { state::OTHER },
            Ordering::Relaxed,
        );
        same
    }

    /// The answer in this build.
    fn answer(&self, site: &Site, id: QuestionId, page: Option<&Page>) -> Option<Digest> {
        let (question, _) = self.pages.question(id)?;
        let question = Question::decode(question)?;
        capture::dry(|| question.answer(&Asker { site, page }))
    }

    /// The place of a question in this build.
    fn again(&self, recording: &Recording, id: QuestionId) -> Option<QuestionId> {
        let known = self.asked.get(id.index())?;
        if let Some(id) = QuestionId::of(known.load(Ordering::Relaxed)) {
            return Some(id);
        }
        let (question, answer) = self.pages.question(id)?;
        let id = recording.ask(question, || answer);
        known.store(id.number(), Ordering::Relaxed);
        Some(id)
    }
}
