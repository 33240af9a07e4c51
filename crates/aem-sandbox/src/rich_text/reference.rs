//! Inline references: what images and links in a text lead to (aem-protocol.md section 6.2).

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::{
    tag::Tag,
    tree::{Element, Node},
};

/// What a repository path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A content fragment.
    Fragment,
    /// Any other asset.
    Asset {
        /// Its MIME type.
        mime: String,
    },
}

/// Knows the repository a rich text belongs to.
pub trait Resolve {
    /// What is at `path`, a decoded repository path; none if nothing is.
    fn kind(&self, path: &str) -> Option<Target>;
}

/// A repository without content: no path leads anywhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unresolved;

impl Resolve for Unresolved {
    fn kind(&self, _: &str) -> Option<Target> {
        None
    }
}

/// The repository path of a URL in the DAM, decoded and without query and fragment identifier.
///
/// Decoding matters: AEM once lost inline images with blanks in their names (section 6.2).
pub(super) fn dam_path(url: &str) -> Option<String> {
    let url = url.trim();
    let path = url.split(['?', '#']).next().unwrap_or(url);
    if path.strip_prefix("/content/dam/")?.is_empty() {
        return None;
    }
    let decoded = percent_decode_str(path).decode_utf8();
    Some(decoded.map_or_else(|_| path.to_owned(), Into::into))
}

/// The MIME type a path's extension suggests, for images whose asset is unknown.
pub(super) fn guessed_mime(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        _ => "application/octet-stream",
    }
}

/// The path an image or a link leads to, if it is one and in the DAM.
pub(super) fn target(element: &Element) -> Option<String> {
    let attribute = match element.tag {
        Tag::Image => "src",
        Tag::Link => "href",
        _ => return None,
    };
    dam_path(element.attribute(attribute)?)
}

/// All paths, in document order, each once.
pub(super) fn collect(nodes: &[Node]) -> Vec<String> {
    let mut found = Found::default();
    found.visit(nodes);
    found.paths
}

#[derive(Default)]
struct Found {
    paths: Vec<String>,
    seen: HashSet<String>,
}

impl Found {
    fn visit(&mut self, nodes: &[Node]) {
        for element in nodes.iter().filter_map(Node::element) {
            if let Some(path) = target(element)
                && self.seen.insert(path.clone())
            {
                self.paths.push(path);
            }
            self.visit(&element.children);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rich_text::references;

    #[test]
    fn references_are_in_document_order_and_unique() {
        let html = "<p><a href=\"/content/dam/x/b\">b</a> <img src='/content/dam/x/a.png'></p>\
            <ul><li><a href='/content/dam/x/b#part'>again</a></li></ul>\
            <a href='/content/dam/x/c.pdf?d=1'><img src='/content/dam/x/d.png'></a>";
        assert_eq!(
            references(html),
            [
                "/content/dam/x/b",
                "/content/dam/x/a.png",
                "/content/dam/x/c.pdf",
                "/content/dam/x/d.png"
            ]
        );
    }

    #[test]
    fn other_places_are_no_references() {
        let html = "<p><a href='https://example.com/content/dam/x'>e</a>\
            <a href='/content/site/page.html'>p</a><a href='/content/dam/'>r</a><a name='n'>n</a>\
            <img src='data:image/png;base64,AA=='><img alt='none'></p>";
        assert_eq!(references(html), Vec::<String>::new());
    }

    #[test]
    fn paths_are_decoded() {
        assert_eq!(
            dam_path(" /content/dam/x/caf%C3%A9%20noir.jpg "),
            Some("/content/dam/x/café noir.jpg".to_owned())
        );
        assert_eq!(
            dam_path("/content/dam/x/100%.jpg"),
            Some("/content/dam/x/100%.jpg".to_owned())
        );
        assert_eq!(
            dam_path("/content/dam/x/%FF.jpg"),
            Some("/content/dam/x/%FF.jpg".to_owned())
        );
    }
}
