//! The schema as text, in the shape of AEM's `endpoint.GQLschema`.
//!
//! Source: aem-protocol.md, section 4.9.

use super::types::{ModelType, TypeField, TypeKind};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const FIXED: &str = include_str!("fixed.graphql");
/// Scalars that can be filtered, with the modifier of their expressions.
const FILTERED: [(&str, &str); 8] = [
    ("ID", ""),
    ("String", " _ignoreCase: Boolean"),
    ("Int", ""),
    ("Float", " _sensitiveness: Float"),
    ("Boolean", ""),
    ("Calendar", ""),
    ("Date", ""),
    ("Time", ""),
];

/// Writes the whole schema of an endpoint.
pub(super) fn write(types: &[ModelType]) -> String {
    let mut sdl = String::from(FIXED);
    for (scalar, modifier) in FILTERED {
        filter(&mut sdl, scalar, modifier);
    }
    query_type(&mut sdl, types);
    for model in types {
        model_type(&mut sdl, model, types);
        filter_inputs(&mut sdl, model, types);
    }
    unions(&mut sdl, types);
    sdl
}

/// Appends formatted text; writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        let _ = writeln!($out, $($arg)*);
    };
}

fn filter(sdl: &mut String, scalar: &str, modifier: &str) {
    put!(
        sdl,
        "input {scalar}Filter {{ _expressions: [{scalar}FilterExpression]! _logOp: LogOp }}
input {scalar}FilterExpression {{ _operator: {scalar}Operator value: {scalar}{modifier} }}
input {scalar}ArrayFilter {{ _expressions: [{scalar}ArrayFilterExpression]! _logOp: LogOp }}
input {scalar}ArrayFilterExpression {{
  _apply: ArrayMode _instances: Int _operator: {scalar}Operator value: {scalar} values: [{scalar}]{modifier}
}}"
    );
}

fn query_type(sdl: &mut String, types: &[ModelType]) {
    put!(sdl, "\ntype QueryType {{");
    if types.is_empty() {
        // An object type needs a field; an endpoint without models has nothing to ask for.
        put!(sdl, "  _empty: String");
    }
    for model in types {
        let ModelType {
            name,
            query,
            suffix,
            ..
        } = model;
        put!(
            sdl,
            r#"  "Get a single `{name}`, specified by its path and optional variation"
  {query}ByPath{suffix}(_path: String!, variation: String, _assetTransform: AssetTransform): {name}Result!
  "Get a single `{name}`, specified by its UUID and optional variation"
  {query}ById{suffix}(_id: String!, variation: String, _assetTransform: AssetTransform): {name}Result!
  "Get multiple `{name}` objects"
  {query}List{suffix}(
    _locale: String filter: {name}Filter includeVariations: Boolean limit: Int offset: Int
    sort: String variation: String _assetTransform: AssetTransform
  ): {name}Results!
  "Get multiple `{name}` objects with cursor-based pagination"
  {query}Paginated{suffix}(
    _locale: String after: String filter: {name}Filter first: Int includeVariations: Boolean
    sort: String variation: String _assetTransform: AssetTransform
  ): {name}Connection!"#
        );
    }
    put!(sdl, "}}");
}

fn model_type(sdl: &mut String, model: &ModelType, types: &[ModelType]) {
    let name = &model.name;
    put!(
        sdl,
        "
type {name}Result {{ _references: [Reference] item: {name}! }}
type {name}Results {{ _references: [Reference] items: [{name}]! }}
type {name}Connection {{ edges: [{name}Edge]! pageInfo: PageInfo! }}
type {name}Edge {{ cursor: String! node: {name}! }}
type {name} {{
  _id: ID
  _locale: String
  _metadata: TypedMetaData
  _model: ModelInfo
  _path: ID
  _tags: [String]
  _variation: String
  _variations: [String]"
    );
    for field in &model.fields {
        let kind = output_type(&field.kind, types);
        if field.multiple {
            put!(sdl, "  {}: [{kind}]", field.name);
        } else {
            put!(sdl, "  {}: {kind}", field.name);
        }
    }
    put!(sdl, "}}");
}

fn output_type<'a>(kind: &TypeKind, types: &'a [ModelType]) -> &'a str {
    match kind {
        TypeKind::Text => "String",
        TypeKind::MultiLine => "MultiFormatString",
        TypeKind::Integer => "Int",
        TypeKind::Float => "Float",
        TypeKind::Boolean => "Boolean",
        TypeKind::Calendar => "Calendar",
        TypeKind::Date => "Date",
        TypeKind::Time => "Time",
        TypeKind::Json => "Json",
        TypeKind::Reference => "Reference",
        TypeKind::Fragment(target) => &types[*target].name,
        TypeKind::AnyFragment(_) => "AllFragmentModels",
    }
}

fn filter_inputs(sdl: &mut String, model: &ModelType, types: &[ModelType]) {
    let name = &model.name;
    put!(
        sdl,
        "input {name}ArrayFilter {{ _apply: ArrayMode _instances: Int _match: {name}Filter }}
input {name}Filter {{
  _logOp: LogOp
  _path: IDFilter
  _tags: StringArrayFilter
  _variation: StringFilter
  _variations: StringArrayFilter"
    );
    for field in &model.fields {
        if let Some(filter) = filter_type(field, types) {
            put!(sdl, "  {}: {filter}", field.name);
        }
    }
    put!(sdl, "}}");
}

/// The filter input of a field; JSON, content references and references to several models have none.
fn filter_type(field: &TypeField, types: &[ModelType]) -> Option<String> {
    match field.kind {
        TypeKind::Json | TypeKind::Reference | TypeKind::AnyFragment(_) => None,
        _ => {
            let array = if field.multiple { "Array" } else { "" };
            Some(format!("{}{array}Filter", output_type(&field.kind, types)))
        }
    }
}

fn unions(sdl: &mut String, types: &[ModelType]) {
    let mut targets = BTreeSet::new();
    for field in types.iter().flat_map(|model| &model.fields) {
        match &field.kind {
            TypeKind::AnyFragment(allowed) => targets.extend(allowed),
            TypeKind::Fragment(target) => {
                targets.insert(*target);
            }
            _ => {}
        }
    }
    let members = |numbers: &mut dyn Iterator<Item = usize>| {
        numbers
            .map(|n| types[n].name.clone())
            .collect::<Vec<_>>()
            .join(" | ")
    };
    if !targets.is_empty() {
        put!(
            sdl,
            "\nunion AllFragmentModels = {}",
            members(&mut targets.into_iter())
        );
    }
    let models = members(&mut (0..types.len()));
    let separator = if types.is_empty() { "" } else { " | " };
    put!(
        sdl,
        "union Reference = ArchiveRef | DocumentRef | ImageRef | MultimediaRef | PageRef{separator}{models}"
    );
}
