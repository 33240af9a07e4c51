//! Reading field values for filters and sorting: what a name in a query stands for, and its values as comparable
//! operands.
//!
//! Source: aem-protocol.md, sections 5.3 and 5.4.

use super::context::{Context, Row};
use crate::repository::{Calendar, Property, Scalar};
use crate::schema::{ModelType, TypeKind};
use std::borrow::Cow;
use std::cmp::Ordering;

/// What a field name of a filter or sort stands for.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    Path,
    Id,
    Locale,
    Variation,
    Variations,
    Tags,
    Field { index: usize, kind: TypeKind },
}

impl Slot {
    pub(super) fn named(model: &ModelType, name: &str) -> Option<Self> {
        Some(match name {
            "_path" => Self::Path,
            "_id" => Self::Id,
            "_locale" => Self::Locale,
            "_variation" => Self::Variation,
            "_variations" => Self::Variations,
            "_tags" => Self::Tags,
            _ => {
                let field = model.field(name)?;
                Self::Field {
                    index: field.index,
                    kind: field.kind.clone(),
                }
            }
        })
    }

    /// All values of a row, in stored order; none when unset.
    pub(super) fn operands<'a>(&self, cx: &Context<'a>, row: Row) -> Vec<Operand<'a>> {
        let fragment = &cx.repository.fragments[row.fragment];
        let variation = &fragment.variations[row.variation];
        match self {
            Self::Path => vec![Operand::text(&fragment.path)],
            Self::Id => vec![Operand::text(&fragment.id)],
            Self::Locale => fragment.locale.iter().map(|l| Operand::text(l)).collect(),
            Self::Variation => vec![Operand::text(&variation.name)],
            Self::Variations => fragment
                .variations
                .iter()
                .skip(1)
                .map(|v| Operand::text(&v.name))
                .collect(),
            Self::Tags => variation
                .tags
                .iter()
                .map(|tag| Operand::text(tag))
                .collect(),
            Self::Field { index, kind } => {
                let values = variation.values[*index]
                    .as_ref()
                    .map_or(&[][..], Property::values);
                values
                    .iter()
                    .filter_map(|value| operand(value, kind))
                    .collect()
            }
        }
    }

    /// The value of a row that a sort looks at: the first one.
    pub(super) fn first<'a>(&self, cx: &Context<'a>, row: Row) -> Operand<'a> {
        self.operands(cx, row)
            .into_iter()
            .next()
            .unwrap_or(Operand::Null)
    }
}

/// A value that can be compared. Unset sorts first, as the sandbox's choice (section 5.4).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand<'a> {
    Null,
    Boolean(bool),
    /// Numbers, instants, days and times of day.
    Number(f64),
    Text(Cow<'a, str>),
}

impl<'a> Operand<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Number(_) => 2,
            Self::Text(_) => 3,
        }
    }
}

/// A stored value as operand of a field's type.
fn operand<'a>(value: &'a Scalar, kind: &TypeKind) -> Option<Operand<'a>> {
    Some(match kind {
        TypeKind::Integer | TypeKind::Float => Operand::Number(as_number(value)?),
        TypeKind::Boolean => Operand::Boolean(as_boolean(value)?),
        TypeKind::Calendar | TypeKind::Date | TypeKind::Time => {
            Operand::Number(moment(as_calendar(value)?, kind))
        }
        TypeKind::Text
        | TypeKind::MultiLine
        | TypeKind::Json
        | TypeKind::Reference
        | TypeKind::Fragment(_)
        | TypeKind::AnyFragment(_) => Operand::Text(as_text(value)?),
    })
}

/// The number dates of a type are compared by.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of four-digit years fit 53 bits"
)]
pub(super) fn moment(date: Calendar, kind: &TypeKind) -> f64 {
    match kind {
        TypeKind::Date => date.day() as f64,
        TypeKind::Time => date.time_of_day() as f64,
        _ => date.instant() as f64,
    }
}

/// A number, stored as one or as text.
#[expect(
    clippy::cast_precision_loss,
    reason = "comparison of numbers is in floating point, as the Float type is"
)]
pub(crate) fn as_number(value: &Scalar) -> Option<f64> {
    match value {
        Scalar::Integer(n) => Some(*n as f64),
        Scalar::Number(n) => Some(*n),
        Scalar::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
        Scalar::Boolean(_) | Scalar::Date(_) | Scalar::Binary(_) => None,
    }
}

pub(crate) fn as_boolean(value: &Scalar) -> Option<bool> {
    match value {
        Scalar::Boolean(b) => Some(*b),
        Scalar::Text(text) => Some(text == "true"),
        Scalar::Integer(_) | Scalar::Number(_) | Scalar::Date(_) | Scalar::Binary(_) => None,
    }
}

pub(crate) fn as_calendar(value: &Scalar) -> Option<Calendar> {
    match value {
        Scalar::Date(date) => Some(*date),
        Scalar::Text(text) => Calendar::parse(text),
        Scalar::Boolean(_) | Scalar::Integer(_) | Scalar::Number(_) | Scalar::Binary(_) => None,
    }
}

pub(crate) fn as_text(value: &Scalar) -> Option<Cow<'_, str>> {
    Some(match value {
        Scalar::Text(text) => Cow::Borrowed(text),
        Scalar::Boolean(b) => Cow::Owned(b.to_string()),
        Scalar::Integer(n) => Cow::Owned(n.to_string()),
        Scalar::Number(n) => Cow::Owned(n.to_string()),
        Scalar::Date(date) => Cow::Owned(date.date_time()),
        Scalar::Binary(_) => return None,
    })
}
