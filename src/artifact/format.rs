//! The formats that pages can have, each known by the extension of its files.

use super::OutputPath;

/// The format of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format {
    extension: &'static str,
    media_type: &'static str,
}

/// All of them. `templates.rs` decides by the same extensions what is escaped.
const FORMATS: [Format; 11] = [
    Format::new("html", "text/html"),
    Format::new("json", "application/json"),
    Format::new("txt", "text/plain"),
    Format::new("xml", "application/xml"),
    Format::new("md", "text/markdown"),
    Format::new("csv", "text/csv"),
    Format::new("ics", "text/calendar"),
    Format::new("geojson", "application/geo+json"),
    Format::new("jsonld", "application/ld+json"),
    Format::new("gpx", "application/gpx+xml"),
    Format::new("svg", "image/svg+xml"),
];

impl Format {
    /// What every page is in unless its definition says otherwise.
    pub const HTML: Self = FORMATS[0];

    const fn new(extension: &'static str, media_type: &'static str) -> Self {
        Self {
            extension,
            media_type,
        }
    }

    /// The format of that name, which is its extension.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.extension == name)
    }

    /// The names of all formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|format| format.extension)
    }

    /// The format of a file by its name, if it is one of these.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Self::named(&extension.to_ascii_lowercase())
    }

    /// The format of an output file, if it is one of these.
    #[must_use]
    pub fn of(output: &OutputPath) -> Option<Self> {
        Self::of_name(output.as_str())
    }

    /// What the names of its files end in, and its own name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.extension
    }

    /// What `Content-Type` and the `type` of a link say.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.media_type
    }

    /// Whether its files are JSON.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.media_type.ends_with("json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_extension() {
        let of = |name| Format::of_name(name).map(Format::media_type);
        assert_eq!(of("walk.html"), Some("text/html"));
        assert_eq!(of("a/b/index.JSON"), Some("application/json"));
        assert_eq!(of("map.geojson"), Some("application/geo+json"));
        assert_eq!(of("walk"), None);
        assert_eq!(of("walk.exe"), None);
        let json: Vec<&str> = Format::names()
            .filter(|name| Format::named(name).is_some_and(Format::is_json))
            .collect();
        assert_eq!(json, ["json", "geojson", "jsonld"]);
    }
}
