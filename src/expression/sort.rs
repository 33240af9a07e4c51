//! The order of a list: `title asc, price desc`.

use std::cmp::Ordering;

use tera::{Context, Value};

use super::{Expression, Fields};

/// One key of a sort order.
#[derive(Clone, Debug)]
pub struct SortKey {
    expression: Expression,
    descending: bool,
}

/// Keys in order of importance.
#[derive(Clone, Debug, Default)]
pub struct SortOrder(Vec<SortKey>);

impl SortOrder {
    /// Reads a comma-separated list of expressions over `item`, each with an optional `asc` or `desc`.
    /// A plain name means the item's field of that name.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(source: &str) -> Result<Self, String> {
        source
            .split(',')
            .map(parse_key)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// As it could be written.
    #[must_use]
    pub fn source(&self) -> String {
        let key = |key: &SortKey| {
            let direction = if key.descending { "desc" } else { "asc" };
            let source = key.expression.source();
            format!(
                "{} {direction}",
                source.strip_prefix("item.").unwrap_or(source)
            )
        };
        self.0.iter().map(key).collect::<Vec<_>>().join(", ")
    }

    /// The members of the variable `root` the order depends on.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        self.0
            .iter()
            .map(|key| key.expression.fields(root))
            .fold(Fields::default(), Fields::union)
    }

    /// The values an item is sorted by.
    ///
    /// # Errors
    /// The expression that fails and what Tera says.
    pub fn values(&self, context: &Context) -> Result<Vec<Value>, String> {
        let value = |key: &SortKey| {
            let source = key.expression.source();
            key.expression
                .evaluate(context)
                .map_err(|message| format!("`{source}`: {message}"))
        };
        self.0.iter().map(value).collect()
    }

    /// Compares two items by their values.
    #[must_use]
    pub fn compare(&self, a: &[Value], b: &[Value]) -> Ordering {
        for ((key, a), b) in self.0.iter().zip(a).zip(b) {
            let ordering = compare_values(a, b, key.descending);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

fn parse_key(text: &str) -> Result<SortKey, String> {
    let text = text.trim();
    let (expression, descending) = match text.rsplit_once(char::is_whitespace) {
        Some((rest, direction)) if direction.eq_ignore_ascii_case("asc") => (rest.trim(), false),
        Some((rest, direction)) if direction.eq_ignore_ascii_case("desc") => (rest.trim(), true),
        _ => (text, false),
    };
    let field = super::field_path(expression)
        .filter(|path| !matches!(path[0].as_str(), "item" | "lang" | "parent"))
        .map(|_| format!("item.{expression}"));
    let expression = Expression::parse(field.as_deref().unwrap_or(expression))?;
    Ok(SortKey {
        expression,
        descending,
    })
}

/// Values of different kinds have a fixed order among each other, or sorting would contradict itself.
fn rank(value: &Value) -> u8 {
    if value.is_bool() {
        0
    } else if value.is_number() {
        1
    } else if value.is_string() {
        2
    } else {
        3
    }
}

/// Numbers by size, text by its letters without regard to case, then as it is; false before true. What
/// has no value comes last in either direction: readers look for content first.
fn compare_values(a: &Value, b: &Value, descending: bool) -> Ordering {
    let missing = |v: &Value| v.is_none() || v.is_undefined();
    match (missing(a), missing(b)) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let ordering = rank(a)
        .cmp(&rank(b))
        .then_with(|| match (a.as_str(), b.as_str()) {
            (Some(a), Some(b)) => a
                .to_lowercase()
                .cmp(&b.to_lowercase())
                .then_with(|| a.cmp(b)),
            _ => match (a.as_i128(), b.as_i128(), a.as_f64(), b.as_f64()) {
                (Some(a), Some(b), _, _) => a.cmp(&b),
                (_, _, Some(a), Some(b)) => a.total_cmp(&b),
                _ => match (a.as_bool(), b.as_bool()) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    _ => a.to_string().cmp(&b.to_string()),
                },
            },
        });
    if descending {
        ordering.reverse()
    } else {
        ordering
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;

    fn sorted(order: &str, items: &[&str]) -> Vec<String> {
        let order = SortOrder::parse(order).unwrap();
        let mut rows: Vec<(Vec<Value>, String)> = items
            .iter()
            .map(|json| {
                let mut context = Context::new();
                context.insert_value("item", from_json(json.as_bytes()).unwrap());
                (order.values(&context).unwrap(), (*json).to_owned())
            })
            .collect();
        rows.sort_by(|a, b| order.compare(&a.0, &b.0));
        rows.into_iter().map(|row| row.1).collect()
    }

    #[test]
    fn sorts_numbers_text_and_nothing() {
        let items = [
            r#"{"n":10,"t":"b"}"#,
            r#"{"n":9,"t":"B"}"#,
            r#"{"n":null,"t":"a"}"#,
            r#"{"n":9.5,"t":"é"}"#,
        ];
        let by = |order: &str| {
            sorted(order, &items)
                .iter()
                .map(|s| items.iter().position(|i| i == s).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(by("n"), [1, 3, 0, 2]);
        assert_eq!(by("n desc"), [0, 3, 1, 2]);
        assert_eq!(by("item.t asc, n desc"), [2, 1, 0, 3]);
    }

    #[test]
    fn mixed_kinds_have_one_order() {
        let items: Vec<String> = (0..60)
            .map(|n| {
                format!(
                    "{{\"k\":{},\"n\":{n}}}",
                    ["9", "\"9\"", "10", "true"][n % 4]
                )
            })
            .collect();
        let mut items: Vec<&str> = items.iter().map(String::as_str).collect();
        let first = sorted("k, n", &items);
        items.reverse();
        assert_eq!(sorted("k, n", &items), first);
        assert!(first[0].contains("true") && first[59].contains("\"9\""));
    }
}
