//! `[assets]`: where the pictures and files of the site are, and which images are made of a picture.

use url::Url;

use super::Aem;
use super::aem::Origin;
use crate::aem::{ImageFormat, Tier};
use crate::diag::{Diagnostic, Kind};
use crate::table::{Table, Text};

/// The widest image that is asked for, in pixels.
const WIDEST: u64 = 10_000;

/// Widths of one picture at most: each is a file for every picture.
const MOST: usize = 20;

/// What is done with assets of AEM.
#[derive(Clone, Debug, PartialEq)]
pub struct Assets {
    /// Where visitors get them.
    pub mode: AssetMode,
    /// Widths of a picture's images in pixels, from narrow to wide.
    pub widths: Vec<u32>,
    /// Formats of a picture's images besides its own, the best first.
    pub formats: Vec<ImageFormat>,
    /// What a picture is that AEM does not have.
    pub on_missing: OnMissing,
    /// Renditions that stand beside an original of which AEM makes no images, by file name.
    pub renditions: Vec<String>,
    /// Other hosts that images may come from: scheme, host and port.
    pub hosts: Vec<String>,
}

/// Where visitors get assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssetMode {
    /// From the site, which has copies.
    Download,
    /// From this host of AEM: scheme, host and port.
    Link(String),
}

/// What a picture is that AEM does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnMissing {
    /// An error.
    #[default]
    Fail,
    /// A grey area, and a warning.
    Placeholder,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            mode: AssetMode::Download,
            widths: vec![480, 960, 1600],
            formats: vec![ImageFormat::WebP],
            on_missing: OnMissing::default(),
            renditions: vec!["cq5dam.web.1280.1280.jpeg".to_owned()],
            hosts: Vec::new(),
        }
    }
}

impl Assets {
    /// Scheme, host and port of an image that is not on AEM's host, if it may come from there. `host` may
    /// have a port.
    #[must_use]
    pub fn allowed(&self, host: &str) -> Option<&str> {
        let is = |origin: &&String| {
            let own = origin.split_once("://").map(|(_, own)| own);
            own.is_some_and(|own| own.eq_ignore_ascii_case(host))
        };
        self.hosts.iter().find(is).map(String::as_str)
    }
}

/// Reads the table, if there is one.
pub(super) fn read(table: Option<&Table<'_>>, aem: Option<&Aem>) -> Assets {
    let default = Assets::default();
    let delivery = aem.and_then(delivery_host);
    let Some(table) = table else {
        return Assets {
            hosts: delivery.into_iter().collect(),
            ..default
        };
    };
    let on_missing = table.word("on_missing", &["fail", "placeholder"]);
    let hosts = table.strings("hosts").unwrap_or_default();
    let hosts = hosts.iter().filter_map(|text| read_host(table, text));
    Assets {
        mode: read_mode(table, aem),
        widths: read_widths(table).unwrap_or(default.widths),
        formats: read_formats(table).unwrap_or(default.formats),
        on_missing: match on_missing {
            Some(word) if word.value == "placeholder" => OnMissing::Placeholder,
            _ => OnMissing::Fail,
        },
        renditions: read_renditions(table).unwrap_or(default.renditions),
        hosts: hosts.chain(delivery).collect(),
    }
}

fn read_mode(table: &Table<'_>, aem: Option<&Aem>) -> AssetMode {
    let mode = table.word("mode", &["download", "link"]);
    let (Some(mode), Some(aem)) = (mode.filter(|mode| mode.value == "link"), aem) else {
        return AssetMode::Download;
    };
    if let Some(host) = visited(aem) {
        return AssetMode::Link(host.origin().ascii_serialization());
    }
    let reader = table.reader();
    let refusal = Diagnostic::error(
        Kind::Config,
        "`assets.mode = \"link\"` needs a host that visitors can reach",
    )
    .at(reader.place(&mode));
    reader.push(match aem.origin {
        Origin::Sandbox(_) => refusal
            .note("the embedded sandbox ends with the build")
            .help("use `mode = \"download\"` with the sandbox, or name `publish` in `[aem]`"),
        Origin::Host(_) => refusal
            .note("the author service is not for visitors")
            .help("name `publish` in `[aem]`, or use `mode = \"download\"`"),
    });
    AssetMode::Download
}

/// The host that visitors may get assets from.
fn visited(aem: &Aem) -> Option<&Url> {
    let host = |tier| aem.hosts.iter().find(|(own, _)| *own == tier);
    let host = match (&aem.origin, aem.tier) {
        (Origin::Sandbox(_), _) => None,
        (Origin::Host(_), Tier::Author) => host(Tier::Publish),
        (Origin::Host(_), tier) => host(tier),
    };
    host.map(|(_, url)| url)
}

/// The host of Dynamic Media that belongs to a publish host of AEM as a Cloud Service (section 7.3).
fn delivery_host(aem: &Aem) -> Option<String> {
    let (_, publish) = aem.hosts.iter().find(|(tier, _)| *tier == Tier::Publish)?;
    let host = publish.host_str()?.strip_prefix("publish-")?;
    let is_cloud = host.ends_with(".adobeaemcloud.com");
    is_cloud.then(|| format!("https://delivery-{host}"))
}

fn read_host(table: &Table<'_>, text: &Text) -> Option<String> {
    if text.incomplete {
        return None;
    }
    let url = Url::parse(&text.value).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.path() == "/"
            && url.query().is_none()
            && url.username().is_empty()
    });
    if url.is_none() {
        let reader = table.reader();
        reader.push(
            Diagnostic::error(
                Kind::Config,
                "`assets.hosts` holds something that is no host",
            )
            .at(reader.place(text))
            .help(
                "write scheme and host, such as \"https://delivery-p123-e456.adobeaemcloud.com\"",
            ),
        );
    }
    url.map(|url| url.origin().ascii_serialization())
}

fn read_widths(table: &Table<'_>) -> Option<Vec<u32>> {
    let mut widths = table.integers("widths", 1..=WIDEST)?;
    widths.sort_unstable();
    widths.dedup();
    let problem = match widths.len() {
        0 => Some("`assets.widths` must name at least one width".to_owned()),
        1..=MOST => None,
        _ => Some(format!("`assets.widths` may name {MOST} widths at most")),
    };
    if let Some(problem) = problem {
        table.reader().push(
            Diagnostic::error(Kind::Config, problem)
                .at(table.place("widths"))
                .note("each is a file for every picture")
                .help("name the widths in pixels, such as `[480, 960, 1600]`"),
        );
        return None;
    }
    let narrow = |width| u32::try_from(width).unwrap_or(u32::MAX);
    Some(widths.into_iter().map(narrow).collect())
}

fn read_formats(table: &Table<'_>) -> Option<Vec<ImageFormat>> {
    let mut formats = Vec::new();
    for text in table.strings("formats")? {
        match ImageFormat::from_name(&text.value) {
            Some(format) if !formats.contains(&format) => formats.push(format),
            Some(_) => {}
            None => {
                let names = ImageFormat::NAMES.map(|name| format!("\"{name}\""));
                let reader = table.reader();
                reader.push(
                    Diagnostic::error(
                        Kind::Config,
                        "`assets.formats` holds something that is no format",
                    )
                    .at(reader.place(&text))
                    .note("it names formats besides the picture's own, which is always there")
                    .help(format!(
                        "AEM delivers {}; `[]` asks for none",
                        names.join(", ")
                    )),
                );
            }
        }
    }
    Some(formats)
}

fn read_renditions(table: &Table<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for text in table.strings("renditions")? {
        let name = &text.value;
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '?', '#']) {
            let reader = table.reader();
            reader.push(
                Diagnostic::error(
                    Kind::Config,
                    "`assets.renditions` holds something that is no file name",
                )
                .at(reader.place(&text))
                .help("name files below an asset's `renditions`, such as \"cq5dam.web.1280.1280.jpeg\""),
            );
        } else {
            names.push(name.clone());
        }
    }
    Some(names)
}
