//! What rich text asks of the site it is printed for.

use tera::Value;

use super::oddity::Oddity;
use super::tree::{Attributes, Image, Link};

/// The site around a rich text.
pub trait Host {
    /// Why a site may fail: a component of its own that does.
    type Error;

    /// Where a link leads.
    ///
    /// # Errors
    /// When a component that shows what it leads to fails.
    fn link(&mut self, link: &Link, words: &Words<'_>) -> Result<Target, Self::Error>;

    /// Where an image is; `None` leaves it out.
    fn image(&mut self, image: &Image, attributes: &Attributes) -> Option<Source>;

    /// Whether a kind or a format is printed by a component of the site's own.
    fn has_component(&self, name: &str) -> bool;

    /// Prints with such a component. `body` is what is in the node, as HTML.
    ///
    /// # Errors
    /// When the component fails.
    fn component(
        &mut self,
        name: &str,
        arguments: Vec<Argument>,
        body: &str,
    ) -> Result<String, Self::Error>;

    /// Takes note of something odd.
    fn odd(&mut self, oddity: Oddity);
}

/// An argument of a component.
pub type Argument = (&'static str, Value);

/// The words of a link, and how it stands.
pub struct Words<'w> {
    /// Without markup, without blanks around them.
    pub text: &'w str,
    /// Whether the link has a paragraph for itself.
    pub alone: bool,
    /// How many elements it is in, itself among them.
    pub depth: usize,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To an address.
    Address {
        /// As it stands in the page, not escaped.
        href: String,
        /// What is there.
        kind: TargetKind,
        /// What the link says where its author left that open.
        title: Option<String>,
    },
    /// Nowhere; its words stay. What it says where its author left that open.
    Nowhere(Option<String>),
    /// What it leads to is shown in its place, as this HTML.
    Shown(String),
}

/// What is at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A page of the site, or a place in one.
    Site,
    /// A file that the site has from AEM.
    Asset,
    /// Something elsewhere.
    External,
}

/// An image that can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Its address as it stands in the page, not escaped.
    pub src: String,
    /// Its path in AEM, where it is from there.
    pub path: Option<String>,
    /// Its size, as far as it is known.
    pub width: Option<u32>,
    /// Its size, as far as it is known.
    pub height: Option<u32>,
    /// Its whole element, where the site makes images of it.
    pub html: Option<String>,
}
