//! One page on its way to a browser, with what is to be said about it.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;

use super::inject::{self, Author};
use super::media;
use super::own_page::Notice;
use crate::diag::Diagnostics;
use crate::route::PageId;
use crate::serve::{Moment, Shown, Snapshot};

/// The name of a page that is no file of the site.
const NAME: &str = "index.html";

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
    /// Where the content does not tell.
    version: Option<String>,
    /// Why it is not as its sources are: of the site, of the page.
    problems: [Arc<Diagnostics>; 2],
}

impl Page {
    /// A page of the site, under the name of its file.
    pub(super) fn new(moment: &Moment, name: impl Into<String>, body: Bytes) -> Self {
        Self {
            status: StatusCode::OK,
            name: name.into(),
            body,
            author: Author::Site,
            version: None,
            problems: [Arc::clone(&moment.problems), Arc::default()],
        }
    }

    /// The same with another status.
    pub(super) fn with(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    fn ours(moment: &Moment, status: StatusCode, notice: Notice<'_>) -> Self {
        Self {
            status,
            author: Author::Frieze,
            ..Self::new(moment, NAME, notice.page().into())
        }
    }

    /// A page of a site, rendered now if nobody has asked for it before.
    pub(super) fn of_site(moment: &Moment, snapshot: &Snapshot, id: PageId) -> Self {
        let shown = snapshot.page(id);
        let problems = [Arc::clone(&moment.problems), Arc::clone(&shown.problems)];
        let page = if never_came_out(&shown) {
            let notice = Notice::Failed(&shown.problems);
            Self::ours(moment, StatusCode::INTERNAL_SERVER_ERROR, notice)
        } else {
            let name = snapshot.site().routes.get(id).output.as_str();
            Self::new(moment, name, shown.body.clone())
        };
        Self { problems, ..page }
    }

    /// In the place of a site that there is none of.
    pub(super) fn without_site(moment: &Moment) -> Self {
        if moment.problems.has_errors() {
            let notice = Notice::NoSite(&moment.problems);
            return Self::ours(moment, StatusCode::INTERNAL_SERVER_ERROR, notice);
        }
        Self::ours(moment, StatusCode::SERVICE_UNAVAILABLE, Notice::Starting)
    }

    /// In the place of a page that there is none of at a path.
    pub(super) fn not_found(moment: &Moment, path: &str) -> Self {
        Self::ours(moment, StatusCode::NOT_FOUND, Notice::NotFound(path))
    }

    /// A fragment as it came out now.
    pub(super) fn of_fragment(moment: &Moment, shown: &Shown, version: String) -> Self {
        if never_came_out(shown) {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Self::no_fragment(moment, status, &shown.problems);
        }
        Self {
            version: Some(version),
            ..Self::new(moment, NAME, shown.body.clone())
        }
    }

    /// In the place of a fragment that cannot be shown.
    pub(super) fn no_fragment(moment: &Moment, status: StatusCode, why: &Diagnostics) -> Self {
        Self {
            version: Some(super::fragment::version(moment)),
            ..Self::ours(moment, status, Notice::NoFragment(why))
        }
    }

    /// Tells this page from what is at the same address at another moment.
    pub(super) fn version(&self) -> String {
        if let Some(version) = &self.version {
            return version.clone();
        }
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

    /// What is to be said about it alone.
    pub(super) fn own_problems(&self) -> &Arc<Diagnostics> {
        &self.problems[1]
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

fn never_came_out(shown: &Shown) -> bool {
    shown.body.is_empty() && shown.problems.has_errors()
}
