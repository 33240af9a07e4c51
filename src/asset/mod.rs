//! What pages ask for besides text: files of AEM and fingerprinted static files.
//!
//! Rendering only *asks*: [`AssetPlan::request`] notes a file and [`AssetPlan::pictures`] the images of a
//! picture, of which the page shows one. The bytes are fetched after rendering ([`fetch()`]), so what
//! follows from them, such as the fingerprint in a name or the width of an image, has a [`StandIn`] in the
//! page. [`Replacements`] knows what belongs there once everything was fetched.

mod color;
mod exif;
mod fetch;
mod image;
mod name;
mod one;
mod pending;
mod pictures;
mod placeholder;
mod stand_in;
mod statics;
mod svg;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub use fetch::fetch;
pub use name::FINGERPRINT;
pub use one::{Shown, fetch_one};
pub use pending::{Instead, Pending, PendingFile, pending};
pub use pictures::{Candidate, Pictures, Wish};
pub use stand_in::{Replacements, StandIn, has_stand_in};
pub use statics::{FOLDER as STATIC_FOLDER, StaticFile, Statics};

use crate::aem::{AssetFile, AssetPath, Size};
use name::SafeName;

/// What pages have asked for so far.
#[derive(Debug, Default)]
pub struct AssetPlan(Mutex<Asked>);

/// Everything asked for, each once, in an order of its own.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Files, and who needs them.
    files: BTreeMap<AssetFile, Need>,
    /// The images of a picture, and what is known of it.
    pictures: BTreeMap<Vec<Candidate>, Known>,
}

/// What is known of a picture before it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    /// How large it is expected to be.
    size: Option<Size>,
    /// Whether a page wants its colour.
    colored: bool,
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Need {
    /// Whether a page has its address, which follows from its name.
    named: bool,
    /// Whether it is an image of a picture.
    pictured: bool,
    /// Whether that picture cannot do without it.
    required: bool,
}

impl Asked {
    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl AssetPlan {
    /// What stands in a page for the route of an asset.
    #[must_use]
    pub fn route(path: &AssetPath) -> String {
        let name = SafeName::of(path.file_name());
        let stand_in = fingerprint_of(&AssetFile::from(path.clone()));
        format!("/{}", name.with_fingerprint(stand_in.as_str()))
    }

    /// Notes that a page needs an asset as it is; the page has its [route](Self::route).
    pub fn request(&self, path: AssetPath) {
        let file = AssetFile::from(path);
        self.asked().files.entry(file).or_default().named = true;
    }

    /// Notes that a page needs a picture; the page has the [`Wish`] of its images.
    pub fn pictures(&self, pictures: Pictures) {
        let Pictures {
            candidates,
            size,
            colored,
        } = pictures;
        let mut asked = self.asked();
        for candidate in &candidates {
            let need = asked.files.entry(candidate.file.clone()).or_default();
            need.pictured = true;
            need.required |= candidate.required;
        }
        // Whoever knows the size knows more than others.
        let known = asked.pictures.entry(candidates).or_default();
        known.size = known.size.max(size);
        known.colored |= colored;
    }

    /// Everything asked for.
    #[must_use]
    pub fn finish(&self) -> Asked {
        self.asked().clone()
    }

    /// The maps are never left half changed, so a panic elsewhere does not spoil them.
    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stands for the fingerprint of a file.
fn fingerprint_of(file: &AssetFile) -> StandIn {
    StandIn::of("fingerprint", &file.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_asked_for_once() {
        let plan = AssetPlan::default();
        let pot = AssetPath::parse("/content/dam/x/Pot Été.JPG").unwrap();
        let url = AssetPlan::route(&pot);
        plan.request(pot.clone());
        plan.request(pot.clone());
        assert!(url.starts_with("/assets/pot-ete.0frz") && url.ends_with(".jpg"));
        let pictures = |size| Pictures {
            candidates: vec![Candidate {
                file: pot.clone().into(),
                required: true,
            }],
            size,
            colored: size.is_some(),
        };
        plan.pictures(pictures(None));
        plan.pictures(pictures(Size::new(4, 3)));
        let asked = plan.finish();
        assert_eq!(asked.len(), 1);
        let known = asked.pictures.into_values().next().unwrap();
        assert_eq!((known.size, known.colored), (Size::new(4, 3), true));
    }
}
