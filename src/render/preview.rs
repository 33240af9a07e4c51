//! One page at a time, for somebody who looks at it.
//!
//! The same templates, variables and messages as in a build. What differs: nothing waits for assets, and what was found
//! about a page is told with the page.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::errors::{Failure, Failures};
use super::page::Rendering;
use super::reads::{self, Told};
use super::{Output, Site, Templates, backlinks, current, deferred, findings, subject};
use crate::artifact::Artifact;
use crate::asset::{self, Pending};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::render::Made;
use crate::route::{Page, PageKind};
use crate::trace::pages::{PageReads, PageTrace};

/// A site whose pages are rendered when they are asked for.
pub struct Preview {
    templates: Templates,
    site: Arc<Site>,
    shared: Arc<super::context::Shared>,
}

/// What came of a page.
pub struct Printed {
    /// The page; none where it failed.
    pub body: Option<Vec<u8>>,
    /// Why it failed, or what is to be said about it.
    pub found: Diagnostics,
    /// The files of AEM that it shows.
    pub assets: Pending,
    /// What it has asked the site.
    pub reads: Option<PageReads>,
    /// Whether the page of a later site is the same if its reads are.
    pub follows: Follows,
    /// How long it took.
    pub took: Duration,
}

/// What a page follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// From its reads alone.
    Reads,
    /// From more than was noted.
    More,
}

/// Takes no page: nothing is written.
struct Nowhere;

impl Output for Nowhere {
    fn go_on(&self) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn page(&self, _: Artifact) -> Result<Option<Made>, Diagnostics> {
        Ok(None)
    }
}

/// What rendering gave, before anybody has looked at it.
struct Raw {
    body: Result<Vec<u8>, Failure>,
    trace: PageTrace,
    follows: Follows,
    warnings: Diagnostics,
}

impl Preview {
    /// Of a site that was shown to its templates ([`connect`](super::connect)).
    #[must_use]
    pub fn new(templates: Templates, site: Arc<Site>) -> Self {
        let shared = Arc::new(super::context::Shared::new(&site));
        Self {
            templates,
            site,
            shared,
        }
    }

    /// Its templates.
    #[must_use]
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    fn rendering(&self) -> Rendering<'_> {
        Rendering {
            templates: &self.templates,
            site: &self.site,
            output: &Nowhere,
            shared: Arc::clone(&self.shared),
        }
    }

    /// Renders a page.
    #[must_use]
    pub fn print(&self, page: &Page) -> Printed {
        let started = Instant::now();
        self.site.reads.count();
        let raw = unless_panicking(|| self.raw(page));
        let took = started.elapsed();
        if let Some(times) = &self.site.times {
            times.add(page, took);
        }
        match raw {
            Ok(raw) => self.printed(page, raw, took),
            Err(why) => Printed {
                body: None,
                found: self.panicked(page, &why).into(),
                assets: Pending::default(),
                reads: None,
                follows: Follows::More,
                took,
            },
        }
    }

    fn raw(&self, page: &Page) -> Raw {
        let rendering = self.rendering();
        self.look_for_backlinks(page);
        let own = rendering.own(page);
        let mut buffer = Vec::new();
        let ((result, trace, told), findings) =
            findings::apart(|| reads::noted(|| rendering.fill(page, &mut buffer)));
        // Whoever links to an anchor of the page has to see it each time.
        let is_alone = told == Told::Nothing && !self.shared.links.want(page);
        Raw {
            body: match result {
                Ok(_) => Ok(buffer),
                Err(failure) => Err(rendering.explained(failure, page)),
            },
            follows: match own.is_some() && is_alone {
                true => Follows::Reads,
                false => Follows::More,
            },
            trace: PageTrace {
                own: own.unwrap_or_default(),
                ..trace
            },
            warnings: findings.report(),
        }
    }

    fn printed(&self, page: &Page, raw: Raw, took: Duration) -> Printed {
        let mut found = Diagnostics::new();
        let reads = self.site.reads.apart(&raw.trace);
        let asked = reads.as_ref().map(reads::assets).unwrap_or_default();
        let assets = asset::pending(&asked.finish(), &self.site.config);
        let body = match raw.body {
            Ok(body) => Some(body),
            Err(failure) => {
                let mut failures = Failures::default();
                failures.add(failure);
                found.extend(failures.report(&self.templates));
                None
            }
        };
        let body = body.map(|body| {
            found.extend(self.of_links(page, &body));
            let (filled, is_altered) = assets.fill(&body);
            if is_altered {
                found.push(deferred::altered(&self.site, page));
            }
            filled
        });
        found.extend(raw.warnings);
        let follows = match found.is_empty() {
            true => raw.follows,
            false => Follows::More,
        };
        Printed {
            body,
            found,
            assets,
            reads,
            follows,
            took,
        }
    }

    /// What is wrong with the links of a Markdown file, on its page; and with those to a page, on that.
    fn of_links(&self, page: &Page, body: &[u8]) -> Diagnostics {
        let own = match page.kind {
            PageKind::Local(id) => {
                let file = &self.site.local.get(id).file.name;
                self.shared.links.of_file(file)
            }
            _ => Diagnostics::new(),
        };
        let missing = self.shared.links.missing(page, body).into_values();
        let missing = missing.filter(|new| !own.iter().any(|known| known == new));
        own.iter().cloned().chain(missing).collect()
    }

    /// The reads of a page of an earlier site, if they are the same in this one: then so is the page.
    #[must_use]
    pub fn again(&self, page: &Page, before: &PageReads) -> Option<PageReads> {
        if self.shared.links.want(page) {
            return None;
        }
        let same = unless_panicking(|| {
            self.look_for_backlinks(page);
            let rendering = self.rendering();
            let own = rendering.own(page)?;
            let is_own = own == *before.own();
            is_own.then(|| self.site.reads.again(&self.site, page, before))?
        });
        same.ok().flatten()
    }

    /// All rich text is read for them, so they are looked for where a template asks.
    fn look_for_backlinks(&self, page: &Page) {
        let files = self.site.reaches.get(&page.template).files().iter();
        let asks = files.filter_map(|file| self.templates.text(file));
        let asks = asks
            .into_iter()
            .any(|text| text.contains(backlinks::FUNCTION));
        // The text of a Markdown file is a template of its own.
        let is_local = matches!(page.kind, PageKind::Local(_));
        if asks || (is_local && self.templates.mention(backlinks::FUNCTION)) {
            // Who cannot be read says so on its own page.
            let _ = self.site.backlinks.find(&self.site);
        }
    }

    fn panicked(&self, page: &Page, why: &str) -> Diagnostic {
        Diagnostic::error(
            Kind::Content,
            format!("rendering stopped in the middle: {why}"),
        )
        .note(subject(&self.site, page))
        .help("this is a mistake of Frieze's: please report it with the template")
    }
}

/// What is done, or why it panicked. A page is rendered on one thread, and what it leaves behind there is cleared.
fn unless_panicking<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        current::forget();
        reads::forget();
        findings::forget();
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        text.unwrap_or_else(|| "no reason is known".to_owned())
    })
}
