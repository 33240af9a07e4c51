//! The arguments of `image()`, but for the picture itself.

use tera::{Error, Kwargs, TeraResult, Value};

use super::super::Site;
use super::source::{Source, member};
use crate::aem::{ImageFormat, Size};

/// How a picture is shown.
#[derive(Clone, Debug)]
pub(in super::super) struct Options {
    /// What it says to those who do not see it; empty where it is decoration.
    pub(in super::super) alt: String,
    /// Which images of it are wanted.
    pub(in super::super) images: Images,
    /// Other images for other screens, the first that fits wins.
    pub(in super::super) sources: Vec<ArtDirection>,
    /// Attributes of the `<img>`, as they are given.
    pub(in super::super) attributes: Vec<(&'static str, String)>,
}

/// Which images are wanted.
#[derive(Clone, Debug)]
pub(in super::super) struct Images {
    /// Pixels, from narrow to wide.
    pub(in super::super) widths: Vec<u32>,
    /// Besides the picture's own, the best first.
    pub(in super::super) formats: Vec<ImageFormat>,
    /// How wide it is shown, as in HTML.
    pub(in super::super) sizes: String,
    /// Which part of it.
    pub(in super::super) shape: Shape,
    /// 1 to 100.
    pub(in super::super) quality: Option<u8>,
    /// What holds their place until one of them is there.
    pub(in super::super) placeholder: Placeholder,
}

/// What holds the place of a picture until it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Placeholder {
    /// Room.
    #[default]
    Room,
    /// Room in the picture's own colour.
    Color,
}

/// Which part of a picture is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) enum Shape {
    /// All of it.
    #[default]
    Whole,
    /// The middle, in these proportions.
    Ratio(Size),
    /// A rectangle of the original: left, top, and how large.
    Rectangle(u32, u32, Size),
    /// A smart crop of AEM's.
    Named(String),
}

/// What is shown on some screens.
#[derive(Clone, Debug)]
pub(in super::super) struct ArtDirection {
    /// On which: a media query.
    pub(in super::super) media: String,
    /// Another picture, where it is not the same.
    pub(in super::super) source: Option<Source>,
    /// Which images of it.
    pub(in super::super) images: Images,
}

/// The members of one of `sources`.
const MEMBERS: [&str; 8] = [
    "media", "src", "widths", "sizes", "formats", "ratio", "crop", "quality",
];

impl Images {
    /// What the site's configuration says.
    pub(in super::super) fn standard(site: &Site) -> Self {
        let assets = &site.config.assets;
        Self {
            widths: assets.widths.clone(),
            formats: assets.formats.clone(),
            sizes: "100vw".to_owned(),
            shape: Shape::Whole,
            quality: None,
            placeholder: Placeholder::Room,
        }
    }

    /// With what is given; what is not stays.
    fn with(self, given: &Given<'_>) -> TeraResult<Self> {
        let shape = given.shape()?;
        Ok(Self {
            widths: given.widths()?.unwrap_or(self.widths),
            formats: given.formats()?.unwrap_or(self.formats),
            sizes: given.text("sizes")?.unwrap_or(self.sizes),
            shape: shape.unwrap_or(self.shape),
            quality: given.quality()?.or(self.quality),
            placeholder: given.placeholder()?,
        })
    }
}

impl Options {
    /// A picture with everything as the site's configuration says.
    pub(in super::super) fn standard(site: &Site, alt: Option<String>) -> Self {
        Self {
            alt: alt.unwrap_or_default(),
            images: Images::standard(site),
            sources: Vec::new(),
            attributes: vec![
                ("loading", "lazy".to_owned()),
                ("decoding", "async".to_owned()),
            ],
        }
    }

    /// Reads the arguments.
    pub(super) fn read(site: &Site, kwargs: &Kwargs) -> TeraResult<Self> {
        let find = |name: &str| {
            let found = kwargs.iter().find(|(key, _)| key.as_str() == Some(name));
            found.map(|(_, value)| value)
        };
        let given = Given {
            find: &find,
            of: "`image()`",
        };
        let images = Images::standard(site).with(&given)?;
        let mut sources = Vec::new();
        if let Some(list) = given.get("sources") {
            let list = list
                .as_array()
                .ok_or_else(|| given.wrong("sources", "a list of maps"))?;
            for entry in list {
                sources.push(ArtDirection::read(site, entry, &images)?);
            }
        }
        let words: [(&'static str, &[&str], Option<&str>); 3] = [
            ("loading", &["lazy", "eager"], Some("lazy")),
            ("decoding", &["async", "sync", "auto"], Some("async")),
            ("fetchpriority", &["high", "low", "auto"], None),
        ];
        let mut attributes = Vec::new();
        if let Some(class) = given.text("class")? {
            attributes.push(("class", class));
        }
        for (name, known, default) in words {
            match given.text(name)? {
                Some(word) if known.contains(&word.as_str()) => attributes.push((name, word)),
                Some(word) => {
                    return Err(Error::message(format!(
                        "`{name}` of `image()` is {word:?}; it may be {}",
                        known.join(", ")
                    )));
                }
                None => attributes.extend(default.map(|word| (name, word.to_owned()))),
            }
        }
        Ok(Self {
            alt: alt(find("alt"))?,
            images,
            sources,
            attributes,
        })
    }
}

/// Those who cannot see a picture need to know what it shows, or that it shows nothing they miss.
fn alt(given: Option<&Value>) -> TeraResult<String> {
    let what = match given {
        None => "`image()` needs the argument `alt`",
        Some(value) => match value.as_str() {
            Some(text) => return Ok(text.to_owned()),
            None if value.is_undefined() => {
                "`alt` of `image()` is absent: the item has no such field"
            }
            None if value.is_none() => {
                "`alt` of `image()` is null: the item has no alternative text"
            }
            None => "`alt` of `image()` is not a text",
        },
    };
    Err(Error::message(format!(
        "{what}; write what the picture shows, or `alt=\"\"` where it is decoration"
    )))
}

impl ArtDirection {
    fn read(site: &Site, entry: &Value, images: &Images) -> TeraResult<Self> {
        let of = "an entry of `sources`";
        let map = entry.as_map().ok_or_else(|| {
            Error::message("`sources` of `image()` must be a list of maps, such as `[{\"media\": \"(max-width: 40em)\", \"ratio\": \"1:1\"}]`")
        })?;
        for (key, _) in map {
            let name = key.as_str().unwrap_or_default();
            if !MEMBERS.contains(&name) {
                return Err(Error::message(format!(
                    "{of} of `image()` has no member `{name}`; it has {}",
                    MEMBERS.join(", ")
                )));
            }
        }
        let find = |name: &str| member(entry, name);
        let given = Given { find: &find, of };
        let media = given
            .text("media")?
            .filter(|media| !media.trim().is_empty());
        let source = given.get("src");
        Ok(Self {
            media: media.ok_or_else(|| {
                Error::message(format!("{of} of `image()` needs the member `media`"))
            })?,
            source: source
                .map(|src| Source::read(site, Some(src)))
                .transpose()?,
            images: images.clone().with(&given)?,
        })
    }
}

/// Arguments, or members of a map.
struct Given<'a> {
    find: &'a dyn Fn(&str) -> Option<&'a Value>,
    /// Whose they are, in messages.
    of: &'static str,
}

impl<'a> Given<'a> {
    /// What is there and not null.
    fn get(&self, name: &str) -> Option<&'a Value> {
        (self.find)(name).filter(|value| !value.is_none() && !value.is_undefined())
    }

    fn wrong(&self, name: &str, expected: &str) -> Error {
        Error::message(format!("`{name}` of {} must be {expected}", self.of))
    }

    fn text(&self, name: &str) -> TeraResult<Option<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let read = |value| text(value).ok_or_else(|| self.wrong(name, "a text"));
        self.get(name).map(read).transpose()
    }

    fn placeholder(&self) -> TeraResult<Placeholder> {
        match self.text("placeholder")?.as_deref() {
            None => Ok(Placeholder::Room),
            Some("color") if cfg!(feature = "placeholder") => Ok(Placeholder::Color),
            Some("color") => Err(Error::message(
                "`placeholder` of `image()` needs a frieze with the feature `placeholder`, which decodes pictures; \
                 install it with `--features placeholder` or `--features full`",
            )),
            Some(_) => Err(self.wrong("placeholder", "\"color\"")),
        }
    }

    fn widths(&self) -> TeraResult<Option<Vec<u32>>> {
        let wrong = || self.wrong("widths", "a list of pixels, such as `[480, 960]`");
        let Some(list) = self.get("widths") else {
            return Ok(None);
        };
        let width = |value: &Value| {
            let width = value.as_u64().and_then(|width| u32::try_from(width).ok());
            width.filter(|width| (1..=10_000).contains(width))
        };
        let widths = list.as_array().ok_or_else(wrong)?.iter().map(width);
        let mut widths = widths.collect::<Option<Vec<u32>>>().ok_or_else(wrong)?;
        widths.sort_unstable();
        widths.dedup();
        match widths.is_empty() {
            true => Err(wrong()),
            false => Ok(Some(widths)),
        }
    }

    fn formats(&self) -> TeraResult<Option<Vec<ImageFormat>>> {
        let names = ImageFormat::NAMES
            .map(|name| format!("{name:?}"))
            .join(", ");
        let expected = format!("a list of formats besides the picture's own: {names}, or `[]`");
        let wrong = || self.wrong("formats", &expected);
        let Some(list) = self.get("formats") else {
            return Ok(None);
        };
        let format = |value: &Value| ImageFormat::from_name(value.as_str()?);
        let formats = list.as_array().ok_or_else(wrong)?.iter().map(format);
        let mut formats = formats.collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
        formats.dedup();
        Ok(Some(formats))
    }

    fn quality(&self) -> TeraResult<Option<u8>> {
        let Some(value) = self.get("quality") else {
            return Ok(None);
        };
        let quality = value
            .as_u64()
            .and_then(|quality| u8::try_from(quality).ok());
        let quality = quality.filter(|quality| (1..=100).contains(quality));
        quality
            .map(Some)
            .ok_or_else(|| self.wrong("quality", "a whole number from 1 to 100"))
    }

    fn shape(&self) -> TeraResult<Option<Shape>> {
        match (self.get("ratio"), self.get("crop")) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(Error::message(format!(
                "`ratio` and `crop` of {} say the same in two ways; take one of them",
                self.of
            ))),
            (Some(ratio), None) => {
                let wrong =
                    || self.wrong("ratio", "two numbers such as \"16:9\", or one such as 1.5");
                proportions(ratio)
                    .map(|ratio| Some(Shape::Ratio(ratio)))
                    .ok_or_else(wrong)
            }
            (None, Some(crop)) => {
                let wrong = || {
                    self.wrong(
                        "crop",
                        "the name of a smart crop, or `[left, top, width, height]`",
                    )
                };
                rectangle(crop).map(Some).ok_or_else(wrong)
            }
        }
    }
}

/// `"16:9"`, `"16/9"`, or a number.
fn proportions(value: &Value) -> Option<Size> {
    const FINE: u32 = 1_000;
    let side = |text: &str| {
        text.trim()
            .parse::<u32>()
            .ok()
            .filter(|side| *side <= 10_000)
    };
    if let Some(text) = value.as_str() {
        let (width, height) = text.split_once(':').or_else(|| text.split_once('/'))?;
        return Size::new(side(width)?, side(height)?);
    }
    let ratio = value
        .as_f64()
        .filter(|ratio| (0.01..=100.0).contains(ratio))?;
    let width = format!("{:.0}", ratio * f64::from(FINE)).parse().ok()?;
    Size::new(width, FINE)
}

fn rectangle(value: &Value) -> Option<Shape> {
    if let Some(name) = value.as_str() {
        return (!name.trim().is_empty()).then(|| Shape::Named(name.to_owned()));
    }
    let numbers = value
        .as_array()?
        .iter()
        .map(|number| u32::try_from(number.as_u64()?).ok());
    match numbers.collect::<Option<Vec<u32>>>()?[..] {
        [x, y, width, height] => Some(Shape::Rectangle(x, y, Size::new(width, height)?)),
        _ => None,
    }
}
