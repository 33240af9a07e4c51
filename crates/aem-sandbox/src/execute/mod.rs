//! Runs GraphQL documents over a [`Repository`].
//!
//! An [`Engine`] holds one [`Endpoint`] per Sites configuration: its schema and the sorted orders made so far. A request
//! goes [`document`] (parse, validate) → [`variables`] → [`query`] (root fields, wrappers) → [`select`] (which rows) with
//! [`filter`] and [`order`] → [`fragment`], [`mod@reference`], [`metadata`] (what is delivered of them).
//! Source: aem-protocol.md, sections 3 to 5 and 9.1.

mod context;
mod document;
mod error;
mod expression;
mod filter;
mod fragment;
mod metadata;
mod order;
mod query;
mod reference;
mod select;
mod stored;
mod transform;
mod validation;
mod values;
mod variables;

pub use context::DateOperators;
pub(crate) use context::Settings;
pub(crate) use error::GraphError;
pub(crate) use stored::{Lifetimes, QueryChanges, QueryKey, StoredQuery};
pub(crate) use transform::DELIVERY;
pub(crate) use values::{as_boolean, as_calendar, as_number, as_text};
pub(crate) use variables::Variables;

use crate::problem::Problem;
use crate::repository::Repository;
use crate::schema::EndpointSchema;
use apollo_compiler::ExecutableDocument;
use apollo_compiler::request::RequestError;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::validation::Valid;
use context::{Budget, Context};
use order::Orders;
use query::QueryObject;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// A document that may be run again and again.
pub(crate) type Document = Arc<Valid<ExecutableDocument>>;

/// A compiled document, or why it is none.
pub(crate) type Compiled = Result<Document, Vec<GraphError>>;

/// A repository ready to be queried.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) repository: Repository,
    pub(crate) problems: Vec<Problem>,
    settings: Settings,
    endpoints: BTreeMap<String, Endpoint>,
    changes: Arc<QueryChanges>,
    /// Stored queries compiled so far, each with the text it was made from.
    compiled: Mutex<HashMap<QueryKey, (Arc<str>, Compiled)>>,
}

/// The endpoint of a Sites configuration.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) schema: EndpointSchema,
    orders: Orders,
}

impl Engine {
    /// Derives the schema of every endpoint of the repository.
    pub(crate) fn new(
        repository: Repository,
        settings: Settings,
        changes: Arc<QueryChanges>,
    ) -> Self {
        let mut problems = repository.problems.clone();
        let mut endpoints = BTreeMap::new();
        for configuration in &repository.endpoints {
            match EndpointSchema::derive(&repository.models, configuration) {
                Ok(schema) => {
                    endpoints.insert(
                        configuration.clone(),
                        Endpoint {
                            schema,
                            orders: Orders::default(),
                        },
                    );
                }
                Err(reason) => {
                    let place = format!("/content/cq:graphql/{configuration}/endpoint");
                    problems.push(Problem::new(
                        place,
                        format!("no schema, endpoint left out: {reason}"),
                    ));
                }
            }
        }
        Self {
            repository,
            problems,
            settings,
            endpoints,
            changes,
            compiled: Mutex::default(),
        }
    }

    pub(crate) fn endpoint(&self, configuration: &str) -> Option<&Endpoint> {
        self.endpoints.get(configuration)
    }

    /// Compiles query text against an endpoint.
    pub(crate) fn compile(endpoint: &Endpoint, text: &str) -> Compiled {
        document::compile(&endpoint.schema, text).map(Arc::new)
    }

    /// A stored query as it is now.
    pub(crate) fn query(&self, configuration: &str, name: &str) -> Option<StoredQuery> {
        let key = (configuration.to_owned(), name.to_owned());
        self.changes.find(&self.repository, &key)
    }

    /// All stored queries as they are now, those that `persist.json` changed included.
    pub(crate) fn queries(&self) -> BTreeMap<QueryKey, StoredQuery> {
        self.changes.all(&self.repository)
    }

    /// A stored query, compiled once; `None` when there is none of that name.
    pub(crate) fn stored(
        &self,
        endpoint: &Endpoint,
        configuration: &str,
        name: &str,
    ) -> Option<(Compiled, Lifetimes)> {
        let StoredQuery { text, lifetimes } = self.query(configuration, name)?;
        let key = (configuration.to_owned(), name.to_owned());
        let lock = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, compiled)) = lock().get(&key)
            && *known == text
        {
            return Some((compiled.clone(), lifetimes));
        }
        let document = Self::compile(endpoint, &text);
        lock().insert(key, (text, document.clone()));
        Some((document, lifetimes))
    }

    /// Runs a document.
    pub(crate) fn execute(
        &self,
        endpoint: &Endpoint,
        document: &Document,
        operation: Option<&str>,
        variables: &Variables,
    ) -> Answer {
        let cx = Context {
            repository: &self.repository,
            schema: &endpoint.schema,
            orders: &endpoint.orders,
            settings: &self.settings,
            budget: Budget::default(),
        };
        match run(&cx, document, operation, variables) {
            Ok(answer) => answer,
            Err(errors) => Answer::refused(&errors),
        }
    }
}

/// The body of an answer, and how far the request came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: String,
    pub(crate) outcome: Outcome,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is `data`, perhaps with errors beside it.
    Data,
    /// Execution began, and an error took all of `data`.
    NullData,
    /// Nothing was executed.
    Refused,
}

impl Answer {
    /// The answer to a request that failed before anything was executed.
    pub(crate) fn refused(errors: &[GraphError]) -> Self {
        let errors: Vec<_> = errors.iter().map(GraphError::to_json).collect();
        let body = serde_json::json!({ "errors": errors }).to_string();
        Self {
            body,
            outcome: Outcome::Refused,
        }
    }
}

fn run(
    cx: &Context<'_>,
    document: &Document,
    operation: Option<&str>,
    variables: &Variables,
) -> Result<Answer, Vec<GraphError>> {
    let refuse =
        |error: &RequestError| vec![GraphError::validation(error.message().to_string(), None)];
    let schema = &cx.schema.schema;
    let operation = document
        .operations
        .get(operation)
        .map_err(|error| refuse(&error))?;
    let values = variables.coerce(schema, operation, &document.sources)?;
    let response = Execution::new(schema, document)
        .operation(operation)
        .coerced_variable_values(&values)
        .enable_schema_introspection(true)
        .execute_sync(&QueryObject { cx })
        .map_err(|error| refuse(&error))?;
    let data = serde_json::to_string(&response.data).unwrap_or_else(|_| "null".to_owned());
    let outcome = if response.data.is_some() {
        Outcome::Data
    } else {
        Outcome::NullData
    };
    let body = if response.errors.is_empty() {
        format!("{{\"data\":{data}}}")
    } else {
        let errors = response
            .errors
            .iter()
            .map(|error| GraphError::fetching(error).to_json());
        let errors: serde_json::Value = errors.collect();
        format!("{{\"errors\":{errors},\"data\":{data}}}")
    };
    Ok(Answer { body, outcome })
}
