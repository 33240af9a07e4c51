//! The files of an asset: as stored, or as image delivery makes them (section 7).

use std::fmt;

use super::{AssetPath, ImageFormat, ImageUrl, Size};

/// One file that AEM delivers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssetFile {
    /// The original, or a rendition that is stored with it.
    Stored(AssetPath),
    /// An image that is made of it.
    Delivered(ImageUrl),
}

impl AssetFile {
    /// Reads what [`fmt::Display`] has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match AssetPath::parse(text) {
            Some(path) => Some(Self::Stored(path)),
            None => ImageUrl::parse(text).map(Self::Delivered),
        }
    }

    /// Scheme, host and port, where it is not the host that answers queries.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        match self {
            Self::Stored(_) => None,
            Self::Delivered(url) => url.origin(),
        }
    }

    /// What the GET asks for: path and query, percent-encoded.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Stored(path) => path.request_path(),
            Self::Delivered(url) => url.target(),
        }
    }

    /// The address of the GET, without the host where that is the one that answers queries.
    #[must_use]
    pub fn request_path(&self) -> String {
        format!("{}{}", self.origin().unwrap_or_default(), self.target())
    }

    /// The `Accept` of the GET.
    #[must_use]
    pub fn accept(&self) -> &'static str {
        match self {
            Self::Stored(_) => "*/*",
            Self::Delivered(url) => url.accept(),
        }
    }

    /// Whether it is a rendition, which may have been made or not.
    #[must_use]
    pub fn is_rendition(&self) -> bool {
        matches!(self, Self::Stored(path) if path.as_str().contains("/_jcr_content/renditions/"))
    }

    /// How wide the image probably is, of an original of that size: what was asked for, or what the name of a standard
    /// rendition says (`cq5dam.web.1280.1280.jpeg`).
    #[must_use]
    pub fn expected_width(&self, original: Option<Size>) -> Option<u32> {
        match self {
            Self::Delivered(url) => url.asked_width(),
            Self::Stored(_) if !self.is_rendition() => original.map(|size| size.width),
            Self::Stored(path) => {
                let mut sides = path.file_name().rsplit('.').skip(1);
                let mut side = || sides.next()?.parse::<u32>().ok();
                let (height, width) = (side()?, side()?);
                let Some(size) = original else {
                    return Some(width);
                };
                let by_height = size.turned().at_width(height).height;
                Some(width.min(size.width).min(by_height))
            }
        }
    }

    /// The format that is asked for, where that is not the asset's own.
    #[must_use]
    pub fn expected_format(&self) -> Option<ImageFormat> {
        match self {
            Self::Stored(_) => None,
            Self::Delivered(url) => url.asked_format(),
        }
    }

    /// What the asset is called, of which it is a file.
    #[must_use]
    pub fn asset_name(&self) -> &str {
        match self {
            Self::Stored(path) => {
                let asset = path.as_str().split("/_jcr_content/").next();
                asset
                    .and_then(|asset| asset.rsplit('/').next())
                    .unwrap_or_default()
            }
            Self::Delivered(url) => url.file_name(),
        }
    }

    /// The file name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        match self {
            Self::Stored(path) => path.file_name(),
            Self::Delivered(url) => url.file_name(),
        }
    }
}

impl From<AssetPath> for AssetFile {
    fn from(path: AssetPath) -> Self {
        Self::Stored(path)
    }
}

impl fmt::Display for AssetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored(path) => path.fmt(f),
            Self::Delivered(url) => url.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AssetFile;

    #[test]
    fn what_is_written_can_be_read() {
        for text in [
            "/content/dam/harbor/été.jpg",
            "/content/dam/harbor/a.jpg/_jcr_content/renditions/cq5dam.web.1280.1280.jpeg",
            "/adobe/dynamicmedia/deliver/dm-aid--1/a.jpg?preferwebp=true&width=480",
            "https://delivery-p1-e2.adobeaemcloud.com/adobe/assets/urn:aaid:aem:1/as/a.webp?width=4",
        ] {
            assert_eq!(AssetFile::parse(text).unwrap().to_string(), text);
        }
        let stored = AssetFile::parse("/content/dam/a b.jpg").unwrap();
        assert_eq!(stored.request_path(), "/content/dam/a%20b.jpg");
        let rendition = AssetFile::parse("/content/dam/x/a.png/_jcr_content/renditions/b.jpeg");
        let rendition = rendition.unwrap();
        assert_eq!(rendition.asset_name(), "a.png");
        assert!(rendition.is_rendition() && !stored.is_rendition());
    }
}
