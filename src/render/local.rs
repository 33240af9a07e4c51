//! Local pages as templates see them: what `page` has besides, and the text itself.
//!
//! Part of the contract in `docs/markdown.md`. The text is a template of its own, and rendered first: the
//! page's template has it as `page.content`.

use std::rc::Rc;
use std::sync::Arc;

use tera::{Context, Value};

use super::context::{self, Shared, map_of};
use super::current::{self, OnPage};
use super::{Site, Templates};
use crate::local::{Heading, LINKS, LocalId};
use crate::route::Page;
use crate::template_values::map;
use crate::value::from_serde;

/// `page.date`.
pub(super) fn date(site: &Site, id: LocalId) -> Option<Value> {
    let date = site.local.get(id).front.date.as_deref();
    date.map(Value::from)
}

/// What `page` has on a local page only, but for what follows from its text.
pub(super) fn own_members(site: &Site, id: LocalId) -> Vec<(&'static str, Value)> {
    let page = site.local.get(id);
    let front = &page.front;
    vec![
        ("title", optional(front.title.as_deref())),
        ("path", Value::from(page.file.name.as_str())),
        ("weight", front.weight.map_or_else(Value::none, Value::from)),
        ("extra", from_serde(&front.extra)),
    ]
}

/// An entry of a list of local pages.
pub(super) fn entry(site: &Site, id: LocalId, page: &Page) -> Value {
    let mut members = vec![
        ("url", context::url(site, &page.route)),
        ("permalink", context::permalink(site, &page.route)),
        ("route", Value::from(page.route.as_str())),
        ("date", date(site, id).unwrap_or_else(Value::none)),
    ];
    members.extend(own_members(site, id));
    map_of(members)
}

fn optional(text: Option<&str>) -> Value {
    text.map_or_else(Value::none, Value::from)
}

/// The variables of a local page's template: those it was given, with the text in `page`. Also whether the
/// text asked for an asset.
///
/// # Errors
/// What Tera says about the text, and the name of its template.
pub(super) fn with_body(
    templates: &Templates,
    site: &Site,
    shared: &Shared,
    (page, id): (&Page, LocalId),
    mut context: Context,
) -> Result<(Context, bool), (tera::Error, String)> {
    let local = site.local.get(id);
    let mut inner = context.clone();
    let (links, has_assets) = shared.links.values(site, id);
    inner.insert_value(LINKS, links);
    let name = local.template_name();
    let mut html = Vec::new();
    let on_page = Rc::new(OnPage {
        language: page.language,
        route: page.route.shared(),
        entry: None,
        template: Arc::from(name.as_str()),
        context: inner,
    });
    let (result, asked) = current::with(&on_page, || {
        templates.render(&name, &on_page.context, &mut html)
    });
    if let Err(error) = result {
        return Err((current::failure().unwrap_or(error), name));
    }
    let html = String::from_utf8_lossy(&html);
    let own = context.get("page").cloned();
    let mut members = own.and_then(Value::into_map).unwrap_or_default();
    members.insert("toc".into(), toc(&local.body.headings, &html));
    members.insert("content".into(), Value::safe_string(&html));
    context.insert_value("page", Value::from(members));
    Ok((context, asked || has_assets))
}

/// `page.toc`: the headings, each with those below it.
fn toc(headings: &[Heading], html: &str) -> Value {
    let mut rest = headings;
    let mut list = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        let below = after.iter().take_while(|next| next.level > first.level);
        let (children, others) = after.split_at(below.count());
        rest = others;
        list.push(map([
            ("id", Value::from(first.id.as_str())),
            ("title", title(first, html)),
            ("level", Value::from(u64::from(first.level))),
            ("children", toc(children, html)),
        ]));
    }
    Value::from(list)
}

/// The words of a heading; those that a tag has made are in the HTML only.
fn title(heading: &Heading, html: &str) -> Value {
    if heading.has_tags
        && let Some(words) = words_of(heading, html)
    {
        return Value::from(words);
    }
    Value::from(heading.title.as_str())
}

/// The text between the tags of a heading, without its link to itself.
fn words_of(heading: &Heading, html: &str) -> Option<String> {
    let start = format!("<h{} id=\"{}\"", heading.level, heading.id);
    let inner = &html[html.find(&start)? + start.len()..];
    let inner = &inner[inner.find('>')? + 1..];
    let inner = &inner[..inner.find(" <a class=\"anchor\"")?];
    let text = crate::rich_text::RichText::from_html(inner).plain_text();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(title: &str, level: u8) -> Heading {
        Heading {
            id: title.to_lowercase(),
            title: title.to_owned(),
            level,
            has_tags: false,
        }
    }

    fn outline(toc: &Value) -> String {
        let entry = |entry: &Value| {
            let title = entry.get_from_path("title").map(ToString::to_string);
            let children = entry.get_from_path("children").map(outline);
            format!(
                "{}({})",
                title.unwrap_or_default(),
                children.unwrap_or_default()
            )
        };
        let entries = toc.as_array().unwrap_or_default().iter();
        entries.map(entry).collect()
    }

    #[test]
    fn headings_lie_below_each_other() {
        let headings = [("A", 2), ("B", 4), ("C", 3), ("D", 2), ("E", 1), ("F", 2)];
        let headings = headings.map(|(title, level)| heading(title, level));
        assert_eq!(outline(&toc(&headings, "")), "A(B()C())D()E(F())");
    }

    #[test]
    fn words_that_a_tag_made_are_read_from_the_page() {
        let heading = Heading {
            has_tags: true,
            ..heading("in", 2)
        };
        let html = "<p>x</p><h2 id=\"in\" class=\"y\">Walks <em>in</em> A &amp; B <a class=\"anchor\" href=\"#in\">#</a></h2>";
        assert_eq!(title(&heading, html).as_str(), Some("Walks in A & B"));
    }
}
