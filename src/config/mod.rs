//! The site's configuration: `site.toml`, environment variables and command-line overrides, resolved.
//!
//! [`load`] reads the file and gives a [`Config`] in which everything is decided: which host is asked,
//! which languages there are and where their pages live, where the output goes. The modules below
//! follow the file: `aem`, `assets`, `fetch` and `guard`, `languages`, `layers` for environments. Tables that the design
//! has and this version does not are refused by name rather than ignored.

mod aem;
mod assets;
mod auth;
mod base_url;
mod fetch;
mod guard;
mod languages;
mod layers;
mod links;
mod menus;
mod redirects;

use std::path::{Path, PathBuf};

pub use aem::{Aem, Origin, SandboxSettings, Service};
pub use assets::{AssetMode, Assets, OnMissing};
pub use auth::{Auth, OAuth, ServiceCredentials};
pub use base_url::BaseUrl;
pub use fetch::{Cdn, Fetch, proxy_url};
pub use guard::Guard;
pub use languages::{Direction, LangId, Language, Languages};
pub use links::LinkRules;
pub use menus::{Label, Menu, MenuEntry, Target};
pub use redirects::{RedirectFormat, Redirects};

use crate::aem::Tier;
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, Warned, closest};
use crate::fs;
use crate::table::{Lookup, Reader, SourceFile, Table, parse};

/// The configuration file's name.
pub const FILE: &str = "site.toml";

/// The folder for what later builds may use again, in the folder of the site.
pub const CACHE_FOLDER: &str = ".frieze";

/// The folder of the site made, in the folder of the site, where nobody names another.
pub const OUTPUT_FOLDER: &str = "public";

/// What the command line says, on top of the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`: another file than `site.toml`.
    pub file: Option<PathBuf>,
    /// `--env`: the environment whose tables are laid over the rest.
    pub environment: Option<String>,
    /// `--tier`.
    pub tier: Option<Tier>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--output-dir`, relative to the current folder.
    pub output: Option<PathBuf>,
    /// `--cache-dir`, relative to the current folder.
    pub cache: Option<PathBuf>,
}

/// Everything a build needs to know besides the queries.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the site.
    pub root: PathBuf,
    /// `title`.
    pub title: String,
    /// `base_url`: where the site will be served.
    pub base_url: BaseUrl,
    /// The site's languages; at least one.
    pub languages: Languages,
    /// `[menus]`.
    pub menus: Vec<Menu>,
    /// `[redirects]`.
    pub redirects: Redirects,
    /// The environment chosen with `--env`.
    pub environment: Option<String>,
    /// `[aem]`.
    pub aem: Aem,
    /// `[assets]`.
    pub assets: Assets,
    /// `[fetch]`.
    pub fetch: Fetch,
    /// `[guard]`.
    pub guard: Guard,
    /// `[links]`: where AEM's own pages are.
    pub links: LinkRules,
    /// The output folder.
    pub output: PathBuf,
    /// The folder for what later builds may use again.
    pub cache: PathBuf,
    /// `[extra]`, free for templates.
    pub extra: serde_json::Value,
}

/// A configuration as far as it could be read, with everything wrong with it: definitions refer to its
/// languages, and their mistakes belong into the same report.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What could be read; not to be built from when `found` has errors.
    pub config: Option<Config>,
    /// What is wrong.
    pub found: Diagnostics,
}

impl Loaded {
    fn failed(found: Diagnostics) -> Self {
        Self {
            config: None,
            found,
        }
    }

    /// The configuration, when nothing is wrong with it.
    ///
    /// # Errors
    /// Everything found, when one of it is an error.
    pub fn finish(self) -> Result<Warned<Config>, Diagnostics> {
        match self.config {
            Some(config) => self.found.finish(config),
            None => Err(self.found),
        }
    }
}

/// Loads the configuration of the site in `root`.
#[must_use]
pub fn load(root: &Path, overrides: &Overrides) -> Loaded {
    let path = overrides.file.clone().unwrap_or_else(|| root.join(FILE));
    let name = path
        .strip_prefix(root)
        .unwrap_or(&path)
        .display()
        .to_string();
    let text = match fs::read_text(&path) {
        Ok(text) => text,
        Err(error) => return Loaded::failed(missing(&name, &error)),
    };
    let dotenv = match read_dotenv(root) {
        Ok(dotenv) => dotenv,
        Err(found) => return Loaded::failed(found),
    };
    let lookup = |name: &str| {
        let own = || {
            dotenv
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        std::env::var(name).ok().or_else(own)
    };
    read_site(&SourceFile { name, text }, root, overrides, &lookup)
}

fn missing(name: &str, error: &fs::FsError) -> Diagnostics {
    let diagnostic = if error.source.kind() == std::io::ErrorKind::NotFound {
        Diagnostic::error(Kind::Config, format!("there is no `{name}` here"))
            .note("every site has one in its root folder")
            .help("run frieze in the folder of the site, or name it with `--root DIR`")
    } else {
        Diagnostic::error(Kind::Config, error.to_string()).at(Location::file(name))
    };
    diagnostic.into()
}

/// `.env` beside `site.toml`; an absent file is no variables.
fn read_dotenv(root: &Path) -> Result<Vec<(String, String)>, Diagnostics> {
    let path = root.join(".env");
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let wrong = |error| not_a_variable(&path, &error);
    let lines = dotenvy::from_path_iter(&path).map_err(wrong)?;
    let (mut variables, mut found) = (Vec::new(), Diagnostics::new());
    for line in lines {
        match line {
            Ok(variable) => variables.push(variable),
            Err(error) => found.push(wrong(error)),
        }
    }
    if found.is_empty() {
        Ok(variables)
    } else {
        Err(found)
    }
}

/// A line of `.env` that cannot be read. It is not shown, and the error's own text, which quotes it, is
/// not either: it may hold a secret.
fn not_a_variable(path: &Path, error: &dotenvy::Error) -> Diagnostic {
    let wrong = |what: String| Diagnostic::error(Kind::Config, what).at(Location::file(".env"));
    let dotenvy::Error::LineParse(line, _) = error else {
        return wrong("`.env` cannot be read".to_owned()).note(error.to_string());
    };
    let text = fs::read_text(path).unwrap_or_default();
    let starts = |at: &usize| *at == 0 || text[..*at].ends_with('\n');
    let mut places = text.match_indices(line.trim_end()).map(|(at, _)| at);
    let which = match places.find(starts) {
        Some(at) => format!("line {}", text[..at].matches('\n').count() + 1),
        None => "a line".to_owned(),
    };
    wrong(format!("{which} of `.env` is not a variable"))
        .note("it is not shown, since it may hold a secret")
        .help("write `NAME=value`; quote a value that has blanks, quotes or `#` in it")
}

/// Reads a configuration from its text. `lookup` finds environment variables.
///
/// # Errors
/// Everything wrong with the text, located.
pub fn parse_site(
    file: &SourceFile,
    root: &Path,
    overrides: &Overrides,
    lookup: &Lookup<'_>,
) -> Result<Warned<Config>, Diagnostics> {
    read_site(file, root, overrides, lookup).finish()
}

fn read_site(file: &SourceFile, root: &Path, overrides: &Overrides, lookup: &Lookup<'_>) -> Loaded {
    let table = match parse(file) {
        Ok(table) => table,
        Err(found) => return Loaded::failed(found),
    };
    let layers = layers::split(table.get_ref());
    let chosen = match &overrides.environment {
        None => None,
        Some(name) => match layers.environment(name) {
            Some(layer) => Some(layer),
            None => return Loaded::failed(no_environment(name, &layers, file)),
        },
    };
    let merged = layers.merged(chosen);
    let reader = Reader::new(file, Some(lookup));
    let mut config = read(&reader.root(&merged), root, overrides);
    layers.check(&reader);
    let mut found = reader.finish();
    // Mistakes in environments that were not chosen are worth knowing too; their variables may well be
    // unset on this machine.
    for layer in layers.others(chosen) {
        let reader = Reader::new(file, Some(lookup));
        let merged = layers.merged(Some(layer));
        read(&reader.root(&merged).lenient(), root, &Overrides::default());
        let is_new = |d: &&Diagnostic| !found.iter().any(|f| f.location == d.location);
        let other = reader.finish();
        let new: Vec<Diagnostic> = other
            .iter()
            .filter(is_new)
            .filter(|d| layer.contains(d))
            .cloned()
            .collect();
        new.into_iter().for_each(|d| found.push(d));
    }
    found.sort_by_place();
    // Whatever is missing should have said so itself; saying little beats going on without it.
    if config.is_none() && !found.has_errors() {
        let incomplete = Diagnostic::error(Kind::Config, "the configuration is incomplete");
        found.push(incomplete.at(Location::file(&file.name)));
    }
    // The definitions will be read for their own mistakes only: what is missing here is no fault of theirs.
    if let Some(config) = config.as_mut().filter(|_| found.has_errors()) {
        config
            .aem
            .configuration
            .get_or_insert_with(|| "unknown".to_owned());
    }
    Loaded { config, found }
}

fn no_environment(name: &str, layers: &layers::Layers<'_>, file: &SourceFile) -> Diagnostics {
    let names: Vec<&str> = layers.names().collect();
    let help = match (closest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, true) => format!("add `[environments.{name}]` to {}", file.name),
        (None, false) => format!("the environments are {}", names.join(", ")),
    };
    Diagnostic::error(Kind::Config, format!("there is no environment `{name}`"))
        .at(Location::file(&file.name))
        .help(help)
        .into()
}

/// Reads the merged tables; `None` only after an error was reported.
fn read(table: &Table<'_>, root: &Path, overrides: &Overrides) -> Option<Config> {
    // Read layer by layer elsewhere.
    for (name, value) in table
        .table("environments")
        .map(Table::open)
        .unwrap_or_default()
    {
        let _ = table
            .as_table(&format!("environments.{}", name.value), value)
            .map(Table::open);
    }
    table.not_yet(&["sitemap", "feed", "robots", "search"]);
    let title = table.string("title").map(|t| t.value).unwrap_or_default();
    let base_url = base_url::read(table, overrides.base_url.as_deref());
    let languages = languages::read(table);
    let menus = languages
        .as_ref()
        .map(|languages| menus::read(table, languages));
    let redirects = table
        .table("redirects")
        .map(|t| redirects::read(&t))
        .unwrap_or_default();
    let aem = table.table("aem");
    let aem = aem::read(aem.as_ref(), table, overrides.tier, root);
    let assets = table.table("assets");
    let assets = assets::read(assets.as_ref(), aem.as_ref());
    let fetch = table
        .table("fetch")
        .map(|t| fetch::read(&t, root))
        .unwrap_or_default();
    let guard = table
        .table("guard")
        .map(|t| guard::read(&t))
        .unwrap_or_default();
    let links = table.table("links").map(links::read).unwrap_or_default();
    let output = read_output(table, root, overrides);
    // Read as a table first, so that a plain value is reported.
    let _ = table.table("extra").map(Table::open);
    let extra = table
        .json("extra")
        .unwrap_or_else(|| serde_json::Value::Object(serde_json::Map::new()));
    Some(Config {
        root: root.to_path_buf(),
        title,
        base_url: base_url?,
        languages: languages?,
        menus: menus?,
        redirects,
        environment: overrides.environment.clone(),
        aem: aem?,
        assets,
        fetch,
        guard,
        links,
        output,
        cache: overrides
            .cache
            .clone()
            .unwrap_or_else(|| root.join(CACHE_FOLDER)),
        extra,
    })
}

fn read_output(table: &Table<'_>, root: &Path, overrides: &Overrides) -> PathBuf {
    let configured = table.table("output").and_then(|output| {
        output.not_yet(&["minify", "precompress"]);
        output.filled("dir").map(|dir| root.join(dir.value))
    });
    overrides
        .output
        .clone()
        .or(configured)
        .unwrap_or_else(|| root.join(OUTPUT_FOLDER))
}

#[cfg(test)]
mod tests;
