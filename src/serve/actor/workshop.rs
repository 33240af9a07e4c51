//! How one site follows from the one before and a change.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::asking::{Asking, Manner, Sum};
use super::shift::Work;
use super::{Answers, Ask, Connect, Host, Means, Settings};
use crate::config::{self, Config};
use crate::diag::{Diagnostic, Diagnostics, Kind, Severity, Warned};
use crate::explain::{Subject, explain};
use crate::interrupt::Interrupt;
use crate::output;
use crate::pipeline::{self, Aim, Inputs, Ready, Record, Run};
use crate::progress::{Progress, Silent};
use crate::query::QuerySet;
use crate::serve::change::{Change, Content, Effect, Places, Word, differing};
use crate::serve::{Earlier, Snapshot};
use crate::source::{Source, SourceError};
use crate::trace::{Figures, Trace, Tracer};

/// What came of a change.
pub(super) enum Outcome {
    /// The site is as it was.
    Same,
    /// There is another site, and something to say about it.
    Made(Made, Diagnostics),
    /// There can be none, and why.
    Failed(Failure),
    /// AEM could not be asked whether there is new content. What there is counts on.
    Unconfirmed(Diagnostics),
    /// Something else came that cannot wait.
    PutOff,
}

/// Whose fault it is that there is no site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// That of files: only an edit can change something.
    Files,
    /// That of what AEM has said, together with the files: an edit may help, and so may new content.
    Content,
    /// That of AEM, or the way to it.
    Aem,
}

/// Why there is no site.
pub(super) struct Failure {
    pub(super) problems: Diagnostics,
    pub(super) blame: Blame,
}

/// A site, with who answers for it.
pub(super) struct Made {
    pub(super) site: Arc<Snapshot>,
    pub(super) source: Arc<dyn Source>,
}

/// Makes sites. What it knows of the last good one is all that it remembers.
pub(super) struct Workshop {
    settings: Settings,
    places: Places,
    connect: Box<dyn Connect>,
    ask: Ask,
    interrupt: Interrupt,
    runtime: Arc<Runtime>,
    /// For the first site.
    progress: Option<Arc<dyn Progress>>,
    host: Option<Box<dyn Host>>,
    last: Option<Last>,
    /// Whether CDNs are passed by: once somebody knows of something new, what they have kept may be older.
    word: Word,
}

/// The last good site.
struct Last {
    site: Arc<Snapshot>,
    /// What AEM was asked and said; none where that cannot be asked again as it is.
    trace: Option<Trace>,
    sum: Sum,
}

/// Answers that are not what they were.
struct Found {
    asking: Arc<Asking>,
    content: Content,
}

impl Workshop {
    pub(super) fn new(settings: Settings, means: Means, ask: Ask, interrupt: Interrupt) -> Self {
        Self {
            places: Places::new(&settings.root, &settings.overrides),
            settings,
            connect: means.connect,
            ask,
            interrupt,
            runtime: means.runtime,
            progress: Some(means.progress),
            host: None,
            last: None,
            word: Word::default(),
        }
    }

    /// Asks whether content has changed, without making anything of it. `None` where that cannot be asked.
    fn look(&self, last: &Last, content: &Content) -> Result<Option<Found>, Outcome> {
        let (Some(trace), Some(host)) = (&last.trace, &self.host) else {
            return Ok(None);
        };
        let site = last.site.site();
        let (config, queries) = (&site.config, &site.queries);
        let manner = self.manner();
        let upstream = Some(host.upstream());
        let asking = Asking::new(config, upstream, manner, content.clone());
        let changed = trace.changed(queries, &asking, |query| content.has(query));
        let changed = self.runtime.block_on(async {
            tokio::select! {
                changed = changed => Some(changed),
                () = self.ask.hurry() => None,
            }
        });
        match changed {
            None => Err(Outcome::PutOff),
            Some(Ok(changed)) => {
                let content = Content::of(changed);
                asking.about(content.clone());
                let asking = Arc::new(asking);
                Ok(Some(Found { asking, content }))
            }
            Some(Err((query, error))) => match unwell(config, queries, &query, &error) {
                Some(trouble) => Err(Outcome::Unconfirmed(trouble)),
                // What AEM says is an answer, if not a good one.
                None => Ok(None),
            },
        }
    }

    fn build(
        &mut self,
        change: &Change,
        effect: Effect,
        found: Option<Found>,
    ) -> Result<Outcome, Failure> {
        let mut warnings = Diagnostics::new();
        let Settings {
            root, overrides, ..
        } = &self.settings;
        let inputs = pipeline::prepare(root, overrides).map_err(Failure::of_files)?;
        let inputs = inputs.into_value(&mut warnings);
        self.places = self.places.clone().of(&inputs.config);
        let reached = self.reach(&inputs.config, effect, &mut warnings);
        reached.map_err(Failure::of_answers)?;
        let content = self.concerned(&inputs, change, effect);
        let asking = match found {
            Some(found) => found.asking,
            None => Arc::new(self.asking(&inputs.config, content.clone())),
        };
        let is_kept = content == Content::None;
        let ready = self.ready(inputs, &asking, is_kept);
        let (ready, trace) = ready.map_err(Failure::of_answers)?;
        let ready = ready.into_value(&mut warnings);
        let sum = asking.sum();
        if let Some(last) = &mut self.last
            && effect == Effect::Nothing
            && last.sum == sum
        {
            last.trace = trace;
            return Ok(Outcome::Same);
        }
        let site = Arc::new(match &self.last {
            Some(last) => last.site.successor(ready),
            None => Snapshot::first(ready),
        });
        let before = self.last.take();
        let (trace, sum) = match before.filter(|before| shares(&before.site, &site)) {
            Some(before) => (before.trace, before.sum),
            None => (trace, sum),
        };
        self.last = Some(Last {
            site: Arc::clone(&site),
            trace,
            sum,
        });
        self.progress = None;
        if self.settings.answers == Answers::Anew {
            self.settings.answers = Answers::Aem;
        }
        let source: Arc<dyn Source> = asking;
        Ok(Outcome::Made(Made { site, source }, warnings))
    }

    /// Everything but pages, and what was asked for it.
    fn ready(
        &self,
        inputs: Inputs,
        asking: &Asking,
        is_kept: bool,
    ) -> Result<(Warned<Ready>, Option<Trace>), Diagnostics> {
        let tracer = Tracer::new(asking);
        let record = Record::of(inputs.config.aem.origin.name(&inputs.config.root));
        let settings = pipeline::Settings {
            aim: Aim::Preview,
            ..pipeline::Settings::default()
        };
        let run = Run {
            source: &tracer,
            progress: self.progress.as_deref().unwrap_or(&Silent),
            interrupt: &self.interrupt,
            runtime: &self.runtime,
            settings: &settings,
            record: &record,
        };
        let kept = self.last.as_ref().filter(|_| is_kept);
        let ready = run.ready(inputs, kept.map(|last| last.site.content()))?;
        let trace = tracer.finish(String::new(), String::new(), Figures::default());
        Ok((ready, trace))
    }

    /// Finds the way to AEM, where it may be another one.
    fn reach(
        &mut self,
        config: &Config,
        effect: Effect,
        warnings: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        if self.settings.answers == Answers::Kept {
            return Ok(());
        }
        if self.host.is_none() || effect >= Effect::Settings {
            // The one before is gone whatever comes: it is not what the configuration names.
            self.host = None;
            let host = self.connect.connect(config, &self.ask)?;
            self.host = Some(host.into_value(warnings));
        }
        Ok(())
    }

    /// Whose answers are asked for.
    fn concerned(&self, inputs: &Inputs, change: &Change, effect: Effect) -> Content {
        let Some(last) = &self.last else {
            return Content::All;
        };
        let before = last.site.site();
        let is_another = format!("{:?}", before.config.aem) != format!("{:?}", inputs.config.aem);
        if effect >= Effect::Access || is_another {
            return Content::All;
        }
        let differing = Content::of(differing(&before.queries, &inputs.queries));
        change.content.clone().and(differing)
    }

    fn asking(&self, config: &Config, content: Content) -> Asking {
        let upstream = self.host.as_ref().map(|host| host.upstream());
        Asking::new(config, upstream, self.manner(), content)
    }

    fn manner(&self) -> Manner {
        Manner {
            answers: self.settings.answers,
            word: self.word,
        }
    }

    /// What it means that a site could not be made.
    fn failed(&mut self, failure: Failure, effect: Effect) -> Outcome {
        if failure.blame != Blame::Aem {
            return Outcome::Failed(failure);
        }
        // The next attempt finds the way anew: a token that could not be had is not asked for again otherwise.
        self.host = None;
        match (effect, &self.last) {
            (Effect::Nothing, Some(_)) => Outcome::Unconfirmed(failure.problems),
            _ => Outcome::Failed(failure),
        }
    }
}

impl Work for Workshop {
    fn make(&mut self, change: &Change, begin: &dyn Fn()) -> Outcome {
        self.word = self.word.max(change.word);
        let effect = self.places.effect_of(&change.files);
        let found = match (&self.last, effect) {
            (Some(_), Effect::Nothing) if change.content == Content::None => return Outcome::Same,
            (Some(last), Effect::Nothing) => match self.look(last, &change.content) {
                Ok(Some(found)) if found.content == Content::None => return Outcome::Same,
                Ok(found) => found,
                Err(outcome) => return outcome,
            },
            _ => None,
        };
        begin();
        let made = self.build(change, effect, found);
        made.unwrap_or_else(|failure| self.failed(failure, effect))
    }

    fn earlier_build(&self) -> Option<Earlier> {
        let settings = &self.settings;
        let config = config::load(&settings.root, &settings.overrides).config?;
        let is_ours = config.output.join(output::MANIFEST).is_file();
        is_ours.then_some(Earlier {
            folder: config.output,
            base: config.base_url,
        })
    }
}

impl Failure {
    fn of_files(problems: Diagnostics) -> Self {
        Self {
            problems,
            blame: Blame::Files,
        }
    }

    /// Of what AEM says, or does not say.
    fn of_answers(problems: Diagnostics) -> Self {
        let is_of_aem =
            |found: &Diagnostic| found.severity == Severity::Warning || found.kind == Kind::Remote;
        let blame = match problems.iter().all(is_of_aem) {
            true => Blame::Aem,
            false => Blame::Content,
        };
        Self { problems, blame }
    }
}

/// Whether two sites have the same content, so that what was asked for the first is what the second is made of.
fn shares(one: &Snapshot, other: &Snapshot) -> bool {
    Arc::ptr_eq(one.content(), other.content())
}

/// What to say when AEM is in trouble; nothing if it has answered.
fn unwell(
    config: &Config,
    queries: &QuerySet,
    query: &str,
    error: &SourceError,
) -> Option<Diagnostics> {
    let subject = match queries.find(query) {
        Some(id) => Subject::query(queries.get(id)),
        None => Subject::host(),
    };
    let diagnostic: Diagnostic = explain(&subject, error, &config.aem);
    (diagnostic.kind == Kind::Remote).then(|| diagnostic.into())
}
