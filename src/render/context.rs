//! The variables of a page: `site`, `lang`, `page`, and `item`, `parent`, or `items`, `pager`, or `terms`.
//!
//! Part of the contract in `docs/templates.md`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tera::{Context, Map, Value};

use super::content::Held;
use super::ground::{Ground, Grounds};
use super::local_links::LocalLinks;
use super::{Site, content, terms};
use crate::artifact::Format;
use crate::config::LangId;
use crate::route::{ListPlan, Page, PageKind, Route, encode_path};
use crate::store::BodyError;
use crate::template_values::{self, map};

/// The pages of which list, and in which format if not HTML.
type PagesKey = (Arc<str>, Option<Format>);

/// Values that many pages have in common, made once.
pub(super) struct Shared {
    /// `site`.
    pub(super) site: Value,
    /// In the order of the configuration.
    languages: Vec<(LangId, Value)>,
    /// The numbered pages of each list, by its first route and their format.
    pages: Mutex<HashMap<PagesKey, Vec<Value>>>,
    /// What pages with the same template in the same language have in common.
    pub(super) grounds: Grounds,
    /// Where the links of Markdown files lead.
    pub(super) links: LocalLinks,
}

impl Shared {
    pub(super) fn new(site: &Site) -> Self {
        let languages = site.config.languages.iter();
        let languages = languages
            .map(|(id, _)| (id, template_values::language(&site.config, id)))
            .collect();
        Self {
            site: template_values::site(&site.config),
            languages,
            pages: Mutex::default(),
            grounds: Grounds::default(),
            links: LocalLinks::find(site),
        }
    }

    fn pages(
        &self,
        list: &ListPlan,
        format: Option<Format>,
        make: impl FnOnce() -> Vec<Value>,
    ) -> Vec<Value> {
        let Some(first) = list.routes.first() else {
            return Vec::new();
        };
        super::lock(&self.pages)
            .entry((first.shared(), format))
            .or_insert_with(make)
            .clone()
    }

    /// `lang` of a language.
    pub(super) fn language(&self, id: LangId) -> Value {
        self.languages
            .iter()
            .find(|(own, _)| *own == id)
            .map_or_else(Value::none, |(_, value)| value.clone())
    }
}

/// The variables of one page, with as much in them as its template can reach.
pub(super) fn of_page(
    site: &Site,
    shared: &Shared,
    ground: &Ground,
    page: &Page,
) -> Result<Context, BodyError> {
    let reach = site.reaches.get(&page.template);
    let mut context = Context::new();
    context.insert_value("site", shared.site.clone());
    context.insert_value("lang", shared.language(page.language));
    context.insert_value("page", ground.page.value(site, shared, page));
    match &page.kind {
        PageKind::Item { entry, .. } => {
            let item = content::with(site, *entry, reach.variable("item"))?;
            context.insert_value("item", item);
            if let Some(parent) = site.store.get(*entry).parent {
                let parent = content::with(site, parent, reach.variable("parent"))?;
                context.insert_value("parent", parent);
            }
        }
        PageKind::List { list, number } => {
            context.insert_value("pager", pager(site, shared, page, (list, *number)));
            if let Some((term, taxonomy)) = terms::of_list(site, list, page) {
                context.insert_value("term", term);
                context.insert_value("taxonomy", taxonomy);
            }
            let mut held = Held::new(site, reach.elements("items"));
            let items = list.items(*number).iter();
            let items = items.map(|&entry| held.value(entry));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            if let Some(keys) = list.groups(*number) {
                context.insert_value("groups", groups(keys, &items));
            }
            context.insert_value("items", Value::from(items));
        }
        PageKind::Terms(plan) => {
            context.insert_value("terms", Value::from(terms::values(plan)));
            context.insert_value("taxonomy", terms::taxonomy_value(site, plan));
        }
        PageKind::Local(_) | PageKind::Error => {}
    }
    Ok(context)
}

/// A map value from its members, however many.
pub(super) fn map_of(members: Vec<(&'static str, Value)>) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (name.into(), value));
    Value::from(members.collect::<Map>())
}

/// `page.outputs`: the page in all its formats.
pub(super) fn outputs(site: &Site, page: &Page) -> Value {
    let formats = if page.formats.is_empty() {
        std::slice::from_ref(&page.route)
    } else {
        &page.formats
    };
    let output = |route: &Route| {
        // A route that is a folder has its HTML in it.
        let format = Format::of_name(route.as_str()).unwrap_or(Format::HTML);
        map([
            ("format", Value::from(format.extension())),
            ("type", Value::from(format.media_type())),
            ("url", url(site, route)),
            ("permalink", permalink(site, route)),
            ("current", Value::from(*route == page.route)),
        ])
    };
    Value::from(formats.iter().map(output).collect::<Vec<_>>())
}

/// `groups`: items that have the same key, in the order in which the keys first come.
fn groups(keys: &[Value], items: &[Value]) -> Value {
    let mut groups: Vec<(&Value, Vec<Value>)> = Vec::new();
    for (key, item) in keys.iter().zip(items) {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(item.clone()),
            None => groups.push((key, vec![item.clone()])),
        }
    }
    let group = |(key, items): (&Value, Vec<Value>)| {
        let name = if key.is_undefined() {
            Value::none()
        } else {
            key.clone()
        };
        map([("name", name), ("items", Value::from(items))])
    };
    Value::from(groups.into_iter().map(group).collect::<Vec<_>>())
}

/// `pager`; its links stay in the format of the page.
pub(super) fn pager(
    site: &Site,
    shared: &Shared,
    page: &Page,
    (list, number): (&ListPlan, usize),
) -> Value {
    let format = page.other_format();
    let at = |n: usize| n.checked_sub(1).and_then(|i| list.routes.get(i));
    let url = |route: &Route| match format {
        Some(format) => {
            let route = encode_path(&route.in_format(format));
            Value::from(site.config.base_url.url(&route))
        }
        None => url(site, route),
    };
    let link = |route: Option<&Route>| route.map_or_else(Value::none, url);
    let entry = |n: usize, route: &Route, current: bool| {
        map([
            ("number", Value::from(n as u64)),
            ("url", url(route)),
            ("current", Value::from(current)),
        ])
    };
    let mut members = vec![
        ("number", Value::from(number as u64)),
        ("total", Value::from(list.routes.len() as u64)),
        ("count", Value::from(list.entries.len() as u64)),
        ("per_page", Value::from(list.per_page as u64)),
        ("first", link(at(1))),
        ("last", link(list.routes.last())),
        ("previous", link(at(number - 1))),
        ("next", link(at(number + 1))),
    ];
    // A long list has as many entries here, on each of as many pages.
    let reach = site.reaches.get(&page.template);
    if reach.variable("pager").has("pages") {
        let mut pages = shared.pages(list, format, || {
            (1..)
                .zip(&list.routes)
                .map(|(n, route)| entry(n, route, false))
                .collect()
        });
        // Made once, with only the current one made anew.
        let current = pages.get_mut(number - 1).zip(list.routes.get(number - 1));
        if let Some((place, route)) = current {
            *place = entry(number, route, true);
        }
        members.push(("pages", Value::from(pages)));
    }
    map_of(members)
}

/// The route as a link within the site.
pub(super) fn url(site: &Site, route: &Route) -> Value {
    Value::from(site.config.base_url.url(&route.encoded()))
}

/// The route as an absolute address.
pub(super) fn permalink(site: &Site, route: &Route) -> Value {
    Value::from(site.config.base_url.permalink(&route.encoded()))
}
