//! A fragment as an object with a map of fields.

use crate::execute::{Engine, as_boolean, as_calendar, as_number, as_text};
use crate::repository::{Field, FieldKind, Fragment, Property, Scalar, Target};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// The members of a fragment, without its references.
pub(super) fn object(
    engine: &Engine,
    number: usize,
    variation: Option<&str>,
) -> Map<String, Value> {
    let fragment = &engine.repository.fragments[number];
    let mut object = head(engine, fragment);
    let variation = variation
        .and_then(|name| fragment.variation(name))
        .unwrap_or(0);
    let variation = &fragment.variations[variation];
    let mut fields = Map::new();
    let model = &engine.repository.models[fragment.model];
    for (index, field) in model.fields.iter().enumerate() {
        let stored = variation.values[index].as_ref();
        let own_type = variation.mime_types.iter().find(|(at, _)| *at == index);
        let mime_type = own_type.map_or(&*field.mime_type, |(_, kind)| kind);
        let one = |value| item(engine, field, mime_type, value);
        let value = match (stored, field.multiple) {
            (Some(stored), true) => stored
                .values()
                .iter()
                .filter_map(one)
                .collect::<Vec<_>>()
                .into(),
            (None, true) => json!([]),
            (Some(Property::Single(value)), false) => match one(value) {
                Some(value) => value,
                None => continue,
            },
            // Empty multi line text keeps its type; other unset values have no member.
            _ if field.kind == FieldKind::MultiLine => json!({ "mimeType": mime_type }),
            _ => continue,
        };
        fields.insert(field.name.clone(), value);
    }
    object.insert("fields".to_owned(), fields.into());
    object
}

/// What says which fragment it is.
pub(super) fn head(engine: &Engine, fragment: &Fragment) -> Map<String, Value> {
    let model = &engine.repository.models[fragment.model];
    let members = [
        ("path", Value::from(&*fragment.path)),
        // Real answers have nothing here.
        ("name", "".into()),
        ("title", fragment.title.as_str().into()),
        ("id", fragment.id.as_str().into()),
        ("description", fragment.description.as_str().into()),
        (
            "model",
            json!({ "id": URL_SAFE_NO_PAD.encode(&model.path) }),
        ),
    ];
    members
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn item(engine: &Engine, field: &Field, mime_type: &str, value: &Scalar) -> Option<Value> {
    Some(match field.kind {
        FieldKind::Text => as_text(value)?.into_owned().into(),
        FieldKind::MultiLine => json!({ "value": as_text(value)?, "mimeType": mime_type }),
        FieldKind::Integer | FieldKind::Float => number(as_number(value)?),
        FieldKind::Boolean => as_boolean(value)?.into(),
        FieldKind::Calendar => as_calendar(value)?.date_time().into(),
        FieldKind::Date => as_calendar(value)?.date().into(),
        FieldKind::Time => as_calendar(value)?.time().into(),
        FieldKind::Json => serde_json::from_str(&as_text(value)?).ok()?,
        FieldKind::ContentReference | FieldKind::FragmentReference(_) => {
            identifier(engine, value.as_text()?)?.into()
        }
    })
}

/// A whole number without a fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and in range"
)]
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

/// How a reference is written: a fragment by UUID, an asset by its URN, a page by path. What cannot be delivered has
/// none.
pub(super) fn identifier(engine: &Engine, reference: &str) -> Option<String> {
    let repository = &engine.repository;
    match repository.target(reference) {
        Some(Target::Fragment(number)) => Some(repository.fragments[number].id.clone()),
        Some(Target::Asset(number)) => {
            Some(format!("urn:aaid:aem:{}", repository.assets[number].id))
        }
        None => {
            let is_page =
                reference.starts_with("/content/") && !reference.starts_with("/content/dam/");
            is_page.then(|| reference.to_owned())
        }
    }
}
