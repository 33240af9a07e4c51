//! One page through its template.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::context::{self, Shared};
use super::current::{self, OnPage};
use super::errors::Failure;
use super::{Output, Site, Templates, json, local, own, reads, subject};
use crate::route::{Page, PageKind};
use crate::trace::pages::PageTrace;
use crate::value::Digest;

/// What pages are rendered with.
pub(super) struct Rendering<'a> {
    pub(super) templates: &'a Templates,
    pub(super) site: &'a Arc<Site>,
    pub(super) output: &'a dyn Output,
    /// Values that many pages have in common.
    pub(super) shared: Arc<Shared>,
}

/// A page that was rendered.
pub(super) struct Rendered {
    /// Whether it waits for assets of AEM.
    pub(super) waits: bool,
    /// What it was made of; `None` where that is not to be written down.
    pub(super) trace: Option<PageTrace>,
}

impl<'a> Rendering<'a> {
    pub(super) fn new(
        templates: &'a Templates,
        site: &'a Arc<Site>,
        output: &'a dyn Output,
    ) -> Self {
        let shared = Arc::new(Shared::new(site));
        Self {
            templates,
            site,
            output,
            shared,
        }
    }

    /// The digest of what is a page's own; `None` where nobody wants to know, or it cannot be told.
    pub(super) fn own(&self, page: &Page) -> Option<Digest> {
        let reads = &self.site.reads;
        let is_wanted = reads.is_recording() || reads.has_earlier();
        // The text of a Markdown file is rendered on its own, and its links are looked at each time.
        let is_local = matches!(page.kind, PageKind::Local(_));
        if !is_wanted || is_local {
            return None;
        }
        let ground = self.shared.grounds.of(self, page);
        Some(own::digest(self, page, &ground))
    }

    /// The trace of a page that would come out as it did before.
    pub(super) fn same(&self, page: &Page, own: &Digest) -> Option<PageTrace> {
        // Whoever links to an anchor of the page has to see it.
        if self.shared.links.want(page) {
            return None;
        }
        self.site.reads.same(self.site, page, own)
    }

    /// Renders a page into `buffer`.
    pub(super) fn render(
        &self,
        page: &Page,
        own: Option<Digest>,
        buffer: &mut Vec<u8>,
    ) -> Result<Rendered, Failure> {
        buffer.clear();
        self.site.reads.count();
        let times = self.site.times.as_ref();
        let timed = times.map(|times| (times, Instant::now()));
        let (result, trace) = reads::captured(self.site, || self.fill(page, buffer));
        let waits = result.map_err(|failure| self.explained(failure, page))?;
        if let Some((times, started)) = timed {
            times.add(page, started.elapsed());
        }
        self.shared.links.check(page, buffer);
        let trace = own.and_then(|own| Some(PageTrace { own, ..trace? }));
        Ok(Rendered { waits, trace })
    }

    /// The same failure, as it is where all fields of items are there to be told.
    pub(super) fn explained(&self, failure: Failure, page: &Page) -> Failure {
        let again = current::explaining(|| self.fill(page, &mut Vec::new()));
        again.err().unwrap_or(failure)
    }

    /// Whether the page asked for assets of AEM.
    pub(super) fn fill(&self, page: &Page, buffer: &mut Vec<u8>) -> Result<bool, Failure> {
        let Self {
            templates,
            site,
            shared,
            ..
        } = self;
        let subject = || subject(site, page);
        let ground = shared.grounds.of(self, page);
        let context = context::of_page(site, shared, &ground, page)
            .map_err(|why| Failure::content(&why, subject()))?;
        let (context, body_asked) = match page.kind {
            PageKind::Local(id) => {
                local::with_body(templates, site, shared, (page, id), context)
                    .map_err(|(error, name)| Failure::template(error, &name, subject()))?
            }
            _ => (context, false),
        };
        let entry = match &page.kind {
            PageKind::Item { entry, .. } => Some(*entry),
            PageKind::List { .. } | PageKind::Terms(_) | PageKind::Local(_) | PageKind::Error => {
                None
            }
        };
        let on_page = Rc::new(OnPage {
            language: page.language,
            route: page.main().shared(),
            entry,
            template: Arc::clone(&page.template),
            context,
        });
        let (result, asked) = current::with(&on_page, || {
            templates.render(&page.template, &on_page.context, buffer)
        });
        let Err(error) = result else {
            return json::check(page, buffer)
                .map(|()| asked || body_asked)
                .map_err(|invalid| Failure::json(invalid, page, subject()));
        };
        // A component that a filter called says more than the filter does.
        let error = current::failure().unwrap_or(error);
        Err(Failure::template(error, &page.template, subject()))
    }
}

/// Counts pages.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicUsize);

impl Count {
    pub(super) fn one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
