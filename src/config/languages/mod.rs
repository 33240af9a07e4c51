//! `[languages.*]`: which languages the site has, where AEM keeps them and where their pages live.

mod known;
mod read;

use crate::aem::RepositoryRoot;

pub(super) use read::read;

/// A language of the site, by its place in [`Languages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LangId(u16);

impl LangId {
    /// The language at a place, whether there is one or not.
    #[must_use]
    pub fn of_index(index: usize) -> Option<Self> {
        u16::try_from(index).ok().map(Self)
    }

    /// Its place among the languages.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The direction text runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// The value of HTML's `dir`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// One language.
#[derive(Clone, Debug)]
pub struct Language {
    /// The BCP 47 tag pages are marked with: the key of the table.
    pub code: String,
    /// What AEM calls it: the value of `lang.locale` in variables.
    pub locale: String,
    /// The first segment of its pages' routes; empty for none.
    pub prefix: String,
    /// What its own speakers call it, for menus of languages.
    pub name: String,
    /// The site's title in this language, when it has one of its own.
    pub title: Option<String>,
    /// The folder of the repository its content lies below.
    pub root: Option<RepositoryRoot>,
    /// The direction of its text.
    pub direction: Direction,
    /// The languages whose content and strings stand in for what this one lacks, nearest first.
    pub fallbacks: Vec<LangId>,
}

/// The site's languages, in the order of the file.
#[derive(Clone, Debug)]
pub struct Languages {
    list: Vec<Language>,
    default: LangId,
}

impl Languages {
    /// The default language.
    #[must_use]
    pub fn default_id(&self) -> LangId {
        self.default
    }

    /// One language.
    #[must_use]
    pub fn get(&self, id: LangId) -> &Language {
        &self.list[usize::from(id.0)]
    }

    /// All, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (LangId, &Language)> {
        (0..).map(LangId).zip(&self.list)
    }

    /// How many there are.
    #[expect(
        clippy::len_without_is_empty,
        reason = "there is always at least one language"
    )]
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The language with that code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<LangId> {
        self.iter()
            .find(|(_, language)| language.code == code)
            .map(|(id, _)| id)
    }

    /// The language whose root contains `path`: the deepest one, should roots be nested.
    #[must_use]
    pub fn of_path(&self, path: &str) -> Option<LangId> {
        self.iter()
            .filter_map(|(id, language)| {
                let root = language.root.as_ref()?;
                root.relative(path).map(|_| (root.as_str().len(), id))
            })
            .max_by_key(|(length, _)| *length)
            .map(|(_, id)| id)
    }

    /// The languages that strings of one are looked up in: itself, those that stand in for it, and the
    /// default one.
    #[must_use]
    pub fn in_order_for(&self, id: LangId) -> Vec<LangId> {
        let mut order = vec![id];
        let others = self.get(id).fallbacks.iter().copied();
        for other in others.chain([self.default]) {
            if !order.contains(&other) {
                order.push(other);
            }
        }
        order
    }

    /// The same place below the roots of the languages that stand in for the one `path` belongs to,
    /// nearest first.
    pub fn places_behind(&self, path: &str) -> impl Iterator<Item = String> {
        let own = self.of_path(path).map(|id| self.get(id));
        let relative = own.and_then(|language| language.root.as_ref()?.relative(path));
        let fallbacks = own.map_or(&[][..], |language| &language.fallbacks);
        fallbacks.iter().filter_map(move |&id| {
            let root = self.get(id).root.as_ref()?;
            Some(format!("{}/{}", root.as_str(), relative?))
        })
    }

    /// A route of a language: its prefix put before a path that starts with `/`.
    #[must_use]
    pub fn route(&self, id: LangId, path: &str) -> String {
        match self.get(id).prefix.as_str() {
            "" => path.to_owned(),
            prefix => format!("/{prefix}{path}"),
        }
    }
}

#[cfg(test)]
mod tests;
