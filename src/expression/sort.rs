//! The order of a list: `title asc, price desc`.

use std::cmp::Ordering;

use tera::Value;

use super::{Expression, Fields, Variables};

/// One key of a sort order.
#[derive(Clone, Debug)]
pub struct SortKey {
    expression: Expression,
    descending: bool,
}

/// Keys in order of importance.
#[derive(Clone, Debug, Default)]
pub struct SortOrder(Vec<SortKey>);

/// What one item is sorted by, in the form in which it is compared: made once, and compared many times.
#[derive(Clone, Debug)]
pub struct Ranks {
    /// Smaller where the item comes first, and mostly that decides: it stands here, and ranks are elsewhere in memory. In
    /// halves: as a whole it would be aligned, and a million items would need a third more room while they are sorted.
    lead: [u64; 2],
    ranks: Vec<Rank>,
}

/// So many bits of a lead are the beginning of a text; those before them tell its kind.
const BEGINNING: u32 = 120;

/// One value. Those of different kinds have a fixed order among each other, or sorting would contradict itself.
#[derive(Clone, Debug)]
enum Rank {
    Bool(bool),
    Number(Value),
    Text {
        /// In small letters; `None` where the text has no others.
        folded: Option<Box<str>>,
        text: Value,
    },
    /// As it prints.
    Other(Box<str>),
    Missing,
}

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

    /// What an item is sorted by.
    ///
    /// # Errors
    /// The expression that fails and what Tera says.
    pub fn ranks(&self, variables: &dyn Variables) -> Result<Ranks, String> {
        let rank = |key: &SortKey| {
            let source = key.expression.source();
            let value = key.expression.evaluate(variables);
            value
                .map(Rank::of)
                .map_err(|message| format!("`{source}`: {message}"))
        };
        let ranks: Vec<Rank> = self.0.iter().map(rank).collect::<Result<_, _>>()?;
        let first = self.0.first().zip(ranks.first());
        let lead = first.map_or(0, |(key, rank)| rank.lead(key.descending));
        Ok(Ranks {
            lead: [(lead >> 64) as u64, lead as u64],
            ranks,
        })
    }

    /// Compares two items.
    #[must_use]
    pub fn compare(&self, a: &Ranks, b: &Ranks) -> Ordering {
        if a.lead != b.lead {
            return a.lead.cmp(&b.lead);
        }
        for ((key, a), b) in self.0.iter().zip(&a.ranks).zip(&b.ranks) {
            let ordering = a.compare(b, key.descending);
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

impl Rank {
    fn of(value: Value) -> Self {
        if value.is_none() || value.is_undefined() {
            return Self::Missing;
        }
        if let Some(value) = value.as_bool() {
            return Self::Bool(value);
        }
        if value.is_number() {
            return Self::Number(value);
        }
        match value.as_str() {
            Some(text) => Self::Text {
                folded: folded(text),
                text: value,
            },
            None => Self::Other(value.to_string().into()),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Text { .. } => 2,
            Self::Other(_) => 3,
            Self::Missing => 4,
        }
    }

    /// What is smaller where [`compare`](Self::compare) finds this before another, as far as it can be told in one number.
    fn lead(&self, descending: bool) -> u128 {
        let kind = match self {
            Self::Missing => return u128::MAX,
            _ => u128::from(self.kind()) << BEGINNING,
        };
        let lead = match self {
            Self::Text { folded, text } => {
                let text = folded.as_deref().unwrap_or_else(|| text_of(text));
                let mut beginning = [0; 16];
                for (byte, place) in text.bytes().zip(&mut beginning[1..]) {
                    *place = byte;
                }
                kind | u128::from_be_bytes(beginning)
            }
            _ => kind,
        };
        // Never that of what is missing: there are few kinds.
        if descending {
            (u128::MAX >> 1) - lead
        } else {
            lead
        }
    }

    /// What has no value comes last in either direction: readers look for content first.
    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let ordering = match (self, other) {
            (Self::Missing, _) | (_, Self::Missing) => return self.kind().cmp(&other.kind()),
            _ => self.ascending(other),
        };
        if descending {
            ordering.reverse()
        } else {
            ordering
        }
    }

    /// Numbers by size, text by its letters without regard to case, then as it is; false before true.
    fn ascending(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => compare_numbers(a, b),
            (
                Self::Text { folded, text },
                Self::Text {
                    folded: other_folded,
                    text: other,
                },
            ) => {
                let (a, b) = (text_of(text), text_of(other));
                let folded_a = folded.as_deref().unwrap_or(a);
                let folded_b = other_folded.as_deref().unwrap_or(b);
                folded_a.cmp(folded_b).then_with(|| a.cmp(b))
            }
            (Self::Other(a), Self::Other(b)) => a.cmp(b),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The text in small letters, where it is another one.
fn folded(text: &str) -> Option<Box<str>> {
    let is_small = text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    (!is_small).then(|| text.to_lowercase().into())
}

fn compare_numbers(a: &Value, b: &Value) -> Ordering {
    match (a.as_i128(), b.as_i128(), a.as_f64(), b.as_f64()) {
        (Some(a), Some(b), _, _) => a.cmp(&b),
        (_, _, Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.to_string().cmp(&b.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;
    use tera::Context;

    fn sorted(order: &str, items: &[&str]) -> Vec<String> {
        let order = SortOrder::parse(order).unwrap();
        let mut rows: Vec<(Ranks, String)> = items
            .iter()
            .map(|json| {
                let mut context = Context::new();
                context.insert_value("item", from_json(json.as_bytes()).unwrap());
                (order.ranks(&context).unwrap(), (*json).to_owned())
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
    fn the_lead_never_contradicts() {
        let values = [
            "null",
            "true",
            "false",
            "1",
            "-3",
            "2.5",
            r#""a""#,
            r#""A""#,
            r#""a\u0000""#,
            r#""a\u0000b""#,
            r#""aa""#,
            r#""a text that goes on""#,
            r#""a text that goes On""#,
            r#""a text that goes""#,
            r#""é""#,
            r#""\u0130""#,
            "\"\"",
            "[1]",
            r#"{"a":1}"#,
        ];
        for direction in ["asc", "desc"] {
            let order = SortOrder::parse(&format!("k {direction}")).unwrap();
            let ranks = values.map(|value| {
                let mut context = Context::new();
                let item = format!(r#"{{"k":{value}}}"#);
                context.insert_value("item", from_json(item.as_bytes()).unwrap());
                order.ranks(&context).unwrap()
            });
            for a in &ranks {
                for b in &ranks {
                    let whole = a.ranks[0].compare(&b.ranks[0], order.0[0].descending);
                    let lead = a.lead.cmp(&b.lead);
                    assert!([whole, Ordering::Equal].contains(&lead), "{a:?} {b:?}");
                    assert_eq!(order.compare(a, b), whole);
                }
            }
        }
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
