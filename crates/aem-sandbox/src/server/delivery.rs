//! Files: asset originals, stored renditions, and web-optimised delivery.
//!
//! Source: aem-protocol.md, sections 7.1 and 7.2. Delivery picks the nearest stored rendition; nothing is re-encoded.

use super::persisted_query::decode;
use super::reply::Reply;
use crate::execute::{DELIVERY, Engine};
use crate::repository::Rendition;
use axum::http::StatusCode;

const FILE_CACHE: &str = "public, max-age=600, immutable";

/// `/content/dam/…`: the original, or a rendition below `jcr:content/renditions`.
pub(super) fn asset(engine: &Engine, raw_path: &str) -> Reply {
    let Some(path) = decode(raw_path) else {
        return Reply::html(StatusCode::BAD_REQUEST);
    };
    let (asset, rendition) = ["/_jcr_content/renditions/", "/jcr:content/renditions/"]
        .iter()
        .find_map(|folder| path.split_once(folder))
        .unwrap_or((&path, "original"));
    let found = engine
        .repository
        .asset_at(asset)
        .and_then(|asset| asset.rendition(rendition));
    serve(found)
}

/// `/adobe/dynamicmedia/deliver/dm-aid--{uuid}/{name}.{ext}`.
pub(super) fn dynamic(engine: &Engine, path: &str, query: &str) -> Reply {
    let rest = path.strip_prefix(DELIVERY).unwrap_or_default();
    let id = rest.split('/').next().unwrap_or_default();
    serve(
        engine
            .repository
            .asset_with_id(id)
            .and_then(|asset| asset.nearest(wanted_width(query))),
    )
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

fn serve(rendition: Option<&Rendition>) -> Reply {
    let Some(rendition) = rendition else {
        return Reply::html(StatusCode::NOT_FOUND);
    };
    match std::fs::read(&rendition.file) {
        Ok(body) => Reply::file(&rendition.mime, body).cached(FILE_CACHE),
        Err(_) => Reply::html(StatusCode::NOT_FOUND),
    }
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
