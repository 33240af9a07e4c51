//! Sorted orders of a model's rows, made once and kept, so that a page costs no sorting.
//!
//! Source: aem-protocol.md, sections 5.4, 5.6 and 5.7.

use super::context::{Context, Row};
use super::filter::targets;
use super::values::{Operand, Slot};
use crate::schema::TypeKind;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More different orders than this are not kept.
const KEPT: usize = 64;

/// Which rows, in which order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OrderKey {
    pub(super) model_type: usize,
    pub(super) base: Base,
    pub(super) variation: Option<String>,
    pub(super) include_variations: bool,
    pub(super) sort: String,
}

/// What decides between equal rows, and the order without `sort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Base {
    /// `List`
    Path,
    /// `Paginated`
    Id,
}

/// Rows in order, and where each one stands.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) rows: Vec<Row>,
    positions: HashMap<Row, usize>,
    pub(super) sort: Sort,
}

impl Order {
    pub(super) fn position(&self, row: Row) -> Option<usize> {
        self.positions.get(&row).copied()
    }
}

/// The orders of one endpoint.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    kept: Mutex<HashMap<OrderKey, Arc<Order>>>,
}

impl Orders {
    pub(super) fn get(&self, cx: &Context<'_>, key: OrderKey) -> Result<Arc<Order>, String> {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(order) = lock().get(&key) {
            return Ok(Arc::clone(order));
        }
        let order = Arc::new(build(cx, &key)?);
        let mut kept = lock();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&order));
        Ok(order)
    }
}

fn build(cx: &Context<'_>, key: &OrderKey) -> Result<Order, String> {
    let sort = Sort::parse(cx, key)?;
    let index = cx
        .repository
        .of_model(cx.schema.types[key.model_type].model);
    let fragments = match key.base {
        Base::Path => &index.by_path,
        Base::Id => &index.by_id,
    };
    let mut rows = Vec::with_capacity(fragments.len());
    for &fragment in fragments {
        if key.include_variations {
            let variations = cx.repository.fragments[fragment].variations.len();
            rows.extend((0..variations).map(|variation| Row {
                fragment,
                variation,
            }));
        } else {
            rows.push(cx.row(fragment, key.variation.as_deref()));
        }
    }
    if !sort.keys.is_empty() {
        let mut keyed: Vec<_> = rows
            .into_iter()
            .map(|row| (sort.values(cx, row), row))
            .collect();
        keyed.sort_by(|(a, _), (b, _)| sort.compare(a, b));
        rows = keyed.into_iter().map(|(_, row)| row).collect();
    }
    let positions = rows.iter().copied().zip(0..).collect();
    Ok(Order {
        rows,
        positions,
        sort,
    })
}

/// A parsed `sort` argument: `"price DESC, chef.lastName"`.
#[derive(Debug, Default)]
pub(super) struct Sort {
    /// The variation in which references are followed.
    variation: Option<String>,
    keys: Vec<SortKey>,
}

#[derive(Debug)]
struct SortKey {
    /// Reference fields to follow: field number and target type.
    through: Vec<(usize, usize)>,
    slot: Slot,
    descending: bool,
}

impl Sort {
    fn parse(cx: &Context<'_>, key: &OrderKey) -> Result<Self, String> {
        let parts = key
            .sort
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let keys = parts
            .map(|part| SortKey::parse(cx, key.model_type, part))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            variation: key.variation.clone(),
            keys,
        })
    }

    /// What a row is sorted by.
    pub(super) fn values<'a>(&self, cx: &Context<'a>, row: Row) -> Vec<Operand<'a>> {
        self.keys
            .iter()
            .map(|key| key.value(cx, row, self.variation.as_deref()))
            .collect()
    }

    fn compare(&self, a: &[Operand<'_>], b: &[Operand<'_>]) -> Ordering {
        let pairs = self.keys.iter().zip(a.iter().zip(b));
        pairs
            .map(|(key, (a, b))| {
                if key.descending {
                    b.order(a)
                } else {
                    a.order(b)
                }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl SortKey {
    fn parse(cx: &Context<'_>, model_type: usize, text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let path = words.next().unwrap_or_default();
        let descending = match words.next() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("ASC") => false,
            Some(word) if word.eq_ignore_ascii_case("DESC") => true,
            Some(word) => return Err(format!("Invalid sort direction '{word}' in '{text}'")),
        };
        if let Some(word) = words.next() {
            return Err(format!("Unexpected '{word}' in sort '{text}'"));
        }
        let mut through = Vec::new();
        let mut at = model_type;
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let model = &cx.schema.types[at];
            let unknown = || format!("Unknown sort field '{name}' in type '{}'", model.name);
            if names.peek().is_none() {
                let slot = Slot::named(model, name).ok_or_else(unknown)?;
                return Ok(Self {
                    through,
                    slot,
                    descending,
                });
            }
            let field = model.field(name).ok_or_else(unknown)?;
            let TypeKind::Fragment(target) = field.kind else {
                return Err(unknown());
            };
            through.push((field.index, target));
            at = target;
        }
        Err(format!("Invalid sort '{text}'"))
    }

    fn value<'a>(&self, cx: &Context<'a>, row: Row, variation: Option<&str>) -> Operand<'a> {
        let mut row = row;
        for (index, target) in &self.through {
            match targets(cx, row, *index, *target, variation).first() {
                Some(next) => row = *next,
                None => return Operand::Null,
            }
        }
        self.slot.first(cx, row)
    }
}
