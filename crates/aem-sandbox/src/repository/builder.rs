//! Content made in memory, for tests and benchmarks of any size.

use super::access::Publication;
use super::content::Content;
use super::fragment::{Fragment, Variation, derived_id, locale_of};
use super::model::Model;
use super::property::Property;
use super::{LoadError, Repository};
use std::collections::HashMap;

/// Collects content; [`build`](RepositoryBuilder::build) makes the [`Repository`].
#[derive(Debug, Default)]
pub struct RepositoryBuilder {
    content: Content,
    fragments: Vec<NewFragment>,
}

/// A fragment to be added.
#[derive(Debug, Clone)]
pub struct NewFragment {
    path: String,
    model: String,
    id: Option<String>,
    title: String,
    tags: Vec<String>,
    variations: Vec<(String, Vec<(String, Property)>)>,
    publication: Publication,
}

impl NewFragment {
    /// A fragment of a model; its id is derived from the path.
    pub fn new(path: impl Into<String>, model: &Model) -> Self {
        let path = path.into();
        let title = path.rsplit('/').next().unwrap_or_default().to_owned();
        Self {
            path,
            model: model.path().to_owned(),
            id: None,
            title,
            tags: Vec::new(),
            variations: vec![("master".to_owned(), Vec::new())],
            publication: Publication::default(),
        }
    }

    /// Sets the UUID.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Tags the fragment.
    #[must_use]
    pub fn tag(mut self, id: impl Into<String>) -> Self {
        self.tags.push(id.into());
        self
    }

    /// Sets a value of the variation named last, `master` at first.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Into<Property>) -> Self {
        if let Some((_, values)) = self.variations.last_mut() {
            values.push((name.to_owned(), value.into()));
        }
        self
    }

    /// Takes the fragment away from Publish and Preview, as its deactivation would.
    #[must_use]
    pub fn deactivated(mut self) -> Self {
        self.publication = Publication {
            off_publish: true,
            off_preview: true,
        };
        self
    }

    /// Begins a variation.
    #[must_use]
    pub fn variation(mut self, name: &str) -> Self {
        self.variations.push((name.to_owned(), Vec::new()));
        self
    }

    fn build(self, number: usize, model: &Model) -> Fragment {
        let tags = self.tags;
        let variations = self
            .variations
            .into_iter()
            .map(|(name, values)| {
                let mut values: HashMap<String, Property> = values.into_iter().collect();
                let values = model
                    .fields
                    .iter()
                    .map(|field| values.remove(&field.name))
                    .collect();
                Variation {
                    name,
                    values,
                    tags: tags.clone(),
                    mime_types: Vec::new(),
                }
            })
            .collect();
        Fragment {
            id: self.id.unwrap_or_else(|| derived_id(&self.path)),
            locale: locale_of(&self.path),
            path: self.path,
            model: number,
            title: self.title,
            description: String::new(),
            variations,
            metadata: Vec::new(),
            publication: self.publication,
        }
    }
}

impl RepositoryBuilder {
    /// Adds a model, and the endpoint of its configuration.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.content.endpoints.insert(model.configuration.clone());
        self.content.models.push(model);
        self
    }

    /// Adds a fragment.
    #[must_use]
    pub fn fragment(mut self, fragment: NewFragment) -> Self {
        self.fragments.push(fragment);
        self
    }

    /// Adds many fragments.
    #[must_use]
    pub fn fragments(mut self, fragments: impl IntoIterator<Item = NewFragment>) -> Self {
        self.fragments.extend(fragments);
        self
    }

    /// Stores a query.
    #[must_use]
    pub fn query(mut self, configuration: &str, name: &str, text: &str) -> Self {
        self.content
            .queries
            .insert((configuration.to_owned(), name.to_owned()), text.to_owned());
        self
    }

    /// Makes the repository.
    ///
    /// # Errors
    /// A fragment of a model that was not added.
    pub fn build(mut self) -> Result<Repository, LoadError> {
        self.content.models.sort_by(|a, b| a.path.cmp(&b.path));
        let models = &self.content.models;
        let numbers: HashMap<&str, usize> = models
            .iter()
            .map(|model| model.path.as_str())
            .zip(0..)
            .collect();
        for fragment in self.fragments {
            let number =
                *numbers
                    .get(fragment.model.as_str())
                    .ok_or_else(|| LoadError::UnknownModel {
                        fragment: fragment.path.clone(),
                        model: fragment.model.clone(),
                    })?;
            self.content
                .fragments
                .push(fragment.build(number, &models[number]));
        }
        Ok(Repository::from_content(self.content))
    }
}
