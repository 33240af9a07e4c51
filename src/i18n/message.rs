//! One string: text with placeholders, or a text for each plural form.

use std::collections::{BTreeMap, BTreeSet};

use icu_decimal::input::Decimal;

use super::number::Numbers;
use super::plural::Plurals;

/// What decides the plural form, and stands in the text as the language writes numbers.
pub(super) const COUNT: &str = "count";

/// Names that `trans()` has for itself.
const RESERVED: [&str; 4] = ["key", "lang", "default", "html"];

/// A string of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The same for every number.
    Plain(Text),
    /// A text for each plural form.
    Plural(BTreeMap<&'static str, Text>),
}

/// Text with placeholders such as `{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Fixed(String),
    Placeholder(String),
}

/// Values for placeholders.
pub trait Fill {
    /// Fixed text, as it goes into the result.
    fn fixed(&self, text: &str) -> String;

    /// The value for a placeholder; none where nobody gave one.
    fn value(&self, name: &str) -> Option<String>;

    /// The number that decides the plural form.
    fn count(&self) -> Option<Decimal>;
}

/// Why a string cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// A placeholder that nobody fills.
    #[error("nobody says what `{{{0}}}` is")]
    Missing(String),
    /// A plural without a number.
    #[error("it is a plural, and needs a number as `count`")]
    NoCount,
}

impl Message {
    /// The text, with its placeholders filled.
    pub(super) fn text(
        &self,
        fill: &dyn Fill,
        plurals: &Plurals,
        numbers: &Numbers,
    ) -> Result<String, FillError> {
        let text = match self {
            Self::Plain(text) => text,
            Self::Plural(forms) => {
                let count = fill.count().ok_or(FillError::NoCount)?;
                form(forms, &count, plurals).ok_or(FillError::NoCount)?
            }
        };
        let mut result = String::new();
        for part in &text.0 {
            match part {
                Part::Fixed(fixed) => result.push_str(&fill.fixed(fixed)),
                Part::Placeholder(name) => {
                    let number = fill.count().filter(|_| name == COUNT);
                    let value = match number {
                        Some(number) => Some(numbers.write(&number, None)),
                        None => fill.value(name),
                    };
                    result.push_str(&value.ok_or_else(|| FillError::Missing(name.clone()))?);
                }
            }
        }
        Ok(result)
    }

    /// The text, when nothing has to be filled in.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Self::Plain(Text(parts)) => parts
                .iter()
                .map(|part| match part {
                    Part::Fixed(text) => Some(text.as_str()),
                    Part::Placeholder(_) => None,
                })
                .collect(),
            Self::Plural(_) => None,
        }
    }

    /// The names of all placeholders, each once.
    pub(super) fn placeholders(&self) -> impl Iterator<Item = &str> {
        let texts: Vec<&Text> = match self {
            Self::Plain(text) => vec![text],
            Self::Plural(forms) => forms.values().collect(),
        };
        // In a plural, `{count}` is filled in any case.
        let always = matches!(self, Self::Plural(_)).then_some(COUNT);
        let names: BTreeSet<&str> = texts
            .into_iter()
            .flat_map(Text::placeholders)
            .chain(always)
            .collect();
        names.into_iter()
    }
}

/// The form for a number. `zero` holds for nothing at all in every language, whether it has such a form
/// or not: `No walks` is better than `0 walks`.
fn form<'t>(
    forms: &'t BTreeMap<&'static str, Text>,
    count: &Decimal,
    plurals: &Plurals,
) -> Option<&'t Text> {
    let zero = forms.get("zero").filter(|_| count.is_zero());
    zero.or_else(|| forms.get(plurals.form(count)))
        .or_else(|| forms.get("other"))
}

impl Text {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with a placeholder.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            fixed.push_str(&rest[..at]);
            let (brace, after) = (&rest[at..=at], &rest[at + 1..]);
            if let Some(after) = after.strip_prefix(brace) {
                fixed.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err("`}` closes nothing; write `}}` for the brace itself".to_owned());
            }
            let (name, after) = after
                .split_once('}')
                .ok_or("`{` is never closed by `}`; write `{{` for the brace itself")?;
            check_name(name)?;
            parts.push(Part::Fixed(std::mem::take(&mut fixed)));
            parts.push(Part::Placeholder(name.to_owned()));
            rest = after;
        }
        fixed.push_str(rest);
        parts.push(Part::Fixed(fixed));
        parts.retain(|part| !matches!(part, Part::Fixed(text) if text.is_empty()));
        Ok(Self(parts))
    }

    fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Fixed(_) => None,
        })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    if RESERVED.contains(&name) {
        return Err(format!(
            "`{name}` is an argument of `trans()` itself; choose another name"
        ));
    }
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(start) || !name.chars().all(fine) {
        return Err(format!(
            "`{{{name}}}` is no placeholder: its name has letters, digits and `_` only"
        ));
    }
    Ok(())
}
