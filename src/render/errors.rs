//! Template errors as diagnostics: file, line, excerpt, and the item that was being rendered.
//!
//! A mistake in a template fails for every page that uses it. Failures at one place are one diagnostic,
//! with the first page it happened on and the number of others.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use tera::ErrorKind;

use super::Templates;
use super::json::Invalid;
use super::templates::FOLDER;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::route::Page;
use crate::store::BodyError;

/// One page that could not be rendered.
pub(super) struct Failure {
    place: Place,
    message: String,
    /// What was being rendered.
    subject: String,
    /// The place in what was rendered.
    rendered: Option<Box<Location>>,
}

/// Where it failed; failures at equal places are one mistake.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In a template: its name and the byte range.
    Template(String, usize, usize),
    /// In a template, but not known where.
    File(String),
    /// In what a template made, which is not JSON.
    Json(String),
    /// In the content: what is wrong, and what to do about it.
    Content(String, Option<&'static str>),
}

impl Failure {
    /// An item that cannot be read.
    pub(super) fn content(error: &BodyError, subject: String) -> Self {
        let message = error.to_string();
        let help = match error {
            BodyError::TooDeep => Some("select fewer levels of references in the query"),
            BodyError::Unreadable(_) | BodyError::Disk { .. } => None,
        };
        Self {
            place: Place::Content(message.clone(), help),
            message,
            subject,
            rendered: None,
        }
    }

    /// A page that should be JSON.
    pub(super) fn json(invalid: Invalid, page: &Page, subject: String) -> Self {
        let text: Arc<str> = Arc::from(invalid.text);
        let file = format!("{} (not written)", page.output);
        Self {
            place: Place::Json(page.template.to_string()),
            message: invalid.message,
            subject,
            rendered: Some(Box::new(Location::span(file, &text, invalid.place))),
        }
    }

    /// A template that failed.
    pub(super) fn template(error: tera::Error, template: &str, subject: String) -> Self {
        match error.kind() {
            ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => {
                let Range { start, end } = report.span().range.clone();
                let place = Place::Template(report.filename().to_owned(), start, end);
                Self {
                    place,
                    message: report.message().trim_end_matches('.').to_owned(),
                    subject,
                    rendered: None,
                }
            }
            other => Self {
                place: Place::File(template.to_owned()),
                message: other.to_string(),
                subject,
                rendered: None,
            },
        }
    }
}

/// All pages that could not be rendered.
#[derive(Default)]
pub(super) struct Failures {
    /// For each place, the failure whose subject comes first in order, and how many there are: which page
    /// is shown must not depend on which thread was faster.
    places: BTreeMap<Place, (Failure, usize)>,
}

impl Failures {
    pub(super) fn add(&mut self, failure: Failure) {
        match self.places.get_mut(&failure.place) {
            None => {
                self.places.insert(failure.place.clone(), (failure, 1));
            }
            Some((first, count)) => {
                *count += 1;
                if failure.subject < first.subject {
                    *first = failure;
                }
            }
        }
    }

    pub(super) fn report(&self, templates: &Templates) -> Diagnostics {
        self.places
            .values()
            .map(|(failure, count)| {
                let diagnostic = diagnostic(templates, failure).note(failure.subject.clone());
                match count - 1 {
                    0 => diagnostic,
                    1 => diagnostic.note("the same happens on 1 other page"),
                    more => diagnostic.note(format!("the same happens on {more} other pages")),
                }
            })
            .collect()
    }
}

fn diagnostic(templates: &Templates, failure: &Failure) -> Diagnostic {
    let (message, facts) = split(&failure.message);
    let diagnostic = Diagnostic::error(Kind::Content, message.clone());
    let diagnostic = match &failure.rendered {
        Some(place) => diagnostic.at(Location::clone(place)),
        None => diagnostic,
    };
    let diagnostic = match &failure.place {
        Place::Template(name, start, end) => {
            diagnostic.at(templates.locate(name, Some(*start..*end)))
        }
        Place::File(name) => diagnostic.at(templates.locate(name, None)),
        Place::Json(template) => diagnostic
            .note(format!("{FOLDER}/{template} made it"))
            .help("print values with `json_encode`: `{{ item.title | json_encode }}`; it writes quotes and `null` too"),
        Place::Content(_, help) => diagnostic.maybe_help(help.map(str::to_owned)),
    };
    let near = facts
        .as_deref()
        .and_then(|facts| suggestion(&message, facts));
    let diagnostic = match facts {
        Some(facts) => diagnostic.note(facts),
        None => diagnostic,
    };
    diagnostic.maybe_help(near.map(|near| format!("did you mean `{near}`?")))
}

/// Tera puts what would have been possible behind the message; a note is easier to read.
fn split(message: &str) -> (String, Option<String>) {
    for marker in [". Available fields: ", ". Available variables: "] {
        if let Some((first, available)) = message.split_once(marker) {
            let mut names: Vec<&str> = available.trim_end_matches('.').split(", ").collect();
            // Variables come in the order of a hash map.
            names.sort_unstable();
            let what = if marker.contains("fields") {
                "the fields are"
            } else {
                "the variables are"
            };
            return (
                first.to_owned(),
                Some(format!("{what} {}", names.join(", "))),
            );
        }
    }
    (message.to_owned(), None)
}

/// The nearest name to the one in backticks.
fn suggestion(message: &str, facts: &str) -> Option<String> {
    let wrong = message.split('`').nth(1)?;
    let names = facts.split_once(" are ")?.1;
    closest(wrong, names.split(", ")).map(str::to_owned)
}
