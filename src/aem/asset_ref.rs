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

impl fmt::Display for AssetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::AssetPath;

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
