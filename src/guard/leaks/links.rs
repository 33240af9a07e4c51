//! Whether a mention of `/content/dam/` is a link, and where it would lead.

use std::ops::Range;

use super::hosts::{Hosts, Owner, host_before};
use super::markup::{Page, Zone};
use super::spelling::{Case, back, decode, plain};

/// The longest piece of a link that is shown.
const SHOWN: usize = 200;

/// What is in a file, as far as links are concerned.
pub(super) enum Format<'p> {
    /// A page: links are in attributes, scripts and style sheets.
    Html(&'p Page),
    /// Any other text: links are texts in quotes and the like.
    Other,
}

/// Whether the mention is a link that this site does not answer: one within the site, or to a host of AEM.
/// Another site may well have a `/content/dam/` of its own.
pub(super) fn is_link(
    bytes: &[u8],
    found: &Range<usize>,
    format: &Format<'_>,
    hosts: &Hosts,
) -> bool {
    let begins = |at| match host_before(bytes, at) {
        Some(host) => hosts.owner(&host) == Owner::Site,
        None => begins_a_value(bytes, at),
    };
    let zone = match format {
        Format::Html(page) => page.zone(found.start),
        Format::Other => Zone::Code,
    };
    match zone {
        Zone::Text | Zone::Comment => false,
        Zone::Code | Zone::Prose => begins(found.start),
        Zone::Attribute(start) | Zone::Source(start) => match host_in(&bytes[start..found.start]) {
            Some(host) => hosts.owner(&host) == Owner::Site,
            None => true,
        },
    }
}

/// Whether a text in quotes, an address in parentheses or the like begins here.
fn begins_a_value(bytes: &[u8], at: usize) -> bool {
    let opens = |at: usize, among: &[char]| {
        let mut among = among.iter();
        among.any(|c| back(bytes, at, *c, Case::Exact).is_some())
    };
    let spaces = bytes[..at]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_whitespace());
    let word = at - spaces.count();
    // The beginning of an attribute is behind a quote, too; that of one without quotes behind `=`.
    word == 0 || opens(at, &['"', '\'', '`', '=', '>']) || opens(word, &['('])
}

/// The host of the address that ends here, in the value of an attribute.
fn host_in(value: &[u8]) -> Option<String> {
    let address = plain(value);
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ',');
    let address = address.rsplit(ends).next().unwrap_or_default();
    let (_, rest) = address.rsplit_once("//")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Some(host.to_ascii_lowercase())
}

/// Where the link is, from its path on.
pub(super) fn extent(bytes: &[u8], found: &Range<usize>) -> Range<usize> {
    found.start..end(bytes, found)
}

/// The path it leads to, without a slash at the beginning: `content/dam/…`.
pub(super) fn target(bytes: &[u8], found: &Range<usize>) -> String {
    let path = plain(&bytes[extent(bytes, found)]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.trim_start_matches('/').to_owned()
}

fn end(bytes: &[u8], found: &Range<usize>) -> usize {
    let mut at = found.end;
    while let Some((c, next)) = decode(bytes, at) {
        let escaped = bytes[at] == b'%';
        let ends = c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')');
        if (ends && !escaped) || next > found.start + SHOWN {
            break;
        }
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::spelling::Needle;
    use super::*;

    fn links(text: &str, is_html: bool) -> Vec<String> {
        let hosts = Hosts::new("https://www.example.com", &[]);
        let page = Page::read(text.as_bytes());
        let format = if is_html {
            Format::Html(&page)
        } else {
            Format::Other
        };
        let needle = Needle::around("/content/", "dam", "/", Case::Exact);
        let found = text
            .match_indices("dam")
            .filter_map(|(at, _)| needle.find(text.as_bytes(), at));
        let links = found.filter(|found| is_link(text.as_bytes(), found, &format, &hosts));
        links
            .map(|found| text[extent(text.as_bytes(), &found)].to_owned())
            .collect()
    }

    #[test]
    fn links_of_pages() {
        for link in [
            r#"<img src="§">"#,
            "<a href='§'>",
            "<a href=§>",
            r#"<img srcset="/a.jpg 1x, § 2x">"#,
            r#"<a data-x="at §">"#,
            r#"<a style="background: url(§)">"#,
            r#"<a href="https://www.example.com§">"#,
            r#"<a href="https://WWW.example.com/docs§">"#,
            r#"<meta content="§">"#,
            r#"<meta content="https://www.example.com§">"#,
            r#"<meta http-equiv="refresh" content="0;url=§">"#,
            r#"<script>{"image":"§"}</script>"#,
            r"<script>{'x':`https:\/\/www.example.com§`}</script>",
            "<style>x { background: url( § ) }</style>",
            r#"<style>@import "§";</style>"#,
            r#"<iframe srcdoc="<img src=&quot;§&quot;>">"#,
        ] {
            for path in [
                "/content/dam/x/a-b.jpg",
                "/content/dam/x",
                "%2Fcontent%2Fdam/x",
            ] {
                let html =
                    link.replace('§', path)
                        .replacen("%2Fcontent%2Fdam/ximport", "@import", 1);
                assert_eq!(links(&html, true), [path], "{html}");
            }
        }
    }

    #[test]
    fn mentions_in_pages() {
        for mention in [
            "<p>Look into /content/dam/x.</p>",
            "<p>\"/content/dam/x\"</p>",
            "<!-- <img src=\"/content/dam/x\"> -->",
            "<img alt='in /content/dam/x'>",
            "<a href=\"https://www.elsewhere.com/content/dam/x.pdf\">",
            "<a href=\"//cdn.elsewhere.com/path/content/dam/x.pdf\">",
            "<a href=\"https%3A%2F%2Fcdn.elsewhere.com%2Fcontent%2Fdam%2Fx.pdf\">",
            "<script>// see /content/dam/x\n</script>",
            "<script>\"https://www.elsewhere.com/content/dam/x\"</script>",
        ] {
            assert_eq!(links(mention, true), [""; 0], "{mention}");
        }
    }

    #[test]
    fn links_of_other_texts() {
        for link in [
            r#"{"src":"@"}"#,
            r#"{"html":"<img src=\"@\">"}"#,
            "<loc>@</loc>",
            "<summary>&lt;img src=&quot;@&quot;&gt;</summary>",
            "x { background: url(@) }",
            "[words](@)",
            "@ /elsewhere 301",
        ] {
            let text = link.replace('@', "/content/dam/x/y.jpg");
            assert_eq!(links(&text, false), ["/content/dam/x/y.jpg"], "{text}");
        }
        for mention in [
            "User-agent: *\nDisallow: /content/dam/\n",
            r#"{"text":"see /content/dam/x"}"#,
            r#"{"src":"https://www.elsewhere.com/content/dam/x"}"#,
            r#"{"src":"https:\/\/www.elsewhere.com:8080\/content\/dam\/x"}"#,
        ] {
            assert_eq!(links(mention, false), [""; 0], "{mention}");
        }
    }

    #[test]
    fn a_target_is_a_path() {
        let text = b"\"/content/dam/caf%C3%A9/a%20b.jpg?x=1#y\"";
        assert_eq!(target(text, &(1..14)), "content/dam/caf\u{e9}/a b.jpg");
    }
}
