//! The short way: when nothing has changed, what is in place is the site.

use std::panic;
use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use super::{Began, Inputs, Report, Run, stoppable};
use crate::config::Config;
use crate::diag::Diagnostics;
use crate::fetch::Account;
use crate::output::{Commit, Sink};
use crate::progress::Stage;
use crate::query::QuerySet;
use crate::trace::{self, Asked, Confirmed, Figures, Trace, Tracer, Traces};

/// What is known of the last build with the same inputs into the same folder.
pub(super) struct Shortcut {
    traces: Traces,
    inputs: String,
    earlier: Option<Trace>,
    config: Arc<Config>,
    queries: Arc<QuerySet>,
}

/// A look at what is in place, which goes on while AEM is asked.
pub(super) struct Look<'s> {
    /// The build that made it.
    earlier: &'s Trace,
    thread: Option<ScopedJoinHandle<'s, Result<bool, Diagnostics>>>,
}

impl Look<'_> {
    /// Whether what is in place is what it was; not where somebody has heard that already.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn end(&mut self) -> Result<bool, Diagnostics> {
        match self.thread.take().map(ScopedJoinHandle::join) {
            Some(Ok(found)) => found,
            Some(Err(panicked)) => panic::resume_unwind(panicked),
            None => Ok(false),
        }
    }
}

impl Shortcut {
    /// Looks for it. `None` where inputs cannot be told apart: then there is no short way.
    pub(super) fn find(inputs: &Inputs) -> Option<Self> {
        let config = &inputs.config;
        let mut hash = trace::Inputs::of(config)?;
        for folder in super::inputs::FOLDERS {
            hash.add_folder(&config.root.join(folder)).ok()?;
        }
        let (inputs_hash, traces) = (hash.finish(), Traces::of(&config.cache, &config.output));
        Some(Self {
            earlier: traces.find(&inputs_hash),
            traces,
            inputs: inputs_hash,
            config: Arc::clone(config),
            queries: Arc::clone(&inputs.queries),
        })
    }

    /// Begins to look whether what is in place is what it was, if it comes from the last build. Should something have
    /// changed, the files that are as they were need not be looked at again.
    pub(super) fn look<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        sink: &'s dyn Sink,
    ) -> Option<Look<'s>> {
        let earlier = self.earlier.as_ref()?;
        sink.is_of(&earlier.manifest).then(|| Look {
            earlier,
            thread: Some(scope.spawn(|| sink.confirm(&earlier.manifest))),
        })
    }

    /// Takes it, if what is in place and what AEM has are what they were.
    ///
    /// # Errors
    /// What the guard says of the site in place: it may be held against other builds than when it was made.
    pub(super) fn take(
        &self,
        run: &Run<'_>,
        (sink, look): (&dyn Sink, &mut Look<'_>),
        began: Began,
    ) -> Result<Option<Report>, Diagnostics> {
        let earlier = look.earlier;
        let scratch = super::scratch(sink, earlier.figures.assets)?;
        run.progress
            .start(Stage::Confirm, Some(earlier.len() as u64));
        let asked = || run.progress.advance(Stage::Confirm, 1);
        let account = &run.record.account;
        let meter = |query: &str, language: Option<&str>| account.meter(query, language, None);
        let confirmed = async {
            let answers = earlier.confirm(&self.queries, run.source, asked, meter);
            let answers = began.deadline.hold(answers).await?;
            // Nothing is left for this thread to do but to wait for the look.
            let same = answers.is_some() && look.end()?;
            // The deadline is for answers: assets may take longer.
            let same = same && earlier.confirm_assets(run.source, &scratch, asked).await;
            Ok(answers.filter(|_| same))
        };
        let confirmed = run.runtime.block_on(stoppable(run.interrupt, confirmed))?;
        let Some(answers) = confirmed else {
            run.progress.leave(Stage::Confirm);
            return Ok(None);
        };
        // Somebody may have changed it while AEM was asked.
        if !sink.confirm(&earlier.manifest)? {
            run.progress.leave(Stage::Confirm);
            return Ok(None);
        }
        run.progress.finish(Stage::Confirm);
        answers.iter().for_each(Confirmed::count);
        self.judge(run, &earlier.figures)?;
        Ok(Some(self.report(run, &earlier.figures, sink.stay(), began)))
    }

    /// Puts what the site in place was made of into the account, and holds it against earlier builds.
    fn judge(&self, run: &Run<'_>, figures: &Figures) -> Result<(), Diagnostics> {
        let account = &run.record.account;
        for asked in &figures.asked {
            let variables = asked.variables.clone();
            account.meter(&asked.query, asked.language.as_deref(), variables);
        }
        for measure in &figures.measures {
            let mut measure = measure.clone();
            // The same answers may come from somebody else now, as from a snapshot.
            account.origin().clone_into(&mut measure.key.origin);
            account.measured(measure);
        }
        let judgement = run.judge(&self.config, &self.queries, &account.measures());
        judgement.found.finish(()).map(|_| ())
    }

    fn report(&self, run: &Run<'_>, figures: &Figures, commit: Commit, began: Began) -> Report {
        let usage = run.source.usage();
        Report {
            queries: self.queries.len(),
            items: figures.items,
            pages: figures.pages,
            rendered: 0,
            assets: figures.assets,
            query_requests: usage.requests.saturating_sub(figures.assets as u64),
            usage,
            commit,
            // What is in place is no other build to compare with.
            history: run.settings.history.clone(),
            remarks: Vec::new(),
            elapsed: began.at.elapsed(),
        }
    }

    /// Keeps what a build read for the next one. Its failure only makes that one take the long way.
    pub(super) fn keep(self, tracer: Tracer<'_>, report: &Report, account: &Account) {
        let asked = account.asked().into_iter().map(|spent| Asked {
            query: spent.query,
            language: spent.language,
            variables: spent.variables,
        });
        let figures = Figures {
            items: report.items,
            pages: report.pages,
            assets: report.assets,
            asked: asked.collect(),
            measures: account.measures(),
        };
        let Some(manifest) = report.commit.manifest.clone() else {
            return;
        };
        if let Some(trace) = tracer.finish(self.inputs, manifest, figures) {
            let _ = self.traces.keep(&trace);
        }
    }
}
