//! What is at an address of the site, at one moment.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use tokio::sync::mpsc::UnboundedSender;

use super::fallback::{Fallback, Place};
use super::media;
use super::page::Page;
use crate::aem::AssetFile;
use crate::diag::Diagnostics;
use crate::fs;
use crate::route::encode_path;
use crate::serve::base::{self, Seen};
use crate::serve::{Earlier, Found, Moment, Snapshot};

/// What is at an address.
pub(super) enum At {
    /// A page.
    Page(Page),
    /// A file on the disk.
    File(PathBuf),
    /// A text that is not on the disk.
    Bytes(Bytes),
    /// A file of AEM.
    Asset(AssetFile),
    /// Another address has it: a path as it stands in a URL.
    Elsewhere(String),
}

/// What looking for something needs besides a moment.
#[derive(Debug, Default)]
pub(super) struct Eyes {
    fallback: Fallback,
    /// Who wants to hear what is wrong with pages.
    troubles: Option<UnboundedSender<Arc<Diagnostics>>>,
}

impl Eyes {
    pub(super) fn new(troubles: UnboundedSender<Arc<Diagnostics>>) -> Self {
        Self {
            fallback: Fallback::default(),
            troubles: Some(troubles),
        }
    }

    /// Tells what is wrong with a page.
    fn tell(&self, page: &Page) {
        let found = page.own_problems();
        if let Some(troubles) = self.troubles.as_ref().filter(|_| !found.is_empty()) {
            // Nobody may listen any more.
            let _ = troubles.send(Arc::clone(found));
        }
    }
}

/// What is at a decoded path. Takes as long as rendering: not for async threads.
pub(super) fn at(moment: &Moment, path: &str, eyes: &Eyes) -> At {
    let Some(snapshot) = &moment.site else {
        let page = || At::Page(Page::without_site(moment));
        return earlier(moment, path, &eyes.fallback).unwrap_or_else(page);
    };
    let found = of_site(moment, snapshot, path);
    if let At::Page(page) = &found {
        eyes.tell(page);
    }
    found
}

fn of_site(moment: &Moment, snapshot: &Snapshot, path: &str) -> At {
    match snapshot.find(path) {
        Some(Found::Page(id)) => At::Page(Page::of_site(moment, snapshot, id)),
        Some(Found::Static(file)) => At::File(file),
        Some(Found::Generated(bytes)) => At::Bytes(bytes),
        Some(Found::Moved(to)) => At::Elsewhere(to),
        Some(Found::Asset(file)) => At::Asset(file),
        None => not_found(moment, snapshot, path),
    }
}

/// The site's own page for addresses that lead nowhere, if it has one.
fn not_found(moment: &Moment, snapshot: &Snapshot, path: &str) -> At {
    At::Page(match snapshot.error_page(path) {
        Some(id) => Page::of_site(moment, snapshot, id).with(StatusCode::NOT_FOUND),
        None => Page::not_found(moment, path),
    })
}

/// What is at a path of the last good site, while there is none of ours.
fn earlier(moment: &Moment, path: &str, fallback: &Fallback) -> Option<At> {
    let Earlier { folder, base } = moment.fallback.as_ref()?;
    let place = match base::seen(base, path) {
        Seen::Below(own) => fallback.find(folder, own),
        Seen::Root(to) => return Some(At::Elsewhere(to)),
        Seen::Outside => None,
    };
    let (status, place) = match place {
        Some(place) => (StatusCode::OK, place),
        None => (StatusCode::NOT_FOUND, fallback.find(folder, "404.html")?),
    };
    match place {
        Place::WithSlash => Some(At::Elsewhere(encode_path(&format!("{path}/")))),
        Place::File(file, name) if media::is_html(&name) => {
            let page = Page::new(moment, name, fs::read_bytes(&file).ok()?.into());
            Some(At::Page(page.with(status)))
        }
        Place::File(file, _) => Some(At::File(file)),
    }
}
