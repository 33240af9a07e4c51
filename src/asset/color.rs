//! The colour that a picture has as a whole, for the room that is kept for it.

/// As CSS has it: `#a4b1c0`. `None` where there is none to tell: drawings, pictures that can be seen through, and files
/// that cannot be decoded.
#[cfg(feature = "placeholder")]
pub(super) fn of(file: &std::path::Path) -> Option<String> {
    decoded::mean(file).map(|[red, green, blue]| format!("#{red:02x}{green:02x}{blue:02x}"))
}

/// Without the feature nobody can ask: templates that do are refused.
#[cfg(not(feature = "placeholder"))]
pub(super) fn of(_file: &std::path::Path) -> Option<String> {
    None
}

#[cfg(feature = "placeholder")]
mod decoded {
    use std::path::Path;

    use image::{ImageReader, Limits};

    /// The widest and highest picture that is decoded, in pixels.
    const SIDE: u32 = 20_000;

    /// Memory that decoding may take, in bytes: a small file can claim to be a huge picture.
    const MEMORY: u64 = 256 << 20;

    /// The mean of red, green and blue.
    pub(super) fn mean(file: &Path) -> Option<[u64; 3]> {
        let mut reader = ImageReader::open(file).ok()?.with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE);
        limits.max_image_height = Some(SIDE);
        limits.max_alloc = Some(MEMORY);
        reader.limits(limits);
        let picture = reader.decode().ok()?.into_rgba8();
        let mut sums = [0; 3];
        for pixel in picture.pixels() {
            let [red, green, blue, opacity] = pixel.0;
            if opacity < u8::MAX {
                return None;
            }
            for (sum, part) in sums.iter_mut().zip([red, green, blue]) {
                *sum += u64::from(part);
            }
        }
        let count = u64::from(picture.width()) * u64::from(picture.height());
        (count > 0).then(|| sums.map(|sum| (sum + count / 2) / count))
    }
}

#[cfg(all(test, feature = "placeholder"))]
mod tests {
    use super::of;

    /// A PPM, the simplest format there is, is not among those that browsers show; a BMP nearly is as simple.
    fn bmp(pixels: &[[u8; 3]]) -> Vec<u8> {
        let rows: Vec<u8> = pixels
            .iter()
            .flat_map(|[red, green, blue]| [*blue, *green, *red, 0])
            .collect();
        let mut file = b"BM".to_vec();
        let word = |file: &mut Vec<u8>, value: u32| file.extend(value.to_le_bytes());
        for value in [54 + rows.len() as u32, 0, 54, 40, 1, pixels.len() as u32] {
            word(&mut file, value);
        }
        file.extend([1, 0, 24, 0]);
        for value in [0, rows.len() as u32, 0, 0, 0, 0] {
            word(&mut file, value);
        }
        file.extend(rows);
        file
    }

    #[test]
    fn a_picture_has_the_mean_of_its_pixels() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        std::fs::write(&file, bmp(&[[255, 10, 0], [0, 21, 0]])).unwrap();
        assert_eq!(of(&file).as_deref(), Some("#801000"));
        std::fs::write(&file, bmp(&[[1, 2, 3]; 4])).unwrap();
        assert_eq!(of(&file).as_deref(), Some("#010203"));
    }

    #[test]
    fn what_cannot_be_decoded_has_none() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        let mut huge = bmp(&[[1, 2, 3]]);
        huge[18..22].copy_from_slice(&2_000_000_u32.to_le_bytes());
        for bytes in [&b"<svg/>"[..], b"", &huge] {
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(of(&file), None);
        }
        assert_eq!(of(&dir.path().join("nothing")), None);
    }
}
