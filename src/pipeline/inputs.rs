//! What is on disk, read and checked: every mistake in it is found before anything is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::asset::Statics;
use crate::config::{self, Config, Overrides};
use crate::diag::{Diagnostics, Warned};
use crate::fetch;
use crate::i18n::{self, Strings};
use crate::local::{self, LocalPages};
use crate::query::{self, QuerySet};
use crate::render::{self, Templates};

/// The folders of a site that are read.
pub(super) const FOLDERS: [&str; 6] = [
    query::FOLDER,
    "templates",
    "static",
    local::FOLDER,
    "sass",
    i18n::FOLDER,
];

/// Everything on disk, read and checked.
pub struct Inputs {
    /// `site.toml`.
    pub config: Arc<Config>,
    /// `content-queries/`.
    pub queries: Arc<QuerySet>,
    /// `templates/`.
    pub templates: Templates,
    /// `static/`.
    pub statics: Statics,
    /// `i18n/`.
    pub strings: Strings,
    /// `content/`.
    pub local: Arc<LocalPages>,
}

impl Inputs {
    /// The files and folders that are read: an output folder may not be one of them.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let mut paths = folders(&self.config.root);
        paths.push(self.config.cache.clone());
        if let config::Origin::Sandbox(sandbox) = &self.config.aem.origin {
            paths.push(sandbox.package.clone());
        }
        paths
    }
}

/// The folders of the site in `root` that are read.
#[must_use]
pub fn folders(root: &Path) -> Vec<PathBuf> {
    FOLDERS.iter().map(|folder| root.join(folder)).collect()
}

/// What a site asks: what can be known without its templates.
pub struct Definitions {
    /// `site.toml`.
    pub config: Arc<Config>,
    /// `content-queries/`.
    pub queries: Arc<QuerySet>,
}

/// Reads the site in `root`.
///
/// # Errors
/// Every mistake in configuration, definitions, templates, strings and static files.
pub fn prepare(root: &Path, overrides: &Overrides) -> Result<Warned<Inputs>, Diagnostics> {
    let mut found = Diagnostics::new();
    let (config, queries) = read(root, overrides, &mut found);
    let loaded = config.as_deref().map(local::load).unwrap_or_default();
    found.extend(loaded.found);
    let local = Arc::new(loaded.pages);
    let templates = keep(&mut found, Templates::load(root, &local));
    let statics = keep(&mut found, Statics::load(root));
    let strings = config
        .as_ref()
        .and_then(|config| keep(&mut found, i18n::load(config)));
    let strings = strings.map(|strings| strings.into_value(&mut found));
    if let (Some(config), Some(strings)) = (&config, &strings) {
        found.extend(render::check_menus(config, strings));
    }
    if let (Some(templates), Some(queries)) = (&templates, &queries) {
        found.extend(templates.check(queries));
        found.extend(templates.check_local(&local));
    }
    match (config, templates, statics, queries, strings) {
        (Some(config), Some(templates), Some(statics), Some(queries), Some(strings)) => found
            .finish(Inputs {
                config,
                queries,
                templates,
                statics,
                strings,
                local,
            }),
        _ => Err(found),
    }
}

/// Reads configuration and definitions only.
///
/// # Errors
/// Every mistake in them.
pub fn definitions(root: &Path, overrides: &Overrides) -> Result<Warned<Definitions>, Diagnostics> {
    let mut found = Diagnostics::new();
    match read(root, overrides, &mut found) {
        (Some(config), Some(queries)) => found.finish(Definitions { config, queries }),
        _ => Err(found),
    }
}

fn read(
    root: &Path,
    overrides: &Overrides,
    found: &mut Diagnostics,
) -> (Option<Arc<Config>>, Option<Arc<QuerySet>>) {
    let loaded = config::load(root, overrides);
    found.extend(loaded.found);
    let config = loaded.config.map(Arc::new);
    let queries = config
        .as_ref()
        .and_then(|config| keep(found, query::load(config)))
        .map(|queries| Arc::new(queries.into_value(found)));
    if let (Some(config), Some(queries)) = (&config, &queries) {
        found.extend(fetch::plan::warnings(config, queries));
    }
    (config, queries)
}

fn keep<T>(found: &mut Diagnostics, result: Result<T, Diagnostics>) -> Option<T> {
    result.map_err(|errors| found.extend(errors)).ok()
}
