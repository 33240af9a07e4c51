//! The `json` form (aem-protocol.md section 6).
//!
//! Where the section leaves a choice, this is it:
//!
//! - `format.variants` is in document order, outermost first;
//! - a link keeps its text only, except that the images in it follow it as references;
//! - a link to a fragment is a `reference`, one to an asset that is no image a `reference` with
//!   the link's text as `value`; one to an image stays a `link`, as a reference would show the
//!   picture in place of the words; so does one to nothing;
//! - references carry the repository path (decoded), since it is what `_references` joins on;
//! - an image from outside the DAM is a node `img` with its attributes.

use serde_json::{Map, Value};

use super::{
    reference::{self, Resolve, Target},
    tag::Tag,
    tree::{Element, Node},
};

/// Renders the whole document.
pub(super) fn render(nodes: &[Node], resolve: &dyn Resolve) -> Value {
    let renderer = Renderer { resolve };
    renderer.content(nodes, &Format::default())
}

/// The formatting in force for a text.
#[derive(Clone, Default)]
struct Format {
    variants: Vec<&'static str>,
    /// CSS declarations of the elements around the text, values as written.
    declarations: Vec<(String, String)>,
}

impl Format {
    /// The formatting inside a block: what the block declares, and nothing from around it.
    fn of_block(element: &Element) -> Self {
        let mut format = Self::default();
        format.declare(element);
        format
    }

    fn within(&self, variant: &'static str, element: &Element) -> Self {
        let mut format = self.clone();
        if !format.variants.contains(&variant) {
            format.variants.push(variant);
        }
        format.declare(element);
        format
    }

    /// Takes over the declarations of a `style` attribute. Values keep the blank after the colon,
    /// as in AEM's answers.
    fn declare(&mut self, element: &Element) {
        let style = element.attribute("style").unwrap_or_default();
        for declaration in style.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let name = name.trim();
            if name.is_empty() || name == "variants" {
                continue;
            }
            let known = self
                .declarations
                .iter_mut()
                .find(|(known, _)| known == name);
            match known {
                Some((_, known)) => value.clone_into(known),
                None => self.declarations.push((name.to_owned(), value.to_owned())),
            }
        }
    }

    fn to_value(&self) -> Option<Value> {
        let mut members = Map::new();
        if !self.variants.is_empty() {
            members.insert("variants".to_owned(), self.variants.as_slice().into());
        }
        for (name, value) in &self.declarations {
            members.insert(name.clone(), value.as_str().into());
        }
        (!members.is_empty()).then_some(Value::Object(members))
    }
}

struct Renderer<'a> {
    resolve: &'a dyn Resolve,
}

impl Renderer<'_> {
    fn content(&self, nodes: &[Node], format: &Format) -> Value {
        let mut out = Vec::new();
        self.append(nodes, format, &mut out);
        Value::Array(out)
    }

    fn append(&self, nodes: &[Node], format: &Format, out: &mut Vec<Value>) {
        for node in nodes {
            match node {
                Node::Gap => {}
                Node::Text(text) if text.is_empty() => {}
                Node::Text(text) => out.push(text_node(text, format)),
                Node::Element(element) => self.element(element, format, out),
            }
        }
    }

    fn element(&self, element: &Element, format: &Format, out: &mut Vec<Value>) {
        let mut style = None;
        let node_type = match &element.tag {
            Tag::Format(variant) => {
                let format = format.within(variant, element);
                return self.append(&element.children, &format, out);
            }
            Tag::Link => return self.link(element, format, out),
            Tag::Image => return out.push(self.image(element)),
            Tag::Span => {
                let mut node = typed("span");
                if let Some(data) = attributes(element) {
                    node.insert("data".to_owned(), data);
                }
                let content = self.content(&element.children, format);
                node.insert("content".to_owned(), content);
                return out.push(Value::Object(node));
            }
            Tag::Header(level) => {
                style = Some(*level);
                "header"
            }
            Tag::Paragraph => "paragraph",
            Tag::UnorderedList => "unordered-list",
            Tag::OrderedList => "ordered-list",
            Tag::Item => "list-item",
            Tag::Table => "table",
            Tag::TableHead => "table-header",
            Tag::TableBody => "table-body",
            Tag::Row => "table-row",
            Tag::HeadCell => "table-head",
            Tag::Cell => "table-data",
            Tag::Preformatted => "code-block",
            Tag::Rule => "hr",
            Tag::Break => "line-break",
            Tag::Container(name) => name,
        };
        let mut node = typed(node_type);
        if let Some(style) = style {
            node.insert("style".to_owned(), style.into());
        }
        let content = self.content(&element.children, &Format::of_block(element));
        node.insert("content".to_owned(), content);
        out.push(Value::Object(node));
    }

    fn link(&self, element: &Element, format: &Format, out: &mut Vec<Value>) {
        let mut inside = Inside::default();
        inside.visit(&element.children);
        if inside.images.is_empty() || !inside.text.trim().is_empty() {
            out.push(self.link_node(element, inside.text));
        }
        self.append(&inside.images, format, out);
    }

    fn link_node(&self, element: &Element, text: String) -> Value {
        let target = reference::target(element)
            .and_then(|path| self.resolve.kind(&path).map(|target| (path, target)));
        let mut node = match target {
            Some((path, Target::Fragment)) => {
                reference_node([("href", path), ("type", "fragment".to_owned())])
            }
            Some((path, Target::Asset { mime })) if !mime.starts_with("image/") => {
                reference_node([("path", path), ("mimetype", mime)])
            }
            Some(_) | None => {
                let mut node = typed("link");
                let data = attributes(element).unwrap_or_else(|| Map::new().into());
                node.insert("data".to_owned(), data);
                node
            }
        };
        node.insert("value".to_owned(), text.into());
        Value::Object(node)
    }

    fn image(&self, element: &Element) -> Value {
        let Some(path) = reference::target(element) else {
            let mut node = typed("img");
            if let Some(data) = attributes(element) {
                node.insert("data".to_owned(), data);
            }
            return Value::Object(node);
        };
        let mime = match self.resolve.kind(&path) {
            Some(Target::Asset { mime }) => mime,
            Some(Target::Fragment) | None => reference::guessed_mime(&path).to_owned(),
        };
        Value::Object(reference_node([("path", path), ("mimetype", mime)]))
    }
}

/// Text and images inside a link.
#[derive(Default)]
struct Inside {
    text: String,
    images: Vec<Node>,
}

impl Inside {
    fn visit(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Text(text) => self.text.push_str(text),
                Node::Gap => {}
                Node::Element(element) => match element.tag {
                    Tag::Image => self.images.push(node.clone()),
                    Tag::Break => self.text.push(' '),
                    _ => self.visit(&element.children),
                },
            }
        }
    }
}

fn typed(node_type: &str) -> Map<String, Value> {
    let mut node = Map::new();
    node.insert("nodeType".to_owned(), node_type.into());
    node
}

fn text_node(text: &str, format: &Format) -> Value {
    let mut node = typed("text");
    node.insert("value".to_owned(), text.into());
    if let Some(format) = format.to_value() {
        node.insert("format".to_owned(), format);
    }
    Value::Object(node)
}

fn reference_node<const N: usize>(data: [(&str, String); N]) -> Map<String, Value> {
    let data = data
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    let mut node = typed("reference");
    node.insert("data".to_owned(), Value::Object(data));
    node
}

/// The attributes as `data`; none if there are none.
fn attributes(element: &Element) -> Option<Value> {
    let members = element
        .attributes
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().into()))
        .collect::<Map<_, _>>();
    (!members.is_empty()).then_some(Value::Object(members))
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
