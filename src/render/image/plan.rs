//! Which images of a picture are wanted, and what the page can say about them already.

use tera::{Error, TeraResult};

use super::super::{Site, reads};
use super::options::{Images, Options, Placeholder, Shape};
use super::source::{Picture, Source};
use crate::aem::{AssetFile, AssetPath, Crop, ImageFormat, ImageUrl, Rendering, Service, Size};
use crate::asset::{Candidate, Pictures};
use crate::config::AssetMode;
use crate::route::encode_path;

/// What is to be written.
pub(super) struct Element {
    /// What a browser may take instead, the first that it can show.
    pub(super) sources: Vec<Choice>,
    /// What it takes else.
    pub(super) image: Set,
}

/// Images for some screens, or for some browsers.
pub(super) struct Choice {
    pub(super) media: Option<String>,
    /// The format they were asked for in.
    pub(super) is_format: bool,
    pub(super) set: Set,
}

/// Images that differ in nothing but their width. All texts are as they stand in the page, escaping aside.
pub(super) struct Set {
    /// The widest.
    pub(super) src: String,
    /// Absent where there is no choice.
    pub(super) srcset: Option<Srcset>,
    /// Pixels of the widest, where they are known.
    pub(super) size: Option<(String, String)>,
    pub(super) media_type: Option<String>,
    /// Its colour as CSS has it, where that can be known.
    pub(super) color: Option<String>,
}

pub(super) struct Srcset {
    pub(super) images: String,
    /// How wide they are shown.
    pub(super) sizes: String,
}

/// Decides.
pub(super) fn element(site: &Site, source: &Source, options: &Options) -> TeraResult<Element> {
    let mut sources = Vec::new();
    for art in &options.sources {
        let source = art.source.as_ref().unwrap_or(source);
        let (formats, own) = sets(site, source, &art.images)?;
        sources.extend(formats.into_iter().map(|set| Choice {
            media: Some(art.media.clone()),
            is_format: true,
            set,
        }));
        sources.push(Choice {
            media: Some(art.media.clone()),
            is_format: false,
            set: own,
        });
    }
    let (formats, mut image) = sets(site, source, &options.images)?;
    let known = formats.first().and_then(|set| set.color.clone());
    image.color = known.or(image.color);
    sources.extend(formats.into_iter().map(|set| Choice {
        media: None,
        is_format: true,
        set,
    }));
    Ok(Element { sources, image })
}

/// The images in each further format, and those in the picture's own.
fn sets(site: &Site, source: &Source, images: &Images) -> TeraResult<(Vec<Set>, Set)> {
    let picture = match source {
        Source::Static(src) => return Ok((Vec::new(), of_static(site, src, images)?)),
        Source::Aem(picture) => picture,
    };
    match made(picture, images)? {
        Some(made) => Ok(match &site.config.assets.mode {
            AssetMode::Download => downloaded(site, &made, images),
            AssetMode::Link(host) => linked(host, &made, images),
        }),
        None => {
            let path = picture.path.as_ref().ok_or_else(|| no_file(picture))?;
            Ok((
                Vec::new(),
                match &site.config.assets.mode {
                    AssetMode::Download => stored(site, picture, path, images),
                    AssetMode::Link(host) => Set {
                        src: format!("{host}{}", path.request_path()),
                        srcset: None,
                        size: picture.size.map(texts),
                        media_type: None,
                        color: None,
                    },
                },
            ))
        }
    }
}

fn no_file(picture: &Picture) -> Error {
    Error::message(format!(
        "{} can only be shown as it is stored; select `_path` in the query",
        picture.name()
    ))
}

fn texts(size: Size) -> (String, String) {
    (size.width.to_string(), size.height.to_string())
}

fn of_static(site: &Site, src: &str, images: &Images) -> TeraResult<Set> {
    let route = reads::static_file(site, src).map_err(Error::message)?;
    let (size, _) = site.statics.picture(src).map_err(Error::message)?;
    let color = match images.placeholder {
        Placeholder::Color => site.statics.color(src).map(str::to_owned),
        Placeholder::Room => None,
    };
    Ok(Set {
        src: site.config.base_url.url(&encode_path(&route)),
        srcset: None,
        size: Some(texts(size)),
        media_type: None,
        color,
    })
}

/// A picture of which a service makes images.
struct Made {
    url: ImageUrl,
    crop: Option<Crop>,
    /// How large the part is that is shown, where that is known.
    natural: Option<Size>,
}

impl Made {
    /// The widths worth asking for: nothing wider than what is there.
    fn widths(&self, wanted: &[u32]) -> Vec<u32> {
        let Some(natural) = self.natural else {
            return wanted.to_vec();
        };
        let mut widths: Vec<u32> = wanted
            .iter()
            .map(|width| *width.min(&natural.width))
            .collect();
        widths.dedup();
        widths
    }

    fn image(&self, width: u32, format: Option<ImageFormat>, quality: Option<u8>) -> ImageUrl {
        self.url.with(&Rendering {
            width: Some(width),
            format,
            crop: self.crop.clone(),
            quality,
        })
    }

    /// How large an image of that width is.
    fn size_at(&self, width: u32) -> Option<Size> {
        self.natural.map(|natural| natural.at_width(width))
    }
}

/// Where images of a picture are made, if they are.
fn made(picture: &Picture, images: &Images) -> TeraResult<Option<Made>> {
    if picture.stays_whole() && picture.path.is_some() {
        return Ok(None);
    }
    if let Shape::Named(name) = &images.shape {
        return named(picture, name).map(Some);
    }
    let Some(url) = picture.delivery.as_ref().or(picture.classic.as_ref()) else {
        return Ok(None);
    };
    let natural = url.natural(picture.size);
    let (crop, natural) = match &images.shape {
        Shape::Whole | Shape::Named(_) => (None, natural),
        Shape::Rectangle(x, y, size) => {
            let crop = Crop::Rectangle {
                x: *x,
                y: *y,
                size: *size,
            };
            (Some(crop), Some(*size))
        }
        Shape::Ratio(ratio) => {
            let (crop, size) = middle(picture, url, *ratio)?;
            (Some(crop), Some(size))
        }
    };
    Ok(Some(Made {
        url: url.clone(),
        crop,
        natural,
    }))
}

/// The largest rectangle of these proportions, in the middle.
fn middle(picture: &Picture, url: &ImageUrl, ratio: Size) -> TeraResult<(Crop, Size)> {
    let whole = picture.size.map(|size| (0, 0, size));
    let Some((left, top, within)) = url.own_crop().or(whole) else {
        return Err(Error::message(format!(
            "`ratio` of `image()` needs to know how large {} is; select `width` and `height` in the query",
            picture.name()
        )));
    };
    let wide = ratio.at_width(within.width);
    let size = match wide.height <= within.height {
        true => wide,
        false => ratio.turned().at_width(within.height).turned(),
    };
    let crop = Crop::Rectangle {
        x: left + (within.width - size.width.min(within.width)) / 2,
        y: top + (within.height - size.height.min(within.height)) / 2,
        size,
    };
    Ok((crop, size))
}

/// A smart crop, which only Dynamic Media has.
fn named(picture: &Picture, name: &str) -> TeraResult<Made> {
    let open = |url: &&ImageUrl| url.service() == Service::OpenApi;
    let url = picture
        .delivery
        .as_ref()
        .filter(open)
        .or(picture.classic.as_ref());
    let Some(url) = url else {
        return Err(Error::message(format!(
            "{} has no smart crop `{name}`: those come with Dynamic Media; select `_dmS7Url` and `_smartCrops` \
             in the query, or give `crop` as `[left, top, width, height]`",
            picture.name()
        )));
    };
    let known = &picture.smart_crops;
    let found = known.iter().find(|crop| crop.name == name);
    if found.is_none() && !known.is_empty() {
        let names: Vec<&str> = known.iter().map(|crop| crop.name.as_str()).collect();
        return Err(Error::message(format!(
            "{} has no smart crop `{name}`; it has {}",
            picture.name(),
            names.join(", ")
        )));
    }
    Ok(Made {
        url: url.clone(),
        crop: Some(Crop::Named(name.to_owned())),
        natural: found.and_then(|crop| crop.size),
    })
}

/// Images that the site will have itself.
fn downloaded(site: &Site, made: &Made, images: &Images) -> (Vec<Set>, Set) {
    let widths = made.widths(&images.widths);
    let widest = widths.last().copied().unwrap_or(1);
    let set = |widths: &[u32], format| {
        let candidates = widths.iter().map(|width| Candidate {
            file: AssetFile::Delivered(made.image(*width, format, images.quality)),
            required: true,
        });
        let sizes = Some(images.sizes.clone()).filter(|_| widths.len() > 1 || format.is_some());
        let pictures = Pictures {
            candidates: candidates.collect(),
            size: made.size_at(widest),
            // The first format has all widths, the smallest of which is the quickest to look at.
            colored: images.placeholder == Placeholder::Color
                && format == images.formats.first().copied(),
        };
        wish(site, pictures, sizes)
    };
    let formats: Vec<Set> = images
        .formats
        .iter()
        .map(|format| set(&widths, Some(*format)))
        .collect();
    // Browsers that know none of the formats are few and old: one image will do for them.
    let own = match formats.is_empty() {
        true => set(&widths, None),
        false => set(&[widest], None),
    };
    (formats, own)
}

/// A picture as it is stored, with renditions beside it.
fn stored(site: &Site, picture: &Picture, path: &AssetPath, images: &Images) -> Set {
    let mut candidates = Vec::new();
    if !picture.stays_whole() {
        let names = site.config.assets.renditions.iter();
        let smaller = names.filter(|name| picture.size.is_none_or(|size| !fits(size, name)));
        let renditions = smaller
            .filter_map(|name| AssetPath::parse(&format!("{path}/_jcr_content/renditions/{name}")));
        candidates.extend(renditions.map(|rendition| Candidate {
            file: rendition.into(),
            required: false,
        }));
    }
    candidates.push(Candidate {
        file: path.clone().into(),
        required: true,
    });
    let sizes = Some(images.sizes.clone()).filter(|_| candidates.len() > 1);
    let pictures = Pictures {
        candidates,
        size: picture.size,
        colored: images.placeholder == Placeholder::Color,
    };
    wish(site, pictures, sizes)
}

/// Whether a picture fits into a standard rendition, which is then no smaller: `cq5dam.web.1280.1280.jpeg`.
fn fits(size: Size, rendition: &str) -> bool {
    let mut parts = rendition.rsplit('.').skip(1);
    let mut side = || parts.next()?.parse::<u32>().ok();
    match (side(), side()) {
        (Some(height), Some(width)) => size.width <= width && size.height <= height,
        _ => false,
    }
}

/// Asks for images, and gives what stands for them.
fn wish(site: &Site, pictures: Pictures, sizes: Option<String>) -> Set {
    let is_colored = pictures.colored;
    let wish = reads::pictures(site, pictures);
    let text = |stand_in: crate::asset::StandIn| stand_in.as_str().to_owned();
    Set {
        src: text(wish.src),
        srcset: sizes.map(|sizes| Srcset {
            images: text(wish.srcset),
            sizes,
        }),
        size: Some((text(wish.width), text(wish.height))),
        media_type: Some(text(wish.media_type)),
        color: is_colored.then(|| text(wish.color)),
    }
}

/// Images that stay with AEM.
fn linked(host: &str, made: &Made, images: &Images) -> (Vec<Set>, Set) {
    let widths = made.widths(&images.widths);
    let set = |format: Option<ImageFormat>| {
        let url = |width: u32| {
            let image = made.image(width, format, images.quality);
            format!("{}{}", image.origin().unwrap_or(host), image.target())
        };
        let widest = widths.last().copied().unwrap_or(1);
        let listed = widths
            .iter()
            .map(|width| format!("{} {width}w", url(*width)));
        Set {
            src: url(widest),
            srcset: Some(Srcset {
                images: listed.collect::<Vec<_>>().join(", "),
                sizes: images.sizes.clone(),
            }),
            size: made.size_at(widest).map(texts),
            media_type: format.map(|format| format.media_type().to_owned()),
            color: None,
        }
    };
    // AEM sends this format to those who know it, and another to others, at one address (section 7.1).
    if made.url.service() == Service::WebOptimized {
        return (Vec::new(), set(images.formats.first().copied()));
    }
    let formats = images.formats.iter().map(|format| set(Some(*format)));
    (formats.collect(), set(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn nothing_is_made_wider_than_it_is() {
        let made = |natural| Made {
            url: ImageUrl::parse("/adobe/dynamicmedia/deliver/dm-aid--1/a.jpg").unwrap(),
            crop: None,
            natural,
        };
        let wanted = [480, 960, 1600];
        assert_eq!(made(None).widths(&wanted), wanted);
        assert_eq!(made(Some(size(4000, 10))).widths(&wanted), wanted);
        assert_eq!(made(Some(size(960, 10))).widths(&wanted), [480, 960]);
        assert_eq!(made(Some(size(700, 10))).widths(&wanted), [480, 700]);
        assert_eq!(made(Some(size(7, 10))).widths(&wanted), [7]);
    }

    #[test]
    fn a_ratio_is_the_largest_rectangle_in_the_middle() {
        let crop = |whole, ratio, query: &str| {
            let picture = Picture {
                size: whole,
                ..Picture::default()
            };
            let url = format!("/adobe/dynamicmedia/deliver/dm-aid--1/a.jpg{query}");
            let url = ImageUrl::parse(&url).unwrap();
            match middle(&picture, &url, ratio).unwrap() {
                (Crop::Rectangle { x, y, size }, _) => (x, y, size.width, size.height),
                (Crop::Named(_), _) => panic!("a rectangle was asked for"),
            }
        };
        let whole = Some(size(1600, 1000));
        assert_eq!(crop(whole, size(1, 1), ""), (300, 0, 1000, 1000));
        assert_eq!(crop(whole, size(16, 9), ""), (0, 50, 1600, 900));
        assert_eq!(
            crop(None, size(1, 2), "?crop=100,50,200,100"),
            (175, 50, 50, 100)
        );
    }

    #[test]
    fn standard_renditions_say_how_large_they_are() {
        assert!(fits(size(1280, 700), "cq5dam.web.1280.1280.jpeg"));
        assert!(!fits(size(1281, 700), "cq5dam.web.1280.1280.jpeg"));
        assert!(!fits(size(8, 7), "web-optimized-large.webp"));
    }
}
