//! From an HTTP answer to either an envelope or a [`Failure`] that can be explained.
//!
//! AEM answers 200 for many failures and 404 for several that have nothing in common (section 9), so
//! status, media type and body decide together.

use bytes::Bytes;

use super::{
    Api, Envelope, EnvelopeError, GraphqlError, Impostor, Outline, Problem, Reason, Refusal,
};

/// An HTTP answer, read to its end.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// `Location`, of a redirect.
    pub location: Option<String>,
    /// What else its headers tell.
    pub hints: Hints,
    /// The body, decompressed.
    pub body: Bytes,
}

/// Headers that tell who refused a request, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// `Server`.
    pub server: Option<String>,
    /// `WWW-Authenticate`.
    pub authenticate: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<String>,
    /// `Allow`.
    pub allow: Option<String>,
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
    /// The REST delivery says what is wrong (section 10.2).
    Problem(Problem),
    /// There is no such document, or it may not be had: one 404 for both.
    NoDocument,
    /// A 404 that is not AEM's: a Dispatcher filter, in most cases.
    Blocked,
    /// Something is refused, by AEM or before it, or AEM is in trouble.
    Refused(Box<Refusal>),
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
    Broken(Broken),
    /// Something else where an asset was due.
    NotAsset(Impostor),
}

/// What is wrong with a body that should be JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// There is none.
    Empty,
    /// It ends in the middle.
    Cut,
    /// It is JSON of another form than is due: what it is or lacks.
    Form(&'static str),
    /// It is not JSON: what the parser says.
    Invalid(String),
}

impl Failure {
    /// A request that was refused.
    #[must_use]
    pub fn refused(answer: &HttpAnswer) -> Self {
        Self::Refused(Box::new(answer.refusal()))
    }

    /// The status that tells whether and when to ask again; `None` where the answer itself has said all.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            // A problem document is AEM's own: its 406 is about media types, not the penalty of a traffic
            // filter (section 9.2).
            Self::Problem(problem) if problem.status != 406 => Some(problem.status),
            _ => None,
        }
    }
}

impl HttpAnswer {
    /// The media type without its parameters.
    fn media_type(&self) -> String {
        let kind = self.content_type.as_deref().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    }

    /// Whether the media type says that this is data of that API.
    fn is_data(&self, api: Api) -> bool {
        let kind = self.media_type();
        kind == "application/json"
            || match api {
                Api::Graphql => kind == "application/graphql-response+json",
                Api::FragmentList | Api::Fragment => false,
                Api::Json => kind.starts_with("application/") && kind.ends_with("+json"),
            }
    }

    /// Takes the answer apart.
    ///
    /// # Errors
    /// Why it is not a good answer of that API.
    pub fn into_envelope(self, api: Api) -> Result<Envelope, Failure> {
        self.into_envelope_after(api, &Outline::default())
    }

    /// The same, with the help of what is known of the answer before it.
    ///
    /// # Errors
    /// Why it is not a good answer of that API.
    pub fn into_envelope_after(self, api: Api, before: &Outline) -> Result<Envelope, Failure> {
        if (300..400).contains(&self.status) && self.status != 304 {
            return Err(Failure::Redirected(self.location.unwrap_or_default()));
        }
        if self.status != 200 && api != Api::Graphql {
            return Err(self.without_success(api));
        }
        if !self.is_data(api) {
            return Err(self.not_json());
        }
        if !speaks_graphql(self.status) {
            return Err(Failure::refused(&self));
        }
        match Envelope::decode_after(api, self.body.clone(), before) {
            Ok(envelope) if !envelope.errors.is_empty() => Err(classify(envelope.errors)),
            _ if self.status != 200 => Err(Failure::refused(&self)),
            Ok(envelope) => Ok(envelope),
            Err(error) => Err(Failure::Broken(broken(&self.body, &error))),
        }
    }

    /// What an answer without success means where statuses mean what they say.
    fn without_success(&self, api: Api) -> Failure {
        if api == Api::Json {
            return match self.not_json() {
                Failure::Blocked => Failure::NoDocument,
                failure => failure,
            };
        }
        let kind = self.media_type();
        let own = kind == "application/problem+json";
        let problem = match kind.as_str() {
            "application/problem+json" | "application/json" => {
                Problem::read(self.status, &self.body)
            }
            _ => None,
        };
        match problem {
            Some(problem) => Failure::Problem(problem),
            None if own => Failure::Problem(Problem {
                status: self.status,
                ..Problem::default()
            }),
            None => self.not_json(),
        }
    }

    /// Something else where data was due: refused, blocked, or simply the wrong thing.
    fn not_json(&self) -> Failure {
        let refusal = self.refusal();
        match (self.status, refusal.reason) {
            (404, Reason::Other) => Failure::Blocked,
            (200, Reason::Other) => Failure::NotJson {
                content_type: Some(self.media_type())
                    .filter(|kind| !kind.is_empty())
                    .unwrap_or_else(|| "no media type".to_owned()),
                excerpt: self.excerpt(),
            },
            _ => Failure::Refused(Box::new(refusal)),
        }
    }
}

/// The statuses that AEM's GraphQL servlets answer with (section 9.1). With any other, a body with
/// `errors` is a gateway's, and the status says what it means.
fn speaks_graphql(status: u16) -> bool {
    matches!(status, 200 | 400 | 404 | 409 | 422 | 500)
}

fn broken(body: &[u8], error: &EnvelopeError) -> Broken {
    match error {
        _ if body.trim_ascii().is_empty() => Broken::Empty,
        EnvelopeError::Form(what) => Broken::Form(what),
        EnvelopeError::Json(error) if error.is_eof() => Broken::Cut,
        EnvelopeError::Json(error) => Broken::Invalid(error.to_string()),
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
            hints: Hints::default(),
            body: Bytes::from_static(body.as_bytes()),
        };
        answer.into_envelope(Api::Graphql).map(|_| ()).unwrap_err()
    }

    fn rest(api: Api, status: u16, content_type: &str, body: &'static str) -> Result<(), Failure> {
        let answer = HttpAnswer {
            status,
            content_type: Some(content_type.to_owned()),
            location: None,
            hints: Hints::default(),
            body: Bytes::from_static(body.as_bytes()),
        };
        answer.into_envelope(api).map(|_| ())
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
        assert_eq!(failure(503, "text/html", "<html>").status(), Some(503));
        assert_eq!(failure(503, json, "{}").status(), Some(503));
        assert_eq!(failure(404, json, "{}").status(), Some(404));
        let gateway = r#"{"errors":[{"message":"slow down"}]}"#;
        assert_eq!(failure(429, json, gateway).status(), Some(429));
        assert_eq!(failure(204, "", "").status(), Some(204));
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
        for (body, expected) in [
            (r#"{"data":{"a":{"items":[{"#, Broken::Cut),
            (" ", Broken::Empty),
            (
                r#"{"message":"hello"}"#,
                Broken::Form("has neither `data` nor `errors`"),
            ),
        ] {
            assert_eq!(failure(200, json, body), Failure::Broken(expected));
        }
        assert!(matches!(
            failure(200, json, r#"{"data": nonsense}"#),
            Failure::Broken(Broken::Invalid(_))
        ));
    }

    #[test]
    fn the_newer_media_type_is_json_too() {
        let answer = HttpAnswer {
            status: 200,
            content_type: Some("application/graphql-response+json".into()),
            location: None,
            hints: Hints::default(),
            body: Bytes::from_static(br#"{"data":{"a":{"items":[]}}}"#),
        };
        assert!(answer.into_envelope(Api::Graphql).is_ok());
    }

    #[test]
    fn problems_are_aems_own_word() {
        let problem = "application/problem+json;charset=utf-8";
        let said = r#"{"type":"about:blank","title":"Not Found","detail":"no fragment x"}"#;
        for (api, content_type) in [
            (Api::Fragment, problem),
            (Api::FragmentList, "application/json"),
        ] {
            let Err(Failure::Problem(found)) = rest(api, 404, content_type, said) else {
                panic!("a problem")
            };
            assert_eq!(found.text(), "Not Found: no fragment x");
        }
        let silent = rest(Api::Fragment, 500, problem, "").unwrap_err();
        assert_eq!(silent.status(), Some(500));
        // No penalty of a traffic filter, which would stop everything.
        let unacceptable = rest(Api::Fragment, 406, problem, "{}").unwrap_err();
        assert_eq!(unacceptable.status(), None);
        let filtered = rest(Api::Fragment, 406, "text/html", "<html>").unwrap_err();
        assert_eq!(filtered.status(), Some(406));
        for (content_type, body) in [("text/html", "<html>"), ("application/json", "{}")] {
            assert_eq!(
                rest(Api::FragmentList, 404, content_type, body),
                Err(Failure::Blocked)
            );
        }
    }

    #[test]
    fn a_document_is_there_or_not() {
        let json = "application/json";
        assert_eq!(rest(Api::Json, 200, json, "{}"), Ok(()));
        assert_eq!(rest(Api::Json, 200, "application/ld+json", "[]"), Ok(()));
        assert_eq!(
            rest(Api::Json, 404, "text/html", "<html>"),
            Err(Failure::NoDocument)
        );
        assert_eq!(rest(Api::Json, 404, json, "{}"), Err(Failure::NoDocument));
        assert_eq!(
            rest(Api::Json, 503, json, "{}").unwrap_err().status(),
            Some(503)
        );
        assert!(matches!(
            rest(Api::Json, 200, "text/html", "<html>"),
            Err(Failure::NotJson { .. })
        ));
        assert!(matches!(
            rest(Api::Json, 200, json, "{\"a\":"),
            Err(Failure::Broken(_))
        ));
        assert!(matches!(
            rest(Api::FragmentList, 200, json, "{\"data\":{}}"),
            Err(Failure::Broken(_))
        ));
    }
}
