//! The element as HTML.

use super::options::{Options, Placeholder};
use super::plan::{Element, Set};

/// Writes a picture.
pub(super) fn write(element: &Element, options: &Options) -> String {
    let mut html = String::new();
    for choice in &element.sources {
        let set = &choice.set;
        let srcset = set.srcset.as_ref();
        let images = srcset.map_or(&set.src, |srcset| &srcset.images);
        html.push_str("<source");
        attribute(&mut html, "media", choice.media.as_deref());
        let media_type = set.media_type.as_deref();
        attribute(&mut html, "type", media_type.filter(|_| choice.is_format));
        attribute(&mut html, "srcset", Some(images));
        attribute(
            &mut html,
            "sizes",
            srcset.map(|srcset| srcset.sizes.as_str()),
        );
        // Where other proportions are shown, the room for them has to be another one.
        if choice.media.is_some() {
            size(&mut html, set);
        }
        html.push('>');
    }
    let image = &element.image;
    let srcset = image.srcset.as_ref();
    html.push_str("<img");
    attribute(&mut html, "src", Some(&image.src));
    attribute(
        &mut html,
        "srcset",
        srcset.map(|srcset| srcset.images.as_str()),
    );
    attribute(
        &mut html,
        "sizes",
        srcset.map(|srcset| srcset.sizes.as_str()),
    );
    size(&mut html, image);
    attribute(&mut html, "alt", Some(&options.alt));
    for (name, value) in &options.attributes {
        attribute(&mut html, name, Some(value));
    }
    if let (Placeholder::Color, Some(color)) = (options.images.placeholder, &image.color) {
        attribute(&mut html, "style", Some(&format!("background:{color}")));
    }
    html.push('>');
    match element.sources.is_empty() {
        true => html,
        false => format!("<picture>{html}</picture>"),
    }
}

fn size(html: &mut String, set: &Set) {
    if let Some((width, height)) = &set.size {
        attribute(html, "width", Some(width));
        attribute(html, "height", Some(height));
    }
}

fn attribute(html: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value else {
        return;
    };
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    for c in value.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html.push('"');
}
