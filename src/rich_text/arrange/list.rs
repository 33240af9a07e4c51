//! The items of lists.

use super::super::tree::{Element, Kind, Node};
use super::line::{flat, lines};
use super::{Loose, block, blocks};

/// The items of a list. A list among them belongs to the item before it, as editors mean it.
pub(super) fn items(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    let mut loose = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) if element.kind == Kind::ListItem => {
                end_item(&mut loose, &mut out);
                out.push(Node::Element(Element {
                    children: blocks(element.children, Loose::AsItIs),
                    ..element
                }));
            }
            Node::Element(element)
                if matches!(element.kind, Kind::UnorderedList | Kind::OrderedList(_)) =>
            {
                end_item(&mut loose, &mut out);
                let mut inner = Vec::new();
                block(Node::Element(element), Loose::AsItIs, &mut inner);
                match out.last_mut() {
                    Some(Node::Element(item)) => item.children.extend(inner),
                    _ => out.push(Node::element(Kind::ListItem, inner)),
                }
            }
            node => loose.push(node),
        }
    }
    end_item(&mut loose, &mut out);
    out
}

fn end_item(loose: &mut Vec<Node>, out: &mut Vec<Node>) {
    let children = blocks(std::mem::take(loose), Loose::AsItIs);
    if !children.iter().all(Node::is_blank) {
        out.push(Node::element(Kind::ListItem, children));
    }
}

/// Terms and their descriptions; anything else describes.
pub(super) fn described(nodes: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) if element.kind == Kind::Term => {
                let children = lines(flat(element.children));
                out.push(Node::Element(Element {
                    children,
                    ..element
                }));
            }
            Node::Element(element) if element.kind == Kind::Description => {
                out.push(Node::Element(Element {
                    children: blocks(element.children, Loose::AsItIs),
                    ..element
                }));
            }
            // Groups of terms.
            Node::Element(element) if element.kind == Kind::Container => {
                out.extend(described(element.children));
            }
            node => {
                let children = blocks(vec![node], Loose::AsItIs);
                if !children.iter().all(Node::is_blank) {
                    out.push(Node::element(Kind::Description, children));
                }
            }
        }
    }
    out
}
