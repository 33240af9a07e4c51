//! AEM's own vocabulary: what paths, tiers, stored queries and answers look like on the wire.
//!
//! Pure functions and small types; nothing here opens a connection. The facts come from
//! `aem-protocol.md`; each item names its section.

mod asset_file;
mod asset_ref;
pub mod document;
mod encode;
mod entries;
mod envelope;
mod failure;
mod graphql;
mod image_url;
pub mod openapi;
mod outline;
mod path;
mod persisted;
mod problem;
mod refusal;
mod shape;
mod variables;

use std::fmt;

pub use asset_file::AssetFile;
pub use asset_ref::{AssetPath, Impostor};
pub use encode::EncodeError;
pub use envelope::{Api, Envelope, EnvelopeError, Root, RootError};
pub use failure::{Broken, Failure, Hints, HttpAnswer};
pub use graphql::GraphqlError;
pub use image_url::{Crop, ImageFormat, ImageUrl, Rendering, Service, Size};
pub use outline::Outline;
pub use path::{FragmentPath, RepositoryRoot};
pub use persisted::{PersistedQuery, ad_hoc_path};
pub use problem::Problem;
pub use refusal::{Reason, Refusal};
pub use shape::{Decoded, Page, Shape};
pub use variables::Variables;

/// Which AEM service answers (section 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// What visitors may see.
    Publish,
    /// A second publish service, for checking before go-live (section 11.1).
    Preview,
    /// Where content is edited; every read needs authentication.
    Author,
}

impl Tier {
    /// All tiers, by the names used in configuration.
    pub const NAMES: [&'static str; 3] = ["publish", "preview", "author"];

    /// The tier of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "publish" => Some(Self::Publish),
            "preview" => Some(Self::Preview),
            "author" => Some(Self::Author),
            _ => None,
        }
    }

    /// The name used in configuration and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Preview => "preview",
            Self::Author => "author",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
