//! AEM's JSON form as the tree (`aem-protocol.md`, section 6).
//!
//! Nothing is taken on trust: a member may be missing or be of any type, and whatever can be understood
//! of a node is kept.

use tera::Value;

use super::RichText;
use super::arrange::arrange;
use super::elements::{self, Meaning};
use super::from_html::collapse;
use super::marks::Marks;
use super::oddity::Oddity;
use super::tree::{Element, Hint, Image, Kind, Link, Node};

/// How deep nodes may nest. `serde_json` reads no JSON that nests deeper than this.
const DEEPEST: usize = 128;

/// Reads an array of nodes, or a single one.
pub(super) fn read(json: &Value) -> RichText {
    let mut reader = Reader::default();
    let mut nodes = Vec::new();
    reader.content(Some(json), Around::default(), &mut nodes);
    RichText {
        nodes: arrange(nodes),
        oddities: reader.oddities,
    }
}

/// What holds for a node because of what it is in.
#[derive(Clone, Copy, Default)]
struct Around {
    depth: usize,
    marks: Marks,
    /// Whether whitespace is text.
    preformatted: bool,
}

impl Around {
    fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

#[derive(Default)]
struct Reader {
    oddities: Vec<Oddity>,
}

impl Reader {
    fn content(&mut self, content: Option<&Value>, around: Around, out: &mut Vec<Node>) {
        let Some(content) = content else { return };
        if around.depth > DEEPEST {
            self.oddities.push(Oddity::TooDeep);
        } else if let Some(nodes) = content.as_array() {
            for node in nodes {
                self.node(node, around, out);
            }
        } else {
            self.node(content, around, out);
        }
    }

    fn node(&mut self, node: &Value, around: Around, out: &mut Vec<Node>) {
        if node.is_none() || node.is_undefined() {
            return;
        }
        if let Some(text) = node.as_str() {
            return out.push(spaced(text, around));
        }
        if node.as_array().is_some() {
            return self.content(Some(node), around.deeper(), out);
        }
        let Some(kind) = text_of(node, "nodeType") else {
            self.oddities.push(Oddity::NotANode(what(node)));
            return self.inside(node, around, out);
        };
        match kind.as_str() {
            "text" => {
                let around = around.in_format(self.format(node));
                self.inside(node, around, out);
            }
            "link" => self.link(node, elements::link(&data_of(node)), around, out),
            "reference" => self.reference(node, around, out),
            "code" => {
                let code = Marks::of_variant("code").unwrap_or_default();
                self.inside(node, around.in_format(code), out);
            }
            name => match kind_of(name, node) {
                Some(Meaning::Keep(kind)) => self.element(node, kind, around, out),
                Some(Meaning::Format(marks)) => self.inside(node, around.in_format(marks), out),
                Some(Meaning::Ignore) => {}
                Some(Meaning::Unwrap) => self.inside(node, around, out),
                Some(Meaning::Unknown | Meaning::Remove) | None => {
                    self.oddities.push(Oddity::UnknownNode(name.to_owned()));
                    self.inside(node, around, out);
                }
            },
        }
    }

    /// What a node has of text and nodes.
    fn inside(&mut self, node: &Value, around: Around, out: &mut Vec<Node>) {
        if let Some(text) = text_of(node, "value") {
            out.push(spaced(&text, around));
        }
        self.content(node.get_from_path("content"), around.deeper(), out);
    }

    fn element(&mut self, node: &Value, kind: Kind, mut around: Around, out: &mut Vec<Node>) {
        around.preformatted |= kind == Kind::CodeBlock;
        let attributes = elements::attributes(&data_of(node), false);
        let is_void = kind.is_void();
        let mut children = Vec::new();
        self.inside(node, around, &mut children);
        // What a rule or an image should not have, follows it.
        let behind = is_void.then(|| std::mem::take(&mut children));
        out.push(Node::Element(Element {
            kind,
            attributes,
            children,
        }));
        out.extend(behind.into_iter().flatten());
    }

    fn link(&mut self, node: &Value, kind: Kind, around: Around, out: &mut Vec<Node>) {
        let around = around.in_format(self.format(node));
        let mut children = Vec::new();
        self.inside(node, around, &mut children);
        out.push(Node::Element(Element {
            kind,
            attributes: elements::attributes(&data_of(node), true),
            children,
        }));
    }

    /// A reference to an asset has a `path`, one to a fragment a `href`.
    fn reference(&mut self, node: &Value, around: Around, out: &mut Vec<Node>) {
        let data = data_of(node);
        if let Some(path) = data("path") {
            let words = text_of(node, "value").filter(|words| !words.trim().is_empty());
            if is_image(&path, data("mimetype").as_deref()) {
                let image = Image {
                    src: path,
                    alt: words.or_else(|| data("alt")),
                    ..Image::default()
                };
                return out.push(Node::element(Kind::Image(image), Vec::new()));
            }
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let link = Link {
                href: path,
                hint: Hint::Asset,
                ..Link::default()
            };
            let words = vec![spaced(&words.unwrap_or(name), around)];
            return out.push(Node::element(Kind::Link(link), words));
        }
        match elements::link(&data) {
            Kind::Link(link) => {
                let hint = match data("type").as_deref() {
                    Some("fragment") => Hint::Fragment,
                    _ => Hint::None,
                };
                self.link(node, Kind::Link(Link { hint, ..link }), around, out);
            }
            _ => self.inside(node, around, out),
        }
    }

    /// The formats a node names, in whatever order.
    fn format(&mut self, node: &Value) -> Marks {
        let Some(variants) = node.get_from_path("format.variants") else {
            return Marks::NONE;
        };
        let one = variants.as_str().map(|name| vec![name]);
        let names = one.unwrap_or_else(|| {
            let list = variants.as_array().unwrap_or_default();
            list.iter().filter_map(Value::as_str).collect()
        });
        names.into_iter().fold(Marks::NONE, |marks, name| {
            let Some(mark) = Marks::of_variant(name) else {
                self.oddities.push(Oddity::UnknownFormat(name.to_owned()));
                return marks;
            };
            marks.with(mark)
        })
    }
}

impl Around {
    fn in_format(self, marks: Marks) -> Self {
        Self {
            marks: self.marks.with(marks),
            ..self
        }
    }
}

fn spaced(text: &str, around: Around) -> Node {
    if around.preformatted {
        Node::text(text, around.marks)
    } else {
        Node::text(collapse(text), around.marks)
    }
}

/// The meaning of a node type: AEM's own words first, then elements of HTML, after which AEM calls what
/// it has no word for.
fn kind_of(name: &str, node: &Value) -> Option<Meaning> {
    let data = data_of(node);
    let keep = |kind| Some(Meaning::Keep(kind));
    match name {
        "paragraph" => keep(Kind::Paragraph),
        "header" | "heading" => keep(Kind::Header(level(node))),
        "unordered-list" => keep(Kind::UnorderedList),
        "list-item" => keep(Kind::ListItem),
        "table-header" => keep(Kind::TableHeader),
        "table-body" => keep(Kind::TableBody),
        "table-footer" => keep(Kind::TableFooter),
        "table-row" => keep(Kind::TableRow),
        "table-head" => keep(Kind::TableHead(elements::cell(&data))),
        "table-data" => keep(Kind::TableData(elements::cell(&data))),
        "line-break" => keep(Kind::Break),
        "quote" => keep(Kind::Quote),
        "code-block" => keep(Kind::CodeBlock),
        "ordered-list" => Some(Meaning::of("ol", &data)),
        name => match Meaning::of(name, &data) {
            Meaning::Unknown => None,
            meaning => Some(meaning),
        },
    }
}

/// The level of a heading: `h2` in `style`. What is no level is one below the page's own.
fn level(node: &Value) -> u8 {
    let style = text_of(node, "style").unwrap_or_default();
    let digit = style.strip_prefix(['h', 'H']).unwrap_or(&style);
    let level = digit.parse().ok();
    level.filter(|level| (1..=6).contains(level)).unwrap_or(2)
}

/// The attributes of a node: the members of `data`, or its own.
fn data_of(node: &Value) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let data = node
            .get_from_path("data")
            .and_then(|data| text_of(data, name));
        let own = || match name {
            // Members of a node that mean something else.
            "type" | "style" | "title" => None,
            name => text_of(node, name),
        };
        data.or_else(own)
    }
}

/// A member that is a text, or can be read as one.
fn text_of(value: &Value, member: &str) -> Option<String> {
    let key = tera::value::Key::Str(member);
    let member = value.as_map()?.get(&key)?;
    match member.as_str() {
        Some(text) => Some(text.to_owned()),
        None if member.is_number() || member.is_bool() => Some(member.to_string()),
        None => None,
    }
}

/// Whether a reference is to an image: what AEM says, or else the extension.
fn is_image(path: &str, mime: Option<&str>) -> bool {
    match mime {
        Some(mime) => mime.starts_with("image/"),
        None => super::address::is_image(path),
    }
}

fn what(value: &Value) -> &'static str {
    if value.as_map().is_some() {
        "an object without `nodeType`"
    } else if value.is_bool() {
        "`true` or `false`"
    } else if value.is_number() {
        "a number"
    } else {
        "something else"
    }
}
