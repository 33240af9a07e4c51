//! SVG drawings. One is a document with all that a page may have, scripts too, and is served from the
//! site's own address: what somebody put into AEM could act as the site. So a drawing that holds more than
//! a drawing needs is refused. In an `<img>` browsers run none of it, but anybody can open the file itself.
//!
//! The reading is strict: what is not well-formed, or could be read in two ways, is refused as well, for
//! then a browser may see something else here than we do.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::image::HEAD;
use crate::aem::Size;

/// What browsers draw a picture as large as that does not say (CSS 2.2, section 10.3.2).
const DEFAULT: Size = Size {
    width: 300,
    height: 150,
};

/// Elements that no drawing needs, and that bring in HTML, scripts or other documents.
const REFUSED: [&str; 10] = [
    "script",
    "foreignobject",
    "iframe",
    "embed",
    "object",
    "handler",
    "listener",
    "audio",
    "video",
    "meta",
];

/// Whether these bytes begin an SVG.
pub(super) fn is_svg(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let ends = |c: char| c.is_whitespace() || matches!(c, '>' | '/');
    let name = root(text).and_then(|tag| tag.split(ends).next());
    text.starts_with('<') && name.is_some_and(|name| local(name) == "svg")
}

/// What begins with the name of the first element.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if !rest.starts_with(['?', '!']) {
            return Some(rest);
        }
    }
}

/// Checks a file that may be a drawing.
///
/// # Errors
/// Why it cannot be part of a site, as the rest of a sentence about it.
pub(super) fn check_file(file: &Path, media_type: Option<&str>, name: &str) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("cannot be read: {error}");
    let mut head = Vec::new();
    let mut opened = File::open(file).map_err(broken)?;
    opened
        .by_ref()
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(broken)?;
    let is_called = media_type.is_some_and(|kind| kind.starts_with("image/svg"))
        || name.to_ascii_lowercase().ends_with(".svg");
    if is_called || is_svg(&head) {
        check(&std::fs::read(file).map_err(broken)?)?;
    }
    Ok(())
}

/// Checks a drawing, and gives its size in CSS pixels.
///
/// # Errors
/// Why it cannot be part of a site, as the rest of a sentence about it.
pub(super) fn check(bytes: &[u8]) -> Result<Size, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| "is an SVG in another encoding than UTF-8".to_owned())?;
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut size = None;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        rest = if let Some(comment) = rest.strip_prefix("!--") {
            behind(comment, "-->")?
        } else if let Some(data) = rest.strip_prefix("![CDATA[") {
            let end = data.find("]]>").ok_or_else(malformed)?;
            style(&data[..end])?;
            &data[end + 3..]
        } else if rest.starts_with('!') {
            doctype(rest)?
        } else if let Some(instruction) = rest.strip_prefix('?') {
            instruction_end(instruction)?
        } else if rest.starts_with('/') {
            behind(rest, ">")?
        } else {
            let (tag, after) = Tag::read(rest)?;
            tag.check()?;
            size = size.or_else(|| Some(tag.size()));
            if local(tag.name) == "style" {
                let end = after.find('<').ok_or_else(malformed)?;
                style(&decoded(&after[..end])?)?;
            }
            after
        };
    }
    Ok(size.unwrap_or(DEFAULT))
}

/// The size of a drawing in CSS pixels, whatever else it holds.
///
/// # Errors
/// When it cannot be read, as the rest of a sentence about it.
pub(super) fn size(bytes: &[u8]) -> Result<Size, String> {
    let text = String::from_utf8_lossy(bytes);
    let tag = root(&text).ok_or_else(malformed)?;
    Ok(Tag::read(tag)?.0.size())
}

fn malformed() -> String {
    "is an SVG that is not well-formed".to_owned()
}

fn behind<'t>(text: &'t str, end: &str) -> Result<&'t str, String> {
    let at = text.find(end).ok_or_else(malformed)?;
    Ok(&text[at + end.len()..])
}

/// Drawing programs name the document type; one that declares something can hide anything.
fn doctype(text: &str) -> Result<&str, String> {
    let after = behind(text, ">")?;
    let declaration = &text[..text.len() - after.len()];
    match declaration.contains('[') || !declaration.starts_with("!DOCTYPE") {
        true => Err("is an SVG with declarations of its own (`<!ENTITY`)".to_owned()),
        false => Ok(after),
    }
}

fn instruction_end(text: &str) -> Result<&str, String> {
    let after = behind(text, "?>")?;
    let name = text.split(|c: char| c.is_whitespace() || c == '?').next();
    match name {
        Some("xml") if !text.to_ascii_lowercase().contains("encoding") => Ok(after),
        Some("xml") if text.to_ascii_lowercase().contains("utf-8") => Ok(after),
        Some("xml") => Err("is an SVG in another encoding than UTF-8".to_owned()),
        Some("xml-stylesheet") => Err("is an SVG with a style sheet elsewhere".to_owned()),
        _ => Ok(after),
    }
}

/// An element's opening tag.
struct Tag<'t> {
    name: &'t str,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
}

impl<'t> Tag<'t> {
    /// Reads a tag from its name on; also what follows it.
    fn read(text: &'t str) -> Result<(Self, &'t str), String> {
        let name_end = text
            .find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            .ok_or_else(malformed)?;
        let (name, mut rest) = text.split_at(name_end);
        if !is_name(name) {
            return Err(malformed());
        }
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix("/>").or_else(|| rest.strip_prefix('>')) {
                return Ok((Self { name, attributes }, after));
            }
            let (name, after) = rest.split_once('=').ok_or_else(malformed)?;
            let name = name.trim_end();
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            let quote = quote.ok_or_else(malformed)?;
            let (value, after) = after[1..].split_once(quote).ok_or_else(malformed)?;
            if !is_name(name) || value.contains('<') {
                return Err(malformed());
            }
            attributes.push((name, decoded(value)?));
            rest = after;
        }
    }

    fn check(&self) -> Result<(), String> {
        let element = local(self.name).to_ascii_lowercase();
        if REFUSED.contains(&element.as_str()) {
            return Err(format!("is an SVG with the element `<{}>`", self.name));
        }
        for (name, value) in &self.attributes {
            let attribute = local(name).to_ascii_lowercase();
            if attribute.starts_with("on") {
                return Err(format!("is an SVG with the handler `{name}`"));
            }
            match attribute.as_str() {
                "href" | "src" if !leads_nowhere(value, &element) => {
                    return Err(format!(
                        "is an SVG that refers to something outside itself with `{name}` of `<{}>`",
                        self.name
                    ));
                }
                // An animation could set what may not be written.
                "attributename" => {
                    let target = local(value.trim()).to_ascii_lowercase();
                    if target == "href" || target.starts_with("on") {
                        return Err(format!("is an SVG that animates `{value}`"));
                    }
                }
                _ => style(value)?,
            }
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(own, _)| *own == name);
        found.next().map(|(_, value)| &**value)
    }

    /// Its own width and height, or else those of its view box.
    fn size(&self) -> Size {
        let side = |name| self.get(name).and_then(pixels);
        let view = self.get("viewBox").and_then(|view| {
            let parts = view.split([' ', ',', '\t', '\n', '\r']);
            let numbers = parts.filter(|part| !part.is_empty());
            let numbers: Vec<f64> = numbers.filter_map(|part| part.parse().ok()).collect();
            match numbers[..] {
                [_, _, width, height] if width > 0.0 && height > 0.0 => Some((width, height)),
                _ => None,
            }
        });
        let (width, height) = match (side("width"), side("height"), view) {
            (Some(width), Some(height), _) => (width, height),
            (Some(width), None, Some(view)) => (width, width * view.1 / view.0),
            (None, Some(height), Some(view)) => (height * view.0 / view.1, height),
            (None, None, Some(view)) => view,
            (width, height, None) => {
                let other = |side: Option<f64>, default| side.unwrap_or(f64::from(default));
                (other(width, DEFAULT.width), other(height, DEFAULT.height))
            }
        };
        Size::new(whole(width), whole(height)).unwrap_or(DEFAULT)
    }
}

fn is_name(text: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, ':' | '_' | '-' | '.');
    text.chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() || c == '_')
        && text.chars().all(fine)
}

/// A name without its namespace.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// Whether a reference stays in the drawing, brings its picture with it, or is a link that somebody has to
/// follow.
fn leads_nowhere(address: &str, element: &str) -> bool {
    let address = address.trim();
    let is_picture = ["png", "jpeg", "jpg", "gif", "webp"].iter().any(|kind| {
        let start = format!("data:image/{kind}");
        let end = address
            .get(start.len()..)
            .and_then(|rest| rest.chars().next());
        address
            .get(..start.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(&start))
            && matches!(end, Some(';' | ','))
    });
    let is_link = element == "a"
        && ["https://", "http://", "mailto:"]
            .iter()
            .any(|scheme| address.starts_with(scheme));
    address.is_empty() || address.starts_with('#') || is_picture || is_link
}

/// Checks styles, and what else may hold `url(…)`: only places in the drawing may be named.
fn style(text: &str) -> Result<(), String> {
    let text = text.to_ascii_lowercase();
    // A backslash can spell any of the words below in another way.
    let bad = text.contains('\\')
        || text.contains("@import")
        || text.contains("javascript:")
        || text.contains("expression(")
        || text.match_indices("url(").any(|(at, open)| {
            let address = text[at + open.len()..].trim_start_matches([' ', '"', '\'']);
            !address.starts_with('#')
                && !address.starts_with("data:image/")
                && !address.starts_with("data:font/")
        });
    match bad {
        true => Err("is an SVG whose styles refer to something outside itself".to_owned()),
        false => Ok(()),
    }
}

/// A value without its character references.
fn decoded(value: &str) -> Result<Cow<'_, str>, String> {
    if !value.contains('&') {
        return Ok(Cow::Borrowed(value));
    }
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        let (name, after) = after.split_once(';').ok_or_else(malformed)?;
        text.push_str(before);
        text.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => character(name).ok_or_else(malformed)?,
        });
        rest = after;
    }
    text.push_str(rest);
    Ok(Cow::Owned(text))
}

fn character(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let number = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(number)
}

/// A length in CSS pixels (CSS Values 3, section 6.2); `None` for shares of something else.
fn pixels(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| c.is_ascii_alphabetic() || c == '%');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let factor = match unit {
        "" | "px" => 1.0,
        "pt" => 96.0 / 72.0,
        "pc" => 16.0,
        "mm" => 96.0 / 25.4,
        "cm" => 96.0 / 2.54,
        "in" => 96.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    (number > 0.0).then_some(number * factor)
}

/// Pixels are counted in whole ones; a drawing has at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped before"
)]
fn whole(length: f64) -> u32 {
    length.round().clamp(1.0, 100_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(svg: &str) -> Result<(u32, u32), String> {
        check(svg.as_bytes()).map(|size| (size.width, size.height))
    }

    #[test]
    fn drawings_pass() {
        let illustrator = r##"<?xml version="1.0" encoding="utf-8"?>
            <!-- Generator: a program > with a comment -->
            <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
            <svg version="1.1" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
                viewBox="0 0 640 120" style="enable-background:new 0 0 640 120">
            <metadata><rdf:RDF rdf:about=""><dc:type rdf:resource="http://purl.org/dc/dcmitype/StillImage"/></rdf:RDF></metadata>
            <style type="text/css">.a{fill:url(#g);stroke:#fff}</style><style><![CDATA[ .b > .c { fill: red } ]]></style>
            <a xlink:href="https://www.example.com/?a=1&amp;b=2"><use xlink:href="#p"/></a>
            <image href="data:image/png;base64,iVBORw0KGgo=" width="1" height='1' filter="url('#f')"/>
            <text>a &amp; b &#8364; &#x20AC;</text></svg>"##;
        assert!(is_svg(illustrator.as_bytes()));
        assert_eq!(size(illustrator), Ok((640, 120)));
    }

    #[test]
    fn what_acts_or_leads_outside_is_refused() {
        for (inner, word) in [
            ("<script>alert(1)</script>", "<script>"),
            ("<SCRIPT/>", "<SCRIPT>"),
            (
                "<x:script xmlns:x='http://www.w3.org/2000/svg'/>",
                "<x:script>",
            ),
            ("<foreignObject><p/></foreignObject>", "<foreignObject>"),
            ("<g onclick='x()'/>", "`onclick`"),
            ("<g\nonLoad = \"x\"/>", "`onLoad`"),
            ("<a href='javascript:x()'/>", "`href`"),
            ("<a href='&#106;avascript:x()'/>", "`href`"),
            ("<a xlink:href=' java\tscript:x()'/>", "`xlink:href`"),
            ("<image href='https://elsewhere.example/x.png'/>", "`href`"),
            ("<use href='data:image/svg+xml,x'/>", "`href`"),
            ("<image href='/content/dam/x.png'/>", "`href`"),
            (
                "<animate attributeName='href' to='javascript:x'/>",
                "animates",
            ),
            ("<set attributeName='onclick' to='x'/>", "animates"),
            (
                "<style>@import 'https://elsewhere.example';</style>",
                "styles",
            ),
            ("<style>@imp&#111;rt 'x';</style>", "styles"),
            (
                "<g style='fill: u\\72l(https://elsewhere.example)'/>",
                "styles",
            ),
            ("<g fill='url(https://elsewhere.example/#x)'/>", "styles"),
            (
                "<style><![CDATA[a{fill:url(//elsewhere.example)}]]></style>",
                "styles",
            ),
            ("<g a=b/>", "well-formed"),
            ("<g a='&nbsp;'/>", "well-formed"),
            ("<g a='<'/>", "well-formed"),
            ("<g", "well-formed"),
            ("<!-- ", "well-formed"),
        ] {
            let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
            let why = size(&svg).expect_err(inner);
            assert!(why.contains(word), "{inner}: {why}");
        }
        for (start, word) in [
            ("<!DOCTYPE svg [<!ENTITY x 'y'>]>", "declarations"),
            ("<?xml-stylesheet href='x.css'?>", "style sheet"),
            ("<?xml version='1.0' encoding='utf-16'?>", "encoding"),
        ] {
            let why = size(&format!("{start}<svg/>")).expect_err(start);
            assert!(why.contains(word), "{start}: {why}");
        }
        assert!(check(b"\xff\xfe<\0s\0").is_err());
    }

    #[test]
    fn a_drawing_has_a_size() {
        for (attributes, expected) in [
            ("width='24' height='16px'", (24, 16)),
            ("width='1in' height='25.4mm'", (96, 96)),
            ("width='100%' height='100%' viewBox='0 0 12.4 7.6'", (12, 8)),
            ("width='200' viewBox='0,0,100,50'", (200, 100)),
            ("height='20' viewBox='0 0 10 5'", (40, 20)),
            ("", (300, 150)),
            ("viewBox='0 0 0 0' width='0'", (300, 150)),
        ] {
            assert_eq!(
                size(&format!("<svg {attributes}/>")),
                Ok(expected),
                "{attributes}"
            );
        }
    }

    #[test]
    fn only_drawings_are_drawings() {
        for text in [
            "<svg/>",
            "\u{feff} <?xml?><!-- <html> --><svg:svg a='b'>",
            "<svg",
        ] {
            assert!(is_svg(text.as_bytes()), "{text}");
        }
        for text in ["<html><svg/>", "svg", "", "<!-- <svg>", "\u{89}PNG<svg>"] {
            assert!(!is_svg(text.as_bytes()), "{text}");
        }
    }
}
