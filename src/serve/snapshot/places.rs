//! What is at an address. Only what is known from the start is found: nothing of a request becomes a path on the disk.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;

use super::Found;
use crate::artifact::{Artifact, Body, OutputPath};
use crate::asset::StandIn;
use crate::render::Site;
use crate::route::{PageId, PageKind, encode_path};
use crate::serve::base::{self, Seen};

/// The files of a site by their places in its output.
#[derive(Debug, Default)]
pub(super) struct Places {
    pages: HashMap<OutputPath, PageId>,
    generated: HashMap<OutputPath, Bytes>,
    /// Former addresses, and the routes that pages have now, encoded.
    moved: HashMap<OutputPath, String>,
    /// The pages for addresses that lead nowhere, with the folders they are for.
    errors: Vec<(String, PageId)>,
}

/// The file that a folder shows.
const INDEX: &str = "index.html";

impl Places {
    pub(super) fn of(site: &Site, generated: &[Artifact]) -> Self {
        let mut places = Self::default();
        for (id, page) in site.routes.iter() {
            places.pages.insert(page.output.clone(), id);
            if matches!(page.kind, PageKind::Error) {
                let output = page.output.as_str();
                let folder = output.rfind('/').map_or("", |end| &output[..=end]);
                places.errors.push((format!("/{folder}"), id));
            }
        }
        for redirect in site.routes.redirects() {
            let to = redirect.to.encoded().into_owned();
            places.moved.insert(redirect.output.clone(), to);
        }
        for Artifact { path, body, .. } in generated {
            if let Body::Bytes(bytes) = body {
                let bytes = Bytes::copy_from_slice(bytes);
                places.generated.insert(path.clone(), bytes);
            }
        }
        places
    }

    /// The page at a place in the output.
    pub(super) fn page(&self, output: &OutputPath) -> Option<PageId> {
        self.pages.get(output).copied()
    }

    /// What is at a decoded path, but for files of AEM.
    pub(super) fn find(&self, site: &Site, path: &str) -> Option<Found> {
        let base = &site.config.base_url;
        let own = match base::seen(base, path) {
            Seen::Below(own) => own,
            Seen::Root(to) => return Some(Found::Moved(to)),
            Seen::Outside => return None,
        };
        let is_folder = own.is_empty() || own.ends_with('/');
        let name = match is_folder {
            true => format!("{own}{INDEX}"),
            false => own.to_owned(),
        };
        let output = OutputPath::parse(&name).ok()?;
        if let Some(found) = self.at(site, &output) {
            return Some(found);
        }
        if is_folder {
            return None;
        }
        let inside = OutputPath::parse(&format!("{name}/{INDEX}")).ok()?;
        let folder = || Found::Moved(base.url(&encode_path(&format!("/{name}/"))));
        self.at(site, &inside).map(|_| folder())
    }

    fn at(&self, site: &Site, output: &OutputPath) -> Option<Found> {
        if let Some(page) = self.page(output) {
            return Some(Found::Page(page));
        }
        // The file that leads there says the same, later.
        if let Some(route) = self.moved.get(output) {
            return Some(Found::Moved(site.config.base_url.url(route)));
        }
        if let Some(bytes) = self.generated.get(output) {
            return Some(Found::Generated(bytes.clone()));
        }
        let file = site.statics.file(output).map(Path::to_path_buf);
        file.map(Found::Static)
    }

    /// The page for an address that leads nowhere: that of the deepest folder.
    pub(super) fn error_page(&self, site: &Site, path: &str) -> Option<PageId> {
        let own = match base::seen(&site.config.base_url, path) {
            Seen::Below(own) => own,
            Seen::Root(_) | Seen::Outside => "",
        };
        let path = format!("/{own}");
        let fitting = self.errors.iter();
        let fitting = fitting.filter(|(folder, _)| path.starts_with(folder.as_str()));
        fitting
            .max_by_key(|(folder, _)| folder.len())
            .map(|(_, page)| *page)
    }
}

/// The stand-in in the last segment of a path.
pub(super) fn stand_in(path: &str) -> Option<StandIn> {
    let name = path.rsplit('/').next()?;
    name.split('.').rev().find_map(StandIn::parse)
}
