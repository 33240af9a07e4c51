//! The filter of a package, `META-INF/vault/filter.xml`: what in the package belongs to it, and what happens to content
//! that is there already.
//!
//! A root covers a node and all below it. Patterns in a root are regular expressions over whole paths: the last one that
//! matches a path decides. Where none does, the first one decides: an `include` leaves out what is not named, an `exclude`
//! lets it in. What no root covers belongs to the package as well, though an installation would leave it out.
//! Source: aem-protocol.md, section 14.1; Jackrabbit FileVault's `PathFilterSet`.

use crate::problem::{Position, Problem};
use regex::Regex;
use roxmltree::{Document, Node as Element};
use std::io::ErrorKind;
use std::path::Path;
use std::{fs, io};

/// Where it is, from the folder that holds `jcr_root`.
pub(super) const FILE: &str = "META-INF/vault/filter.xml";

/// What happens to content that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Replace,
    Merge,
    Update,
}

/// The filter roots of a package.
#[derive(Debug, Default)]
pub(super) struct Filters {
    roots: Vec<Root>,
}

/// A root of a filter.
#[derive(Debug)]
pub(super) struct Root {
    /// Without a slash at the end; that of the repository is empty.
    pub(super) path: String,
    pub(super) mode: Mode,
    nodes: Patterns,
    properties: Patterns,
}

/// Where a path lies, seen from a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the root or below it.
    Inside,
    /// The root is below it.
    Above,
    /// Neither.
    Apart,
}

/// The patterns of a root, in their order.
#[derive(Debug, Default)]
struct Patterns(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    includes: bool,
    /// `None` is an expression that cannot be used; it matches nothing.
    expression: Option<Regex>,
}

impl Filters {
    /// Reads the filter beside `jcr_root`; without one everything is an update.
    pub(super) fn beside(jcr_root: &Path, problems: &mut Vec<Problem>) -> Self {
        let Some(parent) = jcr_root.parent() else {
            return Self::default();
        };
        let file = parent.join(FILE);
        let parsed = fs::read_to_string(&file).and_then(|text| {
            let document = Document::parse(&text).map_err(io::Error::other)?;
            Ok(Self::read(&document, &file, problems))
        });
        parsed.unwrap_or_else(|error| {
            if error.kind() != ErrorKind::NotFound {
                let message = format!("cannot be read, every root is an update: {error}");
                problems.push(Problem::new(file, message));
            }
            Self::default()
        })
    }

    pub(super) fn read(document: &Document<'_>, file: &Path, problems: &mut Vec<Problem>) -> Self {
        let filters = document
            .descendants()
            .filter(|node| node.has_tag_name("filter"));
        let roots = filters.filter_map(|filter| {
            let path = filter.attribute("root")?.trim_end_matches('/').to_owned();
            let mode = match filter.attribute("mode") {
                Some("merge" | "merge_properties") => Mode::Merge,
                Some("update" | "update_properties") => Mode::Update,
                _ => Mode::Replace,
            };
            let is_property =
                |rule: &Element<'_, '_>| rule.attribute("matchProperties") == Some("true");
            let rules = filter.children().filter(Element::is_element);
            let (properties, nodes): (Vec<_>, Vec<_>) = rules.partition(is_property);
            let mut read = |rules: Vec<Element<'_, '_>>| {
                let read = rules
                    .iter()
                    .filter_map(|rule| Pattern::read(rule, file, problems));
                Patterns(read.collect())
            };
            Some(Root {
                path,
                mode,
                nodes: read(nodes),
                properties: read(properties),
            })
        });
        Self {
            roots: roots.collect(),
        }
    }

    pub(super) fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The mode of the root that is exactly here.
    pub(super) fn mode_at(&self, path: &str) -> Option<Mode> {
        let root = self.roots.iter().find(|root| root.path == path);
        root.map(|root| root.mode)
    }

    /// Whether patterns have a say at a path or below it.
    pub(super) fn have_patterns_near(&self, path: &str) -> bool {
        let mut patterned = self.roots.iter().filter(|root| root.has_patterns());
        patterned.any(|root| root.place(path) != Place::Apart)
    }

    /// Whether a node of the package belongs to it.
    pub(super) fn admit(&self, path: &str) -> bool {
        self.decide(path, Root::admits)
    }

    /// Whether a property of the package, with its path, belongs to it.
    pub(super) fn admit_property(&self, path: &str) -> bool {
        self.decide(path, |root, path| root.properties.admit(path))
    }

    /// One root that covers a path and admits it is enough.
    fn decide(&self, path: &str, admits: impl Fn(&Root, &str) -> bool) -> bool {
        let covering = self.roots.iter().filter(|root| covers(&root.path, path));
        let mut decisions = covering.map(|root| admits(root, path)).peekable();
        decisions.peek().is_none() || decisions.any(|admitted| admitted)
    }
}

impl Root {
    pub(super) fn place(&self, path: &str) -> Place {
        if covers(&self.path, path) {
            Place::Inside
        } else if covers(path, &self.path) {
            Place::Above
        } else {
            Place::Apart
        }
    }

    /// Whether a path below the root belongs to the package.
    pub(super) fn admits(&self, path: &str) -> bool {
        self.nodes.admit(path)
    }

    pub(super) fn has_patterns(&self) -> bool {
        self.chooses_properties() || !self.nodes.0.is_empty()
    }

    pub(super) fn chooses_properties(&self) -> bool {
        !self.properties.0.is_empty()
    }
}

impl Patterns {
    fn admit(&self, path: &str) -> bool {
        let last = self.0.iter().rev().find(|pattern| pattern.matches(path));
        match (last, self.0.first()) {
            (Some(last), _) => last.includes,
            (None, Some(first)) => !first.includes,
            (None, None) => true,
        }
    }
}

impl Pattern {
    fn read(rule: &Element<'_, '_>, file: &Path, problems: &mut Vec<Problem>) -> Option<Self> {
        let includes = match rule.tag_name().name() {
            "include" => true,
            "exclude" => false,
            _ => return None,
        };
        let text = rule.attribute("pattern")?;
        let expression = Regex::new(&format!("^(?:{text})$"));
        if let Err(error) = &expression {
            let at = rule.document().text_pos_at(rule.range().start);
            let position = Position {
                line: at.row,
                column: at.col,
            };
            // The text before its last line draws the expression.
            let error = error.to_string();
            let reason = error.lines().last().unwrap_or_default();
            let reason = reason.trim_start_matches("error: ");
            let message =
                format!("the pattern `{text}` cannot be used and matches nothing: {reason}");
            problems.push(Problem::at(file, position, message));
        }
        Some(Self {
            includes,
            expression: expression.ok(),
        })
    }

    fn matches(&self, path: &str) -> bool {
        let expression = self.expression.as_ref();
        expression.is_some_and(|expression| expression.is_match(path))
    }
}

/// Whether a path is `root` or below it.
fn covers(root: &str, path: &str) -> bool {
    let rest = path.strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(rules: &str) -> (Filters, Vec<Problem>) {
        let text =
            format!("<workspaceFilter>\n<filter root='/a/'>{rules}</filter></workspaceFilter>");
        let mut problems = Vec::new();
        let document = Document::parse(&text).unwrap();
        let filters = Filters::read(&document, Path::new("filter.xml"), &mut problems);
        (filters, problems)
    }

    #[test]
    fn the_last_match_decides_and_else_the_first_pattern() {
        let both = "<exclude pattern='/a/x(/.*)?'/><include pattern='/a/x/keep'/>";
        for (rules, path, expected) in [
            ("", "/a/x", true),
            (both, "/a", true),
            (both, "/a/x", false),
            (both, "/a/x/lost", false),
            (both, "/a/x/keep", true),
            (both, "/ab", true),
            ("<include pattern='/a/x'/>", "/a", false),
            ("<include pattern='/a/x'/>", "/a/x", true),
            ("<include pattern='/a/x'/>", "/a/x/y", false),
            ("<include pattern='/a/x'/>", "/elsewhere", true),
            (
                "<exclude pattern='/a/x' matchProperties='true'/>",
                "/a/x",
                true,
            ),
        ] {
            assert_eq!(filters(rules).0.admit(path), expected, "{rules} {path}");
        }
        let (properties, _) = filters("<exclude pattern='.*/x' matchProperties='true'/>");
        assert!(properties.admit_property("/a/y") && !properties.admit_property("/a/x"));
    }

    #[test]
    fn patterns_that_cannot_be_used_are_told() {
        let (filters, problems) = filters("<include pattern='/a/(?!x).*'/><include pattern='('/>");
        assert!(!filters.admit("/a/y"));
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "filter.xml:2:20: the pattern `/a/(?!x).*` cannot be used and matches nothing: look-around, including \
                 look-ahead and look-behind, is not supported",
                "filter.xml:2:51: the pattern `(` cannot be used and matches nothing: unclosed group",
            ]
        );
    }
}
