//! Paths of assets in the repository (sections 4.6 and 7.2).

use std::fmt;
use std::sync::Arc;

use super::encode;

/// The `_path` of an asset: `/content/dam/…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetPath(Arc<str>);

impl AssetPath {
    /// Reads a repository path below `/content/dam/`. `None` for anything else, for dotted segments
    /// (a URL parser would resolve them) and for control characters.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let fine = path.starts_with("/content/dam/") && encode::flaw(path).is_none();
        fine.then(|| Self(Arc::from(path)))
    }

    /// The path as AEM delivers it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path of the GET that delivers the original (section 7.2), each segment percent-encoded.
    #[must_use]
    pub fn request_path(&self) -> String {
        encode::repository_path(&self.0)
    }
}

/// What came in the place of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impostor {
    /// No bytes at all.
    Nothing,
    /// A page: a login, or an error of something on the way.
    Page,
    /// JSON.
    Json,
    /// Bytes packed in a way that was not asked for, and that cannot be undone.
    Packed(String),
}

impl Impostor {
    /// What is surely not a file of that name, though its status was 200.
    #[must_use]
    pub fn of(name: &str, content_type: Option<&str>, size: Option<u64>) -> Option<Self> {
        let kind = content_type.unwrap_or_default().to_ascii_lowercase();
        let name = name.to_ascii_lowercase();
        let is_named = |endings: [&str; 2]| endings.iter().any(|ending| name.ends_with(ending));
        if size == Some(0) {
            Some(Self::Nothing)
        } else if kind.starts_with("text/html") && !is_named([".html", ".htm"]) {
            Some(Self::Page)
        } else if kind.starts_with("application/json") && !is_named(["json", ".map"]) {
            Some(Self::Json)
        } else {
            None
        }
    }
}

impl fmt::Display for Impostor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("is empty"),
            Self::Page => f.write_str("came as an HTML page"),
            Self::Json => f.write_str("came as JSON"),
            Self::Packed(how) => write!(f, "came packed as `{how}`, which nobody asked for"),
        }
    }
}

impl fmt::Display for AssetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{AssetPath, Impostor};

    #[test]
    fn tells_what_is_no_asset() {
        let of = |path: &str, kind: &str, size| Impostor::of(path, Some(kind), Some(size));
        let (page, json) = ("text/html;charset=utf-8", "Application/JSON");
        assert_eq!(of("a.jpg", page, 9), Some(Impostor::Page));
        assert_eq!(of("a.HTML", page, 9), None);
        assert_eq!(of("a.jpg", json, 9), Some(Impostor::Json));
        assert_eq!(of("a.geojson", json, 9), None);
        assert_eq!(of("a.jpg", "image/jpeg", 0), Some(Impostor::Nothing));
        assert_eq!(of("a.jpg", "image/jpeg", 9), None);
    }

    #[test]
    fn encodes_each_segment() {
        let path = AssetPath::parse("/content/dam/harbor/été 1%/pot#1.jpg").unwrap();
        assert_eq!(
            path.request_path(),
            "/content/dam/harbor/%C3%A9t%C3%A9%201%25/pot%231.jpg"
        );
        assert_eq!(path.file_name(), "pot#1.jpg");
    }

    #[test]
    fn takes_only_what_lies_in_the_dam() {
        for wrong in [
            "/content/x.jpg",
            "//host/content/dam/x",
            "/content/dam/../x",
            "/content/dam//x",
            "/content/dam/",
        ] {
            assert_eq!(AssetPath::parse(wrong), None, "{wrong}");
        }
    }
}
