//! What a delivery URL asks for: the format and the steps from the original to the delivered image.
//!
//! Source: aem-protocol.md, sections 5.9 and 7.1.

/// Longest side of a delivered image, and of a crop; larger numbers are taken as this.
pub(super) const MAX_SIDE: u32 = 4096;
/// Quality where the URL names none. AEM's own default is not documented.
const DEFAULT_QUALITY: u8 = 80;

/// A format images are delivered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Format {
    Jpeg,
    Png,
    Gif,
    WebP,
}

impl Format {
    /// The format of an extension of `_assetTransform`, or of a file.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" | "pjpg" | "bjpg" => Some(Self::Jpeg),
            "png" | "png8" => Some(Self::Png),
            "gif" => Some(Self::Gif),
            "webp" | "webpll" | "webply" => Some(Self::WebP),
            _ => None,
        }
    }

    pub(super) fn of_mime(mime: &str) -> Option<Self> {
        match mime {
            "image/jpeg" | "image/jpg" | "image/pjpeg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            "image/gif" => Some(Self::Gif),
            "image/webp" => Some(Self::WebP),
            _ => None,
        }
    }

    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
        }
    }
}

/// A rectangle of the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Crop {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// How large the image becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Size {
    /// As wide, in proportion; never wider than it is.
    Width(u32),
    /// Exactly as wide and high. Whether AEM keeps the proportions here is unverified.
    Exact(u32, u32),
    /// As large as fits, in proportion; never larger than it is. What renditions do.
    Within(u32, u32),
}

/// The steps from the original, in the order they are taken: crop, rotate, flip, resize.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Transformation {
    pub(super) crop: Option<Crop>,
    /// Quarter turns clockwise.
    pub(super) quarter_turns: u8,
    pub(super) flip_horizontal: bool,
    pub(super) flip_vertical: bool,
    pub(super) size: Option<Size>,
    pub(super) quality: Option<u8>,
}

impl Transformation {
    /// Reads the parameters. The last of several counts; what is unknown or unreadable is ignored.
    pub(super) fn read(query: &str) -> Self {
        let mut asked = Self::default();
        let mut width = None;
        for (name, value) in pairs(query) {
            match name {
                "crop" => asked.crop = crop(&value).or(asked.crop),
                "rotate" => asked.quarter_turns = turns(&value).unwrap_or(asked.quarter_turns),
                "flip" => {
                    if let "h" | "v" | "hv" | "vh" = value.as_str() {
                        asked.flip_horizontal = value.contains('h');
                        asked.flip_vertical = value.contains('v');
                    }
                }
                "size" => asked.size = size(&value).or(asked.size),
                "width" => width = side(&value).or(width),
                "quality" => asked.quality = quality(&value).or(asked.quality),
                _ => {}
            }
        }
        // `width` is ignored when `size` is given.
        asked.size = asked.size.or(width.map(Size::Width));
        asked
    }

    pub(super) fn quality(&self) -> u8 {
        self.quality.unwrap_or(DEFAULT_QUALITY)
    }

    /// Whether the image keeps its pixels and its quality.
    pub(super) fn is_identity(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether `preferwebp` asks for WebP where the client takes it.
pub(super) fn prefers_webp(query: &str) -> bool {
    pairs(query)
        .filter(|(name, _)| *name == "preferwebp")
        .last()
        .is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"))
}

/// Whether an `Accept` header names WebP itself; `image/*` may come from a client that knows no WebP.
pub(super) fn accepts_webp(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("image/webp"));
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|q| q.parse() == Ok(0.0_f32));
        named && !refused
    })
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, String)> {
    query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_encoding::percent_decode_str(value).decode_utf8();
        Some((name, value.ok()?.into_owned()))
    })
}

fn side(value: &str) -> Option<u32> {
    let side: u64 = value.trim().parse().ok()?;
    u32::try_from(side.clamp(1, u64::from(MAX_SIDE))).ok()
}

fn size(value: &str) -> Option<Size> {
    let (width, height) = value.split_once(',')?;
    Some(Size::Exact(side(width)?, side(height)?))
}

fn crop(value: &str) -> Option<Crop> {
    let numbers: Vec<u32> = value
        .split(',')
        .map(|number| number.trim().parse())
        .collect::<Result<_, _>>()
        .ok()?;
    match numbers[..] {
        [x, y, width, height] if width > 0 && height > 0 => Some(Crop {
            x,
            y,
            width,
            height,
        }),
        _ => None,
    }
}

fn turns(value: &str) -> Option<u8> {
    match value {
        "0" => Some(0),
        "90" => Some(1),
        "180" => Some(2),
        "270" => Some(3),
        _ => None,
    }
}

fn quality(value: &str) -> Option<u8> {
    let quality: u32 = value.parse().ok()?;
    u8::try_from(quality.clamp(1, 100)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read() {
        let asked = Transformation::read(
            "preferwebp=true&crop=0,18,1127,845&rotate=90&flip=hv&width=768&quality=70&dpr=2",
        );
        let expected = Transformation {
            crop: Some(Crop {
                x: 0,
                y: 18,
                width: 1127,
                height: 845,
            }),
            quarter_turns: 1,
            flip_horizontal: true,
            flip_vertical: true,
            size: Some(Size::Width(768)),
            quality: Some(70),
        };
        assert_eq!(asked, expected);
        assert!(Transformation::read("preferwebp=true&ck=1").is_identity());
    }

    #[test]
    fn the_last_of_several_counts_and_nonsense_is_ignored() {
        let size = |query| Transformation::read(query).size;
        assert_eq!(size("width=1200&width=400"), Some(Size::Width(400)));
        assert_eq!(size("width=400&width=wide"), Some(Size::Width(400)));
        assert_eq!(size("size=300%2C200"), Some(Size::Exact(300, 200)));
        assert_eq!(size("size=300,200&width=9"), Some(Size::Exact(300, 200)));
        assert_eq!(
            size("width=99999999999999"),
            Some(Size::Width(MAX_SIDE)),
            "bounded"
        );
        assert_eq!(size("width=0"), Some(Size::Width(1)));
        for ignored in [
            "",
            "&&=",
            "width=-1",
            "size=3",
            "crop=1,2,3",
            "crop=0,0,0,5",
            "rotate=45",
            "flip=x",
            "quality=best",
        ] {
            assert!(Transformation::read(ignored).is_identity(), "{ignored}");
        }
        assert_eq!(Transformation::read("quality=900").quality(), 100);
        assert_eq!(Transformation::read("").quality(), 80);
    }

    #[test]
    fn webp_needs_both_sides() {
        assert!(prefers_webp("width=3&preferwebp=true"));
        assert!(!prefers_webp("preferwebp=true&preferwebp=false"));
        assert!(accepts_webp("image/avif, image/webp;q=0.9, */*;q=0.8"));
        for accept in ["", "*/*", "image/*", "image/webp;q=0"] {
            assert!(!accepts_webp(accept), "{accept}");
        }
    }
}
