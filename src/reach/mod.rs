//! What templates can reach of the content they are given.
//!
//! Most of an answer is never shown: rich text comes in several forms, of which a page prints one. What no template can
//! reach need not be kept, and a change of it changes no page. [`Reaches`] is found by reading the texts of templates
//! ([`parse`]) and following what they do with content ([`walk`]); [`Selection`] is what follows from it for each query.
//! When in doubt, everything is reached: too much costs time, too little would make wrong pages.

mod calls;
mod expressions;
mod lexer;
mod parse;
mod selection;
mod syntax;
mod take;
mod units;
mod values;
mod walk;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::expression::Fields;
use units::Units;

pub use selection::Selection;

/// The function that reads the rich text of all items, wherever it stands.
const READS_ALL: &str = "backlinks";

/// What one template can reach, with everything it extends, includes and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    files: BTreeSet<Arc<str>>,
    variables: Members,
    elements: Members,
    queries: Members,
    fragment: Fields,
}

/// Which members are reached of what has a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Members {
    named: BTreeMap<String, Fields>,
    /// Of what is not among them.
    others: Fields,
}

impl Members {
    fn all() -> Self {
        Self {
            named: BTreeMap::new(),
            others: Fields::All,
        }
    }

    fn get(&self, name: &str) -> &Fields {
        match &self.others {
            Fields::All => &Fields::All,
            others @ Fields::Some(_) => self.named.get(name).unwrap_or(others),
        }
    }

    fn add(&mut self, name: &str, more: Fields) {
        let own = self.named.entry(name.to_owned()).or_default();
        *own = std::mem::take(own).union(more);
    }
}

/// One member.
fn only(member: &str) -> Fields {
    Fields::default().with(member)
}

impl Reach {
    /// Everything there is.
    fn all(files: BTreeSet<Arc<str>>) -> Self {
        Self {
            files,
            variables: Members::all(),
            elements: Members::all(),
            queries: Members::all(),
            fragment: Fields::All,
        }
    }

    /// The templates whose texts decide what comes out of this one, itself included.
    #[must_use]
    pub fn files(&self) -> &BTreeSet<Arc<str>> {
        &self.files
    }

    /// The members of a variable of the page, such as `item` or `pager`. A list, such as `items`, is reached as a whole
    /// or not at all; of what is in it, [`Reach::elements`] tells more.
    #[must_use]
    pub fn variable(&self, name: &str) -> &Fields {
        self.variables.get(name)
    }

    /// The members of what is in a list that is a variable of the page: `items`, also as `groups` has them.
    #[must_use]
    pub fn elements(&self, name: &str) -> &Fields {
        self.elements.get(name)
    }

    /// The members of the items that `query()` gives of a definition, its conditions and orders included.
    #[must_use]
    pub fn query(&self, name: &str) -> &Fields {
        self.queries.get(name)
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
    /// Whether a template may ask for what has to be looked for in all items.
    reads_all: bool,
}

impl Reaches {
    /// Reads templates, by their names. The bodies of Markdown files, which are templates of their own, have names that
    /// begin with a slash.
    #[must_use]
    pub fn of<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let texts: Vec<(&str, &str)> = texts.into_iter().collect();
        let units = Units::read(&texts);
        let names: BTreeSet<Arc<str>> = texts.iter().map(|(name, _)| Arc::from(*name)).collect();
        let known = |name: &Arc<str>| Some((Arc::clone(name), walk::reach(&units, name)?));
        Self {
            templates: names.iter().filter_map(known).collect(),
            reads_all: texts.iter().any(|(_, text)| text.contains(READS_ALL)),
            unknown: Reach::all(names),
        }
    }

    /// As if every template could reach everything: for those who look whether that makes a difference.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            templates: BTreeMap::new(),
            unknown: Reach::all(BTreeSet::new()),
            reads_all: true,
        }
    }

    /// What a template can reach. On the page of a Markdown file, two are at work: that of its body, and its template.
    #[must_use]
    pub fn get(&self, template: &str) -> &Reach {
        self.templates.get(template).unwrap_or(&self.unknown)
    }

    /// What all of them can reach, one by one.
    fn iter(&self) -> impl Iterator<Item = &Reach> {
        let known = self.templates.values();
        let is_known = |name: &Arc<str>| self.templates.contains_key(name);
        let unknown = (!self.unknown.files.iter().all(is_known)).then_some(&self.unknown);
        known.chain(unknown)
    }
}
