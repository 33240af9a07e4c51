//! The words of a rich text, without anything else.
//!
//! As AEM's own `plaintext` has them (`aem-protocol.md`, section 4.5): a blank line between blocks, a line
//! for each item and each row, tabs between cells. Blocks without words leave no lines behind.

use super::tree::{Element, Kind, Node};

/// The words of all nodes.
pub(super) fn text(nodes: &[Node]) -> String {
    blocks(nodes, "\n\n")
}

fn blocks(nodes: &[Node], between: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for group in nodes.chunk_by(|a, b| !a.is_block() && !b.is_block()) {
        let part = match group {
            [Node::Element(only)] if group[0].is_block() => block(only),
            line => words(line),
        };
        let part = part.trim_matches([' ', '\n']);
        if !part.is_empty() {
            parts.push(part.to_owned());
        }
    }
    parts.join(between)
}

fn block(element: &Element) -> String {
    match &element.kind {
        Kind::UnorderedList
        | Kind::OrderedList(_)
        | Kind::DescriptionList
        | Kind::ListItem
        | Kind::Description
        | Kind::Figure
        | Kind::Table
        | Kind::TableHeader
        | Kind::TableBody
        | Kind::TableFooter => blocks(&element.children, "\n"),
        Kind::TableRow => {
            let cells = element.children.iter().map(|cell| match cell {
                Node::Element(cell) => blocks(&cell.children, " "),
                Node::Text(text) => text.text.clone(),
            });
            cells.collect::<Vec<_>>().join("\t")
        }
        Kind::Container | Kind::Quote => blocks(&element.children, "\n\n"),
        _ => words(&element.children),
    }
}

/// The words of a line.
pub(super) fn words(nodes: &[Node]) -> String {
    let mut out = String::new();
    push(nodes, &mut out);
    out
}

fn push(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(&text.text),
            Node::Element(element) if element.kind == Kind::Break => out.push('\n'),
            Node::Element(element) => {
                if node.is_block() && !out.is_empty() {
                    out.push('\n');
                }
                push(&element.children, out);
            }
        }
    }
}
