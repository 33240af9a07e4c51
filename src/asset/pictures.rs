//! The images of a picture, of which a browser takes one.
//!
//! What is asked for is not always what comes: a service makes nothing wider than the original, a sandbox
//! without image processing delivers originals, a rendition may not be there. So a page says nothing about
//! an image that was not seen: addresses, widths and types follow from the files.

use std::collections::BTreeSet;

use super::StandIn;
use super::image::Seen;
use crate::aem::{AssetFile, Size};
use crate::artifact::{Body, OutputPath};

/// Images of one picture in one shape, from which one is to be chosen by its width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pictures {
    /// The images; of those that are equally wide the first counts.
    pub candidates: Vec<Candidate>,
    /// How large the widest of them is expected to be.
    pub size: Option<Size>,
    /// Whether the page wants to know their colour.
    pub colored: bool,
}

/// One image that may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its file.
    pub file: AssetFile,
    /// Whether AEM must have it; a rendition may have been made or not.
    pub required: bool,
}

/// What stands in a page for the images of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The address of the widest.
    pub src: StandIn,
    /// All of them, as in `srcset`.
    pub srcset: StandIn,
    /// Pixels of the widest.
    pub width: StandIn,
    /// Pixels of the widest.
    pub height: StandIn,
    /// The media type of the widest.
    pub media_type: StandIn,
    /// The colour of all of them, as CSS has it; `none` where they have none.
    pub color: StandIn,
}

impl Wish {
    /// Of the images of a picture in one shape.
    #[must_use]
    pub fn of(candidates: &[Candidate]) -> Self {
        let files = candidates
            .iter()
            .map(|candidate| candidate.file.to_string());
        let name = files.collect::<Vec<_>>().join("\n");
        let part = |kind| StandIn::of(kind, &name);
        Self {
            src: part("src"),
            srcset: part("srcset"),
            width: part("width"),
            height: part("height"),
            media_type: part("type"),
            color: part("color"),
        }
    }
}

/// An image that is there.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) output: OutputPath,
    pub(super) seen: Seen,
    pub(super) body: Body,
    /// Where it comes from.
    pub(super) item: String,
}

/// The images of a picture that are worth offering: one of each width, from narrow to wide.
pub(super) fn offered(images: Vec<Image>) -> Vec<Image> {
    let mut widths = BTreeSet::new();
    let mut offered: Vec<Image> = images
        .into_iter()
        .filter(|image| widths.insert(image.seen.size.width))
        .collect();
    offered.sort_by_key(|image| image.seen.size.width);
    offered
}

#[cfg(test)]
mod tests {
    use super::super::image::Kind;
    use super::*;

    #[test]
    fn of_equal_widths_the_first_is_offered() {
        let image = |name: &str, width| Image {
            output: OutputPath::parse(name).unwrap(),
            seen: Seen {
                kind: Kind::Jpeg,
                size: Size::new(width, 9).unwrap(),
            },
            body: Body::Bytes(Vec::new()),
            item: String::new(),
        };
        let images = vec![
            image("b", 480),
            image("c", 960),
            image("a", 960),
            image("d", 20),
        ];
        let offered = offered(images);
        let names: Vec<&str> = offered.iter().map(|image| image.output.as_str()).collect();
        assert_eq!(names, ["d", "b", "c"]);
    }
}
