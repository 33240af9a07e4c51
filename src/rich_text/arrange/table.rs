//! Tables: sections, rows, cells.

use super::super::tree::{Attributes, Cell, Element, Kind, Node, Scope};
use super::{Loose, blocks};

/// A table: caption, sections, rows, cells. What is neither is a cell of its own.
pub(super) fn table(attributes: Attributes, nodes: Vec<Node>, out: &mut Vec<Node>) {
    let mut captions = Vec::new();
    let mut sections: Vec<Element> = Vec::new();
    for node in nodes {
        match node {
            node if node.is_blank() => {}
            Node::Element(element) if element.kind == Kind::Caption => {
                captions.extend(blocks(element.children, Loose::AsItIs));
            }
            Node::Element(element) if is_section(&element.kind) => {
                sections.push(Element {
                    children: rows(element.children),
                    ..element
                });
            }
            node => {
                let loose = rows(vec![node]);
                match sections.last_mut() {
                    Some(last) if last.kind == Kind::TableBody => last.children.extend(loose),
                    _ => sections.push(Element {
                        kind: Kind::TableBody,
                        attributes: Attributes::default(),
                        children: loose,
                    }),
                }
            }
        }
    }
    sections.retain(|section| !section.children.is_empty());
    if sections.is_empty() {
        return out.extend(captions);
    }
    name_headers(&mut sections);
    let caption = (!captions.is_empty()).then(|| Node::element(Kind::Caption, captions));
    let children = caption
        .into_iter()
        .chain(sections.into_iter().map(Node::Element));
    out.push(Node::Element(Element {
        kind: Kind::Table,
        attributes,
        children: children.collect(),
    }));
}

fn is_section(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::TableHeader | Kind::TableBody | Kind::TableFooter
    )
}

fn rows(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    let mut loose = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) if element.kind == Kind::TableRow => {
                end_row(&mut loose, &mut out);
                out.push(Node::Element(Element {
                    children: cells(element.children),
                    ..element
                }));
            }
            Node::Element(element) if is_section(&element.kind) => {
                end_row(&mut loose, &mut out);
                out.extend(rows(element.children));
            }
            node => loose.push(node),
        }
    }
    end_row(&mut loose, &mut out);
    out
}

fn end_row(loose: &mut Vec<Node>, out: &mut Vec<Node>) {
    let cells = cells(std::mem::take(loose));
    if !cells.is_empty() {
        out.push(Node::element(Kind::TableRow, cells));
    }
}

fn cells(nodes: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::new();
    let mut loose = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element)
                if matches!(element.kind, Kind::TableHead(_) | Kind::TableData(_)) =>
            {
                end_cell(&mut loose, &mut out);
                out.push(Node::Element(Element {
                    children: blocks(element.children, Loose::AsItIs),
                    ..element
                }));
            }
            node => loose.push(node),
        }
    }
    end_cell(&mut loose, &mut out);
    out
}

fn end_cell(loose: &mut Vec<Node>, out: &mut Vec<Node>) {
    let children = blocks(std::mem::take(loose), Loose::AsItIs);
    if !children.iter().all(Node::is_blank) {
        out.push(Node::element(Kind::TableData(Cell::default()), children));
    }
}

/// A first row of nothing but header cells is the table's header: AEM's JSON has no other way to say so,
/// and its editor makes no `<thead>`. Header cells say what they are the header of.
fn name_headers(sections: &mut Vec<Element>) {
    let is_head = |cell: &Node| matches!(cell, Node::Element(cell) if matches!(cell.kind, Kind::TableHead(_)));
    let all_heads =
        |row: &Node| matches!(row, Node::Element(row) if row.children.iter().all(is_head));
    let more_rows = sections
        .iter()
        .map(|section| section.children.len())
        .sum::<usize>()
        > 1;
    if let Some(first) = sections.first_mut()
        && first.kind == Kind::TableBody
        && more_rows
        && first.children.first().is_some_and(all_heads)
    {
        let row = first.children.remove(0);
        if first.children.is_empty() {
            sections.remove(0);
        }
        sections.insert(
            0,
            Element {
                kind: Kind::TableHeader,
                attributes: Attributes::default(),
                children: vec![row],
            },
        );
    }
    for section in sections {
        let in_header = section.kind == Kind::TableHeader;
        for row in &mut section.children {
            let Node::Element(row) = row else { continue };
            for (at, cell) in row.children.iter_mut().enumerate() {
                if let Node::Element(Element {
                    kind: Kind::TableHead(cell),
                    ..
                }) = cell
                {
                    let scope = match at {
                        _ if in_header => Some(Scope::Column),
                        0 => Some(Scope::Row),
                        _ => None,
                    };
                    cell.scope = cell.scope.or(scope);
                }
            }
        }
    }
}
