//! Where any of many texts stands, in any spelling, in one pass over the bytes.

use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, Input, MatchKind, Span, packed};

use super::spelling::Needle;

/// Looks for needles, each with what it means.
pub(super) struct Search<T> {
    needles: Vec<(T, Needle)>,
    /// Their anchors, in lower case.
    anchors: Vec<String>,
    finder: Finder,
}

impl<T: Copy> Search<T> {
    /// Gets ready.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn of(needles: Vec<(T, Needle)>) -> Result<Self, BuildError> {
        let anchors: Vec<String> = needles.iter().map(|(_, needle)| needle.anchor()).collect();
        Ok(Self {
            finder: Finder::of(&anchors)?,
            anchors,
            needles,
        })
    }

    /// Where needles are, in the order of their anchors.
    pub(super) fn hits(&self, bytes: &[u8]) -> Vec<(T, Range<usize>)> {
        let lower = bytes.to_ascii_lowercase();
        let mut hits = Vec::new();
        let mut from = 0;
        while let Some(at) = self.finder.next(&lower, from) {
            // One anchor may be the beginning of another, and two needles may have the same.
            for ((what, needle), anchor) in self.needles.iter().zip(&self.anchors) {
                if lower[at..].starts_with(anchor.as_bytes())
                    && let Some(range) = needle.find(bytes, at)
                {
                    hits.push((*what, range));
                }
            }
            from = at + 1;
        }
        hits
    }
}

/// Finds the next of many texts.
enum Finder {
    /// Many bytes at a time, where the processor can and the texts are not too many: ten times as fast.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Finder {
    fn of(texts: &[String]) -> Result<Self, BuildError> {
        if let Some(searcher) = packed::Searcher::new(texts) {
            return Ok(Self::Packed(searcher));
        }
        let leftmost = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(texts);
        leftmost.map(Self::Automaton)
    }

    /// Where the next one begins.
    fn next(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let span = Span::from(from..bytes.len());
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(bytes, span),
            Self::Automaton(automaton) => automaton.find(Input::new(bytes).span(span)),
        };
        found.map(|found| found.start())
    }
}

#[cfg(test)]
mod tests {
    use super::super::spelling::Case;
    use super::*;

    #[test]
    fn every_finder_finds_the_same() {
        let search = |numbers: &[usize]| {
            let needle = |n: &usize| (*n, Needle::new(&format!("secret-x{n:03}"), Case::Exact));
            Search::of(numbers.iter().map(needle).collect()).unwrap()
        };
        let text = b"x secret-x199 y SECRET-X007 secret-x0 secret-x007secret-x100";
        let expected = vec![(199, 2..13), (7, 38..49), (100, 49..60)];
        let many = search(&(0..200).collect::<Vec<usize>>());
        assert!(
            matches!(many.finder, Finder::Automaton(_)),
            "too many at a time"
        );
        assert_eq!(many.hits(text), expected);
        assert_eq!(search(&[199, 7, 100]).hits(text), expected);
        assert_eq!(search(&[]).hits(text), []);
    }

    #[test]
    fn needles_may_overlap() {
        let needle = |text| (text, Needle::new(text, Case::Exact));
        let search = Search::of(vec![needle("abc-x"), needle("abc"), needle("bc-x")]).unwrap();
        let found: Vec<&str> = search
            .hits(b"abc-x")
            .into_iter()
            .map(|(text, _)| text)
            .collect();
        assert_eq!(found, ["abc-x", "abc", "bc-x"]);
    }
}
