//! Pages that wait for their assets.
//!
//! Those that were rendered are kept in one temporary file once they no longer fit a modest amount of memory: a site's
//! pages together can be larger than memory, and writing them one after the other costs little. Of those that would come
//! out as they did before nothing is kept but what was filled in then: if the same is to be filled in now, they stay.

use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use rayon::prelude::*;
use tempfile::SpooledTempFile;

use super::context::Shared;
use super::errors::Failures;
use super::page::{Rendered, Rendering};
use super::{Output, Site, Templates, provenance, work};
use crate::artifact::Provenance;
use crate::asset::{Replacements, StandIn, has_stand_in};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::route::Page;
use crate::trace::pages::{Filled, PageTrace};
use crate::value::{Digest, digest, encode_bytes};

/// Bytes kept in memory before a file is used.
const IN_MEMORY: usize = 32 << 20;

/// Pages taken back at once, to be finished in parallel.
const BATCH: usize = 256;

/// A page that waits, by its place among all.
#[derive(Debug)]
pub(super) enum Waiting {
    /// It was rendered: its length, and its trace so far.
    Rendered(usize, usize, Option<PageTrace>),
    /// It would come out as it did before, but for its assets.
    Unchanged(usize, Box<PageTrace>),
}

/// Pages put aside, in the order they were rendered in.
pub struct Deferred {
    spool: SpooledTempFile,
    pages: Vec<Waiting>,
    shared: Option<Arc<Shared>>,
}

impl Default for Deferred {
    fn default() -> Self {
        Self {
            spool: SpooledTempFile::new(IN_MEMORY),
            pages: Vec::new(),
            shared: None,
        }
    }
}

impl Deferred {
    /// Puts a page aside.
    pub(super) fn add(&mut self, page: Waiting, body: &[u8]) -> Result<(), Diagnostics> {
        self.spool.write_all(body).map_err(|error| disk(&error))?;
        self.pages.push(page);
        Ok(())
    }

    /// The same with what the pages were rendered with: some may have to be rendered again.
    pub(super) fn with(self, shared: Arc<Shared>) -> Self {
        Self {
            shared: Some(shared),
            ..self
        }
    }

    /// Hands all pages on, with what is known now.
    ///
    /// # Errors
    /// When pages cannot be read back or kept.
    pub fn finish(
        mut self,
        (templates, site): (&Templates, &Arc<Site>),
        replacements: &Replacements,
        output: &dyn Output,
    ) -> Result<(), Diagnostics> {
        self.spool
            .seek(SeekFrom::Start(0))
            .map_err(|error| disk(&error))?;
        let finishing = Finishing {
            rendering: Rendering {
                templates,
                site,
                output,
                shared: self
                    .shared
                    .take()
                    .unwrap_or_else(|| Arc::new(Shared::new(site))),
            },
            replacements,
        };
        let mut pages = self.pages.into_iter();
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            for page in pages.by_ref().take(BATCH) {
                let mut body = Vec::new();
                if let Waiting::Rendered(_, length, _) = &page {
                    body.resize(*length, 0);
                    self.spool
                        .read_exact(&mut body)
                        .map_err(|error| disk(&error))?;
                }
                batch.push((page, body));
            }
            if batch.is_empty() {
                return Ok(());
            }
            batch
                .into_par_iter()
                .try_for_each(|(page, body)| finishing.page(page, &body))?;
        }
    }
}

/// What pages are finished with.
struct Finishing<'a> {
    rendering: Rendering<'a>,
    replacements: &'a Replacements,
}

impl Finishing<'_> {
    fn page(&self, waiting: Waiting, body: &[u8]) -> Result<(), Diagnostics> {
        let pages = self.rendering.site.routes.pages();
        match waiting {
            Waiting::Rendered(place, _, trace) => self.fill(&pages[place], body, trace),
            Waiting::Unchanged(place, trace) => self.keep(&pages[place], *trace),
        }
    }

    /// Puts everything into the place of what stands for it.
    fn fill(&self, page: &Page, body: &[u8], trace: Option<PageTrace>) -> Result<(), Diagnostics> {
        let rendering = &self.rendering;
        let (body, words) = self.replacements.apply(body);
        if has_stand_in(&body) {
            return Err(altered(rendering.site, page).into());
        }
        let artifact = work::artifact(rendering, page, body);
        let made = rendering.output.page(artifact)?;
        let words: Vec<StandIn> = words.into_iter().collect();
        let filled = Filled {
            digest: self.told(&words),
            words: words.into_iter().map(StandIn::bytes).collect(),
        };
        let trace = trace.map(|trace| PageTrace {
            filled: Some(filled),
            ..trace
        });
        work::record(rendering, page, made, trace);
        Ok(())
    }

    /// Keeps a page if what is filled into it is what it was, and renders it otherwise.
    fn keep(&self, page: &Page, trace: PageTrace) -> Result<(), Diagnostics> {
        let rendering = &self.rendering;
        let filled = trace.filled.iter().all(|filled| {
            let words: Vec<StandIn> = filled
                .words
                .iter()
                .copied()
                .map(StandIn::of_bytes)
                .collect();
            self.told(&words) == filled.digest
        });
        if filled && work::keep(rendering, page, &trace)? {
            rendering.site.reads.keep(page, trace);
            return Ok(());
        }
        let mut buffer = Vec::new();
        match rendering.render(page, Some(trace.own), &mut buffer) {
            Ok(Rendered { trace, .. }) => self.fill(page, &buffer, trace),
            Err(failure) => {
                let mut failures = Failures::default();
                failures.add(failure);
                Err(failures.report(rendering.templates))
            }
        }
    }

    /// The digest of what comes in the places of words.
    fn told(&self, words: &[StandIn]) -> Digest {
        let mut bytes = Vec::new();
        for word in words {
            bytes.extend_from_slice(&word.bytes());
            let text = self.replacements.get(*word);
            bytes.push(u8::from(text.is_some()));
            encode_bytes(text.unwrap_or_default().as_bytes(), &mut bytes);
        }
        digest(&bytes)
    }
}

/// An address that went through a filter which changed its letters.
pub(super) fn altered(site: &Site, page: &Page) -> Diagnostic {
    let Provenance { item, template, .. } = provenance(site, page);
    let item = item.as_deref().unwrap_or("a list");
    let diagnostic = Diagnostic::error(Kind::Content, format!("`{}` holds an asset's address that was changed after `asset()` or `image()` gave it", page.output))
        .note("what follows from the asset's content is filled in after rendering; a filter such as `upper` makes it unrecognisable")
        .note(format!("the page shows {item}"))
        .help("print what they give as it is");
    match template {
        Some(template) => diagnostic.at(Location::file(format!("templates/{template}"))),
        None => diagnostic,
    }
}

fn disk(error: &std::io::Error) -> Diagnostics {
    Diagnostic::error(
        Kind::Config,
        format!("rendered pages could not be kept in a temporary file: {error}"),
    )
    .help("make room in the system's temporary folder, or point TMPDIR elsewhere")
    .into()
}
