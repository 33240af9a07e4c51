//! Small pieces of template language inside configuration: expressions such as `item.price > 0`, and
//! patterns such as `/adventures/{{ item.slug }}/`.
//!
//! An [`Expression`] gives a typed value. A [`Pattern`] gives text and refuses to interpolate nothing:
//! a null or empty slug is an error, never a shorter path. Both are compiled when the definition is
//! read, so that a mistake is reported before anything is fetched. Plain field paths, by far the most
//! common, are looked up directly, and filters such as `slug` are applied to them directly ([`piped`]);
//! everything else is run by Tera without HTML escaping.

mod fields;
mod filters;
mod pattern;
mod piped;
mod sort;
mod variables;

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use crate::diag::closest;
use tera::value::Key;
use tera::{Kwargs, State, Tera, Value};

use piped::Filter;

pub use fields::{Fields, Inside};
pub use filters::register as register_filters;
pub use pattern::{Blank, Pattern, PatternError};
pub use sort::{Ranks, SortKey, SortOrder};
pub use variables::{Borrowed, Variables};

/// An expression in Tera's language, compiled.
#[derive(Clone, Debug)]
pub struct Expression {
    source: Arc<str>,
    program: Program,
}

#[derive(Clone, Debug)]
enum Program {
    /// `item.author.name`: a variable and members, looked up directly.
    Path(Arc<[String]>),
    /// `item.title | slug`: the same, through filters; Tera for what is no text.
    Piped(Arc<[String]>, Arc<[Filter]>, Arc<Tera>),
    /// Anything else.
    Compiled(Arc<Tera>),
}

/// The variables that expressions can have. Which of them there are depends on where the expression
/// stands; one that is absent there reads as undefined.
const ROOTS: [&str; 4] = ["item", "parent", "lang", "term"];

const NAME: &str = "expression";
const CAPTURE: &str = "frieze_capture";

thread_local! {
    /// Where the capturing filter leaves the value. Filters can only return what is then printed, and
    /// printing would lose the type. Rendering an expression never yields to other work on its thread.
    static CAPTURED: RefCell<Option<Value>> = const { RefCell::new(None) };
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What Tera says about the text.
    pub fn parse(source: &str) -> Result<Self, String> {
        let trimmed = source.trim();
        if trimmed.is_empty() {
            return Err("it is empty".to_owned());
        }
        if let Some(mark) = ["{{", "}}", "{%", "%}", "{#", "#}"]
            .iter()
            .find(|mark| trimmed.contains(**mark))
        {
            return Err(format!("`{mark}` cannot stand in an expression"));
        }
        let program = match field_path(trimmed) {
            Some(path) if !ROOTS.contains(&path[0].as_str()) => return Err(unknown_root(&path)),
            Some(path) => Program::Path(path.into()),
            None => {
                let tera = Arc::new(compile(trimmed)?);
                match piped::parse(trimmed) {
                    Some((path, filters)) => Program::Piped(path.into(), filters.into(), tera),
                    None => Program::Compiled(tera),
                }
            }
        };
        Ok(Self {
            source: Arc::from(trimmed),
            program,
        })
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The value with these variables; an absent variable or member gives an undefined value where the whole
    /// expression is a path.
    ///
    /// # Errors
    /// What Tera says when it cannot be evaluated.
    pub fn evaluate(&self, variables: &dyn Variables) -> Result<Value, String> {
        match &self.program {
            Program::Path(path) => {
                Ok(look_up(variables, path).map_or_else(Value::undefined, Cow::into_owned))
            }
            Program::Piped(path, filters, tera) => {
                let found = look_up(variables, path);
                match found.and_then(|value| piped::apply(filters, &value)) {
                    Some(value) => Ok(value),
                    None => run(tera, variables),
                }
            }
            Program::Compiled(tera) => run(tera, variables),
        }
    }

    /// Whether the value counts as yes: everything but false, null and absent.
    ///
    /// # Errors
    /// What Tera says when it cannot be evaluated for another reason than an absent value.
    pub fn holds(&self, variables: &dyn Variables) -> Result<bool, String> {
        let value = self.evaluate(variables)?;
        Ok(!(value.is_none() || value.is_undefined() || value.as_bool() == Some(false)))
    }

    /// The members of the variable `root` that the expression reads.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        Fields::of(&self.source, root)
    }
}

fn run(tera: &Tera, variables: &dyn Variables) -> Result<Value, String> {
    CAPTURED.take();
    tera.render(NAME, &variables.context())
        .map_err(|error| message(&error))?;
    Ok(CAPTURED.take().unwrap_or_else(Value::undefined))
}

fn compile(source: &str) -> Result<Tera, String> {
    let mut tera = Tera::new();
    register_filters(&mut tera);
    tera.register_filter(CAPTURE, |value: &Value, _: Kwargs, _: &State<'_>| {
        CAPTURED.set(Some(value.clone()));
        Value::from("")
    });
    tera.autoescape_on(Vec::<&str>::new());
    // Alone first: in parentheses, `a) or (b` would be an expression too.
    let bare = format!("{{{{ {source} }}}}");
    tera.add_raw_template("bare", &bare)
        .map_err(|error| message(&error))?;
    let template = format!("{{{{ ({source}) | {CAPTURE} }}}}");
    tera.add_raw_template(NAME, &template)
        .map_err(|error| message(&error))?;
    Ok(tera)
}

fn unknown_root(path: &[String]) -> String {
    let near = closest(&path[0], ROOTS).filter(|_| path.len() > 1);
    match near {
        Some(near) => format!("there is no `{}` here; did you mean `{near}`?", path[0]),
        None => format!("there is no `{0}` here; did you mean `item.{0}`?", path[0]),
    }
}

/// The first line of what Tera says: the rest is an excerpt of text the user never wrote.
fn message(error: &tera::Error) -> String {
    match error.kind() {
        tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report) => {
            report.message().to_owned()
        }
        other => other.to_string(),
    }
}

/// Splits `a.b.c`; `None` for anything that is not just names and dots, and for literals.
fn field_path(source: &str) -> Option<Vec<String>> {
    let name = |s: &str| {
        let mut chars = s.chars();
        chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let path: Vec<String> = source.split('.').map(str::to_owned).collect();
    let literal = matches!(
        source,
        "true" | "false" | "none" | "null" | "True" | "False" | "None"
    );
    (!literal && path.iter().all(|s| name(s))).then_some(path)
}

fn look_up<'v>(variables: &'v dyn Variables, path: &'v [String]) -> Option<Cow<'v, Value>> {
    let (root, members) = path.split_first()?;
    let Some((first, rest)) = members.split_first() else {
        return variables.get(root).map(Cow::Borrowed);
    };
    match variables.member(root, first)? {
        Cow::Borrowed(value) => inside(value, rest).map(Cow::Borrowed),
        Cow::Owned(value) if rest.is_empty() => Some(Cow::Owned(value)),
        Cow::Owned(value) => inside(&value, rest).cloned().map(Cow::Owned),
    }
}

fn inside<'v>(value: &'v Value, members: &'v [String]) -> Option<&'v Value> {
    let member = |value: &'v Value, name: &'v String| value.as_map()?.get(&Key::Str(name));
    members.iter().try_fold(value, member)
}

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::from_json;
    use tera::Context;

    fn context() -> Context {
        let mut context = Context::new();
        let item = br#"{"slug":"a","price":0,"none":null,"tags":["x","y"],"author":{"name":"N"},"f":false}"#;
        context.insert_value("item", from_json(item).unwrap());
        context
    }

    fn value(source: &str) -> String {
        let value = Expression::parse(source)
            .unwrap()
            .evaluate(&context())
            .unwrap();
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn values_keep_their_types() {
        assert_eq!(value("item.price"), "0");
        assert_eq!(value("item.price + 2"), "2");
        assert_eq!(value("item.author.name"), "\"N\"");
        assert_eq!(value("item.tags"), "[\"x\",\"y\"]");
        assert_eq!(value("item.tags | length"), "2");
        assert_eq!(value("item.price > 0"), "false");
        assert_eq!(value("item.slug | upper"), "\"A\"");
        assert_eq!(value("true"), "true");
        assert_eq!(value("item.none"), "null");
        assert_eq!(value("'<b>'"), "\"<b>\"");
    }

    #[test]
    fn only_false_null_and_absent_are_no() {
        let holds = |source: &str| {
            Expression::parse(source)
                .unwrap()
                .holds(&context())
                .unwrap()
        };
        assert!(holds("item.price"));
        assert!(holds("item.slug"));
        assert!(holds("item.price == 0"));
        assert!(!holds("item.none"));
        assert!(!holds("item.absent"));
        assert!(!holds("item.absent.deeper"));
        assert!(!holds("item.f"));
        assert!(!holds("item.price > 0"));
    }

    #[test]
    fn mistakes_are_found_when_parsing() {
        for wrong in [
            "",
            "item.",
            "item.price >",
            "{{ item }}",
            "item.slug | no_such_filter",
            "a) | upper | (b",
            "item.a) or (true",
            "itm.price",
            "price",
            "false) }}x{{ (true",
        ] {
            assert!(Expression::parse(wrong).is_err(), "{wrong}");
        }
    }
}
