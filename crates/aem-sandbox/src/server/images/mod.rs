//! Image delivery that resizes and re-encodes (feature `images`).
//!
//! [`request`] reads what a URL asks for, [`transform`] makes it, [`cache`] keeps it. Where an original cannot be
//! decoded, the caller serves a stored file instead. Source: aem-protocol.md, sections 7.1 and 7.2.

mod cache;
mod request;
mod transform;

use crate::repository::Asset;
use cache::{Cache, Key};
use request::{Format, Size, Transformation, accepts_webp, prefers_webp};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many bytes of delivered images are kept in memory.
const CACHE_LIMIT: usize = 64 << 20;
/// How many images are made at once: each may take a few hundred megabytes while it is decoded.
const AT_ONCE: usize = 2;

/// The renditions AEM makes of every image by default: what they fit into.
const STANDARD_RENDITIONS: [(&str, u32, u32); 5] = [
    ("cq5dam.thumbnail.48.48.png", 48, 48),
    ("cq5dam.thumbnail.140.100.png", 140, 100),
    ("cq5dam.thumbnail.319.319.png", 319, 319),
    ("cq5dam.web.1280.1280.jpeg", 1280, 1280),
    ("cq5dam.zoom.2048.2048.jpeg", 2048, 2048),
];

/// A delivered image.
#[derive(Debug)]
pub(super) struct Image {
    pub(super) mime: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Makes images, and remembers them.
#[derive(Debug)]
pub(super) struct ImageService {
    cache: Mutex<Cache>,
    free: Mutex<usize>,
    freed: Condvar,
}

impl Default for ImageService {
    fn default() -> Self {
        Self {
            cache: Mutex::new(Cache::new(CACHE_LIMIT)),
            free: Mutex::new(AT_ONCE),
            freed: Condvar::new(),
        }
    }
}

impl ImageService {
    /// The image of a `_dynamicUrl`; `None` where the original is no image this can read.
    pub(super) fn deliver(
        &self,
        asset: &Asset,
        file_name: &str,
        query: &str,
        accept: &str,
    ) -> Option<Image> {
        let own = Format::of_mime(&asset.mime);
        let format = if prefers_webp(query) && accepts_webp(accept) {
            Format::WebP
        } else {
            let extension = file_name.rsplit_once('.').map_or("", |(_, e)| e);
            Format::of_extension(extension).or(own)?
        };
        let asked = Transformation::read(query);
        let original = &asset.rendition("original")?.file;
        // Nothing to do: the upload itself is better than a copy of it.
        if asked.is_identity() && own == Some(format) {
            let bytes = std::fs::read(original).ok()?;
            return Some(Image {
                mime: format.mime(),
                bytes,
            });
        }
        self.make(original, asked, format)
    }

    /// One of AEM's standard renditions, made from the original.
    pub(super) fn rendition(&self, asset: &Asset, name: &str) -> Option<Image> {
        let (_, width, height) = STANDARD_RENDITIONS
            .into_iter()
            .find(|(standard, _, _)| *standard == name)?;
        let format = Format::of_extension(name.rsplit_once('.')?.1)?;
        let asked = Transformation {
            size: Some(Size::Within(width, height)),
            ..Transformation::default()
        };
        self.make(&asset.rendition("original")?.file, asked, format)
    }

    fn make(&self, original: &Path, asked: Transformation, format: Format) -> Option<Image> {
        let modified = std::fs::metadata(original).and_then(|data| data.modified());
        let key = Key {
            file: original.to_owned(),
            modified: modified.ok(),
            transformation: asked,
            format,
        };
        let image = |bytes: &[u8]| Image {
            mime: format.mime(),
            bytes: bytes.to_vec(),
        };
        if let Some(bytes) = lock(&self.cache).get(&key) {
            return Some(image(&bytes));
        }
        let _turn = self.wait_for_turn();
        // Made while this waited?
        if let Some(bytes) = lock(&self.cache).get(&key) {
            return Some(image(&bytes));
        }
        let stored = std::fs::read(original).ok()?;
        let bytes: Arc<[u8]> = transform::transform(&stored, &asked, format).ok()?.into();
        let made = image(&bytes);
        lock(&self.cache).insert(key, bytes);
        Some(made)
    }

    fn wait_for_turn(&self) -> Turn<'_> {
        let mut free = self
            .freed
            .wait_while(lock(&self.free), |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }
}

/// The right to make an image, given back when dropped.
struct Turn<'a>(&'a ImageService);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *lock(&self.0.free) += 1;
        self.0.freed.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
