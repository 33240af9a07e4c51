//! The URL grammar of persisted queries, read from the raw path.
//!
//! Source: aem-protocol.md, section 2.2, "Server decode algorithm".

use percent_encoding::percent_decode_str;

/// A persisted query and its variables, still text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PersistedQuery {
    pub(super) configuration: String,
    pub(super) name: String,
    pub(super) variables: Vec<(String, String)>,
}

/// Why a path is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathError {
    /// Nothing after `execute.json`.
    NoPath,
    /// A percent sign without two hex digits, or bytes that are not UTF-8.
    Malformed,
}

impl PersistedQuery {
    /// Reads what follows `/graphql/execute.json` in the raw request path.
    pub(super) fn parse(raw: &str) -> Result<Self, PathError> {
        if raw.is_empty() || raw == "/" {
            return Err(PathError::NoPath);
        }
        let decoded = decode(raw).ok_or(PathError::Malformed)?;
        let (query, variables) = decoded.split_once(';').unwrap_or((&decoded, ""));
        let query = query.trim_matches('/');
        let (configuration, name) = query.rsplit_once('/').unwrap_or(("", query));
        let pairs = variables.split(';').filter(|piece| !piece.is_empty());
        let pairs = pairs.map(|piece| piece.split_once('=').unwrap_or((piece, "")));
        Ok(Self {
            configuration: configuration.to_owned(),
            name: name.to_owned(),
            variables: pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }
}

/// Decodes once; `None` when the text is not percent-encoded UTF-8.
pub(super) fn decode(raw: &str) -> Option<String> {
    let bytes = raw.as_bytes();
    let broken = bytes.iter().enumerate().any(|(at, byte)| {
        let digits = bytes.get(at + 1..at + 3);
        *byte == b'%' && !digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return None;
    }
    percent_decode_str(raw)
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(raw: &str) -> (String, Vec<(String, String)>) {
        let call = PersistedQuery::parse(raw).unwrap();
        (
            format!("{}|{}", call.configuration, call.name),
            call.variables,
        )
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn encoded_and_raw_forms_are_the_same() {
        let expected = (
            "harbor|by-path".to_owned(),
            pairs(&[("path", "/content/dam/a b"), ("n", "1")]),
        );
        assert_eq!(
            call("/harbor/by-path%3Bpath%3D%2Fcontent%2Fdam%2Fa%20b%3Bn%3D1;"),
            expected
        );
        assert_eq!(
            call("/harbor/by-path;path=/content/dam/a%20b;n=1"),
            expected
        );
    }

    #[test]
    fn values_keep_what_is_no_separator() {
        assert_eq!(
            call("/h/q%3Bafter%3DYWI%3D%3D;").1,
            pairs(&[("after", "YWI==")])
        );
        assert_eq!(
            call("/h/q%3Bx%3D%C3%BC%26%2B%2525;").1,
            pairs(&[("x", "ü&+%25")])
        );
        assert_eq!(call("/h/q;x=1+1").1, pairs(&[("x", "1+1")]));
        assert_eq!(call("/h/q;;;").1, pairs(&[]));
    }

    #[test]
    fn nested_configurations_are_read() {
        assert_eq!(call("/a/b/q").0, "a/b|q");
        assert_eq!(call("/q").0, "|q");
    }

    #[test]
    fn what_is_no_call_is_refused() {
        assert_eq!(PersistedQuery::parse(""), Err(PathError::NoPath));
        assert_eq!(PersistedQuery::parse("/"), Err(PathError::NoPath));
        for raw in ["/h/q%3", "/h/%zz", "/h/q;x=%ff", "/%"] {
            assert_eq!(
                PersistedQuery::parse(raw),
                Err(PathError::Malformed),
                "{raw}"
            );
        }
    }
}
