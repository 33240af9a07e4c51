//! From stored bytes to delivered bytes: decode, crop, rotate, flip, resize, encode.
//!
//! Source: aem-protocol.md, sections 5.9 and 7.1. WebP is written without loss whatever the quality: there is no lossy
//! encoder in pure Rust to rely on.

use super::request::{Crop, Format, MAX_SIDE, Size, Transformation};
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder, ImageReader, ImageResult,
    Limits, Rgb, RgbImage,
};
use std::io::Cursor;

/// Originals larger than this, in pixels of a side or in bytes once decoded, are not decoded.
const MAX_ORIGINAL_SIDE: u32 = 20_000;
const MAX_DECODED: u64 = 512 << 20;

/// Why an image cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransformError {
    #[error(transparent)]
    Image(#[from] image::ImageError),
    #[error(transparent)]
    Resize(#[from] fast_image_resize::ResizeError),
}

/// Makes the image a transformation asks for.
pub(super) fn transform(
    original: &[u8],
    asked: &Transformation,
    format: Format,
) -> Result<Vec<u8>, TransformError> {
    let (mut image, profile) = decode(original)?;
    if let Some(crop) = asked.crop.and_then(|crop| clip(crop, &image)) {
        image = image.crop_imm(crop.x, crop.y, crop.width, crop.height);
    }
    image = match asked.quarter_turns {
        1 => image.rotate90(),
        2 => image.rotate180(),
        3 => image.rotate270(),
        _ => image,
    };
    if asked.flip_horizontal {
        image = image.fliph();
    }
    if asked.flip_vertical {
        image = image.flipv();
    }
    let (width, height) = target(asked.size, image.width(), image.height());
    if (width, height) != (image.width(), image.height()) {
        image = resize(&image, width, height)?;
    }
    Ok(encode(image, format, asked.quality(), profile)?)
}

/// The upright image, and its colour profile where that still fits the pixels.
fn decode(original: &[u8]) -> ImageResult<(DynamicImage, Option<Vec<u8>>)> {
    let mut reader = ImageReader::new(Cursor::new(original)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_ORIGINAL_SIDE);
    limits.max_image_height = Some(MAX_ORIGINAL_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    // Pixels of CMYK files are decoded to RGB, which their profile does not describe.
    let profile = match decoder.original_color_type() {
        ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16 => None,
        _ => decoder.icc_profile().ok().flatten(),
    };
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    // One kind of pixel from here on, and the kind every encoder takes.
    let image = if image.color().has_alpha() {
        DynamicImage::ImageRgba8(image.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    };
    Ok((image, profile))
}

/// The part of a crop that lies in the image; `None` when there is none.
fn clip(crop: Crop, image: &DynamicImage) -> Option<Crop> {
    let width = crop.width.min(image.width().checked_sub(crop.x)?);
    let height = crop.height.min(image.height().checked_sub(crop.y)?);
    (width > 0 && height > 0).then_some(Crop {
        width,
        height,
        ..crop
    })
}

/// Width and height to deliver of an image that is `width` × `height` now.
fn target(size: Option<Size>, width: u32, height: u32) -> (u32, u32) {
    let (wide, high) = match size {
        Some(Size::Exact(wide, high)) => return (wide, high),
        Some(Size::Width(wide)) => (wide, MAX_SIDE),
        Some(Size::Within(wide, high)) => (wide, high),
        None => (MAX_SIDE, MAX_SIDE),
    };
    if width <= wide && height <= high {
        return (width, height);
    }
    let scaled = |side: u32, by: u32, of: u32| {
        // The nearest whole number, at least one. Sides are at most `MAX_SIDE`, so it fits.
        let side = (u64::from(side) * u64::from(by) + u64::from(of) / 2) / u64::from(of);
        u32::try_from(side).unwrap_or(MAX_SIDE).max(1)
    };
    if u64::from(wide) * u64::from(height) <= u64::from(high) * u64::from(width) {
        (wide, scaled(height, wide, width))
    } else {
        (scaled(width, high, height), high)
    }
}

fn resize(image: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage, TransformError> {
    let mut resized = DynamicImage::new(width, height, image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(image, &mut resized, &options)?;
    Ok(resized)
}

fn encode(
    image: DynamicImage,
    format: Format,
    quality: u8,
    profile: Option<Vec<u8>>,
) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        Format::Jpeg => {
            let opaque = DynamicImage::ImageRgb8(on_white(image));
            let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
            write(encoder, &opaque, profile)?;
        }
        Format::Png => write(PngEncoder::new(&mut bytes), &image, profile)?,
        Format::WebP => write(WebPEncoder::new_lossless(&mut bytes), &image, profile)?,
        Format::Gif => {
            let frame = image::Frame::new(image.into_rgba8());
            GifEncoder::new_with_speed(&mut bytes, 10).encode_frame(frame)?;
        }
    }
    Ok(bytes)
}

fn write(
    mut encoder: impl ImageEncoder,
    image: &DynamicImage,
    profile: Option<Vec<u8>>,
) -> ImageResult<()> {
    if let Some(profile) = profile {
        // An encoder without profiles leaves the image as it is, only less exact in colour.
        let _ = encoder.set_icc_profile(profile);
    }
    image.write_with_encoder(encoder)
}

/// JPEG has no transparency: what shines through is white, as AEM's JPEG renditions have it.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0;
        let over = |channel: u8| {
            let mixed = u16::from(channel) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
            u8::try_from((mixed + 127) / 255).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageFormat, Rgba, RgbaImage};

    /// 40 × 20, its left half red and its right half blue.
    fn picture() -> Vec<u8> {
        let image = RgbImage::from_fn(40, 20, |x, _| {
            if x < 20 {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        });
        png(&DynamicImage::ImageRgb8(image))
    }

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        image
            .write_with_encoder(PngEncoder::new(&mut bytes))
            .unwrap();
        bytes
    }

    fn made(query: &str, format: Format) -> DynamicImage {
        let bytes = transform(&picture(), &Transformation::read(query), format).unwrap();
        let kind = match format {
            Format::Jpeg => ImageFormat::Jpeg,
            Format::Png => ImageFormat::Png,
            Format::Gif => ImageFormat::Gif,
            Format::WebP => ImageFormat::WebP,
        };
        image::load_from_memory_with_format(&bytes, kind).unwrap()
    }

    fn side_of(query: &str) -> (u32, u32) {
        let image = made(query, Format::Png);
        (image.width(), image.height())
    }

    fn is_red(image: &DynamicImage, x: u32, y: u32) -> bool {
        let [red, _, blue, _] = image.to_rgba8().get_pixel(x, y).0;
        red > 200 && blue < 60
    }

    #[test]
    fn sizes() {
        assert_eq!(side_of("width=10"), (10, 5));
        assert_eq!(side_of("width=3"), (3, 2), "rounded to the nearest");
        assert_eq!(side_of("width=400"), (40, 20), "never enlarged");
        assert_eq!(side_of("size=30,30"), (30, 30));
        assert_eq!(side_of("crop=10,0,10,20"), (10, 20));
        assert_eq!(side_of("crop=30,10,100,100"), (10, 10), "what lies in it");
        assert_eq!(side_of("crop=90,90,10,10"), (40, 20), "nothing lies in it");
        assert_eq!(side_of("rotate=90"), (20, 40));
        assert_eq!(side_of("rotate=90&width=10"), (10, 20));
        assert_eq!(target(Some(Size::Within(48, 48)), 4000, 1), (48, 1));
        assert_eq!(target(None, 8192, 4096), (MAX_SIDE, 2048));
        assert_eq!(target(Some(Size::Width(100)), 100, 20_000), (20, MAX_SIDE));
    }

    #[test]
    fn pixels_go_where_they_should() {
        assert!(is_red(&made("", Format::Png), 2, 10));
        assert!(!is_red(&made("flip=h", Format::Png), 2, 10));
        assert!(is_red(&made("flip=v", Format::Png), 2, 10));
        assert!(!is_red(&made("rotate=180", Format::Png), 2, 10));
        assert!(
            is_red(&made("rotate=90", Format::Png), 10, 2),
            "left goes up"
        );
        assert!(!is_red(&made("rotate=270", Format::Png), 10, 2));
        assert!(!is_red(&made("crop=20,0,20,20", Format::Png), 2, 10));
    }

    #[test]
    fn every_format_is_written() {
        for format in [Format::Jpeg, Format::Png, Format::Gif, Format::WebP] {
            let image = made("width=20", format);
            assert_eq!((image.width(), image.height()), (20, 10), "{format:?}");
            assert!(is_red(&image, 2, 5), "{format:?}");
        }
    }

    #[test]
    fn jpeg_quality_and_transparency() {
        let noise = RgbaImage::from_fn(64, 64, |x, y| {
            let value = u8::try_from((x * 37 + y * 101) % 256).unwrap();
            Rgba([value, value, value, 0])
        });
        let noise = png(&DynamicImage::ImageRgba8(noise));
        let jpeg = |query| transform(&noise, &Transformation::read(query), Format::Jpeg).unwrap();
        let image = image::load_from_memory(&jpeg("")).unwrap().to_rgb8();
        assert_eq!(image.get_pixel(5, 5).0, [255, 255, 255]);
        let opaque = transform(&picture(), &Transformation::default(), Format::Jpeg).unwrap();
        let coarse = Transformation::read("quality=1");
        let coarse = transform(&picture(), &coarse, Format::Jpeg).unwrap();
        assert!(coarse.len() < opaque.len());
    }

    #[test]
    fn what_is_no_image_is_an_error() {
        for bytes in [&b""[..], b"<svg/>", &picture()[..60]] {
            assert!(transform(bytes, &Transformation::default(), Format::Png).is_err());
        }
    }
}
