//! `image()`: a picture of AEM's or of the site's own, in the sizes and formats that browsers choose from.
//!
//! [`source`] reads what a template gives as `src`, [`options`] the other arguments, [`plan`] decides which
//! images are wanted, and [`markup`] writes the element. Nothing is said in the page about an image that
//! nobody has seen: its address, width and type are filled in when it is there (`asset::Wish`). With `mode
//! = "link"` nothing is fetched, and they are what AEM said.

mod markup;
mod options;
mod plan;
mod source;

use tera::{Kwargs, TeraResult, Value};

use super::{Site, functions};

pub(super) use options::Options;
pub(super) use source::Source;

/// The arguments, in the order of the documentation.
const ARGUMENTS: [&str; 14] = [
    "src",
    "alt",
    "widths",
    "sizes",
    "formats",
    "ratio",
    "crop",
    "quality",
    "sources",
    "placeholder",
    "class",
    "loading",
    "fetchpriority",
    "decoding",
];

/// `image(src=, alt=, …)`: the element of a picture.
pub(super) fn image(site: &Site, kwargs: &Kwargs) -> TeraResult<Value> {
    functions::check_arguments("image", kwargs, &ARGUMENTS)?;
    let given = kwargs.iter().find(|(key, _)| key.as_str() == Some("src"));
    let source = Source::read(site, given.map(|(_, value)| value))?;
    let options = Options::read(site, kwargs)?;
    let html = element(site, &source, &options)?;
    Ok(Value::safe_string(&html))
}

/// The element of a picture, for everybody who prints one.
pub(super) fn element(site: &Site, source: &Source, options: &Options) -> TeraResult<String> {
    let element = plan::element(site, source, options)?;
    Ok(markup::write(&element, options))
}
