//! What templates can reach of the content they are given.
//!
//! Most of an answer is never shown: rich text comes in several forms, of which a page prints one. What no template can
//! reach need not be kept, and a change of it changes no page. [`Reaches`] is found by reading the texts of templates;
//! [`Selection`] is what follows from it for each query. When in doubt, everything is reached.

mod selection;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::expression::Fields;

pub use selection::Selection;

/// What one template can reach, with everything it extends, includes and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    files: BTreeSet<Arc<str>>,
    variables: BTreeMap<String, Fields>,
    elements: BTreeMap<String, Fields>,
    queries: BTreeMap<String, Fields>,
    fragment: Fields,
}

/// What nothing is known of.
static ALL: Fields = Fields::All;

impl Reach {
    /// The templates whose texts decide what comes out of this one, itself included.
    #[must_use]
    pub fn files(&self) -> &BTreeSet<Arc<str>> {
        &self.files
    }

    /// The members of a variable of the page, such as `item` or `pager`.
    #[must_use]
    pub fn variable(&self, name: &str) -> &Fields {
        self.variables.get(name).unwrap_or(&ALL)
    }

    /// The members of what is in a list that is a variable of the page: `items`, also as `groups` has them.
    #[must_use]
    pub fn elements(&self, name: &str) -> &Fields {
        self.elements.get(name).unwrap_or(&ALL)
    }

    /// The members of the items that `query()` gives of a definition.
    #[must_use]
    pub fn query(&self, name: &str) -> &Fields {
        self.queries.get(name).unwrap_or(&ALL)
    }

    /// The members of items that are had by a path: with `fragment()`, with `backlinks()`, or inside rich text.
    #[must_use]
    pub fn fragment(&self) -> &Fields {
        &self.fragment
    }
}

/// What each template can reach.
#[derive(Clone, Debug, Default)]
pub struct Reaches {
    templates: BTreeMap<Arc<str>, Reach>,
    unknown: Reach,
}

impl Reaches {
    /// Reads templates, by their names.
    #[must_use]
    pub fn of<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let files: BTreeSet<Arc<str>> = texts.into_iter().map(|(name, _)| name.into()).collect();
        let unknown = Reach {
            files,
            fragment: Fields::All,
            ..Reach::default()
        };
        Self {
            templates: BTreeMap::new(),
            unknown,
        }
    }

    /// What a template can reach.
    #[must_use]
    pub fn get(&self, template: &str) -> &Reach {
        self.templates.get(template).unwrap_or(&self.unknown)
    }
}
