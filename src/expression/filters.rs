//! Filters beyond Tera's own, the same in configuration and in templates.

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use crate::rich_text::RichText;

/// Registers them; must run before templates are added.
pub fn register(tera: &mut Tera) {
    tera.register_filter("date", tera_contrib::dates::date);
    tera.register_filter("json_encode", tera_contrib::json::json_encode);
    tera.register_filter("slug", tera_contrib::slug::slug);
    tera.register_filter("urlencode", tera_contrib::urlencode::urlencode);
    tera.register_filter("plain_text", plain_text);
}

/// The words of a rich text in any form, without markup.
fn plain_text(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    if value.is_none() {
        return Ok(Value::from(""));
    }
    let (_, text) = RichText::of_value(value).map_err(Error::message)?;
    Ok(Value::from(text.plain_text()))
}
