//! The actor at work: one step after the other, and after each what everybody sees from then on.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Runtime;

use super::inbox::{Ask, News, Teller, Wake};
use super::owed::{Owed, Part, Step};
use super::workshop::{Blame, Failure, Made, Outcome};
use crate::diag::{Diagnostic, Diagnostics, Kind, Severity};
use crate::serve::change::Change;
use crate::serve::moment::{Board, Earlier, Moment};
use crate::serve::poll::Schedule;

/// Makes sites.
pub(super) trait Work {
    /// Makes the site that follows from a change. `begin` hears when it is more than a question to AEM.
    fn make(&mut self, change: &Change, begin: &dyn Fn()) -> Outcome;

    /// A good site of an earlier build.
    fn earlier_build(&self) -> Option<Earlier>;
}

/// Everything between what is heard and what is shown.
pub(super) struct Shift<W> {
    work: W,
    ask: Ask,
    board: Arc<Board>,
    runtime: Arc<Runtime>,
    schedule: Schedule,
    /// When AEM is looked at next.
    at: Option<tokio::time::Instant>,
    owed: Owed,
    /// About the site that is shown.
    warnings: Diagnostics,
    /// Why it is not known whether there is newer content.
    trouble: Diagnostics,
    remarks: BTreeMap<Teller, Diagnostics>,
}

impl<W: Work> Shift<W> {
    pub(super) fn new(
        work: W,
        ask: Ask,
        board: Arc<Board>,
        runtime: Arc<Runtime>,
        schedule: Schedule,
    ) -> Self {
        Self {
            work,
            ask,
            board,
            runtime,
            schedule,
            at: None,
            owed: Owed::new(),
            warnings: Diagnostics::new(),
            trouble: Diagnostics::new(),
            remarks: BTreeMap::new(),
        }
    }

    /// Works until it is told to end.
    pub(super) fn run(mut self) {
        loop {
            let wake = match self.owed.next() {
                // What came meanwhile may be more urgent than what is next.
                Some(step) => match self.ask.take() {
                    None => {
                        self.step(&step);
                        continue;
                    }
                    Some(wake) => wake,
                },
                None => self.runtime.block_on(self.ask.wake(self.at)),
            };
            match wake {
                Wake::Closed => return,
                Wake::Time => {
                    self.at = None;
                    self.owed.look();
                }
                Wake::News(news) => self.hear(news),
            }
        }
    }

    fn hear(&mut self, news: News) {
        if !news.remarks.is_empty() {
            self.remarks.extend(news.remarks);
            self.show(|moment| moment);
        }
        if !news.change.is_empty() {
            self.owed.hear(news.change);
        }
    }

    fn step(&mut self, step: &Step) {
        let started = Instant::now();
        let (work, board) = (&mut self.work, &self.board);
        let begin = || {
            if !step.is_quiet && !board.now().working {
                board.show(|now| Moment {
                    working: true,
                    ..now.clone()
                });
            }
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| work.make(&step.change, &begin)));
        let outcome = outcome.unwrap_or_else(|panic| {
            let problems = panicked(&*panic);
            let blame = Blame::Files;
            Outcome::Failed(Failure { problems, blame })
        });
        let took = started.elapsed();
        match &outcome {
            Outcome::Same | Outcome::Made(..) => {
                self.owed.done(step.part);
                if step.part != Part::Files {
                    self.schedule.succeeded(took);
                }
            }
            Outcome::Failed(Failure { blame, .. }) => {
                self.owed.failed(step.part, *blame);
                match blame {
                    Blame::Aem => self.schedule.failed(took),
                    // It has answered.
                    Blame::Content => self.schedule.succeeded(took),
                    Blame::Files => {}
                }
            }
            Outcome::Unconfirmed(_) => {
                self.owed.failed(step.part, Blame::Aem);
                self.schedule.failed(took);
            }
            // The edit that came is heard before the same is next again.
            Outcome::PutOff => {}
        }
        self.plan(step.part);
        self.tell(step.part, outcome);
    }

    /// When AEM is looked at next. What only concerned files does not put that off.
    fn plan(&mut self, part: Part) {
        if self.owed.waits_for_edits() {
            self.at = None;
        } else if part != Part::Files || self.at.is_none() || self.schedule.is_failing() {
            let pause = self.schedule.pause();
            self.at = pause.map(|pause| tokio::time::Instant::now() + pause);
        }
    }

    fn tell(&mut self, part: Part, outcome: Outcome) {
        match outcome {
            Outcome::Same => {
                if part == Part::Files {
                    return self.show(|now| now);
                }
                self.trouble = Diagnostics::new();
                self.show(|now| Moment {
                    problems: Arc::default(),
                    ..now
                });
            }
            Outcome::Made(Made { site, source }, warnings) => {
                self.warnings = warnings;
                if part != Part::Files {
                    self.trouble = Diagnostics::new();
                }
                self.show(|now| Moment {
                    site: Some(site),
                    source: Some(source),
                    problems: Arc::default(),
                    fallback: None,
                    ..now
                });
            }
            Outcome::Failed(failure) => {
                let problems = match failure.blame {
                    Blame::Aem => again(failure.problems),
                    _ => failure.problems,
                };
                let fallback = match self.board.now().site {
                    Some(_) => None,
                    None => self.work.earlier_build(),
                };
                self.show(|now| Moment {
                    problems: Arc::new(problems),
                    fallback,
                    ..now
                });
            }
            Outcome::Unconfirmed(trouble) => {
                self.trouble = unconfirmed(&trouble);
                self.show(|now| now);
            }
            Outcome::PutOff => {}
        }
    }

    /// Shows another moment, if it is another.
    fn show(&self, next: impl FnOnce(Moment) -> Moment) {
        let mut warnings = self.warnings.clone();
        warnings.extend(self.trouble.clone());
        for remarks in self.remarks.values() {
            warnings.extend(remarks.clone());
        }
        let now = self.board.now();
        let next = next(Moment {
            working: false,
            warnings: Arc::new(warnings),
            ..Moment::clone(&now)
        });
        if !is_same(&now, &next) {
            self.board.show(|_| next);
        }
    }
}

/// Whether nobody could tell two moments apart.
fn is_same(one: &Moment, other: &Moment) -> bool {
    let site = |moment: &Moment| moment.site.as_ref().map(|site| site.number());
    one.working == other.working
        && site(one) == site(other)
        && one.fallback == other.fallback
        && one.problems == other.problems
        && one.warnings == other.warnings
}

/// Errors that are no reason to wait for anybody.
fn again(problems: Diagnostics) -> Diagnostics {
    let again = |problem: Diagnostic| match problem.severity {
        Severity::Error => problem.note("it is tried again by itself, after a while"),
        Severity::Warning => problem,
    };
    problems.iter().cloned().map(again).collect()
}

/// What to say of a site that is as good as before, but perhaps not as new as it could be.
fn unconfirmed(problems: &Diagnostics) -> Diagnostics {
    let unconfirmed = |problem: &Diagnostic| {
        let mut warning = problem.clone();
        warning.severity = Severity::Warning;
        warning.note(
            "the content that is shown came earlier; AEM is asked again by itself, after a while",
        )
    };
    let errors = problems.iter();
    let errors = errors.filter(|problem| problem.severity == Severity::Error);
    errors.map(unconfirmed).collect()
}

/// What to say when the making of a site ended in a way that it never should.
fn panicked(panic: &(dyn std::any::Any + Send)) -> Diagnostics {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Diagnostic::error(
        Kind::Content,
        "the site could not be made: frieze itself failed",
    )
    .maybe_note(words.map(str::to_owned))
    .note("this is a mistake in frieze, which something in the site has brought to light")
    .help("undo the last edit, or save a file to try again; please report what is said above")
    .into()
}
