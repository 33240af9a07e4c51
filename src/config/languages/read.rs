//! The tables `[languages.CODE]`, read and held against each other.

use super::known;
use super::{Direction, LangId, Language, Languages};
use crate::aem::RepositoryRoot;
use crate::artifact::OutputPath;
use crate::diag::{Diagnostic, Kind, closest};
use crate::table::{Table, Text};

/// A language whose `fallback` still is a code.
struct Draft {
    language: Language,
    fallback: Option<Text>,
}

/// Reads the languages; `None` only after an error was reported.
pub(in crate::config) fn read(table: &Table<'_>) -> Option<Languages> {
    let default = table.filled("default_language");
    let tables = table
        .table("languages")
        .map(Table::open)
        .unwrap_or_default();
    if tables.is_empty() {
        if table.has("default_language") && default.is_none() {
            return None;
        }
        let code = default.map_or_else(|| "en".to_owned(), |text| text.value);
        return Some(Languages {
            list: vec![plain(&code)],
            default: LangId(0),
        });
    }
    let codes: Vec<String> = tables.iter().map(|(code, _)| code.value.clone()).collect();
    let default_code = default
        .as_ref()
        .map_or(codes[0].as_str(), |text| text.value.as_str());
    let keys: Vec<Text> = tables.iter().map(|(code, _)| code.clone()).collect();
    let mut drafts = Vec::with_capacity(tables.len());
    for (code, value) in &tables {
        check_code(table, code);
        let language = table.as_table(&format!("languages.{}", code.value), value)?;
        drafts.push(read_one(&language, &code.value, code.value == default_code));
    }
    let Some(position) = codes.iter().position(|code| code == default_code) else {
        unknown_default(table, default.as_ref(), &codes);
        return None;
    };
    let list = with_fallbacks(table, drafts);
    check_prefixes(table, &list, &keys);
    let default = LangId(u16::try_from(position).unwrap_or_default());
    Some(Languages { list, default })
}

/// Follows `fallback` from language to language. Two languages may stand in for each other: the chain ends
/// where it would come back.
fn with_fallbacks(table: &Table<'_>, drafts: Vec<Draft>) -> Vec<Language> {
    let next: Vec<Option<usize>> = (0..drafts.len())
        .map(|own| fallback(table, &drafts, own))
        .collect();
    let chain = |own: usize| {
        let mut chain = Vec::new();
        let mut at = next[own];
        while let Some(position) = at.filter(|&p| p != own && !chain.contains(&p)) {
            chain.push(position);
            at = next[position];
        }
        let id = |position: usize| LangId(u16::try_from(position).unwrap_or_default());
        chain.into_iter().map(id).collect()
    };
    let chains: Vec<Vec<LangId>> = (0..drafts.len()).map(chain).collect();
    let complete = |(draft, fallbacks): (Draft, Vec<LangId>)| Language {
        fallbacks,
        ..draft.language
    };
    drafts.into_iter().zip(chains).map(complete).collect()
}

/// The language that `fallback` of another one names.
fn fallback(table: &Table<'_>, drafts: &[Draft], own: usize) -> Option<usize> {
    let Draft { language, fallback } = &drafts[own];
    let fallback = fallback.as_ref()?;
    let wrong = |message: String, help: Option<String>| {
        let place = table.reader().file().at(fallback.span.clone());
        let diagnostic = Diagnostic::error(Kind::Config, message).at(place);
        table.reader().push(diagnostic.maybe_help(help));
    };
    let codes = || drafts.iter().map(|draft| draft.language.code.as_str());
    let Some(position) = codes().position(|code| code == fallback.value) else {
        let help = closest(&fallback.value, codes()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("`{}` is not one of the languages", fallback.value);
        wrong(message, help);
        return None;
    };
    if position == own {
        let message = format!("`{}` cannot stand in for itself", fallback.value);
        wrong(message, None);
        return None;
    }
    let rootless = [language, &drafts[position].language]
        .into_iter()
        .find(|language| language.root.is_none());
    if let Some(rootless) = rootless {
        let message = format!("a fallback needs a root, and `{}` has none", rootless.code);
        let help =
            "items stand in for each other at the same path below two roots: set `root` in both";
        wrong(message, Some(help.to_owned()));
        return None;
    }
    Some(position)
}

fn plain(code: &str) -> Language {
    Language {
        code: code.to_owned(),
        locale: code.to_owned(),
        prefix: String::new(),
        name: known::name(code),
        title: None,
        root: None,
        direction: known::direction(code),
        fallbacks: Vec::new(),
    }
}

fn read_one(table: &Table<'_>, code: &str, is_default: bool) -> Draft {
    let root = table.filled("root").and_then(|text| {
        let root = RepositoryRoot::parse(&text.value);
        if root.is_none() {
            let message = format!(
                "`{}` must be a folder of the repository such as \"/content/dam/site/en\"",
                table.full("root")
            );
            table.reader().error(text.span, message);
        }
        root
    });
    let from_root = root.as_ref().map(|root| root.last_segment().to_owned());
    let prefix = match table.string("prefix") {
        Some(text) => {
            let prefix = text.value.trim_matches('/').to_owned();
            if !prefix.is_empty() && OutputPath::parse(&prefix).is_err() {
                table.reader().error(
                    text.span,
                    format!("`{}` is not a usable path segment", table.full("prefix")),
                );
            }
            prefix
        }
        None if is_default => String::new(),
        None => code.to_owned(),
    };
    let direction = match table.word("dir", &["ltr", "rtl"]).map(|text| text.value) {
        Some(word) if word == "rtl" => Direction::Rtl,
        Some(_) => Direction::Ltr,
        None => known::direction(code),
    };
    let language = Language {
        code: code.to_owned(),
        locale: table
            .filled("locale")
            .map(|t| t.value)
            .or(from_root)
            .unwrap_or_else(|| code.to_owned()),
        prefix,
        name: table
            .filled("name")
            .map_or_else(|| known::name(code), |text| text.value),
        title: table.string("title").map(|text| text.value),
        root,
        direction,
        fallbacks: Vec::new(),
    };
    Draft {
        language,
        fallback: table.filled("fallback"),
    }
}

fn check_code(table: &Table<'_>, code: &Text) {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if code.value.is_empty() || !code.value.chars().all(fine) {
        let message = format!(
            "`{}` is not a language tag such as `en` or `pt-BR`",
            code.value
        );
        table.reader().error(code.span.clone(), message);
    }
}

fn unknown_default(table: &Table<'_>, default: Option<&Text>, codes: &[String]) {
    let Some(default) = default else { return };
    let near = closest(&default.value, codes.iter().map(String::as_str));
    table.reader().push(
        Diagnostic::error(
            Kind::Config,
            "`default_language` is not one of the languages",
        )
        .at(table.reader().file().at(default.span.clone()))
        .help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "add `[languages.{}]`, or choose one of {}",
                default.value,
                codes.join(", ")
            ),
        }),
    );
}

/// Two languages with one prefix would write over each other; two with one root could not be told apart.
fn check_prefixes(table: &Table<'_>, list: &[Language], codes: &[Text]) {
    for (position, language) in list.iter().enumerate() {
        for earlier in &list[..position] {
            let clash = if earlier.prefix == language.prefix {
                format!("the prefix `/{}`", language.prefix)
            } else if language.root.is_some() && earlier.root == language.root {
                "the root".to_owned()
            } else {
                continue;
            };
            table.reader().push(
                Diagnostic::error(
                    Kind::Config,
                    format!(
                        "the languages `{}` and `{}` have {clash} in common",
                        earlier.code, language.code
                    ),
                )
                .at(table.reader().file().at(codes[position].span.clone()))
                .help("give each its own `prefix` and `root`"),
            );
        }
    }
}
