//! Filters: the `filter` argument compiled once, then asked for each row.
//!
//! Source: aem-protocol.md, section 5.3.

use super::context::{Context, DateOperators, Row};
use super::expression::{Expression, Mode, Tests};
use super::values::{Operand, Slot, as_text};
use crate::repository::{Property, Target};
use crate::rich_text;
use crate::schema::{ModelType, TypeField, TypeKind};
use apollo_compiler::response::{JsonMap, JsonValue};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

/// A compiled filter of one model type.
#[derive(Debug, Default)]
pub(super) struct Filter {
    any: bool,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Single {
        slot: Slot,
        tests: Tests,
    },
    Array {
        slot: Slot,
        tests: Tests,
    },
    MultiLine {
        index: usize,
        multiple: bool,
        any: bool,
        formats: Vec<(Format, Tests)>,
    },
    Nested {
        index: usize,
        target: usize,
        mode: Option<Mode>,
        filter: Filter,
        known: Known,
    },
}

/// What a nested filter says of each row, found out once: many references lead to the same fragment, and where they go
/// in circles their number grows with every level.
type Known = RefCell<HashMap<Row, bool>>;

#[derive(Debug, Clone, Copy)]
enum Format {
    Html,
    Markdown,
    Plaintext,
}

impl Filter {
    /// Compiles the argument, which the engine has already coerced to the input type.
    pub(super) fn compile(
        argument: &JsonMap,
        model: &ModelType,
        types: &[ModelType],
        dates: DateOperators,
    ) -> Self {
        let parts = argument
            .iter()
            .filter_map(|(name, value)| {
                Part::compile(name.as_str(), value.as_object()?, model, types, dates)
            })
            .collect();
        Self {
            any: is_or(argument),
            parts,
        }
    }

    /// Whether a row is kept. A filter belongs to one request: `cx` and `variation` are the same for all its rows.
    pub(super) fn matches(&self, cx: &Context<'_>, row: Row, variation: Option<&str>) -> bool {
        combine(self.any, &self.parts, |part| {
            part.matches(cx, row, variation)
        })
    }
}

impl Part {
    fn compile(
        name: &str,
        value: &JsonMap,
        model: &ModelType,
        types: &[ModelType],
        dates: DateOperators,
    ) -> Option<Self> {
        if let Some(field) = model.field(name) {
            match field.kind {
                TypeKind::MultiLine => return Some(Self::multi_line(field, value, dates)),
                TypeKind::Fragment(target) => {
                    return Self::nested(field, target, value, types, dates);
                }
                _ => {}
            }
        }
        let slot = Slot::named(model, name)?;
        let kind = match &slot {
            Slot::Field { kind, .. } => kind.clone(),
            _ => TypeKind::Text,
        };
        let tests = Tests::compile(value, &kind, dates);
        let many = match slot {
            Slot::Tags | Slot::Variations => true,
            _ => model.field(name).is_some_and(|field| field.multiple),
        };
        Some(if many {
            Self::Array { slot, tests }
        } else {
            Self::Single { slot, tests }
        })
    }

    fn multi_line(field: &TypeField, value: &JsonMap, dates: DateOperators) -> Self {
        let formats = [
            ("html", Format::Html),
            ("markdown", Format::Markdown),
            ("plaintext", Format::Plaintext),
        ]
        .into_iter()
        .filter_map(|(name, format)| {
            let tests = value.get(name)?.as_object()?;
            Some((format, Tests::compile(tests, &TypeKind::Text, dates)))
        })
        .collect();
        Self::MultiLine {
            index: field.index,
            multiple: field.multiple,
            any: is_or(value),
            formats,
        }
    }

    fn nested(
        field: &TypeField,
        target: usize,
        value: &JsonMap,
        types: &[ModelType],
        dates: DateOperators,
    ) -> Option<Self> {
        let (mode, inner) = if field.multiple {
            (
                Some(Mode::read(value).unwrap_or(Mode::AtLeastOnce)),
                value.get("_match")?.as_object()?,
            )
        } else {
            (None, value)
        };
        let filter = Filter::compile(inner, &types[target], types, dates);
        Some(Self::Nested {
            index: field.index,
            target,
            mode,
            filter,
            known: Known::default(),
        })
    }

    fn matches(&self, cx: &Context<'_>, row: Row, variation: Option<&str>) -> bool {
        match self {
            Self::Single { slot, tests } => tests.match_single(&slot.first(cx, row)),
            Self::Array { slot, tests } => tests.match_array(&slot.operands(cx, row)),
            Self::MultiLine {
                index,
                multiple,
                any,
                formats,
            } => combine(*any, formats, |(format, tests)| {
                let values = format.operands(cx, row, *index);
                if *multiple {
                    tests.match_array(&values)
                } else {
                    tests.match_single(values.first().unwrap_or(&Operand::Null))
                }
            }),
            Self::Nested {
                index,
                target,
                mode,
                filter,
                known,
            } => {
                let rows = targets(cx, row, *index, *target, variation);
                let holds = |row: Row| {
                    let found = known.borrow().get(&row).copied();
                    found.unwrap_or_else(|| {
                        let holds = filter.matches(cx, row, variation);
                        known.borrow_mut().insert(row, holds);
                        holds
                    })
                };
                let hits = rows.iter().filter(|row| holds(**row)).count();
                match mode {
                    None => hits > 0,
                    Some(mode) => mode.accepts(hits, rows.len()),
                }
            }
        }
    }
}

impl Format {
    fn operands<'a>(self, cx: &Context<'a>, row: Row, index: usize) -> Vec<Operand<'a>> {
        let values = cx.variation(row).values[index]
            .as_ref()
            .map_or(&[][..], Property::values);
        values
            .iter()
            .filter_map(|value| {
                let html = as_text(value)?;
                Some(Operand::Text(match self {
                    Self::Html => html,
                    Self::Markdown => Cow::Owned(rich_text::markdown(&html)),
                    Self::Plaintext => Cow::Owned(rich_text::plaintext(&html)),
                }))
            })
            .collect()
    }
}

/// The fragments of the wanted type that a reference field points at, in the variation the query asks for.
pub(super) fn targets(
    cx: &Context<'_>,
    row: Row,
    index: usize,
    target: usize,
    variation: Option<&str>,
) -> Vec<Row> {
    let model = cx.schema.types[target].model;
    let references = cx.variation(row).values[index]
        .as_ref()
        .map_or(&[][..], Property::values);
    references
        .iter()
        .filter_map(|value| cx.repository.target(value.as_text()?))
        .filter_map(|found| match found {
            Target::Fragment(number) => Some(number),
            Target::Asset(_) => None,
        })
        .filter(|number| cx.repository.fragments[*number].model == model)
        .map(|number| cx.row(number, variation))
        .collect()
}

/// Whether the conditions of a list hold: all of them, or one of them. No condition always holds.
pub(super) fn combine<T>(any: bool, conditions: &[T], holds: impl Fn(&T) -> bool) -> bool {
    if any && !conditions.is_empty() {
        conditions.iter().any(holds)
    } else {
        conditions.iter().all(holds)
    }
}

pub(super) fn is_or(object: &JsonMap) -> bool {
    object.get("_logOp").and_then(JsonValue::as_str) == Some("OR")
}

impl Tests {
    fn compile(value: &JsonMap, kind: &TypeKind, dates: DateOperators) -> Self {
        let expressions = match value.get("_expressions") {
            // A single object stands for a list of one, also when it came through a variable.
            Some(JsonValue::Object(one)) => vec![Expression::compile(one, kind, dates)],
            Some(JsonValue::Array(many)) => {
                let objects = many.iter().filter_map(JsonValue::as_object);
                objects
                    .map(|one| Expression::compile(one, kind, dates))
                    .collect()
            }
            _ => Vec::new(),
        };
        Self {
            any: is_or(value),
            expressions,
        }
    }
}
