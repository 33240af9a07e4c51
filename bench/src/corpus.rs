//! Articles that are the same in every run, any number of them, and what editors change in them.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Serialize;

/// Topics that articles have, and so the number of topic pages of a large site.
const TOPICS: u64 = 200;

/// Topics of one article.
const TOPICS_EACH: usize = 3;

/// Words of a paragraph.
const PARAGRAPH: usize = 65;

/// Different words.
const VOCABULARY: u64 = 900;

const SYLLABLES: [&str; 32] = [
    "al", "ber", "cor", "dun", "el", "fen", "gar", "hol", "in", "jur", "kel", "lor", "mar", "nes",
    "or", "pel", "qui", "ras", "sol", "tam", "un", "ver", "wil", "xan", "yl", "zor", "ash", "bri",
    "clo", "dre", "est", "fro",
];

const AUTHORS: [&str; 6] = [
    "Ada Larch",
    "Grace O'Fern",
    "Linus <3 Moss",
    "Edsger \"Ed\" Brook",
    "Barbara Slate",
    "Ken & Dennis",
];

/// How many articles there are, and what is in them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Corpus {
    /// Another seed means other articles.
    pub(crate) seed: u64,
    /// How many.
    pub(crate) items: usize,
    /// Words in the body of each.
    pub(crate) words: usize,
}

/// The state of the content: each has the changes of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Revision {
    /// As it was at first.
    First,
    /// One article in a hundred has another body.
    Bodies,
    /// One article in a hundred, others than before, has another title and another body.
    Titles,
}

impl Revision {
    pub(crate) const ALL: [Self; 3] = [Self::First, Self::Bodies, Self::Titles];

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == text)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Bodies => "bodies",
            Self::Titles => "titles",
        }
    }
}

/// A fragment, as a persisted query that selects these fields answers it.
#[derive(Debug, Serialize)]
pub(crate) struct Article {
    _path: String,
    slug: String,
    title: String,
    published: String,
    author: Author,
    topics: Vec<String>,
    teaser: String,
    image: Image,
    body: RichText,
    /// Shown nowhere either.
    notes: RichText,
}

#[derive(Debug, Serialize)]
struct Author {
    _path: String,
    name: &'static str,
}

/// Asked for, and shown nowhere: as sites do.
#[derive(Debug, Serialize)]
struct Image {
    _path: String,
    width: u32,
    height: u32,
}

/// Two of AEM's four forms; only `html` is shown.
#[derive(Debug, Serialize)]
struct RichText {
    html: String,
    json: Vec<Node>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    node_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    content: Vec<Node>,
}

impl Corpus {
    /// Whether an article is one of those that changed last with this revision.
    fn is_touched(&self, number: usize, revision: Revision) -> bool {
        let seed = self.seed ^ ((revision as u64) << 56);
        revision != Revision::First && Random::new(seed, number).below(100) == 0
    }

    /// Whether any of these articles changed with this revision.
    pub(crate) fn is_any_touched(
        &self,
        mut numbers: std::ops::Range<usize>,
        revision: Revision,
    ) -> bool {
        numbers.any(|number| self.is_touched(number, revision))
    }

    /// One article as it is at a revision.
    pub(crate) fn article(&self, number: usize, revision: Revision) -> Article {
        let since = |at| revision >= at && self.is_touched(number, at);
        let (bodies, titles) = (since(Revision::Bodies), since(Revision::Titles));
        let mut random = Random::new(self.seed, number);
        let slug = format!("{}-{number:07}", random.word());
        let mut title = random.words(5);
        if random.below(16) == 0 {
            title.push_str(" & more");
        }
        if titles {
            title.push_str(", revised");
        }
        capitalise(&mut title);
        let day = random.below(2_000);
        let (year, month, day) = (2020 + day / 336, 1 + day % 336 / 28, 1 + day % 28);
        let author = index(random.below(AUTHORS.len() as u64));
        let topics = random.topics();
        let teaser = random.words(14);
        let edits = u64::from(bodies) + 2 * u64::from(titles);
        Article {
            _path: format!("/content/dam/bench/en/articles/{:04}/{slug}", number / 1000),
            title,
            published: format!("{year}-{month:02}-{day:02}"),
            author: Author {
                _path: format!("/content/dam/bench/en/authors/{author}"),
                name: AUTHORS[author],
            },
            topics,
            teaser,
            image: Image {
                _path: format!("/content/dam/bench/images/{slug}.jpg"),
                width: 1600,
                height: 900,
            },
            body: RichText::new(&random.paragraphs(self.words, edits)),
            notes: RichText::new(&random.paragraphs(self.words / 5, 0)),
            slug,
        }
    }
}

impl RichText {
    fn new(paragraphs: &[String]) -> Self {
        let mut html = String::new();
        for text in paragraphs {
            let _ = writeln!(html, "<p>{text}</p>");
        }
        let node = |text: &String| Node {
            node_type: "paragraph",
            value: None,
            content: vec![Node {
                node_type: "text",
                value: Some(text.clone()),
                content: Vec::new(),
            }],
        };
        Self {
            html,
            json: paragraphs.iter().map(node).collect(),
        }
    }
}

/// Numbers that look random and follow from seed and article (`SplitMix64`).
struct Random(u64);

impl Random {
    fn new(seed: u64, number: usize) -> Self {
        let mut random = Self(seed ^ (number as u64).wrapping_mul(0xd6e8_feb8_6659_fd93));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn word(&mut self) -> &'static str {
        &vocabulary()[index(self.below(VOCABULARY))]
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn topics(&mut self) -> Vec<String> {
        let mut topics: Vec<String> = Vec::with_capacity(TOPICS_EACH);
        while topics.len() < TOPICS_EACH {
            let topic = format!("topic-{:03}", self.below(TOPICS));
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        topics
    }

    /// A body; an edited one begins with another paragraph of the same length.
    fn paragraphs(&mut self, words: usize, edits: u64) -> Vec<String> {
        let mut edited = Self(self.0 ^ edits.wrapping_mul(0xa076_1d64_78bd_642f));
        let lengths = (0..words)
            .step_by(PARAGRAPH)
            .map(|start| PARAGRAPH.min(words - start));
        let mut paragraphs: Vec<String> = lengths.map(|length| self.paragraph(length)).collect();
        if let (Some(first), 1..) = (paragraphs.first_mut(), edits) {
            *first = edited.paragraph(words.min(PARAGRAPH));
        }
        paragraphs
    }

    fn paragraph(&mut self, words: usize) -> String {
        let mut text = self.words(words);
        capitalise(&mut text);
        text.push('.');
        text
    }
}

/// Words of one to three syllables; some come twice.
fn vocabulary() -> &'static [String] {
    static WORDS: OnceLock<Vec<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut random = Random::new(7, 0);
        let mut word = |_| {
            let syllables = 1 + random.below(3);
            let syllable = |_| SYLLABLES[index(random.below(SYLLABLES.len() as u64))];
            (0..syllables).map(syllable).collect()
        };
        (0..VOCABULARY).map(&mut word).collect()
    })
}

fn capitalise(text: &mut str) {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
