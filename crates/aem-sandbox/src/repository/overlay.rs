//! One package laid over another, as installing it would, by its [`Filters`].
//!
//! `replace` takes what is below a filter root away first, `merge` only adds what is not there, `update` sets
//! properties and adds nodes. What no root covers is laid over like `update`. What the patterns of a root leave out is
//! neither added nor taken away; a root with patterns for properties takes nothing away.
//! Source: aem-protocol.md, section 14.1; Jackrabbit FileVault's filter modes.

use super::filters::{Filters, Mode, Place, Root};
use super::node::Node;
use std::collections::HashMap;

/// Kept of nodes that are only there for what is below them.
const PRIMARY_TYPE: &str = "jcr:primaryType";

/// Takes out of a package what its patterns leave out.
pub(super) fn prune(package: &mut Node, filters: &Filters) {
    prune_below(package, &mut String::new(), filters);
}

fn prune_below(node: &mut Node, path: &mut String, filters: &Filters) {
    if !filters.have_patterns_near(path) {
        return;
    }
    node.children.retain_mut(|child| {
        within(path, &child.name.clone(), |path| {
            prune_below(child, path, filters);
            let belongs = filters.admit(path);
            child.properties.retain(|(name, _)| {
                name == PRIMARY_TYPE || belongs && filters.admit_property(&format!("{path}/{name}"))
            });
            belongs || !child.children.is_empty()
        })
    });
}

/// Lays `layer` over `base`.
pub(super) fn overlay(base: &mut Node, layer: Node, filters: &Filters) {
    for root in filters.roots() {
        if root.mode == Mode::Replace && !root.chooses_properties() {
            remove(base, &mut String::new(), root);
        }
    }
    let mode = filters.mode_at("").unwrap_or(Mode::Update);
    lay(base, layer, mode, &mut String::new(), filters);
}

/// Takes away what a root replaces; nodes stay that have something below them which it leaves alone.
fn remove(node: &mut Node, path: &mut String, root: &Root) {
    node.children.retain_mut(|child| {
        within(path, &child.name.clone(), |path| match root.place(path) {
            Place::Apart => true,
            Place::Above => {
                remove(child, path, root);
                true
            }
            Place::Inside if !root.has_patterns() => false,
            Place::Inside => {
                remove(child, path, root);
                !root.admits(path) || !child.children.is_empty()
            }
        })
    });
}

fn lay(base: &mut Node, layer: Node, mode: Mode, path: &mut String, filters: &Filters) {
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
        within(path, &child.name.clone(), |path| {
            let mode = filters.mode_at(path).unwrap_or(mode);
            match index.get(&child.name) {
                Some(&at) => lay(&mut base.children[at], child, mode, path, filters),
                None => base.children.push(child),
            }
        });
    }
}

/// Does something with the path of a child.
fn within<T>(path: &mut String, name: &str, act: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push('/');
    path.push_str(name);
    let result = act(path);
    path.truncate(length);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;
    use std::path::Path;

    fn node(name: &str, value: &str, children: Vec<Node>) -> Node {
        let mut node = Node::new(name);
        node.set("v".to_owned(), value.into());
        node.children = children;
        node
    }

    fn filters(filter: &str) -> Filters {
        let text = format!("<workspaceFilter>{filter}</workspaceFilter>");
        let document = Document::parse(&text).unwrap();
        Filters::read(&document, Path::new(""), &mut Vec::new())
    }

    /// `name=value` of a node and all below it.
    fn written(node: &Node) -> String {
        let value = node.text("v").unwrap_or("-");
        let children = node
            .children
            .iter()
            .map(|child| format!(" {}", written(child)));
        let children: String = children.collect();
        match children.trim() {
            "" => format!("{}={value}", node.name),
            some => format!("{}={value}({some})", node.name),
        }
    }

    fn laid(filter: &str) -> String {
        let base = node(
            "a",
            "old",
            vec![
                node("x", "old", vec![node("deep", "old", vec![])]),
                node("y", "old", vec![]),
            ],
        );
        let mut layer = node(
            "",
            "new",
            vec![node(
                "a",
                "new",
                vec![node("y", "new", vec![]), node("z", "new", vec![])],
            )],
        );
        let filters = filters(filter);
        prune(&mut layer, &filters);
        let mut root = node("", "", vec![base]);
        overlay(&mut root, layer, &filters);
        written(root.child("a").unwrap())
    }

    #[test]
    fn modes_decide_what_stays() {
        assert_eq!(laid("<filter root='/a'/>"), "a=new(y=new z=new)");
        assert_eq!(laid("<filter root='/'/>"), "a=new(y=new z=new)");
        let updated = "a=new(x=old(deep=old) y=new z=new)";
        assert_eq!(laid("<filter root='/a' mode='update'/>"), updated);
        assert_eq!(laid("<filter root='/b'/>"), updated);
        let merged = "a=old(x=old(deep=old) y=old z=new)";
        assert_eq!(laid("<filter root='/a' mode='merge'/>"), merged);
    }

    #[test]
    fn patterns_decide_what_is_added_and_taken_away() {
        for (rules, expected) in [
            (
                "<exclude pattern='/a/x(/.*)?'/>",
                "a=new(x=old(deep=old) y=new z=new)",
            ),
            (
                "<exclude pattern='/a/x/deep'/>",
                "a=new(x=old(deep=old) y=new z=new)",
            ),
            ("<exclude pattern='/a/[yz]'/>", "a=new(y=old)"),
            (
                "<include pattern='/a/z'/>",
                "a=old(x=old(deep=old) y=old z=new)",
            ),
            (
                "<exclude pattern='.*/v' matchProperties='true'/>",
                "a=old(x=old(deep=old) y=old z=-)",
            ),
        ] {
            assert_eq!(
                laid(&format!("<filter root='/a'>{rules}</filter>")),
                expected,
                "{rules}"
            );
        }
    }
}
