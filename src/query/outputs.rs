//! `outputs`: the formats that pages have besides HTML, and the templates that make them.

use std::sync::Arc;

use crate::artifact::Format;
use crate::diag::{Diagnostic, Kind, closest};
use crate::expression::Pattern;
use crate::table::{Table, Text};

/// Formats besides HTML, each with its template, in the order of the definition.
#[derive(Clone, Debug, Default)]
pub struct Outputs(Vec<(Format, Arc<str>)>);

impl Outputs {
    /// The formats and their templates.
    pub fn iter(&self) -> impl Iterator<Item = (Format, &Arc<str>)> {
        self.0.iter().map(|(format, template)| (*format, template))
    }

    /// Whether HTML is all there is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads `outputs` of a table that has a route and a template.
    pub(super) fn read(
        table: &Table<'_>,
        route: Option<&Pattern>,
        template: Option<&Arc<str>>,
    ) -> Self {
        let Some(names) = table.strings("outputs") else {
            return Self::default();
        };
        let mut formats: Vec<Format> = Vec::new();
        for name in &names {
            match Format::named(&name.value) {
                None => unknown(table, name),
                Some(format) if formats.contains(&format) => {
                    let message = format!("`{}` has `{}` twice", table.full("outputs"), name.value);
                    table.reader().error(name.span.clone(), message);
                }
                Some(format) => formats.push(format),
            }
        }
        // A name nobody knows may have been meant to be it.
        if formats.len() == names.len() && !formats.contains(&Format::HTML) {
            let message = format!("`{}` leaves `html` out", table.full("outputs"));
            let help = "add it; a definition whose only pages are JSON has a `template` and a `route` that end in `.json`, and no `outputs`";
            refuse(table, message, help);
        }
        formats.retain(|format| *format != Format::HTML);
        if !formats.is_empty() {
            check_page(table, route, template);
        }
        let Some(template) = template else {
            return Self::default();
        };
        let named = formats.into_iter().map(|format| {
            let name = template_name(template, format);
            (format, Arc::from(name))
        });
        Self(named.collect())
    }
}

/// Other formats stand beside HTML: both route and template have to be of that.
fn check_page(table: &Table<'_>, route: Option<&Pattern>, template: Option<&Arc<str>>) {
    let other = |name: &str| Format::of_name(name).filter(|format| *format != Format::HTML);
    if let Some(format) = route.and_then(|route| other(route.tail())) {
        let message = format!(
            "`{}` goes with a page in HTML, but its route ends in `.{}`",
            table.full("outputs"),
            format.extension()
        );
        let help = "end the route in `/` or `.html`; the others get names beside it";
        refuse(table, message, help);
    }
    if let Some(format) = template.and_then(|template| other(template)) {
        let message = format!(
            "`{}` goes with a page in HTML, but its template makes `{}`",
            table.full("outputs"),
            format.extension()
        );
        let help = "name the template of the HTML; the others are found beside it";
        refuse(table, message, help);
    }
}

fn refuse(table: &Table<'_>, message: String, help: &str) {
    let diagnostic = Diagnostic::error(Kind::Config, message).at(table.place("outputs"));
    table.reader().push(diagnostic.help(help));
}

fn unknown(table: &Table<'_>, name: &Text) {
    let message = format!("`{}` is not a format of pages", name.value);
    let help = match closest(&name.value, Format::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = Format::names().collect();
            format!("they are {}", names.join(", "))
        }
    };
    let diagnostic = Diagnostic::error(Kind::Config, message).at(table.reader().place(name));
    table.reader().push(diagnostic.help(help));
}

/// `walk.json` for `walk.html`: the same name with the extension of the format.
fn template_name(template: &str, format: Format) -> String {
    let file = template.rfind('/').map_or(0, |slash| slash + 1);
    let stem = match template[file..].rfind('.') {
        Some(dot) if dot > 0 => &template[..file + dot],
        _ => template,
    };
    format!("{stem}.{}", format.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_of_a_format_has_the_name_of_the_page_s() {
        let json = Format::named("json").unwrap();
        assert_eq!(template_name("walk.html", json), "walk.json");
        assert_eq!(template_name("a.b/walk", json), "a.b/walk.json");
        assert_eq!(template_name("a/walk.full.tera", json), "a/walk.full.json");
        assert_eq!(template_name("a/.walk", json), "a/.walk.json");
    }
}
