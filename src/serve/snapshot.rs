//! The whole site at one moment. Its pages are rendered when they are asked for.

mod assets;
mod fragment;
mod making;
mod places;
mod shelf;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::aem::AssetFile;
use crate::diag::Diagnostics;
use crate::fetch::Account;
use crate::pipeline::{Content, Ready};
use crate::render::{Follows, Preview, Printed, Site, is_wanted};
use crate::route::{Page, PageId};
use crate::source::Source;
use crate::trace::pages::PageReads;

use assets::{Downloads, Gallery};
use making::Making;
use places::Places;
use shelf::{Kept, Shelf};

/// The whole site at one moment.
pub struct Snapshot {
    number: u64,
    preview: Arc<Preview>,
    content: Arc<Content>,
    places: Places,
    making: Making<PageId>,
    downloads: Arc<Downloads>,
    lasting: Arc<Lasting>,
}

/// What one site has from those before it.
#[derive(Debug, Default)]
struct Lasting {
    shelf: Shelf,
    gallery: Gallery,
    /// A site with a fragment takes as long as a site to be planned, and all cores: there is one after the other.
    planning: tokio::sync::Mutex<()>,
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
    /// Something is at another address: that, as a path of the preview, encoded.
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

impl Shown {
    /// A page that was given up: nobody sees it.
    fn unwanted(rendered_for: u64) -> Self {
        Self {
            body: Bytes::new(),
            problems: Arc::default(),
            rendered_for,
            took: Duration::ZERO,
        }
    }
}

impl Snapshot {
    /// The first site.
    #[must_use]
    pub fn first(ready: Ready) -> Self {
        Self::of(1, ready, Arc::default(), Arc::default())
    }

    /// The site after this one. Pages that somebody has asked for are taken over when they are asked for again and what
    /// they read is the same.
    #[must_use]
    pub fn successor(&self, ready: Ready) -> Self {
        let is_same = Arc::ptr_eq(&self.content, &ready.content);
        let downloads = match is_same {
            true => Arc::clone(&self.downloads),
            false => Arc::default(),
        };
        Self::of(self.number + 1, ready, downloads, Arc::clone(&self.lasting))
    }

    fn of(number: u64, ready: Ready, downloads: Arc<Downloads>, lasting: Arc<Lasting>) -> Self {
        let Ready {
            templates,
            site,
            generated,
            content,
            ..
        } = ready;
        Self {
            number,
            places: Places::of(&site, &generated),
            preview: Arc::new(Preview::new(templates, site)),
            content,
            making: Making::default(),
            downloads,
            lasting,
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
        self.preview.site()
    }

    /// Its content: a site with the same content can be made without asking for it (`pipeline::Run::ready`).
    #[must_use]
    pub fn content(&self) -> &Arc<Content> {
        &self.content
    }

    /// What asking for the content has cost, and what came.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        self.content.account()
    }

    /// What is at a decoded path, such as `/walks/coast/`. The path of `base_url` is before it, as it will be on the site.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Found> {
        let asset = || {
            let file = self.lasting.gallery.find(places::stand_in(path)?)?;
            Some(Found::Asset(file))
        };
        self.places.find(self.site(), path).or_else(asset)
    }

    /// The page for addresses that lead nowhere, in the language of the address.
    #[must_use]
    pub fn error_page(&self, path: &str) -> Option<PageId> {
        self.places.error_page(self.site(), path)
    }

    /// The page, rendered now if nobody has asked for it before. Takes as long as rendering: not for async threads. What is
    /// given up meanwhile ([`while_wanted`](crate::render::while_wanted)) is empty.
    #[must_use]
    pub fn page(&self, page: PageId) -> Arc<Shown> {
        let own = self.site().routes.get(page);
        if let Some(shown) = self.shown(own) {
            return shown;
        }
        let make = || self.shown(own).unwrap_or_else(|| self.make(own));
        let made = self.making.alone(page, make);
        made.unwrap_or_else(|| Arc::new(Shown::unwanted(self.number)))
    }

    /// The page, if somebody has asked for it.
    fn shown(&self, page: &Page) -> Option<Arc<Shown>> {
        let kept = self.lasting.shelf.get(&page.output)?;
        kept.is_of(self.number).then_some(kept.shown)
    }

    /// Takes the page of an earlier site over, or renders it.
    fn make(&self, page: &Page) -> Arc<Shown> {
        let shelf = &self.lasting.shelf;
        let before = shelf.get(&page.output);
        let same = before.as_ref().and_then(|before| self.again(page, before));
        let kept = same.unwrap_or_else(|| self.render(page, before));
        if !is_wanted() {
            // Whoever comes next has it rendered from its beginning.
            return Arc::new(Shown::unwanted(self.number));
        }
        let shown = Arc::clone(&kept.shown);
        shelf.put(&page.output, kept);
        shown
    }

    fn again(&self, page: &Page, before: &Kept) -> Option<Kept> {
        let reads = before.reads.as_deref();
        let reads = reads.filter(|_| before.follows == Follows::Reads)?;
        Some(Kept {
            reads: Some(Arc::new(self.preview.again(page, reads)?)),
            known_for: self.number,
            ..before.clone()
        })
    }

    fn render(&self, page: &Page, before: Option<Kept>) -> Kept {
        let Printed {
            body,
            found,
            assets,
            reads,
            follows,
            took,
        } = self.preview.print(page);
        self.lasting.gallery.add(&assets);
        let last = || before.map(|before| before.shown.body.clone());
        let body = body.map(Bytes::from).or_else(last);
        Kept {
            shown: Arc::new(Shown {
                body: body.unwrap_or_default(),
                problems: Arc::new(found),
                rendered_for: self.number,
                took,
            }),
            reads: reads.map(Arc::new),
            follows,
            known_for: self.number,
        }
    }

    /// The pages that somebody has asked for so far, in the order of all pages.
    #[must_use]
    pub fn rendered(&self) -> Vec<(PageId, Arc<Shown>)> {
        let known = self.lasting.shelf.of_site(self.number).into_iter();
        let known = known.filter_map(|(output, shown)| Some((self.places.page(&output)?, shown)));
        let mut known: Vec<_> = known.collect();
        known.sort_unstable_by_key(|(page, _)| *page);
        known
    }

    /// What a page has asked the site, if it was rendered: the questions are for `render::read_by`.
    #[must_use]
    pub fn reads(&self, page: PageId) -> Option<Arc<PageReads>> {
        let output = &self.site().routes.get(page).output;
        let kept = self.lasting.shelf.get(output)?;
        kept.reads.filter(|_| kept.known_for == self.number)
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
        let means = (source, &*self.site().config);
        let gallery = &self.lasting.gallery;
        self.downloads.get(gallery, file, means).await
    }
}

/// What is behind these is never left half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
