//! What stands in a page for something that is known only when its assets are there.

use std::collections::{BTreeSet, HashMap};

/// How a stand-in begins; the rest is hex.
const START: &[u8; 4] = b"0frz";

/// How long one is, in bytes.
const LENGTH: usize = 16;

/// A word in a page in whose place something else will be.
///
/// It has letters and digits only, so that no filter that escapes or encodes changes it. It follows from what it stands for alone, so that the same page comes
/// out whatever order things were asked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StandIn([u8; LENGTH]);

impl StandIn {
    /// Of something that has a name among others of its kind.
    pub(super) fn of(kind: &str, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(kind.as_bytes()).update(b"\0");
        let hash = hasher.update(name.as_bytes()).finalize().to_hex();
        let mut word = [0; LENGTH];
        word[..START.len()].copy_from_slice(START);
        word[START.len()..].copy_from_slice(&hash.as_bytes()[..LENGTH - START.len()]);
        Self(word)
    }

    /// One that was written down.
    #[must_use]
    pub fn of_bytes(word: [u8; LENGTH]) -> Self {
        Self(word)
    }

    /// Reads a word; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let rest = word.strip_prefix(START)?;
        let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        rest.iter().all(is_hex).then_some(Self(word))
    }

    /// The bytes of the word.
    #[must_use]
    pub fn bytes(self) -> [u8; LENGTH] {
        self.0
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What belongs in the places of stand-ins: letters, digits and what else an address is made of, which no
/// way of escaping changes either.
#[derive(Debug, Default)]
pub struct Replacements(HashMap<StandIn, String>);

impl Replacements {
    /// Notes what belongs in the place of a stand-in.
    pub(super) fn insert(&mut self, stand_in: StandIn, text: String) {
        self.0.insert(stand_in, text);
    }

    /// What belongs in the place of a stand-in.
    #[must_use]
    pub fn get(&self, stand_in: StandIn) -> Option<&str> {
        self.0.get(&stand_in).map(String::as_str)
    }

    /// A page with everything in its place, and what stood in it, each once.
    #[must_use]
    pub fn apply(&self, page: &[u8]) -> (Vec<u8>, BTreeSet<StandIn>) {
        let mut words = BTreeSet::new();
        let mut finished = Vec::with_capacity(page.len() + page.len() / 8);
        let mut done = 0;
        for at in memchr::memmem::find_iter(page, START) {
            let word = page.get(at..at + LENGTH);
            let word = word.and_then(|word| Some(StandIn(word.try_into().ok()?)));
            if at >= done
                && let Some(word) = word
                && let Some(text) = self.0.get(&word)
            {
                words.insert(word);
                finished.extend_from_slice(&page[done..at]);
                finished.extend_from_slice(text.as_bytes());
                done = at + LENGTH;
            }
        }
        finished.extend_from_slice(&page[done..]);
        (finished, words)
    }
}

/// Whether a finished page still holds a stand-in, in letters of any case: then something altered it.
#[must_use]
pub fn has_stand_in(page: &[u8]) -> bool {
    memchr::memchr_iter(START[0], page).any(|at| {
        page.get(at..at + LENGTH).is_some_and(|word| {
            word[..START.len()].eq_ignore_ascii_case(START)
                && word.iter().skip(START.len()).all(u8::is_ascii_hexdigit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_finished() {
        let (one, two) = (StandIn::of("width", "a"), StandIn::of("height", "a"));
        assert_ne!(one, two);
        let mut replacements = Replacements::default();
        replacements.insert(one, "1600".into());
        replacements.insert(two, "/assets/a-name-that-is-longer.jpg".into());
        let (one, two) = (one.as_str(), two.as_str());
        let page = format!("{one}0frz and 0frz000000000000 stay {two}{one}0frz");
        let words = BTreeSet::from([StandIn::of("width", "a"), StandIn::of("height", "a")]);
        assert_eq!(
            replacements.apply(page.as_bytes()),
            (
                b"16000frz and 0frz000000000000 stay /assets/a-name-that-is-longer.jpg16000frz"
                    .to_vec(),
                words
            )
        );
        assert_eq!(
            replacements.apply(b"plain"),
            (b"plain".to_vec(), BTreeSet::new())
        );
    }

    #[test]
    fn an_altered_stand_in_is_noticed() {
        let word = StandIn::of("width", "a");
        assert!(has_stand_in(word.as_str().as_bytes()));
        assert!(has_stand_in(word.as_str().to_uppercase().as_bytes()));
        assert!(!has_stand_in(
            b"/assets/a.0f12ab12ab12ab12.jpg 0frz 0FRZ and 0frzz00000000000"
        ));
    }
}
