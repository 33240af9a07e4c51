//! Whether a JPEG lies on its side: cameras say in Exif how they were held, and browsers turn the picture.

/// Whether what is shown is as wide as the file says it is high. `head` is the beginning of the file.
pub(super) fn is_on_its_side(head: &[u8]) -> bool {
    orientation(head).is_some_and(|orientation| (5..=8).contains(&orientation))
}

/// The tag 0x0112 of the first directory (Exif 2.3, section 4.6).
fn orientation(head: &[u8]) -> Option<u16> {
    const MARK: &[u8] = b"Exif\0\0";
    let start = memchr::memmem::find(head, MARK)? + MARK.len();
    let tiff = Tiff {
        bytes: head.get(start..)?,
        is_little: head.get(start..start + 2)? == b"II",
    };
    let directory = usize::try_from(tiff.long(4)?).ok()?;
    let count = usize::from(tiff.short(directory)?);
    let entries = (0..count).map(|at| directory + 2 + 12 * at);
    let mut found = entries.filter(|entry| tiff.short(*entry) == Some(0x0112));
    tiff.short(found.next()? + 8)
}

struct Tiff<'b> {
    bytes: &'b [u8],
    is_little: bool,
}

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self.is_little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self.is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG's beginning with that orientation.
    fn head(little: bool, orientation: u16) -> Vec<u8> {
        let short = |n: u16| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let long = |n: u32| {
            if little {
                n.to_le_bytes()
            } else {
                n.to_be_bytes()
            }
        };
        let mut bytes = b"\xff\xd8\xff\xe1\0\x40Exif\0\0".to_vec();
        bytes.extend(if little { b"II" } else { b"MM" });
        bytes.extend(short(42));
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, value) in [(0x010f, 1), (0x0112, orientation)] {
            bytes.extend(short(tag));
            bytes.extend(short(3));
            bytes.extend(long(1));
            bytes.extend(short(value));
            bytes.extend(short(0));
        }
        bytes
    }

    #[test]
    fn a_camera_says_how_it_was_held() {
        for little in [true, false] {
            for (orientation, expected) in [(1, false), (3, false), (5, true), (6, true), (8, true)]
            {
                let head = head(little, orientation);
                assert_eq!(is_on_its_side(&head), expected, "{orientation}");
                for cut in 0..head.len() {
                    assert!(!is_on_its_side(&head[..cut.min(head.len() - 4)]));
                }
            }
        }
        assert!(!is_on_its_side(b"Exif\0\0II*\0\xff\xff\xff\xff"));
    }
}
