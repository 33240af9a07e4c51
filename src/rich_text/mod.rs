//! Rich text: what authors write in AEM's editor, safe to put into a page.
//!
//! AEM delivers a multi-line text as HTML and as a JSON of nodes (`aem-protocol.md`, sections 4.5 and 6).
//! Both become one tree ([`tree`]), so that it makes no difference which one a query selects:
//!
//! ```text
//! JSON ─ from_json ─┐
//!                   ├─ arrange ─▶ RichText ─ render ─▶ HTML, asking a Host where links lead
//! HTML ─ from_html ─┘                      └ plain ──▶ words
//! ```
//!
//! Content is not trusted. The tree has only harmless kinds (`elements` tells which element of HTML is
//! which), and [`address`] says which addresses may stand in a page; everything printed comes from there.
//! So nothing has to be looked for and taken out: what is not known is not printed. The text of what is
//! not known is kept, and said so ([`Oddity`]).

mod address;
mod arrange;
mod dom;
mod elements;
mod form;
mod from_html;
mod from_json;
mod from_markdown;
mod host;
mod marks;
mod markup;
mod oddity;
mod plain;
mod render;
mod tree;

use tera::Value;

pub use address::Address;
pub use form::described;
pub use host::{Argument, Host, Source, Target, TargetKind, Words};
pub use marks::{MARKS, Marks};
pub use oddity::Oddity;
pub use tree::{
    Attributes, Cell, Element, Hint, Image, Kind, Link, Node, Numbering, PHRASES, Scope, Text,
};

/// A rich text, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RichText {
    /// Its blocks.
    pub nodes: Vec<Node>,
    /// What could not be taken over as it was.
    pub oddities: Vec<Oddity>,
}

impl RichText {
    /// Reads AEM's JSON: an array of nodes.
    #[must_use]
    pub fn from_json(json: &Value) -> Self {
        from_json::read(json)
    }

    /// Reads AEM's HTML, or any other.
    #[must_use]
    pub fn from_html(html: &str) -> Self {
        from_html::read(html)
    }

    /// Reads Markdown.
    #[must_use]
    pub fn from_markdown(markdown: &str) -> Self {
        from_markdown::read(markdown)
    }

    /// Reads plain text: blank lines end paragraphs.
    #[must_use]
    pub fn from_plain(text: &str) -> Self {
        let paragraphs = text.split("\n\n").map(|lines| {
            let mut content = Vec::new();
            for line in lines.lines() {
                if !content.is_empty() {
                    content.push(Node::element(Kind::Break, Vec::new()));
                }
                content.push(Node::text(line.trim(), Marks::NONE));
            }
            Node::element(Kind::Paragraph, content)
        });
        Self {
            nodes: arrange::arrange(paragraphs.collect()),
            oddities: Vec::new(),
        }
    }

    /// The words alone, as AEM's `plaintext` has them.
    #[must_use]
    pub fn plain_text(&self) -> String {
        plain::text(&self.nodes)
    }

    /// The whole as HTML.
    ///
    /// # Errors
    /// When a component of the host fails.
    pub fn render<H: Host>(&self, host: &mut H) -> Result<String, H::Error> {
        for oddity in &self.oddities {
            host.odd(oddity.clone());
        }
        render::render(&self.nodes, host)
    }

    /// Every link, in order.
    #[must_use]
    pub fn links(&self) -> Vec<&Link> {
        let mut links = Vec::new();
        collect(&self.nodes, &mut links);
        links
    }
}

fn collect<'n>(nodes: &'n [Node], links: &mut Vec<&'n Link>) {
    for node in nodes {
        if let Node::Element(element) = node {
            if let Kind::Link(link) = &element.kind {
                links.push(link);
            }
            collect(&element.children, links);
        }
    }
}

#[cfg(test)]
mod tests;
