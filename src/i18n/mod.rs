//! Strings of the site itself, in every language, and how a language writes numbers.
//!
//! `i18n/LANG.toml` holds the strings of one language; tables make longer keys of shorter ones. [`load`]
//! reads all files into [`Strings`] and reports every mistake in them: a form that the language's plural
//! needs, a placeholder that the default language does not know. What a language lacks is looked up in
//! those that stand in for it, and last in the default one. A [`Message`] is text with placeholders, or one
//! such text for each plural form that the language has.

mod file;
mod message;
mod number;
mod plural;

use std::collections::BTreeMap;
use std::path::Path;

pub use message::{Fill, FillError, Message};
pub use number::{Numbers, decimal};

use crate::config::{Config, LangId, Languages};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, Warned, closest};
use crate::fs;
use crate::table::SourceFile;

use file::Entry;
use plural::Plurals;

/// The folder of the strings, below the site's root.
pub const FOLDER: &str = "i18n";

/// All strings of a site.
pub struct Strings {
    languages: Languages,
    /// For each language those that its strings are looked up in, its own first.
    order: Vec<Vec<LangId>>,
    /// In the order of the languages.
    list: Vec<Language>,
}

/// One language.
struct Language {
    strings: BTreeMap<String, Message>,
    plurals: Plurals,
    numbers: Numbers,
}

/// A string, and the rules of the language it is written in: those of the page may be others.
pub struct Found<'s> {
    /// The string.
    pub message: &'s Message,
    plurals: &'s Plurals,
    /// How its language writes numbers.
    pub numbers: &'s Numbers,
}

impl Strings {
    /// No strings, for sites without any.
    #[must_use]
    pub fn none(languages: &Languages) -> Self {
        let list = languages.iter().map(|(_, language)| Language {
            strings: BTreeMap::new(),
            plurals: Plurals::of(&language.code),
            numbers: Numbers::of(&language.code),
        });
        Self {
            list: list.collect(),
            order: languages
                .iter()
                .map(|(id, _)| languages.in_order_for(id))
                .collect(),
            languages: languages.clone(),
        }
    }

    /// A string in a language, or in the nearest that stands in for it.
    #[must_use]
    pub fn find(&self, key: &str, language: LangId) -> Option<Found<'_>> {
        self.chain(language).find_map(|own| {
            let message = own.strings.get(key)?;
            Some(Found {
                message,
                plurals: &own.plurals,
                numbers: &own.numbers,
            })
        })
    }

    /// How a language writes numbers.
    #[must_use]
    pub fn numbers(&self, language: LangId) -> &Numbers {
        &self.list[language.index()].numbers
    }

    /// Says that a string is nowhere, with the nearest one there is.
    #[must_use]
    pub fn missing(&self, key: &str, language: LangId) -> String {
        let order = self.order[language.index()].iter();
        let files: Vec<String> = order
            .map(|&id| format!("{FOLDER}/{}.toml", self.languages.get(id).code))
            .collect();
        let keys = || self.chain(language).flat_map(|own| own.strings.keys());
        let below = format!("{key}.");
        let help = match closest(key, keys().map(String::as_str)) {
            _ if keys().any(|known| known.starts_with(&below)) => {
                "it is a table of strings there; a plural needs the form `other`".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write it to {}", files[files.len() - 1]),
        };
        format!(
            "there is no string `{key}` in {}; {help}",
            files.join(" or ")
        )
    }

    /// The languages that strings of one are looked up in: its own first.
    fn chain(&self, language: LangId) -> impl Iterator<Item = &Language> {
        let order = self.order[language.index()].iter();
        order.map(|id| &self.list[id.index()])
    }
}

impl Found<'_> {
    /// The string, when it is neither a plural nor has placeholders.
    #[must_use]
    pub fn plain(&self) -> Option<String> {
        self.message.plain()
    }

    /// The string with its placeholders filled.
    ///
    /// # Errors
    /// The placeholder that has no value, or why there is no plural form to take.
    pub fn text(&self, fill: &dyn Fill) -> Result<String, FillError> {
        self.message.text(fill, self.plurals, self.numbers)
    }
}

/// Reads the strings of a site.
///
/// # Errors
/// Every mistake in every file.
pub fn load(config: &Config) -> Result<Warned<Strings>, Diagnostics> {
    let folder = config.root.join(FOLDER);
    let files =
        fs::walk(&folder).map_err(|error| Diagnostic::error(Kind::Config, error.to_string()))?;
    let mut found = Diagnostics::new();
    let mut strings = Strings::none(&config.languages);
    let mut read: Vec<Option<(SourceFile, Vec<Entry>)>> =
        config.languages.iter().map(|_| None).collect();
    for path in files {
        let name = format!("{FOLDER}/{}", path.display());
        let Some(language) = language_of(config, &path, &name, &mut found) else {
            continue;
        };
        let text = match fs::read_text(&folder.join(&path)) {
            Ok(text) => text,
            Err(error) => {
                let place = Location::file(name);
                found.push(Diagnostic::error(Kind::Config, error.to_string()).at(place));
                continue;
            }
        };
        let file = SourceFile { name, text };
        let plurals = &strings.list[language.index()].plurals;
        let entries = file::read(&file, plurals, &mut found);
        read[language.index()] = Some((file, entries));
    }
    check_placeholders(config, &read, &mut found);
    for (own, read) in strings.list.iter_mut().zip(read) {
        let entries = read.into_iter().flat_map(|(_, entries)| entries);
        own.strings = entries.map(|entry| (entry.key, entry.message)).collect();
    }
    found.finish(strings)
}

/// The language a file belongs to, by its name.
fn language_of(
    config: &Config,
    path: &Path,
    name: &str,
    found: &mut Diagnostics,
) -> Option<LangId> {
    let extension = path.extension().and_then(|e| e.to_str());
    if extension != Some("toml") {
        if extension == Some("ftl") {
            let message = "strings in Fluent are not supported by this version of frieze";
            let diagnostic = Diagnostic::error(Kind::Config, message).at(Location::file(name));
            found.push(diagnostic.help("write them to a file `LANG.toml` beside it"));
        }
        return None;
    }
    let stem = path
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or_default();
    let is_below = path.components().count() > 1;
    let language = config.languages.find(stem).filter(|_| !is_below);
    if language.is_none() {
        let codes = config.languages.iter().map(|(_, own)| own.code.as_str());
        let codes: Vec<&str> = codes.collect();
        let help = match closest(stem, codes.iter().copied()) {
            Some(near) if !is_below => format!("did you mean `{FOLDER}/{near}.toml`?"),
            _ => format!("the languages are {}", codes.join(", ")),
        };
        found.push(
            Diagnostic::warning(Kind::Config, "the file belongs to no language of the site")
                .at(Location::file(name))
                .help(help),
        );
    }
    language
}

/// Placeholders that the default language's string does not have: nobody will fill them.
fn check_placeholders(
    config: &Config,
    read: &[Option<(SourceFile, Vec<Entry>)>],
    found: &mut Diagnostics,
) {
    let default = config.languages.default_id();
    let Some((_, base)) = &read[default.index()] else {
        return;
    };
    let base: BTreeMap<&str, &Entry> = base.iter().map(|own| (own.key.as_str(), own)).collect();
    let others = read.iter().enumerate();
    let others =
        others.filter_map(|(index, read)| read.as_ref().filter(|_| index != default.index()));
    for (file, entries) in others {
        for entry in entries {
            let Some(base) = base.get(entry.key.as_str()) else {
                continue;
            };
            let known: Vec<&str> = base.message.placeholders().collect();
            for name in entry.message.placeholders().filter(|n| !known.contains(n)) {
                let code = &config.languages.get(default).code;
                let message = format!(
                    "`{}` has no `{{{name}}}` in {FOLDER}/{code}.toml",
                    entry.key
                );
                found.push(
                    Diagnostic::error(Kind::Config, message)
                        .at(file.at(entry.span.clone()))
                        .note("templates fill what the default language's string asks for")
                        .maybe_help(
                            closest(name, known.iter().copied())
                                .map(|near| format!("did you mean `{{{near}}}`?")),
                        ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
