//! A fragment as GraphQL object: its own fields by data type, and the helper fields.
//!
//! Source: aem-protocol.md, sections 4.3 to 4.5 and 4.8.

use super::context::{Context, Row, Scope};
use super::metadata::MetadataObject;
use super::reference;
use super::values::{as_boolean, as_calendar, as_number, as_text};
use crate::repository::{Model, Property, Scalar, Target};
use crate::rich_text;
use crate::schema::{TypeField, TypeKind};
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use apollo_compiler::response::serde_json_bytes::serde_json;
use base64::Engine as _;
use std::borrow::Cow;
use std::rc::Rc;

/// A fragment in one variation, reached through the fragments in `ancestors`.
pub(super) struct FragmentObject<'a> {
    cx: &'a Context<'a>,
    scope: Rc<Scope>,
    model_type: usize,
    row: Row,
    ancestors: Option<Rc<Ancestor>>,
}

/// The chain of fragments from the query to here, for the recursion rule.
pub(super) struct Ancestor {
    fragment: usize,
    above: Option<Rc<Self>>,
}

impl Ancestor {
    fn contains(&self, fragment: usize) -> bool {
        self.fragment == fragment
            || self
                .above
                .as_ref()
                .is_some_and(|above| above.contains(fragment))
    }
}

impl<'a> FragmentObject<'a> {
    pub(super) fn new(cx: &'a Context<'a>, scope: Rc<Scope>, model_type: usize, row: Row) -> Self {
        Self {
            cx,
            scope,
            model_type,
            row,
            ancestors: None,
        }
    }

    /// A fragment referenced from another one; `None` at the first repetition (section 4.8).
    pub(super) fn below(
        cx: &'a Context<'a>,
        scope: &Rc<Scope>,
        fragment: usize,
        ancestors: Option<&Rc<Ancestor>>,
    ) -> Option<Self> {
        if ancestors.is_some_and(|chain| chain.contains(fragment)) {
            return None;
        }
        // What is beyond the budget is null; the root fields report it.
        cx.budget.deliver(1).ok()?;
        let model_type = cx.schema.type_of(cx.repository.fragments[fragment].model)?;
        let row = cx.row(fragment, scope.variation.as_deref());
        Some(Self {
            cx,
            scope: Rc::clone(scope),
            model_type,
            row,
            ancestors: ancestors.cloned(),
        })
    }

    fn value(&self, field: &'a TypeField) -> ResolvedValue<'a> {
        let property = self.cx.variation(self.row).values[field.index].as_ref();
        match (property, field.multiple) {
            (None, true) => match field.kind {
                TypeKind::Fragment(_) | TypeKind::AnyFragment(_) => ResolvedValue::list([]),
                _ => ResolvedValue::null(),
            },
            (Some(property), true) => {
                let chain = self.chain();
                let items: Vec<_> = property
                    .values()
                    .iter()
                    .filter(|value| !self.is_held_back(value))
                    .map(|value| self.item(value, &field.kind, &chain))
                    .collect();
                ResolvedValue::list(items)
            }
            (Some(Property::Single(value)), false) => self.item(value, &field.kind, &self.chain()),
            // A list stored for a single field is nothing.
            (Some(Property::Multi(_)) | None, false) => match field.kind {
                TypeKind::MultiLine => ResolvedValue::object(RichTextObject {
                    cx: self.cx,
                    html: None,
                }),
                _ => ResolvedValue::null(),
            },
        }
    }

    /// Whether a value refers to content that this tier or this reader does not get: left out of lists (section 15,
    /// rows 16 and 20).
    fn is_held_back(&self, value: &Scalar) -> bool {
        value
            .as_text()
            .is_some_and(|path| self.cx.repository.is_held_back(path))
    }

    fn item(&self, value: &'a Scalar, kind: &TypeKind, chain: &Rc<Ancestor>) -> ResolvedValue<'a> {
        let leaf = |json: Option<JsonValue>| ResolvedValue::Leaf(json.unwrap_or(JsonValue::Null));
        match kind {
            TypeKind::Text => leaf(as_text(value).map(|text| JsonValue::from(&*text))),
            TypeKind::MultiLine => ResolvedValue::object(RichTextObject {
                cx: self.cx,
                html: as_text(value),
            }),
            TypeKind::Integer => leaf(as_number(value).map(integer)),
            TypeKind::Float => leaf(as_number(value).map(JsonValue::from)),
            TypeKind::Boolean => leaf(as_boolean(value).map(JsonValue::from)),
            TypeKind::Calendar => leaf(as_calendar(value).map(|date| date.date_time().into())),
            TypeKind::Date => leaf(as_calendar(value).map(|date| date.date().into())),
            TypeKind::Time => leaf(as_calendar(value).map(|date| date.time().into())),
            TypeKind::Json => {
                leaf(as_text(value).and_then(|text| serde_json::from_str(&text).ok()))
            }
            TypeKind::Reference => {
                let path = value.as_text();
                path.and_then(|path| reference::resolve(self.cx, &self.scope, path, Some(chain)))
                    .unwrap_or(ResolvedValue::null())
            }
            TypeKind::Fragment(target) => self.fragment(value, std::slice::from_ref(target), chain),
            TypeKind::AnyFragment(targets) => self.fragment(value, targets, chain),
        }
    }

    fn fragment(
        &self,
        value: &Scalar,
        targets: &[usize],
        chain: &Rc<Ancestor>,
    ) -> ResolvedValue<'a> {
        let Some(Target::Fragment(number)) = value
            .as_text()
            .and_then(|path| self.cx.repository.target(path))
        else {
            return ResolvedValue::null();
        };
        let found = Self::below(self.cx, &self.scope, number, Some(chain));
        ResolvedValue::nullable_object(
            found.filter(|fragment| targets.contains(&fragment.model_type)),
        )
    }

    fn chain(&self) -> Rc<Ancestor> {
        Rc::new(Ancestor {
            fragment: self.row.fragment,
            above: self.ancestors.clone(),
        })
    }
}

/// A number for the `Int` type: whole numbers stay whole.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and in range"
)]
fn integer(value: f64) -> JsonValue {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        JsonValue::from(value as i64)
    } else {
        JsonValue::from(value)
    }
}

impl ObjectValue for FragmentObject<'_> {
    fn type_name(&self) -> &str {
        &self.cx.schema.types[self.model_type].name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let fragment = self.cx.fragment(self.row);
        let variation = self.cx.variation(self.row);
        let texts = |texts: &mut dyn Iterator<Item = &'a str>| {
            let leaves: Vec<_> = texts.map(ResolvedValue::leaf).collect();
            ResolvedValue::list(leaves)
        };
        Ok(match info.field_name() {
            "_path" => ResolvedValue::leaf(fragment.path.as_str()),
            "_id" => ResolvedValue::leaf(fragment.id.as_str()),
            "_locale" => match &fragment.locale {
                Some(locale) => ResolvedValue::leaf(locale.as_str()),
                None => ResolvedValue::null(),
            },
            "_variation" => ResolvedValue::leaf(variation.name.as_str()),
            "_variations" => {
                texts(&mut fragment.variations.iter().skip(1).map(|v| v.name.as_str()))
            }
            "_tags" => texts(&mut variation.tags.iter().map(String::as_str)),
            "_model" => {
                ResolvedValue::object(ModelObject(&self.cx.repository.models[fragment.model]))
            }
            "_metadata" => ResolvedValue::object(MetadataObject::new(fragment, variation)),
            name => match self.cx.schema.types[self.model_type].field(name) {
                Some(field) => self.value(field),
                None => return Err(self.unknown_field_error(info)),
            },
        })
    }
}

/// `ModelInfo`
struct ModelObject<'a>(&'a Model);

impl ObjectValue for ModelObject<'_> {
    fn type_name(&self) -> &str {
        "ModelInfo"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        Ok(match info.field_name() {
            "_path" => ResolvedValue::leaf(self.0.path.as_str()),
            "title" => ResolvedValue::leaf(self.0.title.as_str()),
            // The id other AEM interfaces use: base64url of the path (section 10.2).
            "_id" => {
                let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
                ResolvedValue::leaf(engine.encode(&self.0.path))
            }
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// `MultiFormatString`: each form is made when it is asked for.
struct RichTextObject<'a> {
    cx: &'a Context<'a>,
    html: Option<Cow<'a, str>>,
}

impl ObjectValue for RichTextObject<'_> {
    fn type_name(&self) -> &str {
        "MultiFormatString"
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let Some(html) = &self.html else {
            return Ok(ResolvedValue::null());
        };
        Ok(match info.field_name() {
            "html" => ResolvedValue::leaf(&**html),
            "plaintext" => ResolvedValue::leaf(rich_text::plaintext(html)),
            "markdown" => ResolvedValue::leaf(rich_text::markdown(html)),
            "json" => ResolvedValue::leaf(rich_text::json(html, self.cx)),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
