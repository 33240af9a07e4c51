//! What is known of an answer before it comes: where the items of the answer before it were, and what they said.
//!
//! Most of an answer that has changed is as it was. Items that are where they are looked for need not be gone through to
//! find their ends, and to see that they are JSON: an earlier build has done that. The rest of the body, with `{}` in the
//! place of each of these items, is read like any other answer. So what holds the items together is always read, and what
//! comes out is what would come out without an outline. An outline can be wrong, but then it is only of no use.

use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use bytes::Bytes;
use serde_json::value::RawValue;

use super::shape::Decoded;
use crate::value::{Decoder, Digest, digest};

/// What stands for an item that is known. It has to be an object, as items are.
const STAND_IN: &[u8] = b"{}";

/// So many items in a row that are not known are looked at, before the rest is read like any other answer: they are gone
/// through twice.
const CHANGED: usize = 4;

/// Longer outlines are not made: they would be longer than what is written down of an answer may be.
const MOST: usize = 16_384;

/// The bytes of an item in an outline.
const ROW: usize = 24;

/// Where the items of an answer were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    items: Vec<(Place, Digest)>,
}

/// Where an item is in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The bytes between the item before it, or the beginning, and it.
    gap: u32,
    /// The bytes of its JSON.
    length: u32,
}

impl Outline {
    /// Of a body and what has been read from it; `None` where that is of no use.
    pub(super) fn of<'d>(body: &Bytes, read: impl Iterator<Item = &'d Decoded>) -> Option<Self> {
        let mut end = body.as_ptr() as usize;
        let mut items = Vec::new();
        for decoded in read {
            for (item, digest) in decoded.items.iter().zip(&decoded.digests) {
                let start = item.as_ptr() as usize;
                let place = Place {
                    gap: u32::try_from(start.checked_sub(end)?).ok()?,
                    length: u32::try_from(item.len()).ok()?,
                };
                end = start + item.len();
                items.push((place, *digest));
            }
        }
        let is_of_use = (2..=MOST).contains(&items.len());
        is_of_use.then_some(Self { items })
    }

    /// As text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(self.items.len() * ROW);
        for (Place { gap, length }, digest) in &self.items {
            bytes.extend(gap.to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend(digest);
        }
        BASE64_STANDARD_NO_PAD.encode(bytes)
    }

    /// From text; empty where it is not one.
    #[must_use]
    pub fn decode(text: &str) -> Self {
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).unwrap_or_default();
        let mut decoder = Decoder::new(&bytes);
        let mut item = || {
            let (gap, length) = (decoder.number()?, decoder.number()?);
            Some((Place { gap, length }, decoder.array()?))
        };
        Self {
            items: std::iter::from_fn(&mut item).collect(),
        }
    }

    /// A body without the items that are in their places; `None` where that is no item.
    pub(super) fn shorten(&self, body: &Bytes) -> Option<Shortened> {
        let mut shortened = Shortened::of(body);
        let (mut at, mut rest) = (0, self.items.as_slice());
        let mut changed = 0;
        while let Some((Place { gap, .. }, _)) = rest.first() {
            // A new item before all others comes where the first one was.
            let gap = match self.items.get(1) {
                Some((second, _)) if at > 0 && rest.len() == self.items.len() => second.gap,
                _ => *gap,
            };
            let start = at + gap as usize;
            // One that is gone, or one that is new, is all that is looked for between two that have stayed.
            let known = (0..2).find_map(|gone| {
                let (place, digest) = rest.get(gone)?;
                Some((gone, place.at(start, body, digest)?, *digest))
            });
            at = match known {
                Some((gone, item, digest)) => {
                    changed = 0;
                    rest = &rest[gone + 1..];
                    let end = item.end;
                    shortened.leave_out(item, digest);
                    end
                }
                None => {
                    let Some(end) = end_of_value(body, start) else {
                        break;
                    };
                    changed += 1;
                    if changed > CHANGED {
                        break;
                    }
                    // If the item that was here is not behind it, it is the one that has changed.
                    let next = end + rest.get(1).map_or(0, |(place, _)| place.gap as usize);
                    let (place, digest) = &rest[0];
                    if place.at(next, body, digest).is_none() {
                        rest = &rest[1..];
                    }
                    end
                }
            };
        }
        shortened.finish()
    }
}

impl Place {
    /// Where the item is, if it begins there.
    fn at(self, start: usize, body: &Bytes, known: &Digest) -> Option<Range<usize>> {
        let end = start.checked_add(self.length as usize)?;
        let json = body.get(start..end)?;
        (digest(json) == *known).then_some(start..end)
    }
}

/// Where the JSON value ends that begins there.
fn end_of_value(body: &Bytes, start: usize) -> Option<usize> {
    let rest = body.get(start..)?;
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<&RawValue>();
    values.next()?.ok()?;
    Some(start + values.byte_offset())
}

/// A body of which some items are left out.
pub(super) struct Shortened {
    body: Bytes,
    /// What is left.
    pub(super) text: Bytes,
    /// What is left, while that is not known yet.
    begun: Vec<u8>,
    left_out: Vec<LeftOut>,
}

/// An item that was left out.
struct LeftOut {
    /// Where it is in the body.
    item: Range<usize>,
    digest: Digest,
    /// Where something else is in the text.
    at: usize,
}

impl Shortened {
    fn of(body: &Bytes) -> Self {
        Self {
            body: body.clone(),
            text: Bytes::new(),
            begun: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Up to where the body is in the text.
    fn end(&self) -> usize {
        self.left_out.last().map_or(0, |left_out| left_out.item.end)
    }

    fn leave_out(&mut self, item: Range<usize>, digest: Digest) {
        let before = self.end()..item.start;
        self.begun.extend_from_slice(&self.body[before]);
        let at = self.begun.len();
        self.left_out.push(LeftOut { item, digest, at });
        self.begun.extend_from_slice(STAND_IN);
    }

    fn finish(mut self) -> Option<Self> {
        if self.left_out.is_empty() {
            return None;
        }
        let rest = self.end()..;
        self.begun.extend_from_slice(&self.body[rest]);
        self.text = Bytes::from(std::mem::take(&mut self.begun));
        Some(self)
    }

    /// Puts items of the body in the place of those that were read from the text; false when one that was left out is not
    /// among them. Then it did not stand where an item stands.
    pub(super) fn restore<'d>(&self, decoded: impl Iterator<Item = &'d mut Decoded>) -> bool {
        let mut restored = 0;
        for decoded in decoded {
            for (item, digest) in decoded.items.iter_mut().zip(&mut decoded.digests) {
                match self.found(item) {
                    Found::LeftOut(left_out) => {
                        *item = self.body.slice(left_out.item.clone());
                        *digest = left_out.digest;
                        restored += 1;
                    }
                    Found::Left(range) => *item = self.body.slice(range),
                    Found::Around => return false,
                }
            }
            if let Some(references) = &mut decoded.references {
                let Found::Left(range) = self.found(references) else {
                    return false;
                };
                *references = self.body.slice(range);
            }
        }
        restored == self.left_out.len()
    }

    /// What it is in the body that was read from the text.
    fn found(&self, read: &Bytes) -> Found<'_> {
        let start = (read.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let before = self
            .left_out
            .partition_point(|left_out| left_out.at < start);
        match self.left_out.get(before) {
            Some(left_out) if left_out.at == start => return Found::LeftOut(left_out),
            Some(left_out) if left_out.at < start + read.len() => return Found::Around,
            _ => {}
        }
        let left_out = before.checked_sub(1).map(|last| &self.left_out[last]);
        let start = left_out.map_or(start, |left_out| {
            left_out.item.end + (start - left_out.at - STAND_IN.len())
        });
        Found::Left(start..start + read.len())
    }
}

/// Something that was read from a shortened body.
enum Found<'s> {
    /// It stands for this item.
    LeftOut(&'s LeftOut),
    /// It is as it was: where that is in the body.
    Left(Range<usize>),
    /// Something in it stands for an item.
    Around,
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::aem::graphql::split_after;
    use crate::aem::{Api, Envelope};

    /// What an answer is made of: its items, and the texts around them.
    #[derive(Clone)]
    struct Made {
        before: String,
        items: Vec<String>,
        between: String,
        after: String,
    }

    impl Made {
        fn new(random: &mut Rng) -> Self {
            let forms = [
                (r#"{"data":{"aList":{"items":["#, ",", "]}}}"),
                (
                    r#"{"data":{"aList":{"_references":[{}],"items":["#,
                    " ,\n",
                    "]}}}",
                ),
                (
                    r#"{"data":{"a":{"items":[null,"#,
                    ",null,",
                    "]},\"b\":{\"item\":{}}}}",
                ),
                (
                    r#"{"data":{"aPaginated":{"edges":[{"node":"#,
                    r#","cursor":"{}"},{"node":"#,
                    r#"}],"pageInfo":{"endCursor":"c","hasNextPage":true}}}}"#,
                ),
            ];
            let (before, between, after) = random.choice(forms).unwrap();
            let count = random.usize(1..9);
            Self {
                before: before.to_owned(),
                items: (0..count).map(|_| item(random)).collect(),
                between: between.to_owned(),
                after: after.to_owned(),
            }
        }

        fn body(&self) -> Bytes {
            let items = self.items.join(&self.between);
            Bytes::from([&*self.before, &items, &self.after].concat())
        }

        /// As it is some time later.
        fn later(&self, random: &mut Rng) -> Self {
            let mut later = self.clone();
            for _ in 0..random.usize(0..4) {
                let at = random.usize(0..=later.items.len());
                match random.u8(0..9) {
                    0 | 1 => later.items.insert(at, item(random)),
                    2 | 3 if at < later.items.len() => drop(later.items.remove(at)),
                    4 if at < later.items.len() => later.items[at] = item(random),
                    5 => later.items.rotate_left(at.min(1)),
                    // What was an item is hidden in something else.
                    6 if at < later.items.len() => {
                        let item = &mut later.items[at];
                        let forms = [
                            format!(r#"{{"in":{item}}}"#),
                            format!("[{item}]"),
                            format!("\"{item}\""),
                            format!("null,{item}"),
                            format!(" {item} "),
                        ];
                        *item = random.choice(forms).unwrap();
                    }
                    7 => later
                        .after
                        .push_str(random.choice(["}", "x", " ", ""]).unwrap()),
                    8 => later.before = later.before.replace("items", "other"),
                    _ => {}
                }
            }
            later
        }
    }

    fn item(random: &mut Rng) -> String {
        let texts = ["{}", "\\\"", "[", "}", "", "null", "x", "{\\\"a\\\":1}"];
        let text = random.choice(texts).unwrap();
        match random.u8(0..4) {
            0 => "{}".to_owned(),
            1 => format!(r#"{{"a":{{"b":["{text}",{{}}]}}}}"#),
            _ => format!(r#"{{"_path":"/{}","text":"{text}"}}"#, random.u8(..)),
        }
    }

    fn outline(body: &Bytes) -> Outline {
        let envelope = Envelope::decode(Api::Graphql, body.clone()).unwrap();
        let outline = envelope.outline().unwrap_or_default();
        assert_eq!(Outline::decode(&outline.encode()), outline);
        outline
    }

    fn read(body: Bytes, before: &Outline) -> String {
        match Envelope::decode_after(Api::Graphql, body, before) {
            Ok(envelope) => format!("{envelope:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_comes_out_is_what_would_come_out_without_it() {
        let mut random = Rng::with_seed(11);
        let mut of_use = 0;
        for round in 0..20_000 {
            let made = Made::new(&mut random);
            let before = outline(&made.body());
            let mut body = made.later(&mut random).body();
            if random.u8(..8) == 0 {
                body.truncate(random.usize(..=body.len()));
            }
            let alone = read(body.clone(), &Outline::default());
            assert_eq!(read(body.clone(), &before), alone, "{round}: {body:?}");
            of_use += usize::from(split_after(&body, &before).is_some());
        }
        assert!(of_use > 10_000, "{of_use}");
    }

    #[test]
    fn items_are_known_around_those_that_have_changed() {
        let article = |n: usize| format!(r#"{{"_path":"/{n}","text":"{}"}}"#, "x".repeat(n));
        let made = Made {
            before: r#"{"data":{"aList":{"items":["#.to_owned(),
            items: (0..50).map(article).collect(),
            between: ",".to_owned(),
            after: "]}}}".to_owned(),
        };
        let before = outline(&made.body());
        let known = |change: &dyn Fn(&mut Vec<String>)| {
            let mut made = made.clone();
            change(&mut made.items);
            let body = made.body();
            let left_out = |shortened: Shortened| shortened.left_out.len();
            let known = before.shorten(&body).map_or(0, left_out);
            assert_eq!(split_after(&body, &before).is_some(), known > 0);
            known
        };
        assert_eq!(known(&|_| {}), 50);
        assert_eq!(known(&|items| items[7] = article(99)), 49);
        for at in [0, 1, 30, 50] {
            assert_eq!(known(&|items| items.insert(at, article(99))), 50, "{at}");
        }
        for at in [0, 1, 30, 49] {
            let gone = |items: &mut Vec<String>| drop(items.remove(at));
            assert_eq!(known(&gone), 49, "{at}");
        }
        // As of a window behind one that a new item came into.
        let moved = |items: &mut Vec<String>| {
            items.insert(0, article(99));
            items.pop();
        };
        assert_eq!(known(&moved), 49);
        assert_eq!(
            known(&|items| items.iter_mut().for_each(|i| i.insert(1, ' '))),
            0
        );
    }
}
