//! Media types by the names of files.

use crate::artifact::Format;

/// What no browser shows or runs.
const UNKNOWN: &str = "application/octet-stream";

/// What sites are made of besides the formats of pages.
const OTHERS: [(&str, &str); 31] = [
    ("aac", "audio/aac"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ttf", "font/ttf"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("zip", "application/zip"),
];

/// The formats of pages that are text without saying so, with the encoding that ours have.
const TEXTS: [(&str, &str); 7] = [
    ("html", "text/html; charset=utf-8"),
    ("txt", "text/plain; charset=utf-8"),
    ("xml", "application/xml; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("ics", "text/calendar; charset=utf-8"),
    ("gpx", "application/gpx+xml; charset=utf-8"),
];

/// The value of `Content-Type` for a file of that name.
pub(super) fn of_name(name: &str) -> &'static str {
    let file = name.rsplit('/').next().unwrap_or_default();
    let Some((_, extension)) = file.rsplit_once('.') else {
        return UNKNOWN;
    };
    let extension = extension.to_ascii_lowercase();
    let mut known = TEXTS.iter().chain(&OTHERS);
    let known = known.find(|(own, _)| *own == extension);
    let format = || Format::named(&extension).map(Format::media_type);
    known
        .map(|(_, media_type)| *media_type)
        .or_else(format)
        .unwrap_or(UNKNOWN)
}

/// The same for what is known to be text.
pub(super) fn of_text(name: &str) -> &'static str {
    match of_name(name) {
        UNKNOWN => "text/plain; charset=utf-8",
        known => known,
    }
}

/// Whether a file of that name is a page for browsers.
pub(super) fn is_html(name: &str) -> bool {
    of_name(name).starts_with("text/html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_from_names() {
        for (name, expected) in [
            ("/a/index.html", "text/html; charset=utf-8"),
            ("/style.CSS", "text/css; charset=utf-8"),
            ("/feed.xml", "application/xml; charset=utf-8"),
            ("/map.geojson", "application/geo+json"),
            ("/logo.svg", "image/svg+xml"),
            ("/a.b/none", UNKNOWN),
            ("/x.exe", UNKNOWN),
        ] {
            assert_eq!(of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn every_text_among_the_formats_has_its_encoding() {
        for name in Format::names() {
            let media_type = of_name(&format!("x.{name}"));
            let own = Format::named(name).unwrap().media_type();
            assert!(media_type.starts_with(own), "{name}");
            let is_text = own.starts_with("text/");
            assert!(!is_text || media_type.contains("charset"), "{name}");
        }
    }
}
