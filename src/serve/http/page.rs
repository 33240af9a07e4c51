//! What is at an address of the site, at one moment.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;

use super::inject::{self, Author};
use super::media;
use super::own_page::Notice;
use crate::aem::AssetFile;
use crate::diag::Diagnostics;
use crate::route::{PageId, encode_path};
use crate::serve::{Found, Moment, Snapshot};

/// The name of a page for addresses that lead nowhere.
const NOT_FOUND: &str = "404.html";

/// What is at an address.
pub(super) enum At {
    /// A page.
    Page(Page),
    /// A file on the disk.
    File(PathBuf),
    /// A file that is not on the disk.
    Bytes(Bytes),
    /// A file of AEM, and who has it.
    Asset(AssetFile),
    /// Another address has it: a path as it stands in a URL.
    Elsewhere(String),
}

/// A page, and what is to be said about it.
#[derive(Debug)]
pub(super) struct Page {
    /// How it is answered.
    pub(super) status: StatusCode,
    /// What it is, by name.
    pub(super) name: String,
    /// As a build would write it.
    pub(super) body: Bytes,
    author: Author,
    /// Why it is not as its sources are.
    problems: [Arc<Diagnostics>; 2],
}

impl Page {
    fn ours(status: StatusCode, notice: Notice<'_>) -> Self {
        Self {
            status,
            name: NOT_FOUND.to_owned(),
            body: notice.page().into(),
            author: Author::Frieze,
            problems: Default::default(),
        }
    }

    /// Tells this page from what is at the same address at another moment.
    pub(super) fn version(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.status.as_u16().to_be_bytes());
        hasher.update(&self.body);
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// What a browser gets of it at a path.
    pub(super) fn sent(&self, path: &str) -> Bytes {
        if !media::is_html(&self.name) {
            return self.body.clone();
        }
        inject::script(&self.body, path, &self.version(), self.author)
    }

    /// Everything that is to be said about it: of the site first, then of the page.
    pub(super) fn problems(&self) -> Diagnostics {
        let mut all = Diagnostics::new();
        for found in &self.problems {
            all.extend_merged((**found).clone());
        }
        all
    }
}

/// What is at a decoded path. Takes as long as rendering: not for async threads.
pub(super) fn at(moment: &Moment, path: &str) -> At {
    let Some(snapshot) = &moment.site else {
        return At::Page(without_site(moment));
    };
    let base = snapshot.site().config.base_url.url("");
    let Some(route) = below(&base, path) else {
        // Everything of the site is below the path of its `base_url`.
        return match path {
            "/" => At::Elsewhere(format!("{}/", encode_path(&base))),
            _ => not_found(moment, snapshot, path),
        };
    };
    match find(snapshot, route) {
        Some((Found::Page(id), found)) if found == route => At::Page(page(moment, snapshot, id)),
        Some((Found::Page(_), found)) => At::Elsewhere(encode_path(&format!("{base}{found}"))),
        Some((Found::Static(file), _)) => At::File(file),
        Some((Found::Generated(bytes), _)) => At::Bytes(bytes),
        Some((Found::Moved(to), _)) => At::Elsewhere(encode_path(&to)),
        Some((Found::Asset(file), _)) => At::Asset(file),
        None => not_found(moment, snapshot, path),
    }
}

/// What is at a route, and the route that it has: a browser may leave out the slash at its end.
fn find(snapshot: &Snapshot, route: &str) -> Option<(Found, String)> {
    let with_slash = || {
        let route = format!("{route}/");
        let found = snapshot.find(&route)?;
        matches!(found, Found::Page(_)).then_some((found, route))
    };
    match snapshot.find(route) {
        Some(Found::Page(id)) => {
            let own = &snapshot.site().routes.get(id).route;
            Some((Found::Page(id), own.as_str().to_owned()))
        }
        Some(found) => Some((found, route.to_owned())),
        None if route.ends_with('/') => None,
        None => with_slash(),
    }
}

/// A path without the path of the site's base.
fn below<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    path.strip_prefix(base).filter(|rest| rest.starts_with('/'))
}

fn without_site(moment: &Moment) -> Page {
    if moment.problems.has_errors() {
        let notice = Notice::NoSite(&moment.problems);
        return Page::ours(StatusCode::INTERNAL_SERVER_ERROR, notice);
    }
    Page::ours(StatusCode::SERVICE_UNAVAILABLE, Notice::Starting)
}

fn page(moment: &Moment, snapshot: &Snapshot, id: PageId) -> Page {
    let shown = snapshot.page(id);
    if shown.body.is_empty() && shown.problems.has_errors() {
        let notice = Notice::Failed(&shown.problems);
        return Page::ours(StatusCode::INTERNAL_SERVER_ERROR, notice);
    }
    Page {
        status: StatusCode::OK,
        name: snapshot.site().routes.get(id).output.as_str().to_owned(),
        body: shown.body.clone(),
        author: Author::Site,
        problems: [Arc::clone(&moment.problems), Arc::clone(&shown.problems)],
    }
}

/// The site's own page for addresses that lead nowhere, if it has one.
fn not_found(moment: &Moment, snapshot: &Snapshot, path: &str) -> At {
    let status = StatusCode::NOT_FOUND;
    At::Page(match snapshot.error_page(path) {
        Some(id) => Page {
            status,
            ..page(moment, snapshot, id)
        },
        None => Page::ours(status, Notice::NotFound(path)),
    })
}
