//! The function `pages()`, and local pages by the names of their files.

use std::cmp::Ordering;

use tera::{Error, Kwargs, TeraResult, Value};

use super::{Site, context, functions, local};
use crate::config::LangId;
use crate::diag::closest;
use crate::expression::{Borrowed, SortOrder};
use crate::local::{FOLDER, LocalId, LocalPage};
use crate::route::Page;

/// Whether a path is one of a Markdown file, rather than one of AEM's or of the site.
pub(super) fn is_path(path: &str) -> bool {
    let rest = path.strip_prefix(FOLDER);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// The page of a Markdown file in a language, or else the file's own.
pub(super) fn page_of(site: &Site, id: LocalId, language: LangId) -> Option<&Page> {
    let shown = site.local.counterpart(id, language).unwrap_or(id);
    site.routes.of_local(shown)
}

/// Where the page of a Markdown file is: `content/about.md#anchor`.
pub(super) fn url(site: &Site, path: &str, language: LangId, optional: bool) -> TeraResult<Value> {
    let (file, anchor) = path.split_at(path.find('#').unwrap_or(path.len()));
    let id = site.local.find(file);
    let Some(page) = id.and_then(|id| page_of(site, id, language)) else {
        if optional {
            return Ok(Value::none());
        }
        return Err(Error::message(missing(site, file)));
    };
    let url = context::url(site, &page.route);
    let url = url.as_str().unwrap_or_default();
    Ok(Value::from(format!("{url}{anchor}")))
}

/// A sentence about a Markdown file that is not there.
pub(super) fn missing(site: &Site, file: &str) -> String {
    if site.local.is_draft(file) {
        return format!("`{file}` is a draft, which has no page");
    }
    match closest(file, site.local.files()) {
        Some(near) => format!("there is no file `{file}`; did you mean `{near}`?"),
        None => format!("there is no file `{file}`"),
    }
}

/// `pages(folder=, sort=, limit=, lang=)`: the local pages of a folder in one language.
pub(super) fn pages(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    functions::check_arguments("pages", kwargs, &["folder", "sort", "limit", "lang"])?;
    let folder = folder(site, functions::text("pages", kwargs, "folder")?)?;
    let language = functions::language(site, kwargs)?;
    let order = kwargs.get::<&str>("sort")?.map(SortOrder::parse);
    let order = order
        .transpose()
        .map_err(|why| Error::message(format!("`sort` of `pages()` cannot be used: {why}")))?;
    let limit = kwargs.get::<u64>("limit")?;
    let limit = limit.and_then(|n| usize::try_from(n).ok());
    let mut found: Vec<(LocalId, &LocalPage)> = site
        .local
        .iter()
        .filter(|(_, page)| page.place.language == language && page.place.section() == Some(folder))
        .collect();
    found.sort_by(|(_, a), (_, b)| in_order(a, b));
    let entries = found.into_iter().filter_map(|(id, _)| {
        let page = site.routes.of_local(id)?;
        Some(local::entry(site, id, page))
    });
    let mut entries: Vec<Value> = entries.collect();
    if let Some(order) = order {
        entries = sorted(entries, &order)?;
    }
    entries.truncate(limit.unwrap_or(usize::MAX));
    Ok(Value::from(entries))
}

/// A folder as it is known: with `content/` before it or without.
fn folder<'k>(site: &Site, name: &'k str) -> TeraResult<&'k str> {
    let bare = name.trim_matches('/');
    let inside = bare.strip_prefix(FOLDER).unwrap_or(bare);
    let inside = if inside.starts_with('/') || inside.is_empty() {
        inside.trim_start_matches('/')
    } else {
        bare
    };
    if site.local.folders().contains(inside) {
        return Ok(inside);
    }
    let folders = site.local.folders().iter().map(String::as_str);
    Err(Error::message(match closest(inside, folders) {
        Some(near) => {
            format!("there is no folder `{FOLDER}/{inside}`; did you mean `{FOLDER}/{near}`?")
        }
        None => format!("there is no folder `{FOLDER}/{inside}` with Markdown files"),
    }))
}

/// By weight, those without one last; then the newest first; then by title and file.
fn in_order(a: &LocalPage, b: &LocalPage) -> Ordering {
    let weight = |page: &LocalPage| page.front.weight.unwrap_or(u64::MAX);
    weight(a)
        .cmp(&weight(b))
        .then_with(|| b.front.date.cmp(&a.front.date))
        .then_with(|| a.front.title.cmp(&b.front.title))
        .then_with(|| a.file.name.cmp(&b.file.name))
}

/// Sorted as lists are; equal ones stay in the order they have without.
fn sorted(entries: Vec<Value>, order: &SortOrder) -> TeraResult<Vec<Value>> {
    let mut keyed = Vec::with_capacity(entries.len());
    for entry in entries {
        let ranks = order.ranks(&Borrowed::default().with("item", &entry));
        let ranks = ranks
            .map_err(|why| Error::message(format!("`sort` of `pages()` cannot be used: {why}")))?;
        keyed.push((ranks, entry));
    }
    keyed.sort_by(|(a, _), (b, _)| order.compare(a, b));
    Ok(keyed.into_iter().map(|(_, entry)| entry).collect())
}
