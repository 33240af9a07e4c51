//! What every resolver sees: the content, the schema, the sorted orders, and what the query asked of its part.

use super::order::Orders;
use super::transform::AssetTransform;
use crate::repository::{Fragment, Repository, Target, Variation};
use crate::rich_text;
use crate::schema::EndpointSchema;
use std::cell::Cell;

/// How the engine answers where AEM leaves room or differs between environments.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Host of `_authorUrl`.
    pub(crate) author_url: String,
    /// Host of `_publishUrl`.
    pub(crate) publish_url: String,
    /// Whether `_dynamicUrl` is delivered; off on 6.5 and the local SDK.
    pub(crate) image_delivery: bool,
    pub(crate) date_operators: DateOperators,
}

/// How `BEFORE` and `AFTER` compare (section 5.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOperators {
    /// As documented: the *value* lies before the field.
    #[default]
    Documented,
    /// The field lies before the value, like `LOWER`.
    Intuitive,
}

/// One query's view of the content.
pub(crate) struct Context<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) schema: &'a EndpointSchema,
    pub(crate) orders: &'a Orders,
    pub(crate) settings: &'a Settings,
    pub(crate) budget: Budget,
}

/// How much one request may cost: a thousand aliases of a list of everything must not take all memory.
///
/// The limit is far above what a site asks for in one query: two million fragments delivered, references included, or
/// forty million looked at.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u64>);

/// What looking at a row costs, and delivering a fragment.
const LOOKED_AT: u64 = 1;
const DELIVERED: u64 = 20;

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(40_000_000))
    }
}

impl Budget {
    /// Takes the cost of rows that a filter looks at.
    pub(super) fn look_at(&self, rows: usize) -> Result<(), String> {
        self.take(rows, LOOKED_AT)
    }

    /// Takes the cost of fragments that are delivered.
    pub(super) fn deliver(&self, fragments: usize) -> Result<(), String> {
        self.take(fragments, DELIVERED)
    }

    fn take(&self, count: usize, each: u64) -> Result<(), String> {
        let cost = u64::try_from(count)
            .unwrap_or(u64::MAX)
            .saturating_mul(each);
        let left = self.0.get().checked_sub(cost);
        self.0.set(left.unwrap_or(0));
        left.map(drop)
            .ok_or_else(|| "The query asks for too much in one request".to_owned())
    }
}

/// A fragment in one of its variations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) fragment: usize,
    pub(crate) variation: usize,
}

/// What the arguments of a query field mean for everything below it.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(crate) variation: Option<String>,
    pub(crate) transform: Option<AssetTransform>,
}

impl<'a> Context<'a> {
    pub(super) fn fragment(&self, row: Row) -> &'a Fragment {
        &self.repository.fragments[row.fragment]
    }

    pub(super) fn variation(&self, row: Row) -> &'a Variation {
        &self.fragment(row).variations[row.variation]
    }

    /// The row of a fragment for an asked variation: that one, else `master` (section 5.7).
    pub(super) fn row(&self, fragment: usize, variation: Option<&str>) -> Row {
        let found = variation.and_then(|name| self.repository.fragments[fragment].variation(name));
        Row {
            fragment,
            variation: found.unwrap_or(0),
        }
    }
}

impl rich_text::Resolve for Context<'_> {
    fn kind(&self, path: &str) -> Option<rich_text::Target> {
        Some(match self.repository.target(path)? {
            Target::Fragment(_) => rich_text::Target::Fragment,
            Target::Asset(number) => {
                let mime = self.repository.assets[number].mime.clone();
                rich_text::Target::Asset { mime }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_and_stays_at_its_end() {
        let budget = Budget::default();
        assert_eq!(budget.deliver(1_999_999), Ok(()));
        assert_eq!(budget.look_at(20), Ok(()));
        assert!(budget.deliver(1).is_err());
        assert!(budget.look_at(1).is_err());
        assert!(Budget::default().look_at(usize::MAX).is_err());
    }
}
