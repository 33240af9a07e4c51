//! The one tree that both forms of a rich text become.
//!
//! It knows a closed set of kinds, each with the attributes that make sense for it. What is not in it
//! cannot be printed: that is the allow-list.

use super::marks::Marks;

/// A piece of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Text.
    Text(Text),
    /// Anything else.
    Element(Element),
}

/// A run of text in one format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The characters, entities decoded.
    pub text: String,
    /// Their formats.
    pub marks: Marks,
}

/// Something with a meaning, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its meaning.
    pub kind: Kind,
    /// What any kind may have.
    pub attributes: Attributes,
    /// What is in it.
    pub children: Vec<Node>,
}

/// What an element means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `<p>`
    Paragraph,
    /// `<h1>` to `<h6>`
    Header(u8),
    /// `<ul>`
    UnorderedList,
    /// `<ol>`
    OrderedList(Numbering),
    /// `<li>`
    ListItem,
    /// `<dl>`
    DescriptionList,
    /// `<dt>`
    Term,
    /// `<dd>`
    Description,
    /// `<table>`
    Table,
    /// `<caption>`
    Caption,
    /// `<thead>`
    TableHeader,
    /// `<tbody>`
    TableBody,
    /// `<tfoot>`
    TableFooter,
    /// `<tr>`
    TableRow,
    /// `<th>`
    TableHead(Cell),
    /// `<td>`
    TableData(Cell),
    /// `<blockquote>`
    Quote,
    /// `<pre><code>`
    CodeBlock,
    /// `<hr>`
    Rule,
    /// `<div>`, and whatever else only holds blocks together.
    Container,
    /// `<figure>`; also an image that stands alone.
    Figure,
    /// `<figcaption>`
    FigureCaption,
    /// `<br>`
    Break,
    /// `<span>`
    Span,
    /// Words with a meaning of their own: one of [`PHRASES`].
    Phrase(&'static str),
    /// `<a>`: an address, a page, a fragment or an asset; which of them is found out when it is printed.
    Link(Link),
    /// `<img>`
    Image(Image),
}

/// Elements of text that are neither a format nor a link.
pub const PHRASES: [&str; 11] = [
    "abbr", "bdi", "bdo", "cite", "dfn", "kbd", "q", "samp", "time", "var", "wbr",
];

/// What any element may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Where links within the page lead.
    pub id: Option<String>,
    /// Names for style sheets.
    pub class: Option<String>,
    /// The language of the content.
    pub lang: Option<String>,
    /// `ltr`, `rtl` or `auto`.
    pub dir: Option<String>,
    /// A hint.
    pub title: Option<String>,
}

impl Attributes {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a list counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbering {
    /// The first number, where it is not 1.
    pub start: Option<i32>,
    /// Whether it counts down.
    pub reversed: bool,
    /// `1`, `a`, `A`, `i` or `I`.
    pub style: Option<char>,
}

/// A cell of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many columns it takes, where it is not one.
    pub columns: Option<u16>,
    /// How many rows it takes, where it is not one.
    pub rows: Option<u16>,
    /// What a header cell is the header of.
    pub scope: Option<Scope>,
}

/// What a header cell belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Its column.
    Column,
    /// Its row.
    Row,
}

/// A link as the author made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The address as it came.
    pub href: String,
    /// Whether it opens in a window of its own.
    pub new_window: bool,
    /// The words of `rel` that search engines read: `nofollow`, `sponsored`, `ugc`.
    pub rel: Vec<&'static str>,
    /// What AEM says the address leads to.
    pub hint: Hint,
}

/// What AEM says a link leads to; its HTML does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hint {
    /// Nothing is known but the address.
    #[default]
    None,
    /// A fragment.
    Fragment,
    /// An asset.
    Asset,
}

/// An image as the author put it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The address as it came.
    pub src: String,
    /// What stands in for it; AEM's JSON has none.
    pub alt: Option<String>,
    /// Pixels, where the author gave them.
    pub width: Option<u32>,
    /// Pixels, where the author gave them.
    pub height: Option<u32>,
}

impl Node {
    /// An element without attributes.
    #[must_use]
    pub fn element(kind: Kind, children: Vec<Self>) -> Self {
        Self::Element(Element {
            kind,
            attributes: Attributes::default(),
            children,
        })
    }

    /// Text in a format.
    #[must_use]
    pub fn text(text: impl Into<String>, marks: Marks) -> Self {
        Self::Text(Text {
            text: text.into(),
            marks,
        })
    }

    /// Whether it is text of nothing but collapsible whitespace.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.text.bytes().all(is_space))
    }

    /// Whether it stands among blocks, not in a line of text. A link, a span or a phrase is what it holds.
    #[must_use]
    pub fn is_block(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Element(element) if element.kind.is_inline() => {
                element.children.iter().any(Self::is_block)
            }
            Self::Element(_) => true,
        }
    }
}

impl Kind {
    /// Whether it belongs into a line of text.
    #[must_use]
    pub fn is_inline(&self) -> bool {
        matches!(
            self,
            Self::Break | Self::Span | Self::Phrase(_) | Self::Link(_) | Self::Image(_)
        )
    }

    /// Whether it never has content.
    #[must_use]
    pub fn is_void(&self) -> bool {
        matches!(self, Self::Break | Self::Rule | Self::Image(_)) || *self == Self::Phrase("wbr")
    }

    /// What AEM's JSON calls it, as far as it has a name there; its component is named after it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Paragraph => "paragraph",
            Self::Header(_) => "header",
            Self::UnorderedList => "unordered-list",
            Self::OrderedList(_) => "ordered-list",
            Self::ListItem => "list-item",
            Self::DescriptionList => "description-list",
            Self::Term => "term",
            Self::Description => "description",
            Self::Table => "table",
            Self::Caption => "caption",
            Self::TableHeader => "table-header",
            Self::TableBody => "table-body",
            Self::TableFooter => "table-footer",
            Self::TableRow => "table-row",
            Self::TableHead(_) => "table-head",
            Self::TableData(_) => "table-data",
            Self::Quote => "blockquote",
            Self::CodeBlock => "code-block",
            Self::Rule => "hr",
            Self::Container => "div",
            Self::Figure => "figure",
            Self::FigureCaption => "figcaption",
            Self::Break => "line-break",
            Self::Span => "span",
            Self::Phrase(name) => name,
            Self::Link(_) => "link",
            Self::Image(_) => "image",
        }
    }
}

/// Whitespace that collapses: not a no-break space.
#[must_use]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}
