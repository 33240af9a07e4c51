//! The order of a build. Every stage is elsewhere; only this file knows all of them.
//!
//! [`prepare`] reads what is on disk and finds every mistake in it. [`Run::ready`] asks the source, indexes the answers
//! and plans the routes. [`Run::build`] goes on from there: it renders, fetches the assets that pages asked for, and
//! commits. Nothing
//! is visible before the commit, and a stage that found errors is the last one.

mod guarded;
mod inputs;
mod ready;
mod record;
mod shortcut;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::artifact::{Artifact, OutputPath};
use crate::asset;
use crate::diag::{Diagnostics, Warned};
use crate::fetch::Deadline;
use crate::guard::{History, Leaks};
use crate::interrupt::{Interrupt, stopped};
use crate::output::{Commit, Scratch, Sink};
use crate::progress::Progress;
use crate::render::{self, Site, Templates};
use crate::source::{Source, Usage};
use crate::trace::Tracer;

pub use inputs::{Definitions, Inputs, definitions, folders, prepare};
pub use ready::{Aim, Content, Ready, with_store};
pub use record::{Memory, Record, StageCost};

use guarded::Guarded;
use shortcut::Shortcut;

/// What warnings mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warnings {
    /// They are told.
    #[default]
    Allow,
    /// They stop the build before anything is visible.
    Deny,
}

/// What a build takes over from earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Whatever would come out as it is.
    #[default]
    Same,
    /// Nothing but answers.
    Nothing,
}

/// What somebody decides about one build, beside what the site says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What warnings mean.
    pub warnings: Warnings,
    /// `--accept-shrink`: definitions of which less may come than before.
    pub accept_shrink: Vec<String>,
    /// What is taken over from earlier builds.
    pub reuse: Reuse,
    /// What earlier builds brought.
    pub history: History,
    /// What the site is made for.
    pub aim: Aim,
    /// When the build was started, as the history will tell it.
    pub now: String,
}

/// What a build did.
#[derive(Clone, Debug)]
pub struct Report {
    /// Definitions asked.
    pub queries: usize,
    /// Items known.
    pub items: usize,
    /// Pages of the site.
    pub pages: usize,
    /// How many of them were rendered; the others are known to be as they are in place.
    pub rendered: usize,
    /// Assets of AEM downloaded.
    pub assets: usize,
    /// Requests sent for queries.
    pub query_requests: u64,
    /// Requests sent and bytes received, assets included.
    pub usage: Usage,
    /// What changed in the output.
    pub commit: Commit,
    /// What earlier builds brought, and this one.
    pub history: History,
    /// What is to be said about what the guard let through, a line each.
    pub remarks: Vec<String>,
    /// From the first request to the end of the commit.
    pub elapsed: Duration,
}

/// When a build began to ask.
#[derive(Clone, Copy)]
struct Began {
    at: Instant,
    /// When all answers have to be there.
    deadline: Deadline,
}

/// One build: what its stages share.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Who answers.
    pub source: &'a dyn Source,
    /// Hears how far the build has come.
    pub progress: &'a dyn Progress,
    /// A wish to stop.
    pub interrupt: &'a Interrupt,
    /// The threads for the network.
    pub runtime: &'a Runtime,
    /// What was decided about this build.
    pub settings: &'a Settings,
    /// What is known about it whatever becomes of it.
    pub record: &'a Record,
}

impl Run<'_> {
    /// Builds a site into a sink.
    ///
    /// # Errors
    /// Everything the first stage that failed has found, with the warnings of those before it; the sink is
    /// dropped without a commit.
    pub fn build(
        &self,
        inputs: Inputs,
        sink: Box<dyn Sink>,
    ) -> Result<Warned<Report>, Diagnostics> {
        let mut found = Diagnostics::new();
        match self.run(inputs, sink, &mut found) {
            Ok(report) => found.finish(report),
            Err(errors) => {
                // A warning of an earlier stage may be what explains the error of a later one.
                found.extend(errors);
                Err(found)
            }
        }
    }

    /// The whole build, by the short way if that is open.
    fn run(
        &self,
        inputs: Inputs,
        sink: Box<dyn Sink>,
        found: &mut Diagnostics,
    ) -> Result<Report, Diagnostics> {
        let began = Began {
            at: Instant::now(),
            deadline: Deadline::after(inputs.config.fetch.deadline),
        };
        let shortcut = match self.settings.reuse {
            Reuse::Same => Shortcut::find(&inputs),
            Reuse::Nothing => None,
        };
        let Some(shortcut) = shortcut else {
            let ready = self.make_ready(inputs, None, began.deadline, found)?;
            return self.all(ready, sink, found, began);
        };
        let tracer = Tracer::new(self.source);
        let traced = Run {
            source: &tracer,
            ..*self
        };
        let ready = match self.way(&traced, inputs, (&shortcut, &*sink), found, began)? {
            ControlFlow::Break(report) => return Ok(report),
            ControlFlow::Continue(ready) => ready,
        };
        let report = traced.all(ready, sink, found, began)?;
        // Warnings are to be told again.
        if found.is_empty() {
            shortcut.keep(tracer, &report, &self.record.account);
        }
        Ok(report)
    }

    /// Looks at what is in place and asks for all answers at the same time: one waits for the disk, the other for AEM. The
    /// build has then come to its end where nothing has changed, and to its first page otherwise.
    fn way(
        &self,
        traced: &Run<'_>,
        inputs: Inputs,
        (shortcut, sink): (&Shortcut, &dyn Sink),
        found: &mut Diagnostics,
        began: Began,
    ) -> Result<ControlFlow<Report, Ready>, Diagnostics> {
        thread::scope(|scope| {
            let look = || shortcut.look(scope, sink);
            let mut look = self.may_stay().then(look).flatten();
            if let Some(look) = &mut look {
                let take = || shortcut.take(self, (sink, look), began);
                if let Some(report) = self.record.time("confirm", take)? {
                    found.extend(self.source.warnings());
                    return Ok(ControlFlow::Break(report));
                }
            }
            let ready = traced.make_ready(inputs, None, began.deadline, found)?;
            if let Some(look) = &mut look {
                look.end()?;
            }
            Ok(ControlFlow::Continue(ready))
        })
    }

    /// Whether the guard needs nothing but the numbers of a site that stays as it is. Without a history it is
    /// to learn what there is, and what is accepted goes into the history.
    fn may_stay(&self) -> bool {
        let settings = self.settings;
        settings.accept_shrink.is_empty() && !settings.history.is_empty()
    }

    /// Makes all pages of a site, and puts them in place.
    fn all(
        &self,
        ready: Ready,
        sink: Box<dyn Sink>,
        found: &mut Diagnostics,
        began: Began,
    ) -> Result<Report, Diagnostics> {
        let &Self {
            source,
            interrupt,
            settings,
            record,
            ..
        } = self;
        // Assets have not been asked for yet.
        let query_requests = source.usage().requests;
        let Ready {
            templates,
            site,
            generated,
            judgement,
            content,
        } = ready;
        let own = site.routes.pages().iter().map(|page| &page.output);
        let own = own.chain(generated.iter().map(|artifact| &artifact.path));
        let own = own.chain(site.statics.outputs()).map(OutputPath::as_str);
        let leaks = Leaks::new(&site.config, source.tokens(), own)?;
        let guarded = Guarded {
            sink: &*sink,
            leaks: &leaks,
            interrupt,
        };
        let assets = guarded.judge(self.make(&templates, &site, generated, &guarded, found))?;

        if settings.warnings == Warnings::Deny && !found.is_empty() {
            return Err(std::mem::take(found).denied());
        }
        interrupt.check()?;
        let (queries, items) = (site.queries.len(), site.store.len());
        let (pages, rendered) = (site.routes.pages().len(), site.reads.rendered());
        let recording = site.reads.recording();
        // The commit needs memory of its own, and nobody these any more.
        drop((content, site, templates));
        let commit = record.time("commit", || sink.commit())?;
        // A failure only makes the next build render everything.
        let _ = recording.map(|recording| recording.finish());
        let mut history = settings.history.clone();
        history.add(
            &record.account.measures(),
            &judgement.let_through,
            &settings.now,
        );
        let report = Report {
            queries,
            items,
            pages,
            rendered,
            assets,
            query_requests,
            usage: source.usage(),
            commit,
            history,
            remarks: judgement.remarks,
            elapsed: began.at.elapsed(),
        };
        Ok(report)
    }

    /// Renders and stages everything; how many assets of AEM there are.
    fn make(
        &self,
        templates: &Templates,
        site: &Arc<Site>,
        generated: Vec<Artifact>,
        output: &Guarded<'_>,
        found: &mut Diagnostics,
    ) -> Result<usize, Diagnostics> {
        let (source, progress) = (self.source, self.progress);
        let record = self.record;
        let render = || render::render(templates, site, output, progress);
        let deferred = record.time("render", render)?.into_value(found);
        let asked = site.assets.finish();
        let downloads = scratch(output.sink, asked.len())?;
        let staged = |artifact| output.stage(artifact).map(|_| ());
        let replacements = asset::fetch(source, &site.config, &asked, &downloads, progress, staged);
        let fetch = || {
            self.runtime
                .block_on(stoppable(self.interrupt, replacements))
        };
        let replacements = record.time("assets", fetch)?.into_value(found);
        found.extend(source.warnings());
        record.time("finish", || {
            deferred.finish((templates, site), &replacements, output)?;
            let mut files = generated.into_iter().chain(site.statics.artifacts());
            files.try_for_each(|artifact| output.stage(artifact).map(|_| ()))
        })?;
        Ok(asked.len())
    }
}

/// Room for downloads; none is made where there are none.
fn scratch(sink: &dyn Sink, assets: usize) -> Result<Scratch, Diagnostics> {
    if assets == 0 {
        return Ok(Scratch::default());
    }
    sink.scratch()
}

/// Gives a stage up as soon as somebody wishes to stop.
async fn stoppable<T>(
    interrupt: &Interrupt,
    stage: impl Future<Output = Result<T, Diagnostics>>,
) -> Result<T, Diagnostics> {
    tokio::select! {
        result = stage => result,
        () = interrupt.wait() => Err(stopped()),
    }
}
