//! `base_url`: the absolute address the site will be served at.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::diag::{Diagnostic, Kind, Location};
use crate::table::Table;

/// An absolute http(s) URL; what routes are appended to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// `https://www.example.com`, without a slash at the end.
    origin: String,
    /// Empty or `/docs`, without a slash at the end.
    path: String,
}

impl BaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url =
            Url::parse(text).map_err(|error| format!("it is not an absolute URL ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("it must start with http:// or https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not hold a user name or password".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it must not have a query or fragment".to_owned());
        }
        let path = url.path().trim_end_matches('/').to_owned();
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            path,
        })
    }

    /// The URL of a route for links within the site: its path on the host.
    #[must_use]
    pub fn url(&self, route: &str) -> String {
        [&self.path, route].concat()
    }

    /// The path of the site's root, decoded as paths of requests are, with a slash at the end.
    #[must_use]
    pub fn decoded(&self) -> String {
        let path = percent_decode_str(&self.path).decode_utf8_lossy();
        format!("{path}/")
    }

    /// The absolute URL of a route.
    #[must_use]
    pub fn permalink(&self, route: &str) -> String {
        [&self.origin, &self.path, route].concat()
    }

    /// The absolute form of a link within the site, which has the path of the base already.
    #[must_use]
    pub fn absolute(&self, url: &str) -> String {
        format!("{}{url}", self.origin)
    }

    /// The base itself, without a slash at the end.
    #[must_use]
    pub fn as_text(&self) -> String {
        self.permalink("")
    }
}

/// Reads the key, or what the command line says instead.
pub(super) fn read(table: &Table<'_>, overridden: Option<&str>) -> Option<BaseUrl> {
    let text = table.string("base_url");
    let reader = table.reader();
    if let Some(overridden) = overridden {
        return BaseUrl::parse(overridden)
            .map_err(|why| {
                let message = format!("`--base-url` cannot be used: {why}");
                reader.push(Diagnostic::error(Kind::Config, message));
            })
            .ok();
    }
    let Some(text) = text else {
        if !table.has("base_url") {
            reader.push(
                Diagnostic::error(Kind::Config, "`base_url` is missing")
                    .at(Location::file(&reader.file().name))
                    .note("absolute addresses (canonical links, feeds) are made from it")
                    .help("add a line such as `base_url = \"https://www.example.com\"`"),
            );
        }
        return None;
    };
    if text.incomplete {
        return None;
    }
    BaseUrl::parse(&text.value)
        .map_err(|why| {
            let message = format!("`base_url` cannot be used: {why}");
            reader.push(Diagnostic::error(Kind::Config, message).at(reader.place(&text)));
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn routes_are_appended() {
        let plain = BaseUrl::parse("https://www.example.com/").unwrap();
        assert_eq!(
            (plain.url("/a/").as_str(), plain.permalink("/").as_str()),
            ("/a/", "https://www.example.com/")
        );
        let sub = BaseUrl::parse("http://localhost:8000/docs").unwrap();
        assert_eq!(
            (sub.url("/a/").as_str(), sub.permalink("/a/").as_str()),
            ("/docs/a/", "http://localhost:8000/docs/a/")
        );
        let other = BaseUrl::parse("https://www.example.com/café 1/").unwrap();
        assert_eq!(
            (other.url("/a/").as_str(), other.decoded().as_str()),
            ("/caf%C3%A9%201/a/", "/café 1/")
        );
        assert_eq!((&*plain.decoded(), &*sub.decoded()), ("/", "/docs/"));
        for wrong in [
            "example.com",
            "/x",
            "ftp://a/",
            "https://u:p@a/",
            "https://a/?q",
            "mailto:a@b",
        ] {
            assert!(BaseUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
