//! Which object types an endpoint has and what each of their fields is: the models after naming and reference lookup.
//!
//! Source: aem-protocol.md, sections 4.1 to 4.3.

use super::names::{Taken, field_name, query_base, type_base};
use crate::repository::{Field, FieldKind, Model, Status};
use std::collections::HashMap;

/// Fields every model type has (section 4.4).
pub(super) const HELPERS: [&str; 8] = [
    "_id",
    "_locale",
    "_metadata",
    "_model",
    "_path",
    "_tags",
    "_variation",
    "_variations",
];

/// The object type of a model.
#[derive(Debug)]
pub(crate) struct ModelType {
    /// Number of the model in the repository.
    pub(crate) model: usize,
    /// `RecipeModel`, perhaps with a number.
    pub(crate) name: String,
    /// `recipe`, the beginning of the query fields.
    pub(crate) query: String,
    /// `_2` where the query name was taken.
    pub(crate) suffix: String,
    pub(crate) fields: Vec<TypeField>,
    by_name: HashMap<String, usize>,
}

/// A field of a model type.
#[derive(Debug)]
pub(crate) struct TypeField {
    pub(crate) name: String,
    /// Number of the field in the model.
    pub(crate) index: usize,
    pub(crate) kind: TypeKind,
    pub(crate) multiple: bool,
}

/// What a field delivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeKind {
    Text,
    MultiLine,
    Integer,
    Float,
    Boolean,
    Calendar,
    Date,
    Time,
    Json,
    /// The union `Reference`.
    Reference,
    /// A fragment of this type.
    Fragment(usize),
    /// The union `AllFragmentModels`, limited to these types.
    AnyFragment(Vec<usize>),
}

impl ModelType {
    pub(crate) fn field(&self, name: &str) -> Option<&TypeField> {
        self.by_name.get(name).map(|at| &self.fields[*at])
    }
}

/// The types of a configuration: its own models, then the global ones; `global` sees all.
pub(super) fn derive(models: &[Model], configuration: &str) -> Vec<ModelType> {
    let all = configuration == "global";
    let visible = |model: &Model| {
        all || model.configuration == configuration || model.configuration == "global"
    };
    let mut numbers: Vec<usize> = (0..models.len())
        .filter(|at| visible(&models[*at]) && models[*at].status != Status::Draft)
        .collect();
    // Own models come first, so that a global one of the same name gets the number.
    numbers.sort_by_key(|at| (models[*at].configuration != configuration, *at));

    let types: HashMap<&str, usize> = numbers
        .iter()
        .map(|at| models[*at].path.as_str())
        .zip(0..)
        .collect();
    let mut taken = Taken::default();
    numbers
        .iter()
        .map(|&model| {
            let base = type_base(&models[model].name);
            let query = query_base(&base);
            let suffix = taken.suffix(&query);
            let fields = derive_fields(&models[model].fields, &types);
            ModelType {
                model,
                name: format!("{base}Model{suffix}"),
                query,
                suffix,
                by_name: fields
                    .iter()
                    .map(|field| field.name.clone())
                    .zip(0..)
                    .collect(),
                fields,
            }
        })
        .collect()
}

fn derive_fields(fields: &[Field], types: &HashMap<&str, usize>) -> Vec<TypeField> {
    let mut taken = Taken::with(&HELPERS);
    let mut derived = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        // A reference to models that are not there has no field at all (section 4.1).
        let Some(kind) = type_kind(&field.kind, types) else {
            continue;
        };
        let name = field_name(&field.name);
        let suffix = taken.suffix(&name);
        derived.push(TypeField {
            name: format!("{name}{suffix}"),
            index,
            kind,
            multiple: field.multiple,
        });
    }
    derived
}

fn type_kind(kind: &FieldKind, types: &HashMap<&str, usize>) -> Option<TypeKind> {
    Some(match kind {
        FieldKind::Text => TypeKind::Text,
        FieldKind::MultiLine => TypeKind::MultiLine,
        FieldKind::Integer => TypeKind::Integer,
        FieldKind::Float => TypeKind::Float,
        FieldKind::Boolean => TypeKind::Boolean,
        FieldKind::Calendar => TypeKind::Calendar,
        FieldKind::Date => TypeKind::Date,
        FieldKind::Time => TypeKind::Time,
        FieldKind::Json => TypeKind::Json,
        FieldKind::ContentReference => TypeKind::Reference,
        FieldKind::FragmentReference(allowed) => {
            let targets: Vec<usize> = allowed
                .iter()
                .filter_map(|path| types.get(path.as_str()).copied())
                .collect();
            match (allowed.len(), targets.as_slice()) {
                (_, []) => return None,
                (1, [only]) => TypeKind::Fragment(*only),
                _ => TypeKind::AnyFragment(targets),
            }
        }
    })
}
