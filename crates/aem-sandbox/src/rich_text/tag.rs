//! What an HTML element means in rich text (aem-protocol.md sections 6.1 and 6.5).

/// The elements rich text knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Paragraph,
    /// `h1` to `h6`, by that name.
    Header(&'static str),
    UnorderedList,
    OrderedList,
    Item,
    Table,
    TableHead,
    TableBody,
    Row,
    HeadCell,
    Cell,
    Preformatted,
    Rule,
    /// A block of blocks, with its `nodeType`.
    Container(&'static str),
    Image,
    Break,
    Link,
    Span,
    /// Inline formatting, with its name among `format.variants`.
    Format(&'static str),
}

/// What becomes of an element.
pub(super) enum Meaning {
    /// It stays, as this.
    Keep(Tag),
    /// Its content takes its place: unknown elements lose their markup, not their text.
    Dissolve,
    /// It goes, content and all.
    Drop,
}

impl Meaning {
    /// The meaning of an HTML element. Of the variants only `bold`, `italic`, `underline`,
    /// `strong` and `emphasis` have been seen on the wire; the others are by analogy, as are the
    /// node types of containers, rules and preformatted text.
    pub(super) fn of(name: &str) -> Self {
        Self::Keep(match name {
            "p" => Tag::Paragraph,
            "h1" => Tag::Header("h1"),
            "h2" => Tag::Header("h2"),
            "h3" => Tag::Header("h3"),
            "h4" => Tag::Header("h4"),
            "h5" => Tag::Header("h5"),
            "h6" => Tag::Header("h6"),
            "ul" | "menu" | "dir" => Tag::UnorderedList,
            "ol" => Tag::OrderedList,
            "li" => Tag::Item,
            "table" => Tag::Table,
            "thead" => Tag::TableHead,
            "tbody" | "tfoot" => Tag::TableBody,
            "tr" => Tag::Row,
            "th" => Tag::HeadCell,
            "td" => Tag::Cell,
            "pre" | "listing" | "xmp" => Tag::Preformatted,
            "hr" => Tag::Rule,
            // `header` is the node type of headings, so the element of that name is a `div` too.
            "div" | "header" | "center" | "dialog" | "fieldset" | "form" | "hgroup" | "legend" => {
                Tag::Container("div")
            }
            "blockquote" => Tag::Container("blockquote"),
            "address" => Tag::Container("address"),
            "article" => Tag::Container("article"),
            "aside" => Tag::Container("aside"),
            "caption" => Tag::Container("caption"),
            "dd" => Tag::Container("dd"),
            "details" => Tag::Container("details"),
            "dl" => Tag::Container("dl"),
            "dt" => Tag::Container("dt"),
            "figcaption" => Tag::Container("figcaption"),
            "figure" => Tag::Container("figure"),
            "footer" => Tag::Container("footer"),
            "main" => Tag::Container("main"),
            "nav" => Tag::Container("nav"),
            "section" => Tag::Container("section"),
            "summary" => Tag::Container("summary"),
            "img" => Tag::Image,
            "br" => Tag::Break,
            "a" => Tag::Link,
            "span" => Tag::Span,
            "b" => Tag::Format("bold"),
            "i" => Tag::Format("italic"),
            "u" => Tag::Format("underline"),
            "strong" => Tag::Format("strong"),
            "em" => Tag::Format("emphasis"),
            "s" | "strike" | "del" => Tag::Format("strikethrough"),
            "sub" => Tag::Format("subscript"),
            "sup" => Tag::Format("superscript"),
            "code" => Tag::Format("code"),
            "script" | "style" => return Self::Drop,
            _ => return Self::Dissolve,
        })
    }
}

impl Tag {
    /// Does it stand between lines of text rather than in one?
    pub(super) fn is_block(&self) -> bool {
        !matches!(
            self,
            Self::Image | Self::Break | Self::Link | Self::Span | Self::Format(_)
        )
    }

    /// Is it a list of either kind?
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::UnorderedList | Self::OrderedList)
    }

    /// Does it never have content?
    pub(super) fn is_void(&self) -> bool {
        matches!(self, Self::Image | Self::Break | Self::Rule)
    }
}
