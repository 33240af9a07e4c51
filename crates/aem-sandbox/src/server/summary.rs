//! What a sandbox serves, in numbers and names.

use crate::execute::Engine;
use crate::problem::Problem;
use std::collections::BTreeMap;

/// The content of a running sandbox.
#[derive(Debug, Clone)]
pub struct Summary {
    /// How many models.
    pub models: usize,
    /// How many fragments, variations not counted.
    pub fragments: usize,
    /// How many assets that are no fragments.
    pub assets: usize,
    /// How many tags.
    pub tags: usize,
    /// How many pages.
    pub pages: usize,
    /// How many stored queries.
    pub queries: usize,
    /// The Sites configurations that have queries, models or an endpoint, by name.
    pub configurations: Vec<SitesConfiguration>,
    /// What in the package could not be used.
    pub problems: Vec<Problem>,
}

/// A Sites configuration.
#[derive(Debug, Clone, Default)]
pub struct SitesConfiguration {
    /// Its name below `/conf`.
    pub name: String,
    /// Whether it has an endpoint; its queries cannot be executed without one.
    pub endpoint: bool,
    /// Names of its models.
    pub models: Vec<String>,
    /// Names of its stored queries.
    pub queries: Vec<String>,
}

impl Summary {
    pub(super) fn of(engine: &Engine) -> Self {
        let repository = &engine.repository;
        let mut found: BTreeMap<&str, SitesConfiguration> = BTreeMap::new();
        for model in &repository.models {
            found
                .entry(&model.configuration)
                .or_default()
                .models
                .push(model.name.clone());
        }
        let queries = engine.queries();
        for (configuration, name) in queries.keys() {
            found
                .entry(configuration)
                .or_default()
                .queries
                .push(name.clone());
        }
        for configuration in &repository.endpoints {
            found.entry(configuration).or_default().endpoint =
                engine.endpoint(configuration).is_some();
        }
        let named = found.into_iter().map(|(name, rest)| SitesConfiguration {
            name: name.to_owned(),
            ..rest
        });
        Self {
            models: repository.models.len(),
            fragments: repository.fragments.len(),
            assets: repository.assets.len(),
            tags: repository.tags.len(),
            pages: repository.pages.len(),
            queries: queries.len(),
            configurations: named.collect(),
            problems: engine.problems.clone(),
        }
    }
}
