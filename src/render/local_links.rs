//! Links and images of Markdown files: where they lead, and whether that is there.
//!
//! All are looked at before the first page is rendered. Whether a page has the anchor that a link names is
//! known when that page is: so it does not matter whether Markdown, a template or AEM made it. What only
//! the site's own files can break is an error, and what AEM's content can break a warning, but for links
//! that would lead into its repository.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;
use tera::Value;

use super::links::{self, Destination};
use super::{Site, context, functions, local_pages, lock};
use crate::aem::AssetPath;
use crate::artifact::OutputPath;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, Severity, closest};
use crate::local::{FOLDER, Link, LinkKind, LocalId, LocalPage};
use crate::rich_text::{self, Address};
use crate::route::{Page, encode_path};

/// The links of all Markdown files.
#[derive(Default)]
pub(super) struct LocalLinks {
    links: HashMap<LocalId, Vec<Resolved>>,
    /// The anchors that links name, by the route of the page that should have them.
    wanted: HashMap<Arc<str>, Vec<Wanted>>,
    /// By file and place.
    problems: Mutex<BTreeMap<(String, usize), Diagnostic>>,
}

/// Where a link leads.
enum Resolved {
    /// To an address.
    Url(String),
    /// To a file of AEM's, with what follows its address.
    Asset(AssetPath, String),
}

/// An anchor that some link names.
struct Wanted {
    anchor: String,
    link: (String, usize),
    place: Location,
    severity: Severity,
}

/// Why a link is none.
struct Trouble {
    severity: Severity,
    message: String,
    help: Option<String>,
    /// What stands in the page all the same, where the build goes on.
    url: String,
}

impl Trouble {
    fn error(message: impl Into<String>, help: Option<&str>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            help: help.map(str::to_owned),
            url: String::new(),
        }
    }
}

/// A link that leads somewhere, and the page that has to have its anchor.
struct Found<'s> {
    resolved: Resolved,
    page: Option<&'s Page>,
    suffix: String,
}

impl<'s> Found<'s> {
    fn page(site: &Site, page: &'s Page, suffix: &str) -> Self {
        let url = context::url(site, &page.route);
        let url = url.as_str().unwrap_or_default();
        Self {
            resolved: Resolved::Url(format!("{url}{suffix}")),
            page: Some(page),
            suffix: suffix.to_owned(),
        }
    }

    fn url(url: String) -> Self {
        Self {
            resolved: Resolved::Url(url),
            page: None,
            suffix: String::new(),
        }
    }

    fn asset(path: AssetPath, suffix: String) -> Self {
        Self {
            resolved: Resolved::Asset(path, suffix),
            page: None,
            suffix: String::new(),
        }
    }
}

impl LocalLinks {
    /// Looks at the links of all files.
    pub(super) fn find(site: &Site) -> Self {
        let mut all = Self::default();
        for (id, local) in site.local.iter() {
            let Some(page) = site.routes.of_local(id) else {
                continue;
            };
            let from = From { site, local, page };
            let links = local.body.links.iter();
            let links = links.map(|link| all.take(&from, link)).collect();
            all.links.insert(id, links);
        }
        all
    }

    fn take(&mut self, from: &From<'_>, link: &Link) -> Resolved {
        let key = (from.local.file.name.clone(), link.span.start);
        let place = from.local.file.at(link.span.clone());
        match from.resolve(link) {
            Ok(found) => {
                if let (Some(page), Some(anchor)) = (found.page, anchor(&found.suffix)) {
                    let is_local = matches!(page.kind, crate::route::PageKind::Local(_));
                    let severity = if is_local {
                        Severity::Error
                    } else {
                        Severity::Warning
                    };
                    let wanted = Wanted {
                        anchor,
                        link: key,
                        place,
                        severity,
                    };
                    let of_page = self.wanted.entry(page.route.shared());
                    of_page.or_default().push(wanted);
                }
                found.resolved
            }
            Err(trouble) => {
                let diagnostic = diagnostic(trouble.severity, &trouble.message)
                    .at(place)
                    .maybe_help(trouble.help);
                lock(&self.problems).insert(key, diagnostic);
                Resolved::Url(trouble.url)
            }
        }
    }

    /// The variable with the addresses of a file's links; also whether an asset of AEM's is among them.
    pub(super) fn values(&self, site: &Site, id: LocalId) -> (Value, bool) {
        let links = self.links.get(&id).map(Vec::as_slice).unwrap_or_default();
        let asked = links.iter().any(|link| matches!(link, Resolved::Asset(..)));
        let url = |link: &Resolved| match link {
            Resolved::Url(url) => Value::from(url.as_str()),
            Resolved::Asset(path, suffix) => {
                Value::from(functions::asset_url(site, path.clone()) + suffix)
            }
        };
        (
            Value::from(links.iter().map(url).collect::<Vec<_>>()),
            asked,
        )
    }

    /// Whether some link names an anchor of the page.
    pub(super) fn want(&self, page: &Page) -> bool {
        self.wanted.contains_key(page.route.as_str())
    }

    /// Looks in a rendered page for the anchors that links name.
    pub(super) fn check(&self, page: &Page, html: &[u8]) {
        let missing = self.missing(page, html);
        if !missing.is_empty() {
            lock(&self.problems).extend(missing);
        }
    }

    /// The anchors that links name and a rendered page does not have, by the place of the link.
    pub(super) fn missing(
        &self,
        page: &Page,
        html: &[u8],
    ) -> BTreeMap<(String, usize), Diagnostic> {
        let mut missing = BTreeMap::new();
        let Some(wanted) = self.wanted.get(page.route.as_str()) else {
            return missing;
        };
        let html = String::from_utf8_lossy(html);
        let ids: Vec<&str> = ids(&html).collect();
        for wanted in wanted {
            let anchor = wanted.anchor.as_str();
            if ids.contains(&anchor) {
                continue;
            }
            let message = format!("the page `{}` has nothing named `{anchor}`", page.route);
            let near = closest(anchor, ids.iter().copied());
            let diagnostic = diagnostic(wanted.severity, &message)
                .at(wanted.place.clone())
                .maybe_help(near.map(|near| format!("did you mean `#{near}`?")));
            missing.insert(wanted.link.clone(), diagnostic);
        }
        missing
    }

    /// What was found about the links of one file.
    pub(super) fn of_file(&self, file: &str) -> Diagnostics {
        let problems = lock(&self.problems);
        let own = problems.iter().filter(|((own, _), _)| own == file);
        own.map(|(_, problem)| problem.clone()).collect()
    }

    /// Everything found, by file and place.
    pub(super) fn report(&self) -> Diagnostics {
        lock(&self.problems).values().cloned().collect()
    }
}

fn diagnostic(severity: Severity, message: &str) -> Diagnostic {
    match severity {
        Severity::Error => Diagnostic::error(Kind::Content, message),
        Severity::Warning => Diagnostic::warning(Kind::Content, message),
    }
}

/// The anchor behind an address; those that every page has, or a browser makes, are left out.
fn anchor(suffix: &str) -> Option<String> {
    let (_, anchor) = suffix.split_once('#')?;
    let anchor = percent_decode_str(anchor).decode_utf8_lossy();
    let is_own =
        !anchor.is_empty() && !anchor.eq_ignore_ascii_case("top") && !anchor.starts_with(":~:");
    is_own.then(|| anchor.into_owned())
}

/// The values of all `id` in a page. What looks like one in a comment counts, too: nobody is told of a
/// mistake that is none.
fn ids(html: &str) -> impl Iterator<Item = &str> {
    html.match_indices("id=").filter_map(|(at, name)| {
        let before = html[..at].bytes().next_back()?;
        if !before.is_ascii_whitespace() {
            return None;
        }
        let value = &html[at + name.len()..];
        match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next(),
            _ => value.split([' ', '>', '\n', '/']).next(),
        }
    })
}

/// The file that a link stands in.
struct From<'s> {
    site: &'s Site,
    local: &'s LocalPage,
    page: &'s Page,
}

impl<'s> From<'s> {
    fn resolve(&self, link: &Link) -> Result<Found<'s>, Trouble> {
        let is_image = link.kind == LinkKind::Image;
        let address = if is_image {
            Address::of_image(&link.href)
        } else {
            Address::of_link(&link.href)
        };
        match address {
            None if link.href.trim().is_empty() => Err(Trouble::error("the link is empty", None)),
            None => {
                let message = format!("`{}` is no address that a page may have", link.href);
                Err(Trouble::error(message, None))
            }
            Some(Address::Anchor(anchor)) => Ok(Found {
                resolved: Resolved::Url(anchor.clone()),
                page: Some(self.page),
                suffix: anchor,
            }),
            Some(Address::Local(address)) => {
                let end = address.find(['?', '#']).unwrap_or(address.len());
                let (path, suffix) = address.split_at(end);
                let path = percent_decode_str(path).decode_utf8_lossy();
                match path.strip_prefix('/') {
                    None if path.is_empty() => Ok(Found::page(self.site, self.page, suffix)),
                    None => self.beside(&path, suffix),
                    Some(file) if is_image => self.file(file),
                    Some(_) => self.route(&path, suffix),
                }
            }
            Some(Address::Content { path, suffix }) if is_image => match AssetPath::parse(&path) {
                Some(path) => Ok(Found::asset(path, suffix)),
                None => Err(Trouble::error(format!("`{path}` is no asset"), None)),
            },
            Some(_) => self.elsewhere(&link.href),
        }
    }

    /// A file named from the folder of this one: Markdown, or one that is published because it is named.
    fn beside(&self, path: &str, suffix: &str) -> Result<Found<'s>, Trouble> {
        let Some(file) = joined(&self.local.file.name, path) else {
            let message = format!("`{path}` lies outside `{FOLDER}/`");
            return Err(Trouble::error(message, None));
        };
        if file.ends_with(".md") {
            let id = self.site.local.find(&file);
            let page = id.and_then(|id| local_pages::page_of(self.site, id, self.page.language));
            return match page {
                Some(page) => Ok(Found::page(self.site, page, suffix)),
                None => Err(Trouble::error(local_pages::missing(self.site, &file), None)),
            };
        }
        match self.site.statics.request_attached(&file) {
            Ok(route) => {
                let url = self.site.config.base_url.url(&encode_path(&route));
                Ok(Found::url(url + suffix))
            }
            Err(message) => {
                let help = "the address of a page begins with `/`, and that of a Markdown file ends with `.md`";
                let is_file = Path::new(&file).extension().is_some();
                Err(Trouble::error(message, (!is_file).then_some(help)))
            }
        }
    }

    /// A file of `static/` that is shown.
    fn file(&self, file: &str) -> Result<Found<'s>, Trouble> {
        let route = self.site.statics.route(file);
        self.site.statics.request(file);
        let route = route.map_err(|message| Trouble::error(message, None))?;
        Ok(Found::url(
            self.site.config.base_url.url(&encode_path(&route)),
        ))
    }

    /// A page in the language of this one, or a file of `static/`.
    fn route(&self, path: &str, suffix: &str) -> Result<Found<'s>, Trouble> {
        if let Some(page) = links::at(self.site, path, self.page.language) {
            return Ok(Found::page(self.site, page, suffix));
        }
        let url = self.site.config.base_url.url(&encode_path(path)) + suffix;
        let output = OutputPath::parse(path.trim_start_matches('/')).ok();
        if output.is_some_and(|output| self.site.statics.at(&output).is_some()) {
            return Ok(Found::url(url));
        }
        Err(Trouble {
            severity: Severity::Warning,
            message: format!("the site has no page or file at `{path}`"),
            help: None,
            url,
        })
    }

    /// Something of AEM's, or of the web.
    fn elsewhere(&self, href: &str) -> Result<Found<'s>, Trouble> {
        let link = rich_text::Link {
            href: href.to_owned(),
            ..rich_text::Link::default()
        };
        let site = self.site;
        match links::destination(site, &link, self.page.language) {
            Destination::Page { page, suffix, .. } => Ok(Found::page(site, page, &suffix)),
            Destination::Asset(path, suffix) => Ok(Found::asset(path, suffix)),
            Destination::Outside(address) | Destination::Here(address) => Ok(Found::url(address)),
            Destination::Fragment(path) => {
                let message = format!("no page is made for `{path}`");
                let help = "make pages with `[pages]` in its definition, or take the link out";
                Err(Trouble::error(message, Some(help)))
            }
            Destination::Unmapped(path) => {
                let message = format!("the site has no place for AEM's page `{path}`");
                let help = "say in `[links]` of site.toml where such pages are";
                Err(Trouble::error(message, Some(help)))
            }
            Destination::Astray { path, route } => Err(Trouble {
                severity: Severity::Warning,
                message: format!(
                    "`[links]` leads AEM's page `{path}` to `{route}`, where the site has no page"
                ),
                help: None,
                url: site.config.base_url.url(&route),
            }),
            Destination::Refused => {
                let message = format!("`{href}` is no address that a page may have");
                Err(Trouble::error(message, None))
            }
        }
    }
}

/// A path from the folder of a file; `None` for one that leaves [`FOLDER`].
fn joined(file: &str, path: &str) -> Option<String> {
    let (folder, _) = file.rsplit_once('/')?;
    let mut segments: Vec<&str> = folder.split('/').collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.len() > 1 => {
                segments.pop();
            }
            ".." => return None,
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_the_folder_of_the_file() {
        let of = |path| joined("content/news/a.md", path);
        assert_eq!(of("b.md").as_deref(), Some("content/news/b.md"));
        assert_eq!(of("./x/../b.md").as_deref(), Some("content/news/b.md"));
        assert_eq!(of("../b.md").as_deref(), Some("content/b.md"));
        assert_eq!(of("../../b.md"), None);
    }

    #[test]
    fn ids_of_a_page_are_found() {
        let html = "<p id=\"a b\" class=x><i id='c'><b\nid=d>grid=\"no\" <u data-id=e>";
        assert_eq!(ids(html).collect::<Vec<_>>(), ["a b", "c", "d"]);
    }
}
