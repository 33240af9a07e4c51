//! The texts that templates were compiled from, and places in them.

use std::ops::Range;
use std::sync::Arc;

use super::templates::FOLDER;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::local::LocalPages;

/// The files of `templates/` and the bodies of Markdown files.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) templates: &'a [(String, Arc<str>)],
    pub(super) local: &'a LocalPages,
}

impl<'a> Texts<'a> {
    /// The names of all and what Tera reads, those of `templates/` first.
    pub(super) fn iter(self) -> impl Iterator<Item = (String, Arc<str>)> + 'a {
        let bodies = self.local.iter().map(|(_, page)| {
            let text = Arc::clone(&page.body.template);
            (page.template_name(), text)
        });
        self.templates.iter().cloned().chain(bodies)
    }

    /// A place in a template, or in the Markdown file that it was made of.
    pub(super) fn locate(self, name: &str, range: Option<Range<usize>>) -> Location {
        if let Some(file) = name.strip_prefix('/') {
            let page = self.local.find(file).map(|id| self.local.get(id));
            return match (page, range) {
                (Some(page), Some(range)) => page.locate(range),
                _ => Location::file(file),
            };
        }
        let file = format!("{FOLDER}/{name}");
        match (self.text(name), range) {
            (Some(text), Some(range)) => Location::span(file, &text, range),
            _ => Location::file(file),
        }
    }

    /// What stands in the template of that name.
    pub(super) fn text(self, name: &str) -> Option<Arc<str>> {
        let mut all = self.iter();
        all.find(|(own, _)| own == name).map(|(_, text)| text)
    }

    /// What Tera says about several templates at once: reports for people, one after the other. `None` when
    /// the message is none of these.
    pub(super) fn reports(self, message: &str) -> Option<Diagnostics> {
        let reports = message.split("\n\n");
        reports.map(|report| self.report(report)).collect()
    }

    /// Its first line is the message, the second one the place; the last underlines what is meant.
    fn report(self, report: &str) -> Option<Diagnostic> {
        let mut lines = report.lines();
        let message = lines.next()?.strip_prefix("error: ")?;
        let mut place = lines.next()?.trim().strip_prefix("--> ")?.rsplitn(3, ':');
        let column: usize = place.next()?.parse().ok()?;
        let line: usize = place.next()?.parse().ok()?;
        let name = place.next()?;
        let width = report.bytes().rev().take_while(|&b| b == b'^').count();
        let text = self.text(name)?;
        let start = offset(&text, line, column)?;
        let help = message
            .strip_prefix("Unknown component ")
            .and_then(|name| self.near_component(name.trim_matches('`')));
        let range = start..start + width;
        let message = message.trim_end_matches('.');
        let diagnostic = Diagnostic::error(Kind::Content, format!("template error: {message}"))
            .at(self.locate(name, Some(range)));
        Some(diagnostic.maybe_help(help.map(|near| format!("did you mean `{near}`?"))))
    }

    fn near_component(self, wrong: &str) -> Option<String> {
        const WORD: &str = "component ";
        let mut names = Vec::new();
        for (_, text) in self.templates {
            let places = text.match_indices(WORD);
            names.extend(places.filter_map(|(at, _)| {
                let is_tag = text[..at].trim_end().trim_end_matches('-').ends_with("{%");
                let name = text[at + WORD.len()..].split('(').next()?.trim();
                is_tag.then(|| name.to_owned())
            }));
        }
        closest(wrong, names.iter().map(String::as_str)).map(str::to_owned)
    }
}

/// The byte that a line and a column mean, both counted from 1, the column in characters.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let before = lines.by_ref().take(line.checked_sub(1)?);
    let start: usize = before.map(str::len).sum();
    let line = lines.next().unwrap_or_default();
    let within = line.char_indices().nth(column.checked_sub(1)?);
    Some(start + within.map_or(line.len(), |(at, _)| at))
}
