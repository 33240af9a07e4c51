//! What a page was made of, for people: its own templates and content, and everything that its templates asked for.
//!
//! The questions are those that were noted while the page was rendered. Where one led to a page, that page is named as
//! it is now.

use std::fmt;

use tera::Value;

use super::capture;
use super::demand::Demand;
use super::question::Question;
use crate::config::LangId;
use crate::render::links::{self, Destination};
use crate::render::templates::FOLDER as TEMPLATES;
use crate::render::{Site, local_pages};
use crate::rich_text::Link;
use crate::route::{ListPlan, Page, PageKind, Route};
use crate::store::EntryId;
use crate::value::to_json;

/// Characters of an argument that are shown.
const LONGEST: usize = 80;

/// Something that a page was made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// What it is.
    pub kind: ReadKind,
    /// Which: a file, the name of a definition, a path or an address.
    pub subject: String,
    /// The call, as a template would write it, where it says more than the subject.
    pub call: Option<String>,
    /// The page that it leads to.
    pub route: Option<Route>,
}

/// What a page can be made of, in the order in which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadKind {
    /// A file of `templates/`.
    Template,
    /// A file of `content/`.
    Markdown,
    /// A file of `content-queries/`.
    Definition,
    /// An item that the page is for, or that it lists.
    Item,
    /// Items of a definition, by `query()`.
    Query,
    /// A fragment, by `fragment()` or inside rich text.
    Fragment,
    /// What the answer says besides about something that its items refer to.
    Reference,
    /// The address of something, by `url()` or a link in rich text.
    Link,
    /// Who links to a page.
    Backlinks,
    /// Files of a folder, by `pages()`.
    Pages,
    /// The terms of a taxonomy.
    Terms,
    /// A menu of `site.toml`.
    Menu,
    /// A string of the site.
    Text,
    /// A file of AEM.
    Asset,
    /// A file of `static/`.
    Static,
}

impl ReadKind {
    /// What programs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Markdown => "markdown",
            Self::Definition => "definition",
            Self::Item => "item",
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::Reference => "reference",
            Self::Link => "link",
            Self::Backlinks => "backlinks",
            Self::Pages => "pages",
            Self::Terms => "terms",
            Self::Menu => "menu",
            Self::Text => "text",
            Self::Asset => "asset",
            Self::Static => "static",
        }
    }
}

/// In words: `the items of walks`.
impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ReadKind::Template => "the template",
            ReadKind::Markdown => "the file",
            ReadKind::Definition => "the definition",
            ReadKind::Item => "the item",
            ReadKind::Query => "the items of",
            ReadKind::Fragment => "the fragment",
            ReadKind::Reference => "what the answer says about",
            ReadKind::Link => "where this leads:",
            ReadKind::Backlinks => "who links to",
            ReadKind::Pages => "the pages of",
            ReadKind::Terms => "the terms of",
            ReadKind::Menu => "the menu",
            ReadKind::Text => "the string",
            ReadKind::Asset => "the asset",
            ReadKind::Static => "the static file",
        };
        write!(f, "{what} {}", self.subject)
    }
}

impl Read {
    fn new(kind: ReadKind, subject: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            call: None,
            route: None,
        }
    }

    fn leading_to(self, page: Option<&Page>) -> Self {
        Self {
            route: page.map(|page| page.route.clone()),
            ..self
        }
    }
}

/// What a page was made of, each once, by kind: what is its own, and what was asked for in these questions.
#[must_use]
pub fn read_by<'q>(
    site: &Site,
    page: &Page,
    questions: impl IntoIterator<Item = &'q [u8]>,
) -> Vec<Read> {
    let mut reads = own(site, page);
    let questions = questions.into_iter().filter_map(Question::decode);
    let asked = |question| of_question(site, page, question);
    capture::dry(|| reads.extend(questions.filter_map(asked)));
    reads.sort();
    reads.dedup();
    reads
}

/// What is the page's own.
fn own(site: &Site, page: &Page) -> Vec<Read> {
    let mut reads = templates(site, &page.template);
    let definition = |query| Read::new(ReadKind::Definition, &*site.queries.get(query).file);
    match &page.kind {
        PageKind::Item { entry, .. } => {
            let own = site.store.get(*entry);
            reads.push(definition(own.query));
            let parents = std::iter::successors(own.parent, |id| site.store.get(*id).parent);
            let entries = std::iter::once(*entry).chain(parents);
            reads.extend(entries.map(|id| item(site, page, id)));
        }
        PageKind::List { list, number } => {
            reads.push(definition(list.query));
            reads.extend(items(site, page, list, *number));
        }
        PageKind::Terms(plan) => {
            reads.extend(plan.query.map(definition));
            reads.push(Read::new(ReadKind::Terms, &*plan.name));
        }
        PageKind::Local(id) => {
            let file = site.local.get(*id);
            reads.push(Read::new(ReadKind::Markdown, &*file.file.name));
            reads.extend(templates(site, &file.template_name()));
        }
        PageKind::Error => {}
    }
    reads
}

/// A template with everything that it extends, includes and calls.
fn templates(site: &Site, name: &str) -> Vec<Read> {
    let files = site.reaches.get(name).files().iter();
    let reads = files.map(|name| match name.strip_prefix('/') {
        Some(file) => Read::new(ReadKind::Markdown, file),
        None => Read::new(ReadKind::Template, format!("{TEMPLATES}/{name}")),
    });
    reads.collect()
}

fn item(site: &Site, page: &Page, id: EntryId) -> Read {
    let own = site.routes.of_entry(id, page.language);
    let shown = own.filter(|other| other.route != *page.main());
    Read::new(ReadKind::Item, site.store.get(id).describe()).leading_to(shown)
}

fn items(site: &Site, page: &Page, list: &ListPlan, number: usize) -> Vec<Read> {
    let items = list.items(number).iter();
    items.map(|id| item(site, page, *id)).collect()
}

/// What was asked for, where that is worth telling.
fn of_question(site: &Site, page: &Page, question: Question) -> Option<Read> {
    Some(match question {
        Question::Call {
            name,
            arguments,
            language,
            ..
        } => return of_call(site, page, &name, &arguments, language),
        Question::Link {
            href,
            hint,
            language,
        } => {
            let link = Link {
                href,
                hint,
                ..Link::default()
            };
            let page = match links::destination(site, &link, language) {
                Destination::Page { page, .. } => Some(page),
                _ => None,
            };
            Read::new(ReadKind::Link, link.href).leading_to(page)
        }
        Question::Fragment { path, language, .. } => fragment(site, &path, language),
        Question::Reference(path) => {
            let page = links::page(site, &path, page.language);
            Read::new(ReadKind::Reference, path).leading_to(page)
        }
        Question::Demand(Demand::Asset(path)) => Read::new(ReadKind::Asset, path.as_str()),
        Question::Demand(Demand::Static(src)) => Read::new(ReadKind::Static, src),
        Question::Demand(Demand::Pictures(pictures)) => {
            let target = pictures.candidates.first()?.file.target();
            let path = target.split('?').next().unwrap_or_default();
            Read::new(ReadKind::Asset, path)
        }
    })
}

fn fragment(site: &Site, path: &str, language: LangId) -> Read {
    Read::new(ReadKind::Fragment, path).leading_to(links::page(site, path, language))
}

/// A call, by what it asks for.
fn of_call(
    site: &Site,
    page: &Page,
    name: &str,
    arguments: &Value,
    language: LangId,
) -> Option<Read> {
    let argument = |key: &str| arguments.get_from_path(key)?.as_str().map(str::to_owned);
    let plain = |kind, key| Some(Read::new(kind, argument(key)?));
    let called = |kind, key| {
        Some(Read {
            call: Some(call(name, key, arguments)),
            ..Read::new(kind, argument(key)?)
        })
    };
    match name {
        "query" => called(ReadKind::Query, "name"),
        "pages" => called(ReadKind::Pages, "folder"),
        "terms" => called(ReadKind::Terms, "taxonomy"),
        "fragment" => Some(fragment(site, &argument("path")?, language)),
        "url" => Some(url(site, argument("path")?, language)),
        "trans" => plain(ReadKind::Text, "key"),
        "menu" => plain(ReadKind::Menu, "name"),
        // What they need besides is a demand; of an address elsewhere there is nothing but the call.
        "asset" | "image" => {
            let src = argument("src")?;
            src.starts_with("/content/")
                .then(|| Read::new(ReadKind::Asset, src))
        }
        "backlinks" => {
            let path = argument("path").unwrap_or_else(|| page.main().to_string());
            Some(Read {
                call: Some(call(name, "path", arguments)),
                ..Read::new(ReadKind::Backlinks, path)
            })
        }
        // `language()` follows from a path and the configuration.
        _ => None,
    }
}

fn url(site: &Site, path: String, language: LangId) -> Read {
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    let page = if local_pages::is_path(bare) {
        let id = site.local.find(bare);
        id.and_then(|id| local_pages::page_of(site, id, language))
    } else {
        links::at(site, bare, language)
    };
    Read::new(ReadKind::Link, path).leading_to(page)
}

/// `query(name="walks", limit=3)`: `first` comes first, the others as the engine sorts them.
fn call(name: &str, first: &str, arguments: &Value) -> String {
    let arguments = to_json(arguments);
    let members = arguments.as_object().into_iter().flatten();
    let (own, others): (Vec<_>, Vec<_>) = members.partition(|(key, _)| *key == first);
    let members = own.into_iter().chain(others);
    let members = members.map(|(key, value)| format!("{key}={}", shortened(&value.to_string())));
    format!("{name}({})", members.collect::<Vec<_>>().join(", "))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
