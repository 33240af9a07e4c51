//! `page`: what templates know of the page itself.
//!
//! Part of the contract in `docs/templates.md`.

use tera::Value;

use super::context::{Shared, map_of, outputs, permalink, url};
use super::{Site, current, local, translations};
use crate::aem::FragmentPath;
use crate::artifact::Format;
use crate::expression::Fields;
use crate::query::QueryId;
use crate::route::{ListKey, Page, PageKind};
use crate::value::{encode, encode_bytes};

/// A page, of which something is asked.
struct About<'a> {
    site: &'a Site,
    shared: &'a Shared,
    page: &'a Page,
    /// In another format it still is the page: what it is linked by does not change.
    main: &'a Page,
}

/// What a member of `page` follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The page's routes, its file and its kind, and the address of the site.
    Place,
    /// Something else.
    Site,
}

/// A member of `page`.
struct Member {
    name: &'static str,
    origin: Origin,
    value: fn(&About<'_>) -> Value,
}

/// What `page` has on every page.
static MEMBERS: [Member; 14] = [
    of_place("url", |about| url(about.site, &about.main.route)),
    of_place("permalink", |about| {
        permalink(about.site, &about.main.route)
    }),
    of_place("route", |about| Value::from(about.main.route.as_str())),
    of_place("kind", |about| Value::from(kind(about.page))),
    of_site("query", |about| optional(query(about))),
    of_site("aem_path", |about| optional(aem_path(about))),
    of_site("date", |about| date(about).unwrap_or_else(Value::none)),
    of_place("format", |about| {
        optional(Format::of(&about.page.output).map(Format::extension))
    }),
    of_site("outputs", |about| outputs(about.site, about.page)),
    of_site("canonical", |about| {
        translations::canonical(about.site, about.main)
    }),
    of_site("fallback", |about| {
        translations::fallback(about.site, about.shared, about.main)
    }),
    of_site("translations", |about| {
        translations::of_page(about.site, about.shared, about.main)
    }),
    of_site("alternates", |about| {
        translations::alternates(about.site, about.main)
    }),
    of_site("languages", |about| {
        translations::switcher(about.site, about.shared, about.main)
    }),
];

/// What it has of a text where there is none, so that templates can ask for it.
static EMPTY: [Member; 2] = [
    of_place("title", |_| Value::none()),
    of_place("toc", |_| Value::from(Vec::<Value>::new())),
];

const fn of_place(name: &'static str, value: fn(&About<'_>) -> Value) -> Member {
    let origin = Origin::Place;
    Member {
        name,
        origin,
        value,
    }
}

const fn of_site(name: &'static str, value: fn(&About<'_>) -> Value) -> Member {
    let origin = Origin::Site;
    Member {
        name,
        origin,
        value,
    }
}

/// The members of `page` that a template can reach.
pub(super) struct Reached {
    shown: Vec<&'static Member>,
    /// Those that do not follow from what is compared in any case.
    compared: Vec<&'static Member>,
}

impl Reached {
    pub(super) fn of(fields: &Fields) -> Self {
        // Templates take an empty map for none, so it has at least its kind.
        let is_shown = |member: &&Member| member.name == "kind" || fields.has(member.name);
        let shown = MEMBERS.iter().chain(&EMPTY).filter(is_shown);
        let shown: Vec<&'static Member> = shown.collect();
        let is_compared = |member: &&Member| member.origin == Origin::Site;
        let compared = shown.iter().copied().filter(is_compared).collect();
        Self { shown, compared }
    }

    /// `page`; what takes looking for only where it can be reached.
    pub(super) fn value(&self, site: &Site, shared: &Shared, page: &Page) -> Value {
        let about = About::new(site, shared, page);
        let value = |member: &Member| (member.name, (member.value)(&about));
        let members = match page.kind {
            // The text of a Markdown file is a template of its own.
            PageKind::Local(id) => {
                let own = local::own_members(site, id);
                MEMBERS.iter().map(value).chain(own).collect()
            }
            _ if current::is_explained() => MEMBERS.iter().chain(&EMPTY).map(value).collect(),
            _ => self.shown.iter().copied().map(value).collect(),
        };
        map_of(members)
    }

    /// Appends what can make a difference to a page besides its routes and its file.
    pub(super) fn encode(&self, site: &Site, shared: &Shared, page: &Page, out: &mut Vec<u8>) {
        encode_bytes(kind(page).as_bytes(), out);
        if !self.compared.is_empty() {
            let about = About::new(site, shared, page);
            let values = self.compared.iter().map(|member| (member.value)(&about));
            values.for_each(|value| encode(&value, out));
        }
    }

    /// Appends whose values these are.
    pub(super) fn encode_names(&self, out: &mut Vec<u8>) {
        let names = self.compared.iter().map(|member| member.name.as_bytes());
        names.for_each(|name| encode_bytes(name, out));
        encode_bytes(b"", out);
    }
}

impl<'a> About<'a> {
    fn new(site: &'a Site, shared: &'a Shared, page: &'a Page) -> Self {
        Self {
            site,
            shared,
            page,
            main: site.routes.main(page),
        }
    }
}

fn optional(text: Option<&str>) -> Value {
    text.map_or_else(Value::none, Value::from)
}

fn kind(page: &Page) -> &'static str {
    match &page.kind {
        PageKind::Item { .. } => "item",
        PageKind::List { list, .. } => match list.key {
            ListKey::List(..) => "list",
            ListKey::Term(..) => "term",
        },
        PageKind::Terms(_) => "terms",
        PageKind::Local(_) => "local",
        PageKind::Error => "error",
    }
}

/// The name of the definition that describes the page.
fn query<'a>(about: &About<'a>) -> Option<&'a str> {
    let query: QueryId = match &about.page.kind {
        PageKind::Item { entry, .. } => about.site.store.get(*entry).query,
        PageKind::List { list, .. } => list.query,
        PageKind::Terms(plan) => plan.query?,
        PageKind::Local(_) | PageKind::Error => return None,
    };
    Some(&about.site.queries.get(query).name)
}

fn aem_path<'a>(about: &About<'a>) -> Option<&'a str> {
    let PageKind::Item { entry, .. } = &about.page.kind else {
        return None;
    };
    let path = about.site.store.get(*entry).path.as_ref();
    path.map(FragmentPath::as_str)
}

fn date(about: &About<'_>) -> Option<Value> {
    match &about.page.kind {
        PageKind::Item { date, .. } => date.clone(),
        PageKind::Local(id) => local::date(about.site, *id),
        PageKind::List { .. } | PageKind::Terms(_) | PageKind::Error => None,
    }
}
