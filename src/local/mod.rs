//! Local pages: the Markdown files of `content/`.
//!
//! ```text
//! content/about.fr.md ─ front_matter ─▶ FrontMatter   title, template, route, …
//!                     ─ place ────────▶ Place         language, route, what it is a translation of
//!                     ─ body ─────────▶ Body          a Tera template, with headings and links
//! ```
//!
//! The files are the site's own, so a body is a template: what stands in it between `{{` and `}}` is
//! evaluated, but in code. Markdown is read first, around the tags ([`body`]), and what it makes is compiled
//! together with `templates/`. So neither do values of AEM become Markdown, nor does Markdown tear a tag
//! apart, and an error of Tera's still has its place in the Markdown file.

mod body;
mod footnotes;
mod front_matter;
mod headings;
mod highlight;
mod mask;
mod place;
mod tags;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

pub use body::{Body, Link, LinkKind};
pub use front_matter::FrontMatter;
pub use headings::Heading;
pub use place::Place;

use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::fs;
use crate::table::SourceFile;

/// The folder, below the site's root.
pub const FOLDER: &str = "content";

/// The template of a page whose file names none.
pub const TEMPLATE: &str = "page.html";

/// The name of the variable that holds where the links of a body lead.
pub const LINKS: &str = "__links";

/// A local page, by its place in [`LocalPages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalId(u32);

impl LocalId {
    /// The place.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One Markdown file.
#[derive(Clone, Debug)]
pub struct LocalPage {
    /// The file, named from the site's root: `content/about.md`.
    pub file: SourceFile,
    /// What stands at its head.
    pub front: FrontMatter,
    /// Where the page belongs.
    pub place: Place,
    /// What follows.
    pub body: Body,
}

impl LocalPage {
    /// The name of its body among the templates; none of `templates/` begins with a slash.
    #[must_use]
    pub fn template_name(&self) -> String {
        format!("/{}", self.file.name)
    }

    /// The place in the file of a range of its body's template.
    #[must_use]
    pub fn locate(&self, range: Range<usize>) -> Location {
        self.file.at(self.body.source_of(range))
    }

    /// Where a key of the front matter stands, or else the file.
    #[must_use]
    pub fn at_key(&self, span: Option<&Range<usize>>) -> Location {
        match span {
            Some(span) => self.file.at(span.clone()),
            None => Location::file(&self.file.name),
        }
    }
}

/// All local pages, in the order of their files' names.
#[derive(Clone, Debug, Default)]
pub struct LocalPages {
    list: Vec<LocalPage>,
    by_file: BTreeMap<String, LocalId>,
    /// The files that are one page in several languages.
    groups: BTreeMap<(String, String), Vec<LocalId>>,
    folders: BTreeSet<String>,
    drafts: BTreeSet<String>,
}

impl LocalPages {
    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (LocalId, &LocalPage)> {
        (0..).map(LocalId).zip(&self.list)
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: LocalId) -> &LocalPage {
        &self.list[id.0 as usize]
    }

    /// The page of a file: `content/about.md`.
    #[must_use]
    pub fn find(&self, file: &str) -> Option<LocalId> {
        self.by_file.get(file).copied()
    }

    /// The names of all files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.by_file.keys().map(String::as_str)
    }

    /// Whether a file is a draft, which is no page.
    #[must_use]
    pub fn is_draft(&self, file: &str) -> bool {
        self.drafts.contains(file)
    }

    /// The same page in a language, be it the page itself.
    #[must_use]
    pub fn counterpart(&self, id: LocalId, language: LangId) -> Option<LocalId> {
        let group = self.groups.get(&self.get(id).place.group())?;
        let mut group = group.iter().copied();
        group.find(|&other| self.get(other).place.language == language)
    }

    /// The folders, relative to [`FOLDER`]; that itself is the empty one.
    #[must_use]
    pub fn folders(&self) -> &BTreeSet<String> {
        &self.folders
    }

    fn add(&mut self, page: LocalPage, found: &mut Diagnostics) {
        let id = LocalId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        if let Some(twin) = self.twin(&page) {
            let (one, other) = (&twin.file.name, &page.file.name);
            found.push(
                Diagnostic::error(
                    Kind::Content,
                    format!("`{one}` and `{other}` are one page in one language"),
                )
                .at(Location::file(other))
                .help("rename one of them, or give it another `lang`"),
            );
        }
        self.by_file.insert(page.file.name.clone(), id);
        self.groups.entry(page.place.group()).or_default().push(id);
        self.list.push(page);
    }

    /// Another file for the same page in the same language.
    fn twin(&self, page: &LocalPage) -> Option<&LocalPage> {
        let group = self.groups.get(&page.place.group())?;
        let mut group = group.iter().map(|&id| self.get(id));
        group.find(|other| other.place.language == page.place.language)
    }

    fn add_folders(&mut self, mut folder: &str) {
        loop {
            self.folders.insert(folder.to_owned());
            match folder.rsplit_once('/') {
                Some((parent, _)) => folder = parent,
                None if folder.is_empty() => return,
                None => folder = "",
            }
        }
    }
}

/// What came of loading.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The files that can be read: there may be more to say about them.
    pub pages: LocalPages,
    /// Everything wrong with the others, located.
    pub found: Diagnostics,
}

/// Loads every Markdown file below `content/`; no such folder means none.
#[must_use]
pub fn load(config: &Config) -> Loaded {
    let folder = config.root.join(FOLDER);
    let Loaded {
        mut pages,
        mut found,
    } = Loaded::default();
    let files = fs::walk(&folder).unwrap_or_else(|error| {
        found.push(Diagnostic::error(Kind::Content, error.to_string()));
        Vec::new()
    });
    for relative in files {
        if !is_markdown(&relative) {
            continue;
        }
        let Some(name) = name_of(&relative) else {
            let place = Location::file(format!("{FOLDER}/{}", relative.display()));
            found.push(Diagnostic::error(Kind::Content, "the file's name is not UTF-8").at(place));
            continue;
        };
        let name = format!("{FOLDER}/{name}");
        match fs::read_text(&folder.join(&relative)) {
            Ok(text) => read(SourceFile { name, text }, config, &mut pages, &mut found),
            Err(error) => found.push(unreadable(&name, &error)),
        }
    }
    Loaded { pages, found }
}

/// Files that begin with a dot are editors' and systems' own.
fn is_markdown(file: &Path) -> bool {
    let hidden = file
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && file.extension().is_some_and(|extension| extension == "md")
}

fn name_of(relative: &Path) -> Option<String> {
    let segments: Option<Vec<&str>> = relative
        .components()
        .map(|segment| segment.as_os_str().to_str())
        .collect();
    segments.map(|segments| segments.join("/"))
}

fn unreadable(name: &str, error: &fs::FsError) -> Diagnostic {
    if error.source.kind() == std::io::ErrorKind::InvalidData {
        return Diagnostic::error(Kind::Content, "the file is not UTF-8")
            .at(Location::file(name))
            .help("save it as UTF-8");
    }
    Diagnostic::error(Kind::Content, error.to_string()).at(Location::file(name))
}

/// Reads one file; what is wrong with it goes to `found`.
fn read(file: SourceFile, config: &Config, pages: &mut LocalPages, found: &mut Diagnostics) {
    let Some(head) = front_matter::read(&file, found) else {
        return;
    };
    let front = head.front;
    let Some(place) = place::of(&file, &front, config, found) else {
        return;
    };
    pages.add_folders(&place.folder);
    let body = match body::compile(&file, head.body) {
        Ok(body) => body,
        Err(errors) => return found.extend(errors),
    };
    if front.draft {
        pages.drafts.insert(file.name);
        return;
    }
    let page = LocalPage {
        file,
        front,
        place,
        body,
    };
    pages.add(page, found);
}

#[cfg(test)]
mod tests;
