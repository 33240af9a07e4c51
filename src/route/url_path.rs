//! A route: the path of a page on its site.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::artifact::{Format, OutputPath, OutputPathError};
use crate::expression::Pattern;

/// What stands bare in a URL's path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'(')
    .remove(b')')
    .remove(b'!')
    .remove(b'\'')
    .remove(b'*')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'@')
    .remove(b'+')
    .remove(b'&')
    .remove(b'$');

/// A site-relative path: starts with `/`, and ends with one unless it names a file such as
/// `/feed.xml`. Holds plain text, not percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route(Arc<str>);

/// Why a text is not a route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// It does not start at the site's root.
    #[error("it does not start with `/`")]
    Relative,
    /// The file it leads to cannot be written.
    #[error("{0}")]
    Path(#[from] OutputPathError),
}

impl Route {
    /// Reads a route and the file it leads to.
    ///
    /// # Errors
    /// When no file inside the output folder belongs to it.
    pub fn parse(text: &str) -> Result<(Self, OutputPath), RouteError> {
        let relative = text.strip_prefix('/').ok_or(RouteError::Relative)?;
        let last = relative.rsplit('/').next().unwrap_or_default();
        if relative.is_empty() || relative.ends_with('/') {
            let output = OutputPath::parse(&format!("{relative}index.html"))?;
            return Ok((Self(Arc::from(text)), output));
        }
        if names_a_file(last) {
            return Ok((Self(Arc::from(text)), OutputPath::parse(relative)?));
        }
        let output = OutputPath::parse(&format!("{relative}/index.html"))?;
        Ok((Self(Arc::from(format!("{text}/"))), output))
    }

    /// Reads a route that a pattern gave. Whether it names a file is for the pattern to say: a slug such
    /// as `j.smith` is no file name.
    ///
    /// # Errors
    /// When no file inside the output folder belongs to it.
    pub fn of_pattern(text: &str, pattern: &Pattern) -> Result<(Self, OutputPath), RouteError> {
        let tail = pattern.tail().rsplit('/').next().unwrap_or_default();
        if text.ends_with('/') || names_a_file(&format!("x{tail}")) {
            Self::parse(text)
        } else {
            Self::parse(&format!("{text}/"))
        }
    }

    /// The route of the same page in another format, as text: `/x/` has `/x/index.json`, and `/x.html` has
    /// `/x.json`.
    #[must_use]
    pub fn in_format(&self, format: Format) -> String {
        let stem = match self.0.rsplit_once('.') {
            Some((stem, _)) if !self.0.ends_with('/') => stem.to_owned(),
            _ => format!("{}index", self.0),
        };
        format!("{stem}.{}", format.extension())
    }

    /// The route as plain text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The route as it stands in a URL.
    #[must_use]
    pub fn encoded(&self) -> Cow<'_, str> {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
        // Most routes have nothing else in them, which is found faster so; and fastest where no byte decides whether the
        // next one is looked at, as then many are looked at together.
        if self.0.bytes().fold(true, |all, byte| all & is_plain(byte)) {
            return Cow::Borrowed(&self.0);
        }
        Cow::from(utf8_percent_encode(&self.0, PATH))
    }
}

/// A path as it stands in a URL.
#[must_use]
pub fn encode_path(path: &str) -> String {
    Cow::from(utf8_percent_encode(path, PATH)).into_owned()
}

/// Whether a last segment is a file's name: a short extension of letters and digits, with a letter, so
/// that a version such as `2.0` is none.
fn names_a_file(segment: &str) -> bool {
    segment.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=8).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric())
            && extension.bytes().any(|b| b.is_ascii_alphabetic())
    })
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(String, String), RouteError> {
        Route::parse(text).map(|(route, output)| (route.to_string(), output.to_string()))
    }

    #[test]
    fn a_route_leads_to_a_file() {
        let ok = |route: &str, output: &str| Ok((route.to_owned(), output.to_owned()));
        assert_eq!(parsed("/"), ok("/", "index.html"));
        assert_eq!(parsed("/walks/"), ok("/walks/", "walks/index.html"));
        assert_eq!(parsed("/walks"), ok("/walks/", "walks/index.html"));
        assert_eq!(parsed("/feed.xml"), ok("/feed.xml", "feed.xml"));
        assert_eq!(parsed("/v/2.0"), ok("/v/2.0/", "v/2.0/index.html"));
        assert_eq!(parsed("/à/b c/"), ok("/à/b c/", "à/b c/index.html"));
        assert!(Route::parse("/à/b c/?/").is_err());
        assert_eq!(
            Route::parse("/à/b c%/").unwrap().0.encoded(),
            "/%C3%A0/b%20c%25/"
        );
    }

    #[test]
    fn a_slug_never_makes_a_file() {
        let of = |text: &str, pattern: &str| {
            let pattern = Pattern::parse(pattern).unwrap();
            Route::of_pattern(text, &pattern).unwrap().1.to_string()
        };
        assert_eq!(of("/x/a.js", "/x/{{ item.slug }}"), "x/a.js/index.html");
        assert_eq!(of("/x/a.html", "/x/{{ item.slug }}.html"), "x/a.html");
        assert_eq!(of("/feed.xml", "/feed.xml"), "feed.xml");
        assert_eq!(of("/x/y", "/x/y"), "x/y/index.html");
    }

    #[test]
    fn other_formats_lie_beside_the_page() {
        let of = |text: &str| {
            let json = Format::named("json").unwrap();
            Route::parse(text).unwrap().0.in_format(json)
        };
        assert_eq!(of("/"), "/index.json");
        assert_eq!(of("/v/2.0/"), "/v/2.0/index.json");
        assert_eq!(of("/x/a.b.html"), "/x/a.b.json");
    }

    #[test]
    fn a_route_cannot_leave_the_site() {
        for wrong in [
            "",
            "walks/",
            "/../x/",
            "/a/../../etc/passwd/",
            "//",
            "/a//b/",
            "/a\\b/",
            "/a\0/",
            "/./",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
