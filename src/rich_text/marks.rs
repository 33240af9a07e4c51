//! How a piece of text is set: bold, italic and so on, as a set.
//!
//! AEM's JSON names the formats of a text in a list whose order is documented one way and delivered the
//! other (`aem-protocol.md`, section 6.1); HTML nests elements in any order an editor likes. None of that
//! means anything to a reader, so the tree keeps a set.

/// One format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What AEM calls it in `format.variants`, and what its component is named after.
    pub name: &'static str,
    /// The element it is printed as.
    pub element: &'static str,
    /// Other elements that mean the same.
    aliases: &'static [&'static str],
}

const fn mark(name: &'static str, element: &'static str, aliases: &'static [&'static str]) -> Mark {
    Mark {
        name,
        element,
        aliases,
    }
}

/// All formats, in the order in which equal ones nest, outermost first.
pub const MARKS: [Mark; 12] = [
    mark("strong", "strong", &[]),
    mark("bold", "b", &[]),
    mark("emphasis", "em", &[]),
    mark("italic", "i", &[]),
    mark("underline", "u", &[]),
    mark("strikethrough", "s", &["strike", "del"]),
    mark("inserted", "ins", &[]),
    mark("highlight", "mark", &[]),
    mark("small", "small", &[]),
    mark("subscript", "sub", &[]),
    mark("superscript", "sup", &[]),
    mark("code", "code", &["tt"]),
];

/// Names that other versions of AEM, or people, may use for the same.
const SYNONYMS: [(&str, &str); 4] = [
    ("strike", "strikethrough"),
    ("sub", "subscript"),
    ("sup", "superscript"),
    ("em", "emphasis"),
];

/// A set of formats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u16);

impl Marks {
    /// No format at all.
    pub const NONE: Self = Self(0);

    /// The format that AEM's JSON calls by this name.
    #[must_use]
    pub fn of_variant(name: &str) -> Option<Self> {
        let name = SYNONYMS
            .iter()
            .find(|(synonym, _)| *synonym == name)
            .map_or(name, |(_, name)| name);
        Self::find(|mark| mark.name == name)
    }

    /// The format that an element of HTML stands for.
    #[must_use]
    pub fn of_element(element: &str) -> Option<Self> {
        Self::find(|mark| mark.element == element || mark.aliases.contains(&element))
    }

    fn find(is: impl Fn(&Mark) -> bool) -> Option<Self> {
        MARKS.iter().position(is).map(|at| Self(1 << at))
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of the other set are in this one.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each format as a set of one, with what is known of it.
    pub fn iter(self) -> impl Iterator<Item = (Self, &'static Mark)> {
        MARKS
            .iter()
            .enumerate()
            .map(|(at, mark)| (Self(1 << at), mark))
            .filter(move |(one, _)| self.contains(*one))
    }
}

#[cfg(test)]
mod tests {
    use super::{MARKS, Marks};

    #[test]
    fn every_format_has_one_place() {
        let mut all = Marks::NONE;
        for mark in &MARKS {
            let one = Marks::of_variant(mark.name).unwrap();
            assert_eq!(Marks::of_element(mark.element), Some(one), "{}", mark.name);
            assert!(!all.contains(one), "{}", mark.name);
            all = all.with(one);
        }
        assert_eq!(all.iter().count(), MARKS.len());
        assert_eq!(Marks::of_variant("sub"), Marks::of_element("sub"));
        assert_eq!(Marks::of_variant("blink"), None);
    }
}
