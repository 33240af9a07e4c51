//! Addresses of image delivery, and the images that can be asked for there (section 7).
//!
//! Three services make images of assets: AEM's own web-optimised delivery (`_dynamicUrl`), Dynamic Media
//! with OpenAPI, and Dynamic Media classic. An address says which; [`ImageUrl::with`] asks for another
//! image of the same asset in that service's words.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// Where a relative address is thought to be while it is taken apart. No such host exists (RFC 2606).
const HERE: &str = "https://aem.invalid";

/// Width and height in pixels; neither is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// `None` where a side is 0.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Option<Self> {
        (width > 0 && height > 0).then_some(Self { width, height })
    }

    /// The same proportions at another width.
    #[must_use]
    pub fn at_width(self, width: u32) -> Self {
        let height = u64::from(width) * u64::from(self.height) + u64::from(self.width) / 2;
        let height = u32::try_from(height / u64::from(self.width)).unwrap_or(u32::MAX);
        Self {
            width,
            height: height.max(1),
        }
    }

    /// The same on its side.
    #[must_use]
    pub fn turned(self) -> Self {
        Self {
            width: self.height,
            height: self.width,
        }
    }
}

/// A format that is asked for instead of the picture's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImageFormat {
    /// WebP, the one that every service delivers.
    WebP,
}

impl ImageFormat {
    /// The names in configuration and templates.
    pub const NAMES: [&'static str; 1] = ["webp"];

    /// The format of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == "webp").then_some(Self::WebP)
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::WebP => "image/webp",
        }
    }
}

/// A part of the picture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Crop {
    /// A rectangle of the original, in its pixels.
    Rectangle {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// How large.
        size: Size,
    },
    /// A smart crop, by the name it has in AEM.
    Named(String),
}

/// The image that is wanted; what is absent stays as the address has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendering {
    /// Pixels.
    pub width: Option<u32>,
    /// Instead of the picture's own.
    pub format: Option<ImageFormat>,
    /// Of the original.
    pub crop: Option<Crop>,
    /// 1 to 100.
    pub quality: Option<u8>,
}

/// Who makes the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// AEM's web-optimised delivery (section 7.1).
    WebOptimized,
    /// Dynamic Media with OpenAPI (section 7.3).
    OpenApi,
    /// Dynamic Media classic, once Scene7 (section 7.3).
    Classic,
}

/// The address of an image at one of the services.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageUrl {
    /// Scheme, host and port; absent where it is the host that answers queries.
    origin: Option<Arc<str>>,
    service: Service,
    /// Percent-encoded.
    path: String,
    /// As they stand in the address.
    parameters: Vec<(String, String)>,
}

impl ImageUrl {
    /// Reads an address: a path on AEM's host, or one with a host. `None` where none of the services
    /// answers at such a path.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let here = Url::parse(HERE).ok()?;
        let url = here.join(text).ok()?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none();
        let origin = url.origin().ascii_serialization();
        let origin = (origin != HERE).then(|| Arc::from(origin));
        let service = service(url.path(), origin.is_some()).filter(|_| is_plain)?;
        let pairs = url.query().unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty());
        let parameters = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        });
        Some(Self {
            origin,
            service,
            path: url.path().to_owned(),
            parameters: parameters.collect(),
        })
    }

    /// Scheme, host and port, where it is not the host that answers queries.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The same address on the host that answers queries.
    #[must_use]
    pub fn at_home(self) -> Self {
        Self {
            origin: None,
            ..self
        }
    }

    /// Who answers.
    #[must_use]
    pub fn service(&self) -> Service {
        self.service
    }

    /// Path and query.
    #[must_use]
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (at, (name, value)) in self.parameters.iter().enumerate() {
            target.push(if at == 0 { '?' } else { '&' });
            target.push_str(name);
            if !value.is_empty() {
                target.push('=');
                target.push_str(value);
            }
        }
        target
    }

    /// How wide the image is that is asked for, where the address says so.
    #[must_use]
    pub fn asked_width(&self) -> Option<u32> {
        let own = self.own_size().map(|size| size.width);
        let name = match self.service {
            Service::WebOptimized | Service::OpenApi => "width",
            Service::Classic => "wid",
        };
        own.or_else(|| self.get(name)?.parse().ok())
    }

    /// The format that is asked for, where that is not the picture's own.
    #[must_use]
    pub fn asked_format(&self) -> Option<ImageFormat> {
        let is_webp = match self.service {
            Service::WebOptimized => self.get("preferwebp") == Some("true"),
            Service::OpenApi => self.path.ends_with(".webp"),
            Service::Classic => self.get("fmt") == Some("webp"),
        };
        is_webp.then_some(ImageFormat::WebP)
    }

    /// The last segment of the path.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// What can be decoded by whoever asks, as far as the address leaves that open.
    #[must_use]
    pub fn accept(&self) -> &'static str {
        match self.get("preferwebp") {
            Some("true") => "image/webp,image/*;q=0.8,*/*;q=0.5",
            _ => "*/*",
        }
    }

    /// The rectangle of the original that the address asks for by itself.
    #[must_use]
    pub fn own_crop(&self) -> Option<(u32, u32, Size)> {
        let numbers = numbers(self.get("crop")?)?;
        let [x, y, width, height] = numbers[..] else {
            return None;
        };
        Some((x, y, Size::new(width, height)?))
    }

    /// How large the image is that the address stands for, of an original of that size.
    #[must_use]
    pub fn natural(&self, original: Option<Size>) -> Option<Size> {
        let cropped = self.own_crop().map(|(_, _, size)| size).or(original);
        let turned = match self.get("rotate") {
            Some("90" | "270") => cropped.map(Size::turned),
            _ => cropped,
        };
        match self.own_size() {
            Some(size) => Some(size),
            None => turned,
        }
    }

    /// `size=w,h`, which wins over `width` (section 5.9).
    fn own_size(&self) -> Option<Size> {
        match numbers(self.get("size")?)?[..] {
            [width, height] => Size::new(width, height),
            _ => None,
        }
    }

    /// The address of another image of the same asset.
    #[must_use]
    pub fn with(&self, wanted: &Rendering) -> Self {
        match self.service {
            Service::WebOptimized => self.web_optimized(wanted),
            Service::OpenApi => self.open_api(wanted),
            Service::Classic => self.classic(wanted),
        }
    }

    fn web_optimized(&self, wanted: &Rendering) -> Self {
        let mut url = self.clone();
        // In the order in which AEM writes them.
        if wanted.format == Some(ImageFormat::WebP) {
            url.parameters.retain(|(name, _)| name != "preferwebp");
            let webp = ("preferwebp".to_owned(), "true".to_owned());
            url.parameters.insert(0, webp);
        } else {
            // Two formats are two images: the other one is for those who do not know this one.
            url.parameters.retain(|(name, _)| name != "preferwebp");
        }
        if let Some(Crop::Rectangle { x, y, size }) = &wanted.crop {
            let crop = format!("{x},{y},{},{}", size.width, size.height);
            url.set("crop", crop);
            url.parameters.retain(|(name, _)| name != "size");
        }
        if let Some(quality) = wanted.quality {
            url.set("quality", quality.to_string());
        }
        if let Some(width) = wanted.width {
            match url.own_size() {
                Some(own) => {
                    let size = own.at_width(width);
                    url.parameters.retain(|(name, _)| name != "width");
                    url.set("size", format!("{},{}", size.width, size.height));
                }
                None => url.set("width", width.to_string()),
            }
        }
        url
    }

    fn open_api(&self, wanted: &Rendering) -> Self {
        let mut url = self.clone();
        let (base, name) = url.path.split_once("/as/").unwrap_or((&url.path, "image"));
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "jpg"));
        let extension = match wanted.format {
            Some(ImageFormat::WebP) => "webp",
            None => extension,
        };
        url.path = format!("{}/as/{stem}.{extension}", base.trim_end_matches('/'));
        match &wanted.crop {
            Some(Crop::Rectangle { x, y, size }) => {
                url.set("crop", format!("{x},{y},{},{}", size.width, size.height));
            }
            Some(Crop::Named(name)) => url.set("smartcrop", encoded(name)),
            None => {}
        }
        if let Some(quality) = wanted.quality {
            url.set("quality", quality.to_string());
        }
        if let Some(width) = wanted.width {
            url.set("width", width.to_string());
        }
        url
    }

    fn classic(&self, wanted: &Rendering) -> Self {
        let mut url = self.clone();
        match &wanted.crop {
            Some(Crop::Rectangle { x, y, size }) => {
                url.set("crop", format!("{x},{y},{},{}", size.width, size.height));
            }
            Some(Crop::Named(name)) => {
                let name = encoded(name);
                url.path = format!("{}:{name}", url.path);
            }
            None => {}
        }
        if wanted.format == Some(ImageFormat::WebP) {
            url.set("fmt", "webp".to_owned());
        }
        if let Some(quality) = wanted.quality {
            url.set("qlt", quality.to_string());
        }
        if let Some(width) = wanted.width {
            url.set("wid", width.to_string());
        }
        url
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().rev().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a parameter in the place where it stands, once.
    fn set(&mut self, name: &str, value: String) {
        let place = self.parameters.iter().position(|(own, _)| own == name);
        self.parameters.retain(|(own, _)| own != name);
        let place = place.unwrap_or(self.parameters.len());
        self.parameters.insert(place, (name.to_owned(), value));
    }
}

impl fmt::Display for ImageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.origin.as_deref().unwrap_or_default())?;
        f.write_str(&self.target())
    }
}

/// Who answers at a path. On AEM's own host that is one of its services only.
fn service(path: &str, is_elsewhere: bool) -> Option<Service> {
    if path.starts_with("/adobe/assets/") {
        Some(Service::OpenApi)
    } else if path.starts_with("/adobe/") {
        Some(Service::WebOptimized)
    } else if is_elsewhere && path.starts_with("/is/image/") {
        Some(Service::Classic)
    } else {
        None
    }
}

fn numbers(text: &str) -> Option<Vec<u32>> {
    let text = text.replace("%2C", ",").replace("%2c", ",");
    let numbers = text.split(',').map(|number| number.trim().parse().ok());
    numbers.collect()
}

fn encoded(name: &str) -> String {
    super::encode::segment(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOWL: &str =
        "/adobe/dynamicmedia/deliver/dm-aid--dd23cd1b-0000-4000-8000-2b2b0cab9841/bowl.jpg";

    fn with(url: &str, wanted: &Rendering) -> String {
        ImageUrl::parse(url).unwrap().with(wanted).to_string()
    }

    fn wide(width: u32) -> Rendering {
        Rendering {
            width: Some(width),
            ..Rendering::default()
        }
    }

    #[test]
    fn an_address_says_what_is_asked_for() {
        let hosted = "https://x.example.com";
        let open = format!("{hosted}/adobe/assets/urn:aaid:aem:1/as/a.jpg");
        let classic = format!("{hosted}/is/image/acme/bowl");
        for url in [BOWL, &open, &classic] {
            let url = ImageUrl::parse(url).unwrap();
            assert_eq!((url.asked_width(), url.asked_format()), (None, None));
            let webp = url.with(&Rendering {
                format: Some(ImageFormat::WebP),
                ..wide(480)
            });
            assert_eq!(webp.asked_width(), Some(480), "{webp}");
            assert_eq!(webp.asked_format(), Some(ImageFormat::WebP), "{webp}");
        }
        let sized = ImageUrl::parse(&format!("{BOWL}?size=300,200&width=9")).unwrap();
        assert_eq!(sized.asked_width(), Some(300));
    }

    #[test]
    fn parameters_are_set_once_and_in_their_places() {
        assert_eq!(with(BOWL, &wide(480)), format!("{BOWL}?width=480"));
        let own = format!("{BOWL}?preferwebp=true&width=1000&quality=80&width=2");
        assert_eq!(
            with(&own, &wide(480)),
            format!("{BOWL}?width=480&quality=80")
        );
        let webp = Rendering {
            format: Some(ImageFormat::WebP),
            quality: Some(70),
            crop: Some(Crop::Rectangle {
                x: 0,
                y: 18,
                size: Size::new(1127, 845).unwrap(),
            }),
            ..wide(768)
        };
        let url = ImageUrl::parse(&own).unwrap().with(&webp);
        assert_eq!(
            url.to_string(),
            format!("{BOWL}?preferwebp=true&width=768&quality=70&crop=0,18,1127,845")
        );
        assert_eq!(url.accept(), "image/webp,image/*;q=0.8,*/*;q=0.5");
        assert_eq!(url.file_name(), "bowl.jpg");
    }

    #[test]
    fn a_size_of_its_own_is_scaled() {
        let own = format!("{BOWL}?crop=10,20,900,300&size=600,200&rotate=90");
        let url = ImageUrl::parse(&own).unwrap();
        assert_eq!(url.own_crop().map(|(x, y, _)| (x, y)), Some((10, 20)));
        assert_eq!(url.natural(None), Size::new(600, 200));
        assert_eq!(
            with(&own, &wide(300)),
            format!("{BOWL}?crop=10,20,900,300&size=300,100&rotate=90")
        );
        let turned = ImageUrl::parse(&format!("{BOWL}?rotate=270")).unwrap();
        assert_eq!(turned.natural(Size::new(4, 3)), Size::new(3, 4));
    }

    #[test]
    fn other_services_have_other_words() {
        let urn = "https://delivery-p1-e2.adobeaemcloud.com/adobe/assets/urn:aaid:aem:1f";
        let webp = Rendering {
            format: Some(ImageFormat::WebP),
            crop: Some(Crop::Named("Hero wide".into())),
            ..wide(480)
        };
        assert_eq!(
            with(urn, &webp),
            format!("{urn}/as/image.webp?smartcrop=Hero%20wide&width=480")
        );
        assert_eq!(
            with(&format!("{urn}/as/bowl.png?quality=9"), &wide(9)),
            format!("{urn}/as/bowl.png?quality=9&width=9")
        );
        let classic = "https://s7d1.scene7.com/is/image/larch/bowl";
        assert_eq!(
            with(classic, &webp),
            format!("{classic}:Hero%20wide?fmt=webp&wid=480")
        );
    }

    #[test]
    fn other_addresses_are_none() {
        for wrong in [
            "",
            "bowl.jpg",
            "/content/dam/x.jpg",
            "/adobe/../bin/x",
            "/is/image/x",
            "https://elsewhere.example/x.jpg",
            "https://user:pass@elsewhere.example/adobe/assets/x",
            "ftp://elsewhere.example/adobe/assets/x",
            "data:image/png,x",
        ] {
            assert_eq!(ImageUrl::parse(wrong), None, "{wrong}");
        }
        let elsewhere = ImageUrl::parse("//elsewhere.example/adobe/assets/x y").unwrap();
        assert_eq!(elsewhere.origin(), Some("https://elsewhere.example"));
        assert_eq!(elsewhere.target(), "/adobe/assets/x%20y");
    }

    #[test]
    fn heights_follow_widths() {
        let size = Size::new(1600, 1067).unwrap();
        assert_eq!(size.at_width(480), Size::new(480, 320).unwrap());
        assert_eq!(size.at_width(1), Size::new(1, 1).unwrap());
    }
}
