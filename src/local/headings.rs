//! Headings: each has a name that a link can lead to, and together they are the table of contents.

use std::collections::HashSet;

/// One heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What a link names: `#id`.
    pub id: String,
    /// Its words.
    pub title: String,
    /// 1 to 6.
    pub level: u8,
    /// Whether a tag of Tera stands in it: then its words are known when the page is rendered.
    pub has_tags: bool,
}

/// Names given so far on one page.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

/// The name of a heading without a letter or digit.
const NAMELESS: &str = "section";

impl Names {
    /// Takes a name that the author chose; whether it was free.
    pub(super) fn claim(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }

    /// A name for a heading: its words, and a number where another has the same.
    pub(super) fn of(&mut self, title: &str) -> String {
        let slug = slug::slugify(title);
        let slug = if slug.is_empty() {
            NAMELESS.to_owned()
        } else {
            slug
        };
        let numbered = (1..).map(|n| format!("{slug}-{n}"));
        let mut candidates = std::iter::once(slug.clone()).chain(numbered);
        let free = candidates.find(|name| self.0.insert(name.clone()));
        free.unwrap_or_default()
    }
}
