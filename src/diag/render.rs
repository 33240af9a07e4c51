//! Diagnostics as text for people, in the layout that rustc made familiar.

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Location, Severity};

/// Whether the text may hold terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// With ANSI colours.
    Coloured,
    /// Plain text.
    Plain,
}

impl Diagnostics {
    /// All diagnostics as text, one after the other, each followed by an empty line.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Coloured => Renderer::styled(),
            Style::Plain => Renderer::plain(),
        };
        let renderer = renderer.term_width(DEFAULT_TERM_WIDTH);
        let mut text = String::new();
        for diagnostic in self.iter() {
            text.push_str(&renderer.render(&[group(diagnostic)]));
            text.push_str("\n\n");
        }
        text
    }
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&diagnostic.message));
    if let Some(location) = &diagnostic.location {
        group = match &location.excerpt {
            Some(excerpt) => {
                let span = clamp(&excerpt.source, &excerpt.span);
                let mark = AnnotationKind::Primary
                    .span(span)
                    .label(excerpt.label.as_deref());
                group.element(
                    Snippet::source(&*excerpt.source)
                        .path(&location.file)
                        .annotation(mark),
                )
            }
            None => group.element(origin(location)),
        };
    }
    let repeats = match diagnostic.repeats {
        0 => None,
        1 => Some("the same happened once more".to_owned()),
        more => Some(format!("the same happened {more} more times")),
    };
    let notes = diagnostic
        .notes
        .iter()
        .map(|note| Level::NOTE.message(note));
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(help));
    let repeats = repeats.into_iter().map(|text| Level::NOTE.message(text));
    group.elements(notes).elements(repeats).elements(help)
}

fn origin(location: &Location) -> Origin<'_> {
    let origin = Origin::path(&location.file);
    match location.position {
        Some((line, column)) => origin.line(line).char_column(column),
        None => origin,
    }
}

/// Keeps a span inside its source and on character boundaries: a parser may point one past the end,
/// and an excerpt must never be the reason for a panic.
fn clamp(source: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let floor = |at: usize| {
        let at = at.min(source.len());
        (0..=at)
            .rev()
            .find(|&i| source.is_char_boundary(i))
            .unwrap_or(0)
    };
    let start = floor(span.start);
    let end = floor(span.end.max(span.start));
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Location};
    use super::*;
    use std::sync::Arc;

    #[test]
    fn says_what_where_why_and_what_next() {
        let source: Arc<str> = Arc::from("title = \"A\"\ntitel = \"B\"\n");
        let diagnostic = Diagnostic::error(Kind::Config, "unknown key `titel`")
            .at(Location::span("site.toml", &source, 12..17).label("not a key of this table"))
            .note("keys are checked so that a typing mistake is never silently ignored")
            .help("did you mean `title`?");
        insta::assert_snapshot!(Diagnostics::from(diagnostic).render(Style::Plain));
    }

    #[test]
    fn a_span_past_the_end_or_inside_a_character_is_no_panic() {
        let source: Arc<str> = Arc::from("é");
        for span in [0..1, 1..2, 2..9, 7..9] {
            let location = Location::span("a", &source, span);
            let text =
                Diagnostics::from(Diagnostic::error(Kind::Content, "m").at(location)).to_string();
            assert!(text.contains("error: m"), "{text}");
        }
    }
}
