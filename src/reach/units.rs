//! All templates and components of a site, and how what is found in them is noted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::Unit;
use super::{Reach, only, parse};
use crate::expression::Fields;

/// What the names of components begin with that rich text calls (`render::rich_text::components`).
const RICH_TEXT: &str = "RichText";

/// What is read of the item, or of several, to say in a message which of them a text is from
/// (`render::rich_text`).
const NAMES: [&str; 2] = ["_path", "path"];

/// What is read of a fragment or an asset that a text refers to: which model it is of, what it is called, and the
/// picture that it may be (`render::rich_text::known`, `render::image::source`).
const REFERRED: [&str; 16] = [
    "__typename",
    "_model",
    "model",
    "title",
    "name",
    "headline",
    "label",
    "fields",
    "width",
    "height",
    "mimeType",
    "format",
    "repositoryId",
    "assetId",
    "_dynamicUrl",
    "_dmS7Url",
];

/// The units of all files.
pub(super) struct Units<'t> {
    /// Each with the file it is in.
    pub(super) all: Vec<(Arc<str>, Unit<'t>)>,
    templates: BTreeMap<&'t str, usize>,
    components: BTreeMap<String, Vec<usize>>,
    /// How many files were not understood.
    unread: usize,
}

impl<'t> Units<'t> {
    pub(super) fn read(texts: &[(&'t str, &'t str)]) -> Self {
        let mut units = Self {
            all: Vec::new(),
            templates: BTreeMap::new(),
            components: BTreeMap::new(),
            unread: 0,
        };
        for (name, text) in texts {
            match parse::units(text) {
                Some(own) => units.add(name, own),
                None => units.unread += 1,
            }
        }
        units
    }

    fn add(&mut self, name: &'t str, own: Vec<Unit<'t>>) {
        let file: Arc<str> = Arc::from(name);
        for unit in own {
            let id = self.all.len();
            match &unit.component {
                Some(definition) => {
                    let same = self.components.entry(definition.name.clone()).or_default();
                    same.push(id);
                }
                None => {
                    self.templates.insert(name, id);
                }
            }
            self.all.push((Arc::clone(&file), unit));
        }
    }

    /// The unit of a template; `None` where it was not understood.
    pub(super) fn template(&self, name: &str) -> Option<usize> {
        self.templates.get(name).copied()
    }

    /// The components of a name: one, if Tera has its way.
    pub(super) fn components(&self, name: &str) -> impl Iterator<Item = usize> + use<> {
        let found = self.components.get(name).cloned();
        found.unwrap_or_default().into_iter()
    }

    /// The components that rich text may call; `None` where there may be others.
    pub(super) fn of_rich_text(&self) -> Option<impl Iterator<Item = usize> + use<'_, 't>> {
        let named = self.components.iter();
        let found = named.filter(|(name, _)| name.starts_with(RICH_TEXT));
        (self.unread == 0).then(|| found.flat_map(|(_, ids)| ids.iter().copied()))
    }
}

impl Reach {
    pub(super) fn add_variable(&mut self, name: &str) {
        self.variables.add(name, Fields::All);
    }

    pub(super) fn add_member(&mut self, variable: &str, member: &str) {
        self.variables.add(variable, only(member));
    }

    pub(super) fn add_elements(&mut self, list: &str) {
        self.elements.add(list, Fields::All);
    }

    pub(super) fn add_element_member(&mut self, list: &str, member: &str) {
        self.elements.add(list, only(member));
    }

    pub(super) fn add_query(&mut self, query: &str, members: Fields) {
        self.queries.add(query, members);
    }

    pub(super) fn add_any_query(&mut self) {
        self.queries.others = Fields::All;
    }

    pub(super) fn add_fragment(&mut self, members: Fields) {
        self.fragment = std::mem::take(&mut self.fragment).union(members);
    }

    /// What rich text reads besides itself.
    pub(super) fn add_rich_text(&mut self) {
        self.add_member("item", "references");
        for name in NAMES {
            self.add_member("item", name);
            self.add_member("parent", name);
            self.add_element_member("items", name);
            self.add_fragment(only(name));
        }
        for name in REFERRED {
            self.add_fragment(only(name));
        }
        self.add_fragment(only("_smartCrops"));
    }
}
