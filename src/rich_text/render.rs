//! The tree as HTML.
//!
//! Everything printed comes from the kinds of the tree; text and the values of attributes are escaped
//! here and nowhere else. What only a site knows — where a link leads, which kinds have a component of
//! their own — is asked of a [`Host`].

use tera::Value;

use super::host::{Argument, Host, Target, TargetKind, Words};
use super::marks::Marks;
use super::markup::{attribute, escape, open, printed, wrap};
use super::plain;
use super::tree::{Attributes, Cell, Element, Image, Kind, Link, Node, Numbering, Scope};

/// Prints the nodes of a rich text.
pub(super) fn render<H: Host>(nodes: &[Node], host: &mut H) -> Result<String, H::Error> {
    let mut printer = Printer { host, depth: 0 };
    let mut out = String::new();
    printer.nodes(nodes, &mut out)?;
    Ok(out)
}

struct Printer<'h, H> {
    host: &'h mut H,
    /// How many elements are open.
    depth: usize,
}

impl<H: Host> Printer<'_, H> {
    /// Prints siblings. Text in a format is printed in runs, so that what several texts have in common
    /// is one element.
    fn nodes(&mut self, nodes: &[Node], out: &mut String) -> Result<(), H::Error> {
        self.run(nodes, Marks::NONE, out)
    }

    /// Prints siblings inside formats that are open already. Of those that are still to be opened the
    /// one that lasts longest comes first.
    fn run(&mut self, nodes: &[Node], open: Marks, out: &mut String) -> Result<(), H::Error> {
        let mut rest = nodes;
        while let Some((first, others)) = rest.split_first() {
            let left = marks_of(first).without(open);
            let lasts = |one: Marks| {
                let more = others.iter().take_while(|n| marks_of(n).contains(one));
                1 + more.count()
            };
            let longest = left
                .iter()
                .map(|(one, mark)| (one, mark, lasts(one)))
                // The first of equals.
                .reduce(|a, b| if b.2 > a.2 { b } else { a });
            let Some((one, mark, count)) = longest else {
                self.node(first, out)?;
                rest = others;
                continue;
            };
            let (inside, behind) = rest.split_at(count);
            let mut body = String::new();
            self.run(inside, open.with(one), &mut body)?;
            if self.host.has_component(mark.name) {
                out.push_str(&self.host.component(mark.name, Vec::new(), &body)?);
            } else {
                wrap(mark.element, "", &body, out);
            }
            rest = behind;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Result<(), H::Error> {
        match node {
            Node::Text(text) if self.host.has_component("text") => {
                let arguments = vec![("text", Value::from(text.text.as_str()))];
                out.push_str(&self.host.component("text", arguments, "")?);
                Ok(())
            }
            Node::Text(text) => {
                escape(&text.text, out);
                Ok(())
            }
            Node::Element(element) => self.element(element, out),
        }
    }

    fn element(&mut self, element: &Element, out: &mut String) -> Result<(), H::Error> {
        self.depth += 1;
        match &element.kind {
            Kind::Link(link) => self.link(link, element, out)?,
            Kind::Image(image) => self.image(image, element, out)?,
            Kind::Paragraph => self.paragraph(element, out)?,
            _ => {
                let mut body = String::new();
                self.nodes(&element.children, &mut body)?;
                self.print(element, &body, out)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// A paragraph of nothing but a link to a fragment that shows itself: the paragraph is not needed.
    fn paragraph(&mut self, element: &Element, out: &mut String) -> Result<(), H::Error> {
        let mut shown = element.children.iter().filter(|node| !node.is_blank());
        if let (Some(Node::Element(only)), None) = (shown.next(), shown.next())
            && let Kind::Link(link) = &only.kind
        {
            let text = plain::words(&only.children);
            let words = Words {
                text: text.trim(),
                alone: true,
                depth: self.depth + 1,
            };
            let target = self.host.link(link, &words)?;
            if let Target::Shown(html) = target {
                out.push_str(&html);
                return Ok(());
            }
            let mut body = String::new();
            self.linked(link, only, target, &text, &mut body)?;
            return self.print(element, &body, out);
        }
        let mut body = String::new();
        self.nodes(&element.children, &mut body)?;
        self.print(element, &body, out)
    }

    fn link(&mut self, link: &Link, element: &Element, out: &mut String) -> Result<(), H::Error> {
        let text = plain::words(&element.children);
        let words = Words {
            text: text.trim(),
            alone: false,
            depth: self.depth,
        };
        let target = self.host.link(link, &words)?;
        self.linked(link, element, target, &text, out)
    }

    fn linked(
        &mut self,
        link: &Link,
        element: &Element,
        target: Target,
        text: &str,
        out: &mut String,
    ) -> Result<(), H::Error> {
        let mut body = String::new();
        self.nodes(&element.children, &mut body)?;
        let (href, kind, title) = match target {
            Target::Shown(html) => {
                out.push_str(&html);
                return Ok(());
            }
            Target::Nowhere(title) => {
                untitled(&mut body, title);
                out.push_str(&self.anchored(&element.attributes, body));
                return Ok(());
            }
            Target::Address { href, kind, title } => (href, kind, title),
        };
        untitled(&mut body, title);
        // An id makes a variable of its element in browsers, and a link reads as its address there.
        let body = self.anchored(&element.attributes, body);
        let attributes = Attributes {
            id: None,
            ..element.attributes.clone()
        };
        let name = match kind {
            TargetKind::Asset => "asset",
            TargetKind::Site | TargetKind::External => "link",
        };
        let rel = rel(link);
        if self.host.has_component(name) {
            let mut arguments = common(&attributes);
            arguments.extend([
                ("href", Value::from(href)),
                ("text", Value::from(text)),
                ("rel", optional(rel.as_deref())),
                ("target", optional(link.new_window.then_some("_blank"))),
                ("external", Value::from(kind == TargetKind::External)),
            ]);
            out.push_str(&self.host.component(name, arguments, &body)?);
            return Ok(());
        }
        let mut given = attribute("href", &href);
        if link.new_window {
            given.push_str(" target=\"_blank\"");
        }
        if let Some(rel) = rel {
            given.push_str(&attribute("rel", &rel));
        }
        given.push_str(&printed(&attributes));
        wrap("a", &given, &body, out);
        Ok(())
    }

    /// The words of a link with its id, which other links may lead to.
    fn anchored(&self, attributes: &Attributes, body: String) -> String {
        let Some(id) = &attributes.id else {
            return body;
        };
        let mut out = String::new();
        wrap("span", &attribute("id", id), &body, &mut out);
        out
    }

    fn image(
        &mut self,
        image: &Image,
        element: &Element,
        out: &mut String,
    ) -> Result<(), H::Error> {
        let Some(source) = self.host.image(image, &element.attributes) else {
            // What stands for the image is all that is left of it.
            escape(image.alt.as_deref().unwrap_or_default(), out);
            return Ok(());
        };
        let (width, height) = match (image.width, image.height) {
            (None, None) => (source.width, source.height),
            given => given,
        };
        let alt = image.alt.as_deref().unwrap_or_default();
        if self.host.has_component("image") {
            let mut arguments = common(&element.attributes);
            arguments.extend([
                ("src", Value::from(source.src)),
                ("alt", Value::from(alt)),
                ("width", width.map_or_else(Value::none, Value::from)),
                ("height", height.map_or_else(Value::none, Value::from)),
                ("path", optional(source.path.as_deref())),
            ]);
            out.push_str(&self.host.component("image", arguments, "")?);
            return Ok(());
        }
        if let Some(html) = source.html {
            out.push_str(&html);
            return Ok(());
        }
        let mut attributes = attribute("src", &source.src);
        attributes.push_str(&attribute("alt", alt));
        for (name, size) in [("width", width), ("height", height)] {
            if let Some(size) = size {
                attributes.push_str(&attribute(name, &size.to_string()));
            }
        }
        attributes.push_str(" loading=\"lazy\" decoding=\"async\"");
        attributes.push_str(&printed(&element.attributes));
        open("img", &attributes, out);
        Ok(())
    }

    /// Prints anything but links and images around its content.
    fn print(&mut self, element: &Element, body: &str, out: &mut String) -> Result<(), H::Error> {
        let name = element.kind.name();
        if self.host.has_component(name) {
            let mut arguments = common(&element.attributes);
            arguments.extend(of_kind(element));
            out.push_str(&self.host.component(name, arguments, body)?);
            return Ok(());
        }
        let attributes = printed(&element.attributes);
        match &element.kind {
            Kind::Rule => open("hr", &attributes, out),
            Kind::Break => open("br", "", out),
            Kind::Phrase("wbr") => open("wbr", "", out),
            Kind::CodeBlock => {
                let mut code = String::new();
                let class = element.attributes.class.as_deref();
                let class = class.map_or_else(String::new, |class| attribute("class", class));
                wrap("code", &class, body, &mut code);
                let without = Attributes {
                    class: None,
                    ..element.attributes.clone()
                };
                wrap("pre", &printed(&without), &code, out);
            }
            Kind::Header(level) => wrap(&format!("h{level}"), &attributes, body, out),
            Kind::OrderedList(numbering) => {
                wrap("ol", &(numbered(*numbering) + &attributes), body, out);
            }
            Kind::TableHead(cell) => wrap("th", &(spans(*cell) + &attributes), body, out),
            Kind::TableData(cell) => wrap("td", &(spans(*cell) + &attributes), body, out),
            kind => wrap(tag(kind), &attributes, body, out),
        }
        Ok(())
    }
}

/// The formats of a node: only text has some.
fn marks_of(node: &Node) -> Marks {
    match node {
        Node::Text(text) => text.marks,
        Node::Element(_) => Marks::NONE,
    }
}

/// A link that says nothing says where it leads.
fn untitled(body: &mut String, title: Option<String>) {
    if body.trim().is_empty()
        && let Some(title) = title
    {
        body.clear();
        escape(&title, body);
    }
}

/// A page in a window of its own could change the page that opened it.
fn rel(link: &Link) -> Option<String> {
    let guard = link.new_window.then_some("noopener");
    let words: Vec<&str> = guard.into_iter().chain(link.rel.iter().copied()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The arguments that components of any kind may take.
fn common(attributes: &Attributes) -> Vec<Argument> {
    vec![
        ("id", optional(attributes.id.as_deref())),
        ("class", optional(attributes.class.as_deref())),
        ("lang", optional(attributes.lang.as_deref())),
        ("dir", optional(attributes.dir.as_deref())),
        ("title", optional(attributes.title.as_deref())),
    ]
}

/// The arguments of one kind.
fn of_kind(element: &Element) -> Vec<Argument> {
    let number = |n: Option<u16>| n.map_or_else(Value::none, Value::from);
    let text = || Value::from(plain::words(&element.children).trim());
    match &element.kind {
        Kind::Header(level) => vec![("level", Value::from(*level)), ("text", text())],
        Kind::CodeBlock => vec![("text", Value::from(plain::words(&element.children)))],
        Kind::OrderedList(numbering) => vec![
            (
                "start",
                numbering.start.map_or_else(Value::none, Value::from),
            ),
            ("reversed", Value::from(numbering.reversed)),
        ],
        Kind::TableHead(cell) | Kind::TableData(cell) => vec![
            ("colspan", number(cell.columns)),
            ("rowspan", number(cell.rows)),
            ("scope", optional(cell.scope.map(scope))),
        ],
        _ => Vec::new(),
    }
}

fn optional(text: Option<&str>) -> Value {
    text.map_or_else(Value::none, Value::from)
}

/// The element of a kind that needs no more than its name.
fn tag(kind: &Kind) -> &'static str {
    match kind {
        Kind::Paragraph => "p",
        Kind::UnorderedList => "ul",
        Kind::ListItem => "li",
        Kind::DescriptionList => "dl",
        Kind::Term => "dt",
        Kind::Description => "dd",
        Kind::Table => "table",
        Kind::Caption => "caption",
        Kind::TableHeader => "thead",
        Kind::TableBody => "tbody",
        Kind::TableFooter => "tfoot",
        Kind::TableRow => "tr",
        Kind::Quote => "blockquote",
        Kind::Figure => "figure",
        Kind::FigureCaption => "figcaption",
        Kind::Span => "span",
        Kind::Phrase(name) => name,
        _ => "div",
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Column => "col",
        Scope::Row => "row",
    }
}

fn spans(cell: Cell) -> String {
    let mut out = String::new();
    for (name, count) in [("colspan", cell.columns), ("rowspan", cell.rows)] {
        if let Some(count) = count {
            out.push_str(&attribute(name, &count.to_string()));
        }
    }
    if let Some(own) = cell.scope {
        out.push_str(&attribute("scope", scope(own)));
    }
    out
}

fn numbered(numbering: Numbering) -> String {
    let mut out = String::new();
    if let Some(start) = numbering.start {
        out.push_str(&attribute("start", &start.to_string()));
    }
    if numbering.reversed {
        out.push_str(" reversed");
    }
    if let Some(style) = numbering.style {
        out.push_str(&attribute("type", style.encode_utf8(&mut [0; 4])));
    }
    out
}
