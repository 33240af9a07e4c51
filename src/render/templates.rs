//! The files of `templates/`, loaded and checked.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use tera::{Context, ErrorKind, Tera};

use super::filters::{self, Surroundings};
use super::rich_text::{Components, Press};
use super::texts::Texts;
use super::{Site, functions, wanted};
use crate::artifact::Format;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::expression::register_filters;
use crate::fs;
use crate::local::{LocalPages, TEMPLATE};
use crate::query::{Outputs, QuerySet};
use crate::reach::Reaches;

/// The folder, below the site's root.
pub(super) const FOLDER: &str = "templates";

/// Templates ready to render.
pub struct Templates {
    tera: Arc<Tera>,
    /// What functions and filters see. Tera wants them registered before the templates are added, the
    /// templates are checked before anything is fetched, and the site is known last.
    around: Surroundings,
    sources: Vec<(String, Arc<str>)>,
    /// Their bodies are templates, too.
    local: Arc<LocalPages>,
    reaches: Arc<Reaches>,
}

impl Templates {
    /// Loads every file below `templates/`, and the bodies of Markdown files.
    ///
    /// # Errors
    /// Every template that cannot be read or understood.
    pub fn load(root: &Path, local: &Arc<LocalPages>) -> Result<Self, Diagnostics> {
        let folder = root.join(FOLDER);
        let files = fs::walk(&folder)
            .map_err(|error| Diagnostic::error(Kind::Config, error.to_string()))?;
        let mut found = Diagnostics::new();
        let mut sources = Vec::with_capacity(files.len());
        for path in files {
            let name: Option<Vec<&str>> =
                path.components().map(|c| c.as_os_str().to_str()).collect();
            let Some(name) = name.map(|segments| segments.join("/")) else {
                let message = "the name of a template is not UTF-8";
                let place = Location::file(format!("{FOLDER}/{}", path.display()));
                found.push(Diagnostic::error(Kind::Content, message).at(place));
                continue;
            };
            if is_editors(&name) {
                continue;
            }
            match fs::read_text(&folder.join(&path)) {
                Ok(text) => sources.push((name, text)),
                Err(error) => found.push(
                    Diagnostic::error(Kind::Content, error.to_string())
                        .at(Location::file(format!("{FOLDER}/{name}"))),
                ),
            }
        }
        if found.has_errors() {
            return Err(found);
        }
        Self::with_local(sources, local)
    }

    /// Compiles templates from their names and texts.
    ///
    /// # Errors
    /// Every template that cannot be understood.
    pub fn from_sources(sources: Vec<(String, Arc<str>)>) -> Result<Self, Diagnostics> {
        Self::with_local(sources, &Arc::default())
    }

    fn with_local(
        sources: Vec<(String, Arc<str>)>,
        local: &Arc<LocalPages>,
    ) -> Result<Self, Diagnostics> {
        let texts = Texts {
            templates: &sources,
            local,
        };
        let all: Vec<(String, Arc<str>)> = texts.iter().collect();
        let around = Surroundings::default();
        let mut tera = engine(&around);
        // By name, not by Tera's own rule: a page from `walk.tera` is HTML as well.
        tera.autoescape_on(
            all.iter()
                .map(|(name, _)| name.clone())
                .filter(|name| is_escaped(name)),
        );
        let batch = all.iter().map(|(name, text)| (name.as_str(), &**text));
        tera.add_raw_templates(batch)
            .map_err(|error| explain(texts, &error))?;
        let components = Components::find(&tera, &sources)?;
        let tera = Arc::new(tera);
        let _ = around.press.set(Press {
            tera: Arc::downgrade(&tera),
            components,
        });
        Ok(Self {
            reaches: Arc::new(Reaches::of(
                all.iter().map(|(name, text)| (&**name, &**text)),
            )),
            tera,
            around,
            sources,
            local: Arc::clone(local),
        })
    }

    /// The same templates for another site.
    ///
    /// # Errors
    /// Every template that cannot be understood; there is none.
    pub fn again(&self) -> Result<Self, Diagnostics> {
        Self::with_local(self.sources.clone(), &self.local)
    }

    /// Whether there is a template of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tera.contains_template(name)
    }

    /// What of the content each of them can reach.
    #[must_use]
    pub fn reaches(&self) -> &Arc<Reaches> {
        &self.reaches
    }

    /// Checks that every template a definition names exists.
    #[must_use]
    pub fn check(&self, queries: &QuerySet) -> Diagnostics {
        queries
            .iter()
            .flat_map(|(_, query)| {
                let pages = query.pages.iter();
                let pages = pages.flat_map(|pages| all(&pages.template, &pages.outputs));
                let lists = query.lists.iter();
                let lists = lists.flat_map(|list| all(&list.template, &list.outputs));
                let terms = query
                    .taxonomies
                    .iter()
                    .filter_map(|part| part.terms.as_ref());
                let terms = terms.flat_map(|terms| {
                    let index = terms.index.iter().map(|index| (&index.template, None));
                    all(&terms.template, &terms.outputs).chain(index)
                });
                pages
                    .chain(lists)
                    .chain(terms)
                    .filter(|(name, _)| !self.has(name))
                    .map(move |(name, format)| self.missing(query.location(), name, format))
            })
            .collect()
    }

    /// Checks that every template a Markdown file names exists.
    #[must_use]
    pub fn check_local(&self, local: &LocalPages) -> Diagnostics {
        let missing = local.iter().filter_map(|(_, page)| {
            let own = page.front.template.as_ref();
            let name = own.map_or(TEMPLATE, |(name, _)| name);
            if self.has(name) {
                return None;
            }
            let place = page.at_key(own.map(|(_, span)| span));
            let missing = self.missing(place, name, None);
            Some(match own {
                Some(_) => missing,
                None => {
                    missing.note("a page whose front matter has no `template` is rendered by it")
                }
            })
        });
        missing.collect()
    }

    fn missing(&self, place: Location, name: &str, format: Option<Format>) -> Diagnostic {
        let near = closest(name, self.sources.iter().map(|(name, _)| name.as_str()));
        let diagnostic =
            Diagnostic::error(Kind::Content, format!("there is no template `{name}`")).at(place);
        match (format, near) {
            // The nearest name is that of the page's other templates, which is meant to differ.
            (Some(format), _) => diagnostic
                .note(format!("`outputs` has `{}`", format.extension()))
                .help(format!("write `{FOLDER}/{name}`")),
            (None, Some(near)) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, None) => diagnostic.help(format!("write `{FOLDER}/{name}`")),
        }
    }

    /// Shows the site to the functions. The first site stays: templates belong to one build.
    pub(super) fn connect(&self, site: &Arc<Site>) {
        let _ = self.around.site.set(Arc::clone(site));
    }

    pub(super) fn render(
        &self,
        name: &str,
        context: &Context,
        buffer: &mut Vec<u8>,
    ) -> Result<(), tera::Error> {
        match wanted::interrupt() {
            None => self.tera.render_to(name, context, buffer),
            Some(interrupt) => {
                let page = wanted::Page { buffer, interrupt };
                self.tera.render_to(name, context, page)
            }
        }
    }

    /// Whether a word stands in any of them.
    pub(super) fn mention(&self, word: &str) -> bool {
        self.texts().iter().any(|(_, text)| text.contains(word))
    }

    /// A place in a template, or in the file that it was made of.
    pub(super) fn locate(&self, name: &str, range: Option<Range<usize>>) -> Location {
        self.texts().locate(name, range)
    }

    /// What stands in a template.
    pub(super) fn text(&self, name: &str) -> Option<Arc<str>> {
        self.texts().text(name)
    }

    fn texts(&self) -> Texts<'_> {
        Texts {
            templates: &self.sources,
            local: &self.local,
        }
    }
}

/// The template of a page, and those of its other formats with these.
fn all<'q>(
    template: &'q Arc<str>,
    outputs: &'q Outputs,
) -> impl Iterator<Item = (&'q Arc<str>, Option<Format>)> + use<'q> {
    let others = outputs.iter();
    let others = others.map(|(format, template)| (template, Some(format)));
    std::iter::once((template, None)).chain(others)
}

/// Swap and backup files that editors leave behind.
fn is_editors(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.starts_with('.') || file.ends_with('~') || file.ends_with(".swp")
}

/// Whether what the template prints is escaped for HTML and XML: always, unless its name says that it
/// makes something that is neither. Bodies of Markdown files, whose names begin with a slash, make HTML.
fn is_escaped(name: &str) -> bool {
    if name.starts_with('/') {
        return true;
    }
    let extension = name
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
        .to_ascii_lowercase();
    !matches!(
        extension.as_str(),
        "json" | "geojson" | "jsonld" | "txt" | "md" | "csv" | "js" | "css" | "ics" | "webmanifest"
    )
}

fn engine(around: &Surroundings) -> Tera {
    let mut tera = Tera::new();
    register_filters(&mut tera);
    filters::register(&mut tera, around);
    functions::register(&mut tera, &around.site);
    tera
}

/// A batch stops at the first mistake, so each template is tried again alone to find all of them; what
/// only shows in the whole (a missing parent, an unknown component) comes from the batch.
fn explain(texts: Texts<'_>, batch: &tera::Error) -> Diagnostics {
    let mut found = Diagnostics::new();
    for (name, text) in texts.iter() {
        let mut tera = engine(&Surroundings::default());
        if let Err(error) = tera.add_raw_template(&name, &text)
            && let ErrorKind::SyntaxError(report) = error.kind()
        {
            let message = format!("template error: {}", trim(report.message()));
            let place = texts.locate(&name, Some(report.span().range.clone()));
            found.push(Diagnostic::error(Kind::Content, message).at(place));
        }
    }
    if found.is_empty() {
        found.extend(of_batch(texts, batch));
    }
    found
}

fn of_batch(texts: Texts<'_>, error: &tera::Error) -> Diagnostics {
    let at = |name: &str| texts.locate(name, None);
    let diagnostic = match error.kind() {
        ErrorKind::MissingParent { current, parent } => Diagnostic::error(
            Kind::Content,
            format!("the template extends `{parent}`, which does not exist"),
        )
        .at(at(current)),
        ErrorKind::CircularExtend {
            tpl,
            inheritance_chain,
        } => Diagnostic::error(Kind::Content, "the template extends itself in a circle")
            .at(at(tpl))
            .note(inheritance_chain.join(" → ")),
        ErrorKind::CircularInclude { tpl, include_chain } => {
            Diagnostic::error(Kind::Content, "the template includes itself in a circle")
                .at(at(tpl))
                .note(include_chain.join(" → "))
        }
        other => {
            let text = other.to_string();
            if let Some(reports) = texts.reports(&text) {
                return reports;
            }
            let mut lines = text.lines().map(str::trim_end);
            let first = lines.next().unwrap_or_default().to_owned();
            let mut diagnostic =
                Diagnostic::error(Kind::Content, format!("template error: {}", trim(&first)));
            for line in lines.filter(|line| !line.is_empty()) {
                diagnostic = diagnostic.note(line);
            }
            diagnostic
        }
    };
    diagnostic.into()
}

/// Our messages have no full stop.
fn trim(message: &str) -> &str {
    message.trim_end_matches('.')
}
