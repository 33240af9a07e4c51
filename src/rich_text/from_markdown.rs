//! Markdown as the tree: by way of HTML, so that the HTML in it is no less suspicious than any other.

use pulldown_cmark::{Options, Parser, html};

use super::RichText;

/// Reads Markdown with tables, footnotes and text that is struck out.
pub(super) fn read(markdown: &str) -> RichText {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
    let mut page = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut page, Parser::new_ext(markdown, options));
    RichText::from_html(&page)
}
