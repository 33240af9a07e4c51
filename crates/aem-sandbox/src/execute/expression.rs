//! One comparison of a filter: operator, value, modifiers, and how it applies to lists.
//!
//! Source: aem-protocol.md, section 5.3.

use super::context::DateOperators;
use super::filter::combine;
use super::values::{Operand, moment};
use crate::repository::Calendar;
use crate::schema::TypeKind;
use apollo_compiler::response::{JsonMap, JsonValue};
use std::borrow::Cow;
use std::cmp::Ordering;

/// The expressions of one field with their logic.
#[derive(Debug)]
pub(super) struct Tests {
    pub(super) any: bool,
    pub(super) expressions: Vec<Expression>,
}

#[derive(Debug)]
pub(super) struct Expression {
    operator: Operator,
    value: Operand<'static>,
    values: Option<Vec<Operand<'static>>>,
    ignore_case: bool,
    tolerance: f64,
    mode: Option<Mode>,
}

/// The operators of all types, by meaning: field compared with value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Contains,
    ContainsNot,
    StartsWith,
    Greater,
    GreaterEqual,
    Lower,
    LowerEqual,
}

/// `_apply`: how many items of a list must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    All,
    AllOrEmpty,
    AtLeastOnce,
    Instances(i64),
}

impl Mode {
    pub(super) fn read(object: &JsonMap) -> Option<Self> {
        Some(match object.get("_apply")?.as_str()? {
            "ALL" => Self::All,
            "ALL_OR_EMPTY" => Self::AllOrEmpty,
            "INSTANCES" => Self::Instances(
                object
                    .get("_instances")
                    .and_then(JsonValue::as_i64)
                    .unwrap_or(0),
            ),
            _ => Self::AtLeastOnce,
        })
    }

    pub(super) fn accepts(self, hits: usize, total: usize) -> bool {
        match self {
            Self::All => total > 0 && hits == total,
            Self::AllOrEmpty => hits == total,
            Self::AtLeastOnce => hits > 0,
            Self::Instances(wanted) => i64::try_from(hits) == Ok(wanted),
        }
    }
}

impl Tests {
    pub(super) fn match_single(&self, field: &Operand<'_>) -> bool {
        combine(self.any, &self.expressions, |expression| {
            expression.test(field)
        })
    }

    pub(super) fn match_array(&self, fields: &[Operand<'_>]) -> bool {
        combine(self.any, &self.expressions, |expression| {
            expression.test_array(fields)
        })
    }
}

impl Expression {
    pub(super) fn compile(object: &JsonMap, kind: &TypeKind, dates: DateOperators) -> Self {
        let values = object.get("values").filter(|v| !v.is_null()).map(|values| {
            let list = values
                .as_array()
                .map_or(std::slice::from_ref(values), Vec::as_slice);
            list.iter().map(|value| operand(value, kind)).collect()
        });
        Self {
            operator: Operator::read(object.get("_operator").and_then(JsonValue::as_str), dates),
            value: object
                .get("value")
                .map_or(Operand::Null, |value| operand(value, kind)),
            values,
            ignore_case: object
                .get("_ignoreCase")
                .and_then(JsonValue::as_bool)
                .unwrap_or(false),
            tolerance: object
                .get("_sensitiveness")
                .and_then(JsonValue::as_f64)
                .unwrap_or(0.0),
            mode: Mode::read(object),
        }
    }

    fn test(&self, field: &Operand<'_>) -> bool {
        match &self.values {
            Some(values) => values.iter().any(|value| self.compare(field, value)),
            None => self.compare(field, &self.value),
        }
    }

    fn test_array(&self, fields: &[Operand<'_>]) -> bool {
        match (&self.values, self.mode) {
            // A list without a mode is the whole list, in order.
            (Some(values), None) => {
                let same = |(field, value)| self.equal(field, value);
                let equal = fields.len() == values.len() && fields.iter().zip(values).all(same);
                equal != self.operator.is_negative()
            }
            (None, None) if self.value == Operand::Null => {
                fields.is_empty() != self.operator.is_negative()
            }
            (_, mode) => {
                let hits = fields.iter().filter(|field| self.test(field)).count();
                mode.unwrap_or(Mode::AtLeastOnce)
                    .accepts(hits, fields.len())
            }
        }
    }

    fn compare(&self, field: &Operand<'_>, value: &Operand<'_>) -> bool {
        if *field == Operand::Null || *value == Operand::Null {
            let both = field == value;
            return both != self.operator.is_negative();
        }
        match self.operator {
            Operator::Equal => self.equal(field, value),
            Operator::NotEqual => !self.equal(field, value),
            Operator::Contains => self.with_texts(field, value, |f, v| f.contains(v)),
            Operator::ContainsNot => !self.with_texts(field, value, |f, v| f.contains(v)),
            Operator::StartsWith => self.with_texts(field, value, |f, v| f.starts_with(v)),
            Operator::Greater => field.order(value) == Ordering::Greater,
            Operator::GreaterEqual => field.order(value) != Ordering::Less,
            Operator::Lower => field.order(value) == Ordering::Less,
            Operator::LowerEqual => field.order(value) != Ordering::Greater,
        }
    }

    fn equal(&self, field: &Operand<'_>, value: &Operand<'_>) -> bool {
        match (field, value) {
            (Operand::Number(a), Operand::Number(b)) => (a - b).abs() <= self.tolerance,
            (Operand::Text(_), Operand::Text(_)) => self.with_texts(field, value, |a, b| a == b),
            _ => field == value,
        }
    }

    fn with_texts(
        &self,
        field: &Operand<'_>,
        value: &Operand<'_>,
        test: impl Fn(&str, &str) -> bool,
    ) -> bool {
        let (Operand::Text(field), Operand::Text(value)) = (field, value) else {
            return false;
        };
        if self.ignore_case {
            test(&field.to_lowercase(), &value.to_lowercase())
        } else {
            test(field, value)
        }
    }
}

impl Operator {
    fn read(name: Option<&str>, dates: DateOperators) -> Self {
        let intuitive = dates == DateOperators::Intuitive;
        match name.unwrap_or_default() {
            "EQUALS_NOT" | "UNEQUAL" | "NOT_AT" => Self::NotEqual,
            "CONTAINS" => Self::Contains,
            "CONTAINS_NOT" => Self::ContainsNot,
            "STARTS_WITH" => Self::StartsWith,
            "GREATER" => Self::Greater,
            "GREATER_EQUAL" => Self::GreaterEqual,
            "LOWER" => Self::Lower,
            "LOWER_EQUAL" => Self::LowerEqual,
            // As documented, the value lies before the field.
            "BEFORE" => {
                if intuitive {
                    Self::Lower
                } else {
                    Self::Greater
                }
            }
            "AT_OR_BEFORE" => {
                if intuitive {
                    Self::LowerEqual
                } else {
                    Self::GreaterEqual
                }
            }
            "AFTER" => {
                if intuitive {
                    Self::Greater
                } else {
                    Self::Lower
                }
            }
            "AT_OR_AFTER" => {
                if intuitive {
                    Self::GreaterEqual
                } else {
                    Self::LowerEqual
                }
            }
            _ => Self::Equal,
        }
    }

    fn is_negative(self) -> bool {
        matches!(self, Self::NotEqual | Self::ContainsNot)
    }
}

/// A filter value as operand of the field's type.
fn operand(value: &JsonValue, kind: &TypeKind) -> Operand<'static> {
    match (value, kind) {
        (JsonValue::String(text), TypeKind::Calendar | TypeKind::Date | TypeKind::Time) => {
            // A date nobody can read equals no date.
            let number = Calendar::parse(text.as_str()).map_or(f64::NAN, |date| moment(date, kind));
            Operand::Number(number)
        }
        (JsonValue::String(text), _) => Operand::Text(Cow::Owned(text.as_str().to_owned())),
        (JsonValue::Number(number), TypeKind::Integer | TypeKind::Float) => {
            Operand::Number(number.as_f64().unwrap_or(f64::NAN))
        }
        // An `ID` may be written as a number.
        (JsonValue::Number(number), _) => Operand::Text(Cow::Owned(number.to_string())),
        (JsonValue::Bool(boolean), _) => Operand::Boolean(*boolean),
        (JsonValue::Null | JsonValue::Array(_) | JsonValue::Object(_), _) => Operand::Null,
    }
}
