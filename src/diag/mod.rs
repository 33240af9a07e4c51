//! What Frieze says when something is wrong: the shape every message has.
//!
//! A [`Diagnostic`] answers four questions: what happened (`message`), where ([`Location`]), why
//! (`notes`) and what to do next (`help`). A stage collects all it finds in a [`Diagnostics`] and
//! fails at its end, so that one run shows every mistake. [`Warned`] carries a result together with
//! what should be said about it. Each diagnostic belongs to a [`Kind`], from which the exit code
//! follows. Nothing here prints; [`render`](Diagnostics::render) makes the text.

mod render;
mod suggest;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use render::Style;
pub use suggest::closest;

/// How bad it is: an error fails the command, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The command cannot succeed.
    Error,
    /// The command can succeed; somebody should look at it.
    Warning,
}

/// Whose world is wrong. Decides the exit code (see [`crate::cli::exit`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Somebody asked us to stop.
    Interrupted,
    /// Usage, configuration, query definitions, or the output folder.
    Config,
    /// Content, templates or queries.
    Content,
    /// A guard against publishing a hollow site stopped the build.
    Guard,
    /// AEM cannot be reached, refuses, or asks us to come back later.
    Remote,
}

impl Kind {
    /// What programs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Config => "config",
            Self::Content => "content",
            Self::Guard => "guard",
            Self::Remote => "remote",
        }
    }
}

/// A file, and a place in it when one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Path as the user would type it: relative to the site's root where possible, `/` as separator.
    pub file: String,
    /// The text of the file and the byte range meant, for an excerpt.
    pub excerpt: Option<Excerpt>,
    /// Line and column, both from 1, where there is no excerpt to tell them.
    pub position: Option<(usize, usize)>,
}

/// A range of a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The whole text of the file.
    pub source: Arc<str>,
    /// Byte range in `source`; clamped to it when shown.
    pub span: Range<usize>,
    /// A few words shown beside the range.
    pub label: Option<String>,
}

impl Location {
    /// A file as a whole.
    #[must_use]
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            excerpt: None,
            position: None,
        }
    }

    /// A line and column of a file whose text is not shown.
    #[must_use]
    pub fn position(file: impl Into<String>, line: usize, column: usize) -> Self {
        Self {
            position: Some((line, column)),
            ..Self::file(file)
        }
    }

    /// A byte range of a file's text.
    #[must_use]
    pub fn span(file: impl Into<String>, source: &Arc<str>, span: Range<usize>) -> Self {
        let excerpt = Excerpt {
            source: Arc::clone(source),
            span,
            label: None,
        };
        Self {
            excerpt: Some(excerpt),
            ..Self::file(file)
        }
    }

    /// The file, with the number of the line where one is known.
    #[must_use]
    pub fn short(&self) -> String {
        let Some(excerpt) = &self.excerpt else {
            return self.file.clone();
        };
        let before = excerpt.source.get(..excerpt.span.start).unwrap_or_default();
        format!("{}:{}", self.file, before.matches('\n').count() + 1)
    }

    /// Where in the file, both from 1; columns count characters.
    #[must_use]
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let Some(excerpt) = &self.excerpt else {
            return self.position;
        };
        // A range past the end, or inside a character, is cut back to what there is.
        let before = (0..=excerpt.span.start).rev();
        let before = before.filter_map(|end| excerpt.source.get(..end)).next()?;
        let line = 1 + before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((line, 1 + before[start..].chars().count()))
    }

    /// Adds words beside the marked range; without a range there is nowhere to put them.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        if let Some(excerpt) = &mut self.excerpt {
            excerpt.label = Some(label.into());
        }
        self
    }
}

/// One thing to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Whose world is wrong.
    pub kind: Kind,
    /// What happened, in one line, without a full stop.
    pub message: String,
    /// Where.
    pub location: Option<Box<Location>>,
    /// Why: facts that explain it, one line each.
    pub notes: Vec<String>,
    /// What to do next, one line each.
    pub help: Vec<String>,
    /// How many more times the same was found and not reported on its own.
    pub repeats: usize,
}

impl Diagnostic {
    /// An error of the given kind.
    #[must_use]
    pub fn error(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            kind,
            message: clean(&message.into()),
            location: None,
            notes: Vec::new(),
            help: Vec::new(),
            repeats: 0,
        }
    }

    /// A warning of the given kind.
    #[must_use]
    pub fn warning(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(kind, message)
        }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(Box::new(location));
        self
    }

    /// Says why.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(clean(&note.into()));
        self
    }

    /// Adds a note when there is one.
    #[must_use]
    pub fn maybe_note(self, note: Option<String>) -> Self {
        match note {
            Some(note) => self.note(note),
            None => self,
        }
    }

    /// Adds several notes.
    #[must_use]
    pub fn notes(self, notes: impl IntoIterator<Item = String>) -> Self {
        notes.into_iter().fold(self, Self::note)
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(clean(&help.into()));
        self
    }

    /// Adds a help line when there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help.extend(help.as_deref().map(clean));
        self
    }
}

/// The longest message or note, in characters.
const LONGEST: usize = 800;

/// Makes a line fit to print.
///
/// Much of what we report was written by others: a server's message may hold
/// escape sequences for the terminal, line breaks that a CI system would read as commands, characters
/// that turn the direction of writing, or a megabyte of text.
#[must_use]
pub fn clean(text: &str) -> String {
    let harmless = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.len() <= LONGEST && text.chars().all(harmless) {
        return text.to_owned();
    }
    let mut cleaned = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            cleaned.push('…');
            break;
        }
        match c {
            '\n' | '\t' => cleaned.push(' '),
            '\r' => {}
            c if harmless(c) => cleaned.push(c),
            c => cleaned.extend(c.escape_unicode()),
        }
    }
    cleaned
}

/// Everything a stage has to say, in the order found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Nothing to say yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds one, unless it says nothing new: the same message about the same place is only counted, and
    /// so is a host that cannot be reached however many queries find out.
    pub fn push_merged(&mut self, diagnostic: Diagnostic) {
        let same = |known: &&mut Diagnostic| {
            let place = known.location == diagnostic.location || diagnostic.kind == Kind::Remote;
            known.message == diagnostic.message && known.severity == diagnostic.severity && place
        };
        match self.list.iter_mut().find(same) {
            Some(known) => known.repeats += diagnostic.repeats + 1,
            None => self.list.push(diagnostic),
        }
    }

    /// Adds all of another collection, each unless it says nothing new.
    pub fn extend_merged(&mut self, other: Self) {
        other
            .list
            .into_iter()
            .for_each(|diagnostic| self.push_merged(diagnostic));
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// Whether at least one is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// The same with every warning made an error.
    #[must_use]
    pub fn denied(mut self) -> Self {
        for diagnostic in &mut self.list {
            if diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
                diagnostic
                    .notes
                    .push("a warning, which `--deny warnings` makes an error".to_owned());
            }
        }
        self
    }

    /// The same where errors are not what stops: each is a warning that says so.
    #[must_use]
    pub fn lowered(mut self) -> Self {
        for diagnostic in &mut self.list {
            if diagnostic.severity == Severity::Error {
                diagnostic.severity = Severity::Warning;
                diagnostic
                    .notes
                    .push("`frieze build` would stop here".to_owned());
            }
        }
        self
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Brings them into the order of their places in the file; those without a place come first.
    pub fn sort_by_place(&mut self) {
        self.list.sort_by_key(|diagnostic| {
            let location = diagnostic.location.as_ref();
            location
                .and_then(|l| l.excerpt.as_ref())
                .map(|excerpt| excerpt.span.start)
        });
    }

    /// How many errors and how many warnings.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let errors = self
            .list
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .count();
        (errors, self.list.len() - errors)
    }

    /// The kind that decides the exit code: of the errors' kinds the one declared first in [`Kind`].
    /// What somebody has to mend comes before what may mend itself (AEM): trying again would not help.
    #[must_use]
    pub fn worst_kind(&self) -> Option<Kind> {
        self.list
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(|d| d.kind)
            .min()
    }

    /// Ends a stage: the value with its warnings, or everything found when one of it is an error.
    ///
    /// # Errors
    /// All diagnostics, when at least one is an error.
    pub fn finish<T>(self, value: T) -> Result<Warned<T>, Self> {
        if self.has_errors() {
            Err(self)
        } else {
            Ok(Warned {
                value,
                warnings: self,
            })
        }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            list: vec![diagnostic],
        }
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Self {
            list: iter.into_iter().collect(),
        }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

/// A result with the warnings that came with it.
#[derive(Clone, Debug)]
pub struct Warned<T> {
    /// The result.
    pub value: T,
    /// What should be said about it; never an error.
    pub warnings: Diagnostics,
}

impl<T> Warned<T> {
    /// Hands the warnings to a collector and gives the value.
    pub fn into_value(self, collector: &mut Diagnostics) -> T {
        collector.extend(self.warnings);
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_reach_the_terminal() {
        let note = "a\u{1b}]0;x\u{7}b\n::error::c\u{202e}d";
        let diagnostic = Diagnostic::error(Kind::Content, note).note("y".repeat(5_000));
        assert_eq!(
            diagnostic.message,
            "a\\u{1b}]0;x\\u{7}b ::error::c\\u{202e}d"
        );
        assert_eq!(diagnostic.notes[0].chars().count(), LONGEST + 1);
    }

    #[test]
    fn the_worst_kind_is_what_only_the_user_can_mend() {
        let all: Diagnostics = [Kind::Content, Kind::Remote, Kind::Config, Kind::Guard]
            .map(|kind| Diagnostic::error(kind, "x"))
            .into_iter()
            .collect();
        assert_eq!(all.worst_kind(), Some(Kind::Config));
        let warnings = Diagnostics::from(Diagnostic::warning(Kind::Config, "x"));
        assert_eq!(warnings.worst_kind(), None);
        assert!(!warnings.has_errors());
    }
}
