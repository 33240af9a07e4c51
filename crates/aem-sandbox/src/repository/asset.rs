//! Assets: binaries with what their metadata says.
//!
//! Source: aem-protocol.md, sections 4.6 and 14.6.

use super::access::Publication;
use super::fragment::derived_id;
use super::node::Node;
use super::property::{Property, Scalar};
use std::path::PathBuf;

/// An asset.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) mime: String,
    pub(crate) width: Option<i64>,
    pub(crate) height: Option<i64>,
    pub(crate) size: Option<i64>,
    pub(crate) author: Option<String>,
    pub(crate) renditions: Vec<Rendition>,
    pub(crate) publication: Publication,
}

/// One stored form of an asset; `original` is the uploaded file.
#[derive(Debug, Clone)]
pub(crate) struct Rendition {
    pub(crate) name: String,
    pub(crate) mime: String,
    pub(crate) file: PathBuf,
}

/// Which type of the schema an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssetKind {
    Image,
    Document,
    Multimedia,
    Archive,
}

impl Asset {
    /// Reads a `dam:Asset` node that is not a fragment.
    pub(super) fn read(node: &Node, path: &str) -> Self {
        let content = node.child("jcr:content");
        let empty = Node::default();
        let metadata = content.and_then(|c| c.child("metadata")).unwrap_or(&empty);
        let mut renditions: Vec<Rendition> = content
            .and_then(|c| c.child("renditions"))
            .into_iter()
            .flat_map(|r| &r.children)
            .filter_map(Rendition::read)
            .collect();
        let mime = ["dc:format", "dam:MIMEtype"]
            .iter()
            .find_map(|name| first_text(metadata, name))
            .map(str::to_owned)
            .or_else(|| {
                let original = renditions.iter().find(|r| r.name == "original")?;
                (!original.mime.is_empty()).then(|| original.mime.clone())
            })
            .unwrap_or_else(|| mime_of_name(path).to_owned());
        for rendition in &mut renditions {
            if rendition.mime.is_empty() {
                let named = mime_of_name(&rendition.name);
                rendition.mime = if rendition.name == "original" {
                    &mime
                } else {
                    named
                }
                .to_owned();
            }
        }
        let integer = |names: &[&str]| names.iter().find_map(|name| first_integer(metadata, name));
        Self {
            path: path.to_owned(),
            id: node
                .text("jcr:uuid")
                .map_or_else(|| derived_id(path), str::to_owned),
            width: integer(&["tiff:ImageWidth", "exif:PixelXDimension"]),
            height: integer(&["tiff:ImageLength", "exif:PixelYDimension"]),
            size: integer(&["dam:size"]),
            author: first_text(metadata, "dc:creator").map(str::to_owned),
            mime,
            renditions,
            publication: Publication::read(content),
        }
    }

    pub(crate) fn kind(&self) -> AssetKind {
        match self.mime.as_str() {
            // SVG is a document in AEM.
            "image/svg+xml" => AssetKind::Document,
            mime if mime.starts_with("image/") => AssetKind::Image,
            mime if mime.starts_with("video/") || mime.starts_with("audio/") => {
                AssetKind::Multimedia
            }
            "application/zip"
            | "application/x-zip-compressed"
            | "application/java-archive"
            | "application/x-tar"
            | "application/gzip"
            | "application/x-gzip"
            | "application/x-7z-compressed"
            | "application/x-rar-compressed"
            | "application/vnd.rar" => AssetKind::Archive,
            _ => AssetKind::Document,
        }
    }

    pub(crate) fn rendition(&self, name: &str) -> Option<&Rendition> {
        self.renditions
            .iter()
            .find(|rendition| rendition.name == name)
    }

    /// The smallest stored picture at least `width` wide, else the original.
    ///
    /// Widths are taken from AEM's names, `cq5dam.web.1280.1280.jpeg`. Stands in for resizing.
    pub(crate) fn nearest(&self, width: Option<u32>) -> Option<&Rendition> {
        let wide_enough = |rendition: &&Rendition| match (rendition.width(), width) {
            (Some(own), Some(asked)) => own >= asked && rendition.mime.starts_with("image/"),
            _ => false,
        };
        let stored = self.renditions.iter().filter(wide_enough);
        stored
            .min_by_key(|rendition| rendition.width())
            .or_else(|| self.rendition("original"))
    }
}

impl Rendition {
    fn read(node: &Node) -> Option<Self> {
        let content = node.child("jcr:content")?;
        let Some(Property::Single(Scalar::Binary(file))) = content.property("jcr:data") else {
            return None;
        };
        Some(Self {
            name: node.name.clone(),
            mime: content.text("jcr:mimeType").unwrap_or_default().to_owned(),
            file: file.clone(),
        })
    }

    /// The width in a name like `cq5dam.thumbnail.319.319.png`.
    fn width(&self) -> Option<u32> {
        self.name.split('.').find_map(|part| part.parse().ok())
    }
}

fn first_text<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.property(name)?.texts().next()
}

fn first_integer(node: &Node, name: &str) -> Option<i64> {
    match node.property(name)?.values().first()? {
        Scalar::Integer(value) => Some(*value),
        Scalar::Text(text) => text.trim().parse().ok(),
        Scalar::Boolean(_) | Scalar::Number(_) | Scalar::Date(_) | Scalar::Binary(_) => None,
    }
}

/// The MIME type of a file name.
pub(crate) fn mime_of_name(name: &str) -> &'static str {
    let extension = name
        .rsplit('/')
        .next()
        .and_then(|n| n.rsplit_once('.'))
        .map_or("", |(_, e)| e);
    match extension.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "zip" => "application/zip",
        "html" => "text/html",
        "txt" => "text/plain",
        "json" => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(renditions: &[&str]) -> Asset {
        let mut node = Node::new("a.jpg");
        let mut content = Node::new("jcr:content");
        let mut folder = Node::new("renditions");
        for name in renditions {
            let mut data = Node::new("jcr:content");
            data.set(
                "jcr:data".to_owned(),
                Property::Single(Scalar::Binary(PathBuf::from(name))),
            );
            let mut file = Node::new(*name);
            file.children.push(data);
            folder.children.push(file);
        }
        content.children.push(folder);
        node.children.push(content);
        Asset::read(&node, "/content/dam/x/a.jpg")
    }

    #[test]
    fn nearest_rendition_is_never_smaller_than_asked() {
        let asset = asset(&[
            "original",
            "cq5dam.web.1280.1280.jpeg",
            "cq5dam.thumbnail.319.319.png",
        ]);
        let nearest = |width| asset.nearest(width).unwrap().name.as_str();
        assert_eq!(nearest(Some(300)), "cq5dam.thumbnail.319.319.png");
        assert_eq!(nearest(Some(320)), "cq5dam.web.1280.1280.jpeg");
        assert_eq!(nearest(Some(1600)), "original");
        assert_eq!(nearest(None), "original");
        assert_eq!(asset.rendition("original").unwrap().mime, "image/jpeg");
    }

    #[test]
    fn kinds_follow_the_mime_type() {
        let kind = |mime: &str| {
            Asset {
                mime: mime.to_owned(),
                ..asset(&[])
            }
            .kind()
        };
        assert_eq!(kind("image/png"), AssetKind::Image);
        assert_eq!(kind("image/svg+xml"), AssetKind::Document);
        assert_eq!(kind("video/mp4"), AssetKind::Multimedia);
        assert_eq!(kind("application/zip"), AssetKind::Archive);
        assert_eq!(kind("application/pdf"), AssetKind::Document);
    }
}
