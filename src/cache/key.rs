//! What an answer is kept under.

use std::fmt;
use std::path::Path;

use crate::aem::AssetFile;
use crate::config::Config;
use crate::source::Request;

/// Who is asked, and as whom: what all requests of one build have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realm {
    /// Scheme, host and port; of an embedded sandbox its package, since its port is another each time.
    pub origin: String,
    /// The tier.
    pub tier: String,
    /// Kind of credentials with client id or user: those who may see different things do not share answers.
    pub identity: String,
}

impl Realm {
    /// The realm of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        // A cache of its own may move with the site. In one for several sites, each has its sandbox.
        let is_own = config.cache.starts_with(&config.root);
        let root = if is_own { &config.root } else { Path::new("") };
        Self {
            origin: config.aem.origin.name(root),
            tier: config.aem.tier.to_string(),
            identity: config.aem.auth.identity(),
        }
    }
}

/// The place of one answer or asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(blake3::Hash);

impl Key {
    /// Of the answer to a request. Paging is part of the variables.
    #[must_use]
    pub fn of_request(realm: &Realm, request: &Request) -> Self {
        let variables = request.variables.to_json().to_string();
        Self::new(realm, &["query", &request.ask.canonical(), &variables])
    }

    /// Of an asset.
    #[must_use]
    pub fn of_asset(realm: &Realm, path: &AssetFile) -> Self {
        Self::new(realm, &["asset", &path.request_path()])
    }

    /// Of all requests of a build together.
    #[must_use]
    pub fn of_realm(realm: &Realm) -> Self {
        Self::new(realm, &["builds"])
    }

    fn new(realm: &Realm, parts: &[&str]) -> Self {
        let mut hasher = blake3::Hasher::new();
        let common = [&*realm.origin, &realm.tier, &realm.identity];
        for part in common.iter().chain(parts) {
            // With its length, so that no two lists of parts look alike.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(hasher.finalize())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}
