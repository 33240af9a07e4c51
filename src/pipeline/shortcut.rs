//! The short way: when nothing has changed, what is in place is the site.

use std::sync::Arc;
use std::time::Instant;

use super::{Inputs, Report, Run, stoppable};
use crate::config::Config;
use crate::diag::Diagnostics;
use crate::fetch;
use crate::output::{Commit, Sink};
use crate::progress::Stage;
use crate::query::QuerySet;
use crate::trace::{self, Figures, Trace, Tracer, Traces};

/// What is known of the last build with the same inputs into the same folder.
pub(super) struct Shortcut {
    traces: Traces,
    inputs: String,
    earlier: Option<Trace>,
    config: Arc<Config>,
    queries: Arc<QuerySet>,
}

impl Shortcut {
    /// Looks for it. `None` where inputs cannot be told apart: then there is no short way.
    pub(super) fn find(inputs: &Inputs) -> Option<Self> {
        let config = &inputs.config;
        let mut hash = trace::Inputs::of(config)?;
        for folder in super::FOLDERS {
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

    /// Takes it, if what is in place and what AEM has are what they were.
    pub(super) fn take(
        &self,
        run: &Run<'_>,
        sink: &dyn Sink,
        started: Instant,
    ) -> Result<Option<Report>, Diagnostics> {
        let Some(earlier) = &self.earlier else {
            return Ok(None);
        };
        // First what costs no request.
        let Some(commit) = sink.confirm(&earlier.manifest)? else {
            return Ok(None);
        };
        let scratch = super::scratch(sink, earlier.figures.assets)?;
        run.progress
            .start(Stage::Confirm, Some(earlier.len() as u64));
        let asked = || run.progress.advance(Stage::Confirm, 1);
        let confirmed = async {
            let same = earlier.confirm(&self.queries, run.source, &scratch, asked);
            let deadline = self.config.fetch.deadline;
            tokio::time::timeout(deadline, same)
                .await
                .map_err(|_| Diagnostics::from(fetch::late(deadline)))
        };
        let confirmed = run.runtime.block_on(stoppable(run.interrupt, confirmed))?;
        if confirmed {
            run.progress.finish(Stage::Confirm);
        } else {
            run.progress.leave(Stage::Confirm);
        }
        Ok(confirmed.then(|| self.report(run, &earlier.figures, commit, started)))
    }

    fn report(&self, run: &Run<'_>, figures: &Figures, commit: Commit, started: Instant) -> Report {
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
            // What is in place was judged when it was made, and is no other build to compare with.
            history: run.settings.history.clone(),
            remarks: Vec::new(),
            elapsed: started.elapsed(),
        }
    }

    /// Keeps what a build read for the next one. Its failure only makes that one take the long way.
    pub(super) fn keep(self, tracer: Tracer<'_>, report: &Report) {
        let figures = Figures {
            items: report.items,
            pages: report.pages,
            assets: report.assets,
        };
        let Some(manifest) = report.commit.manifest.clone() else {
            return;
        };
        if let Some(trace) = tracer.finish(self.inputs, manifest, figures) {
            let _ = self.traces.keep(&trace);
        }
    }
}
