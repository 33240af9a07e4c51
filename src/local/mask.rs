//! The text of a page with a word in the place of each tag of Tera, so that Markdown can be read around
//! them.

use std::ops::Range;

use super::tags::{Tag, TagKind};

/// A text with words for tags.
pub(super) struct Masked {
    pub(super) text: String,
    /// What the words begin with: letters that the text does not hold.
    stem: String,
    /// Where pieces of the text come from: their places here and there, in order.
    pieces: Vec<(usize, usize)>,
}

/// The end of a word.
const END: char = 'q';

impl Masked {
    /// Puts a word in the place of each tag. A tag that makes no text and has a line for itself gets empty
    /// lines around it, so that it is not taken into a paragraph; but not in `html`, which an empty line
    /// would end.
    pub(super) fn new(source: &str, start: usize, tags: &[Tag], html: &[Range<usize>]) -> Self {
        let stem = unused(source);
        let mut masked = Self {
            text: String::with_capacity(source.len() - start),
            stem,
            pieces: vec![(0, start)],
        };
        let mut at = start;
        for (number, tag) in tags.iter().enumerate() {
            masked.text.push_str(&source[at..tag.range.start]);
            let is_alone = tag.kind.is_block()
                && has_its_line(source, start, &tag.range)
                && !html.iter().any(|range| range.contains(&tag.range.start));
            if is_alone {
                masked.isolate();
            }
            if tag.kind != TagKind::Raw {
                masked.pieces.push((masked.text.len(), tag.range.start));
                let word = masked.word(number);
                masked.text.push_str(&word);
            }
            at = tag.range.end;
            if is_alone {
                masked.text.push('\n');
            }
            masked.pieces.push((masked.text.len(), at));
        }
        masked.text.push_str(&source[at..]);
        masked
    }

    /// An empty line before the one that has begun, which is indented only.
    fn isolate(&mut self) {
        let line = self.text.rfind('\n').map_or(0, |end| end + 1);
        self.text.insert(line, '\n');
    }

    /// The word for a number.
    pub(super) fn word(&self, number: usize) -> String {
        format!("{}{number}{END}", self.stem)
    }

    /// The words in a text, each with its number.
    pub(super) fn words<'t>(
        &'t self,
        text: &'t str,
    ) -> impl Iterator<Item = (Range<usize>, usize)> + 't {
        text.match_indices(&self.stem).filter_map(|(start, stem)| {
            let rest = &text[start + stem.len()..];
            let digits = rest.find(END)?;
            let number = rest[..digits].parse().ok()?;
            Some((start..start + stem.len() + digits + END.len_utf8(), number))
        })
    }

    /// A text without words.
    pub(super) fn without_words(&self, text: &str) -> String {
        let (mut rest, mut at) = (String::with_capacity(text.len()), 0);
        for (range, _) in self.words(text) {
            rest.push_str(&text[at..range.start]);
            at = range.end;
        }
        rest.push_str(&text[at..]);
        rest
    }

    /// The place in the source of a range here.
    pub(super) fn source_of(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    fn place(&self, at: usize) -> usize {
        let after = self.pieces.partition_point(|(here, _)| *here <= at);
        let (here, there) = self.pieces[after.saturating_sub(1)];
        let end = self
            .pieces
            .get(after)
            .map_or(usize::MAX, |(_, there)| *there);
        (there + (at - here)).min(end)
    }
}

/// Whether nothing else is in the lines of a tag.
fn has_its_line(source: &str, start: usize, tag: &Range<usize>) -> bool {
    let before = &source[start..tag.start];
    let before = before.rsplit('\n').next().unwrap_or_default();
    let after = source[tag.end..].split('\n').next().unwrap_or_default();
    before.trim().is_empty() && after.trim().is_empty()
}

/// Letters that are not in a text.
fn unused(text: &str) -> String {
    let candidates = (0..).map(|n: u32| format!("frieze{}tag", "x".repeat(n as usize)));
    let mut unused = candidates.filter(|stem| !text.contains(stem));
    unused.next().unwrap_or_default()
}
