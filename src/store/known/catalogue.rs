//! The catalogue of a query: what was found in each item, and which items each answer has.
//!
//! After the beginning come records of items and answers in the order in which they came, then tables of where each
//! is, the files of texts, and a checksum. Numbers are little-endian. Only the tables are kept in memory, 28 bytes for
//! an item: there may be a million.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Mutex;

use hashbrown::HashTable;

use super::texts::{Named, regular};
use super::{Known, Text};
use crate::fs::{Identity, this_start};
use crate::store::positioned;
use crate::value::{Decoder, Digest, Digester, shortened};

/// How a file begins.
pub(super) const START: &[u8] = b"frieze items 3\n";

/// How long the checksum at its end is.
const CHECKSUM: usize = size_of::<Digest>();

/// How long a line of a table is.
pub(super) const LINE: usize = 24;

/// Bytes read at once.
const WINDOW: usize = 128 << 10;

/// Windows begin at multiples of this, and each such block has its window among these.
const BLOCK: u64 = 64 << 10;

/// How many windows there are.
const WINDOWS: usize = 8;

/// What stands right before the checksum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    /// Where the tables begin.
    pub(super) tables: u64,
    pub(super) items: u32,
    pub(super) answers: u32,
    pub(super) texts: u32,
    /// Bytes of all texts that items have.
    pub(super) live: u64,
}

impl Tail {
    const LENGTH: usize = 28;

    pub(super) fn encode(self) -> Vec<u8> {
        let mut out = self.tables.to_le_bytes().to_vec();
        for number in [self.items, self.answers, self.texts] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.live.to_le_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        Some(Self {
            tables: u64::from_le_bytes(decoder.array()?),
            items: decoder.number()?,
            answers: decoder.number()?,
            texts: decoder.number()?,
            live: u64::from_le_bytes(decoder.array()?),
        })
    }
}

/// A line of a table: a digest, and where its record is.
#[derive(Clone, Copy, Debug)]
struct Line {
    digest: Digest,
    at: u64,
}

/// A catalogue of an earlier build.
pub(super) struct Catalogue {
    file: File,
    /// In the order of their numbers.
    items: Vec<Line>,
    /// The numbers of the items, by their digests.
    by_digest: HashTable<u32>,
    /// In the order of their digests.
    answers: Vec<Line>,
    pub(super) texts: Vec<Named>,
    pub(super) live: u64,
    pub(super) note: Vec<u8>,
    windows: [Mutex<Window>; WINDOWS],
}

/// A part of the file that was read: records are mostly wanted in their order, by several threads not far from each other.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Catalogue {
    /// A catalogue, if it is whole and was written for the same.
    pub(super) fn open(file: &Path, environment: &Digest) -> Option<Self> {
        let file = regular(file)?;
        let length = file.metadata().ok()?.len();
        let end = length.checked_sub((CHECKSUM + Tail::LENGTH) as u64)?;
        if begins(&file)? != [START, environment].concat() || !is_whole(&file, length)? {
            return None;
        }
        let mut tail = [0; Tail::LENGTH];
        positioned::read(&file, &mut tail, end).ok()?;
        let tail = Tail::decode(&tail)?;
        let mut tables = vec![0; usize::try_from(end.checked_sub(tail.tables)?).ok()?];
        positioned::read(&file, &mut tables, tail.tables).ok()?;
        let mut decoder = Decoder::new(&tables);
        let items = lines(&mut decoder, tail.items)?;
        let mut answers = lines(&mut decoder, tail.answers)?;
        answers.sort_unstable_by_key(|line| line.digest);
        let mut by_digest = HashTable::with_capacity(items.len());
        for number in 0..tail.items {
            let digest = |number: u32| &items[number as usize].digest;
            let is_same = |other: &u32| digest(*other) == digest(number);
            let hash = spread(digest(number));
            // Of items with the same text, one is as good as another.
            by_digest
                .entry(hash, is_same, |other| spread(digest(*other)))
                .or_insert(number);
        }
        let mut texts = Vec::new();
        for _ in 0..tail.texts {
            texts.push(Named {
                digest: decoder.array()?,
                length: u64::from_le_bytes(decoder.array()?),
                identity: Identity::from_bytes(decoder.array()?),
            });
        }
        if shortened(&this_start()) != decoder.array()? {
            texts.iter_mut().for_each(|named| named.identity = None);
        }
        Some(Self {
            file,
            items,
            by_digest,
            answers,
            texts,
            live: tail.live,
            note: decoder.bytes()?.to_vec(),
            windows: Default::default(),
        })
    }

    /// How many items and answers there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.items.len(), self.answers.len())
    }

    pub(super) fn find(&self, raw: &Digest) -> Option<u32> {
        let is_it = |number: &u32| self.items[*number as usize].digest == *raw;
        self.by_digest.find(spread(raw), is_it).copied()
    }

    pub(super) fn raw(&self, number: u32) -> Option<Digest> {
        self.items.get(number as usize).map(|line| line.digest)
    }

    pub(super) fn item(&self, number: u32) -> Option<Known> {
        let line = self.items.get(number as usize)?;
        self.record(line.at, |bytes| {
            let mut decoder = Decoder::new(bytes);
            let text = Text {
                file: decoder.number()?,
                start: u64::from_le_bytes(decoder.array()?),
                length: decoder.number()?,
            };
            let head = decoder.take(decoder.remaining())?.to_vec();
            let raw = line.digest;
            Some(Known { raw, head, text })
        })
    }

    pub(super) fn has_answer(&self, key: &Digest) -> bool {
        self.place(key).is_some()
    }

    pub(super) fn answer(&self, key: &Digest) -> Option<Vec<u8>> {
        self.record(self.place(key)?, |bytes| Some(bytes.to_vec()))
    }

    fn place(&self, key: &Digest) -> Option<u64> {
        let at = self.answers.binary_search_by_key(key, |line| line.digest);
        Some(self.answers[at.ok()?].at)
    }

    /// Reads the record at a place: its length, and so many bytes.
    fn record<T>(&self, at: u64, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        let block = usize::try_from(at / BLOCK).ok()?;
        let mut window = self.windows[block % WINDOWS].lock().ok()?;
        let length = window.bytes(&self.file, at, 4)?;
        let length = u32::from_le_bytes(length.try_into().ok()?);
        read(window.bytes(&self.file, at + 4, length as usize)?)
    }
}

impl Window {
    /// So many bytes of the file.
    fn bytes(&mut self, file: &File, at: u64, length: usize) -> Option<&[u8]> {
        let end = at + length as u64;
        if at < self.start || end > self.start + self.bytes.len() as u64 {
            let start = at - at % BLOCK;
            let rest = file.metadata().ok()?.len().checked_sub(start)?;
            let wanted = ((end - start).max(WINDOW as u64)).min(rest);
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.resize(usize::try_from(wanted).ok()?, 0);
            positioned::read(file, &mut bytes, start).ok()?;
            (self.start, self.bytes) = (start, bytes);
        }
        let start = usize::try_from(at - self.start).ok()?;
        self.bytes.get(start..start + length)
    }
}

/// The hash of a digest: a part of it, as all parts of a digest are as good as random.
fn spread(digest: &Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *digest;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// How the file begins.
fn begins(file: &File) -> Option<Vec<u8>> {
    let mut bytes = vec![0; START.len() + size_of::<Digest>()];
    positioned::read(file, &mut bytes, 0).ok()?;
    Some(bytes)
}

/// Whether the checksum is that of what stands before it.
fn is_whole(file: &File, length: u64) -> Option<bool> {
    let mut digester = Digester::default();
    let mut buffer = vec![0; WINDOW];
    let mut content = file.take(length - CHECKSUM as u64);
    loop {
        match content.read(&mut buffer).ok()? {
            0 => break,
            n => digester.update(&buffer[..n]),
        };
    }
    let mut checksum = [0; CHECKSUM];
    positioned::read(file, &mut checksum, length - CHECKSUM as u64).ok()?;
    Some(digester.finish() == checksum)
}

fn lines(decoder: &mut Decoder<'_>, count: u32) -> Option<Vec<Line>> {
    // Not more than there can be, whatever the file says.
    let mut lines = Vec::with_capacity((count as usize).min(decoder.remaining() / LINE));
    for _ in 0..count {
        lines.push(Line {
            digest: decoder.array()?,
            at: u64::from_le_bytes(decoder.array()?),
        });
    }
    Some(lines)
}
