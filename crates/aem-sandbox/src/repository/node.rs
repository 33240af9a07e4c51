//! The JCR tree in memory: [`Node`]s with properties and ordered children, each knowing the file it came from.

use super::property::Property;
use std::path::Path;
use std::sync::Arc;

/// A repository node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) properties: Vec<(String, Property)>,
    pub(crate) children: Vec<Node>,
    /// The file that said most about this node, for problems.
    pub(crate) origin: Option<Arc<Path>>,
}

impl Node {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    pub(crate) fn property(&self, name: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find_map(|(n, value)| (n == name).then_some(value))
    }

    /// The single text value of a property.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.property(name)?.text()
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Follows child names separated by `/`.
    pub(crate) fn descendant(&self, path: &str) -> Option<&Self> {
        path.split('/')
            .try_fold(self, |node, name| node.child(name))
    }

    pub(crate) fn primary_type(&self) -> &str {
        self.text("jcr:primaryType").unwrap_or_default()
    }

    pub(crate) fn set(&mut self, name: String, value: Property) {
        match self.properties.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = value,
            None => self.properties.push((name, value)),
        }
    }

    /// Lays another definition of the same node over this one.
    pub(crate) fn merge(&mut self, other: Self) {
        if other.origin.is_some() && (!other.properties.is_empty() || self.origin.is_none()) {
            self.origin = other.origin;
        }
        for (name, value) in other.properties {
            self.set(name, value);
        }
        for child in other.children {
            match self.children.iter_mut().find(|c| c.name == child.name) {
                Some(own) => own.merge(child),
                None => self.children.push(child),
            }
        }
    }
}
