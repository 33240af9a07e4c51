//! Runs GraphQL documents over a [`Repository`].
//!
//! An [`Engine`] holds one [`Endpoint`] per Sites configuration: its schema and the sorted orders made so far. A request
//! goes [`document`] (parse, validate) → [`variables`] → [`query`] (root fields, wrappers) → [`select`] (which rows) with
//! [`filter`] and [`order`] → [`fragment`], [`reference`], [`metadata`] (what is delivered of them).
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
mod transform;
mod validation;
mod values;
mod variables;

pub use context::DateOperators;
pub(crate) use context::Settings;
pub(crate) use error::GraphError;
pub(crate) use transform::DELIVERY;
pub(crate) use variables::Variables;

use crate::problem::Problem;
use crate::repository::Repository;
use crate::schema::EndpointSchema;
use apollo_compiler::ExecutableDocument;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::validation::Valid;
use context::Context;
use order::Orders;
use query::QueryObject;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// A document that may be run again and again.
pub(crate) type Document = Arc<Valid<ExecutableDocument>>;

/// A repository ready to be queried.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) repository: Repository,
    pub(crate) problems: Vec<Problem>,
    settings: Settings,
    endpoints: BTreeMap<String, Endpoint>,
    /// Stored queries compiled so far, by configuration and name.
    compiled: Mutex<HashMap<(String, String), Result<Document, Vec<GraphError>>>>,
}

/// The endpoint of a Sites configuration.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) schema: EndpointSchema,
    orders: Orders,
}

impl Engine {
    /// Derives the schema of every endpoint of the repository.
    pub(crate) fn new(repository: Repository, settings: Settings) -> Self {
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
            compiled: Mutex::default(),
        }
    }

    pub(crate) fn endpoint(&self, configuration: &str) -> Option<&Endpoint> {
        self.endpoints.get(configuration)
    }

    /// Compiles query text against an endpoint.
    pub(crate) fn compile(endpoint: &Endpoint, text: &str) -> Result<Document, Vec<GraphError>> {
        document::compile(&endpoint.schema, text).map(Arc::new)
    }

    /// A stored query, compiled once; `None` when there is none of that name.
    pub(crate) fn stored(
        &self,
        endpoint: &Endpoint,
        configuration: &str,
        name: &str,
    ) -> Option<Result<Document, Vec<GraphError>>> {
        let key = (configuration.to_owned(), name.to_owned());
        let text = self.repository.queries.get(&key)?;
        let lock = || self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return Some(known.clone());
        }
        let document = Self::compile(endpoint, text);
        lock().insert(key, document.clone());
        Some(document)
    }

    /// Runs a document; the answer is the JSON body.
    pub(crate) fn execute(
        &self,
        endpoint: &Endpoint,
        document: &Document,
        operation: Option<&str>,
        variables: &Variables,
    ) -> String {
        let operation = match document.operations.get(operation) {
            Ok(operation) => operation,
            Err(error) => {
                let message = error.message().to_string();
                return errors_body(&[GraphError::validation(message, None)]);
            }
        };
        let schema = &endpoint.schema.schema;
        let values = match variables.coerce(schema, operation, &document.sources) {
            Ok(values) => values,
            Err(errors) => return errors_body(&errors),
        };
        let cx = Context {
            repository: &self.repository,
            schema: &endpoint.schema,
            orders: &endpoint.orders,
            settings: &self.settings,
        };
        let response = Execution::new(schema, document)
            .operation(operation)
            .coerced_variable_values(&values)
            .enable_schema_introspection(true)
            .execute_sync(&QueryObject { cx: &cx });
        let response = match response {
            Ok(response) => response,
            Err(error) => {
                let message = error.message().to_string();
                return errors_body(&[GraphError::validation(message, None)]);
            }
        };
        let data = serde_json::to_string(&response.data).unwrap_or_else(|_| "null".to_owned());
        if response.errors.is_empty() {
            return format!("{{\"data\":{data}}}");
        }
        let errors: Vec<_> = response
            .errors
            .iter()
            .map(|error| GraphError::fetching(error).to_json())
            .collect();
        format!(
            "{{\"errors\":{},\"data\":{data}}}",
            serde_json::Value::Array(errors)
        )
    }
}

/// The body of a request that failed before anything was executed.
pub(crate) fn errors_body(errors: &[GraphError]) -> String {
    let errors: Vec<_> = errors.iter().map(GraphError::to_json).collect();
    serde_json::json!({ "errors": errors }).to_string()
}
