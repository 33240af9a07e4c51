//! What the bytes of an image say about it, whatever it was called.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use imagesize::ImageType;

use super::{exif, svg};
use crate::aem::Size;

/// How much of a file is looked at to find out what it is, in bytes.
pub(super) const HEAD: u64 = 4096;

/// The kinds of image that browsers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Avif,
    Bmp,
    Gif,
    Jpeg,
    Png,
    Svg,
    WebP,
}

impl Kind {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Avif => "image/avif",
            Self::Bmp => "image/bmp",
            Self::Gif => "image/gif",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
            Self::WebP => "image/webp",
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Avif => "avif",
            Self::Bmp => "bmp",
            Self::Gif => "gif",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Svg => "svg",
            Self::WebP => "webp",
        }
    }

    fn of(found: ImageType) -> Option<Self> {
        match found {
            ImageType::Bmp => Some(Self::Bmp),
            ImageType::Gif => Some(Self::Gif),
            ImageType::Heif(imagesize::Compression::Av1) => Some(Self::Avif),
            ImageType::Jpeg => Some(Self::Jpeg),
            ImageType::Png => Some(Self::Png),
            ImageType::Webp => Some(Self::WebP),
            _ => None,
        }
    }
}

/// An image that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) kind: Kind,
    pub(super) size: Size,
}

/// Looks at a file that should be an image, which somebody has put into AEM.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence about it.
pub(super) fn look(file: &Path) -> Result<Seen, String> {
    look_and(file, svg::check)
}

/// Looks at an image that belongs to the site itself, and may hold whatever its makers wish.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence about it.
pub(super) fn look_at_own(file: &Path) -> Result<Seen, String> {
    look_and(file, svg::size)
}

fn look_and(file: &Path, drawing: fn(&[u8]) -> Result<Size, String>) -> Result<Seen, String> {
    let broken = |error: std::io::Error| format!("cannot be read: {error}");
    let mut opened = File::open(file).map_err(broken)?;
    let mut head = Vec::new();
    opened
        .by_ref()
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(broken)?;
    if svg::is_svg(&head) {
        let text = std::fs::read(file).map_err(broken)?;
        let size = drawing(&text)?;
        return Ok(Seen {
            kind: Kind::Svg,
            size,
        });
    }
    let found = imagesize::image_type(&head);
    let kind = found.ok().and_then(Kind::of);
    let kind = kind.ok_or_else(|| "is no image that browsers show".to_owned())?;
    let reader = BufReader::new(File::open(file).map_err(broken)?);
    let size = imagesize::reader_size(reader);
    let size = size.map_err(|_| "is damaged: it does not say how large it is".to_owned())?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let size = Size::new(side(size.width), side(size.height));
    let size = size.ok_or_else(|| "is damaged: it has no size".to_owned())?;
    let size = match kind == Kind::Jpeg && exif::is_on_its_side(&head) {
        true => size.turned(),
        false => size,
    };
    Ok(Seen { kind, size })
}
