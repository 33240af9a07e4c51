//! Writes a catalogue, and the texts that are new, while a build fetches.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::catalogue::{Catalogue, LINE, START, Tail};
use super::texts::{Named, Texts, partial};
use super::{CATALOGUE, Text};
use crate::fs::{Identity, this_start};
use crate::store::{BodyError, SpoolBodies};
use crate::value::{Digest, Digester, encode_bytes, shortened};

/// A use is written down when the last one is this long ago.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the name of a file of texts is.
const HEX: usize = 2 * size_of::<Digest>();

/// Writes both.
pub(super) struct Writer {
    folder: PathBuf,
    environment: Digest,
    /// The files that texts of the earlier catalogue stay in.
    earlier: Vec<Named>,
    texts: NewTexts,
    records: Records,
    items: Vec<u8>,
    answers: Vec<u8>,
    live: u64,
    /// Whether there is anything that the earlier catalogue does not say.
    learned: bool,
}

/// The file of the texts that are new.
enum NewTexts {
    /// Nothing is new so far.
    None,
    /// With its number among the bodies.
    Some(Box<Texts>, u32),
    /// There is no place for it.
    Nowhere,
}

/// The records of a catalogue, begun with the first.
enum Records {
    None,
    Some(Box<Stream>),
    /// They could not be written: the next build knows nothing.
    Failed,
}

struct Stream {
    file: BufWriter<NamedTempFile>,
    digester: Digester,
    at: u64,
}

impl Writer {
    pub(super) fn start(folder: PathBuf, environment: Digest, earlier: Option<&[Named]>) -> Self {
        Self {
            folder,
            environment,
            earlier: earlier.unwrap_or_default().to_vec(),
            texts: NewTexts::None,
            records: Records::None,
            items: Vec::new(),
            answers: Vec::new(),
            live: 0,
            learned: false,
        }
    }

    /// Keeps a text; `None` when there is no place for it here.
    pub(super) fn text(
        &mut self,
        text: &[u8],
        bodies: &SpoolBodies,
    ) -> Result<Option<(u32, Text)>, BodyError> {
        if let NewTexts::None = self.texts {
            self.texts = self.new_texts(bodies);
        }
        let NewTexts::Some(texts, volume) = &mut self.texts else {
            return Ok(None);
        };
        let place = Text {
            file: number(self.earlier.len()),
            start: match texts.add(text) {
                Ok(start) => start,
                Err(_) => {
                    self.give_up(bodies)?;
                    return Ok(None);
                }
            },
            length: number(text.len()),
        };
        Ok(Some((*volume, place)))
    }

    /// Leaves nothing for the next build, since there is no room for it. This one needs the texts all the same.
    fn give_up(&mut self, bodies: &SpoolBodies) -> Result<(), BodyError> {
        self.records = Records::Failed;
        if let NewTexts::Some(texts, volume) = std::mem::replace(&mut self.texts, NewTexts::Nowhere)
        {
            let (from, rest) = texts.rest();
            bodies.take_over(volume, from, rest)?;
        }
        Ok(())
    }

    /// There is no room for texts from now on.
    #[cfg(test)]
    pub(super) fn fill_disk(&mut self) {
        if let NewTexts::Some(texts, _) = &mut self.texts {
            texts.fill_disk();
        }
    }

    fn new_texts(&self, bodies: &SpoolBodies) -> NewTexts {
        let begin = || -> io::Result<(Texts, File)> {
            self.make_folder()?;
            let texts = Texts::start(&self.folder)?;
            let reader = texts.reader()?;
            Ok((texts, reader))
        };
        let Ok((texts, reader)) = begin() else {
            return NewTexts::Nowhere;
        };
        match bodies.adopt(&Arc::new(reader)) {
            Ok(volume) => NewTexts::Some(Box::new(texts), volume),
            Err(_) => NewTexts::Nowhere,
        }
    }

    /// Makes the query's folder, but not the cache's: that is there when anything is to be kept.
    fn make_folder(&self) -> io::Result<()> {
        let cache = self.folder.parent().and_then(|items| items.parent());
        if !cache.is_some_and(Path::is_dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        std::fs::create_dir_all(&self.folder)
    }

    /// Adds an item: its number.
    pub(super) fn item(&mut self, raw: Digest, head: &[u8], text: Text) -> u32 {
        let item = number(self.items.len() / LINE);
        let mut record = Vec::with_capacity(20 + head.len());
        record.extend_from_slice(&number(16 + head.len()).to_le_bytes());
        record.extend_from_slice(&text.file.to_le_bytes());
        record.extend_from_slice(&text.start.to_le_bytes());
        record.extend_from_slice(&text.length.to_le_bytes());
        record.extend_from_slice(head);
        if let Some(at) = self.record(&record) {
            line(&mut self.items, raw, at);
            self.live += u64::from(text.length);
        }
        item
    }

    /// Adds an answer, which may be new.
    pub(super) fn answer(&mut self, key: Digest, content: &[u8], is_new: bool) {
        self.learned |= is_new;
        let mut record = Vec::with_capacity(4 + content.len());
        encode_bytes(content, &mut record);
        if let Some(at) = self.record(&record) {
            line(&mut self.answers, key, at);
        }
    }

    /// Writes a record: where it is.
    fn record(&mut self, record: &[u8]) -> Option<u64> {
        if let Records::None = self.records {
            self.records = self.begin().map_or(Records::Failed, Records::Some);
        }
        let Records::Some(stream) = &mut self.records else {
            return None;
        };
        let at = stream.at;
        if stream.write(record).is_err() {
            self.records = Records::Failed;
        }
        Some(at)
    }

    fn begin(&self) -> io::Result<Box<Stream>> {
        self.make_folder()?;
        let mut stream = Box::new(Stream {
            file: BufWriter::with_capacity(1 << 17, partial(&self.folder)?),
            digester: Digester::default(),
            at: 0,
        });
        stream.write(START)?;
        stream.write(&self.environment)?;
        Ok(stream)
    }

    /// Writes what is left, and puts everything in its place if it says anything that the earlier catalogue does not.
    pub(super) fn finish(
        mut self,
        note: &[u8],
        earlier: Option<&Catalogue>,
        bodies: &SpoolBodies,
    ) -> Result<(), BodyError> {
        let counts = (self.items.len() / LINE, self.answers.len() / LINE);
        // This build reads them, whatever becomes of the catalogue.
        if let NewTexts::Some(texts, _) = &mut self.texts
            && texts.flush().is_err()
        {
            self.give_up(bodies)?;
        }
        let texts = match self.texts {
            NewTexts::Some(texts, _) => Some(texts),
            NewTexts::None | NewTexts::Nowhere => None,
        };
        let is_known = earlier.is_some_and(|earlier| earlier.counts() == counts);
        let Records::Some(mut stream) = self.records else {
            return Ok(());
        };
        if texts.is_none() && is_known && !self.learned {
            touch(&self.folder.join(CATALOGUE));
            return Ok(());
        }
        let put = || -> io::Result<()> {
            let mut named = self.earlier;
            named.extend(texts.map(|texts| texts.finish()).transpose()?);
            let tail = Tail {
                tables: stream.at,
                items: number(counts.0),
                answers: number(counts.1),
                texts: number(named.len()),
                live: self.live,
            };
            stream.write(&self.items)?;
            stream.write(&self.answers)?;
            for named in &named {
                stream.write(&named.digest)?;
                stream.write(&named.length.to_le_bytes())?;
                let identity = named.identity.map(Identity::bytes);
                stream.write(&identity.unwrap_or_default())?;
            }
            stream.write(&shortened(&this_start()))?;
            let mut rest = Vec::new();
            encode_bytes(note, &mut rest);
            rest.extend(tail.encode());
            stream.write(&rest)?;
            stream.finish(&self.folder.join(CATALOGUE))?;
            clear(&self.folder, &named)?;
            Ok(())
        };
        // The next build goes through everything, as this one did.
        let _ = put();
        Ok(())
    }
}

impl Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digester.update(bytes);
        self.at += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    fn finish(mut self, place: &Path) -> io::Result<()> {
        self.file.write_all(&self.digester.finish())?;
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.persist(place)?;
        Ok(())
    }
}

/// Throws away the files of texts that are not named. One may be another build's that is about to name it: then what that
/// build leaves is of no use, which does no harm.
fn clear(folder: &Path, named: &[Named]) -> io::Result<()> {
    let named: Vec<PathBuf> = named.iter().map(|named| named.file(folder)).collect();
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        let is_text = file.file_name().is_some_and(|name| name.len() == HEX);
        if is_text && !named.contains(&file) {
            // Another build may have been faster.
            let _ = std::fs::remove_file(file);
        }
    }
    Ok(())
}

/// Notes that a file is used, give or take a day, for those who clear away what is not.
fn touch(file: &Path) {
    let touch = || -> io::Result<()> {
        let modified = file.metadata()?.modified()?;
        if modified.elapsed().is_ok_and(|age| age < DAY) {
            return Ok(());
        }
        let file = File::options().append(true).open(file)?;
        file.set_modified(SystemTime::now())
    };
    // Whoever only reads the cache need not be able to write it.
    let _ = touch();
}

fn line(table: &mut Vec<u8>, digest: Digest, at: u64) {
    table.extend_from_slice(&digest);
    table.extend_from_slice(&at.to_le_bytes());
}

/// Nothing that is counted here comes near the end.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
