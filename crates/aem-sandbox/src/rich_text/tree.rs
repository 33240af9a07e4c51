//! The tree the three renderers share: rich text with its structure put in order.
//!
//! [`tree`] walks the parser's tree without recursion and keeps what rich text knows
//! (aem-protocol.md section 6.1). What holds afterwards, so that renderers need no case for it:
//!
//! - nesting is at most [`MAX_DEPTH`], so renderers may recurse;
//! - paragraphs, headers and inline elements contain inline nodes only;
//! - lists contain items only, and tables no stray text;
//! - in the document and in containers, bare text is wrapped in paragraphs and blank text between
//!   blocks is a [`Node::Gap`];
//! - runs of whitespace in text are one blank, except in preformatted text.

use html5ever::{Attribute, ns};

use super::{
    arrange,
    dom::{DOCUMENT, Data, DomNode, Id},
    parse,
    tag::{Meaning, Tag},
};

/// Depth of nodes below the document. Elements deeper than this are dissolved into their parent.
///
/// A level takes two levels of JSON (node and `content`), and common JSON readers, this
/// workspace's among them, stop at 128: the envelope around the rich text needs the rest.
const MAX_DEPTH: usize = 40;

/// Longest attribute value kept, in bytes. Inherited declarations and re-opened elements repeat
/// values; a bound keeps the output proportional to the input. Only `data:` URLs are longer.
const MAX_VALUE: usize = 8 * 1024;

/// A node of the shared tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text with entities decoded.
    Text(String),
    /// Whitespace between blocks; only markdown shows it.
    Gap,
    /// Anything with a tag.
    Element(Element),
}

/// An element of the shared tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) tag: Tag,
    /// Names and values in source order.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Node {
    /// The element, if this is one.
    pub(super) fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            Self::Text(_) | Self::Gap => None,
        }
    }

    /// Is this an element of block kind?
    pub(super) fn is_block(&self) -> bool {
        self.element().is_some_and(|element| element.tag.is_block())
    }
}

/// The blocks of a rich text.
pub(super) fn tree(html: &str) -> Vec<Node> {
    let dom = parse::parse(html);
    // Below the document is the root element the parser makes for fragments.
    let Some(root) = dom[DOCUMENT].first_child else {
        return Vec::new();
    };
    let mut walk = Walk {
        dom: &dom,
        open: vec![Frame::new(root, Tag::Container("div"), &[], 0)],
    };
    let mut next = dom[root].first_child;
    while let Some(id) = next {
        next = walk.enter(id);
        let mut at = id;
        while next.is_none() && at != root {
            walk.leave(at);
            next = dom[at].next;
            match dom[at].parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
    }
    walk.open
        .pop()
        .map(|frame| arrange::container(frame.text_collapsed()))
        .unwrap_or_default()
}

/// An element whose children are being collected.
struct Frame {
    id: Id,
    depth: usize,
    preformatted: bool,
    element: Element,
}

impl Frame {
    fn new(id: Id, tag: Tag, attributes: &[Attribute], depth: usize) -> Self {
        let attributes = attributes
            .iter()
            .filter(|attribute| attribute.value.len() <= MAX_VALUE)
            .map(|attribute| {
                let value = attribute.value.to_string();
                (attribute.name.local.to_string(), value)
            })
            .collect();
        Self {
            id,
            depth,
            preformatted: tag == Tag::Preformatted,
            element: Element {
                tag,
                attributes,
                children: Vec::new(),
            },
        }
    }

    /// Adds text to the text before it, if there is one.
    fn push_text(&mut self, text: &str) {
        if let Some(Node::Text(before)) = self.element.children.last_mut() {
            before.push_str(text);
        } else {
            self.element.children.push(Node::Text(text.to_owned()));
        }
    }

    /// The children, with runs of whitespace as one blank. Only now, because text around an
    /// element that was dissolved has become one text.
    fn text_collapsed(self) -> Vec<Node> {
        let mut children = self.element.children;
        if !self.preformatted {
            for child in &mut children {
                if let Node::Text(text) = child {
                    *text = collapse(text);
                }
            }
        }
        children
    }
}

struct Walk<'a> {
    dom: &'a [DomNode],
    /// Never empty: the first frame is the document's.
    open: Vec<Frame>,
}

impl Walk<'_> {
    /// Takes a node in; answers its first child if the walk should go there.
    fn enter(&mut self, id: Id) -> Option<Id> {
        let node = &self.dom[id];
        let parent = self.open.last_mut()?;
        match &node.data {
            Data::Nothing => None,
            Data::Text(text) => {
                parent.push_text(text);
                None
            }
            Data::Element(name, attributes) => {
                let meaning = if name.ns == ns!(html) {
                    Meaning::of(&name.local)
                } else {
                    Meaning::Dissolve
                };
                match meaning {
                    Meaning::Drop => return None,
                    Meaning::Dissolve => {}
                    Meaning::Keep(tag) => {
                        // A stray child of a list will get an item around it.
                        let wrapped = parent.element.tag.is_list() && tag != Tag::Item;
                        let depth = parent.depth + 1 + usize::from(wrapped);
                        if depth <= MAX_DEPTH || tag.is_void() {
                            let preformatted = parent.preformatted;
                            let mut frame = Frame::new(id, tag, attributes, depth);
                            frame.preformatted |= preformatted;
                            self.open.push(frame);
                        } else if tag.is_block() {
                            // The words of blocks must not run together.
                            parent.push_text(" ");
                        }
                    }
                }
                node.first_child
            }
        }
    }

    /// All below the node was seen.
    fn leave(&mut self, id: Id) {
        if self.open.len() < 2 || self.open.last().is_none_or(|frame| frame.id != id) {
            return;
        }
        if let Some(mut frame) = self.open.pop() {
            let tag = frame.element.tag.clone();
            let attributes = std::mem::take(&mut frame.element.attributes);
            let children = frame.text_collapsed();
            if let Some(parent) = self.open.last_mut() {
                let nodes = arrange::element(tag, attributes, children);
                parent.element.children.extend(nodes);
            }
        }
    }
}

/// Is this whitespace that HTML collapses? A no-break space is not.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !is_space(character) {
            out.push(character);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
