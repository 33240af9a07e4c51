//! What pages ask for besides text: AEM assets and fingerprinted static files.
//!
//! Rendering only *asks*: [`AssetPlan::request`] notes an asset and gives its URL with a stand-in where
//! the fingerprint will be, since the bytes are fetched after rendering. The stand-in is as long as the
//! fingerprint and follows from the asset's path alone, so a page can be finished by overwriting it in
//! place, and the same page comes out whatever order things were asked for in. [`Fingerprints`] knows
//! the real ones once everything was fetched.

mod fetch;
mod statics;

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

pub use fetch::fetch;
pub use statics::{StaticFile, Statics};

use crate::aem::AssetPath;
use crate::artifact::{OutputPath, OutputPathError};

/// The folder of assets in the output.
const FOLDER: &str = "assets";

/// How a stand-in begins; the rest is hex.
const STAND_IN: &[u8; 4] = b"0frz";

/// Characters of a fingerprint in a file name: 64 bits of a hash.
pub const FINGERPRINT: usize = 16;

/// The longest stem taken over from AEM into a file name, in bytes.
const MAX_STEM: usize = 80;

/// One asset that some page needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetRequest {
    /// The asset.
    pub path: AssetPath,
    /// What stands for its fingerprint until it was fetched.
    stand_in: [u8; FINGERPRINT],
}

impl AssetRequest {
    fn new(path: AssetPath) -> Self {
        let hash = blake3::hash(path.as_str().as_bytes()).to_hex();
        let mut stand_in = [0; FINGERPRINT];
        stand_in[..STAND_IN.len()].copy_from_slice(STAND_IN);
        stand_in[STAND_IN.len()..]
            .copy_from_slice(&hash.as_bytes()[..FINGERPRINT - STAND_IN.len()]);
        Self { path, stand_in }
    }

    /// Its file with any fingerprint: `assets/STEM.FINGERPRINT.EXTENSION`.
    fn file(&self, fingerprint: &str) -> String {
        let (stem, extension) = safe_name(self.path.file_name());
        match extension {
            Some(extension) => format!("{FOLDER}/{stem}.{fingerprint}.{extension}"),
            None => format!("{FOLDER}/{stem}.{fingerprint}"),
        }
    }

    /// Its file, once its content is known by its hash.
    ///
    /// # Errors
    /// When the name cannot be written; names are made safe, so that would be a mistake here.
    pub fn output(&self, hash: &str) -> Result<OutputPath, OutputPathError> {
        OutputPath::parse(&self.file(&hash[..FINGERPRINT]))
    }

    /// Its route while its content is not known.
    fn provisional_route(&self) -> String {
        format!("/{}", self.file(&String::from_utf8_lossy(&self.stand_in)))
    }
}

/// A file name that is fine everywhere: lower case ASCII, digits and hyphens.
fn safe_name(name: &str) -> (String, Option<String>) {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
        _ => (name, None),
    };
    let mut slug = slug::slugify(stem);
    slug.truncate(MAX_STEM);
    if slug.is_empty() {
        slug.push_str("asset");
    }
    let extension = extension.map(str::to_ascii_lowercase).filter(|extension| {
        (1..=8).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    (slug, extension)
}

/// The assets that pages have asked for so far.
#[derive(Debug, Default)]
pub struct AssetPlan {
    requests: Mutex<BTreeMap<AssetPath, AssetRequest>>,
}

impl AssetPlan {
    /// Notes that a page needs an asset, and gives the route to put into the page.
    pub fn request(&self, path: AssetPath) -> String {
        // The map is never left half changed, so a panic elsewhere does not spoil it.
        let mut requests = self
            .requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let request = requests
            .entry(path)
            .or_insert_with_key(|path| AssetRequest::new(path.clone()));
        request.provisional_route()
    }

    /// Everything asked for, each once, sorted by path.
    #[must_use]
    pub fn requests(&self) -> Vec<AssetRequest> {
        let requests = self
            .requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        requests.values().cloned().collect()
    }
}

/// The fingerprints of fetched assets.
#[derive(Debug, Default)]
pub struct Fingerprints(HashMap<[u8; FINGERPRINT], [u8; FINGERPRINT]>);

impl Fingerprints {
    /// Notes what an asset's content hashes to.
    pub fn insert(&mut self, request: &AssetRequest, hash: &str) {
        let mut fingerprint = [b'0'; FINGERPRINT];
        fingerprint.copy_from_slice(&hash.as_bytes()[..FINGERPRINT]);
        self.0.insert(request.stand_in, fingerprint);
    }

    /// Overwrites every stand-in in a page.
    pub fn apply(&self, page: &mut [u8]) {
        let places: Vec<usize> = memchr::memmem::find_iter(page, STAND_IN).collect();
        for at in places {
            let Some(place) = page.get_mut(at..at + FINGERPRINT) else {
                continue;
            };
            let mut stand_in = [0; FINGERPRINT];
            stand_in.copy_from_slice(place);
            if let Some(fingerprint) = self.0.get(&stand_in) {
                place.copy_from_slice(fingerprint);
            }
        }
    }
}

/// Whether a finished page still holds a stand-in, in letters of any case: then something altered it.
#[must_use]
pub fn has_stand_in(page: &[u8]) -> bool {
    memchr::memchr_iter(STAND_IN[0], page).any(|at| {
        page.get(at..at + FINGERPRINT).is_some_and(|place| {
            place[..STAND_IN.len()].eq_ignore_ascii_case(STAND_IN)
                && place.iter().skip(STAND_IN.len()).all(u8::is_ascii_hexdigit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_finished_in_place() {
        let plan = AssetPlan::default();
        let pot = AssetPath::parse("/content/dam/x/Pot Été.JPG").unwrap();
        let url = plan.request(pot.clone());
        assert_eq!(plan.request(pot), url);
        let raw = plan.request(AssetPath::parse("/content/dam/x/noextension").unwrap());
        let requests = plan.requests();
        assert_eq!(requests.len(), 2);
        let mut fingerprints = Fingerprints::default();
        for request in &requests {
            fingerprints.insert(request, &"ab12".repeat(16));
        }
        let mut page =
            format!("<img src=\"{url}\"> 0frz and 0frz000000000000 stay <a href=\"{raw}\">0frz")
                .into_bytes();
        fingerprints.apply(&mut page);
        assert_eq!(
            String::from_utf8(page).unwrap(),
            "<img src=\"/assets/pot-ete.ab12ab12ab12ab12.jpg\"> 0frz and 0frz000000000000 stay \
             <a href=\"/assets/noextension.ab12ab12ab12ab12\">0frz"
        );
        assert_eq!(
            requests[0].output(&"0".repeat(64)).unwrap().as_str(),
            "assets/pot-ete.0000000000000000.jpg"
        );
    }

    #[test]
    fn an_altered_stand_in_is_noticed() {
        let url = AssetPlan::default().request(AssetPath::parse("/content/dam/x/a.jpg").unwrap());
        assert!(has_stand_in(url.as_bytes()));
        assert!(has_stand_in(url.to_uppercase().as_bytes()));
        assert!(!has_stand_in(
            b"/assets/a.0f12ab12ab12ab12.jpg 0frz 0FRZ and 0frzz00000000000"
        ));
    }

    #[test]
    fn names_are_made_safe() {
        let name = |name: &str| safe_name(name);
        assert_eq!(name("a b.tar.gz"), ("a-b-tar".into(), Some("gz".into())));
        assert_eq!(name("..%2f"), ("asset".into(), None));
        assert_eq!(name("日本.png").1, Some("png".into()));
        assert_eq!(name("!!!.x y"), ("asset".into(), None));
        assert!(name(&"x".repeat(300)).0.len() <= MAX_STEM);
    }
}
