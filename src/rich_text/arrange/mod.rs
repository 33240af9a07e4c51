//! Where everything may stand.
//!
//! An HTML parser leaves a tree that is nearly in order; AEM's JSON promises nothing. Here both come into
//! one order that a browser would not change again: lines of text in paragraphs, items in lists, cells in
//! rows. What stands in the wrong place is wrapped or moved, never dropped; only what shows nothing goes.

mod line;
mod list;
mod table;

use super::tree::{Attributes, Element, Kind, Node};

use line::{flat, lines, verbatim, without_links};
use list::{described, items};
use table::table;

/// Brings the top of a rich text into order.
pub(super) fn arrange(nodes: Vec<Node>) -> Vec<Node> {
    blocks(nodes, Loose::Paragraphs)
}

/// What becomes of text that stands among blocks.
#[derive(Clone, Copy, PartialEq)]
enum Loose {
    /// It is a paragraph.
    Paragraphs,
    /// It may stand as it is: in a list item, a cell.
    AsItIs,
}

/// The content of what holds blocks.
fn blocks(nodes: Vec<Node>, loose: Loose) -> Vec<Node> {
    let mut out = Vec::new();
    let mut line = Vec::new();
    for node in nodes {
        if node.is_block() {
            end_line(&mut line, loose, &mut out);
            block(node, loose, &mut out);
        } else {
            line.push(node);
        }
    }
    if out.is_empty() && loose == Loose::AsItIs {
        return lines(line);
    }
    end_line(&mut line, loose, &mut out);
    out
}

/// Puts text that has come to its end among the blocks.
fn end_line(line: &mut Vec<Node>, loose: Loose, out: &mut Vec<Node>) {
    let line = lines(std::mem::take(line));
    match loose {
        Loose::Paragraphs if line.iter().all(shows_nothing) => {}
        Loose::Paragraphs => out.extend(paragraph(Attributes::default(), line)),
        Loose::AsItIs if line.iter().all(Node::is_blank) => {}
        Loose::AsItIs => out.extend(line),
    }
}

/// Whether it is text of blanks only. Editors leave no-break spaces behind where nothing was meant.
fn shows_nothing(node: &Node) -> bool {
    matches!(node, Node::Text(text) if text.text.trim().is_empty())
}

fn block(node: Node, loose: Loose, out: &mut Vec<Node>) {
    let Node::Element(element) = node else { return };
    let Element {
        kind,
        attributes,
        children,
    } = element;
    let keep = |kind, attributes, children| {
        Node::Element(Element {
            kind,
            attributes,
            children,
        })
    };
    match kind {
        Kind::Paragraph => split(attributes, children, out),
        Kind::FigureCaption => split(attributes, children, out),
        Kind::Header(_) => {
            let children = lines(flat(children));
            if !children.iter().all(Node::is_blank) || attributes.id.is_some() {
                out.push(keep(kind, attributes, children));
            }
        }
        Kind::UnorderedList | Kind::OrderedList(_) => {
            let children = items(children);
            if !children.is_empty() {
                out.push(keep(kind, attributes, children));
            }
        }
        Kind::DescriptionList => {
            let children = described(children);
            if !children.is_empty() {
                out.push(keep(kind, attributes, children));
            }
        }
        Kind::Table => table(attributes, children, out),
        Kind::CodeBlock => out.push(keep(kind, attributes, verbatim(children))),
        Kind::Container | Kind::Quote => {
            let children = blocks(children, Loose::Paragraphs);
            if !children.is_empty() || attributes.id.is_some() {
                out.push(keep(kind, attributes, children));
            }
        }
        Kind::Figure => {
            let children = figure(children);
            if !children.is_empty() {
                out.push(keep(kind, attributes, children));
            }
        }
        Kind::Rule => out.push(keep(kind, attributes, Vec::new())),
        // Text that holds blocks: a link may, anything else is better off as a block itself.
        Kind::Link(_) => {
            let children = without_links(blocks(children, Loose::AsItIs));
            out.push(keep(kind, attributes, children));
        }
        Kind::Span | Kind::Phrase(_) | Kind::Break | Kind::Image(_) => {
            let children = blocks(children, Loose::Paragraphs);
            out.push(keep(Kind::Container, attributes, children));
        }
        // Parts of something that is not around them.
        Kind::ListItem => stray(Kind::UnorderedList, keep(kind, attributes, children), out),
        Kind::Term | Kind::Description => {
            stray(Kind::DescriptionList, keep(kind, attributes, children), out);
        }
        Kind::TableHeader | Kind::TableBody | Kind::TableFooter | Kind::TableRow => {
            stray(Kind::Table, keep(kind, attributes, children), out);
        }
        Kind::TableHead(_) | Kind::TableData(_) | Kind::Caption => {
            out.extend(blocks(children, loose));
        }
    }
}

/// Wraps a part in what should be around it; parts that follow each other share that.
fn stray(whole: Kind, part: Node, out: &mut Vec<Node>) {
    let mut arranged = Vec::new();
    block(
        Node::element(whole, vec![part]),
        Loose::Paragraphs,
        &mut arranged,
    );
    let Some(Node::Element(new)) = arranged.pop() else {
        return;
    };
    match out.last_mut() {
        Some(Node::Element(last)) if last.kind == new.kind && last.attributes.is_empty() => {
            last.children.extend(new.children);
        }
        _ => out.push(Node::Element(new)),
    }
}

/// A paragraph, or an image that has one for itself.
fn paragraph(attributes: Attributes, line: Vec<Node>) -> Option<Node> {
    if line.iter().all(Node::is_blank) && attributes.id.is_none() {
        return None;
    }
    let mut shown = line.iter().filter(|node| !shows_nothing(node));
    let alone = shown.next().is_some_and(is_image) && shown.next().is_none();
    let (kind, children) = if alone {
        let only = line.into_iter().filter(|node| !shows_nothing(node));
        (Kind::Figure, only.collect())
    } else {
        (Kind::Paragraph, line)
    };
    Some(Node::Element(Element {
        kind,
        attributes,
        children,
    }))
}

/// Whether it is an image, or a link of nothing but an image.
fn is_image(node: &Node) -> bool {
    let Node::Element(element) = node else {
        return false;
    };
    match (&element.kind, &element.children[..]) {
        (Kind::Image(_), _) => true,
        (Kind::Link(_), [only]) => is_image(only),
        _ => false,
    }
}

/// What is in a figure: its caption is one here only, and an image in it needs no figure of its own.
fn figure(nodes: Vec<Node>) -> Vec<Node> {
    let (captions, others): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(
        |node| matches!(node, Node::Element(element) if element.kind == Kind::FigureCaption),
    );
    let mut out = Vec::new();
    for node in blocks(others, Loose::AsItIs) {
        match node {
            Node::Element(inner) if inner.kind == Kind::Figure => out.extend(inner.children),
            node if node.is_blank() => {}
            node => out.push(node),
        }
    }
    let mut caption = Vec::new();
    for node in captions {
        if let Node::Element(element) = node {
            caption.extend(blocks(element.children, Loose::AsItIs));
        }
    }
    if !caption.is_empty() {
        out.push(Node::element(Kind::FigureCaption, caption));
    }
    out
}

/// A paragraph ends where a block stands in it, and goes on behind.
fn split(attributes: Attributes, children: Vec<Node>, out: &mut Vec<Node>) {
    let mut attributes = attributes;
    let mut line = Vec::new();
    let mut end = |line: &mut Vec<Node>, out: &mut Vec<Node>| {
        let line = lines(std::mem::take(line));
        if !line.iter().all(Node::is_blank) || attributes.id.is_some() {
            out.extend(paragraph(std::mem::take(&mut attributes), line));
        }
    };
    for child in children {
        if child.is_block() {
            end(&mut line, out);
            block(child, Loose::Paragraphs, out);
        } else {
            line.push(child);
        }
    }
    end(&mut line, out);
}
