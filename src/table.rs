//! Reading TOML so that every mistake is reported with its place, all at once.
//!
//! A [`Reader`] reads one file and collects what is wrong with it. A [`Table`] hands out the values of the keys it is asked for; a
//! value of the wrong type is a diagnostic and reads as absent, so that reading goes on. When a `Table`
//! is dropped it reports every key nobody asked for, with the nearest key that would have been right:
//! what a table accepts is written in one place only, the code that reads it.

mod amount;
mod hidden;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use amount::duration;

use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use hidden::hide;

/// Looks an environment variable up.
pub type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// A file's name, as shown to the user, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path relative to the site's root where possible.
    pub name: String,
    /// The text.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A place in the file, shown without the secrets that stand in it.
    #[must_use]
    pub fn at(&self, span: Range<usize>) -> Location {
        Location::span(&self.name, &hide(&self.text), span)
    }
}

/// A string of the file and where it stands.
#[derive(Clone, Debug)]
pub struct Text {
    /// The string, environment variables replaced.
    pub value: String,
    /// Byte range in the file.
    pub span: Range<usize>,
    /// Whether a variable in it is not set, which has been reported where it matters.
    pub incomplete: bool,
}

/// Parses a TOML text.
///
/// # Errors
/// Every syntax error, located.
pub fn parse(file: &SourceFile) -> Result<Spanned<DeTable<'_>>, Diagnostics> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    if errors.is_empty() {
        return Ok(table);
    }
    Err(errors
        .iter()
        .map(|error| {
            let location = match error.span() {
                Some(span) => file.at(span),
                None => Location::file(&file.name),
            };
            let message = format!("not valid TOML: {}", error.message());
            Diagnostic::error(Kind::Config, message).at(location)
        })
        .collect())
}

/// What reading one file needs and collects.
pub struct Reader<'a> {
    file: &'a SourceFile,
    /// `None` leaves `${…}` as it is.
    environment: Option<&'a Lookup<'a>>,
    diagnostics: RefCell<Diagnostics>,
}

impl<'a> Reader<'a> {
    /// Starts reading a file.
    #[must_use]
    pub fn new(file: &'a SourceFile, environment: Option<&'a Lookup<'a>>) -> Self {
        Self {
            file,
            environment,
            diagnostics: RefCell::default(),
        }
    }

    /// The root table.
    #[must_use]
    pub fn root<'d>(&'d self, table: &'d DeTable<'d>) -> Table<'d> {
        Table {
            reader: self,
            table,
            path: String::new(),
            span: 0..0,
            asked: RefCell::default(),
            strict: true,
        }
    }

    /// Reports a mistake at a place of this file.
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) {
        self.push(Diagnostic::error(Kind::Config, message).at(self.file.at(span)));
    }

    /// Reports anything.
    pub fn push(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// The file being read.
    #[must_use]
    pub fn file(&self) -> &SourceFile {
        self.file
    }

    /// Everything reported.
    #[must_use]
    pub fn finish(self) -> Diagnostics {
        self.diagnostics.into_inner()
    }

    /// Replaces `${NAME}` and `${NAME:-default}`; also whether all of them are set.
    fn expand(&self, text: &str, span: &Range<usize>, strict: bool) -> (String, bool) {
        let Some(lookup) = self.environment else {
            return (text.to_owned(), true);
        };
        let (mut expanded, mut complete) = (String::with_capacity(text.len()), true);
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}').map(|end| start + end) else {
                self.error(span.clone(), "`${` is never closed by `}`");
                complete = false;
                break;
            };
            expanded.push_str(&rest[..start]);
            let (name, default) = match rest[start + 2..end].split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (&rest[start + 2..end], None),
            };
            // As in a shell, a default also stands in for a variable that is set to nothing.
            let value = lookup(name).filter(|value| default.is_none() || !value.is_empty());
            match value.or_else(|| default.map(str::to_owned)) {
                Some(value) => expanded.push_str(&value),
                None if !strict => {
                    complete = false;
                    expanded.push_str("unset");
                }
                None => {
                    complete = false;
                    self.push(self.not_set(name, span));
                }
            }
            rest = &rest[end + 1..];
        }
        expanded.push_str(rest);
        (expanded, complete)
    }

    fn not_set(&self, name: &str, span: &Range<usize>) -> Diagnostic {
        Diagnostic::error(
            Kind::Config,
            format!("the environment variable `{name}` is not set"),
        )
        .at(self.file.at(span.clone()))
        .help(format!(
            "set it, write it to `.env` beside site.toml, or give a default: `${{{name}:-…}}`"
        ))
    }

    /// Where a text stands, without an excerpt when it looks like an address with a password in it.
    #[must_use]
    pub fn place(&self, text: &Text) -> Location {
        if self.written(text).contains('@') {
            Location::file(&self.file.name)
        } else {
            self.file.at(text.span.clone())
        }
    }

    /// A value as it is written in the file: what a variable holds may be a secret.
    #[must_use]
    pub fn written(&self, text: &Text) -> String {
        let source = self.file.text.get(text.span.clone()).unwrap_or_default();
        source.trim_matches(['"', '\'']).to_owned()
    }
}

/// One table, read key by key.
pub struct Table<'d> {
    reader: &'d Reader<'d>,
    table: &'d DeTable<'d>,
    /// `aem.auth`, empty for the root.
    path: String,
    span: Range<usize>,
    /// Whether an environment variable that is not set is a mistake.
    strict: bool,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'d> Table<'d> {
    /// The same table for a part of the file that this run does not need: its environment variables may
    /// well be unset, its keys are checked all the same.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.strict = false;
        self
    }

    /// Whether this run needs what is in the table.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Where the table stands.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The reader of the file.
    #[must_use]
    pub fn reader(&self) -> &'d Reader<'d> {
        self.reader
    }

    /// The value of a key, whatever it is.
    #[must_use]
    pub fn raw(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.borrow_mut().insert(key);
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// Where a key stands.
    fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table
            .keys()
            .find(|name| name.get_ref() == key)
            .map(Spanned::span)
    }

    /// Where a key stands; where the table does, if it is not there.
    #[must_use]
    pub fn place(&self, key: &str) -> Location {
        let span = self.key_span(key).unwrap_or_else(|| self.span());
        self.reader.file.at(span)
    }

    /// A value of any kind as JSON, environment variables in its strings replaced.
    #[must_use]
    pub fn json(&self, key: &'static str) -> Option<serde_json::Value> {
        let value = self.raw(key)?;
        let mut json = to_json(value.get_ref());
        self.expand_json(&mut json, &value.span());
        Some(json)
    }

    fn expand_json(&self, value: &mut serde_json::Value, span: &Range<usize>) {
        match value {
            serde_json::Value::String(text) => {
                *text = self.reader.expand(text, span, self.strict).0;
            }
            serde_json::Value::Array(list) => {
                list.iter_mut().for_each(|v| self.expand_json(v, span));
            }
            serde_json::Value::Object(map) => {
                map.values_mut().for_each(|v| self.expand_json(v, span));
            }
            _ => {}
        }
    }

    /// Whether the key is there; counts as asking for it.
    #[must_use]
    pub fn has(&self, key: &'static str) -> bool {
        self.raw(key).is_some()
    }

    /// All keys in the order of the file, for tables whose keys are names of the user's choosing.
    #[must_use]
    pub fn entries(&self) -> Vec<(Text, &'d Spanned<DeValue<'d>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| {
                (
                    Text {
                        value: key.get_ref().to_string(),
                        span: key.span(),
                        incomplete: false,
                    },
                    value,
                )
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    /// A table read by `entries` has no unknown keys.
    pub fn open(self) -> Vec<(Text, &'d Spanned<DeValue<'d>>)> {
        let entries = self.entries();
        std::mem::forget(self);
        entries
    }

    /// A string, environment variables replaced.
    #[must_use]
    pub fn string(&self, key: &'static str) -> Option<Text> {
        let value = self.raw(key)?;
        self.as_string(key, value)
    }

    /// A value found through [`Table::entries`] as a string.
    #[must_use]
    pub fn text(&self, key: &str, value: &Spanned<DeValue<'d>>) -> Option<Text> {
        self.as_string(key, value)
    }

    /// A string with at least one character that is not a blank.
    #[must_use]
    pub fn filled(&self, key: &'static str) -> Option<Text> {
        let text = self.string(key)?;
        if !text.value.trim().is_empty() {
            return Some(text);
        }
        if !text.incomplete {
            let variable = self.reader.file.text[text.span.clone()].contains("${");
            let why = if variable {
                "; the environment variable is set to nothing"
            } else {
                ""
            };
            self.reader
                .error(text.span, format!("`{}` is empty{why}", self.full(key)));
        }
        None
    }

    fn as_string(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Text> {
        match value.get_ref() {
            DeValue::String(text) => {
                let (expanded, complete) = self.reader.expand(text, &value.span(), self.strict);
                Some(Text {
                    value: expanded,
                    span: value.span(),
                    incomplete: !complete,
                })
            }
            _ => self.mismatch(key, "a string", value),
        }
    }

    /// One of a few words.
    #[must_use]
    pub fn word(&self, key: &'static str, words: &[&str]) -> Option<Text> {
        let text = self.string(key)?;
        if words.contains(&text.value.as_str()) {
            return Some(text);
        }
        if text.incomplete {
            return None;
        }
        let listed = words
            .iter()
            .map(|w| format!("`{w}`"))
            .collect::<Vec<_>>()
            .join(", ");
        self.reader.push(
            Diagnostic::error(
                Kind::Config,
                format!(
                    "`{}` cannot be `{}`",
                    self.full(key),
                    self.reader.written(&text)
                ),
            )
            .at(self.reader.file.at(text.span.clone()))
            .note(format!("it is one of {listed}"))
            .maybe_help(
                closest(&self.reader.written(&text), words.iter().copied())
                    .map(|w| format!("did you mean `{w}`?")),
            ),
        );
        None
    }

    /// True or false.
    #[must_use]
    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        let value = self.raw(key)?;
        match value.get_ref() {
            DeValue::Boolean(b) => Some(*b),
            _ => self.mismatch(key, "`true` or `false`", value),
        }
    }

    /// A whole number within bounds.
    #[must_use]
    pub fn integer(&self, key: &'static str, bounds: std::ops::RangeInclusive<u64>) -> Option<u64> {
        let value = self.raw(key)?;
        let DeValue::Integer(number) = value.get_ref() else {
            return self.mismatch(key, "a whole number", value);
        };
        match u64::from_str_radix(number.as_str(), number.radix()) {
            Ok(n) if bounds.contains(&n) => Some(n),
            _ => {
                let (low, high) = bounds.into_inner();
                let message = format!("`{}` must be between {low} and {high}", self.full(key));
                self.reader.error(value.span(), message);
                None
            }
        }
    }

    /// A list of whole numbers within bounds.
    #[must_use]
    pub fn integers(
        &self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Option<Vec<u64>> {
        let value = self.raw(key)?;
        let DeValue::Array(list) = value.get_ref() else {
            return self.mismatch(key, "a list of whole numbers", value);
        };
        let mut numbers = Vec::new();
        for entry in list {
            let number = match entry.get_ref() {
                DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()),
                _ => return self.mismatch(key, "a list of whole numbers", entry),
            };
            match number {
                Ok(number) if bounds.contains(&number) => numbers.push(number),
                _ => {
                    let (low, high) = (bounds.start(), bounds.end());
                    let message = format!(
                        "the numbers of `{}` must be between {low} and {high}",
                        self.full(key)
                    );
                    self.reader.error(entry.span(), message);
                }
            }
        }
        Some(numbers)
    }

    /// A number from 0 to 1.
    #[must_use]
    pub fn share(&self, key: &'static str) -> Option<f64> {
        let value = self.raw(key)?;
        let number = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            _ => return self.mismatch(key, "a number from 0 to 1", value),
        };
        // Not a number is in no range either.
        let share = number.parse().ok().filter(|n| (0.0..=1.0).contains(n));
        if share.is_none() {
            let message = format!("`{}` must be a number from 0 to 1", self.full(key));
            self.reader.error(value.span(), message);
        }
        share
    }

    /// A list of strings.
    #[must_use]
    pub fn strings(&self, key: &'static str) -> Option<Vec<Text>> {
        let value = self.raw(key)?;
        let DeValue::Array(list) = value.get_ref() else {
            return self.mismatch(key, "a list of strings", value);
        };
        Some(
            list.iter()
                .filter_map(|entry| self.as_string(key, entry))
                .collect(),
        )
    }

    /// A table.
    #[must_use]
    pub fn table(&self, key: &'static str) -> Option<Table<'d>> {
        let value = self.raw(key)?;
        self.as_table(key, value)
    }

    /// A value as a table, for values found through [`Table::entries`].
    #[must_use]
    pub fn as_table(&self, key: &str, value: &'d Spanned<DeValue<'d>>) -> Option<Table<'d>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Table {
                reader: self.reader,
                table,
                path: self.full(key),
                span: value.span(),
                strict: self.strict,
                asked: RefCell::default(),
            }),
            _ => self.mismatch(key, "a table", value),
        }
    }

    /// A list of tables, `[[key]]`.
    #[must_use]
    pub fn tables(&self, key: &'static str) -> Vec<Table<'d>> {
        self.raw(key)
            .map_or_else(Vec::new, |value| self.list_of_tables(key, value))
    }

    /// A value as a list of tables, for values found through [`Table::entries`].
    #[must_use]
    pub fn list_of_tables(&self, key: &str, value: &'d Spanned<DeValue<'d>>) -> Vec<Table<'d>> {
        let DeValue::Array(list) = value.get_ref() else {
            let found = value.get_ref().type_str();
            let message = format!(
                "`{}` must be a list of tables (`[[{key}]]`), not a {found}",
                self.full(key)
            );
            self.reader.error(value.span(), message);
            return Vec::new();
        };
        list.iter()
            .filter_map(|entry| self.as_table(key, entry))
            .collect()
    }

    /// Says that keys belong to Frieze but not to this version of it.
    pub fn not_yet(&self, keys: &[&'static str]) {
        for &key in keys {
            if self.has(key) {
                let full = self.full(key);
                self.reader.push(
                    Diagnostic::error(
                        Kind::Config,
                        format!("`{full}` is not supported by this version of frieze"),
                    )
                    .at(self.place(key))
                    .help("remove it, or use a version of frieze that supports it"),
                );
            }
        }
    }

    /// The key with the tables it lies in.
    #[must_use]
    pub fn full(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn mismatch<T>(&self, key: &str, expected: &str, value: &Spanned<DeValue<'_>>) -> Option<T> {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) {
            "an"
        } else {
            "a"
        };
        let message = format!(
            "`{}` must be {expected}, not {article} {found}",
            self.full(key)
        );
        self.reader.error(value.span(), message);
        None
    }

    fn unknown(&self, key: &str, span: Range<usize>) -> Diagnostic {
        let asked = self.asked.borrow();
        let place = if self.path.is_empty() {
            String::new()
        } else {
            format!(" in `[{}]`", self.path)
        };
        let all = asked
            .iter()
            .map(|k| format!("`{k}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let help = match closest(key, asked.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {all}"),
        };
        Diagnostic::error(Kind::Config, format!("unknown key `{key}`{place}"))
            .at(self.reader.file.at(span))
            .help(help)
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        let unknown: Vec<Diagnostic> = self
            .entries()
            .into_iter()
            .filter(|(key, _)| !self.asked.borrow().contains(key.value.as_str()))
            .map(|(key, _)| self.unknown(&key.value, key.span))
            .collect();
        unknown
            .into_iter()
            .for_each(|diagnostic| self.reader.push(diagnostic));
    }
}

/// A TOML value as JSON. Dates become strings, as JSON has none.
#[must_use]
pub fn to_json(value: &DeValue<'_>) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        DeValue::String(text) => Json::from(text.as_ref()),
        DeValue::Integer(n) => {
            i64::from_str_radix(n.as_str(), n.radix()).map_or(Json::Null, Json::from)
        }
        DeValue::Float(n) => n.as_str().parse::<f64>().map_or(Json::Null, Json::from),
        DeValue::Boolean(b) => Json::from(*b),
        DeValue::Datetime(date) => Json::from(date.to_string()),
        DeValue::Array(list) => list.iter().map(|v| to_json(v.get_ref())).collect(),
        DeValue::Table(table) => table_to_json(table),
    }
}

fn table_to_json(table: &DeTable<'_>) -> serde_json::Value {
    let mut members: Vec<_> = table.iter().collect();
    members.sort_by_key(|(key, _)| key.span().start);
    members
        .into_iter()
        .map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref())))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str, with: impl FnOnce(&Table<'_>)) -> String {
        let file = SourceFile {
            name: "site.toml".into(),
            text: Arc::from(text),
        };
        let table = parse(&file).unwrap();
        let lookup = |name: &str| (name == "SET").then(|| "value".to_owned());
        let reader = Reader::new(&file, Some(&lookup));
        with(&reader.root(table.get_ref()));
        reader.finish().to_string()
    }

    #[test]
    fn reports_every_mistake_with_its_place() {
        let text = "concurrency = \"8\"\nread_timeout = \"soon\"\npage_size = 900\nzebra = 1\ntier = \"publsh\"\n";
        let report = read(text, |table| {
            assert_eq!(table.integer("concurrency", 1..=64), None);
            assert_eq!(table.duration("read_timeout"), None);
            assert_eq!(table.integer("page_size", 1..=100), None);
            assert!(table.word("tier", &["publish", "author"]).is_none());
        });
        insta::assert_snapshot!(report);
    }

    #[test]
    fn variables_are_replaced_and_missing_ones_named() {
        let report = read(
            "a = \"x-${SET}-${UNSET:-d}\"\nb = \"${UNSET}\"\n",
            |table| {
                assert_eq!(table.string("a").unwrap().value, "x-value-d");
                assert!(table.string("b").is_some());
            },
        );
        insta::assert_snapshot!(report);
    }

    #[test]
    fn amounts_have_units() {
        let report = read("a = \"2m\"\nb = \"64MiB\"\nc = \"500ms\"", |table| {
            assert_eq!(table.duration("a"), Some(Duration::from_secs(120)));
            assert_eq!(table.size("b"), Some(64 << 20));
            assert_eq!(table.duration("c"), Some(Duration::from_millis(500)));
        });
        assert_eq!(report, "");
    }
}
