//! `_metadata`: ten lists, by how each property is stored.
//!
//! Source: aem-protocol.md, section 4.4.

use crate::repository::{Fragment, Property, Scalar, Variation};
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;

/// `TypedMetaData`
pub(super) struct MetadataObject {
    entries: Vec<(String, Property)>,
}

impl MetadataObject {
    pub(super) fn new(fragment: &Fragment, variation: &Variation) -> Self {
        let mut entries = vec![
            ("title".to_owned(), fragment.title.as_str().into()),
            (
                "description".to_owned(),
                fragment.description.as_str().into(),
            ),
        ];
        entries.extend(
            fragment
                .metadata
                .iter()
                .filter(|(name, _)| name != "cq:tags")
                .cloned(),
        );
        if !variation.tags.is_empty() {
            entries.push(("cq:tags".to_owned(), variation.tags.clone().into()));
        }
        Self { entries }
    }

    /// The entries whose values are stored as one type, single or as a list.
    fn list(&self, kind: Kind, array: bool, type_name: &'static str) -> Vec<EntryObject<'_>> {
        let fits = |property: &Property| {
            matches!(property, Property::Multi(_)) == array
                && property.values().first().and_then(Kind::of) == Some(kind)
        };
        let entries = self.entries.iter().filter(|(_, property)| fits(property));
        entries
            .map(|(name, property)| EntryObject {
                type_name,
                name,
                property,
            })
            .collect()
    }
}

/// How a value is stored, as far as metadata tells it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
}

impl Kind {
    fn of(value: &Scalar) -> Option<Self> {
        Some(match value {
            Scalar::Text(_) => Self::Text,
            Scalar::Integer(_) => Self::Integer,
            Scalar::Number(_) => Self::Number,
            Scalar::Boolean(_) => Self::Boolean,
            Scalar::Date(_) => Self::Date,
            Scalar::Binary(_) => return None,
        })
    }
}

impl ObjectValue for MetadataObject {
    fn type_name(&self) -> &str {
        "TypedMetaData"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let (kind, array, type_name) = match info.field_name() {
            "stringMetadata" => (Kind::Text, false, "StringMetadata"),
            "stringArrayMetadata" => (Kind::Text, true, "StringArrayMetadata"),
            "intMetadata" => (Kind::Integer, false, "IntMetadata"),
            "intArrayMetadata" => (Kind::Integer, true, "IntArrayMetadata"),
            "floatMetadata" => (Kind::Number, false, "FloatMetadata"),
            "floatArrayMetadata" => (Kind::Number, true, "FloatArrayMetadata"),
            "booleanMetadata" => (Kind::Boolean, false, "BooleanMetadata"),
            "booleanArrayMetadata" => (Kind::Boolean, true, "BooleanArrayMetadata"),
            "calendarMetadata" => (Kind::Date, false, "CalendarMetadata"),
            "calendarArrayMetadata" => (Kind::Date, true, "CalendarArrayMetadata"),
            _ => return Err(self.unknown_field_error(info)),
        };
        Ok(ResolvedValue::list(
            self.list(kind, array, type_name)
                .into_iter()
                .map(ResolvedValue::object),
        ))
    }
}

/// `{ name, value }` of any of the ten types.
struct EntryObject<'a> {
    type_name: &'static str,
    name: &'a str,
    property: &'a Property,
}

impl ObjectValue for EntryObject<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        Ok(match (info.field_name(), self.property) {
            ("name", _) => ResolvedValue::leaf(self.name),
            ("value", Property::Single(value)) => ResolvedValue::Leaf(json(value)),
            ("value", Property::Multi(values)) => {
                ResolvedValue::list(values.iter().map(|value| ResolvedValue::Leaf(json(value))))
            }
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

fn json(value: &Scalar) -> JsonValue {
    match value {
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Boolean(b) => (*b).into(),
        Scalar::Integer(n) => (*n).into(),
        Scalar::Number(n) => (*n).into(),
        Scalar::Date(date) => date.to_utc().date_time().into(),
        Scalar::Binary(_) => JsonValue::Null,
    }
}
