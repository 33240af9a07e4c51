//! The files of `templates/`, loaded and checked.

use std::path::Path;
use std::sync::Arc;

use tera::{Context, ErrorKind, Tera};

use super::filters::{self, Surroundings};
use super::rich_text::{Components, Press};
use super::{Site, functions};
use crate::artifact::Format;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::expression::register_filters;
use crate::fs;
use crate::query::{Outputs, Query, QuerySet};

/// The folder, below the site's root.
pub(super) const FOLDER: &str = "templates";

/// Templates ready to render.
pub struct Templates {
    tera: Arc<Tera>,
    /// What functions and filters see. Tera wants them registered before the templates are added, the
    /// templates are checked before anything is fetched, and the site is known last.
    around: Surroundings,
    sources: Vec<(String, Arc<str>)>,
}

impl Templates {
    /// Loads every file below `templates/`.
    ///
    /// # Errors
    /// Every template that cannot be read or understood.
    pub fn load(root: &Path) -> Result<Self, Diagnostics> {
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
        Self::from_sources(sources)
    }

    /// Compiles templates from their names and texts.
    ///
    /// # Errors
    /// Every template that cannot be understood.
    pub fn from_sources(sources: Vec<(String, Arc<str>)>) -> Result<Self, Diagnostics> {
        let around = Surroundings::default();
        let mut tera = engine(&around);
        // By name, not by Tera's own rule: a page from `walk.tera` is HTML as well.
        tera.autoescape_on(
            sources
                .iter()
                .map(|(name, _)| name.clone())
                .filter(|name| is_escaped(name)),
        );
        let batch = sources.iter().map(|(name, text)| (name.as_str(), &**text));
        tera.add_raw_templates(batch)
            .map_err(|error| explain(&sources, &error))?;
        let components = Components::find(&tera, &sources)?;
        let tera = Arc::new(tera);
        let _ = around.press.set(Press {
            tera: Arc::downgrade(&tera),
            components,
        });
        Ok(Self {
            tera,
            around,
            sources,
        })
    }

    /// Whether there is a template of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.tera.contains_template(name)
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
                    .map(move |(name, format)| self.missing(query, name, format))
            })
            .collect()
    }

    fn missing(&self, query: &Query, name: &str, format: Option<Format>) -> Diagnostic {
        let near = closest(name, self.sources.iter().map(|(name, _)| name.as_str()));
        let diagnostic = Diagnostic::error(Kind::Content, format!("there is no template `{name}`"))
            .at(query.location());
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
        self.tera.render_to(name, context, buffer)
    }

    /// Whether a word stands in any of them.
    pub(super) fn mention(&self, word: &str) -> bool {
        self.sources.iter().any(|(_, text)| text.contains(word))
    }

    /// The text of a template.
    pub(super) fn source(&self, name: &str) -> Option<&Arc<str>> {
        self.sources
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, text)| text)
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
/// makes something that is neither.
fn is_escaped(name: &str) -> bool {
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
fn explain(sources: &[(String, Arc<str>)], batch: &tera::Error) -> Diagnostics {
    let mut found = Diagnostics::new();
    for (name, text) in sources {
        let mut tera = engine(&Surroundings::default());
        if let Err(error) = tera.add_raw_template(name, text)
            && let ErrorKind::SyntaxError(report) = error.kind()
        {
            let location = Location::span(
                format!("{FOLDER}/{name}"),
                text,
                report.span().range.clone(),
            );
            found.push(
                Diagnostic::error(
                    Kind::Content,
                    format!("template error: {}", trim(report.message())),
                )
                .at(location),
            );
        }
    }
    if found.is_empty() {
        found.push(of_batch(batch));
    }
    found
}

fn of_batch(error: &tera::Error) -> Diagnostic {
    let at = |name: &str| Location::file(format!("{FOLDER}/{name}"));
    match error.kind() {
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
            let mut lines = text.lines().map(str::trim_end);
            let first = lines.next().unwrap_or_default().to_owned();
            let mut diagnostic =
                Diagnostic::error(Kind::Content, format!("template error: {}", trim(&first)));
            for line in lines.filter(|line| !line.is_empty()) {
                diagnostic = diagnostic.note(line);
            }
            diagnostic
        }
    }
}

/// Our messages have no full stop.
fn trim(message: &str) -> &str {
    message.trim_end_matches('.')
}
