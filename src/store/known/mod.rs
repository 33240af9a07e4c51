//! What a build found when it went through the items of a query, kept for the next one.
//!
//! Most items are the same in two builds, and most answers too. What follows from the text of an item alone is kept
//! under the digest of that text, with the part of it that pages show; and of an answer, under its own digest, which
//! items are in it. So nothing here can be out of date: what has another text has another digest.
//!
//! Each query has a folder with a [`catalogue`] and a few files of [`texts`], which the catalogue names by their
//! digests. A catalogue counts for the program that wrote it and for the members of items that it was made for. Both
//! kinds of files are written beside their place and renamed, and held against their checksums before anything in them
//! is used; whatever is wrong with one, it is as if there were none. A build adds one file with the texts that are new,
//! until too much in the others is not needed any more: then all is copied into one.

mod catalogue;
mod texts;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::bodies::{Bodies, BodyError, BodyId, poisoned};
use super::spool::SpoolBodies;
use crate::value::Digest;
use catalogue::Catalogue;
use writer::Writer;

/// The name of a catalogue in the folder of its query.
const CATALOGUE: &str = "catalogue";

/// How the names of files begin that are being written; as everywhere in the cache.
const PARTIAL: &str = ".partial-";

/// So many files of texts are read before they are made one.
const FILES: usize = 8;

/// Bytes of texts that are copied into one file each time there are two.
const LITTLE: u64 = 1 << 20;

/// Files that may be open for all queries together. Some systems allow a process 256 of all kinds; queries for which none
/// are left are gone through as if nothing was known of them.
const OPEN: usize = 96;

/// Where what is known is kept, for all queries of a build.
pub struct KnownItems {
    folder: PathBuf,
    site: Digest,
    program: Digest,
    bodies: Arc<SpoolBodies>,
    /// How many files may still be opened.
    left: AtomicUsize,
    little: u64,
}

impl KnownItems {
    /// In a folder, which is made if the one around it is there. `site` tells apart those who share it, `program` who can read what
    /// another program wrote. Texts are read by way of `bodies`.
    #[must_use]
    pub fn at(folder: &Path, site: Digest, program: Digest, bodies: Arc<SpoolBodies>) -> Self {
        Self {
            folder: folder.to_path_buf(),
            site,
            program,
            bodies,
            left: AtomicUsize::new(OPEN),
            little: LITTLE,
        }
    }

    /// Whether so many files may be opened; they stay open as long as bodies are read.
    fn may_open(&self, files: usize) -> bool {
        let (left, order) = (|left: usize| left.checked_sub(files), Ordering::Relaxed);
        self.left.fetch_update(order, order, left).is_ok()
    }

    /// What is known of the items of a query, for a build that wants this of each (`wanted`, in any words).
    #[must_use]
    pub fn of(&self, query: &str, wanted: &str) -> Shelf {
        let mut name = blake3::Hasher::new();
        name.update(&self.site).update(query.as_bytes());
        let mut environment = blake3::Hasher::new();
        environment.update(&self.program).update(wanted.as_bytes());
        let folder = self.folder.join(&name.finalize().to_hex()[..32]);
        let environment = crate::value::shortened(&environment.finalize());
        let earlier = Catalogue::open(&folder.join(CATALOGUE), &environment);
        let files = earlier.as_ref().map_or(0, |earlier| earlier.texts.len());
        // And one for what is new.
        if !self.may_open(files + 1) {
            return Shelf {
                earlier: None,
                copies: false,
                writer: Mutex::new(None),
                bodies: Arc::clone(&self.bodies),
            };
        }
        let earlier = earlier.and_then(|catalogue| Earlier::open(&folder, catalogue, &self.bodies));
        let copies = earlier.as_ref();
        let copies = copies.is_some_and(|earlier| earlier.is_wasteful(self.little));
        let kept = earlier.as_ref().filter(|_| !copies);
        let writer = Writer::start(folder, environment, kept.map(Earlier::names));
        Shelf {
            earlier,
            copies,
            writer: Mutex::new(Some(writer)),
            bodies: Arc::clone(&self.bodies),
        }
    }
}

/// What is known of the items of one query: what the build before found, and what this one adds.
pub struct Shelf {
    earlier: Option<Earlier>,
    /// Whether all texts are to be in one new file.
    copies: bool,
    /// None once it is finished.
    writer: Mutex<Option<Writer>>,
    bodies: Arc<SpoolBodies>,
}

/// An item of an earlier catalogue.
pub struct Known {
    /// The digest of its whole text.
    pub raw: Digest,
    /// What was found in it, as it was given.
    pub head: Vec<u8>,
    text: Text,
}

/// Where a text is: in which of the files, from where, how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) file: u32,
    pub(super) start: u64,
    pub(super) length: u32,
}

/// An item that the next build will know.
pub struct Added {
    /// Its number in the new catalogue; none where that is not written.
    pub number: Option<u32>,
    /// Its text.
    pub body: BodyId,
}

struct Earlier {
    catalogue: Catalogue,
    files: Vec<Arc<File>>,
    /// What the files are called among the bodies.
    volumes: Vec<u32>,
}

impl Earlier {
    /// `None` when a file of texts is not what it was.
    fn open(folder: &Path, mut catalogue: Catalogue, bodies: &SpoolBodies) -> Option<Self> {
        let mut files = Vec::new();
        for named in &mut catalogue.texts {
            let (file, now) = texts::open(folder, named)?;
            *named = now;
            files.push(Arc::new(file));
        }
        let volumes: Result<Vec<u32>, BodyError> =
            files.iter().map(|file| bodies.adopt(file)).collect();
        Some(Self {
            volumes: volumes.ok()?,
            catalogue,
            files,
        })
    }

    fn names(&self) -> &[texts::Named] {
        &self.catalogue.texts
    }

    /// Whether texts are in too many files, or most of what is in them belongs to no item.
    fn is_wasteful(&self, little: u64) -> bool {
        let all: u64 = self.names().iter().map(|named| named.length).sum();
        let is_scattered = self.files.len() > 1 && all < little;
        is_scattered || self.files.len() >= FILES || self.catalogue.live < all / 2
    }
}

impl Shelf {
    /// What was found of an answer, as it was given.
    #[must_use]
    pub fn answer(&self, key: &Digest) -> Option<Vec<u8>> {
        self.earlier.as_ref()?.catalogue.answer(key)
    }

    /// Whether an answer is known.
    #[must_use]
    pub fn has_answer(&self, key: &Digest) -> bool {
        let catalogue = self.earlier.as_ref().map(|earlier| &earlier.catalogue);
        catalogue.is_some_and(|catalogue| catalogue.has_answer(key))
    }

    /// The number of an item with this text in the earlier catalogue.
    #[must_use]
    pub fn find(&self, raw: &Digest) -> Option<u32> {
        self.earlier.as_ref()?.catalogue.find(raw)
    }

    /// The digest of the text of an item of the earlier catalogue.
    #[must_use]
    pub fn raw(&self, number: u32) -> Option<Digest> {
        self.earlier.as_ref()?.catalogue.raw(number)
    }

    /// What came with the earlier catalogue as a whole.
    #[must_use]
    pub fn note(&self) -> Option<&[u8]> {
        Some(&self.earlier.as_ref()?.catalogue.note)
    }

    /// An item of the earlier catalogue.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, number: u32) -> Result<Known, BodyError> {
        let known = self
            .earlier
            .as_ref()
            .and_then(|earlier| earlier.catalogue.item(number));
        known.ok_or_else(|| BodyError::Unreadable("what was kept of it is gone".to_owned()))
    }

    /// Keeps an item, with `head` in the place of what was found in it before.
    ///
    /// # Errors
    /// When its text cannot be kept.
    pub fn keep(&self, known: &Known, head: &[u8]) -> Result<Added, BodyError> {
        if self.copies {
            return self.add(known.raw, head, &self.text(known)?);
        }
        let (earlier, text) = (self.earlier()?, known.text);
        let volume = earlier.volumes.get(text.file as usize).copied();
        let body = self.bodies.place(volume.unwrap_or(u32::MAX), text)?;
        let mut writer = self.writer()?;
        let number = writer
            .as_mut()
            .map(|writer| writer.item(known.raw, head, text));
        Ok(Added { number, body })
    }

    /// Adds an item that is new, with the part of its text that is shown.
    ///
    /// # Errors
    /// When that cannot be kept.
    pub fn add(&self, raw: Digest, head: &[u8], shown: &[u8]) -> Result<Added, BodyError> {
        let mut writer = self.writer()?;
        if let Some(writer) = writer.as_mut()
            && let Some((volume, text)) = writer.text(shown, &self.bodies)?
        {
            let number = Some(writer.item(raw, head, text));
            let body = self.bodies.place(volume, text)?;
            return Ok(Added { number, body });
        }
        drop(writer);
        self.show(shown)
    }

    /// The text of an item of the earlier catalogue.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn text(&self, known: &Known) -> Result<Vec<u8>, BodyError> {
        texts::read(&self.earlier()?.files, known.text)
    }

    /// Has a text for this build only.
    ///
    /// # Errors
    /// When it cannot be kept for so long.
    pub fn show(&self, shown: &[u8]) -> Result<Added, BodyError> {
        let body = self.bodies.put(shown)?;
        Ok(Added { number: None, body })
    }

    /// Adds an answer.
    ///
    /// # Errors
    /// When another thread failed meanwhile.
    pub fn add_answer(&self, key: Digest, content: &[u8]) -> Result<(), BodyError> {
        if let Some(writer) = self.writer()?.as_mut() {
            writer.answer(key, content, !self.has_answer(&key));
        }
        Ok(())
    }

    /// Puts everything in its place, with a note for the next build. All texts can be read from now on.
    ///
    /// # Errors
    /// When texts that this build needs cannot be written.
    pub fn finish(&self, note: &[u8]) -> Result<(), BodyError> {
        let Some(writer) = self.writer()?.take() else {
            return Ok(());
        };
        let catalogue = self.earlier.as_ref().map(|earlier| &earlier.catalogue);
        writer.finish(note, catalogue, &self.bodies)
    }

    fn earlier(&self) -> Result<&Earlier, BodyError> {
        let earlier = self.earlier.as_ref();
        earlier.ok_or_else(|| BodyError::Unreadable("nothing was kept".to_owned()))
    }

    fn writer(&self) -> Result<MutexGuard<'_, Option<Writer>>, BodyError> {
        self.writer.lock().map_err(|_| poisoned())
    }
}

#[cfg(test)]
mod tests;
