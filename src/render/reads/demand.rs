//! What a page needs besides its own file: assets of AEM, and fingerprinted copies of static files.
//!
//! Whatever asks for these does it here, so that a page which is kept needs what it needed when it was rendered.

use super::capture::{self, is_dry};
use super::question::Scope;
use super::{Question, Site};
use crate::aem::{AssetFile, AssetPath, Size};
use crate::asset::{AssetPlan, Candidate, Pictures, Wish};
use crate::render::current;
use crate::value::{Decoder, encode_bytes};

/// Something that a page needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) enum Demand {
    /// An asset as it is.
    Asset(AssetPath),
    /// The images of a picture.
    Pictures(Pictures),
    /// A copy of a static file.
    Static(String),
}

/// The route of an asset's copy, which the page then waits for.
pub(in crate::render) fn asset(site: &Site, path: AssetPath) -> String {
    let route = AssetPlan::route(&path);
    Demand::Asset(path).put(site);
    route
}

/// What stands for the images of a picture, which the page then waits for.
pub(in crate::render) fn pictures(site: &Site, pictures: Pictures) -> Wish {
    let wish = Wish::of(&pictures.candidates);
    Demand::Pictures(pictures).put(site);
    wish
}

/// The route of a static file's copy.
///
/// # Errors
/// A sentence, when there is no such file or it cannot be read.
pub(in crate::render) fn static_file(site: &Site, src: &str) -> Result<String, String> {
    let route = site.statics.route(src)?;
    Demand::Static(src.to_owned()).put(site);
    Ok(route)
}

impl Demand {
    /// Makes it, unless nothing is to happen now.
    fn put(self, site: &Site) {
        if matches!(self, Self::Asset(_) | Self::Pictures(_)) {
            current::asked_for_asset();
        }
        if is_dry() {
            return;
        }
        // In a preview nobody needs it before a browser asks.
        if !site.reads.is_in_memory() {
            self.clone().make(site);
        }
        let question = Question::Demand(self);
        capture::note(
            site,
            Scope::Language,
            |out| question.encode(out),
            Default::default,
        );
    }

    /// Makes it.
    pub(super) fn make(self, site: &Site) {
        match self {
            Self::Asset(path) => site.assets.request(path),
            Self::Pictures(pictures) => site.assets.pictures(pictures),
            // Its name was given to the page, so it is there.
            Self::Static(src) => site.statics.request(&src),
        }
    }

    /// Notes an asset, or the images of a picture.
    pub(super) fn note(self, plan: &AssetPlan) {
        match self {
            Self::Asset(path) => plan.request(path),
            Self::Pictures(pictures) => plan.pictures(pictures),
            Self::Static(_) => {}
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Asset(path) => {
                out.push(0);
                encode_bytes(path.as_str().as_bytes(), out);
            }
            Self::Static(src) => {
                out.push(1);
                encode_bytes(src.as_bytes(), out);
            }
            Self::Pictures(pictures) => {
                out.push(2);
                let (width, height) = pictures
                    .size
                    .map_or((0, 0), |size| (size.width, size.height));
                out.extend_from_slice(&width.to_le_bytes());
                out.extend_from_slice(&height.to_le_bytes());
                out.push(u8::from(pictures.colored));
                for candidate in &pictures.candidates {
                    out.push(u8::from(candidate.required));
                    encode_bytes(candidate.file.to_string().as_bytes(), out);
                }
            }
        }
    }

    pub(super) fn decode(decoder: &mut Decoder<'_>) -> Option<Self> {
        match decoder.array()? {
            [0] => AssetPath::parse(decoder.text()?).map(Self::Asset),
            [1] => Some(Self::Static(decoder.text()?.to_owned())),
            [2] => {
                let (width, height) = (decoder.number()?, decoder.number()?);
                let [colored] = decoder.array()?;
                let mut candidates = Vec::new();
                while !decoder.is_empty() {
                    let [required] = decoder.array()?;
                    candidates.push(Candidate {
                        file: AssetFile::parse(decoder.text()?)?,
                        required: required == 1,
                    });
                }
                Some(Self::Pictures(Pictures {
                    candidates,
                    size: Size::new(width, height),
                    colored: colored == 1,
                }))
            }
            _ => None,
        }
    }
}
