//! Where a fragment leads in a language, and what it is there.
//!
//! `url()`, `fragment()` and everything else that follows a path agree because they ask here. A path names
//! a fragment; what a page shows of it is the fragment's counterpart in the page's own language, or what
//! stands in for it there. Only where there is neither, or no page of it, it is the fragment itself.

use super::Site;
use crate::config::LangId;
use crate::route::Page;
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
