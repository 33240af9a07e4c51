//! Which form a value is in.

use tera::Value;
use tera::value::Key;

use super::RichText;

/// What a value is, for messages.
#[must_use]
pub fn described(value: &Value) -> &'static str {
    if value.is_undefined() {
        "something absent: the query does not select it, or what it is in is empty"
    } else if value.is_none() {
        "null: test for it with `{% if … %}` first"
    } else if value.is_bool() {
        "`true` or `false`"
    } else if value.is_number() {
        "a number"
    } else if value.as_map().is_some() {
        "an object"
    } else if value.as_array().is_some() {
        "a list"
    } else {
        "this"
    }
}

impl RichText {
    /// Reads a text in whatever form it is: HTML is text, JSON is a list of nodes, a whole multi-line field
    /// has one member for each form, and one of AEM's REST delivery says its form beside it
    /// (`aem-protocol.md`, sections 4.5 and 10.2). Also gives what was read.
    ///
    /// # Errors
    /// When the value is none of these; a sentence that says so.
    pub fn of_value(value: &Value) -> Result<(&Value, Self), String> {
        if let Some(html) = value.as_str() {
            return Ok((value, Self::from_html(html)));
        }
        if value.as_array().is_some() {
            return Ok((value, Self::from_json(value)));
        }
        let Some(members) = value.as_map() else {
            return Err(format!(
                "rich text is HTML, or the JSON of nodes, not {}",
                described(value)
            ));
        };
        let member = |name: &'static str| {
            let member = members.get(&Key::Str(name))?;
            (!member.is_none()).then_some(member)
        };
        if member("nodeType").is_some() {
            return Ok((value, Self::from_json(value)));
        }
        if let Some(json) = member("json") {
            return Ok((json, Self::from_json(json)));
        }
        if let Some(html) = member("html")
            && let Some(text) = html.as_str()
        {
            return Ok((html, Self::from_html(text)));
        }
        if let Some(mime) = member("mimeType").and_then(Value::as_str) {
            let Some(text) = member("value") else {
                return Ok((value, Self::default()));
            };
            let words = text.as_str().unwrap_or_default();
            return Ok((text, Self::of_mime(mime, words)));
        }
        let forms = ["json", "html"].map(Key::Str);
        if forms.iter().any(|form| members.contains_key(form)) {
            return Ok((value, Self::default()));
        }
        let help = "select `json` or `html` of the field in the query";
        Err(format!("this object is no rich text: {help}"))
    }

    fn of_mime(mime: &str, text: &str) -> Self {
        match mime {
            "text/html" => Self::from_html(text),
            "text/x-markdown" | "text/markdown" => Self::from_markdown(text),
            _ => Self::from_plain(text),
        }
    }
}
