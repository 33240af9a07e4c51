//! AEM's HTML form as the tree.

use html5ever::ns;

use super::RichText;
use super::arrange::arrange;
use super::dom::{Dom, DomNode};
use super::elements::{self, Given, Meaning};
use super::marks::Marks;
use super::oddity::Oddity;
use super::tree::{Element, Kind, Node, is_space};

/// Reads a fragment of HTML.
pub(super) fn read(html: &str) -> RichText {
    let dom = Dom::parse(html);
    let mut reader = Reader {
        dom: &dom,
        oddities: Vec::new(),
    };
    let mut nodes = Vec::new();
    for &place in dom.top() {
        reader.node(place, Surroundings::default(), &mut nodes);
    }
    RichText {
        nodes: arrange(nodes),
        oddities: reader.oddities,
    }
}

/// What holds for a node because of what it is in.
#[derive(Clone, Copy, Default)]
struct Surroundings {
    marks: Marks,
    /// Whether whitespace is text.
    preformatted: bool,
}

struct Reader<'d> {
    dom: &'d Dom,
    oddities: Vec<Oddity>,
}

impl Reader<'_> {
    fn node(&mut self, place: usize, around: Surroundings, out: &mut Vec<Node>) {
        match self.dom.get(place) {
            DomNode::Nothing => {}
            DomNode::Text(text) if around.preformatted => {
                out.push(Node::text(text.as_str(), around.marks));
            }
            DomNode::Text(text) => out.push(Node::text(collapse(text), around.marks)),
            DomNode::Element {
                name,
                attributes,
                children,
            } => {
                if name.ns != ns!(html) {
                    self.oddities.push(Oddity::Removed(name.local.to_string()));
                    return;
                }
                let given = |wanted: &str| {
                    let found = attributes.iter().find(|a| *a.name.local == *wanted);
                    found.map(|attribute| attribute.value.to_string())
                };
                self.element(&name.local, &given, children, around, out);
            }
        }
    }

    fn element(
        &mut self,
        name: &str,
        given: &Given<'_>,
        children: &[usize],
        mut around: Surroundings,
        out: &mut Vec<Node>,
    ) {
        match Meaning::of(name, given) {
            Meaning::Keep(kind) => {
                around.preformatted |= kind == Kind::CodeBlock;
                let mut inside = Vec::new();
                for &child in children {
                    self.node(child, around, &mut inside);
                }
                let mut attributes = elements::attributes(given, name == "a");
                if kind == Kind::CodeBlock {
                    attributes.class = self.language(children).or(attributes.class);
                }
                out.push(Node::Element(Element {
                    kind,
                    attributes,
                    children: inside,
                }));
            }
            Meaning::Format(marks) => {
                around.marks = around.marks.with(marks);
                self.children(children, around, out);
            }
            Meaning::Unwrap => self.children(children, around, out),
            Meaning::Unknown => {
                self.oddities.push(Oddity::UnknownElement(name.to_owned()));
                self.children(children, around, out);
            }
            Meaning::Remove => self.oddities.push(Oddity::Removed(name.to_owned())),
            Meaning::Ignore => {}
        }
    }

    /// The class of the `<code>` in a `<pre>`, where highlighters look for the language.
    fn language(&self, children: &[usize]) -> Option<String> {
        children
            .iter()
            .find_map(|&child| match self.dom.get(child) {
                DomNode::Element {
                    name, attributes, ..
                } if &*name.local == "code" => {
                    let class = attributes.iter().find(|a| &*a.name.local == "class")?;
                    Some(class.value.to_string())
                }
                _ => None,
            })
    }

    fn children(&mut self, children: &[usize], around: Surroundings, out: &mut Vec<Node>) {
        for &child in children {
            self.node(child, around, out);
        }
    }
}

/// Each run of whitespace as one blank. No-break spaces are no whitespace here.
pub(super) fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_space) {
        collapsed.push_str(&rest[..at]);
        collapsed.push(' ');
        rest = rest[at..].trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    }
    collapsed.push_str(rest);
    collapsed
}
