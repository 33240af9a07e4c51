//! One page in the site's other languages: what a page shows visitors, search engines and its language
//! switcher.
//!
//! Three lists answer three questions. `page.translations` has where to read the same, be it in the
//! fallback's words. `page.alternates` has what search engines may take for translations of each other: it
//! is the same list on each of them, and content that stands in is none. `page.languages` has where each
//! language of the site can be entered from here, so that a switcher never leads to nothing.

use tera::Value;

use super::Site;
use super::context::{Shared, permalink, url};
use crate::config::LangId;
use crate::route::{ListPlan, Page, PageKind};
use crate::template_values::map;

/// The same page in another language.
struct Counterpart<'s> {
    page: &'s Page,
    /// Whether it is this page's translation word for word; a list with fewer pages is not.
    exact: bool,
}

/// `page.translations`: the page in other languages, in the order of the configuration.
pub(super) fn of_page(site: &Site, shared: &Shared, page: &Page) -> Value {
    let others = site.config.languages.iter();
    let translation = |(id, _)| {
        let found = counterpart(site, page, id).filter(|_| id != page.language)?;
        Some(link(site, shared, id, found.page, Vec::new()))
    };
    Value::from(others.filter_map(translation).collect::<Vec<_>>())
}

/// `page.canonical`: the page that search engines should know instead. Of an item that stands in, the one
/// in its own language.
pub(super) fn canonical(site: &Site, page: &Page) -> Value {
    let original = original(site, page).map(|(_, page)| page);
    permalink(site, &original.unwrap_or(page).route)
}

/// `page.fallback`: the language of an item that stands in for what the page's own lacks, with the
/// item's page there.
pub(super) fn fallback(site: &Site, shared: &Shared, page: &Page) -> Value {
    original(site, page).map_or_else(Value::none, |(own, original)| {
        link(site, shared, own, original, Vec::new())
    })
}

/// The own language of an item that stands in, and its page in that language; the page itself where
/// there is none.
fn original<'s>(site: &'s Site, page: &'s Page) -> Option<(LangId, &'s Page)> {
    let (entry, own) = page.stand_in(&site.store)?;
    Some((own, site.routes.of_entry(entry, own).unwrap_or(page)))
}

/// `page.alternates`: what belongs into `<link rel="alternate" hreflang>`, the page itself among them.
/// Empty where there is nothing to choose from.
pub(super) fn alternates(site: &Site, page: &Page) -> Value {
    if page.stand_in(&site.store).is_some() {
        return Value::from(Vec::<Value>::new());
    }
    let alternate = |hreflang: &str, page: &Page| {
        map([
            ("hreflang", Value::from(hreflang)),
            ("url", permalink(site, &page.route)),
        ])
    };
    let (mut list, mut default) = (Vec::new(), None);
    for (id, language) in site.config.languages.iter() {
        let found = counterpart(site, page, id).filter(|found| {
            let stands_in = found.page.stand_in(&site.store).is_some();
            found.exact && !stands_in
        });
        let Some(found) = found else { continue };
        list.push(alternate(&language.code, found.page));
        if id == site.config.languages.default_id() {
            default = Some(alternate("x-default", found.page));
        }
    }
    if list.len() < 2 {
        list.clear();
    } else {
        list.extend(default);
    }
    Value::from(list)
}

/// `page.languages`: every language of the site with this page in it, or else its front page. A language
/// that has neither is left out.
pub(super) fn switcher(site: &Site, shared: &Shared, page: &Page) -> Value {
    let languages = site.config.languages.iter();
    let entry = |(id, _)| {
        let translation = counterpart(site, page, id).map(|found| found.page);
        let front = || site.routes.at(&site.config.languages.route(id, "/"));
        let current = id == page.language;
        let own = current.then_some(page);
        let target = own.or(translation).or_else(front)?;
        let more = vec![
            ("current", Value::from(current)),
            ("translated", Value::from(current || translation.is_some())),
        ];
        Some(link(site, shared, id, target, more))
    };
    Value::from(languages.filter_map(entry).collect::<Vec<_>>())
}

/// A language as `lang` is, but with the address of a page in it.
fn link(
    site: &Site,
    shared: &Shared,
    language: LangId,
    page: &Page,
    more: Vec<(&'static str, Value)>,
) -> Value {
    let mut map = shared.language(language).into_map().unwrap_or_default();
    let stands_in = page.stand_in(&site.store).is_some();
    let own = [
        ("url", url(site, &page.route)),
        ("permalink", permalink(site, &page.route)),
        ("fallback", Value::from(stands_in)),
    ];
    for (name, value) in own.into_iter().chain(more) {
        map.insert(name.into(), value);
    }
    Value::from(map)
}

/// The page in a language, which may be its own.
fn counterpart<'s>(site: &'s Site, page: &Page, language: LangId) -> Option<Counterpart<'s>> {
    match &page.kind {
        PageKind::Item { entry, .. } => {
            let entry = site.store.counterpart(*entry, language)?;
            let page = site.routes.of_entry(entry, language)?;
            Some(Counterpart { page, exact: true })
        }
        PageKind::List { list, number } => of_list(site, list, *number, language),
        PageKind::Terms(plan) => {
            let other = site.routes.taxonomy(&plan.name, language)?;
            let page = site.routes.at(other.index.as_ref()?.as_str())?;
            Some(Counterpart { page, exact: true })
        }
        PageKind::Local(id) => {
            let other = site.local.counterpart(*id, language)?;
            let page = site.routes.of_local(other)?;
            Some(Counterpart { page, exact: true })
        }
        PageKind::Error => None,
    }
}

/// The page of the same number, or the first where the other language has fewer.
fn of_list<'s>(
    site: &'s Site,
    list: &ListPlan,
    number: usize,
    language: LangId,
) -> Option<Counterpart<'s>> {
    let first = site.routes.of_list(&list.key, language)?;
    let PageKind::List { list: other, .. } = &first.kind else {
        return None;
    };
    let route = other.routes.get(number - 1);
    let numbered = route.and_then(|route| site.routes.at(route.as_str()));
    Some(Counterpart {
        page: numbered.unwrap_or(first),
        exact: numbered.is_some(),
    })
}
