//! Who links here: the links in rich text, turned round.
//!
//! It takes reading all rich text of all pages, so it is done only where a template asks, and before the
//! first page is rendered: the answer must not depend on which pages were. A link counts where it leads in
//! the language of its own page, so that each language has backlinks of its own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use tera::value::Key;
use tera::{Error, Kwargs, TeraResult, Value};

use super::links::{self, Destination};
use super::{Site, content, context, current, functions};
use crate::aem::FragmentPath;
use crate::reach::Reach;
use crate::rich_text::{Link, RichText};
use crate::route::{Page, PageKind};
use crate::store::BodyError;
use crate::template_values::map;

/// What templates ask with; where the word stands in none, nothing needs to be known.
pub(super) const FUNCTION: &str = "backlinks";

/// The pages that link to each page, by its route.
#[derive(Debug, Default)]
pub struct Backlinks(OnceLock<Result<Turned, BodyError>>);

type Turned = HashMap<Arc<str>, Vec<usize>>;

impl Backlinks {
    /// Reads the rich text of every page, unless that was done before.
    ///
    /// # Errors
    /// When an item cannot be read.
    pub(super) fn find(&self, site: &Site) -> Result<(), BodyError> {
        let turned = self.0.get_or_init(|| turned(site));
        turned.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// The pages that link to a page, in the order of all pages.
    fn of<'s>(&self, site: &'s Site, page: &Page) -> impl Iterator<Item = &'s Page> {
        let all = self.0.get().and_then(|all| all.as_ref().ok());
        let found = all.and_then(|all| all.get(page.route.as_str()));
        let places = found.map_or(&[][..], Vec::as_slice);
        let places = places.to_vec();
        places.into_iter().map(|place| &site.routes.pages()[place])
    }
}

fn turned(site: &Site) -> Result<Turned, BodyError> {
    let pages = site.routes.pages();
    let targets: Vec<BTreeSet<Arc<str>>> = pages
        .par_iter()
        .map(|page| targets(site, page))
        .collect::<Result<_, _>>()?;
    let mut turned = Turned::new();
    for (from, targets) in targets.into_iter().enumerate() {
        for target in targets {
            turned.entry(target).or_default().push(from);
        }
    }
    Ok(turned)
}

/// The routes that the rich text of a page's item leads to.
fn targets(site: &Site, page: &Page) -> Result<BTreeSet<Arc<str>>, BodyError> {
    let PageKind::Item { entry, .. } = &page.kind else {
        return Ok(BTreeSet::new());
    };
    // In its other formats it is the same page.
    if !page.is_main() {
        return Ok(BTreeSet::new());
    }
    let item = site.store.value(*entry)?;
    let mut routes = BTreeSet::new();
    scan(&item, &mut |link| {
        if let Destination::Page { page: target, .. } =
            links::destination(site, link, page.language)
            && target.route != page.route
        {
            routes.insert(target.route.shared());
        }
    });
    Ok(routes)
}

/// Hands over every link in the rich text of an item. What it has of other fragments is theirs.
fn scan(value: &Value, hear: &mut dyn FnMut(&Link)) {
    if let Some(members) = value.as_map() {
        let member = |name: &'static str| members.get(&Key::Str(name)).filter(|v| !v.is_none());
        // One form of a field is enough.
        let form = member("json")
            .filter(|json| is_nodes(json))
            .or_else(|| member("html").filter(|html| html.is_string()));
        if let Some(form) = form {
            return scan(form, hear);
        }
        for (_, member) in members {
            let is_fragment = ["_path", "path"].iter().any(|name| {
                member
                    .as_map()
                    .is_some_and(|m| m.contains_key(&Key::Str(name)))
            });
            if !is_fragment {
                scan(member, hear);
            }
        }
    } else if is_nodes(value) {
        RichText::from_json(value)
            .links()
            .into_iter()
            .for_each(hear);
    } else if let Some(list) = value.as_array() {
        for member in list {
            let is_fragment = member
                .as_map()
                .is_some_and(|members| members.contains_key(&Key::Str("_path")));
            if !is_fragment {
                scan(member, hear);
            }
        }
    } else if let Some(text) = value.as_str()
        && text.contains("href")
    {
        RichText::from_html(text).links().into_iter().for_each(hear);
    }
}

/// Whether a value is the JSON of a rich text.
fn is_nodes(value: &Value) -> bool {
    let first = value.as_array().and_then(<[Value]>::first);
    let members = first.and_then(Value::as_map);
    members.is_some_and(|members| members.contains_key(&Key::Str("nodeType")))
}

/// `backlinks(path=, query=, lang=)`: the pages whose rich text links to a page, this one where no path is
/// given.
pub(super) fn function(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    functions::check_arguments(FUNCTION, kwargs, &["path", "query", "lang"])?;
    let language = functions::language(site, kwargs)?;
    let query = kwargs
        .get::<&str>("query")?
        .map(|name| functions::find_query(site, name))
        .transpose()?;
    let page = match kwargs.get::<&str>("path")? {
        Some(path) => links::at(site, path, language),
        None => current_page(site),
    };
    let Some(page) = page else {
        return Ok(Value::from(Vec::<Value>::new()));
    };
    let reached = content::reached(site, Reach::fragment);
    let mut list = Vec::new();
    for from in site.backlinks.of(site, page) {
        let PageKind::Item { entry, .. } = &from.kind else {
            continue;
        };
        let own = site.store.get(*entry);
        if query.is_some_and(|query| own.query != query) {
            continue;
        }
        let path = own.path.as_ref().map(FragmentPath::as_str);
        list.push(map([
            ("url", context::url(site, &from.route)),
            ("permalink", context::permalink(site, &from.route)),
            ("query", Value::from(&*site.queries.get(own.query).name)),
            ("aem_path", path.map_or_else(Value::none, Value::from)),
            (
                "item",
                content::only(site, *entry, &reached).map_err(Error::message)?,
            ),
        ]));
    }
    Ok(Value::from(list))
}

fn current_page(site: &Site) -> Option<&Page> {
    site.routes.at(&current::route()?)
}
