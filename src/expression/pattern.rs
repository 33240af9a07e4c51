//! Text with interpolations, such as a route.

use std::sync::Arc;

use tera::Value;

use super::{Expression, Fields, Variables};
use crate::value::is_blank;

/// A text with `{{ … }}` in it, compiled.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: Arc<str>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Value(Expression),
}

/// What to do with an interpolation that is null, absent or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blank {
    /// Refuse: a path without its slug is a wrong path.
    Refuse,
    /// Leave it out.
    Allow,
}

/// Why a pattern gives no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// An interpolation has nothing to show.
    Blank {
        /// The expression.
        expression: String,
        /// Whether it is null, absent or empty.
        what: &'static str,
    },
    /// An interpolation is a list or an object.
    NotText {
        /// The expression.
        expression: String,
        /// What it is.
        what: &'static str,
    },
    /// An expression that cannot be evaluated.
    Failed {
        /// The expression.
        expression: String,
        /// What Tera says.
        message: String,
    },
}

impl Pattern {
    /// Compiles a text.
    ///
    /// # Errors
    /// What is wrong with one of the interpolations.
    pub fn parse(source: &str) -> Result<Self, String> {
        if source.contains("{%") {
            return Err(
                "only `{{ … }}` can be used here, not `{% … %}`; `a if condition else b` is an \
                        expression"
                    .to_owned(),
            );
        }
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(start) = rest.find("{{") {
            let end = rest[start..]
                .find("}}")
                .ok_or("`{{` is never closed by `}}`")?
                + start;
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            let inner = rest[start + 2..end].trim_matches('-');
            parts.push(Part::Value(Expression::parse(inner)?));
            rest = &rest[end + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self {
            source: Arc::from(source),
            parts,
        })
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The expression, when the pattern is nothing else: its value then keeps its type.
    #[must_use]
    pub fn single(&self) -> Option<&Expression> {
        match self.parts.as_slice() {
            [Part::Value(expression)] => Some(expression),
            _ => None,
        }
    }

    /// Whether the pattern has no interpolation.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The fixed text behind the last interpolation.
    #[must_use]
    pub fn tail(&self) -> &str {
        match self.parts.last() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// The members of the variable `root` that the pattern reads.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let values = self.parts.iter().filter_map(|part| match part {
            Part::Value(expression) => Some(expression.fields(root)),
            Part::Text(_) => None,
        });
        values.fold(Fields::default(), Fields::union)
    }

    /// Whether the pattern reads the variable at all.
    #[must_use]
    pub fn reads(&self, root: &str) -> bool {
        self.fields(root) != Fields::default()
    }

    /// The text with these variables.
    ///
    /// # Errors
    /// When an interpolation has nothing to show, cannot be shown or fails.
    pub fn text(&self, variables: &dyn Variables, blank: Blank) -> Result<String, PatternError> {
        let mut text = String::with_capacity(self.source.len() + 16);
        for part in &self.parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Value(expression) => append(&mut text, expression, variables, blank)?,
            }
        }
        Ok(text)
    }
}

fn append(
    text: &mut String,
    expression: &Expression,
    variables: &dyn Variables,
    blank: Blank,
) -> Result<(), PatternError> {
    let name = || expression.source().to_owned();
    let value = expression
        .evaluate(variables)
        .map_err(|message| PatternError::Failed {
            expression: name(),
            message,
        })?;
    if is_blank(&value) {
        return match blank {
            Blank::Allow => Ok(()),
            Blank::Refuse => Err(PatternError::Blank {
                expression: name(),
                what: blankness(&value),
            }),
        };
    }
    if value.is_map() || value.is_array() {
        return Err(PatternError::NotText {
            expression: name(),
            what: value.name(),
        });
    }
    match value.as_str() {
        Some(shown) => text.push_str(shown),
        None => text.push_str(&value.to_string()),
    }
    Ok(())
}

fn blankness(value: &Value) -> &'static str {
    if value.is_undefined() {
        "absent"
    } else if value.is_none() {
        "null"
    } else {
        "empty"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;
    use tera::Context;

    fn context() -> Context {
        let mut context = Context::new();
        context.insert_value(
            "item",
            from_json(br#"{"slug":"a&b","n":3,"e":"","z":null,"l":[]}"#).unwrap(),
        );
        context
    }

    fn text(source: &str) -> Result<String, PatternError> {
        Pattern::parse(source)
            .unwrap()
            .text(&context(), Blank::Refuse)
    }

    #[test]
    fn interpolates_without_escaping() {
        assert_eq!(
            text("/x/{{ item.slug }}/{{item.n}}/"),
            Ok("/x/a&b/3/".to_owned())
        );
        assert_eq!(text("/{{ item.slug | upper }}/"), Ok("/A&B/".to_owned()));
        assert_eq!(text("/plain/"), Ok("/plain/".to_owned()));
    }

    #[test]
    fn nothing_is_never_interpolated() {
        let blank = |e: &str, what| {
            Err(PatternError::Blank {
                expression: e.to_owned(),
                what,
            })
        };
        assert_eq!(text("/{{ item.e }}/"), blank("item.e", "empty"));
        assert_eq!(text("/{{ item.z }}/"), blank("item.z", "null"));
        assert_eq!(text("/{{ item.q }}/"), blank("item.q", "absent"));
        assert!(matches!(
            text("/{{ item.l }}/"),
            Err(PatternError::NotText { .. })
        ));
        let allowed = Pattern::parse("a{{ item.z }}b")
            .unwrap()
            .text(&context(), Blank::Allow);
        assert_eq!(allowed, Ok("ab".to_owned()));
    }

    #[test]
    fn knows_what_it_reads() {
        let pattern = Pattern::parse("{{ lang.locale }}").unwrap();
        assert!(pattern.reads("lang") && !pattern.reads("item"));
        assert!(pattern.single().is_some());
        assert!(
            Pattern::parse("x{{ lang.locale }}")
                .unwrap()
                .single()
                .is_none()
        );
        assert!(Pattern::parse("/{% if a %}/").is_err());
        assert!(Pattern::parse("/{{ item.slug /").is_err());
    }
}
