//! The `plaintext` form (aem-protocol.md section 4.5).
//!
//! Observed: blocks are apart by a blank line, list items by a line end, `<br>` is a line end, a
//! block without text still counts, and nothing ends in a line end. No-break spaces become plain
//! ones, after trimming, so that they count as text except at the ends of list items. By choice:
//! a table row is a line and its cells are apart by a tab.

use super::{
    tag::Tag,
    tree::{Element, Node},
};

/// Renders the whole document.
pub(super) fn render(nodes: &[Node]) -> String {
    let mut out = Vec::new();
    blocks(nodes, &mut out);
    let text = out.join("\n\n").replace('\u{a0}', " ");
    text.trim_end_matches('\n').to_owned()
}

fn blocks(nodes: &[Node], out: &mut Vec<String>) {
    for node in nodes {
        match node {
            Node::Element(element) => match element.tag {
                Tag::Container(_) => blocks(&element.children, out),
                Tag::Rule => {}
                _ => out.push(block(element)),
            },
            Node::Text(text) => out.push(text.clone()),
            Node::Gap => {}
        }
    }
}

/// The lines of one block.
fn block(element: &Element) -> String {
    match element.tag {
        Tag::UnorderedList | Tag::OrderedList => {
            let items = element.children.iter().filter_map(Node::element);
            items.map(flow).collect::<Vec<_>>().join("\n")
        }
        Tag::Table => rows(element).join("\n"),
        Tag::Item | Tag::Cell | Tag::HeadCell => flow(element),
        Tag::Container(_) => {
            let mut lines = Vec::new();
            blocks(&element.children, &mut lines);
            lines.join("\n")
        }
        Tag::Preformatted => inline(&element.children, Line::Kept),
        _ => inline(&element.children, Line::Collapsed),
    }
}

/// The lines of a table, through its sections.
fn rows(element: &Element) -> Vec<String> {
    let mut out = Vec::new();
    for child in element.children.iter().filter_map(Node::element) {
        match child.tag {
            Tag::TableHead | Tag::TableBody => out.extend(rows(child)),
            Tag::Row => {
                let cells = child.children.iter().filter_map(Node::element);
                let cells = cells.map(|cell| flow(cell).replace('\n', " "));
                out.push(cells.collect::<Vec<_>>().join("\t"));
            }
            _ => out.push(block(child)),
        }
    }
    out
}

/// The content of an item or a cell: lines of text, with the lines of blocks between them.
fn flow(element: &Element) -> String {
    let mut lines = Vec::new();
    for part in element
        .children
        .chunk_by(|a, b| !a.is_block() && !b.is_block())
    {
        let text = match part {
            [Node::Element(only)] if only.tag.is_block() => block(only),
            run => inline(run, Line::Collapsed),
        };
        lines.push(text.trim().to_owned());
    }
    lines.join("\n")
}

/// Whether whitespace is text.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Collapsed,
    Kept,
}

/// Text in one block, whitespace collapsed across the elements in it and gone at ends of lines.
fn inline(nodes: &[Node], line: Line) -> String {
    let mut out = String::new();
    push_inline(nodes, line, &mut out);
    if line == Line::Collapsed {
        out.truncate(out.trim_end_matches(' ').len());
    }
    out
}

fn push_inline(nodes: &[Node], line: Line, out: &mut String) {
    for node in nodes {
        match node {
            Node::Gap => {}
            Node::Text(text) => {
                let at_blank = out.is_empty() || out.ends_with([' ', '\n']);
                if line == Line::Collapsed && at_blank {
                    out.push_str(text.strip_prefix(' ').unwrap_or(text));
                } else {
                    out.push_str(text);
                }
            }
            Node::Element(element) if element.tag == Tag::Break => {
                if line == Line::Collapsed {
                    out.truncate(out.trim_end_matches(' ').len());
                }
                out.push('\n');
            }
            Node::Element(element) => push_inline(&element.children, line, out),
        }
    }
}

#[cfg(test)]
#[path = "plaintext_tests.rs"]
mod tests;
