//! Which members of a variable a piece of template language reads, found by scanning its text.

use std::collections::BTreeSet;
use std::ops::Bound;

/// The members of a variable that a text reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fields {
    /// All of them, or it cannot be told.
    All,
    /// These. A name with a dot in it means a member of a member: of `body`, `body.html` alone.
    Some(BTreeSet<String>),
}

/// What of a member is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside<'f> {
    /// Nothing.
    Nothing,
    /// All of it.
    Whole,
    /// Members of its own, if it is an object; all of it otherwise.
    Members(Vec<&'f str>),
}

impl Default for Fields {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl Fields {
    /// Scans `source` for uses of `root`: `root.member` and `root["member"]` count as that member, any
    /// other use as all. Strings are scanned like code, which can only add members, never miss one.
    #[must_use]
    pub fn of(source: &str, root: &str) -> Self {
        let mut members = BTreeSet::new();
        for (at, _) in source.match_indices(root) {
            let before = &source[..at];
            let after = &source[at + root.len()..];
            let inside_word = |c: char| c.is_alphanumeric() || c == '_';
            // `...item` spreads the variable; any other dot makes it a member of something else.
            let is_member = before.ends_with('.') && !before.ends_with("...");
            if before.ends_with(inside_word) || is_member || after.starts_with(inside_word) {
                continue;
            }
            match member(after) {
                Some(name) => members.insert(name.to_owned()),
                None => return Self::All,
            };
        }
        Self::Some(members)
    }

    /// Whether a member is among them, or something inside it.
    #[must_use]
    pub fn has(&self, member: &str) -> bool {
        let Self::Some(members) = self else {
            return true;
        };
        members.contains(member) || inner(members, member).next().is_some()
    }

    /// What of a member is among them.
    #[must_use]
    pub fn inside(&self, member: &str) -> Inside<'_> {
        let Self::Some(members) = self else {
            return Inside::Whole;
        };
        if members.contains(member) {
            return Inside::Whole;
        }
        let inner: Vec<&str> = inner(members, member).collect();
        if inner.is_empty() {
            Inside::Nothing
        } else {
            Inside::Members(inner)
        }
    }

    /// Whether others have all of them.
    #[must_use]
    pub fn is_within(&self, others: &Self) -> bool {
        match (self, others) {
            (_, Self::All) => true,
            (Self::All, Self::Some(_)) => false,
            (Self::Some(own), Self::Some(others)) => own.iter().all(|name| {
                let outer = name.split_once('.').map(|(outer, _)| outer);
                others.contains(name) || outer.is_some_and(|outer| others.contains(outer))
            }),
        }
    }

    /// Adds the members of another text.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Some(mut a), Self::Some(b)) => {
                a.extend(b);
                Self::Some(a)
            }
            _ => Self::All,
        }
    }

    /// Adds one member.
    #[must_use]
    pub fn with(self, member: &str) -> Self {
        self.union(Self::Some(BTreeSet::from([member.to_owned()])))
    }
}

/// The members of a member that are among these.
fn inner<'f, 'm>(
    members: &'f BTreeSet<String>,
    member: &'m str,
) -> impl Iterator<Item = &'f str> + use<'f, 'm> {
    let beginning = (Bound::Excluded(member), Bound::Unbounded);
    let after = members.range::<str, _>(beginning);
    // A name that goes on with a letter before the dot in the alphabet may stand between.
    let own = after.take_while(move |name| name.starts_with(member));
    own.filter_map(move |name| name[member.len()..].strip_prefix('.'))
}

/// The member named right after a variable.
fn member(after: &str) -> Option<&str> {
    let after = after.trim_start();
    let after = after.strip_prefix('?').unwrap_or(after);
    if let Some(rest) = after.strip_prefix('.') {
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        return (end > 0).then(|| &rest[..end]);
    }
    let rest = after.strip_prefix('[')?.trim_start();
    let quote = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let (name, rest) = rest[1..].split_once(quote)?;
    // `["a" ~ b]` is some other member, `\` may stand for a letter, and a dot is for paths.
    let is_whole = rest.trim_start().starts_with(']') && !name.contains(['\\', '.']);
    is_whole.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{Fields, Inside};

    #[test]
    fn finds_members_and_gives_up_safely() {
        let some = |names: &[&str]| Fields::Some(names.iter().map(|s| (*s).to_owned()).collect());
        assert_eq!(
            Fields::of("/x/{{ item.slug }}/{{item.a.b|upper}}", "item"),
            some(&["a", "slug"])
        );
        assert_eq!(
            Fields::of("item?.a + item[\"b\"] + item['c'].d", "item"),
            some(&["a", "b", "c"])
        );
        assert_eq!(
            Fields::of("parent.item + items + my_item", "item"),
            some(&[])
        );
        assert_eq!(Fields::of("item | json_encode", "item"), Fields::All);
        assert_eq!(Fields::of("item[key]", "item"), Fields::All);
        assert_eq!(Fields::of("{...item}", "item"), Fields::All);
        assert_eq!(Fields::of("item['a' ~ 'b']", "item"), Fields::All);
        assert_eq!(Fields::of("item['a.b']", "item"), Fields::All);
        assert_eq!(Fields::of(r#"item["a\"b"]"#, "item"), Fields::All);
    }

    #[test]
    fn members_of_members_are_part_of_these() {
        let some = |names: &[&str]| Fields::Some(names.iter().map(|s| (*s).to_owned()).collect());
        let fields = some(&["body-x", "body.html", "body.json", "bodyguard", "title"]);
        assert_eq!(fields.inside("body"), Inside::Members(vec!["html", "json"]));
        assert_eq!(fields.inside("title"), Inside::Whole);
        assert_eq!(fields.inside("bod"), Inside::Nothing);
        assert!(fields.has("body") && !fields.has("html"));
        assert!(some(&["body.html"]).is_within(&fields));
        assert!(some(&["title.x"]).is_within(&fields));
        assert!(!some(&["body"]).is_within(&fields));
        assert!(!some(&["body.plaintext"]).is_within(&fields));
        assert!(some(&["body"]).is_within(&some(&["body", "body.html"])));
    }
}
