//! Files: asset originals, renditions, and web-optimised delivery.
//!
//! Source: aem-protocol.md, sections 7.1 and 7.2. With the feature `images`, delivery resizes and re-encodes; without
//! it, and for originals that cannot be decoded, it picks the nearest stored rendition.

use super::options::{Options, Tier};
use super::persisted_query::decode;
use super::reply::Reply;
use crate::execute::{DELIVERY, Engine};
use crate::repository::Rendition;
use axum::http::{StatusCode, header};

const FILE_CACHE: &str = "public, max-age=600, immutable";
/// Author keeps nothing, and yet may answer 304.
const AUTHOR_CACHE: &str = "no-cache";

/// What files are served from.
#[derive(Clone, Copy)]
pub(super) struct Files<'a> {
    pub(super) engine: &'a Engine,
    pub(super) options: &'a Options,
    #[cfg(feature = "images")]
    pub(super) images: &'a super::images::ImageService,
}

impl Files<'_> {
    /// `/content/dam/…`: the original, or a rendition below `jcr:content/renditions`.
    pub(super) fn asset(self, raw_path: &str) -> Reply {
        let Some(path) = decode(raw_path) else {
            return Reply::html(StatusCode::BAD_REQUEST);
        };
        let (asset, rendition) = ["/_jcr_content/renditions/", "/jcr:content/renditions/"]
            .iter()
            .find_map(|folder| path.split_once(folder))
            .unwrap_or((&path, "original"));
        let Some(asset) = self.engine.repository.asset_at(asset) else {
            return Reply::html(StatusCode::NOT_FOUND);
        };
        let stored = asset.rendition(rendition);
        #[cfg(feature = "images")]
        if stored.is_none()
            && self.options.standard_renditions
            && let Some(image) = self.images.rendition(asset, rendition)
        {
            return Reply::file(image.mime, image.bytes).cached(self.cache_control());
        }
        self.stored(stored)
    }

    /// `/adobe/dynamicmedia/deliver/dm-aid--{uuid}/{name}.{ext}`.
    pub(super) fn dynamic(self, path: &str, query: &str, accept: &str) -> Reply {
        let rest = path.strip_prefix(DELIVERY).unwrap_or_default();
        let (id, name) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(asset) = self.engine.repository.asset_with_id(id) else {
            return Reply::html(StatusCode::NOT_FOUND);
        };
        #[cfg(feature = "images")]
        if let Some(image) = self.images.deliver(asset, name, query, accept) {
            return Reply::file(image.mime, image.bytes)
                .cached(self.cache_control())
                .header(header::VARY, "Accept");
        }
        #[cfg(not(feature = "images"))]
        let _ = (name, accept);
        self.stored(asset.nearest(wanted_width(query)))
            .header(header::VARY, "Accept")
    }

    fn stored(self, rendition: Option<&Rendition>) -> Reply {
        let Some(rendition) = rendition else {
            return Reply::html(StatusCode::NOT_FOUND);
        };
        match std::fs::read(&rendition.file) {
            Ok(body) => Reply::file(&rendition.mime, body).cached(self.cache_control()),
            Err(_) => Reply::html(StatusCode::NOT_FOUND),
        }
    }

    fn cache_control(self) -> &'static str {
        match self.options.tier {
            Tier::Author => AUTHOR_CACHE,
            Tier::Publish | Tier::Preview => FILE_CACHE,
        }
    }
}

/// `width`, or the first number of `size`; the last one given counts.
fn wanted_width(query: &str) -> Option<u32> {
    let pairs = query
        .split('&')
        .rev()
        .filter_map(|pair| pair.split_once('='));
    let mut widths = pairs.filter_map(|(name, value)| match name {
        "width" => value.parse().ok(),
        "size" => value.split([',', '%']).next()?.parse().ok(),
        _ => None,
    });
    widths.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_width_counts() {
        assert_eq!(
            wanted_width("preferwebp=true&width=1200&width=400"),
            Some(400)
        );
        assert_eq!(wanted_width("size=300,200"), Some(300));
        assert_eq!(wanted_width("width=wide"), None);
        assert_eq!(wanted_width(""), None);
    }
}
