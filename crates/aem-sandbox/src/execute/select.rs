//! Which rows a query field delivers: arguments → order → filter → window or page.
//!
//! Source: aem-protocol.md, sections 5.1 and 5.4 to 5.8.

use super::context::{Context, Row};
use super::filter::Filter;
use super::order::{Base, Order, OrderKey};
use super::values::Operand;
use apollo_compiler::response::{JsonMap, JsonValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::sync::Arc;

/// `first` when it is not given, and its maximum.
const DEFAULT_FIRST: i64 = 50;
const MAX_FIRST: i64 = 100;

/// A page of a `…Paginated` query.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) edges: Vec<(String, Row)>,
    pub(super) has_next: bool,
    pub(super) has_previous: bool,
}

/// The rows of a `…List` query.
pub(super) fn list(
    cx: &Context<'_>,
    model_type: usize,
    arguments: &JsonMap,
) -> Result<Vec<Row>, String> {
    let selection = Selection::read(cx, model_type, arguments, Base::Path)?;
    let count = |name: &str| integer(arguments, name).map(|n| usize::try_from(n).unwrap_or(0));
    let offset = count("offset").unwrap_or(0);
    let limit = count("limit").unwrap_or(usize::MAX);
    cx.budget.look_at(selection.order.rows.len())?;
    let rows = selection.order.rows.iter().copied();
    let rows: Vec<Row> = rows
        .filter(|row| selection.keeps(cx, *row))
        .skip(offset)
        .take(limit)
        .collect();
    cx.budget.deliver(rows.len())?;
    Ok(rows)
}

/// A page of a `…Paginated` query.
pub(super) fn page(
    cx: &Context<'_>,
    model_type: usize,
    arguments: &JsonMap,
) -> Result<Page, String> {
    let first = integer(arguments, "first").unwrap_or(DEFAULT_FIRST);
    if first > MAX_FIRST {
        return Err(format!(
            "Invalid limit {first}, the maximum value is {MAX_FIRST}"
        ));
    }
    let first = usize::try_from(first).unwrap_or(0);
    let selection = Selection::read(cx, model_type, arguments, Base::Id)?;
    // A blank cursor is the first page.
    let after = text(arguments, "after").filter(|cursor| !cursor.trim().is_empty());
    let start = match after {
        None => 0,
        Some(cursor) => {
            let row = find(cx, &selection.order, cursor)
                .ok_or_else(|| format!("Start cursor not found in supplied data:{cursor}"))?;
            row + 1
        }
    };
    let rest = selection.order.rows.get(start..).unwrap_or_default();
    if selection.filter.is_some() || selection.locale.is_some() {
        cx.budget.look_at(rest.len())?;
    }
    cx.budget.deliver(first.min(rest.len()))?;
    let mut rows = rest.iter().copied().filter(|row| selection.keeps(cx, *row));
    let edges = rows
        .by_ref()
        .take(first)
        .map(|row| (cursor(cx, &selection.order, row), row))
        .collect();
    Ok(Page {
        edges,
        has_next: rows.next().is_some(),
        has_previous: after.is_some(),
    })
}

/// An order with what is left out of it.
struct Selection {
    order: Arc<Order>,
    variation: Option<String>,
    filter: Option<Filter>,
    locale: Option<String>,
}

impl Selection {
    fn read(
        cx: &Context<'_>,
        model_type: usize,
        arguments: &JsonMap,
        base: Base,
    ) -> Result<Self, String> {
        let key = OrderKey {
            model_type,
            base,
            variation: text(arguments, "variation").map(str::to_owned),
            include_variations: arguments
                .get("includeVariations")
                .and_then(JsonValue::as_bool)
                .unwrap_or(false),
            sort: text(arguments, "sort").unwrap_or_default().to_owned(),
        };
        let types = &cx.schema.types;
        let filter = arguments.get("filter").and_then(JsonValue::as_object);
        Ok(Self {
            variation: key.variation.clone(),
            order: cx.orders.get(cx, key)?,
            filter: filter
                .map(|f| Filter::compile(f, &types[model_type], types, cx.settings.date_operators)),
            locale: text(arguments, "_locale").map(normal_locale),
        })
    }

    fn keeps(&self, cx: &Context<'_>, row: Row) -> bool {
        let in_locale = self.locale.as_ref().is_none_or(|wanted| {
            let own = cx.fragment(row).locale.as_deref();
            own.map(normal_locale).as_ref() == Some(wanted)
        });
        in_locale
            && self
                .filter
                .as_ref()
                .is_none_or(|filter| filter.matches(cx, row, self.variation.as_deref()))
    }
}

/// Locales are compared without case, `-` as `_` (section 12).
fn normal_locale(locale: &str) -> String {
    locale.to_ascii_lowercase().replace('-', "_")
}

fn integer(arguments: &JsonMap, name: &str) -> Option<i64> {
    arguments.get(name).and_then(JsonValue::as_i64)
}

pub(super) fn text<'a>(arguments: &'a JsonMap, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(JsonValue::as_str)
}

/// The cursor of a row: base64 of its UUID, between its sort keys and the same in lower case when sorted. A variation
/// beside `master` adds its name.
fn cursor(cx: &Context<'_>, order: &Order, row: Row) -> String {
    let keys: Vec<String> = order
        .sort
        .values(cx, row)
        .into_iter()
        .map(key_text)
        .collect();
    let mut lines = keys.clone();
    lines.push(cx.fragment(row).id.clone());
    lines.extend(keys.iter().map(|key| key.to_lowercase()));
    if row.variation > 0 {
        lines.push(cx.variation(row).name.clone());
    }
    STANDARD.encode(lines.join("\n"))
}

fn key_text(operand: Operand<'_>) -> String {
    match operand {
        Operand::Null => String::new(),
        Operand::Boolean(value) => value.to_string(),
        Operand::Number(value) => value.to_string(),
        Operand::Text(text) => match text {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        },
    }
}

/// The place of a cursor's row in the order.
fn find(cx: &Context<'_>, order: &Order, wanted: &str) -> Option<usize> {
    let decoded = String::from_utf8(STANDARD.decode(wanted.trim()).ok()?).ok()?;
    let fragments = decoded
        .split('\n')
        .filter_map(|line| cx.repository.fragment_with_id(line));
    // A sort key may look like another fragment's UUID: only the row that gives this cursor counts.
    fragments
        .flat_map(|fragment| {
            let variations = cx.repository.fragments[fragment].variations.len();
            (0..variations).map(move |variation| Row {
                fragment,
                variation,
            })
        })
        .filter(|row| cursor(cx, order, *row) == wanted.trim())
        .find_map(|row| order.position(row))
}
