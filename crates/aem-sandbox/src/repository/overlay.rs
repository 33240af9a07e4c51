//! One package laid over another, as installing it would, by the modes of its `META-INF/vault/filter.xml`.
//!
//! `replace` takes what is below a filter root away first, `merge` only adds what is not there, `update` sets
//! properties and adds nodes. What no root covers is laid over like `update`. Patterns inside a root are not read: a root
//! that has any never takes anything away. Source: aem-protocol.md, section 14.1; Jackrabbit FileVault's filter modes.

use super::node::Node;
use crate::problem::Problem;
use roxmltree::Document;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// What happens to content that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Replace,
    Merge,
    Update,
}

/// The filter roots of a package, as segments.
#[derive(Debug, Default)]
pub(super) struct Filters(Vec<(Vec<String>, Mode)>);

impl Filters {
    /// Reads the filter beside `jcr_root`; without one everything is an update.
    pub(super) fn beside(jcr_root: &Path, problems: &mut Vec<Problem>) -> Self {
        let Some(parent) = jcr_root.parent() else {
            return Self::default();
        };
        let file = parent.join("META-INF/vault/filter.xml");
        let Ok(text) = fs::read_to_string(&file) else {
            return Self::default();
        };
        match Document::parse(&text) {
            Ok(document) => Self::read(&document),
            Err(error) => {
                let message = format!("not well-formed XML, every root is an update: {error}");
                problems.push(Problem::new(file, message));
                Self::default()
            }
        }
    }

    fn read(document: &Document<'_>) -> Self {
        let filters = document
            .descendants()
            .filter(|node| node.has_tag_name("filter"));
        let roots = filters.filter_map(|filter| {
            let root = filter.attribute("root")?;
            let has_patterns = filter.children().any(|child| child.is_element());
            let mode = match filter.attribute("mode") {
                Some("merge" | "merge_properties") => Mode::Merge,
                Some("update" | "update_properties") => Mode::Update,
                _ if has_patterns => Mode::Update,
                _ => Mode::Replace,
            };
            let segments = root.split('/').filter(|segment| !segment.is_empty());
            Some((segments.map(str::to_owned).collect(), mode))
        });
        Self(roots.collect())
    }
}

/// Lays `layer` over `base`.
pub(super) fn overlay(base: &mut Node, layer: Node, filters: &Filters) {
    for (root, mode) in &filters.0 {
        if *mode == Mode::Replace {
            remove(base, root);
        }
    }
    lay(base, layer, Mode::Update, &mut Vec::new(), filters);
}

fn remove(node: &mut Node, path: &[String]) {
    match path {
        [] => {}
        [name] => node.children.retain(|child| child.name != *name),
        [name, rest @ ..] => {
            if let Some(child) = node.children.iter_mut().find(|child| child.name == *name) {
                remove(child, rest);
            }
        }
    }
}

fn lay(base: &mut Node, layer: Node, mode: Mode, path: &mut Vec<String>, filters: &Filters) {
    if layer.origin.is_some() && (!layer.properties.is_empty() || base.origin.is_none()) {
        base.origin = layer.origin;
    }
    for (name, value) in layer.properties {
        if mode != Mode::Merge || base.property(&name).is_none() {
            base.set(name, value);
        }
    }
    let index = base
        .children
        .iter()
        .map(|child| child.name.clone())
        .zip(0..);
    let index: HashMap<String, usize> = index.collect();
    for child in layer.children {
        path.push(child.name.clone());
        let root = filters.0.iter().find(|(root, _)| root == path);
        let mode = root.map_or(mode, |(_, mode)| *mode);
        match index.get(&child.name) {
            Some(&at) => lay(&mut base.children[at], child, mode, path, filters),
            None => base.children.push(child),
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, value: &str, children: Vec<Node>) -> Node {
        let mut node = Node::new(name);
        node.set("v".to_owned(), value.into());
        node.children = children;
        node
    }

    fn laid(mode: &str) -> String {
        let base = node(
            "a",
            "old",
            vec![node("x", "old", vec![]), node("y", "old", vec![])],
        );
        let layer = node(
            "a",
            "new",
            vec![node("y", "new", vec![]), node("z", "new", vec![])],
        );
        let text = format!("<workspaceFilter><filter root='/a' {mode}/></workspaceFilter>");
        let filters = Filters::read(&Document::parse(&text).unwrap());
        let mut root = node("", "", vec![base]);
        overlay(&mut root, node("", "", vec![layer]), &filters);
        let a = root.child("a").unwrap();
        let children = a.children.iter();
        let children = children.map(|c| format!(" {}={}", c.name, c.text("v").unwrap()));
        format!("{}{}", a.text("v").unwrap(), children.collect::<String>())
    }

    #[test]
    fn modes_decide_what_stays() {
        assert_eq!(laid(""), "new y=new z=new");
        assert_eq!(laid("mode='update'"), "new x=old y=new z=new");
        assert_eq!(laid("mode='merge'"), "old x=old y=old z=new");
    }
}
