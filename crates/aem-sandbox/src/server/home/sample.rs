//! A stored query as something to try: its variables with values from the content, and the URL that runs it.
//!
//! Source: aem-protocol.md, section 2.2.

use crate::execute::{Document, Engine};
use crate::schema::EndpointSchema;
use apollo_compiler::ast::Value;
use apollo_compiler::executable::{Selection, VariableDefinition};
use apollo_compiler::schema::ExtendedType;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
#[cfg(feature = "graphiql")]
use serde_json::{Map, Value as Json};

/// What `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Text for one segment of a URL.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// A stored query that validates.
#[derive(Debug)]
pub(in super::super) struct StoredQuery {
    pub(super) variables: Vec<Variable>,
}

/// A declared variable.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The type as written, `String!`.
    pub(super) kind: String,
    pub(super) default: Option<String>,
    pub(super) required: bool,
    /// A value to try a required variable with, as text in a URL.
    pub(super) sample: String,
    /// Whether the sample is no JSON.
    #[cfg(feature = "graphiql")]
    is_text: bool,
}

impl StoredQuery {
    /// Compiles a query of a configuration. An error is what is wrong with it, in words.
    pub(in super::super) fn read(
        engine: &Engine,
        configuration: &str,
        text: &str,
    ) -> Result<Self, Vec<String>> {
        let Some(endpoint) = engine.endpoint(configuration) else {
            return Err(vec!["its configuration has no endpoint".to_owned()]);
        };
        let document = Engine::compile(endpoint, text).map_err(|errors| {
            let messages = errors.iter().map(|error| error.message.clone());
            messages.collect::<Vec<_>>()
        })?;
        let samples = Samples {
            engine,
            schema: &endpoint.schema,
            document: &document,
        };
        let operation = document.operations.iter().next();
        let variables = operation.map_or(&[][..], |operation| &operation.variables[..]);
        Ok(Self {
            variables: variables.iter().map(|v| samples.variable(v)).collect(),
        })
    }

    /// The samples of required variables, as JSON text for GraphiQL; nothing when there is no such variable.
    #[cfg(feature = "graphiql")]
    pub(in super::super) fn sample_json(&self) -> Option<String> {
        let required = self.variables.iter().filter(|v| v.required);
        let values: Map<String, Json> = required
            .map(|v| {
                let parsed = (!v.is_text).then(|| serde_json::from_str(&v.sample).ok());
                let text = || Json::String(v.sample.clone());
                (v.name.clone(), parsed.flatten().unwrap_or_else(text))
            })
            .collect();
        (!values.is_empty()).then(|| format!("{:#}", Json::Object(values)))
    }

    /// The path that runs it with the samples, as Adobe's JavaScript client writes it: all variables encoded at once,
    /// and one literal `;` behind them.
    pub(super) fn path(&self, configuration: &str, name: &str) -> String {
        let variables: String = self
            .variables
            .iter()
            .filter(|variable| variable.required)
            .map(|variable| format!(";{}={}", variable.name, variable.sample))
            .collect();
        let end = if variables.is_empty() { "" } else { ";" };
        format!(
            "{}{}{end}",
            execute_path(configuration, name),
            encoded(&variables)
        )
    }
}

/// The path of a stored query without variables.
pub(super) fn execute_path(configuration: &str, name: &str) -> String {
    let configuration = path_of(configuration);
    format!("/graphql/execute.json/{configuration}/{}", encoded(name))
}

/// The ad hoc endpoint of a configuration, in the spelling without a colon.
pub(in super::super) fn endpoint_path(configuration: &str, extension: &str) -> String {
    let configuration = path_of(configuration);
    format!("/content/_cq_graphql/{configuration}/endpoint.{extension}")
}

/// Names of configurations may have several segments.
fn path_of(configuration: &str) -> String {
    let segments: Vec<String> = configuration.split('/').map(encoded).collect();
    segments.join("/")
}

/// Where values to try come from.
struct Samples<'a> {
    engine: &'a Engine,
    schema: &'a EndpointSchema,
    document: &'a Document,
}

impl Samples<'_> {
    fn variable(&self, definition: &VariableDefinition) -> Variable {
        let required = definition.ty.is_non_null() && definition.default_value.is_none();
        let kind = definition.ty.inner_named_type().as_str();
        Variable {
            name: definition.name.to_string(),
            kind: definition.ty.to_string(),
            default: definition.default_value.as_ref().map(ToString::to_string),
            required,
            sample: if required {
                self.value(definition, kind)
            } else {
                String::new()
            },
            #[cfg(feature = "graphiql")]
            is_text: !matches!(kind, "Int" | "Float" | "Boolean") && !definition.ty.is_list(),
        }
    }

    /// A value that leads to something: a path or an id of this content, else the simplest of its type.
    fn value(&self, definition: &VariableDefinition, kind: &str) -> String {
        if let Some(found) = self.found(&definition.name) {
            return found;
        }
        if definition.ty.is_list() {
            return "[]".to_owned();
        }
        match kind {
            "Int" | "Float" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            _ => match self.schema.schema.types.get(kind) {
                Some(ExtendedType::Enum(found)) => found
                    .values
                    .keys()
                    .next()
                    .map_or_else(String::new, ToString::to_string),
                Some(ExtendedType::InputObject(_)) => "{}".to_owned(),
                _ => String::new(),
            },
        }
    }

    /// Path, id or locale of the model's first fragment, for a variable that is such an argument of a query.
    fn found(&self, variable: &str) -> Option<String> {
        let operation = self.document.operations.iter().next()?;
        let fields = operation.selection_set.selections.iter();
        let mut arguments = fields.filter_map(Selection::as_field).flat_map(|field| {
            field
                .arguments
                .iter()
                .map(move |argument| (field, argument))
        });
        let (field, argument) = arguments.find(|(_, argument)| {
            matches!(argument.name.as_str(), "_path" | "_id" | "_locale")
                && matches!(&*argument.value, Value::Variable(name) if name == variable)
        })?;
        let repository = &self.engine.repository;
        let model = self.schema.types[self.schema.root(&field.name)?.model_type].model;
        let numbers = repository.of_model(model).by_path.iter();
        let mut fragments = numbers.map(|number| &repository.fragments[*number]);
        match argument.name.as_str() {
            "_path" => Some(fragments.next()?.path.clone()),
            "_id" => Some(fragments.next()?.id.clone()),
            _ => fragments.find_map(|fragment| fragment.locale.clone()),
        }
    }
}
