//! The content of a package: [`Repository`], loaded from a FileVault folder or built in memory.
//!
//! Loading goes files → [`node`] tree ([`filevault`], [`docview`], [`names`], [`property`]) → [`content`] (models,
//! fragments, assets, queries) → the indexed [`Repository`], which never changes afterwards. Broken files become
//! [`Problem`]s on the way. Source: aem-protocol.md, section 14.

mod access;
mod asset;
mod builder;
mod calendar;
mod content;
mod docview;
mod filevault;
mod filters;
mod fragment;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod model;
mod names;
mod node;
mod overlay;
mod package;
mod property;

pub(crate) use asset::{Asset, AssetKind, Rendition};
pub use builder::{NewFragment, RepositoryBuilder};
pub use calendar::Calendar;
pub(crate) use fragment::{Fragment, Variation};
pub(crate) use model::{Field, Status};
pub use model::{FieldKind, Model};
pub(crate) use node::Node;
pub(crate) use package::Packages;
pub use property::{Property, Scalar};

use crate::problem::Problem;
use content::Content;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why there is no repository.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The folder is not a content package.
    #[error(
        "{} is not a content package: it is no `jcr_root`, and has none at `jcr_root`, `src/main/content/jcr_root` or \
         `ui.content/src/main/content/jcr_root`", .0.display()
    )]
    NoPackage(PathBuf),
    /// A `.zip` cannot be read.
    #[error("{} is not a content package: {reason}", file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A built fragment names a model nobody added.
    #[error("fragment `{fragment}` has the unknown model `{model}`")]
    UnknownModel {
        /// The fragment's path.
        fragment: String,
        /// The model's path.
        model: String,
    },
}

/// What a path or a UUID stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A fragment, by its number.
    Fragment(usize),
    /// An asset, by its number.
    Asset(usize),
}

/// The fragments of one model in the two orders queries start from (section 5.4).
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelIndex {
    pub(crate) by_path: Vec<usize>,
    pub(crate) by_id: Vec<usize>,
}

/// All content of a package, indexed.
#[derive(Debug, Clone)]
pub struct Repository {
    pub(crate) models: Vec<Model>,
    /// Sorted by path.
    pub(crate) fragments: Vec<Fragment>,
    /// Sorted by path.
    pub(crate) assets: Vec<Asset>,
    pub(crate) queries: BTreeMap<(String, String), String>,
    pub(crate) endpoints: BTreeSet<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Content of pages (`jcr:content`) by path.
    pub(crate) pages: BTreeMap<String, Arc<Node>>,
    /// Closed User Groups: who may read what is below a folder.
    pub(crate) closed: BTreeMap<String, Vec<String>>,
    pub(crate) problems: Vec<Problem>,
    /// Unpacked packages the assets' files are in.
    unpacked: Vec<package::Unpacked>,
    /// Paths and ids of what a view left out.
    held_back: Arc<HashSet<String>>,
    by_path: HashMap<String, Target>,
    by_id: HashMap<String, Target>,
    by_model: Vec<ModelIndex>,
}

impl Repository {
    /// Loads a package: a folder with `jcr_root`, `jcr_root` itself, a Maven content module or project, or a `.zip`.
    ///
    /// # Errors
    /// Only when there is no package at all; broken files are [`Problem`]s.
    pub fn load(dir: &Path) -> Result<Self, LoadError> {
        Self::load_layers(&[dir.to_owned()])
    }

    /// Loads packages laid over each other, the lowest first, by the modes and patterns of their `filter.xml`.
    ///
    /// # Errors
    /// When one of them is no package at all.
    pub fn load_layers(layers: &[PathBuf]) -> Result<Self, LoadError> {
        Packages::new(layers).load()
    }

    /// Starts a repository made in memory.
    pub fn builder() -> RepositoryBuilder {
        RepositoryBuilder::default()
    }

    /// Stores a query besides those of the package, or replaces one.
    pub fn add_query(&mut self, configuration: &str, name: &str, text: &str) {
        self.queries
            .insert((configuration.to_owned(), name.to_owned()), text.to_owned());
    }

    fn from_content(mut content: Content) -> Self {
        content.fragments.sort_by(|a, b| a.path.cmp(&b.path));
        content.assets.sort_by(|a, b| a.path.cmp(&b.path));
        let mut repository = Self {
            by_path: HashMap::with_capacity(content.fragments.len() + content.assets.len()),
            by_id: HashMap::with_capacity(content.fragments.len() + content.assets.len()),
            by_model: content
                .models
                .iter()
                .map(|_| ModelIndex::default())
                .collect(),
            models: content.models,
            fragments: content.fragments,
            assets: content.assets,
            queries: content.queries,
            endpoints: content.endpoints,
            tags: content.tags,
            pages: content.pages,
            closed: content.closed,
            unpacked: Vec::new(),
            held_back: Arc::default(),
            problems: content.problems,
        };
        repository.index();
        repository
    }

    fn index(&mut self) {
        for (number, fragment) in self.fragments.iter().enumerate() {
            self.by_id
                .insert(fragment.id.clone(), Target::Fragment(number));
            self.by_path
                .insert(fragment.path.clone(), Target::Fragment(number));
            self.by_model[fragment.model].by_path.push(number);
        }
        for (number, asset) in self.assets.iter().enumerate() {
            self.by_id
                .entry(asset.id.clone())
                .or_insert(Target::Asset(number));
            self.by_path
                .insert(asset.path.clone(), Target::Asset(number));
        }
        let fragments = &self.fragments;
        for index in &mut self.by_model {
            index.by_id.clone_from(&index.by_path);
            index
                .by_id
                .sort_by(|a, b| fragments[*a].id.cmp(&fragments[*b].id));
        }
    }

    /// What a stored reference, a path or a UUID, points at.
    pub(crate) fn target(&self, reference: &str) -> Option<Target> {
        self.by_path
            .get(reference)
            .or_else(|| self.by_id.get(reference))
            .copied()
    }

    pub(crate) fn fragment_at(&self, path: &str) -> Option<usize> {
        match self.by_path.get(path)? {
            Target::Fragment(number) => Some(*number),
            Target::Asset(_) => None,
        }
    }

    pub(crate) fn asset_at(&self, path: &str) -> Option<&Asset> {
        match self.by_path.get(path)? {
            Target::Asset(number) => Some(&self.assets[*number]),
            Target::Fragment(_) => None,
        }
    }

    pub(crate) fn fragment_with_id(&self, id: &str) -> Option<usize> {
        match self.by_id.get(id)? {
            Target::Fragment(number) => Some(*number),
            Target::Asset(_) => None,
        }
    }

    pub(crate) fn asset_with_id(&self, id: &str) -> Option<&Asset> {
        match self.by_id.get(id)? {
            Target::Asset(number) => Some(&self.assets[*number]),
            Target::Fragment(_) => None,
        }
    }

    pub(crate) fn of_model(&self, model: usize) -> &ModelIndex {
        &self.by_model[model]
    }
}
