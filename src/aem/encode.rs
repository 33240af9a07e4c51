//! How text gets into the address of a request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::Variables;

/// What JavaScript's `encodeURIComponent` leaves bare; AEM's own client sends exactly this.
pub(super) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What may stand bare in a segment of a repository path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'(')
    .remove(b')');

/// What may stand bare in a query string; a slash needs no encoding there, and paths stay readable.
const PARAMETER: &AsciiSet = &SEGMENT.remove(b'/');

/// The longest request path sent, in bytes. AEM publishes no limit; section 2.2 advises to fail above
/// 8,000.
const MAX_PATH: usize = 8_000;

/// Why variables cannot be sent in a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// `;` separates variables and AEM knows no escape for it.
    #[error(
        "the variable `{0}` has a `;` in its value, which AEM would take for the start of the next variable"
    )]
    Semicolon(String),
    /// The name could not be told from the value.
    #[error("the variable name {0:?} has a character other than letters, digits and `_`")]
    Name(String),
    /// No intermediary can be trusted with a URL this long.
    #[error(
        "the request path would be {0} bytes long; above {MAX_PATH} servers and CDNs refuse it"
    )]
    TooLong(usize),
    /// A path that AEM could not have, or that a URL parser would turn into another one.
    #[error("the path {path:?} cannot be asked for: {why}")]
    Path {
        /// The path, as it was made.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An id that is none.
    #[error("{id:?} is not the id of a fragment: {why}")]
    Id {
        /// The id, as it was made.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A value in a URL: strings raw, everything else as its JSON text (section 2.2).
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The path, unless it is longer than a server can be trusted with.
pub(super) fn bounded(path: String) -> Result<String, EncodeError> {
    if path.len() > MAX_PATH {
        return Err(EncodeError::TooLong(path.len()));
    }
    Ok(path)
}

/// A repository path with each segment percent-encoded.
pub(super) fn repository_path(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len() + 8);
    for segment in path.split('/').skip(1) {
        encoded.push('/');
        encoded.extend(utf8_percent_encode(segment, SEGMENT));
    }
    encoded
}

/// One segment of a path, percent-encoded.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// What is wrong with a repository path, as far as it can be told without asking: a URL parser would
/// resolve dotted segments and drop control characters.
pub(super) fn flaw(path: &str) -> Option<&'static str> {
    let Some(rest) = path.strip_prefix('/') else {
        return Some("it does not start with `/`");
    };
    let mut segments = rest.split('/');
    if rest.chars().any(char::is_control) {
        Some("it has a control character in it")
    } else if segments.clone().any(|s| s == "." || s == "..") {
        Some("it has a dotted segment")
    } else if segments.any(str::is_empty) {
        Some("it has an empty segment, or a slash at its end")
    } else {
        None
    }
}

/// The variables as a query string with its `?`, but for those that have their place elsewhere; empty
/// when there are no others.
pub(super) fn query_string(variables: &Variables, elsewhere: &[&str]) -> String {
    let mut query = String::new();
    for (name, value) in variables.iter() {
        if elsewhere.contains(&name) {
            continue;
        }
        query.push(if query.is_empty() { '?' } else { '&' });
        query.extend(utf8_percent_encode(name, PARAMETER));
        query.push('=');
        query.extend(utf8_percent_encode(&text(value), PARAMETER));
    }
    query
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_encoded_by_segment() {
        assert_eq!(
            repository_path("/content/dam/harbor/été 1%/pot#1?.jpg"),
            "/content/dam/harbor/%C3%A9t%C3%A9%201%25/pot%231%3F.jpg"
        );
        assert_eq!(
            repository_path("/content/x/jcr:content;v=1.json"),
            "/content/x/jcr%3Acontent%3Bv%3D1.json"
        );
    }

    #[test]
    fn what_a_url_parser_would_change_is_no_path() {
        assert_eq!(flaw("/content/harbor/en.model.json"), None);
        for wrong in [
            "", "content", "/", "//x", "/a//b", "/a/", "/a/../b", "/./a", "/a\n",
        ] {
            assert!(flaw(wrong).is_some(), "{wrong:?}");
        }
    }

    #[test]
    fn a_query_string_keeps_every_value_whole() {
        let variables: Variables = [
            ("path", json!("/content/dam/a b/ü")),
            ("cursor", json!("a+b/c==&limit=9#?")),
            ("limit", json!(50)),
            ("id", json!("x")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect();
        assert_eq!(
            query_string(&variables, &["id"]),
            "?cursor=a%2Bb/c%3D%3D%26limit%3D9%23%3F&limit=50&path=/content/dam/a%20b/%C3%BC"
        );
        assert_eq!(query_string(&Variables::new(), &[]), "");
    }
}
