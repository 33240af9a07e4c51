//! All pages of the site, to be searched.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::parameters::{Parameters, Window};
use super::{Refused, milliseconds};
use crate::config::LangId;
use crate::query::QueryId;
use crate::render::Site;
use crate::route::{Page, PageId, PageKind, Route};
use crate::serve::{Shown, Snapshot};

/// Pages told at once, and at most.
const LIMIT: (usize, usize) = (100, 500);

/// The pages that have been rendered.
type Rendered = HashMap<PageId, Arc<Shown>>;

/// Where a page is found on the preview.
pub(super) fn address(site: &Site, route: &Route) -> String {
    site.config.base_url.url(&route.encoded())
}

/// The pages that fit: `q` is a part of the route, or of what the page shows; `template` has a
/// part in the page; `definition`, `language` and `kind` are as they are named. They come in the order of their definitions.
pub(super) fn tell(snapshot: &Snapshot, parameters: &Parameters) -> Result<Value, Refused> {
    let window = parameters.window(LIMIT.0, LIMIT.1)?;
    let site = &**snapshot.site();
    let rendered: Rendered = snapshot.rendered().into_iter().collect();
    let wanted = Wanted::of(site, parameters)?;
    Ok(list(site, window, &wanted, &rendered))
}

fn list(site: &Site, window: Window, wanted: &Wanted, rendered: &Rendered) -> Value {
    let fitting = site
        .routes
        .iter()
        .filter(|(_, page)| wanted.fits(site, page));
    let (pages, total) = window.of(fitting);
    let pages = pages
        .into_iter()
        .map(|(id, page)| row(site, page, rendered.get(&id)));
    let mut told = window.told("routes", pages.collect(), total);
    told["all"] = json!(site.routes.pages().len());
    told
}

/// Which pages are wanted.
struct Wanted<'p> {
    text: Option<String>,
    definition: Option<QueryId>,
    language: Option<LangId>,
    template: Option<&'p str>,
    kind: Option<&'p str>,
}

impl<'p> Wanted<'p> {
    fn of(site: &Site, parameters: &'p Parameters) -> Result<Self, Refused> {
        let language = parameters.text("language").map(|code| {
            let found = site.config.languages.find(code);
            found.ok_or_else(|| Refused::Unknown(format!("there is no language `{code}`")))
        });
        let definition = parameters.text("definition").map(|name| {
            let found = site.queries.find(name);
            found.ok_or_else(|| Refused::Unknown(format!("there is no definition `{name}`")))
        });
        Ok(Self {
            text: parameters.text("q").map(str::to_lowercase),
            definition: definition.transpose()?,
            language: language.transpose()?,
            template: parameters.text("template"),
            kind: parameters.text("kind"),
        })
    }

    fn fits(&self, site: &Site, page: &Page) -> bool {
        self.language
            .is_none_or(|language| page.language == language)
            && self
                .template
                .is_none_or(|template| is_made_with(site, page, template))
            && self.kind.is_none_or(|wanted| kind(&page.kind) == wanted)
            && self
                .definition
                .is_none_or(|query| definition(site, page) == Some(query))
            && self.text.as_ref().is_none_or(|text| {
                contains(page.route.as_str(), text)
                    || subject(site, page).is_some_and(|subject| contains(&subject, text))
            })
    }
}

/// Whether a template has a part in a page: its own, or one that this extends, includes or calls.
fn is_made_with(site: &Site, page: &Page, template: &str) -> bool {
    *page.template == *template || site.reaches.get(&page.template).files().contains(template)
}

/// Whether a text has a part, whatever the case; `part` is in lower case.
pub(super) fn contains(text: &str, part: &str) -> bool {
    // Nearly all routes and paths are in lower case, and there may be a hundred thousand.
    text.contains(part) || text.to_lowercase().contains(part)
}

/// A page in a list.
fn row(site: &Site, page: &Page, shown: Option<&Arc<Shown>>) -> Value {
    json!({
        "route": page.route.as_str(),
        "address": address(site, &page.route),
        "kind": kind(&page.kind),
        "definition": definition(site, page).map(|query| &*site.queries.get(query).name),
        "subject": subject(site, page),
        "template": &*page.template,
        "language": site.config.languages.get(page.language).code,
        "format": page.other_format().map(|format| format.extension()),
        "rendered": shown.map(|shown| rendered(shown)),
    })
}

/// What is known of a page that has been rendered.
pub(super) fn rendered(shown: &Shown) -> Value {
    let (errors, warnings) = shown.problems.counts();
    json!({
        "for": shown.rendered_for,
        "took_ms": milliseconds(shown.took),
        "bytes": shown.body.len(),
        "errors": errors,
        "warnings": warnings,
    })
}

/// What a page is, in a word.
pub(super) fn kind(kind: &PageKind) -> &'static str {
    match kind {
        PageKind::Item { .. } => "item",
        PageKind::List { .. } => "list",
        PageKind::Terms(_) => "terms",
        PageKind::Local(_) => "markdown",
        PageKind::Error => "error",
    }
}

/// The definition that makes a page.
pub(super) fn definition(site: &Site, page: &Page) -> Option<QueryId> {
    match &page.kind {
        PageKind::Item { entry, .. } => Some(site.store.get(*entry).query),
        PageKind::List { list, .. } => Some(list.query),
        PageKind::Terms(plan) => plan.query,
        PageKind::Local(_) | PageKind::Error => None,
    }
}

/// What a page shows: the path of an item, the file of a Markdown page.
pub(super) fn subject(site: &Site, page: &Page) -> Option<String> {
    match &page.kind {
        PageKind::Item { entry, .. } => Some(site.store.get(*entry).describe()),
        PageKind::Local(id) => Some(site.local.get(*id).file.name.clone()),
        PageKind::List { .. } | PageKind::Terms(_) | PageKind::Error => None,
    }
}
