//! Property values in FileVault's document view: `{Type}value`, `[a,b]`, backslash escapes.
//!
//! Source: aem-protocol.md, section 14.2.

use super::calendar::Calendar;
use std::path::PathBuf;

/// One typed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Text, names, paths, references.
    Text(String),
    /// `{Boolean}`
    Boolean(bool),
    /// `{Long}`
    Integer(i64),
    /// `{Double}` and `{Decimal}`
    Number(f64),
    /// `{Date}`
    Date(Calendar),
    /// `{Binary}`: the file that holds it.
    Binary(PathBuf),
}

/// A property: one value or a list.
#[derive(Debug, Clone, PartialEq)]
pub enum Property {
    /// A single value.
    Single(Scalar),
    /// A list, possibly empty.
    Multi(Vec<Scalar>),
}

impl Scalar {
    /// The value as text, when it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Boolean(_)
            | Self::Integer(_)
            | Self::Number(_)
            | Self::Date(_)
            | Self::Binary(_) => None,
        }
    }
}

impl Property {
    /// The single text value.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Single(value) => value.as_text(),
            Self::Multi(_) => None,
        }
    }

    /// All values, one or many.
    pub fn values(&self) -> &[Scalar] {
        match self {
            Self::Single(value) => std::slice::from_ref(value),
            Self::Multi(values) => values,
        }
    }

    /// All text values, one or many.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.values().iter().filter_map(Scalar::as_text)
    }

    /// Reads an attribute value.
    ///
    /// # Errors
    /// Unknown type names and values that do not fit their type, described in words.
    pub fn parse(raw: &str) -> Result<Self, String> {
        let (kind, rest) = match raw.strip_prefix('{') {
            None => (Kind::Text, raw),
            Some(typed) => {
                let (name, rest) = typed
                    .split_once('}')
                    .ok_or_else(|| "a value that starts with `{` names a type up to `}`; write `\\{` for a literal brace".to_owned())?;
                (Kind::named(name)?, rest)
            }
        };
        match rest.strip_prefix('[') {
            Some(list) => {
                let list = strip_closing_bracket(list);
                let items = split_items(list)?;
                items
                    .iter()
                    .map(|item| kind.read(item))
                    .collect::<Result<_, _>>()
                    .map(Self::Multi)
            }
            None => kind.read(&unescape(rest)?).map(Self::Single),
        }
    }
}

impl From<&str> for Property {
    fn from(text: &str) -> Self {
        Self::Single(Scalar::Text(text.to_owned()))
    }
}

impl From<String> for Property {
    fn from(text: String) -> Self {
        Self::Single(Scalar::Text(text))
    }
}

impl From<i64> for Property {
    fn from(value: i64) -> Self {
        Self::Single(Scalar::Integer(value))
    }
}

impl From<f64> for Property {
    fn from(value: f64) -> Self {
        Self::Single(Scalar::Number(value))
    }
}

impl From<bool> for Property {
    fn from(value: bool) -> Self {
        Self::Single(Scalar::Boolean(value))
    }
}

impl From<Vec<String>> for Property {
    fn from(values: Vec<String>) -> Self {
        Self::Multi(values.into_iter().map(Scalar::Text).collect())
    }
}

/// The declared type of a value.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Boolean,
    Integer,
    Number,
    Date,
    Binary,
}

impl Kind {
    fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "String" | "Name" | "Path" | "Reference" | "WeakReference" | "URI" => Self::Text,
            "Boolean" => Self::Boolean,
            "Long" => Self::Integer,
            "Double" | "Decimal" => Self::Number,
            "Date" => Self::Date,
            "Binary" | "BinaryRef" => Self::Binary,
            other => return Err(format!("unknown property type `{other}`")),
        })
    }

    fn read(self, text: &str) -> Result<Scalar, String> {
        let misfit = |what: &str| format!("`{text}` is not {what}");
        Ok(match self {
            Self::Text => Scalar::Text(text.to_owned()),
            Self::Boolean => Scalar::Boolean(text.eq_ignore_ascii_case("true")),
            Self::Integer => {
                Scalar::Integer(text.trim().parse().map_err(|_| misfit("a whole number"))?)
            }
            Self::Number => text
                .trim()
                .parse()
                .ok()
                .filter(|n: &f64| n.is_finite())
                .map(Scalar::Number)
                .ok_or_else(|| misfit("a number"))?,
            Self::Date => {
                Scalar::Date(Calendar::parse(text).ok_or_else(|| misfit("an ISO 8601 date"))?)
            }
            Self::Binary => Scalar::Binary(PathBuf::new()),
        })
    }
}

/// Drops a final `]` that is not escaped; it may be missing.
fn strip_closing_bracket(list: &str) -> &str {
    match list.strip_suffix(']') {
        Some(inner) if inner.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 0 => inner,
        _ => list,
    }
}

/// Splits a list at commas that are not escaped. `\0` marks an item that is empty.
fn split_items(list: &str) -> Result<Vec<String>, String> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, c) in list.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == ',' {
            items.push(unescape(&list[start..at])?);
            start = at + 1;
        }
    }
    items.push(unescape(&list[start..])?);
    Ok(items)
}

/// Resolves `\x`, `\uXXXX` and `\0`.
fn unescape(text: &str) -> Result<String, String> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let c = u32::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == 4)
                    .and_then(char::from_u32)
                    .ok_or_else(|| format!("`\\u{digits}` is not a character"))?;
                out.push(c);
            }
            Some('0') | None => {}
            Some(c) => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> Property {
        Property::from(values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn typed_values_are_read() {
        for (raw, value) in [
            ("plain", Property::from("plain")),
            ("{Boolean}true", true.into()),
            ("{Long}6", 6_i64.into()),
            ("{Double}5000.00", 5000.0.into()),
            ("{Decimal}0.00", 0.0.into()),
            ("\\{literal", "{literal".into()),
            ("\\[literal", "[literal".into()),
            ("^[a-z0-9\\\\-_]{5,40}$", "^[a-z0-9\\-_]{5,40}$".into()),
            ("\\u00e9t\\u00e9", "été".into()),
            ("{String}[a,b]", texts(&["a", "b"])),
            ("[]", texts(&[])),
            ("[\\0]", texts(&[""])),
            ("[a,]", texts(&["a", ""])),
            ("[0\\, 0,255\\, 255]", texts(&["0, 0", "255, 255"])),
            ("[a,b", texts(&["a", "b"])),
            ("[a\\]", texts(&["a]"])),
            (
                "{Long}[8,8]",
                Property::Multi(vec![Scalar::Integer(8), Scalar::Integer(8)]),
            ),
        ] {
            assert_eq!(Property::parse(raw), Ok(value), "{raw}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for raw in [
            "{Foo}x",
            "{x",
            "{Long}many",
            "{Double}NaN",
            "{Date}soon",
            "\\u00",
            "{Long}[1,b]",
        ] {
            assert!(Property::parse(raw).is_err(), "{raw}");
        }
    }
}
