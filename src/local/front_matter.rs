//! Front matter: TOML between two lines of `+++` at the head of a Markdown file.

use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;

use toml::de::DeValue;
use toml::value::Datetime;

use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::table::{Reader, SourceFile, Table, Text, parse};

/// The line before front matter, and the one after it.
const FENCE: &str = "+++";

/// What a file says about its page.
#[derive(Clone, Debug, Default)]
pub struct FrontMatter {
    /// What it is called.
    pub title: Option<String>,
    /// `template`, and where it stands.
    pub template: Option<(Arc<str>, Range<usize>)>,
    /// `route`, without the prefix of the language, and where it stands.
    pub route: Option<(String, Range<usize>)>,
    /// `lang`, and where it stands.
    pub lang: Option<(String, Range<usize>)>,
    /// A date, with a time or without, as RFC 3339 writes it.
    pub date: Option<String>,
    /// Its place among others: those with less come first.
    pub weight: Option<u64>,
    /// Routes that lead to it, too, and where each stands.
    pub aliases: Vec<(String, Range<usize>)>,
    /// Whether it is left out.
    pub draft: bool,
    /// `[extra]`, as it is.
    pub extra: serde_json::Value,
}

/// The head of a file.
pub(super) struct Head {
    pub(super) front: FrontMatter,
    /// Where the body begins.
    pub(super) body: usize,
}

/// Reads the head of a file; `None` when there is something wrong with it, which goes to `found`.
pub(super) fn read(file: &SourceFile, found: &mut Diagnostics) -> Option<Head> {
    let fences = match fences(file) {
        Ok(Some(fences)) => fences,
        Ok(None) => {
            let front = FrontMatter {
                extra: serde_json::Value::Object(serde_json::Map::new()),
                ..FrontMatter::default()
            };
            return Some(Head {
                front,
                body: start(&file.text),
            });
        }
        Err(error) => {
            found.push(error);
            return None;
        }
    };
    // Blank around it, and so each place in it is one of the file.
    let mut masked = " ".repeat(fences.toml.start - 1);
    masked.push('\n');
    masked.push_str(&file.text[fences.toml.clone()]);
    let masked = SourceFile {
        name: file.name.clone(),
        text: Arc::from(masked),
    };
    let table = match parse(&masked) {
        Ok(table) => table,
        Err(errors) => {
            found.extend(in_file(errors, file));
            return None;
        }
    };
    let reader = Reader::new(file, None);
    let front = keys(&reader.root(table.get_ref()));
    let mut own = reader.finish();
    own.sort_by_place();
    let whole = !own.has_errors();
    found.extend(own);
    whole.then_some(Head {
        front,
        body: fences.body,
    })
}

/// The same with excerpts of the file itself.
fn in_file(errors: Diagnostics, file: &SourceFile) -> Diagnostics {
    let located = |mut error: Diagnostic| {
        let location = error.location.as_mut();
        if let Some(excerpt) = location.and_then(|location| location.excerpt.as_mut()) {
            excerpt.source = Arc::clone(&file.text);
        }
        error
    };
    errors.iter().cloned().map(located).collect()
}

/// Where the text begins, behind what some editors put before it.
fn start(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

/// Where the parts of a file are.
struct Fences {
    toml: Range<usize>,
    body: usize,
}

/// Finds front matter; `None` when the file begins with something else.
fn fences(file: &SourceFile) -> Result<Option<Fences>, Diagnostic> {
    let text = &file.text;
    let start = start(text);
    let mut lines = lines(text, start);
    let first = lines.next().unwrap_or(start..start);
    let opening = text[first.clone()].trim_end();
    if opening == "---" {
        return Err(yaml(file, first));
    }
    if opening != FENCE {
        return Ok(None);
    }
    let toml = first.end;
    match lines.find(|line| text[line.clone()].trim_end() == FENCE) {
        Some(line) => Ok(Some(Fences {
            toml: toml..line.start,
            body: line.end,
        })),
        None => Err(Diagnostic::error(
            Kind::Config,
            "the front matter has no end: a second line of `+++` is missing",
        )
        .at(file.at(start..start + FENCE.len()))
        .help("write `+++` on a line of its own between the front matter and the text")),
    }
}

/// The lines of a text, with their ends.
fn lines(text: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    text[start..].split_inclusive('\n').scan(start, |at, line| {
        let range = *at..*at + line.len();
        *at = range.end;
        Some(range)
    })
}

/// A rule at the head of a page would be one of YAML too, but hardly anybody begins a page with a rule.
fn yaml(file: &SourceFile, line: Range<usize>) -> Diagnostic {
    Diagnostic::error(Kind::Config, "front matter is TOML between lines of `+++`")
        .at(file.at(line.start..line.start + 3))
        .note("a file that begins with `---` has front matter in YAML for other generators")
        .help("write `+++` instead, and `key = \"value\"` between")
}

fn keys(table: &Table<'_>) -> FrontMatter {
    let placed = |text: Text| (text.value, text.span);
    let template = table.filled("template").map(placed);
    let extra = table.has("extra").then(|| {
        // That it is a table is checked; what is in it is free.
        table.table("extra").map(Table::open)?;
        table.json("extra")
    });
    let aliases = table.strings("aliases").unwrap_or_default();
    FrontMatter {
        title: table.string("title").map(|text| text.value),
        template: template.map(|(name, span)| (Arc::from(name), span)),
        route: table.filled("route").and_then(|text| route(table, text)),
        lang: table.filled("lang").map(placed),
        date: date(table),
        weight: table.integer("weight", 0..=1_000_000_000),
        aliases: aliases
            .into_iter()
            .filter_map(|text| route(table, text))
            .collect(),
        draft: table.boolean("draft").unwrap_or(false),
        extra: extra
            .flatten()
            .unwrap_or_else(|| serde_json::Value::Object(serde_json::Map::new())),
    }
}

/// A route, which begins at the root: the prefix of the language comes before it.
fn route(table: &Table<'_>, text: Text) -> Option<(String, Range<usize>)> {
    if text.value.starts_with('/') {
        return Some((text.value, text.span));
    }
    let message = format!("the route `{}` does not start with `/`", text.value);
    let help = format!("write `/{}`", text.value);
    let place = table.reader().file().at(text.span);
    let error = Diagnostic::error(Kind::Config, message).at(place);
    table.reader().push(error.help(help));
    None
}

/// A date of TOML's, or the same as text.
fn date(table: &Table<'_>) -> Option<String> {
    let value = table.raw("date")?;
    let date = match value.get_ref() {
        DeValue::Datetime(date) => Some(*date),
        DeValue::String(text) => Datetime::from_str(text).ok(),
        _ => None,
    };
    let date = date.filter(|date| date.date.is_some());
    if date.is_none() {
        table.reader().push(
            Diagnostic::error(Kind::Config, "`date` is no date")
                .at(table.reader().file().at(value.span()))
                .help("write it as `date = 2026-05-24` or `date = 2026-05-24T10:00:00Z`"),
        );
    }
    date.map(|date| date.to_string())
}
