//! Members of variables through plain filters: `item.title | slug`, as most routes have them. They are evaluated here,
//! without Tera, where it is certain what Tera would give.

use tera::Value;

/// A filter without arguments, from text to text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Slug,
    Lower,
    Upper,
    Trim,
}

impl Filter {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "slug" => Self::Slug,
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "trim" => Self::Trim,
            _ => return None,
        })
    }

    fn apply(self, text: &str) -> String {
        match self {
            Self::Slug => slug::slugify(text),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Trim => text.trim().to_owned(),
        }
    }
}

/// Splits `a.b | c | d`; `None` for anything else.
pub(super) fn parse(source: &str) -> Option<(Vec<String>, Vec<Filter>)> {
    let (path, filters) = source.split_once('|')?;
    let filters = filters.split('|').map(|name| Filter::named(name.trim()));
    Some((
        super::field_path(path.trim())?,
        filters.collect::<Option<_>>()?,
    ))
}

/// What comes out; `None` where Tera has to say, since it is no plain text: it may be an error.
pub(super) fn apply(filters: &[Filter], value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|_| !value.is_safe())?;
    let mut filters = filters.iter();
    let first = filters.next()?.apply(text);
    let text = filters.fold(first, |text, filter| filter.apply(&text));
    Some(Value::from(text))
}
