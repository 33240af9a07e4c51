//! Stored queries and the URL grammar that executes them (section 2.2).

use std::fmt;

use percent_encoding::utf8_percent_encode;

use super::encode::{self, COMPONENT};
use super::{EncodeError, Variables};

/// A query stored in AEM, named by its Sites configuration and its own name (section 2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PersistedQuery {
    configuration: String,
    name: String,
}

impl PersistedQuery {
    /// Reads `name` or `configuration/name`, the first in `default_configuration`.
    ///
    /// # Errors
    /// A sentence about what is wrong with the text.
    pub fn parse(text: &str, default_configuration: Option<&str>) -> Result<Self, String> {
        let text = text.strip_prefix('/').unwrap_or(text);
        let (configuration, name) = match text.rsplit_once('/') {
            Some((configuration, name)) => (configuration, name),
            None => (
                default_configuration.ok_or("it names no Sites configuration")?,
                text,
            ),
        };
        if name.is_empty() || configuration.is_empty() {
            return Err("it is empty".to_owned());
        }
        // A segment of dots would be resolved by URL parsers and point elsewhere.
        if configuration
            .split('/')
            .chain([name])
            .any(|s| s.is_empty() || s == "." || s == "..")
        {
            return Err("it has an empty or dotted segment".to_owned());
        }
        Ok(Self {
            configuration: configuration.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The Sites configuration.
    #[must_use]
    pub fn configuration(&self) -> &str {
        &self.configuration
    }

    /// The name within it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path and variables of the GET that executes the query, percent-encoded: starts with
    /// `/graphql/execute.json/`. With variables it ends in one bare `;`, without it has none.
    ///
    /// # Errors
    /// When a variable cannot be expressed or the path gets too long.
    pub fn execute_path(&self, variables: &Variables) -> Result<String, EncodeError> {
        let mut path = "/graphql/execute.json".to_owned();
        for segment in self.configuration.split('/').chain([self.name.as_str()]) {
            path.push('/');
            path.extend(utf8_percent_encode(segment, COMPONENT));
        }
        for (name, value) in variables.iter() {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err(EncodeError::Name(name.to_owned()));
            }
            let text = encode::text(value);
            if text.contains(';') {
                return Err(EncodeError::Semicolon(name.to_owned()));
            }
            path.push_str("%3B");
            path.push_str(name);
            path.push_str("%3D");
            path.extend(utf8_percent_encode(&text, COMPONENT));
        }
        if !variables.is_empty() {
            path.push(';');
        }
        encode::bounded(path)
    }
}

/// The path of a configuration's endpoint for ad hoc queries, in its colon-safe form (section 3).
#[must_use]
pub fn ad_hoc_path(configuration: &str) -> String {
    let mut path = "/content/_cq_graphql".to_owned();
    for segment in configuration.split('/') {
        path.push('/');
        path.extend(utf8_percent_encode(segment, COMPONENT));
    }
    path.push_str("/endpoint.json");
    path
}

impl fmt::Display for PersistedQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.configuration, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn query() -> PersistedQuery {
        PersistedQuery::parse("recipe-by-path", Some("harbor")).unwrap()
    }

    fn path(variables: Value) -> Result<String, EncodeError> {
        let Value::Object(map) = variables else {
            panic!("an object")
        };
        query().execute_path(&map.into_iter().collect())
    }

    #[test]
    fn encodes_as_adobes_client_does() {
        assert_eq!(
            path(json!({"path": "/content/dam/harbor/en/recipes/chowder", "imageWidth": 800, "withChef": true})),
            Ok("/graphql/execute.json/harbor/recipe-by-path%3BimageWidth%3D800%3Bpath%3D%2Fcontent%2Fdam\
                %2Fharbor%2Fen%2Frecipes%2Fchowder%3BwithChef%3Dtrue;"
                .to_owned())
        );
        assert_eq!(
            path(json!({})),
            Ok("/graphql/execute.json/harbor/recipe-by-path".to_owned())
        );
    }

    #[test]
    fn every_awkward_character_survives() {
        let encoded = path(json!({"v": "ü &+=%\"{}|?#[],:@$ -_.!~*'()"})).unwrap();
        assert_eq!(
            encoded,
            "/graphql/execute.json/harbor/recipe-by-path%3Bv%3D%C3%BC%20%26%2B%3D%25%22%7B%7D%7C%3F%23%5B%5D\
             %2C%3A%40%24%20-_.!~*'();"
        );
    }

    #[test]
    fn refuses_what_aem_cannot_take() {
        assert_eq!(
            path(json!({"v": "a;b=c"})),
            Err(EncodeError::Semicolon("v".into()))
        );
        assert_eq!(
            path(json!({"a=b": "x"})),
            Err(EncodeError::Name("a=b".into()))
        );
        assert!(matches!(
            path(json!({"v": "x".repeat(9_000)})),
            Err(EncodeError::TooLong(_))
        ));
    }

    #[test]
    fn null_is_left_out_and_objects_are_json() {
        let encoded = path(json!({"after": null, "filter": {"a": [1, 2]}})).unwrap();
        assert!(
            encoded.ends_with("%3Bfilter%3D%7B%22a%22%3A%5B1%2C2%5D%7D;"),
            "{encoded}"
        );
    }

    #[test]
    fn names_are_read_with_and_without_configuration() {
        let other = PersistedQuery::parse("other/name", Some("harbor")).unwrap();
        assert_eq!(
            (other.configuration(), other.to_string().as_str()),
            ("other", "other/name")
        );
        for wrong in ["", "/", "a/", "../x", "a/../b", "name"] {
            assert!(PersistedQuery::parse(wrong, None).is_err(), "{wrong}");
        }
    }
}
