//! The whole site at one moment. Its pages are rendered when they are asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::aem::AssetFile;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::fetch::Account;
use crate::pipeline::{Content, Ready};
use crate::render::Site;
use crate::route::PageId;
use crate::source::Source;
use crate::trace::pages::PageReads;

/// The whole site at one moment.
pub struct Snapshot {
    number: u64,
    ready: Ready,
}

/// What is at an address.
#[derive(Clone, Debug)]
pub enum Found {
    /// A page.
    Page(PageId),
    /// A file of `static/`, on the disk.
    Static(PathBuf),
    /// A file that follows from the routes, such as a list of redirects.
    Generated(Bytes),
    /// A former address: where the page is now, as a path of the preview.
    Moved(String),
    /// A file of AEM.
    Asset(AssetFile),
}

/// A file of AEM, downloaded for this preview.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where it lies; the file goes with the last snapshot that shows this content.
    pub file: PathBuf,
    /// Its media type.
    pub media_type: String,
}

/// A page as it came out.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The page, or the last good one where it failed; empty if there never was one.
    pub body: Bytes,
    /// Why it could not be rendered, and warnings; empty where all is well.
    pub problems: Arc<Diagnostics>,
    /// The number of the snapshot for which it was rendered: smaller than that of the site where it was taken over.
    pub rendered_for: u64,
    /// How long rendering took.
    pub took: Duration,
}

impl Snapshot {
    /// The first site.
    #[must_use]
    pub fn first(ready: Ready) -> Self {
        Self { number: 1, ready }
    }

    /// The site after this one. Pages that somebody has asked for are taken over when they are asked for again and what
    /// they read is the same.
    #[must_use]
    pub fn successor(&self, ready: Ready) -> Self {
        Self {
            number: self.number + 1,
            ready,
        }
    }

    /// Which site it is, counted from the first.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Everything that is known of the site.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.ready.site
    }

    /// Its content: a site with the same content can be made without asking for it (`pipeline::Run::ready`).
    #[must_use]
    pub fn content(&self) -> &Arc<Content> {
        &self.ready.content
    }

    /// What asking for the content has cost, and what came.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        self.ready.content.account()
    }

    /// What a page has asked the site, if it was rendered: the questions are for `render::read_by`.
    #[must_use]
    pub fn reads(&self, page: PageId) -> Option<Arc<PageReads>> {
        let _ = page;
        None
    }

    /// The page for addresses that lead nowhere, in the language of the address.
    #[must_use]
    pub fn error_page(&self, path: &str) -> Option<PageId> {
        let _ = path;
        None
    }

    /// A file of AEM that a page shows, downloaded if nobody has asked for it before.
    ///
    /// # Errors
    /// Why it cannot be had, or cannot be part of the site.
    pub async fn asset(
        &self,
        file: &AssetFile,
        source: &dyn Source,
    ) -> Result<Fetched, Diagnostics> {
        let _ = (file, source);
        Err(Diagnostic::error(Kind::Config, "assets are not shown yet").into())
    }

    /// A fragment as it is now, on the page that it would have. It is asked for each time and kept nowhere.
    ///
    /// # Errors
    /// Why it cannot be shown, and what to do about it.
    pub async fn fragment(
        &self,
        path: &str,
        variation: Option<&str>,
        source: &dyn Source,
    ) -> Result<Shown, Diagnostics> {
        let _ = (path, variation, source);
        Err(Diagnostic::error(Kind::Config, "fragments are not shown yet").into())
    }

    /// What is at a decoded path, such as `/walks/coast/`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Found> {
        let _ = path;
        None
    }

    /// The page, rendered now if nobody has asked for it before. Takes as long as rendering: not for async threads.
    #[must_use]
    pub fn page(&self, page: PageId) -> Arc<Shown> {
        let _ = page;
        Arc::new(Shown {
            body: Bytes::new(),
            problems: Arc::default(),
            rendered_for: self.number,
            took: Duration::ZERO,
        })
    }

    /// The pages that somebody has asked for so far.
    #[must_use]
    pub fn rendered(&self) -> Vec<(PageId, Arc<Shown>)> {
        Vec::new()
    }
}
