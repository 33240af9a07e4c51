//! The variables of a definition: constants and templates, turned into values for each request.

use serde_json::Value;
use tera::Context;
use toml::Spanned;
use toml::de::DeValue;

use crate::aem::Variables;
use crate::expression::{Blank, Fields, Pattern, PatternError};
use crate::table::{Table, to_json};
use crate::value;

/// The variables of a definition, compiled.
#[derive(Clone, Debug, Default)]
pub struct VariableTemplates(Vec<(String, Template)>);

#[derive(Clone, Debug)]
enum Template {
    Fixed(Value),
    Pattern(Pattern),
    /// Always a text, and never an empty one.
    Text(Pattern),
    List(Vec<Template>),
    Map(Vec<(String, Template)>),
}

/// A variable that cannot be given a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableError {
    /// The variable.
    pub name: String,
    /// What is wrong.
    pub error: PatternError,
}

impl VariableTemplates {
    /// Reads a table of variables, if it is there.
    pub(super) fn read(table: &Table<'_>) -> Self {
        let Some(variables) = table.table("variables") else {
            return Self::default();
        };
        let reader = table.reader();
        let mut list = Vec::new();
        for (name, value) in variables.open() {
            match compile(value) {
                Ok(template) => list.push((name.value, template)),
                Err((span, why)) => reader.error(
                    span,
                    format!("the variable `{}` cannot be used: {why}", name.value),
                ),
            }
        }
        Self(list)
    }

    /// Variables that are texts and must have a value.
    pub(super) fn of_texts(texts: impl IntoIterator<Item = (&'static str, Pattern)>) -> Self {
        let texts = texts.into_iter();
        let texts = texts.map(|(name, pattern)| (name.to_owned(), Template::Text(pattern)));
        Self(texts.collect())
    }

    /// The text that a variable is made from, where it is one.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&str> {
        let (_, template) = self.0.iter().find(|(own, _)| own == name)?;
        match template {
            Template::Pattern(pattern) | Template::Text(pattern) => Some(pattern.source()),
            _ => None,
        }
    }

    /// Adds the variables of another table; they win over equal names.
    pub(super) fn extend(&mut self, other: Self) {
        self.0
            .retain(|(name, _)| !other.0.iter().any(|(new, _)| new == name));
        self.0.extend(other.0);
    }

    /// All but those of these names.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let others = self.0.iter();
        Self(
            others
                .filter(|(name, _)| !names.contains(&name.as_str()))
                .cloned()
                .collect(),
        )
    }

    /// The names and what each is made from, as it is written; constants as JSON.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.0
            .iter()
            .map(|(name, template)| (name.as_str(), template.written()))
    }

    /// Whether any of them reads the variable `root` of the template language.
    #[must_use]
    pub fn reads(&self, root: &str) -> bool {
        self.fields(root) != Fields::default()
    }

    /// The members of `root` that they read.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        self.0
            .iter()
            .map(|(_, template)| template.fields(root))
            .fold(Fields::default(), Fields::union)
    }

    /// Whether a variable of that name is set.
    #[must_use]
    pub fn sets(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own == name)
    }

    /// The values in a `for_each`: there a variable that depends on the parent must have a value. Left out,
    /// the query would answer with everything it has, for that one parent.
    ///
    /// # Errors
    /// The variable that has no value, and why.
    pub fn values_for_each(&self, context: &Context) -> Result<Variables, VariableError> {
        for (name, template) in &self.0 {
            let Template::Pattern(pattern) = template else {
                continue;
            };
            let Some(expression) = pattern.single().filter(|_| pattern.reads("parent")) else {
                continue;
            };
            let value = expression
                .evaluate(context)
                .unwrap_or_else(|_| tera::Value::undefined());
            if value::is_blank(&value) {
                let what = if value.is_none() { "null" } else { "empty" };
                let error = PatternError::Blank {
                    expression: expression.source().to_owned(),
                    what,
                };
                return Err(VariableError {
                    name: name.clone(),
                    error,
                });
            }
        }
        self.values(context)
    }

    /// The values in a context. A variable that is exactly one expression keeps the expression's type,
    /// and is left out when that is null.
    ///
    /// # Errors
    /// The variable that has no value, and why.
    pub fn values(&self, context: &Context) -> Result<Variables, VariableError> {
        self.0
            .iter()
            .map(|(name, template)| {
                let value = template.value(context);
                value
                    .map(|v| (name.clone(), v))
                    .map_err(|error| VariableError {
                        name: name.clone(),
                        error,
                    })
            })
            .collect()
    }
}

impl Template {
    /// As somebody would write it.
    fn written(&self) -> String {
        let members = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Fixed(value) => value.to_string(),
            Self::Pattern(pattern) | Self::Text(pattern) => pattern.source().to_owned(),
            Self::List(list) => format!("[{}]", members(list.iter().map(Self::written).collect())),
            Self::Map(map) => {
                let member =
                    |(name, template): &(String, Self)| format!("{name}: {}", template.written());
                format!("{{{}}}", members(map.iter().map(member).collect()))
            }
        }
    }

    fn fields(&self, root: &str) -> Fields {
        let all = |templates: &mut dyn Iterator<Item = &Self>| {
            templates
                .map(|t| t.fields(root))
                .fold(Fields::default(), Fields::union)
        };
        match self {
            Self::Fixed(_) => Fields::default(),
            Self::Pattern(pattern) | Self::Text(pattern) => pattern.fields(root),
            Self::List(list) => all(&mut list.iter()),
            Self::Map(map) => all(&mut map.iter().map(|(_, template)| template)),
        }
    }

    fn value(&self, context: &Context) -> Result<Value, PatternError> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Pattern(pattern) => match pattern.single() {
                Some(expression) => {
                    let failed = |message| PatternError::Failed {
                        expression: expression.source().to_owned(),
                        message,
                    };
                    let value = expression.evaluate(context).map_err(failed)?;
                    if value.is_undefined() {
                        let expression = expression.source().to_owned();
                        return Err(PatternError::Blank {
                            expression,
                            what: "absent",
                        });
                    }
                    Ok(value::to_json(&value))
                }
                None => pattern.text(context, Blank::Refuse).map(Value::String),
            },
            Self::Text(pattern) => pattern.text(context, Blank::Refuse).map(Value::String),
            Self::List(list) => list
                .iter()
                .map(|template| template.value(context))
                .collect(),
            Self::Map(map) => {
                let member = |(name, template): &(String, Self)| {
                    Ok((name.clone(), template.value(context)?))
                };
                map.iter().map(member).collect()
            }
        }
    }
}

type At = (std::ops::Range<usize>, String);

fn compile(value: &Spanned<DeValue<'_>>) -> Result<Template, At> {
    match value.get_ref() {
        DeValue::String(text) if text.contains("{{") || text.contains("{%") => Pattern::parse(text)
            .map(Template::Pattern)
            .map_err(|why| (value.span(), why)),
        DeValue::Array(list) => list
            .iter()
            .map(compile)
            .collect::<Result<_, _>>()
            .map(Template::List),
        DeValue::Table(table) => {
            let mut members: Vec<_> = table.iter().collect();
            members.sort_by_key(|(key, _)| key.span().start);
            let member = |(key, value): (&Spanned<_>, _)| -> Result<_, At> {
                let key: &std::borrow::Cow<'_, str> = key.get_ref();
                Ok((key.to_string(), compile(value)?))
            };
            members
                .into_iter()
                .map(member)
                .collect::<Result<_, _>>()
                .map(Template::Map)
        }
        other => Ok(Template::Fixed(to_json(other))),
    }
}
