//! Pages from templates: parallel, without I/O, one artifact at a time.
//!
//! [`Templates`] are loaded and checked before anything is fetched. [`Site`] is everything templates can
//! see; [`render`] takes each page of the route table through its template and hands the bytes on. The
//! template contract is documented in `docs/templates.md`: variables in [`context`], functions in
//! [`functions`]. A page that asked for AEM assets is put aside ([`deferred`]) until they
//! are known.

mod backlinks;
mod context;
mod current;
mod day;
mod deferred;
mod errors;
mod filters;
mod findings;
mod functions;
mod image;
mod json;
mod links;
mod local;
mod local_links;
mod local_pages;
mod menu;
mod rich_text;
mod strings;
mod templates;
mod terms;
mod texts;
mod translations;

use std::rc::Rc;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

pub use backlinks::Backlinks;
pub use deferred::Deferred;
pub use findings::Findings;
pub use functions::QueryCache;
pub use menu::{Menus, check_menus};
pub use templates::Templates;

use crate::artifact::{Artifact, ArtifactKind, Body, Provenance};
use crate::asset::{AssetPlan, Statics};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned};
use crate::i18n::Strings;
use crate::local::LocalPages;
use crate::progress::{Progress, Stage};
use crate::query::QuerySet;
use crate::reach::Selection;
use crate::route::{Page, PageKind, RouteTable};
use crate::store::{BodyError, Store};

use current::OnPage;
use errors::Failures;

/// Everything a template can see or ask for.
pub struct Site {
    /// The configuration.
    pub config: Arc<Config>,
    /// The definitions.
    pub queries: Arc<QuerySet>,
    /// The site's own words.
    pub strings: Strings,
    /// What is kept of it.
    pub selection: Selection,
    /// The content.
    pub store: Store,
    /// The site's own Markdown.
    pub local: Arc<LocalPages>,
    /// All pages.
    pub routes: RouteTable,
    /// Files of `static/`.
    pub statics: Statics,
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
}

/// Where a rendered page goes.
pub trait Output: Sync {
    /// Asked before each page: whether it is still wanted.
    ///
    /// # Errors
    /// When it is not; rendering stops.
    fn go_on(&self) -> Result<(), Diagnostics>;

    /// A finished page.
    ///
    /// # Errors
    /// When it cannot be kept; rendering stops.
    fn page(&self, artifact: Artifact) -> Result<(), Diagnostics>;
}

/// Renders every page of a site. Pages that wait for assets are returned, with what was found in them that
/// somebody should look at.
///
/// # Errors
/// Every menu entry without a page; every template that failed, with the item it failed for.
pub fn render(
    templates: &Templates,
    site: &Arc<Site>,
    output: &dyn Output,
    progress: &dyn Progress,
) -> Result<Warned<Deferred>, Diagnostics> {
    site.menus.resolve(site)?;
    templates.connect(site);
    let pages = site.routes.pages();
    progress.start(Stage::Render, Some(pages.len() as u64));
    if templates.mention(backlinks::FUNCTION) {
        let unreadable = |why: BodyError| Diagnostic::error(Kind::Content, why.to_string());
        site.backlinks.find(site).map_err(unreadable)?;
    }
    let values = context::Shared::new(site);
    let deferred = Mutex::new(Deferred::default());
    let failures = Mutex::new(Failures::default());
    let kept = Mutex::new(Diagnostics::new());
    pages
        .par_iter()
        .for_each_init(Vec::new, |buffer: &mut Vec<u8>, page| {
            buffer.clear();
            progress.advance(Stage::Render, 1);
            // An earlier failure to keep a page (a full disk) will only repeat itself.
            if lock(&kept).has_errors() {
                return;
            }
            if let Err(stopped) = output.go_on() {
                lock(&kept).extend_merged(stopped);
                return;
            }
            let result = one(templates, site, &values, page, buffer);
            let asked = match result {
                Ok(asked) => asked,
                Err(failure) => {
                    lock(&failures).add(failure);
                    return;
                }
            };
            values.links.check(page, buffer);
            let artifact = |body| Artifact {
                path: page.output.clone(),
                body: Body::Bytes(body),
                kind: ArtifactKind::Page,
                provenance: provenance(site, page),
            };
            let result = if asked {
                lock(&deferred).add(artifact(Vec::new()), buffer)
            } else {
                output.page(artifact(buffer.clone()))
            };
            if let Err(problem) = result {
                lock(&kept).extend_merged(problem);
            }
        });
    let mut found = lock(&kept).clone();
    found.extend(lock(&failures).report(templates));
    found.extend(values.links.report());
    found.extend(site.findings.report());
    if !found.has_errors() {
        progress.finish(Stage::Render);
    }
    found.finish(deferred.into_inner().unwrap_or_default())
}

/// Renders one page into `buffer`; whether it asked for assets of AEM.
fn one(
    templates: &Templates,
    site: &Site,
    values: &context::Shared,
    page: &Page,
    buffer: &mut Vec<u8>,
) -> Result<bool, errors::Failure> {
    let subject = || subject(site, page);
    let context = context::of_page(site, values, page)
        .map_err(|why| errors::Failure::content(&why, subject()))?;
    let (context, body_asked) = match page.kind {
        PageKind::Local(id) => local::with_body(templates, site, values, (page, id), context)
            .map_err(|(error, name)| errors::Failure::template(error, &name, subject()))?,
        _ => (context, false),
    };
    let entry = match &page.kind {
        PageKind::Item { entry, .. } => Some(*entry),
        PageKind::List { .. } | PageKind::Terms(_) | PageKind::Local(_) | PageKind::Error => None,
    };
    let on_page = Rc::new(OnPage {
        language: page.language,
        route: page.main().shared(),
        entry,
        context,
    });
    let (result, asked) = current::with(&on_page, || {
        templates.render(&page.template, &on_page.context, buffer)
    });
    let Err(error) = result else {
        return json::check(page, buffer)
            .map(|()| asked || body_asked)
            .map_err(|invalid| errors::Failure::json(invalid, page, subject()));
    };
    // A component that a filter called says more than the filter does.
    let error = current::failure().unwrap_or(error);
    Err(errors::Failure::template(error, &page.template, subject()))
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
