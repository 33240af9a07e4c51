//! The validation errors people meet most, worded as GraphQL Java words them.
//!
//! The engine validates everything afterwards; this walk only exists because clients read these texts.
//! Source: aem-protocol.md, section 9.1.

use super::error::GraphError;
use apollo_compiler::ast::{
    Definition, Document, Field, FragmentDefinition, OperationDefinition, Selection, Type, Value,
};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use apollo_compiler::{Node, Schema};
use std::collections::HashMap;

/// Walks all operations of a document.
pub(super) fn check(document: &Document, schema: &Schema) -> Vec<GraphError> {
    let fragments = document
        .definitions
        .iter()
        .filter_map(Definition::as_fragment_definition);
    let fragments = fragments.map(|f| (f.name.as_str(), f)).collect();
    let mut walk = Walk {
        document,
        schema,
        fragments,
        variables: HashMap::new(),
        path: Vec::new(),
        errors: Vec::new(),
    };
    for operation in document
        .definitions
        .iter()
        .filter_map(Definition::as_operation_definition)
    {
        walk.operation(operation);
    }
    for fragment in document
        .definitions
        .iter()
        .filter_map(Definition::as_fragment_definition)
    {
        walk.variables.clear();
        walk.selections(&fragment.selection_set, &fragment.type_condition, false);
    }
    walk.errors
}

struct Walk<'a> {
    document: &'a Document,
    schema: &'a Schema,
    fragments: HashMap<&'a str, &'a Node<FragmentDefinition>>,
    variables: HashMap<&'a str, &'a Type>,
    path: Vec<&'a str>,
    errors: Vec<GraphError>,
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) {
        let Some(root) = self.schema.root_operation(operation.operation_type) else {
            let message = format!(
                "Schema is not configured for {}s.",
                operation.operation_type
            );
            self.errors.push(GraphError::validation(message, None));
            return;
        };
        self.variables = operation
            .variables
            .iter()
            .map(|v| (v.name.as_str(), &*v.ty))
            .collect();
        for variable in &operation.variables {
            let name = variable.ty.inner_named_type();
            if !self.schema.types.contains_key(name) {
                self.report(
                    "UnknownType",
                    &format!("Unknown type '{name}'"),
                    variable.location(),
                );
            }
        }
        self.selections(&operation.selection_set, root, true);
    }

    fn selections(&mut self, selections: &'a [Selection], parent: &str, in_operation: bool) {
        for selection in selections {
            match selection {
                Selection::Field(field) => self.field(field, parent, in_operation),
                Selection::InlineFragment(inline) => {
                    let condition = inline.type_condition.as_deref().unwrap_or(parent);
                    if self.schema.types.contains_key(condition) {
                        self.selections(&inline.selection_set, condition, in_operation);
                    } else {
                        self.report(
                            "UnknownType",
                            &format!("Unknown type '{condition}'"),
                            inline.location(),
                        );
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    if !self.fragments.contains_key(name) {
                        self.report(
                            "UndefinedFragment",
                            &format!("Undefined fragment '{name}'"),
                            spread.location(),
                        );
                    }
                }
            }
        }
    }

    fn field(&mut self, field: &'a Node<Field>, parent: &str, in_operation: bool) {
        let name = field.name.as_str();
        if name == "__typename" {
            return;
        }
        self.path.push(name);
        match self.schema.type_field(parent, name) {
            Ok(definition) => {
                self.arguments(field, definition, in_operation);
                self.subselection(field, definition, in_operation);
            }
            Err(_) => {
                let message = format!("Field '{name}' in type '{parent}' is undefined");
                self.report("FieldUndefined", &message, field.location());
            }
        }
        self.path.pop();
    }

    fn arguments(
        &mut self,
        field: &'a Node<Field>,
        definition: &FieldDefinition,
        in_operation: bool,
    ) {
        for argument in &field.arguments {
            match definition.argument_by_name(&argument.name) {
                Some(expected) if in_operation => self.value(&argument.value, &expected.ty),
                Some(_) => {}
                None => {
                    let message = format!("Unknown field argument '{}'", argument.name);
                    self.report("UnknownArgument", &message, argument.location());
                }
            }
        }
        let given = |name: &str| field.arguments.iter().any(|argument| argument.name == name);
        for required in definition
            .arguments
            .iter()
            .filter(|argument| argument.is_required())
        {
            if !given(&required.name) {
                let message = format!("Missing field argument '{}'", required.name);
                self.report("MissingFieldArgument", &message, field.location());
            }
        }
    }

    /// Variables in a value: declared, and of a type that fits where they stand.
    fn value(&mut self, value: &'a Node<Value>, expected: &Type) {
        match &**value {
            Value::Variable(name) => match self.variables.get(name.as_str()) {
                None => self.report(
                    "UndefinedVariable",
                    &format!("Undefined variable '{name}'"),
                    value.location(),
                ),
                Some(actual) => {
                    let actual = (*actual).clone();
                    let same_name = actual.inner_named_type() == expected.inner_named_type();
                    if !same_name {
                        let message = format!(
                            "Variable type '{actual}' does not match expected type '{expected}'"
                        );
                        self.report("VariableTypeMismatch", &message, value.location());
                    }
                }
            },
            Value::List(items) => {
                for item in items {
                    self.value(item, expected.item_type());
                }
            }
            Value::Object(entries) => {
                let Some(ExtendedType::InputObject(input)) =
                    self.schema.types.get(expected.inner_named_type())
                else {
                    return;
                };
                for (name, item) in entries {
                    if let Some(definition) = input.fields.get(name) {
                        self.value(item, &definition.ty);
                    }
                }
            }
            _ => {}
        }
    }

    fn subselection(
        &mut self,
        field: &'a Node<Field>,
        definition: &FieldDefinition,
        in_operation: bool,
    ) {
        let inner = definition.ty.inner_named_type();
        let leaf = matches!(
            self.schema.types.get(inner),
            Some(ExtendedType::Scalar(_) | ExtendedType::Enum(_))
        );
        if leaf && !field.selection_set.is_empty() {
            let message = format!(
                "Subselection not allowed on leaf type '{}' of field '{}'",
                definition.ty, field.name
            );
            self.report("SubselectionNotAllowed", &message, field.location());
        } else if !leaf && field.selection_set.is_empty() {
            let message = format!(
                "Subselection required for type '{}' of field '{}'",
                definition.ty, field.name
            );
            self.report("SubselectionRequired", &message, field.location());
        } else {
            self.selections(&field.selection_set, inner, in_operation);
        }
    }

    fn report(&mut self, kind: &str, message: &str, location: Option<SourceSpan>) {
        let place = if self.path.is_empty() {
            String::new()
        } else {
            format!("@[{}]", self.path.join("/"))
        };
        let location = location.and_then(|span| span.line_column(&self.document.sources));
        let message = format!("Validation error ({kind}{place}) : {message}");
        self.errors.push(GraphError::validation(message, location));
    }
}
