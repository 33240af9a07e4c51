//! What is sent to AEM, and how the answer is written.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use crate::aem::openapi::{self, Operation};
use crate::aem::{
    Api, EncodeError, Envelope, EnvelopeError, PersistedQuery, Variables, ad_hoc_path, document,
};

/// What is sent to AEM. What varies from request to request is among the variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// A stored query.
    Persisted(PersistedQuery),
    /// A text that is posted.
    AdHoc {
        /// The Sites configuration whose endpoint is asked.
        configuration: String,
        /// The query's text.
        document: Arc<str>,
    },
    /// Fragments of AEM's REST operation. The variables are its parameters; one of them is the address.
    OpenApi(Operation),
    /// A JSON document of the AEM host, at the path that the variable [`document::PATH`] holds.
    Json,
}

/// A request without the host and without what says who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Path and query string, percent-encoded.
    pub path: String,
    /// The JSON that is posted; a GET without it.
    pub body: Option<String>,
    /// `Accept`.
    pub accept: &'static str,
}

impl HttpRequest {
    /// The method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.body.is_some() { "POST" } else { "GET" }
    }
}

impl Ask {
    /// Which of AEM's APIs answers.
    #[must_use]
    pub fn api(&self) -> Api {
        match self {
            Self::Persisted(_) | Self::AdHoc { .. } => Api::Graphql,
            Self::OpenApi(Operation::List) => Api::FragmentList,
            Self::OpenApi(Operation::ByPath | Operation::ById) => Api::Fragment,
            Self::Json => Api::Json,
        }
    }

    /// The request with these variables.
    ///
    /// # Errors
    /// When they cannot be sent.
    pub fn request(&self, variables: &Variables) -> Result<HttpRequest, EncodeError> {
        let (path, body) = match self {
            Self::Persisted(query) => (query.execute_path(variables)?, None),
            Self::AdHoc {
                configuration,
                document,
            } => {
                let body = json!({ "query": &**document, "variables": variables.to_json() });
                (ad_hoc_path(configuration), Some(body.to_string()))
            }
            Self::OpenApi(operation) => (operation.request_path(variables)?, None),
            Self::Json => (document::request_path(variables)?, None),
        };
        let accept = match self.api() {
            // Both media types that GraphQL answers can have (section 9.1).
            Api::Graphql => "application/json, application/graphql-response+json;q=0.9",
            Api::FragmentList | Api::Fragment => "application/json, application/problem+json;q=0.9",
            Api::Json => "application/json",
        };
        Ok(HttpRequest { path, body, accept })
    }

    /// Reads the body of a good answer.
    ///
    /// # Errors
    /// When it is not one.
    pub fn decode(&self, body: Bytes) -> Result<Envelope, EnvelopeError> {
        Envelope::decode(self.api(), body)
    }

    /// The question without its variables: equal for equal questions, different for different ones. There
    /// is no secret in it.
    #[must_use]
    pub fn canonical(&self) -> String {
        match self {
            Self::Persisted(query) => format!("persisted {query}"),
            Self::AdHoc {
                configuration,
                document,
            } => format!("ad-hoc {configuration}\n{document}"),
            Self::OpenApi(Operation::List) => "openapi list".to_owned(),
            Self::OpenApi(Operation::ByPath) => "openapi by-path".to_owned(),
            Self::OpenApi(Operation::ById) => "openapi by-id".to_owned(),
            Self::Json => "json".to_owned(),
        }
    }

    /// Which API answers a question that was written down as [`Ask::canonical`] has it.
    #[must_use]
    pub fn api_of(canonical: &str) -> Option<Api> {
        match canonical {
            "openapi list" => Some(Api::FragmentList),
            "openapi by-path" | "openapi by-id" => Some(Api::Fragment),
            "json" => Some(Api::Json),
            _ => {
                let graphql = ["persisted ", "ad-hoc "];
                let is_graphql = graphql.iter().any(|kind| canonical.starts_with(kind));
                is_graphql.then_some(Api::Graphql)
            }
        }
    }
}

/// The question in short, for a message about a request that could not be written.
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Persisted(query) => query.fmt(f),
            Self::AdHoc { configuration, .. } => f.write_str(&ad_hoc_path(configuration)),
            Self::OpenApi(_) => f.write_str(openapi::PREFIX),
            Self::Json => f.write_str("a JSON document"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn persisted(name: &str) -> Ask {
        Ask::Persisted(PersistedQuery::parse(name, None).unwrap())
    }

    fn ad_hoc(configuration: &str, document: &str) -> Ask {
        Ask::AdHoc {
            configuration: configuration.to_owned(),
            document: Arc::from(document),
        }
    }

    fn request(ask: &Ask, variables: &[(&str, &str)]) -> HttpRequest {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).into()));
        ask.request(&variables.collect()).unwrap()
    }

    #[test]
    fn every_kind_has_its_request() {
        let stored = request(&persisted("x/a"), &[("n", "1")]);
        assert_eq!(
            (stored.method(), stored.path.as_str()),
            ("GET", "/graphql/execute.json/x/a%3Bn%3D1;")
        );
        let posted = request(&ad_hoc("x", "{ a }"), &[("n", "1")]);
        assert_eq!(
            (
                posted.method(),
                posted.path.as_str(),
                posted.body.as_deref()
            ),
            (
                "POST",
                "/content/_cq_graphql/x/endpoint.json",
                Some(r#"{"query":"{ a }","variables":{"n":"1"}}"#)
            )
        );
        let listed = request(
            &Ask::OpenApi(Operation::List),
            &[("path", "/content/dam/x"), ("limit", "50")],
        );
        assert_eq!(
            (listed.method(), listed.path.as_str()),
            (
                "GET",
                "/adobe/contentFragments?limit=50&path=/content/dam/x"
            )
        );
        let page = request(&Ask::Json, &[("path", "/content/x/en.model.json")]);
        assert_eq!(
            (page.method(), page.path.as_str(), page.accept),
            ("GET", "/content/x/en.model.json", "application/json")
        );
    }

    #[test]
    fn no_two_questions_have_one_description() {
        let asks = [
            persisted("a/b"),
            persisted("a/c"),
            persisted("a/b/c"),
            ad_hoc("a", "b"),
            ad_hoc("a", "c"),
            ad_hoc("b", "b"),
            Ask::OpenApi(Operation::List),
            Ask::OpenApi(Operation::ByPath),
            Ask::OpenApi(Operation::ById),
            Ask::Json,
        ];
        let texts: BTreeSet<String> = asks.iter().map(Ask::canonical).collect();
        assert_eq!(texts.len(), asks.len(), "{texts:?}");
        for ask in &asks {
            assert_eq!(Ask::api_of(&ask.canonical()), Some(ask.api()), "{ask:?}");
        }
        assert_eq!(Ask::api_of("xpath //a"), None);
    }

    #[test]
    fn answers_are_read_as_their_kind_writes_them() {
        let decode = |ask: Ask, body: &'static str| ask.decode(Bytes::from_static(body.as_bytes()));
        assert!(decode(persisted("x/a"), r#"{"data":{}}"#).is_ok());
        assert!(decode(persisted("x/a"), r#"{"items":[]}"#).is_err());
        assert!(decode(Ask::OpenApi(Operation::List), r#"{"items":[]}"#).is_ok());
        assert!(decode(Ask::OpenApi(Operation::List), r#"{"data":{}}"#).is_err());
        assert!(decode(Ask::Json, r#"{"data":{}}"#).is_ok());
    }
}
