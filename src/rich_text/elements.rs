//! What the elements of HTML mean in rich text: the allow-list of the HTML form.
//!
//! AEM's JSON calls containers by their element's name, so it asks here too.

use super::marks::Marks;
use super::tree::{Attributes, Cell, Hint, Image, Kind, Link, Numbering, PHRASES, Scope};

/// What becomes of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It stays, as this.
    Keep(Kind),
    /// It formats what is in it.
    Format(Marks),
    /// What is in it takes its place.
    Unwrap,
    /// The same, but nobody knows the element.
    Unknown,
    /// It goes with what is in it, and that is worth knowing.
    Remove,
    /// It goes, and takes nothing a reader would miss with it.
    Ignore,
}

/// The attributes of an element, or of a node: the value that has a name.
pub(super) type Given<'g> = dyn Fn(&str) -> Option<String> + 'g;

impl Meaning {
    /// The meaning of an element of HTML with some attributes.
    pub(super) fn of(name: &str, given: &Given<'_>) -> Self {
        if let Some(kind) = block(name, given).or_else(|| inline(name, given)) {
            return Self::Keep(kind);
        }
        if let Some(marks) = Marks::of_element(name) {
            return Self::Format(marks);
        }
        match name {
            "big" | "blink" | "button" | "data" | "font" | "label" | "marquee" | "meter"
            | "nobr" | "noscript" | "output" | "picture" | "plaintext" | "progress" | "rb"
            | "ruby" | "rt" | "rtc" | "textarea" | "acronym" | "body" | "html" => Self::Unwrap,
            "col" | "colgroup" | "head" | "rp" | "source" | "title" | "track" => Self::Ignore,
            "applet" | "area" | "audio" | "base" | "bgsound" | "canvas" | "embed" | "frame"
            | "frameset" | "iframe" | "input" | "link" | "map" | "math" | "meta" | "noembed"
            | "noframes" | "object" | "option" | "param" | "script" | "select" | "slot"
            | "style" | "svg" | "template" | "video" => Self::Remove,
            _ => Self::Unknown,
        }
    }
}

fn block(name: &str, given: &Given<'_>) -> Option<Kind> {
    Some(match name {
        "p" => Kind::Paragraph,
        "h1" => Kind::Header(1),
        "h2" => Kind::Header(2),
        "h3" => Kind::Header(3),
        "h4" => Kind::Header(4),
        "h5" => Kind::Header(5),
        "h6" => Kind::Header(6),
        "ul" | "menu" | "dir" => Kind::UnorderedList,
        "ol" => Kind::OrderedList(numbering(given)),
        "li" => Kind::ListItem,
        "dl" => Kind::DescriptionList,
        "dt" => Kind::Term,
        "dd" => Kind::Description,
        "table" => Kind::Table,
        "caption" => Kind::Caption,
        "thead" => Kind::TableHeader,
        "tbody" => Kind::TableBody,
        "tfoot" => Kind::TableFooter,
        "tr" => Kind::TableRow,
        "th" => Kind::TableHead(cell(given)),
        "td" => Kind::TableData(cell(given)),
        "blockquote" => Kind::Quote,
        "pre" | "listing" | "xmp" => Kind::CodeBlock,
        "hr" => Kind::Rule,
        "figure" => Kind::Figure,
        "figcaption" => Kind::FigureCaption,
        "div" | "address" | "article" | "aside" | "center" | "details" | "dialog" | "fieldset"
        | "footer" | "form" | "header" | "hgroup" | "legend" | "main" | "nav" | "search"
        | "section" | "summary" => Kind::Container,
        _ => return None,
    })
}

fn inline(name: &str, given: &Given<'_>) -> Option<Kind> {
    Some(match name {
        "a" => link(given),
        "img" => Kind::Image(image(given)),
        "br" => Kind::Break,
        "span" => Kind::Span,
        name => Kind::Phrase(PHRASES.into_iter().find(|phrase| *phrase == name)?),
    })
}

/// A link; without an address it can still be where others lead to.
pub(super) fn link(given: &Given<'_>) -> Kind {
    match given("href") {
        None => Kind::Span,
        Some(href) => Kind::Link(Link {
            href,
            new_window: given("target").is_some_and(|name| name.eq_ignore_ascii_case("_blank")),
            rel: rel(&given("rel").unwrap_or_default()),
            hint: Hint::None,
        }),
    }
}

fn rel(words: &str) -> Vec<&'static str> {
    let has = |known: &str| {
        words
            .split_ascii_whitespace()
            .any(|word| word.eq_ignore_ascii_case(known))
    };
    ["nofollow", "sponsored", "ugc"]
        .into_iter()
        .filter(|known| has(known))
        .collect()
}

fn image(given: &Given<'_>) -> Image {
    Image {
        src: given("src").unwrap_or_default(),
        alt: given("alt"),
        width: number(given("width")),
        height: number(given("height")),
    }
}

/// A number of pixels, rows or the like; `100%` is none.
fn number<T: std::str::FromStr>(text: Option<String>) -> Option<T> {
    let text = text?;
    let text = text.trim();
    text.strip_suffix("px").unwrap_or(text).parse().ok()
}

fn numbering(given: &Given<'_>) -> Numbering {
    let style = given("type").filter(|style| style.len() == 1);
    Numbering {
        start: number(given("start")).filter(|start| *start != 1),
        reversed: given("reversed").is_some(),
        style: style.and_then(|style| style.chars().find(|c| "1aAiI".contains(*c))),
    }
}

/// The spans and the scope of a cell. HTML allows for no more than 1000 columns.
pub(super) fn cell(given: &Given<'_>) -> Cell {
    let span = |name| number(given(name)).filter(|count| (2..=1_000).contains(count));
    let scope = match given("scope").unwrap_or_default().trim() {
        "col" => Some(Scope::Column),
        "row" => Some(Scope::Row),
        _ => None,
    };
    Cell {
        columns: span("colspan"),
        rows: span("rowspan"),
        scope,
    }
}

/// What any element may have. `name` is the old form of `id`, which editors still give to anchors.
pub(super) fn attributes(given: &Given<'_>, is_link: bool) -> Attributes {
    let word = |text: &String| !text.is_empty() && !text.contains(char::is_whitespace);
    let tag = |text: &String| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let filled = |text: &String| !text.trim().is_empty();
    let name = || is_link.then(|| given("name")).flatten().filter(word);
    Attributes {
        id: given("id").filter(word).or_else(name),
        class: given("class").filter(filled),
        lang: given("lang").filter(tag),
        dir: given("dir")
            .map(|dir| dir.to_ascii_lowercase())
            .filter(|dir| matches!(dir.as_str(), "ltr" | "rtl" | "auto")),
        title: given("title").filter(filled),
    }
}

#[cfg(test)]
mod tests {
    use super::{Marks, Meaning};

    fn of(name: &str) -> Meaning {
        Meaning::of(name, &|_| None)
    }

    #[test]
    fn what_could_run_never_stays() {
        for name in [
            "script", "style", "iframe", "object", "embed", "svg", "math", "template", "base",
            "link", "meta", "form-x", "video", "input", "select", "frame",
        ] {
            assert!(!matches!(of(name), Meaning::Keep(_)), "{name}");
        }
    }

    #[test]
    fn every_element_has_one_meaning() {
        assert_eq!(
            of("tt"),
            Meaning::Format(Marks::of_variant("code").unwrap())
        );
        assert_eq!(of("font"), Meaning::Unwrap);
        assert_eq!(of("x-foo"), Meaning::Unknown);
        assert!(matches!(of("abbr"), Meaning::Keep(_)));
    }
}
