//! Where a Markdown file's page belongs: its language, its route, and which files are the same page in
//! another language.

use super::{FOLDER, FrontMatter};
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::table::SourceFile;

/// Where a page belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder of the file, relative to `content/`; empty for that itself.
    pub folder: String,
    /// The file's name without its language and extension.
    pub stem: String,
    /// The language of the page.
    pub language: LangId,
    /// Its route, with the prefix of the language.
    pub route: String,
}

/// Names of files that are the page of their folder.
const INDEX: [&str; 2] = ["index", "_index"];

impl Place {
    /// What the same page has in common in all languages.
    #[must_use]
    pub fn group(&self) -> (String, String) {
        (self.folder.clone(), self.stem.clone())
    }

    /// The folder the page is listed in: that of the file, or the one around it where the file is the page of
    /// its folder. The front page is listed nowhere.
    #[must_use]
    pub fn section(&self) -> Option<&str> {
        if !INDEX.contains(&self.stem.as_str()) {
            return Some(&self.folder);
        }
        match self.folder.rsplit_once('/') {
            Some((parent, _)) => Some(parent),
            None if self.folder.is_empty() => None,
            None => Some(""),
        }
    }
}

/// Finds it; `None` when the language is unknown, which is reported.
pub(super) fn of(
    file: &SourceFile,
    front: &FrontMatter,
    config: &Config,
    found: &mut Diagnostics,
) -> Option<Place> {
    let path = file.name.strip_prefix(FOLDER)?.strip_prefix('/')?;
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.strip_suffix(".md").unwrap_or(name);
    let (stem, suffix) = split(name, config);
    let language = match language(file, front, suffix, config) {
        Ok(language) => language,
        Err(error) => {
            found.push(error);
            return None;
        }
    };
    let own = front.route.as_ref().map(|(route, _)| route.clone());
    let bare = own.unwrap_or_else(|| default_route(folder, stem));
    Some(Place {
        folder: folder.to_owned(),
        stem: stem.to_owned(),
        language,
        route: config.languages.route(language, &bare),
    })
}

/// `content/about.md` → `/about/`, `content/about/index.md` → `/about/`.
fn default_route(folder: &str, stem: &str) -> String {
    let name = if INDEX.contains(&stem) { "" } else { stem };
    let segments = [folder, name].into_iter().filter(|part| !part.is_empty());
    segments.fold("/".to_owned(), |route, segment| route + segment + "/")
}

/// The name and the language in it: `about.fr`. What is no language of the site but looks like one is taken
/// for one, too, since `/about.de/` is hardly what is meant.
fn split<'n>(name: &'n str, config: &Config) -> (&'n str, Option<&'n str>) {
    match name.rsplit_once('.') {
        Some((stem, suffix)) if !stem.is_empty() => {
            let known = config.languages.find(suffix).is_some();
            if known || looks_like_a_language(suffix) {
                (stem, Some(suffix))
            } else {
                (name, None)
            }
        }
        _ => (name, None),
    }
}

fn looks_like_a_language(text: &str) -> bool {
    let (language, region) = text.split_once('-').unwrap_or((text, "XX"));
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphabetic());
    language.len() == 2
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && region.len() == 2
        && letters(region)
}

fn language(
    file: &SourceFile,
    front: &FrontMatter,
    suffix: Option<&str>,
    config: &Config,
) -> Result<LangId, Diagnostic> {
    let find = |code: &str, place: Location| {
        let found = config.languages.find(code);
        found.ok_or_else(|| unknown(code, config).at(place))
    };
    let of_suffix = suffix
        .map(|code| find(code, Location::file(&file.name)))
        .transpose()?;
    let Some((code, span)) = &front.lang else {
        return Ok(of_suffix.unwrap_or(config.languages.default_id()));
    };
    let own = find(code, file.at(span.clone()))?;
    match suffix.filter(|_| of_suffix != Some(own)) {
        None => Ok(own),
        Some(suffix) => {
            let message = format!("`lang` is `{code}`, but the file's name says `{suffix}`");
            Err(Diagnostic::error(Kind::Config, message)
                .at(file.at(span.clone()))
                .help("leave `lang` out, or rename the file"))
        }
    }
}

fn unknown(code: &str, config: &Config) -> Diagnostic {
    let codes: Vec<&str> = config
        .languages
        .iter()
        .map(|(_, language)| language.code.as_str())
        .collect();
    Diagnostic::error(
        Kind::Config,
        format!("`{code}` is not a language of this site"),
    )
    .help(match closest(code, codes.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the languages are {}", codes.join(", ")),
    })
}
