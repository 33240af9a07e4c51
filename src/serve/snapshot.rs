//! The whole site at one moment. Its pages are rendered when they are asked for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::aem::AssetFile;
use crate::diag::Diagnostics;
use crate::render::Site;
use crate::route::PageId;

/// The whole site at one moment.
pub struct Snapshot {
    number: u64,
    site: Arc<Site>,
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
    /// Which site it is, counted from the first.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Everything that is known of the site.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
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
