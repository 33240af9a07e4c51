//! What is at an address of the site, at one moment.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;

use super::fallback::{Fallback, Place};
use super::media;
use super::page::Page;
use crate::aem::AssetFile;
use crate::fs;
use crate::route::encode_path;
use crate::serve::{Found, Moment, Snapshot};

/// What is at an address.
pub(super) enum At {
    /// A page.
    Page(Page),
    /// A file on the disk.
    File(PathBuf),
    /// A file that is not on the disk.
    Bytes(Bytes),
    /// A file of AEM.
    Asset(AssetFile),
    /// Another address has it: a path as it stands in a URL.
    Elsewhere(String),
}

/// What is at a decoded path. Takes as long as rendering: not for async threads.
pub(super) fn at(moment: &Moment, path: &str, fallback: &Fallback) -> At {
    let Some(snapshot) = &moment.site else {
        let page = || At::Page(Page::without_site(moment));
        return earlier(moment, path, fallback).unwrap_or_else(page);
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
        Some((Found::Page(id), found)) if found == route => {
            At::Page(Page::of_site(moment, snapshot, id))
        }
        Some((Found::Page(_), found)) => At::Elsewhere(encode_path(&format!("{base}{found}"))),
        Some((Found::Static(file), _)) => At::File(file),
        Some((Found::Generated(bytes), _)) => At::Bytes(bytes),
        Some((Found::Moved(to), _)) => At::Elsewhere(encode_path(&to)),
        Some((Found::Asset(file), _)) => At::Asset(file),
        None => not_found(moment, snapshot, path),
    }
}

/// What is at a route, and the route that it has: a browser may leave out the slash at its end.
fn find(snapshot: &Arc<Snapshot>, route: &str) -> Option<(Found, String)> {
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

/// The site's own page for addresses that lead nowhere, if it has one.
fn not_found(moment: &Moment, snapshot: &Snapshot, path: &str) -> At {
    At::Page(match snapshot.error_page(path) {
        Some(id) => Page::of_site(moment, snapshot, id).with(StatusCode::NOT_FOUND),
        None => Page::not_found(moment, path),
    })
}

/// What is at a path of the last good site, while there is none of ours.
fn earlier(moment: &Moment, path: &str, fallback: &Fallback) -> Option<At> {
    let folder = moment.fallback.as_deref()?;
    let (status, place) = match fallback.find(folder, path) {
        Some(place) => (StatusCode::OK, place),
        None => (StatusCode::NOT_FOUND, fallback.find(folder, "/404.html")?),
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
