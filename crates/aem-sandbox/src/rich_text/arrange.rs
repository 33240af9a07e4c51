//! Puts the children of an element in the order its kind promises; see the list in `tree`.

use super::{
    tag::Tag,
    tree::{Element, Node, is_space},
};

/// A finished element: one node, or several where blocks inside it forced it apart.
pub(super) fn element(
    tag: Tag,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
) -> Vec<Node> {
    let children = match tag {
        Tag::Image | Tag::Break | Tag::Rule => Vec::new(),
        Tag::Container(_) => container(children),
        Tag::Item | Tag::Cell | Tag::HeadCell => flow(children),
        Tag::UnorderedList | Tag::OrderedList => items(children),
        Tag::Table | Tag::TableHead | Tag::TableBody | Tag::Row => {
            // The parser moves text out of tables; only a dissolved element can leave some here.
            let mut children = container(children);
            children.retain(|child| *child != Node::Gap);
            children
        }
        Tag::Paragraph
        | Tag::Header(_)
        | Tag::Preformatted
        | Tag::Link
        | Tag::Span
        | Tag::Format(_) => {
            if children.iter().any(Node::is_block) {
                return distribute(&tag, &attributes, children);
            }
            children
        }
    };
    vec![Node::Element(Element {
        tag,
        attributes,
        children,
    })]
}

/// Children of the document or a container: blocks and gaps. Bare text becomes a paragraph
/// (aem-protocol.md section 6.5), an image alone stays as it is.
pub(super) fn container(children: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::new();
    for part in parts(children) {
        match part {
            Part::Block(block) => out.push(block),
            Part::Inline(run) => wrap(run, &mut out),
        }
    }
    out
}

fn wrap(mut run: Vec<Node>, out: &mut Vec<Node>) {
    let leading = trim(run.first_mut(), |text| text.trim_start_matches(is_space));
    let trailing = trim(run.last_mut(), |text| text.trim_end_matches(is_space));
    if leading {
        out.push(Node::Gap);
    }
    run.retain(|node| !matches!(node, Node::Text(text) if text.is_empty()));
    if !is_blank(&run) {
        let only_images = run.iter().all(|node| {
            is_blank(std::slice::from_ref(node))
                || node.element().is_some_and(|it| it.tag == Tag::Image)
        });
        if only_images {
            out.extend(run.into_iter().filter(|node| node.element().is_some()));
        } else {
            out.push(Node::Element(Element {
                tag: Tag::Paragraph,
                attributes: Vec::new(),
                children: run,
            }));
        }
    }
    if trailing {
        out.push(Node::Gap);
    }
}

/// Shortens a text node; answers whether that changed anything.
fn trim(node: Option<&mut Node>, trimmed: impl Fn(&str) -> &str) -> bool {
    let Some(Node::Text(text)) = node else {
        return false;
    };
    let rest = trimmed(text);
    if rest.len() == text.len() {
        return false;
    }
    *text = rest.to_owned();
    true
}

/// Children of an item or a cell: text stands directly in it, blank text beside blocks goes.
fn flow(children: Vec<Node>) -> Vec<Node> {
    let mixed = children.iter().any(Node::is_block);
    let mut out = Vec::new();
    for part in parts(children) {
        match part {
            Part::Block(block) => out.push(block),
            Part::Inline(run) if mixed && is_blank(&run) => {}
            Part::Inline(run) => out.extend(run),
        }
    }
    out
}

/// Children of a list: items. Anything else gets an item of its own, a list within a list (as
/// editors write indented lists) included.
fn items(children: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::new();
    for part in parts(children) {
        let stray = match part {
            Part::Block(Node::Element(item)) if item.tag == Tag::Item => {
                out.push(Node::Element(item));
                continue;
            }
            Part::Block(block) => vec![block],
            Part::Inline(run) if is_blank(&run) => continue,
            Part::Inline(run) => run,
        };
        out.push(Node::Element(Element {
            tag: Tag::Item,
            attributes: Vec::new(),
            children: stray,
        }));
    }
    out
}

/// Takes apart an element that must not contain blocks but does: the blocks stand in its place,
/// and it goes inside those that hold text, so `<b><p>x</p></b>` reads as `<p><b>x</b></p>`.
fn distribute(tag: &Tag, attributes: &[(String, String)], children: Vec<Node>) -> Vec<Node> {
    let around = |children| {
        Node::Element(Element {
            tag: tag.clone(),
            attributes: attributes.to_vec(),
            children,
        })
    };
    let mut out = Vec::new();
    for part in parts(children) {
        match part {
            Part::Inline(run) if is_blank(&run) => {}
            Part::Inline(run) => out.push(around(run)),
            Part::Block(Node::Element(mut block))
                if matches!(block.tag, Tag::Paragraph | Tag::Header(_)) =>
            {
                if !tag.is_block() {
                    block.children = vec![around(block.children)];
                } else if block.tag == Tag::Paragraph {
                    block.tag = tag.clone();
                }
                out.push(Node::Element(block));
            }
            Part::Block(block) => out.push(block),
        }
    }
    out
}

/// A block, or all inline nodes up to the next one.
enum Part {
    Block(Node),
    Inline(Vec<Node>),
}

fn parts(children: Vec<Node>) -> Vec<Part> {
    let mut out = Vec::new();
    for child in children {
        if child.is_block() {
            out.push(Part::Block(child));
        } else if let Some(Part::Inline(run)) = out.last_mut() {
            run.push(child);
        } else {
            out.push(Part::Inline(vec![child]));
        }
    }
    out
}

/// Nothing but white text; here a no-break space is white too.
fn is_blank(run: &[Node]) -> bool {
    run.iter().all(|node| match node {
        Node::Text(text) => text.chars().all(char::is_whitespace),
        Node::Gap => true,
        Node::Element(_) => false,
    })
}
