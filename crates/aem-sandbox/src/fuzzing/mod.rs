//! Entry points of the fuzz targets: each takes any bytes and panics where a promise is broken.
//!
//! [`xml_loader`] is the way of a `.content.xml` to everything delivered of it, [`query_path`] that of a request path to
//! its answer, [`filter`](filter()) that of variables through filter, sort and cursor. The unit tests are their twins
//! on a fixed sequence of inputs.

mod choices;
mod content;
mod filter;
#[cfg(test)]
mod tests;

pub use filter::filter;

use crate::execute::{Engine, Outcome, QueryChanges, Variables};
use crate::repository::Repository;
use crate::schema::{EndpointSchema, ModelType, TypeKind};
use crate::server::Options;
use std::sync::{Arc, LazyLock};

fn engine(repository: Repository) -> Engine {
    let settings = Options::default().settings();
    Engine::new(repository, settings, Arc::<QueryChanges>::default())
}

/// Loads a `.content.xml` as the root of a repository, derives its schemas and delivers all its fragments.
///
/// # Panics
/// When the loader or the delivery does, a problem has no place, or a list is refused.
pub fn xml_loader(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Some(repository) = Repository::of_document(text) else {
        return;
    };
    let configurations: Vec<String> = repository.endpoints.iter().cloned().collect();
    let engine = engine(repository);
    for problem in &engine.problems {
        assert!(!problem.message.is_empty());
        if let Some(at) = problem.position {
            assert!(at.line > 0 && at.column > 0, "{problem}");
        }
    }
    for configuration in configurations {
        // Names that give no schema are a problem, already in the list.
        let Some(endpoint) = engine.endpoint(&configuration) else {
            continue;
        };
        for model in &endpoint.schema.types {
            let query = everything(&endpoint.schema, model);
            let document = Engine::compile(endpoint, &query).expect("a query made of the schema");
            let variables = Variables::Json(serde_json::Map::new());
            let answer = engine.execute(endpoint, &document, None, &variables);
            assert_ne!(answer.outcome, Outcome::Refused, "{}", answer.body);
            serde_json::from_str::<serde_json::Value>(&answer.body).expect("JSON");
        }
    }
}

/// A query for all fragments of a model with all they hold, references one level deep.
fn everything(schema: &EndpointSchema, model: &ModelType) -> String {
    let mut fields = String::from(
        "_id _path _locale _tags _variation _variations _metadata { stringMetadata { name value } calendarMetadata { name value } }",
    );
    for field in &model.fields {
        fields.push(' ');
        fields += &field.name;
        match &field.kind {
            TypeKind::MultiLine => fields += " { html plaintext markdown json }",
            TypeKind::Fragment(target) => {
                assert!(*target < schema.types.len());
                fields += " { _path }";
            }
            TypeKind::AnyFragment(_) | TypeKind::Reference => fields += " { __typename }",
            TypeKind::Text
            | TypeKind::Integer
            | TypeKind::Float
            | TypeKind::Boolean
            | TypeKind::Calendar
            | TypeKind::Date
            | TypeKind::Time
            | TypeKind::Json => {}
        }
    }
    let ModelType { query, suffix, .. } = model;
    format!("{{ {query}List{suffix}(includeVariations: true) {{ items {{ {fields} }} }} }}")
}

/// Calls the persisted query that a raw path after `execute.json` names.
///
/// # Panics
/// When a call does not survive encoding, or its answer blames the server.
pub fn query_path(bytes: &[u8]) {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(content::repository()));
    if let Ok(raw) = str::from_utf8(bytes) {
        crate::server::fuzzing::call(&ENGINE, raw);
    }
}
