//! The text of a page: from Markdown to a template of Tera.
//!
//! First the tags of Tera are found, where code is not ([`tags`]), and words put in their
//! places ([`super::mask`]). The rest is Markdown and becomes HTML; then the tags come back. Where
//! links lead is not known yet: the template has a variable for each.

use std::ops::Range;
use std::sync::Arc;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

use super::LINKS;
use super::footnotes::Footnotes;
use super::headings::{Heading, Names};
use super::highlight;
use super::mask::Masked;
use super::tags::{self, TagKind, Unclosed};
use super::tasks::labelled;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::table::SourceFile;

/// The text of a page, compiled.
#[derive(Clone, Debug)]
pub struct Body {
    /// A template that makes its HTML.
    pub template: Arc<str>,
    /// Its headings, in order.
    pub headings: Vec<Heading>,
    /// Its links and images, in order; the template reads where they lead from [`LINKS`].
    pub links: Vec<Link>,
    /// What of the template comes from where, in order.
    segments: Vec<Segment>,
    /// Where the text begins in the file.
    start: usize,
}

/// A link or an image of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its address as it is written.
    pub href: String,
    /// What it is.
    pub kind: LinkKind,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// Whether a link leads somewhere or shows something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// `[words](address)`.
    Link,
    /// `![words](address)`.
    Image,
}

/// A range of the template and where it comes from.
#[derive(Clone, Debug)]
struct Segment {
    template: Range<usize>,
    source: Range<usize>,
}

/// The Markdown that is understood; code and headings are seen to here.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Compiles what follows front matter, from `start` on.
///
/// # Errors
/// Every tag without an end, and every name of a heading that is taken.
pub(super) fn compile(file: &SourceFile, start: usize) -> Result<Body, Diagnostics> {
    let source = &*file.text;
    let (code, html) = opaque(source, start);
    let tags = tags::find(source, start, &code).map_err(|unclosed| {
        let diagnostics = unclosed.iter().map(|tag| never_closed(file, tag));
        diagnostics.collect::<Diagnostics>()
    })?;
    let masked = Masked::new(source, start, &tags, &html);
    let mut writer = Writer {
        file,
        tags: &tags,
        masked: &masked,
        links: Vec::new(),
        headings: Vec::new(),
        names: Names::default(),
        found: Diagnostics::new(),
    };
    let html = writer.html();
    if writer.found.has_errors() {
        return Err(writer.found);
    }
    let (headings, links) = (writer.headings, writer.links);
    let (template, segments) = unmask(source, &html, &masked, &tags, &links);
    Ok(Body {
        template: Arc::from(template),
        headings,
        links,
        segments,
        start,
    })
}

impl Body {
    /// The place in the file of a range of the template. What comes from no tag has the place of the one
    /// before it: Tera misses the end of a block where the text ends.
    pub(super) fn source_of(&self, range: Range<usize>) -> Range<usize> {
        let after = self
            .segments
            .partition_point(|segment| segment.template.start <= range.start);
        let Some(segment) = after.checked_sub(1).map(|place| &self.segments[place]) else {
            return self.start..self.start;
        };
        let is_copy = segment.template.len() == segment.source.len();
        if !is_copy || range.start >= segment.template.end {
            return segment.source.clone();
        }
        let place = |at: usize| segment.source.start + at - segment.template.start;
        place(range.start)..place(range.end).min(segment.source.end)
    }
}

fn never_closed(file: &SourceFile, tag: &Unclosed) -> Diagnostic {
    let Unclosed {
        at,
        opening,
        closing,
    } = *tag;
    Diagnostic::error(Kind::Content, format!("`{opening}` is never closed by `{closing}`"))
        .at(file.at(at..at + 2))
        .help(format!("close it; to show `{opening}` itself, write it as code or between `{{% raw %}}` and `{{% endraw %}}`"))
}

/// Where tags of Tera are none: code. And where HTML stands that an empty line would end.
fn opaque(source: &str, start: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (mut code, mut html) = (Vec::new(), Vec::new());
    let events = Parser::new_ext(&source[start..], options()).into_offset_iter();
    for (event, range) in events {
        let range = range.start + start..range.end + start;
        match event {
            Event::Start(Tag::CodeBlock(_)) | Event::Code(_) => code.push(range),
            Event::Start(Tag::HtmlBlock) => html.push(range),
            _ => {}
        }
    }
    (code, html)
}

/// Makes HTML of masked Markdown.
struct Writer<'m> {
    file: &'m SourceFile,
    tags: &'m [tags::Tag],
    masked: &'m Masked,
    links: Vec<Link>,
    headings: Vec<Heading>,
    names: Names,
    found: Diagnostics,
}

type Placed<'m> = (Event<'m>, Range<usize>);

impl<'m> Writer<'m> {
    fn html(&mut self) -> String {
        let parser = Parser::new_ext(&self.masked.text, options());
        let events: Vec<Placed<'m>> = parser.into_offset_iter().collect();
        self.claim_names(&events);
        let mut page: Vec<Event<'m>> = Vec::with_capacity(events.len());
        let mut events = events.into_iter();
        while let Some((event, range)) = events.next() {
            match event {
                Event::Start(Tag::Heading { .. }) => {
                    let inner = up_to(&mut events, |end| matches!(end, TagEnd::Heading(_)));
                    self.heading(event, &inner, &mut page);
                }
                Event::Start(Tag::Paragraph) => {
                    let inner = up_to(&mut events, |end| *end == TagEnd::Paragraph);
                    self.paragraph(inner, &mut page);
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let inner = up_to(&mut events, |end| *end == TagEnd::CodeBlock);
                    page.push(self.code(&kind, &inner));
                }
                event => page.push(self.link(event, &range)),
            }
        }
        let page = Footnotes::collect(labelled(page));
        let mut text = String::with_capacity(self.masked.text.len() * 3 / 2);
        html::push_html(&mut text, page.into_iter());
        text
    }

    /// Names that the author chose come first, wherever they stand.
    fn claim_names(&mut self, events: &[Placed<'m>]) {
        for (event, range) in events {
            if let Event::Start(Tag::Heading { id: Some(id), .. }) = event
                && !self.names.claim(id)
            {
                let place = self.masked.source_of(range);
                let line = self.file.text[place.clone()].trim_end().len();
                let place = place.start..place.start + line;
                let message = format!("two headings have the name `{id}`");
                self.found.push(
                    Diagnostic::error(Kind::Content, message)
                        .at(self.file.at(place))
                        .help("give one of them another"),
                );
            }
        }
    }

    fn heading(&mut self, start: Event<'m>, inner: &[Placed<'m>], page: &mut Vec<Event<'m>>) {
        let Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) = start
        else {
            return;
        };
        let words = words(inner);
        let title = self.masked.without_words(&words);
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let id = id.map_or_else(|| self.names.of(&title), |id| id.to_string());
        let anchor = format!(
            " <a class=\"anchor\" href=\"#{}\" aria-hidden=\"true\" tabindex=\"-1\">#</a>",
            escaped(&id)
        );
        self.headings.push(Heading {
            id: id.clone(),
            has_tags: self.masked.words(&words).next().is_some(),
            title,
            level: level as u8,
        });
        page.push(Event::Start(Tag::Heading {
            level,
            id: Some(id.into()),
            classes,
            attrs,
        }));
        for (event, range) in inner {
            page.push(self.link(event.clone(), range));
        }
        page.push(Event::InlineHtml(anchor.into()));
        page.push(Event::End(TagEnd::Heading(level)));
    }

    /// A paragraph, unless it holds nothing but tags that make no text.
    fn paragraph(&mut self, inner: Vec<Placed<'m>>, page: &mut Vec<Event<'m>>) {
        let is_blank = |text: &str| {
            let mut words = self.masked.words(text);
            let rest = self.masked.without_words(text);
            rest.trim().is_empty() && words.all(|(_, number)| self.tags[number].kind.is_block())
        };
        let is_block = inner.iter().all(|(event, _)| match event {
            Event::Text(text) => is_blank(text),
            Event::SoftBreak => true,
            _ => false,
        });
        if is_block {
            page.extend(inner.into_iter().map(|(event, _)| match event {
                Event::Text(text) => Event::Html(text),
                _ => Event::Html("\n".into()),
            }));
            page.push(Event::Html("\n".into()));
            return;
        }
        page.push(Event::Start(Tag::Paragraph));
        for (event, range) in inner {
            page.push(self.link(event, &range));
        }
        page.push(Event::End(TagEnd::Paragraph));
    }

    fn code(&self, kind: &CodeBlockKind<'_>, inner: &[Placed<'m>]) -> Event<'m> {
        let text = words_of_code(inner);
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', ',', '{']).next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        let class = match language {
            "" => String::new(),
            language => format!(" class=\"language-{}\"", escaped(language)),
        };
        // A word must stay in one piece.
        let has_tags = self.masked.words(&text).next().is_some();
        let text = if has_tags {
            escaped(&text)
        } else {
            highlight::html(language, &text)
        };
        Event::Html(format!("<pre><code{class}>{text}</code></pre>\n").into())
    }

    /// Takes the address out of a link or image.
    fn link(&mut self, event: Event<'m>, range: &Range<usize>) -> Event<'m> {
        match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let dest_url = match link_type {
                    LinkType::Email => dest_url,
                    _ => self.address(dest_url, LinkKind::Link, range),
                };
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                })
            }
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            }) => {
                let dest_url = self.address(dest_url, LinkKind::Image, range);
                Event::Start(Tag::Image {
                    link_type,
                    dest_url,
                    title,
                    id,
                })
            }
            event => event,
        }
    }

    /// A word for an address; one that a tag makes is the tag's own business.
    fn address(&mut self, href: CowStr<'m>, kind: LinkKind, range: &Range<usize>) -> CowStr<'m> {
        if self.masked.words(&href).next().is_some() {
            return href;
        }
        let word = self.masked.word(self.tags.len() + self.links.len());
        self.links.push(Link {
            href: href.to_string(),
            kind,
            span: self.masked.source_of(range),
        });
        word.into()
    }
}

/// The events up to an end.
fn up_to<'m>(
    events: &mut impl Iterator<Item = Placed<'m>>,
    is_end: impl Fn(&TagEnd) -> bool,
) -> Vec<Placed<'m>> {
    let inner = events.take_while(|(event, _)| !matches!(event, Event::End(end) if is_end(end)));
    inner.collect()
}

/// What can be read in some events.
fn words(events: &[Placed<'_>]) -> String {
    let mut words = String::new();
    for (event, _) in events {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(text),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    words
}

fn words_of_code(inner: &[Placed<'_>]) -> String {
    let text = inner.iter().filter_map(|(event, _)| match event {
        Event::Text(text) => Some(&**text),
        _ => None,
    });
    text.collect()
}

/// Text as HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut buffer = Vec::with_capacity(text.len());
    // Writing to memory does not fail, and what is text stays text.
    let _ = tera::escape_html(text, &mut buffer);
    String::from_utf8(buffer).unwrap_or_default()
}

/// Puts tags and links in the places of their words. What is left of `{{` and the like is text.
fn unmask(
    source: &str,
    html: &str,
    masked: &Masked,
    tags: &[tags::Tag],
    links: &[Link],
) -> (String, Vec<Segment>) {
    let mut template = String::with_capacity(html.len());
    let (mut segments, mut at) = (Vec::new(), 0);
    for (range, number) in masked.words(html) {
        push_text(&mut template, &html[at..range.start], Followed::ByTag);
        at = range.end;
        let begin = template.len();
        let place = match tags.get(number) {
            Some(tag) => {
                debug_assert_ne!(tag.kind, TagKind::Raw, "these have no word");
                template.push_str(&source[tag.range.clone()]);
                tag.range.clone()
            }
            None => {
                let link = number - tags.len();
                template.extend(["{{ ", LINKS, "[", &link.to_string(), "] }}"]);
                links.get(link).map_or(0..0, |link| link.span.clone())
            }
        };
        segments.push(Segment {
            template: begin..template.len(),
            source: place,
        });
    }
    push_text(&mut template, &html[at..], Followed::ByNothing);
    (template, segments)
}

/// What comes behind a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    /// A tag, with which a brace at the end would become another one.
    ByTag,
    /// Nothing that matters.
    ByNothing,
}

/// Adds HTML that holds no tags, though it may look so.
fn push_text(template: &mut String, html: &str, followed: Followed) {
    let mut letters = html.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins_tag = match letters.peek() {
            Some(next) => matches!(next, '{' | '%' | '#'),
            None => followed == Followed::ByTag,
        };
        if letter == '{' && begins_tag {
            template.push_str("&#123;");
        } else {
            template.push(letter);
        }
    }
}
