//! What a request asks for: a path that was decoded once, and a query.
//!
//! The path never becomes one of the file system: it is looked up among the addresses that the site has. It is read
//! strictly all the same, so that what is asked, what is logged and what is looked up are one thing.

use hyper::Uri;
use percent_encoding::percent_decode_str;

/// The longest path and query, in bytes.
const LONGEST: usize = 4096;

/// A decoded path with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// Starts with `/`, has no `.` or `..` between slashes, no control characters and no backslash.
    pub(super) path: String,
    /// The query as it was sent.
    query: String,
}

/// Why a target is not looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Not a path, or one with a character or segment that no address of a site has.
    Bad,
    /// Longer than any address of a site.
    TooLong,
}

impl Target {
    pub(super) fn of(uri: &Uri) -> Result<Self, Refused> {
        let sent = uri.path();
        let query = uri.query().unwrap_or_default();
        if sent.len() + query.len() > LONGEST {
            return Err(Refused::TooLong);
        }
        let path = percent_decode_str(sent).decode_utf8();
        let path = path.map_err(|_| Refused::Bad)?.into_owned();
        if !path.starts_with('/') || path.contains(forbidden) {
            return Err(Refused::Bad);
        }
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(Refused::Bad);
        }
        let query = query.to_owned();
        Ok(Self { path, query })
    }

    /// The value of a parameter, decoded; the first where there are several.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let pair = pairs.find(|(own, _)| own == name);
        pair.map(|(_, value)| value.into_owned())
    }

    /// The query as it was sent, without the question mark.
    pub(super) fn query(&self) -> &str {
        &self.query
    }
}

fn forbidden(c: char) -> bool {
    c.is_control() || c == '\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Refused> {
        let uri: Uri = text.parse().unwrap();
        Target::of(&uri).map(|target| target.path)
    }

    #[test]
    fn a_path_is_decoded_once() {
        let cases = [
            ("/", "/"),
            ("/caf%C3%A9/", "/café/"),
            ("/a%20b", "/a b"),
            ("/%252e%252e/x", "/%2e%2e/x"),
            ("/a..b/...", "/a..b/..."),
            ("http://localhost/x?y", "/x"),
        ];
        for (sent, path) in cases {
            assert_eq!(read(sent), Ok(path.to_owned()), "{sent}");
        }
    }

    #[test]
    fn what_no_site_has_is_refused() {
        for sent in [
            "/../etc/passwd",
            "/a/../../x",
            "/a/..",
            "/./x",
            "/%2e%2e/x",
            "/%2e%2e%2fx",
            "/..%2f..%2fx",
            "/a%00b",
            "/a%0d%0ab",
            "/a%5cb",
            "/..%5cx",
            "/%ff",
            "*",
        ] {
            assert_eq!(read(sent), Err(Refused::Bad), "{sent}");
        }
        let long = format!("/{}", "x".repeat(LONGEST));
        assert_eq!(read(&long), Err(Refused::TooLong));
    }

    #[test]
    fn parameters_are_decoded() {
        let uri: Uri = "/x?page=%2Fa%20b%2F&page=2&empty=".parse().unwrap();
        let target = Target::of(&uri).unwrap();
        assert_eq!(target.parameter("page").as_deref(), Some("/a b/"));
        assert_eq!(target.parameter("empty").as_deref(), Some(""));
        assert_eq!(target.parameter("other"), None);
    }
}
