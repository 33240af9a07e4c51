//! One file of strings.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::message::{Message, Text};
use super::plural::{FORMS, Plurals};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::table::{Reader, SourceFile, parse};

/// A string of a file.
pub(super) struct Entry {
    /// Its key, with those of the tables it lies in: `season.spring`.
    pub(super) key: String,
    pub(super) message: Message,
    /// Where it stands.
    pub(super) span: Range<usize>,
}

/// Reads a file in the order in which it is written; what is wrong with it goes to `found`.
pub(super) fn read(file: &SourceFile, plurals: &Plurals, found: &mut Diagnostics) -> Vec<Entry> {
    let table = match parse(file) {
        Ok(table) => table,
        Err(errors) => {
            found.extend(errors);
            return Vec::new();
        }
    };
    let reader = Reader::new(file, None);
    let mut walk = Walk {
        reader: &reader,
        plurals,
        entries: Vec::new(),
        keys: BTreeSet::new(),
    };
    walk.table(table.get_ref(), "");
    let entries = walk.entries;
    let mut own = reader.finish();
    own.sort_by_place();
    found.extend(own);
    entries
}

struct Walk<'a> {
    reader: &'a Reader<'a>,
    plurals: &'a Plurals,
    entries: Vec<Entry>,
    keys: BTreeSet<String>,
}

impl Walk<'_> {
    fn table(&mut self, table: &DeTable<'_>, prefix: &str) {
        let mut members: Vec<_> = table.iter().collect();
        members.sort_by_key(|(key, _)| key.span().start);
        for (name, value) in members {
            let key = match prefix {
                "" => name.get_ref().to_string(),
                prefix => format!("{prefix}.{}", name.get_ref()),
            };
            let message = match value.get_ref() {
                DeValue::String(_) => self.text(&key, value).map(Message::Plain),
                DeValue::Table(forms) if is_plural(forms) => self.plural(&key, name.span(), forms),
                DeValue::Table(table) => {
                    self.table(table, &key);
                    continue;
                }
                _ => {
                    let message = format!("`{key}` must be a text, or a table of texts");
                    self.reader.error(value.span(), message);
                    continue;
                }
            };
            let Some(message) = message else { continue };
            if !self.keys.insert(key.clone()) {
                let message = format!("there is another string `{key}` in this file");
                self.reader.error(name.span(), message);
            }
            self.entries.push(Entry {
                key,
                message,
                span: value.span(),
            });
        }
    }

    fn text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Text> {
        let text = value.get_ref().as_str()?;
        Text::parse(text)
            .map_err(|why| {
                let message = format!("`{key}` cannot be used: {why}");
                self.reader.error(value.span(), message);
            })
            .ok()
    }

    fn plural(&self, key: &str, span: Range<usize>, table: &DeTable<'_>) -> Option<Message> {
        let mut forms = BTreeMap::new();
        for (name, value) in table {
            let text = self.text(&format!("{key}.{}", name.get_ref()), value);
            let form = FORMS.into_iter().find(|form| name.get_ref() == form);
            let form = form?;
            if form != "zero" && !self.plurals.has(form) {
                let message = format!("the language has no plural form `{form}`");
                let place = self.reader.file().at(name.span());
                let needed = self.plurals.needed().join(", ");
                let diagnostic = Diagnostic::warning(Kind::Config, message).at(place);
                self.reader
                    .push(diagnostic.note(format!("its forms are {needed}")));
            }
            forms.insert(form, text?);
        }
        let needed = self.plurals.needed();
        let missing: Vec<String> = needed
            .into_iter()
            .filter(|form| !forms.contains_key(form))
            .map(|form| format!("`{form}`"))
            .collect();
        if !missing.is_empty() {
            let message = format!("the plural `{key}` lacks {}", missing.join(" and "));
            let place = self.reader.file().at(span);
            let diagnostic = Diagnostic::error(Kind::Config, message).at(place);
            self.reader
                .push(diagnostic.note("counting in this language needs these forms"));
        }
        Some(Message::Plural(forms))
    }
}

/// Whether a table is one string with its plural forms: it has `other` and nothing but forms.
fn is_plural(table: &DeTable<'_>) -> bool {
    let is_form = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = name.get_ref();
        FORMS.contains(&&**name) && value.get_ref().is_str()
    };
    table.iter().all(is_form) && table.keys().any(|name| name.get_ref() == "other")
}
