//! One page: what it is, and what it was made of.

use serde_json::{Value, json};

use super::Refused;
use super::found::problems;
use super::parameters::Parameters;
use super::routes::{address, definition, kind, rendered, subject};
use crate::aem::Tier;
use crate::render::{Read, Site, read_by};
use crate::route::{Page, PageId, PageKind};
use crate::serve::{Found, Snapshot};

/// Reads told of a page.
const READS: usize = 1_000;

/// The page at a `path` of the preview, or with that route. It is rendered, if nobody has asked for it before: what it was
/// made of is known then.
pub(super) fn tell(snapshot: &Snapshot, parameters: &Parameters) -> Result<Value, Refused> {
    let path = parameters.needed("path")?;
    let id = find(snapshot, path)
        .ok_or_else(|| Refused::Unknown(format!("there is no page at `{path}`")))?;
    let shown = snapshot.page(id);
    let site = &**snapshot.site();
    let page = site.routes.get(id);
    let asked = snapshot.reads(id);
    let asked = asked.iter().flat_map(|reads| reads.questions());
    let reads = read_by(site, page, asked);
    let mut told = about(site, page);
    told["rendered"] = rendered(&shown);
    told["problems"] = problems(&shown.problems);
    told["reads_in_all"] = json!(reads.len());
    let reads = reads.iter().take(READS);
    told["reads"] = reads.map(|read| one(site, read)).collect();
    Ok(told)
}

/// The page at a path as a browser has it, or as templates write it: with the path of `base_url`, or without.
fn find(snapshot: &Snapshot, path: &str) -> Option<PageId> {
    if let Some(Found::Page(id)) = snapshot.find(path) {
        return Some(id);
    }
    snapshot.site().routes.id_at(path)
}

/// What a page is.
fn about(site: &Site, page: &Page) -> Value {
    let query = definition(site, page).map(|query| site.queries.get(query));
    let formats = page.formats.iter();
    let formats =
        formats.map(|route| json!({ "route": route.as_str(), "address": address(site, route) }));
    json!({
        "route": page.route.as_str(),
        "address": address(site, &page.route),
        "permalink": site.config.base_url.permalink(&page.route.encoded()),
        "output": page.output.as_str(),
        "kind": kind(&page.kind),
        "language": site.config.languages.get(page.language).code,
        "template": &*page.template,
        "definition": query.map(|query| json!({ "name": &*query.name, "file": &*query.file })),
        "subject": subject(site, page),
        "item": item(site, page),
        "formats": formats.collect::<Vec<_>>(),
    })
}

/// The item of a page, and where it is edited.
fn item(site: &Site, page: &Page) -> Value {
    let PageKind::Item { entry, .. } = page.kind else {
        return Value::Null;
    };
    let own = site.store.get(entry);
    let place = site
        .store
        .of_query(own.query)
        .iter()
        .position(|id| *id == entry);
    json!({
        "path": own.path.as_ref().map(|path| path.as_str()),
        "variation": own.variation.as_deref(),
        "language": site.config.languages.get(own.language).code,
        "definition": &*site.queries.get(own.query).name,
        "number": place,
        "edit": own.path.as_ref().and_then(|path| editor(site, path.as_str())),
    })
}

/// Where AEM's author tier shows a fragment in its editor; `None` where no author host is known.
fn editor(site: &Site, path: &str) -> Option<String> {
    let hosts = &site.config.aem.hosts;
    let (_, host) = hosts.iter().find(|(tier, _)| *tier == Tier::Author)?;
    let mut url = host.clone();
    url.set_path(&format!("/editor.html{path}"));
    Some(url.to_string())
}

fn one(site: &Site, read: &Read) -> Value {
    json!({
        "kind": read.kind.name(),
        "subject": read.subject,
        "call": read.call,
        "words": read.to_string(),
        "route": read.route.as_ref().map(|route| route.as_str()),
        "address": read.route.as_ref().map(|route| address(site, route)),
    })
}
