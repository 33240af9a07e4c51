//! Articles that never change from run to run, any number of them; for tests and benchmarks alike.

use std::fmt::Write as _;

/// One item of content.
#[derive(Clone, Debug)]
pub(crate) struct Article {
    pub(crate) path: String,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) price: f64,
    /// The slug of its author.
    pub(crate) author: &'static str,
    /// Rich text as HTML.
    pub(crate) body: String,
}

const WORDS: [&str; 24] = [
    "larch", "loam", "ridge", "valley", "stone", "hut", "path", "rain", "moss", "spring", "bread",
    "lantern", "snow", "meadow", "bell", "goat", "fern", "brook", "cloud", "slate", "ember",
    "thaw", "quarry", "dusk",
];

/// The articles with the numbers below `count`, English, of about `words` words each.
pub(crate) fn corpus(count: usize, words: usize) -> Vec<Article> {
    (0..count)
        .map(|number| in_language("en", number, words))
        .collect()
}

/// One article; the same number in two languages is a translation.
pub(crate) fn in_language(language: &str, number: usize, words: usize) -> Article {
    let mut random = Random::new(number as u64);
    let slug = format!("{}-{number:06}", random.word());
    let mut title = format!("{} {number} ({language})", random.word());
    title[..1].make_ascii_uppercase();
    let cents = u32::try_from(random.below(100_000)).expect("below 100,000");
    let mut body = String::new();
    for paragraph in 0..words.div_ceil(40) {
        let length = (words - paragraph * 40).min(40);
        body.push_str("<p>");
        for _ in 0..length {
            write!(body, "{} ", random.word()).expect("text takes all");
        }
        body.push_str("&amp; so on.</p>");
    }
    Article {
        path: format!("/content/dam/press/{language}/articles/{slug}"),
        slug,
        title,
        price: f64::from(cents) / 100.0,
        author: if number.is_multiple_of(2) {
            "ada"
        } else {
            "grace"
        },
        body,
    }
}

/// Numbers that look random and follow from the seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn word(&mut self) -> &'static str {
        let index = usize::try_from(self.below(WORDS.len() as u64)).expect("an index");
        WORDS[index]
    }
}
