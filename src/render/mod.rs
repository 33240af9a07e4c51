//! Pages from templates: parallel, without I/O, one artifact at a time.
//!
//! [`Templates`] are loaded and checked before anything is fetched. [`Site`] is everything templates can
//! see; [`render`] takes each page of the route table through its template and hands the bytes on. The
//! template contract is documented in `docs/templates.md`: variables in [`context`], functions in
//! [`functions`]. A page that asked for AEM assets is put aside ([`deferred`]) until they
//! are known.

mod about;
mod backlinks;
mod compared;
mod content;
mod context;
mod current;
mod day;
mod deferred;
mod errors;
mod filters;
mod findings;
mod functions;
mod ground;
mod image;
mod json;
mod links;
mod local;
mod local_links;
mod local_pages;
mod members;
mod menu;
mod own;
mod page;
mod preview;
mod reads;
mod rich_text;
mod strings;
mod templates;
mod terms;
mod texts;
mod times;
mod translations;
mod wanted;
mod work;

use std::sync::{Arc, Mutex};

use rayon::prelude::*;

pub use backlinks::Backlinks;
pub use deferred::Deferred;
pub use findings::Findings;
pub use functions::QueryCache;
pub use menu::{Menus, check_menus};
pub use preview::{Follows, Preview, Printed};
pub use reads::{Read, ReadKind, Reads, read_by};
pub use templates::Templates;
pub use times::{Spent, Times};
pub use wanted::{is_wanted, while_wanted};

use crate::artifact::{Artifact, OutputPath, Provenance};
use crate::asset::{AssetPlan, Statics};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned};
use crate::i18n::Strings;
use crate::local::LocalPages;
use crate::progress::{Progress, Stage};
use crate::query::QuerySet;
use crate::reach::{Reaches, Selection};
use crate::route::{Page, PageKind, RouteTable};
use crate::store::{BodyError, Store};

use page::Rendering;
use work::{Outcome, Work};

/// So many pages at most are one piece of work. Lists cost a hundred times what other pages do, and stand together:
/// a thread that has them all keeps the whole build waiting.
const AT_ONCE: usize = 16;

/// Everything a template can see or ask for.
pub struct Site {
    /// The configuration.
    pub config: Arc<Config>,
    /// The definitions.
    pub queries: Arc<QuerySet>,
    /// The site's own words.
    pub strings: Arc<Strings>,
    /// What templates can reach of it.
    pub reaches: Arc<Reaches>,
    /// What is kept of it.
    pub selection: Selection,
    /// The content.
    pub store: Arc<Store>,
    /// The site's own Markdown.
    pub local: Arc<LocalPages>,
    /// All pages.
    pub routes: RouteTable,
    /// Files of `static/`.
    pub statics: Arc<Statics>,
    /// What was asked for.
    pub assets: AssetPlan,
    /// Answers of `query()` that were given before.
    pub query_cache: QueryCache,
    /// `[menus]` with the addresses of their pages.
    pub menus: Menus,
    /// Which pages link to which.
    pub backlinks: Backlinks,
    /// What somebody should look at.
    pub findings: Findings,
    /// What pages read, in this build and in the one before.
    pub reads: Reads,
    /// How long pages take, where somebody wants to know.
    pub times: Option<Arc<Times>>,
}

/// Where a rendered page goes.
pub trait Output: Sync {
    /// Asked before each page: whether it is still wanted.
    ///
    /// # Errors
    /// When it is not; rendering stops.
    fn go_on(&self) -> Result<(), Diagnostics>;

    /// A finished page; what was kept of it, where that is known.
    ///
    /// # Errors
    /// When it cannot be kept; rendering stops.
    fn page(&self, artifact: Artifact) -> Result<Option<Made>, Diagnostics>;

    /// A page that would come out as an earlier build has made it; whether that is still in place.
    ///
    /// # Errors
    /// When that cannot be found out; rendering stops.
    fn keep(&self, page: Unchanged) -> Result<bool, Diagnostics> {
        let _ = page;
        Ok(false)
    }
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its hash: BLAKE3.
    pub hash: [u8; 32],
    /// Its length, in bytes.
    pub size: u64,
}

/// A page whose content is known without rendering it.
#[derive(Clone, Debug)]
pub struct Unchanged {
    /// Its file.
    pub path: OutputPath,
    /// The content.
    pub made: Made,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// Shows a site to its templates.
///
/// # Errors
/// Every menu entry without a page.
pub fn connect(templates: &Templates, site: &Arc<Site>) -> Result<(), Diagnostics> {
    site.menus.resolve(site)?;
    templates.connect(site);
    Ok(())
}

/// Renders every page of a site that was shown to its templates. Pages that wait for assets are returned, with what was found in them that
/// somebody should look at.
///
/// # Errors
/// Every template that failed, with the item it failed for.
pub fn render(
    templates: &Templates,
    site: &Arc<Site>,
    output: &dyn Output,
    progress: &dyn Progress,
) -> Result<Warned<Deferred>, Diagnostics> {
    let pages = site.routes.pages();
    progress.start(Stage::Render, Some(pages.len() as u64));
    if templates.mention(backlinks::FUNCTION) {
        let unreadable = |why: BodyError| Diagnostic::error(Kind::Content, why.to_string());
        site.backlinks.find(site).map_err(unreadable)?;
    }
    site.reads.begin(site);
    let rendering = Rendering::new(templates, site, output);
    let work = Work::default();
    pages
        .par_iter()
        .with_max_len(AT_ONCE)
        .enumerate()
        .for_each_init(Vec::new, |buffer: &mut Vec<u8>, (place, page)| {
            if work.page(&rendering, (place, page), buffer) == Outcome::Rendered {
                progress.advance(Stage::Render, 1);
            }
        });
    let (deferred, found) = work.finish(rendering);
    if !found.has_errors() {
        progress.finish(Stage::Render);
    }
    found.finish(deferred)
}

/// What a page shows, for messages.
fn subject(site: &Site, page: &Page) -> String {
    match &page.kind {
        PageKind::Item { entry, .. } => format!(
            "rendering {} for `{}`",
            site.store.get(*entry).describe(),
            page.route
        ),
        PageKind::Local(id) => {
            let file = &site.local.get(*id).file.name;
            format!("rendering `{file}` for `{}`", page.route)
        }
        PageKind::List { .. } | PageKind::Terms(_) | PageKind::Error => {
            format!("rendering `{}`", page.route)
        }
    }
}

fn provenance(site: &Site, page: &Page) -> Provenance {
    let template = Some(Arc::clone(&page.template));
    match &page.kind {
        PageKind::Item { entry, .. } => {
            let entry = site.store.get(*entry);
            Provenance {
                definition: Some(Arc::clone(&site.queries.get(entry.query).name)),
                item: entry.path.as_ref().map(crate::aem::FragmentPath::shared),
                template,
            }
        }
        PageKind::List { list, .. } => {
            let definition = Some(Arc::clone(&site.queries.get(list.query).name));
            Provenance {
                definition,
                item: None,
                template,
            }
        }
        PageKind::Terms(plan) => Provenance {
            definition: plan
                .query
                .map(|query| Arc::clone(&site.queries.get(query).name)),
            item: None,
            template,
        },
        PageKind::Local(id) => Provenance {
            item: Some(Arc::from(site.local.get(*id).file.name.as_str())),
            template,
            ..Provenance::default()
        },
        PageKind::Error => Provenance {
            template,
            ..Provenance::default()
        },
    }
}

/// Locks; a panic elsewhere is reported by rayon and leaves these collections whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
