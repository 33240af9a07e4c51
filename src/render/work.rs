//! What becomes of the pages of a site: rendered, kept as they are, put aside, or failed.

use std::sync::Mutex;

use super::deferred::{Deferred, Waiting};
use super::errors::Failures;
use super::page::{Rendered, Rendering};
use super::{Made, Unchanged, lock, provenance};
use crate::artifact::{Artifact, ArtifactKind, Body};
use crate::diag::Diagnostics;
use crate::route::Page;
use crate::trace::pages::PageTrace;

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was rendered.
    Rendered,
    /// It is as it was, or was given up.
    Other,
}

/// What has become of them so far.
#[derive(Default)]
pub(super) struct Work {
    deferred: Mutex<Deferred>,
    failures: Mutex<Failures>,
    kept: Mutex<Diagnostics>,
}

impl Work {
    /// Makes a page, unless that is of no use any more: an earlier failure to keep one (a full disk) would only
    /// repeat itself.
    pub(super) fn page(
        &self,
        rendering: &Rendering<'_>,
        (place, page): (usize, &Page),
        buffer: &mut Vec<u8>,
    ) -> Outcome {
        if lock(&self.kept).has_errors() {
            return Outcome::Other;
        }
        let result = rendering.output.go_on();
        let result = result.and_then(|()| self.make(rendering, (place, page), buffer));
        result.unwrap_or_else(|problem| {
            lock(&self.kept).extend_merged(problem);
            Outcome::Other
        })
    }

    fn make(
        &self,
        rendering: &Rendering<'_>,
        (place, page): (usize, &Page),
        buffer: &mut Vec<u8>,
    ) -> Result<Outcome, Diagnostics> {
        let own = rendering.own(page);
        if let Some(own) = &own
            && let Some(trace) = rendering.same(page, own)
            && self.keep(rendering, (place, page), trace)?
        {
            return Ok(Outcome::Other);
        }
        let Rendered { waits, trace } = match rendering.render(page, own, buffer) {
            Ok(rendered) => rendered,
            Err(failure) => {
                lock(&self.failures).add(failure);
                return Ok(Outcome::Rendered);
            }
        };
        if waits {
            lock(&self.deferred).add(Waiting::Rendered(place, buffer.len(), trace), buffer)?;
            return Ok(Outcome::Rendered);
        }
        let made = rendering
            .output
            .page(artifact(rendering, page, buffer.clone()))?;
        record(rendering, page, made, trace);
        Ok(Outcome::Rendered)
    }

    /// Keeps a page that would come out as it is; whether that is still there. Of one with assets it is known when they
    /// are.
    fn keep(
        &self,
        rendering: &Rendering<'_>,
        (place, page): (usize, &Page),
        trace: PageTrace,
    ) -> Result<bool, Diagnostics> {
        let site = rendering.site;
        if trace.filled.is_some() {
            site.reads.demand(site, &trace);
            lock(&self.deferred).add(Waiting::Unchanged(place, Box::new(trace)), &[])?;
            return Ok(true);
        }
        let kept = keep(rendering, page, &trace)?;
        if kept {
            site.reads.demand(site, &trace);
            site.reads.keep(page, trace);
        }
        Ok(kept)
    }

    /// The pages that wait for assets, and everything that was found.
    pub(super) fn finish(self, rendering: Rendering<'_>) -> (Deferred, Diagnostics) {
        let mut found = lock(&self.kept).clone();
        found.extend(lock(&self.failures).report(rendering.templates));
        found.extend(rendering.shared.links.report());
        found.extend(rendering.site.findings.report());
        let deferred = self.deferred.into_inner().unwrap_or_default();
        (deferred.with(rendering.shared), found)
    }
}

/// Whether the file of a page is in place as it was made.
pub(super) fn keep(
    rendering: &Rendering<'_>,
    page: &Page,
    trace: &PageTrace,
) -> Result<bool, Diagnostics> {
    rendering.output.keep(Unchanged {
        path: page.output.clone(),
        made: Made {
            hash: trace.hash,
            size: trace.size,
        },
        provenance: provenance(rendering.site, page),
    })
}

/// A page on its way out.
pub(super) fn artifact(rendering: &Rendering<'_>, page: &Page, body: Vec<u8>) -> Artifact {
    Artifact {
        path: page.output.clone(),
        body: Body::Bytes(body),
        kind: ArtifactKind::Page,
        provenance: provenance(rendering.site, page),
    }
}

/// Writes down what a page was made of, where that is known and came out.
pub(super) fn record(
    rendering: &Rendering<'_>,
    page: &Page,
    made: Option<Made>,
    trace: Option<PageTrace>,
) {
    if let (Some(Made { hash, size }), Some(trace)) = (made, trace) {
        let trace = PageTrace {
            hash,
            size,
            ..trace
        };
        rendering.site.reads.record(page, &trace);
    }
}
