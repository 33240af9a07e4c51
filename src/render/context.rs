//! The variables of a page: `site`, `lang`, `page`, and `item`, `parent`, or `items`, `pager`, or `terms`.
//!
//! Part of the contract in `docs/templates.md`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tera::{Context, Map, Value};

use super::local_links::LocalLinks;
use super::page::Rendering;
use super::{Site, content, current, local, terms, translations};
use crate::artifact::Format;
use crate::config::LangId;
use crate::expression::Fields;
use crate::route::{ListKey, ListPlan, Page, PageKind, Route, encode_path};
use crate::store::BodyError;
use crate::template_values::{self, map};
use crate::value::{Digest, digest, encode_bytes};

/// The pages of which list, and in which format if not HTML.
type PagesKey = (Arc<str>, Option<Format>);

/// Values that many pages have in common, made once.
pub(super) struct Shared {
    site: Value,
    /// In the order of the configuration.
    languages: Vec<(LangId, Value)>,
    /// The numbered pages of each list, by its first route and their format.
    pages: Mutex<HashMap<PagesKey, Vec<Value>>>,
    /// What pages with the same template in the same language have in common.
    grounds: Mutex<HashMap<(Arc<str>, LangId), Digest>>,
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
            grounds: Mutex::default(),
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

    /// The digest of what many pages have in common: the texts of their templates, their language, `site` and `lang`.
    pub(super) fn ground(&self, rendering: &Rendering<'_>, page: &Page) -> Digest {
        let key = (Arc::clone(&page.template), page.language);
        if let Some(known) = super::lock(&self.grounds).get(&key) {
            return *known;
        }
        let reach = rendering.site.reaches.get(&page.template);
        let mut bytes = Vec::new();
        encode_bytes(page.template.as_bytes(), &mut bytes);
        for file in reach.files() {
            encode_bytes(file.as_bytes(), &mut bytes);
            let text = rendering.templates.text(file);
            encode_bytes(text.unwrap_or_default().as_bytes(), &mut bytes);
        }
        content::encode_only(&self.site, reach.variable("site"), &mut bytes);
        // Numbers, days, links and words follow it without a word of `lang`, and another language may have taken the route.
        let code = &rendering.site.config.languages.get(page.language).code;
        encode_bytes(code.as_bytes(), &mut bytes);
        let language = self.language(page.language);
        content::encode_only(&language, reach.variable("lang"), &mut bytes);
        let ground = digest(&bytes);
        super::lock(&self.grounds).insert(key, ground);
        ground
    }

    /// `lang` of a language.
    pub(super) fn language(&self, id: LangId) -> Value {
        self.languages
            .iter()
            .find(|(own, _)| *own == id)
            .map_or_else(Value::none, |(_, value)| value.clone())
    }
}

/// The variables of a page but for the content that it shows, by their names.
pub(super) struct Frame(pub(super) Vec<(&'static str, Value)>);

/// The frame of one page, as much of it as its template can reach.
pub(super) fn frame(site: &Site, shared: &Shared, page: &Page) -> Frame {
    let reach = site.reaches.get(&page.template);
    // The text of a Markdown file is a template of its own.
    let reached = match page.kind {
        PageKind::Local(_) => &Fields::All,
        _ => reach.variable("page"),
    };
    let mut variables = vec![("page", page_value(site, shared, page, reached))];
    match &page.kind {
        PageKind::List { list, number } => {
            let format = page.other_format();
            let reached = reach.variable("pager");
            variables.push((
                "pager",
                pager(site, shared, (list, *number), format, reached),
            ));
            if let Some((term, taxonomy)) = terms::of_list(site, list, page) {
                variables.push(("term", term));
                variables.push(("taxonomy", taxonomy));
            }
        }
        PageKind::Terms(plan) => {
            variables.push(("terms", Value::from(terms::values(plan))));
            variables.push(("taxonomy", terms::taxonomy_value(site, plan)));
        }
        PageKind::Item { .. } | PageKind::Local(_) | PageKind::Error => {}
    }
    Frame(variables)
}

/// The variables of one page.
pub(super) fn of_page(
    site: &Site,
    shared: &Shared,
    page: &Page,
    Frame(variables): Frame,
) -> Result<Context, BodyError> {
    let reach = site.reaches.get(&page.template);
    let mut context = Context::new();
    context.insert_value("site", shared.site.clone());
    context.insert_value("lang", shared.language(page.language));
    for (name, value) in variables {
        context.insert_value(name, value);
    }
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
            let reached = reach.elements("items");
            let items = list
                .items(*number)
                .iter()
                .map(|&entry| content::with(site, entry, reached));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            if let Some(keys) = list.groups(*number) {
                context.insert_value("groups", groups(keys, &items));
            }
            context.insert_value("items", Value::from(items));
        }
        PageKind::Terms(_) | PageKind::Local(_) | PageKind::Error => {}
    }
    Ok(context)
}

/// `page`; what takes looking for only where it can be reached.
fn page_value(site: &Site, shared: &Shared, page: &Page, reached: &Fields) -> Value {
    let (kind, query, path, date) = match &page.kind {
        PageKind::Item { entry, date } => {
            let entry = site.store.get(*entry);
            let query = Some(&*site.queries.get(entry.query).name);
            (
                "item",
                query,
                entry.path.as_ref().map(crate::aem::FragmentPath::as_str),
                date.clone(),
            )
        }
        PageKind::List { list, .. } => {
            let kind = match list.key {
                ListKey::List(..) => "list",
                ListKey::Term(..) => "term",
            };
            let query = Some(&*site.queries.get(list.query).name);
            (kind, query, None, None)
        }
        PageKind::Terms(plan) => {
            let query = plan.query.map(|query| &*site.queries.get(query).name);
            ("terms", query, None, None)
        }
        PageKind::Local(id) => ("local", None, None, local::date(site, *id)),
        PageKind::Error => ("error", None, None, None),
    };
    let optional = |text: Option<&str>| text.map_or_else(Value::none, Value::from);
    // In another format it still is the page: what it is linked by does not change.
    let own = page;
    let format = Format::of(&page.output).map(Format::extension);
    let page = site.routes.main(page);
    let mut members = Vec::new();
    let is_explained = current::is_explained();
    let mut more = |name, value: &dyn Fn() -> Value| {
        // Templates take an empty map for none, so it has at least its kind.
        if is_explained || name == "kind" || reached.has(name) {
            members.push((name, value()));
        }
    };
    more("url", &|| url(site, &page.route));
    more("permalink", &|| permalink(site, &page.route));
    more("route", &|| Value::from(page.route.as_str()));
    more("kind", &|| Value::from(kind));
    more("query", &|| optional(query));
    more("aem_path", &|| optional(path));
    more("date", &|| date.clone().unwrap_or_else(Value::none));
    more("format", &|| optional(format));
    more("outputs", &|| outputs(site, own));
    more("canonical", &|| translations::canonical(site, page));
    more("fallback", &|| translations::fallback(site, shared, page));
    more("translations", &|| {
        translations::of_page(site, shared, page)
    });
    more("alternates", &|| translations::alternates(site, page));
    more("languages", &|| translations::switcher(site, shared, page));
    match page.kind {
        PageKind::Local(id) => members.extend(local::own_members(site, id)),
        _ => {
            more("title", &Value::none);
            more("toc", &|| Value::from(Vec::<Value>::new()));
        }
    }
    map_of(members)
}

/// A map value from its members, however many.
pub(super) fn map_of(members: Vec<(&'static str, Value)>) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (name.into(), value));
    Value::from(members.collect::<Map>())
}

/// `page.outputs`: the page in all its formats.
fn outputs(site: &Site, page: &Page) -> Value {
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
fn pager(
    site: &Site,
    shared: &Shared,
    (list, number): (&ListPlan, usize),
    format: Option<Format>,
    reached: &Fields,
) -> Value {
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
    if reached.has("pages") {
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
