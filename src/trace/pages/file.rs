//! The file of the traces of pages: records one after the other, as they came, and a checksum.
//!
//! It is written while pages are rendered, so that they need no memory until the end. What a page refers to stands
//! before it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use foldhash::fast::RandomState;

use super::{Filled, PageTrace, QuestionId};
use crate::value::{Decoder, Digest, digest, encode_bytes};

/// How a file begins; the number is that of its format.
const START: &[u8] = b"frieze pages 2\n";

/// How long the checksum at its end is, in bytes.
const CHECKSUM: usize = blake3::OUT_LEN;

/// How many bytes are hashed and written at once.
const FULL: usize = 1 << 17;

const QUESTION: u8 = 1;
const PAGE: u8 = 2;
const ADDRESSES: u8 = 3;

/// Writes the file beside its place.
#[derive(Debug)]
pub(super) struct Writer {
    place: PathBuf,
    own: PathBuf,
    file: File,
    hasher: blake3::Hasher,
    questions: u32,
    /// Records that are still to be hashed and written: many at once cost less.
    records: Vec<u8>,
    failed: Option<io::Error>,
}

impl Writer {
    pub(super) fn start(place: &Path, environment: &Digest) -> io::Result<Self> {
        let folder = place.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        // One build at a time writes an output folder, and what a killed one left is overwritten.
        let own = place.with_extension("new");
        let file = File::create(&own)?;
        let mut writer = Self {
            place: place.to_path_buf(),
            own,
            file,
            hasher: blake3::Hasher::new(),
            questions: 0,
            records: Vec::with_capacity(FULL),
            failed: None,
        };
        writer.records.extend_from_slice(START);
        writer.records.extend_from_slice(environment);
        Ok(writer)
    }

    pub(super) fn question(&mut self, question: &[u8], answer: &Digest) -> QuestionId {
        let id = QuestionId(self.questions);
        self.questions += 1;
        self.records.push(QUESTION);
        encode_bytes(question, &mut self.records);
        self.records.extend_from_slice(answer);
        self.flush_if_full();
        id
    }

    pub(super) fn page(&mut self, path: &str, trace: &PageTrace) {
        let records = &mut self.records;
        records.push(PAGE);
        encode_bytes(path.as_bytes(), records);
        // Its length, so that a reader can go on without taking it apart.
        let start = records.len();
        records.extend_from_slice(&[0; 4]);
        encode(trace, records);
        let length = u32::try_from(records.len() - start - 4).unwrap_or(u32::MAX);
        records[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.flush_if_full();
    }

    pub(super) fn addresses(&mut self, digest: &Digest) {
        self.records.push(ADDRESSES);
        self.records.extend_from_slice(digest);
    }

    fn flush_if_full(&mut self) {
        if self.records.len() >= FULL {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.hasher.update(&self.records);
        if let Err(error) = self.file.write_all(&self.records) {
            self.failed.get_or_insert(error);
        }
        self.records.clear();
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush();
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.file.write_all(self.hasher.finalize().as_bytes())?;
        drop(self.file);
        std::fs::rename(&self.own, &self.place)
    }
}

fn encode(trace: &PageTrace, out: &mut Vec<u8>) {
    let count = |count: usize, out: &mut Vec<u8>| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_le_bytes());
    };
    out.extend_from_slice(&trace.own);
    out.extend_from_slice(&trace.hash);
    out.extend_from_slice(&trace.size.to_le_bytes());
    count(trace.shared.len(), out);
    for id in &trace.shared {
        out.extend_from_slice(&id.0.to_le_bytes());
    }
    count(trace.here.len(), out);
    for (id, answer) in &trace.here {
        out.extend_from_slice(&id.0.to_le_bytes());
        out.extend_from_slice(answer);
    }
    if let Some(filled) = &trace.filled {
        out.extend_from_slice(&filled.digest);
        count(filled.words.len(), out);
        filled
            .words
            .iter()
            .for_each(|word| out.extend_from_slice(word));
    }
}

fn decode(bytes: &[u8]) -> Option<PageTrace> {
    let mut decoder = Decoder::new(bytes);
    let mut trace = PageTrace {
        own: decoder.array()?,
        hash: decoder.array()?,
        size: u64::from_le_bytes(decoder.array()?),
        ..PageTrace::default()
    };
    for _ in 0..decoder.number()? {
        trace.shared.push(QuestionId(decoder.number()?));
    }
    for _ in 0..decoder.number()? {
        trace
            .here
            .push((QuestionId(decoder.number()?), decoder.array()?));
    }
    if !decoder.is_empty() {
        let digest = decoder.array()?;
        let words: Option<Vec<_>> = (0..decoder.number()?).map(|_| decoder.array()).collect();
        trace.filled = Some(Filled {
            words: words?,
            digest,
        });
    }
    decoder.is_empty().then_some(trace)
}

/// A whole file, taken apart as far as it takes to find things.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: Vec<u8>,
    questions: Vec<(Range<usize>, Digest)>,
    /// Where the record of each page is, by the digest of its path.
    pages: HashMap<Digest, Range<usize>, RandomState>,
    addresses: Option<Digest>,
}

impl Reader {
    pub(super) fn open(file: &Path, environment: &Digest) -> Option<Self> {
        let bytes = std::fs::read(file).ok()?;
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        let rest = content.strip_prefix(START)?.strip_prefix(environment)?;
        if blake3::hash(content).as_bytes() != checksum {
            return None;
        }
        let (mut questions, mut pages) = (Vec::new(), HashMap::default());
        let mut addresses = None;
        let mut decoder = Decoder::new(rest);
        let place = |decoder: &Decoder<'_>| content.len() - decoder.remaining();
        while !decoder.is_empty() {
            let [kind] = decoder.array()?;
            match kind {
                QUESTION => {
                    let question = decoder.bytes()?;
                    let end = place(&decoder);
                    questions.push((end - question.len()..end, decoder.array()?));
                }
                PAGE => {
                    let path = digest(decoder.bytes()?);
                    let trace = decoder.bytes()?;
                    let end = place(&decoder);
                    pages.insert(path, end - trace.len()..end);
                }
                ADDRESSES => addresses = Some(decoder.array()?),
                _ => return None,
            }
        }
        Some(Self {
            bytes,
            questions,
            pages,
            addresses,
        })
    }

    pub(super) fn page(&self, path: &str) -> Option<PageTrace> {
        let record = self.pages.get(&digest(path.as_bytes()))?;
        decode(&self.bytes[record.clone()])
    }

    pub(super) fn addresses(&self) -> Option<Digest> {
        self.addresses
    }

    pub(super) fn questions(&self) -> usize {
        self.questions.len()
    }

    pub(super) fn question(&self, id: QuestionId) -> Option<(&[u8], Digest)> {
        let (place, answer) = self.questions.get(id.index())?;
        Some((&self.bytes[place.clone()], *answer))
    }
}
