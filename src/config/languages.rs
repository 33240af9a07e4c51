//! `[languages.*]`: which languages the site has, where AEM keeps them and where their pages live.

use crate::aem::RepositoryRoot;
use crate::diag::{Diagnostic, Kind, closest};
use crate::table::{Table, Text};

/// A language of the site, by its place in [`Languages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LangId(u16);

/// The direction text runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// The value of HTML's `dir`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }

    /// The direction that the language's usual script has.
    fn of(code: &str) -> Self {
        let language = code.split(['-', '_']).next().unwrap_or_default();
        match language {
            "ar" | "arc" | "ckb" | "dv" | "fa" | "he" | "ks" | "ps" | "sd" | "ug" | "ur" | "yi" => {
                Self::Rtl
            }
            _ => Self::Ltr,
        }
    }
}

/// One language.
#[derive(Clone, Debug)]
pub struct Language {
    /// The BCP 47 tag pages are marked with: the key of the table.
    pub code: String,
    /// What AEM calls it: the value of `lang.locale` in variables.
    pub locale: String,
    /// The first segment of its pages' routes; empty for none.
    pub prefix: String,
    /// The site's title in this language, when it has one of its own.
    pub title: Option<String>,
    /// The folder of the repository its content lies below.
    pub root: Option<RepositoryRoot>,
    /// The direction of its text.
    pub direction: Direction,
}

/// The site's languages, in the order of the file.
#[derive(Clone, Debug)]
pub struct Languages {
    list: Vec<Language>,
    default: LangId,
}

impl Languages {
    /// The default language.
    #[must_use]
    pub fn default_id(&self) -> LangId {
        self.default
    }

    /// One language.
    #[must_use]
    pub fn get(&self, id: LangId) -> &Language {
        &self.list[usize::from(id.0)]
    }

    /// All, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (LangId, &Language)> {
        (0..).map(LangId).zip(&self.list)
    }

    /// How many there are.
    #[expect(
        clippy::len_without_is_empty,
        reason = "there is always at least one language"
    )]
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The language with that code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<LangId> {
        self.iter()
            .find(|(_, language)| language.code == code)
            .map(|(id, _)| id)
    }

    /// The language whose root contains `path`: the deepest one, should roots be nested.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<LangId> {
        self.iter()
            .filter_map(|(id, language)| {
                let root = language.root.as_ref()?;
                root.relative(path).map(|_| (root.as_str().len(), id))
            })
            .max_by_key(|(length, _)| *length)
            .map(|(_, id)| id)
    }

    /// A route of a language: its prefix put before a path that starts with `/`.
    #[must_use]
    pub fn route(&self, id: LangId, path: &str) -> String {
        match self.get(id).prefix.as_str() {
            "" => path.to_owned(),
            prefix => format!("/{prefix}{path}"),
        }
    }
}

pub(super) fn read(table: &Table<'_>) -> Option<Languages> {
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
    let mut list = Vec::with_capacity(tables.len());
    for (code, value) in &tables {
        check_code(table, code);
        let language = table.as_table(&format!("languages.{}", code.value), value)?;
        list.push(read_one(&language, &code.value, code.value == default_code));
    }
    let Some(position) = codes.iter().position(|code| code == default_code) else {
        unknown_default(table, default.as_ref(), &codes);
        return None;
    };
    check_prefixes(
        table,
        &list,
        &tables
            .iter()
            .map(|(code, _)| code.clone())
            .collect::<Vec<_>>(),
    );
    let default = LangId(u16::try_from(position).unwrap_or_default());
    Some(Languages { list, default })
}

fn plain(code: &str) -> Language {
    Language {
        code: code.to_owned(),
        locale: code.to_owned(),
        prefix: String::new(),
        title: None,
        root: None,
        direction: Direction::of(code),
    }
}

fn read_one(table: &Table<'_>, code: &str, is_default: bool) -> Language {
    table.not_yet(&["fallback"]);
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
            if !prefix.is_empty() && crate::artifact::OutputPath::parse(&prefix).is_err() {
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
        None => Direction::of(code),
    };
    Language {
        code: code.to_owned(),
        locale: table
            .filled("locale")
            .map(|t| t.value)
            .or(from_root)
            .unwrap_or_else(|| code.to_owned()),
        prefix,
        title: table.string("title").map(|text| text.value),
        root,
        direction,
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
