//! Errors in GraphQL Java's form: message, locations, path, and the classification AEM passes on.
//!
//! Source: aem-protocol.md, section 9.1.

use apollo_compiler::parser::LineColumn;
use apollo_compiler::response::{GraphQLError, ResponseDataPathSegment};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// One entry of `errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) message: String,
    pub(crate) location: Option<(usize, usize)>,
    pub(crate) path: Vec<ResponseDataPathSegment>,
    pub(crate) classification: Classification,
}

/// Which phase failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Classification {
    InvalidSyntax,
    ValidationError,
    DataFetchingException,
}

impl GraphError {
    /// A fault of the document or its variables.
    pub(super) fn validation(message: String, location: Option<LineColumn>) -> Self {
        Self {
            message,
            location: location.map(|at| (at.line, at.column)),
            path: Vec::new(),
            classification: Classification::ValidationError,
        }
    }

    /// A fault while a field was resolved.
    pub(super) fn fetching(error: &GraphQLError) -> Self {
        let reason = error
            .message
            .strip_prefix("resolver error: ")
            .unwrap_or(&error.message);
        let mut path = String::new();
        for segment in &error.path {
            // Writing to a string cannot fail.
            let _ = match segment {
                ResponseDataPathSegment::Field(name) => write!(path, "/{name}"),
                ResponseDataPathSegment::ListIndex(index) => write!(path, "[{index}]"),
            };
        }
        Self {
            message: format!("Exception while fetching data ({path}) : {reason}"),
            location: error.locations.first().map(|at| (at.line, at.column)),
            path: error.path.clone(),
            classification: Classification::DataFetchingException,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "message": self.message });
        if let Some((line, column)) = self.location {
            error["locations"] = json!([{ "line": line, "column": column }]);
        }
        if !self.path.is_empty() {
            error["path"] = json!(self.path);
        }
        let classification = match self.classification {
            Classification::InvalidSyntax => "InvalidSyntax",
            Classification::ValidationError => "ValidationError",
            Classification::DataFetchingException => "DataFetchingException",
        };
        error["extensions"] = json!({ "classification": classification });
        error
    }

    /// GraphQL Java's own text form, which AEM puts into `details` of a stored query that no longer validates.
    pub(crate) fn details(&self) -> String {
        let (line, column) = self.location.unwrap_or((1, 1));
        format!(
            "Error: type=ValidationError; message={}; location={line},{column};",
            self.message
        )
    }
}
