//! The menus of `site.toml` with the addresses of their pages, and the function `menu()`.
//!
//! They are resolved before the first page is rendered, so that an entry that leads nowhere is known then,
//! whether a page shows the menu or not. Each page marks what leads to it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use tera::{Error, Kwargs, TeraResult, Value};

use super::{Site, context, current, functions, links};
use crate::config::{Config, Label, LangId, MenuEntry, Target};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::i18n::Strings;
use crate::route::Page;
use crate::template_values::map;

/// All menus of a site, by name and language.
#[derive(Default)]
pub struct Menus(OnceLock<HashMap<(String, LangId), Vec<Item>>>);

/// An entry in one language.
struct Item {
    label: String,
    url: Value,
    permalink: Value,
    /// The page it leads to.
    route: Option<Arc<str>>,
    children: Vec<Self>,
}

/// Labels that are strings nobody has written, or that would need arguments.
#[must_use]
pub fn check_menus(config: &Config, strings: &Strings) -> Diagnostics {
    let all: Vec<LangId> = config.languages.iter().map(|(id, _)| id).collect();
    let mut found = Diagnostics::new();
    for entry in config.menus.iter().flat_map(|menu| &menu.entries) {
        check_label(strings, entry, &all, &mut found);
    }
    found
}

fn check_label(
    strings: &Strings,
    entry: &MenuEntry,
    languages: &[LangId],
    found: &mut Diagnostics,
) {
    let served = serving(entry, languages);
    if let Label::String(key, place) = &entry.label {
        for &language in &served {
            let problem = match strings.find(key, language) {
                None => strings.missing(key, language),
                Some(string) if string.plain().is_none() => {
                    format!(
                        "the string `{key}` cannot be a label: it has placeholders or plural forms"
                    )
                }
                Some(_) => continue,
            };
            found.push_merged(Diagnostic::error(Kind::Config, problem).at(place.clone()));
        }
    }
    for child in &entry.children {
        check_label(strings, child, &served, found);
    }
}

fn serving(entry: &MenuEntry, languages: &[LangId]) -> Vec<LangId> {
    let languages = languages.iter().copied();
    languages.filter(|&id| entry.serves(id)).collect()
}

impl Menus {
    /// Finds the page of every entry in every language.
    ///
    /// # Errors
    /// Every entry without one.
    pub(super) fn resolve(&self, site: &Site) -> Result<(), Diagnostics> {
        let all: Vec<LangId> = site.config.languages.iter().map(|(id, _)| id).collect();
        let mut found = Diagnostics::new();
        let mut resolved = HashMap::new();
        for menu in &site.config.menus {
            for entry in &menu.entries {
                check_pages(site, entry, &all, &mut found);
            }
            for &language in &all {
                let items = items(site, &menu.entries, language);
                resolved.insert((menu.name.clone(), language), items);
            }
        }
        if found.has_errors() {
            return Err(found);
        }
        // The first site stays, as with templates.
        let _ = self.0.set(resolved);
        Ok(())
    }
}

fn items(site: &Site, entries: &[MenuEntry], language: LangId) -> Vec<Item> {
    let served = entries.iter().filter(|entry| entry.serves(language));
    served.map(|entry| item(site, entry, language)).collect()
}

fn item(site: &Site, entry: &MenuEntry, language: LangId) -> Item {
    let label = match &entry.label {
        Label::String(key, _) => {
            let string = site.strings.find(key, language);
            string.and_then(|string| string.plain())
        }
        label => label
            .text(&site.config.languages, language)
            .map(str::to_owned),
    };
    let base_url = &site.config.base_url;
    let (url, permalink, route) = match &entry.target {
        Target::None => (Value::none(), Value::none(), None),
        Target::Address(address) if address.starts_with('/') => {
            let (url, permalink) = (base_url.url(address), base_url.permalink(address));
            (Value::from(url), Value::from(permalink), None)
        }
        Target::Address(address) => {
            let address = Value::from(address.as_str());
            (address.clone(), address, None)
        }
        Target::Page(path, _) => match page(site, path, language) {
            None => (Value::none(), Value::none(), None),
            Some((page, anchor)) => {
                let with_anchor = |address: Value| match anchor {
                    "" => address,
                    anchor => Value::from(format!("{address}{anchor}")),
                };
                let url = with_anchor(context::url(site, &page.route));
                let permalink = with_anchor(context::permalink(site, &page.route));
                (url, permalink, Some(page.route.shared()))
            }
        },
    };
    Item {
        label: label.unwrap_or_default(),
        url,
        permalink,
        route,
        children: items(site, &entry.children, language),
    }
}

/// The page a path leads to in a language, and what follows the path.
fn page<'s, 'p>(site: &'s Site, path: &'p str, language: LangId) -> Option<(&'s Page, &'p str)> {
    let end = path.find(['#', '?']).unwrap_or(path.len());
    let (bare, anchor) = path.split_at(end);
    Some((links::at(site, bare, language)?, anchor))
}

fn check_pages(site: &Site, entry: &MenuEntry, languages: &[LangId], found: &mut Diagnostics) {
    let served = serving(entry, languages);
    if let Target::Page(path, place) = &entry.target {
        let lacks = |language: &LangId| page(site, path, *language).is_none();
        let lacking: Vec<LangId> = served.iter().copied().filter(lacks).collect();
        if !lacking.is_empty() {
            let everywhere = lacking.len() == served.len();
            found.push(no_page(site, path, place, &lacking, everywhere));
        }
    }
    for child in &entry.children {
        check_pages(site, child, &served, found);
    }
}

fn no_page(
    site: &Site,
    path: &str,
    place: &Location,
    lacking: &[LangId],
    everywhere: bool,
) -> Diagnostic {
    let code = |&id: &LangId| format!("`{}`", site.config.languages.get(id).code);
    let codes: Vec<String> = lacking.iter().map(code).collect();
    let (of, help) = if everywhere {
        let routes = site.routes.pages().iter().map(|page| page.route.as_str());
        let near = closest(path, routes).map(|near| format!("did you mean `{near}`?"));
        (String::new(), near)
    } else {
        let help = "say which languages have the entry: `languages = [\"…\"]`";
        (format!(" in {}", codes.join(", ")), Some(help.to_owned()))
    };
    let message = format!("a menu leads to `{path}`, where the site has no page{of}");
    Diagnostic::error(Kind::Content, message)
        .at(place.clone())
        .maybe_help(help)
}

/// `menu(name=, lang=)`: the entries of a menu, with those that lead to this page marked.
pub(super) fn menu(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    functions::check_arguments("menu", kwargs, &["name", "lang"])?;
    let name = functions::text("menu", kwargs, "name")?;
    let language = functions::language(site, kwargs)?;
    let menus = site.menus.0.get();
    let items = menus.and_then(|menus| menus.get(&(name.to_owned(), language)));
    let Some(items) = items else {
        return Err(Error::message(unknown(site, name)));
    };
    let here = current::route();
    Ok(Value::from(values(site, items, here.as_deref())))
}

fn unknown(site: &Site, name: &str) -> String {
    let names: Vec<&str> = site
        .config
        .menus
        .iter()
        .map(|menu| menu.name.as_str())
        .collect();
    let help = match closest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "site.toml has no `[menus]`".to_owned(),
        None => format!("they are {}", names.join(", ")),
    };
    format!("there is no menu `{name}`; {help}")
}

fn values(site: &Site, items: &[Item], here: Option<&str>) -> Vec<Value> {
    items.iter().map(|item| value(site, item, here).0).collect()
}

/// An entry, and whether it or one below it leads to the page or to what the page lies in.
fn value(site: &Site, item: &Item, here: Option<&str>) -> (Value, bool) {
    let below: Vec<(Value, bool)> = item
        .children
        .iter()
        .map(|child| value(site, child, here))
        .collect();
    let current = here.is_some() && item.route.as_deref() == here;
    let active = current || below.iter().any(|(_, active)| *active) || contains(site, item, here);
    let children: Vec<Value> = below.into_iter().map(|(value, _)| value).collect();
    let value = map([
        ("label", Value::from(item.label.as_str())),
        ("url", item.url.clone()),
        ("permalink", item.permalink.clone()),
        ("current", Value::from(current)),
        ("active", Value::from(active)),
        ("children", Value::from(children)),
    ]);
    (value, active)
}

/// Whether the page's route lies below the entry's. A front page does not count: all lies below it.
fn contains(site: &Site, item: &Item, here: Option<&str>) -> bool {
    let (Some(route), Some(here)) = (item.route.as_deref(), here) else {
        return false;
    };
    let languages = &site.config.languages;
    let is_front = || {
        languages
            .iter()
            .any(|(id, _)| languages.route(id, "/") == route)
    };
    route.ends_with('/') && here.starts_with(route) && !is_front()
}
