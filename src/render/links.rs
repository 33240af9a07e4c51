//! Where a fragment leads in a language, and what it is there; and where any other link of content leads.
//!
//! `url()`, `fragment()`, rich text and everything else that follows a path agree because they ask here. A
//! path names a fragment; what a page shows of it is the fragment's counterpart in the page's own language,
//! or what stands in for it there. Only where there is neither, or no page of it, it is the fragment itself.

use percent_encoding::percent_decode_str;
use url::Url;

use super::Site;
use crate::aem::AssetPath;
use crate::config::LangId;
use crate::rich_text::{Address, Hint, Link};
use crate::route::{Page, encode_path};
use crate::store::EntryId;

/// What a fragment is in a language, the best first: those the language shows before others, and among
/// them those that have a page. Variations have to be asked for in other ways.
pub(super) fn entries(site: &Site, path: &str, language: LangId) -> Vec<EntryId> {
    let mut found: Vec<EntryId> = Vec::new();
    for &entry in site.store.at_or_behind(path) {
        if site.store.get(entry).variation.is_none() {
            // The fragment itself comes after its counterpart, which may have been denied a page.
            let shown = site.store.counterpart(entry, language);
            for candidate in shown.into_iter().chain([entry]) {
                if !found.contains(&candidate) {
                    found.push(candidate);
                }
            }
        }
    }
    found.sort_by_key(|&entry| {
        let shown = site.store.counterpart(entry, language) == Some(entry);
        (!shown, page_of(site, entry, language).is_none())
    });
    found
}

/// The page a path to a fragment leads to.
pub(super) fn page<'s>(site: &'s Site, path: &str, language: LangId) -> Option<&'s Page> {
    entries(site, path, language)
        .into_iter()
        .find_map(|entry| page_of(site, entry, language))
}

/// The page at a path: that of a fragment, or the one at a route in the language, or else at the route as
/// it stands.
pub(super) fn at<'s>(site: &'s Site, path: &str, language: LangId) -> Option<&'s Page> {
    if path.starts_with("/content/") {
        return page(site, path, language);
    }
    let prefixed = site.config.languages.route(language, path);
    site.routes.at(&prefixed).or_else(|| site.routes.at(path))
}

/// The page of an entry in a language, or else the one in its own.
fn page_of(site: &Site, entry: EntryId, language: LangId) -> Option<&Page> {
    let own = site.store.get(entry).language;
    let here = site.routes.of_entry(entry, language);
    here.or_else(|| site.routes.of_entry(entry, own))
}

/// Where a link in content leads.
pub(super) enum Destination<'s> {
    /// A page of this site.
    Page {
        /// The page.
        page: &'s Page,
        /// What follows its address: `?query#anchor`.
        suffix: String,
        /// The path of the fragment whose page it is, where the link is one to a fragment.
        fragment: Option<String>,
    },
    /// A file that AEM has.
    Asset(AssetPath, String),
    /// A fragment that has no page, by its path.
    Fragment(String),
    /// A page of AEM's for which there is no rule, by its path.
    Unmapped(String),
    /// A page of AEM's that a rule leads to a path of this site where no page is.
    Astray {
        /// The page of AEM's.
        path: String,
        /// The path on this site, with what follows it.
        route: String,
    },
    /// An address of the web, of mail and so on.
    Outside(String),
    /// A place in the same page, or a path on this site that is left as it is.
    Here(String),
    /// Nothing that a page may lead to.
    Refused,
}

/// Every host of AEM's that the site knows of: people copy addresses from all of them.
pub(super) fn hosts(site: &Site) -> impl Iterator<Item = &Url> {
    site.config.aem.hosts.iter().map(|(_, host)| host)
}

/// Where a link in the content of a page leads.
pub(super) fn destination<'s>(site: &'s Site, link: &Link, language: LangId) -> Destination<'s> {
    let Some(address) = Address::of_link(&link.href) else {
        return Destination::Refused;
    };
    match address.below(hosts(site)) {
        Address::Content { path, suffix } if path.starts_with("/content/dam/") => {
            in_the_dam(site, path, suffix, link.hint, language)
        }
        Address::Content { path, suffix } => of_aem(site, path, &suffix),
        Address::Absolute(address) => Destination::Outside(address),
        Address::Anchor(address) => Destination::Here(address),
        Address::Local(address) => match at_address(site, &address) {
            Some((page, suffix)) => Destination::Page {
                page,
                suffix,
                fragment: None,
            },
            None => Destination::Here(address),
        },
    }
}

/// Fragments and assets have the same kind of path, and only JSON says which is meant: what a query
/// brought is a fragment, and of the rest what has an extension is a file.
fn in_the_dam(
    site: &Site,
    path: String,
    suffix: String,
    hint: Hint,
    language: LangId,
) -> Destination<'_> {
    // AEM's editor takes what it does not know for a page.
    let bare = path.strip_suffix(".html").unwrap_or(&path);
    let found = page(site, &path, language).or_else(|| page(site, bare, language));
    if let Some(page) = found.filter(|_| hint != Hint::Asset) {
        return Destination::Page {
            page,
            suffix,
            fragment: Some(bare.to_owned()),
        };
    }
    let is_known = || !site.store.at_or_behind(bare).is_empty();
    let is_asset = match hint {
        Hint::Asset => true,
        Hint::Fragment => false,
        Hint::None => has_extension(bare) && !is_known(),
    };
    if !is_asset {
        return Destination::Fragment(bare.to_owned());
    }
    AssetPath::parse(&path).map_or(Destination::Refused, |path| {
        Destination::Asset(path, suffix)
    })
}

fn has_extension(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=5).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

/// Where one of AEM's own pages is. `path` is decoded, and encoded again where no page has a route for it.
pub(super) fn of_aem<'s>(site: &'s Site, path: String, suffix: &str) -> Destination<'s> {
    let Some((target, rest)) = site.config.links.map(&path) else {
        return Destination::Unmapped(path);
    };
    let encoded = || format!("{target}{}{suffix}", encode_path(rest));
    if target.contains("://") {
        return Destination::Outside(encoded());
    }
    let route = format!("{target}{rest}");
    let html = format!("{route}.html");
    let found = site.routes.at(&route).or_else(|| site.routes.at(&html));
    match found {
        Some(page) => Destination::Page {
            page,
            suffix: suffix.to_owned(),
            fragment: None,
        },
        None => Destination::Astray {
            route: encoded(),
            path,
        },
    }
}

/// The page at an address on this site, which is percent-encoded and has the path of the site before it.
fn at_address<'s>(site: &'s Site, address: &str) -> Option<(&'s Page, String)> {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (path, suffix) = address.split_at(end);
    let route = percent_decode_str(path).decode_utf8().ok()?;
    let page = site.routes.at(&route).filter(|_| route.starts_with('/'))?;
    Some((page, suffix.to_owned()))
}
