//! The `markdown` form (aem-protocol.md section 4.5).
//!
//! Observed: a blank line after every block, one blank for whitespace between blocks, `<br>` as a
//! bare line end, no-break spaces as they are, text not escaped. By choice: what lists in lists,
//! tables, quotes, rules and code look like, which follows GitHub's dialect.

use super::{
    tag::Tag,
    tree::{Element, Node, is_space},
};

/// Renders the whole document.
pub(super) fn render(nodes: &[Node]) -> String {
    let mut out = String::new();
    blocks(nodes, &mut out);
    out
}

fn blocks(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Gap if out.ends_with(' ') => {}
            Node::Gap => out.push(' '),
            Node::Text(text) => out.push_str(text),
            Node::Element(element) => match element.tag {
                Tag::Container("blockquote") => {
                    out.push_str(&prefixed(&lines(&element.children), "> ", "> "));
                    out.push_str("\n\n");
                }
                Tag::Container(_) if !element.children.is_empty() => {
                    blocks(&element.children, out);
                }
                _ => {
                    out.push_str(&block(element));
                    out.push_str("\n\n");
                }
            },
        }
    }
}

/// One block, without the blank line after it.
fn block(element: &Element) -> String {
    let children = &element.children;
    match &element.tag {
        Tag::Header(level) => {
            let level = level.trim_start_matches('h').parse().unwrap_or(1);
            format!("{} {}", "#".repeat(level), inline(children))
        }
        Tag::UnorderedList | Tag::OrderedList => list(element),
        Tag::Table => table(element),
        Tag::Rule => "---".to_owned(),
        Tag::Preformatted => format!("```\n{}\n```", text(children).trim_end_matches('\n')),
        Tag::Container("blockquote") => prefixed(&lines(children), "> ", "> "),
        Tag::Container(_) | Tag::Item | Tag::Cell | Tag::HeadCell => lines(children),
        Tag::Image => inline(&[Node::Element(element.clone())]),
        _ => inline(children),
    }
}

fn list(element: &Element) -> String {
    let items = element.children.iter().filter_map(Node::element);
    let items = items.enumerate().map(|(index, item)| {
        let marker = if element.tag == Tag::OrderedList {
            format!("{}. ", index + 1)
        } else {
            "* ".to_owned()
        };
        prefixed(&lines(&item.children), &marker, &" ".repeat(marker.len()))
    });
    items.collect::<Vec<_>>().join("\n")
}

/// Blocks and text between them without blank lines, as in a list item.
fn lines(children: &[Node]) -> String {
    let parts = children.chunk_by(|a, b| !a.is_block() && !b.is_block());
    let parts = parts.filter_map(|part| match part {
        [Node::Gap] => None,
        [Node::Element(only)] if only.tag.is_block() => Some(block(only)),
        run => Some(inline(run).trim_matches(is_space).to_owned()),
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// `first` before the first line and `rest` before the others.
fn prefixed(text: &str, first: &str, rest: &str) -> String {
    format!("{first}{}", text.replace('\n', &format!("\n{rest}")))
}

fn table(element: &Element) -> String {
    let mut out = Vec::new();
    rows(element, &mut out);
    out.join("\n")
}

fn rows(element: &Element, out: &mut Vec<String>) {
    for child in element.children.iter().filter_map(Node::element) {
        match child.tag {
            Tag::TableHead | Tag::TableBody => rows(child, out),
            Tag::Row => {
                let cells = child.children.iter().filter_map(Node::element);
                let cells = cells.map(|cell| cell_text(&cell.children));
                let cells = cells.collect::<Vec<_>>();
                let separator = vec!["---"; cells.len()].join(" | ");
                let first = !out.iter().any(|line| line.starts_with('|'));
                out.push(format!("| {} |", cells.join(" | ")));
                if first {
                    out.push(format!("| {separator} |"));
                }
            }
            // A caption; it needs a blank line to stay out of the table.
            _ => out.push(format!("{}\n", block(child))),
        }
    }
}

/// A cell is one line, and a bar would end it.
fn cell_text(children: &[Node]) -> String {
    lines(children).replace('\n', " ").replace('|', "\\|")
}

fn inline(nodes: &[Node]) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            Node::Gap => {}
            Node::Text(text) => out.push_str(text),
            Node::Element(element) => push_inline(element, &mut out),
        }
    }
    out
}

fn push_inline(element: &Element, out: &mut String) {
    let inside = inline(&element.children);
    let mark = match element.tag {
        Tag::Break => return out.push('\n'),
        Tag::Image => {
            let alt = element.attribute("alt").unwrap_or_default();
            let src = element.attribute("src").unwrap_or_default();
            return out.extend(["![", alt, "](", src, ")"]);
        }
        Tag::Link => {
            let href = element.attribute("href").unwrap_or_default();
            return out.extend(["[", &inside, "](", href, ")"]);
        }
        Tag::Format("bold" | "strong") => "**",
        Tag::Format("italic" | "emphasis") => "*",
        Tag::Format("strikethrough") => "~~",
        Tag::Format("code") => "`",
        _ => "",
    };
    let mark = if inside.is_empty() { "" } else { mark };
    out.push_str(mark);
    out.push_str(&inside);
    out.push_str(mark);
}

/// Text alone, for code.
fn text(nodes: &[Node]) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            Node::Gap => {}
            Node::Text(text) => out.push_str(text),
            Node::Element(element) if element.tag == Tag::Break => out.push('\n'),
            Node::Element(element) => out.push_str(&text(&element.children)),
        }
    }
    out
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
