//! What stands in a line of text.

use super::super::address::Address;
use super::super::marks::Marks;
use super::super::tree::{Element, Kind, Link, Node, Text};

/// A line of text: runs in one format become one, what shows nothing goes.
pub(super) fn lines(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Text(text) if text.text.is_empty() => {}
            Node::Text(text) => match out.last_mut() {
                Some(Node::Text(last)) if last.marks == text.marks => join(last, &text),
                _ => out.push(Node::Text(text)),
            },
            Node::Element(mut element) => {
                element.children = lines(element.children);
                if element.children.is_empty() && !may_be_empty(&element) {
                    continue;
                }
                // In a link no other may begin.
                if matches!(element.kind, Kind::Link(_)) {
                    element.children = without_links(element.children);
                }
                out.push(Node::Element(element));
            }
        }
    }
    out
}

/// Whether an element of a line shows something without having content: a fragment has a title.
fn may_be_empty(element: &Element) -> bool {
    let leads_to_content =
        |link: &Link| matches!(Address::of_link(&link.href), Some(Address::Content { .. }));
    element.attributes.id.is_some()
        || element.kind.is_void()
        || matches!(&element.kind, Kind::Link(link) if leads_to_content(link))
}

/// Joins two runs; a blank at their meeting is one.
fn join(last: &mut Text, next: &Text) {
    let next = if last.text.ends_with(' ') {
        next.text.trim_start_matches(' ')
    } else {
        &next.text
    };
    last.text.push_str(next);
}

pub(super) fn without_links(nodes: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Element(element) if matches!(element.kind, Kind::Link(_)) => {
                out.extend(without_links(element.children));
            }
            Node::Element(mut element) => {
                element.children = without_links(element.children);
                out.push(Node::Element(element));
            }
            text @ Node::Text(_) => out.push(text),
        }
    }
    out
}

/// Text and what may stand in it, where blocks may not: each block leaves its text behind.
pub(super) fn flat(nodes: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) if !element.kind.is_inline() => {
                if !out.is_empty() {
                    out.push(Node::text(" ", Marks::NONE));
                }
                out.extend(flat(element.children));
            }
            Node::Element(mut element) => {
                element.children = flat(element.children);
                out.push(Node::Element(element));
            }
            text @ Node::Text(_) => out.push(text),
        }
    }
    out
}

/// Text as it was written. What is in a code block is code already.
pub(super) fn verbatim(nodes: Vec<Node>) -> Vec<Node> {
    let code = Marks::of_variant("code").unwrap_or_default();
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        match node {
            Node::Text(text) => {
                let marks = text.marks.without(code);
                match out.last_mut() {
                    Some(Node::Text(last)) if last.marks == marks => last.text.push_str(&text.text),
                    _ => out.push(Node::text(text.text, marks)),
                }
            }
            Node::Element(element) if element.kind == Kind::Break => {
                out.push(Node::text("\n", Marks::NONE));
            }
            Node::Element(element) if element.kind.is_void() => {}
            Node::Element(mut element) if element.kind.is_inline() => {
                element.children = verbatim(element.children);
                out.push(Node::Element(element));
            }
            Node::Element(element) => {
                if !out.is_empty() {
                    out.push(Node::text("\n", Marks::NONE));
                }
                out.extend(verbatim(element.children));
            }
        }
    }
    out
}
