//! The filters that only templates have: `rich_text`, `markdown`, `absolute_url`. They need a site.
//!
//! Part of the contract in `docs/templates.md`.

use std::sync::{Arc, OnceLock};

use tera::{Error, Kwargs, State, Tera, TeraResult, Value};
use url::Url;

use super::functions::{check_arguments, known};
use super::rich_text::{self, Addresses, Press};
use super::{Site, current};
use crate::rich_text::RichText;

/// What filters see, filled in when it is known.
#[derive(Clone, Default)]
pub(super) struct Surroundings {
    /// The site of the build.
    pub(super) site: Arc<OnceLock<Arc<Site>>>,
    /// The engine that the filters are part of.
    pub(super) press: Arc<OnceLock<Press>>,
}

/// Registers the filters; must run before templates are added.
pub(super) fn register(tera: &mut Tera, around: &Surroundings) {
    type Body = fn(&Site, &Press, &Value, &Kwargs) -> TeraResult<Value>;
    let filters: [(&'static str, Body); 3] = [
        ("rich_text", rich_text),
        ("markdown", markdown),
        ("absolute_url", absolute_url),
    ];
    for (name, body) in filters {
        let around = around.clone();
        let filter = move |value: &Value, kwargs: Kwargs, _: &State<'_>| -> TeraResult<Value> {
            body(known(&around.site)?, known(&around.press)?, value, &kwargs)
        };
        tera.register_filter(name, filter);
    }
}

/// `rich_text(absolute=)`: AEM's JSON or HTML, safe to print, with links to this site's pages.
fn rich_text(site: &Site, press: &Press, value: &Value, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("rich_text", kwargs, &["absolute"])?;
    if value.is_none() {
        return Ok(Value::safe_string(""));
    }
    let (form, text) = RichText::of_value(value).map_err(Error::message)?;
    print(site, press, &text, form, kwargs)
}

/// `markdown(absolute=)`: Markdown, the same way.
fn markdown(site: &Site, press: &Press, value: &Value, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("markdown", kwargs, &["absolute"])?;
    if value.is_none() {
        return Ok(Value::safe_string(""));
    }
    let Some(source) = value.as_str() else {
        return Err(Error::message(format!(
            "`markdown` is for text, not for {}",
            crate::rich_text::described(value)
        )));
    };
    print(site, press, &RichText::from_markdown(source), value, kwargs)
}

fn print(
    site: &Site,
    press: &Press,
    text: &RichText,
    value: &Value,
    kwargs: &Kwargs,
) -> TeraResult<Value> {
    let addresses = match kwargs.get::<bool>("absolute")? {
        Some(true) => Addresses::Absolute,
        Some(false) | None => Addresses::Paths,
    };
    let html = rich_text::render(site, press, text, value, addresses)?;
    Ok(Value::safe_string(&html))
}

/// `absolute_url`: a link with scheme and host.
fn absolute_url(site: &Site, _: &Press, value: &Value, kwargs: &Kwargs) -> TeraResult<Value> {
    check_arguments("absolute_url", kwargs, &[])?;
    let Some(link) = value.as_str() else {
        return Err(Error::message(format!(
            "`absolute_url` is for links, not for {}",
            crate::rich_text::described(value)
        )));
    };
    let base = &site.config.base_url;
    if link.starts_with('/') && !link.starts_with("//") {
        return Ok(Value::from(base.absolute(link)));
    }
    // What is relative is so to the page.
    let page = current::page();
    let page = page.as_ref().and_then(|page| page.context.get("page"));
    let page = page.and_then(|page| page.get_from_path("permalink"));
    let page = page.and_then(Value::as_str).map(str::to_owned);
    let page = page.unwrap_or_else(|| base.permalink("/"));
    let joined = Url::parse(&page).and_then(|page| page.join(link));
    match joined {
        Ok(url) => Ok(Value::from(url.as_str())),
        Err(error) => Err(Error::message(format!("`{link}` is not a link: {error}"))),
    }
}
