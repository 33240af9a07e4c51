//! The function `trans()` and the filter `number`: words and numbers as the page's language has them.

use fixed_decimal::Decimal;
use tera::{Error, Kwargs, TeraResult, Value};

use super::{Site, functions};
use crate::i18n::{Fill, decimal};

/// What `trans()` takes for itself; every other argument fills a placeholder.
const OWN: [&str; 4] = ["key", "lang", "default", "html"];

/// `trans(key=, count=, lang=, default=, html=, …)`: a string of the site in this language.
pub(super) fn trans(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    let key = functions::text("trans", kwargs, "key")?;
    let language = functions::language(site, kwargs)?;
    let Some(found) = site.strings.find(key, language) else {
        return match argument(kwargs, "default") {
            Some(default) => Ok(default.clone()),
            None => Err(Error::message(site.strings.missing(key, language))),
        };
    };
    let markup = if kwargs.get::<bool>("html")?.unwrap_or(false) {
        Markup::Html
    } else {
        Markup::None
    };
    let arguments = Arguments { kwargs, markup };
    arguments.check(key)?;
    let text = found
        .text(&arguments)
        .map_err(|why| Error::message(format!("the string `{key}`: {why}")))?;
    Ok(match markup {
        Markup::None => Value::from(text),
        Markup::Html => Value::safe_string(&text),
    })
}

/// What a string of the site holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Markup {
    /// Text.
    None,
    /// HTML that the site's author wrote; what fills it is still text.
    Html,
}

/// The arguments of a call, as what fills placeholders.
struct Arguments<'k> {
    kwargs: &'k Kwargs,
    markup: Markup,
}

impl Arguments<'_> {
    /// Refuses values that would leave a hole in the text.
    fn check(&self, key: &str) -> TeraResult<()> {
        for (name, value) in self.kwargs.iter() {
            let name = name.as_str().unwrap_or_default();
            let what = match value {
                _ if OWN.contains(&name) => continue,
                value if value.is_undefined() => "absent",
                value if value.is_none() => "null",
                value if value.is_map() || value.is_array() => "not a text or number",
                _ => continue,
            };
            let message = format!("`{name}` for the string `{key}` is {what}");
            return Err(Error::message(message));
        }
        Ok(())
    }
}

impl Fill for Arguments<'_> {
    fn fixed(&self, text: &str) -> String {
        text.to_owned()
    }

    fn value(&self, name: &str) -> Option<String> {
        let value = argument(self.kwargs, name).filter(|_| !OWN.contains(&name))?;
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        if self.markup == Markup::Html && !value.is_safe() {
            return Some(escaped(&text));
        }
        Some(text)
    }

    fn count(&self) -> Option<Decimal> {
        argument(self.kwargs, "count").and_then(number_of)
    }
}

fn escaped(text: &str) -> String {
    let mut buffer = Vec::with_capacity(text.len());
    // Writing to memory does not fail, and what is text stays text.
    let _ = tera::escape_html(text, &mut buffer);
    String::from_utf8(buffer).unwrap_or_default()
}

fn argument<'k>(kwargs: &'k Kwargs, name: &str) -> Option<&'k Value> {
    let mut arguments = kwargs.iter();
    let found = arguments.find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}

/// `number(digits=, lang=)`: a number as the language writes it.
pub(super) fn number(site: &Site, value: &Value, kwargs: &Kwargs) -> TeraResult<Value> {
    functions::check_arguments("number", kwargs, &["digits", "lang"])?;
    let language = functions::language(site, kwargs)?;
    let digits = kwargs.get::<u8>("digits")?;
    if digits.is_some_and(|digits| digits > 20) {
        return Err(Error::message("`digits` of `number` can be 20 at most"));
    }
    let number = number_of(value).ok_or_else(|| {
        let what = if value.is_string() {
            "a text, not a number"
        } else {
            "not a number"
        };
        Error::message(format!("`number` was given {what}"))
    })?;
    let text = site.strings.numbers(language).write(&number, digits);
    Ok(Value::from(text))
}

/// A number with the digits that print it, so that 0.1 is 0.1.
fn number_of(value: &Value) -> Option<Decimal> {
    if !value.is_number() {
        return None;
    }
    decimal(&value.to_string())
}
