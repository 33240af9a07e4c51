//! Query text to a validated document, with errors in GraphQL Java's words.
//!
//! Source: aem-protocol.md, sections 9.1 and 13 (limits).

use super::error::{Classification, GraphError};
use super::validation;
use crate::schema::EndpointSchema;
use apollo_compiler::ast;
use apollo_compiler::validation::{Valid, WithErrors};
use apollo_compiler::{ExecutableDocument, parser::Parser};

/// The engine's own limits.
const MAX_CHARACTERS: usize = 1_048_576;
const MAX_TOKENS: usize = 15_000;
/// Deeper nesting is refused, to keep the stack.
const MAX_DEPTH: usize = 100;

/// Parses and validates a document.
pub(super) fn compile(
    schema: &EndpointSchema,
    text: &str,
) -> Result<Valid<ExecutableDocument>, Vec<GraphError>> {
    if text.len() > MAX_CHARACTERS {
        return Err(vec![syntax(
            format!("The query has more than {MAX_CHARACTERS} characters"),
            None,
        )]);
    }
    let mut parser = Parser::new()
        .token_limit(MAX_TOKENS)
        .recursion_limit(MAX_DEPTH);
    let document = parser
        .parse_ast(text, "query")
        .map_err(|failed| syntax_errors(text, &failed))?;
    if !document
        .definitions
        .iter()
        .any(|d| d.as_operation_definition().is_some())
    {
        return Err(vec![syntax(
            "Invalid syntax: no operation in the document".to_owned(),
            Some((1, 1)),
        )]);
    }
    let found = validation::check(&document, &schema.schema);
    if !found.is_empty() {
        return Err(found);
    }
    // What the walk in `validation` does not word itself keeps the validator's own text.
    document
        .to_executable_validate(&schema.schema)
        .map_err(|failed| {
            let errors = failed.errors.iter().map(|diagnostic| {
                let json = diagnostic.to_json();
                let message = format!("Validation error : {}", json.message);
                GraphError::validation(message, json.locations.first().copied())
            });
            errors.collect()
        })
}

fn syntax_errors(text: &str, failed: &WithErrors<ast::Document>) -> Vec<GraphError> {
    let first = failed
        .errors
        .iter()
        .next()
        .map(|diagnostic| diagnostic.to_json());
    let Some(error) = first else {
        return vec![syntax("Invalid syntax".to_owned(), None)];
    };
    let location = error.locations.first().map(|at| (at.line, at.column));
    let message = match location {
        Some((line, column)) => {
            let token = token_at(text, line, column);
            format!("Invalid syntax with offending token '{token}' at line {line} column {column}")
        }
        None => format!("Invalid syntax: {}", error.message),
    };
    vec![syntax(message, location)]
}

fn syntax(message: String, location: Option<(usize, usize)>) -> GraphError {
    GraphError {
        message,
        location,
        path: Vec::new(),
        classification: Classification::InvalidSyntax,
    }
}

/// The token at a place, `<EOF>` at the end.
fn token_at(text: &str, line: usize, column: usize) -> String {
    let rest: String = text
        .lines()
        .nth(line.saturating_sub(1))
        .map(|line| line.chars().skip(column.saturating_sub(1)).collect())
        .unwrap_or_default();
    let word: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    match rest.chars().next() {
        None => "<EOF>".to_owned(),
        Some(first) if word.is_empty() => first.to_string(),
        Some(_) => word,
    }
}
