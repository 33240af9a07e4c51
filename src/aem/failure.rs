//! From an HTTP answer to either a GraphQL envelope or a [`Failure`] that can be explained.
//!
//! AEM answers 200 for many failures and 404 for several that have nothing in common (section 9), so
//! status, media type and body decide together.

use bytes::Bytes;

use super::{Envelope, GraphqlError};

/// An HTTP answer, read to its end.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// `Location`, of a redirect.
    pub location: Option<String>,
    /// The body, decompressed.
    pub body: Bytes,
}

/// Why an answer is no good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The stored query does not exist on this tier (404 with AEM's own JSON).
    UnknownQuery,
    /// The stored query no longer fits the schema (500 with AEM's own JSON).
    InvalidQuery(Vec<GraphqlError>),
    /// The configuration has no GraphQL endpoint.
    NoEndpoint,
    /// A by-path query for a path that holds nothing.
    NoSuchItem(Vec<GraphqlError>),
    /// Errors of the query itself, usually in a 200.
    Graphql(Vec<GraphqlError>),
    /// A 404 that is not AEM's: a Dispatcher filter, in most cases.
    Blocked,
    /// Something is refused before AEM sees it, or AEM is in trouble.
    Status(u16),
    /// A redirect, which is never followed with credentials or to another host.
    Redirected(String),
    /// A page where data was due.
    NotJson {
        /// The media type that came.
        content_type: String,
        /// The first characters of the body.
        excerpt: String,
    },
    /// JSON that is cut short or broken.
    Broken(String),
}

/// The longest excerpt of a body shown, in characters.
const EXCERPT: usize = 160;

impl HttpAnswer {
    /// Whether the media type says JSON.
    fn is_json(&self) -> bool {
        let kind = self.content_type.as_deref().unwrap_or_default();
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        kind == "application/json" || kind == "application/graphql-response+json"
    }

    /// Takes the answer apart.
    ///
    /// # Errors
    /// Why it is not a good answer to a GraphQL query.
    pub fn into_envelope(self) -> Result<Envelope, Failure> {
        let success = self.status == 200;
        if (300..400).contains(&self.status) {
            return Err(Failure::Redirected(self.location.unwrap_or_default()));
        }
        if !self.is_json() {
            return Err(match self.status {
                404 => Failure::Blocked,
                status if !success => Failure::Status(status),
                _ => self.not_json(),
            });
        }
        match Envelope::decode(self.body.clone()) {
            Ok(envelope) if !envelope.errors.is_empty() => Err(classify(envelope.errors)),
            _ if !success => Err(Failure::Status(self.status)),
            Ok(envelope) => Ok(envelope),
            Err(error) => Err(Failure::Broken(error.to_string())),
        }
    }

    fn not_json(&self) -> Failure {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(EXCERPT * 4)]);
        let excerpt = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Failure::NotJson {
            content_type: self
                .content_type
                .clone()
                .unwrap_or_else(|| "no media type".to_owned()),
            excerpt: excerpt.chars().take(EXCERPT).collect(),
        }
    }
}

/// Tells the families of errors apart by what AEM has been seen to write (sections 5.2 and 9.1).
fn classify(errors: Vec<GraphqlError>) -> Failure {
    let says = |text: &str| {
        errors.iter().any(|e| {
            e.message.contains(text) || e.details.as_deref().is_some_and(|d| d.contains(text))
        })
    };
    let has_type = |name: &str| errors.iter().any(|e| e.error_type.as_deref() == Some(name));
    if says("Could not find Persisted Query") {
        Failure::UnknownQuery
    } else if says("No suitable endpoint found") {
        Failure::NoEndpoint
    } else if has_type("QueryValidationError") || has_type("PersistenceError") {
        Failure::InvalidQuery(errors)
    } else if says("no resource available") {
        Failure::NoSuchItem(errors)
    } else {
        Failure::Graphql(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, content_type: &str, body: &'static str) -> Failure {
        let answer = HttpAnswer {
            status,
            content_type: Some(content_type.to_owned()),
            location: None,
            body: Bytes::from_static(body.as_bytes()),
        };
        answer.into_envelope().map(|_| ()).unwrap_err()
    }

    #[test]
    fn the_families_are_told_apart() {
        let json = "application/json;charset=utf-8";
        assert_eq!(
            failure(
                404,
                json,
                r#"{"errors":[{"errorType":"PersistenceError","message":"Could not find Persisted Query"}]}"#
            ),
            Failure::UnknownQuery
        );
        assert!(matches!(
            failure(
                500,
                json,
                r#"{"errors":[{"errorType":"QueryValidationError","message":"Persisted Query Validation Error","details":"x"}]}"#
            ),
            Failure::InvalidQuery(_)
        ));
        assert_eq!(
            failure(
                404,
                json,
                r#"{"errors":[{"errorType":"ServletError","message":"m","details":"No suitable endpoint found."}]}"#
            ),
            Failure::NoEndpoint
        );
        assert!(matches!(
            failure(
                200,
                json,
                r#"{"errors":[{"message":"Path: '/x': no resource available"}],"data":null}"#
            ),
            Failure::NoSuchItem(_)
        ));
        assert!(matches!(
            failure(
                200,
                json,
                r#"{"errors":[{"message":"m"}],"data":{"a":null}}"#
            ),
            Failure::Graphql(_)
        ));
        assert_eq!(failure(404, "text/html", "<html>"), Failure::Blocked);
        assert_eq!(failure(503, "text/html", "<html>"), Failure::Status(503));
        assert_eq!(failure(503, json, "{}"), Failure::Status(503));
        assert_eq!(
            failure(302, "text/html", ""),
            Failure::Redirected(String::new())
        );
        assert_eq!(
            failure(200, "text/html", "<html>\n <b>hi"),
            Failure::NotJson {
                content_type: "text/html".into(),
                excerpt: "<html> <b>hi".into()
            }
        );
        assert!(matches!(
            failure(200, json, r#"{"data":{"a":{"items":[{"#),
            Failure::Broken(_)
        ));
    }

    #[test]
    fn the_newer_media_type_is_json_too() {
        let answer = HttpAnswer {
            status: 200,
            content_type: Some("application/graphql-response+json".into()),
            location: None,
            body: Bytes::from_static(br#"{"data":{"a":{"items":[]}}}"#),
        };
        assert!(answer.into_envelope().is_ok());
    }
}
