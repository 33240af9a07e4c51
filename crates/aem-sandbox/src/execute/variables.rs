//! Variables of a request, coerced to the types the operation declares.
//!
//! Source: aem-protocol.md, section 2.2 (path variables and their coercion) and 9.1 (error texts).

use super::error::GraphError;
use apollo_compiler::executable::{Operation, VariableDefinition};
use apollo_compiler::parser::SourceMap;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{ExtendedType, Type};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Node, Schema};
use serde_json::Value;

/// Variables as they came.
#[derive(Debug, Clone)]
pub(crate) enum Variables {
    /// From the path: every value is text.
    Path(Vec<(String, String)>),
    /// From a JSON body.
    Json(serde_json::Map<String, Value>),
}

impl Variables {
    /// Coerces what the operation declares; other variables are ignored.
    pub(super) fn coerce(
        &self,
        schema: &Valid<Schema>,
        operation: &Operation,
        sources: &SourceMap,
    ) -> Result<Valid<JsonMap>, Vec<GraphError>> {
        let mut values = JsonMap::new();
        for definition in &operation.variables {
            let value = self.value(schema, definition).and_then(|value| {
                let missing = value.as_ref().is_none_or(JsonValue::is_null)
                    && definition.ty.is_non_null()
                    && definition.default_value.is_none();
                let ty = &definition.ty;
                if missing {
                    let name = &definition.name;
                    return Err(format!(
                        "Variable '{name}' has coerced Null value for NonNull type '{ty}'"
                    ));
                }
                Ok(value)
            });
            match value {
                Ok(Some(value)) => {
                    values.insert(definition.name.as_str(), value);
                }
                Ok(None) => {}
                Err(reason) => return Err(vec![invalid(definition, &reason, sources)]),
            }
        }
        coerce_variable_values(schema, operation, &values).map_err(|error| {
            let location = error.location().and_then(|span| span.line_column(sources));
            vec![GraphError::validation(
                format!("Variables have an invalid value: {}", error.message()),
                location,
            )]
        })
    }

    /// The value of a variable; `None` when it was not given.
    fn value(
        &self,
        schema: &Schema,
        definition: &VariableDefinition,
    ) -> Result<Option<JsonValue>, String> {
        let name = definition.name.as_str();
        let ty = &definition.ty;
        match self {
            Self::Path(pairs) => {
                let text = pairs
                    .iter()
                    .rev()
                    .find(|(key, _)| key == name)
                    .map(|(_, text)| text);
                text.map(|text| from_text(schema, ty, text)).transpose()
            }
            Self::Json(map) => match map.get(name) {
                None => Ok(None),
                // The engine still turns text into numbers and booleans, as path variables need it.
                Some(Value::String(text)) if !matches!(base(schema, ty), Base::Json) => {
                    scalar(schema, ty, text).map(Some)
                }
                Some(value) => Ok(Some(JsonValue::from(value.clone()))),
            },
        }
    }
}

fn invalid(definition: &Node<VariableDefinition>, reason: &str, sources: &SourceMap) -> GraphError {
    let location = definition
        .location()
        .and_then(|span| span.line_column(sources));
    let message = format!(
        "Variable '{}' has an invalid value: {reason}",
        definition.name
    );
    GraphError::validation(message, location)
}

/// How the text of a value is read.
enum Base<'a> {
    Text,
    Integer,
    Float,
    Boolean,
    Enum(&'a apollo_compiler::schema::EnumType),
    /// Lists and input objects.
    Json,
}

fn base<'a>(schema: &'a Schema, ty: &Type) -> Base<'a> {
    let (Type::Named(name) | Type::NonNullNamed(name)) = ty else {
        return Base::Json;
    };
    match (name.as_str(), schema.types.get(name)) {
        ("Int", _) => Base::Integer,
        ("Float", _) => Base::Float,
        ("Boolean", _) => Base::Boolean,
        (_, Some(ExtendedType::Enum(values))) => Base::Enum(values),
        (_, Some(ExtendedType::InputObject(_))) => Base::Json,
        _ => Base::Text,
    }
}

/// A path variable: the text `null` is null where null is allowed.
fn from_text(schema: &Schema, ty: &Type, text: &str) -> Result<JsonValue, String> {
    if text == "null" && !ty.is_non_null() {
        return Ok(JsonValue::Null);
    }
    scalar(schema, ty, text)
}

fn scalar(schema: &Schema, ty: &Type, text: &str) -> Result<JsonValue, String> {
    let misfit = || {
        format!(
            "Expected a value that can be converted to type '{}' but it was a 'String'",
            ty.inner_named_type()
        )
    };
    match base(schema, ty) {
        Base::Text => Ok(text.into()),
        Base::Integer => text
            .trim()
            .parse::<i32>()
            .map(JsonValue::from)
            .map_err(|_| misfit()),
        Base::Float => {
            let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
            number.map(JsonValue::from).ok_or_else(misfit)
        }
        Base::Boolean => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(misfit()),
        },
        Base::Enum(values) if values.values.contains_key(text) => Ok(text.into()),
        Base::Enum(values) => Err(format!(
            "Invalid input for enum '{}'. No value found for name '{text}'",
            values.name
        )),
        Base::Json => serde_json::from_str::<Value>(text)
            .map(JsonValue::from)
            .map_err(|_| misfit()),
    }
}
