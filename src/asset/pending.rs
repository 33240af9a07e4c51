//! Files of AEM that a page shows and nobody has fetched: what a page can say about them before.
//!
//! In a preview nothing is fetched before a browser asks. So a page has addresses that stand for files ([`StandIn`]), and of
//! pictures what is known without their bytes: expected sizes, and the widths that were asked for.

use super::name::SafeName;
use super::pictures::{Candidate, Wish};
use super::{Asked, Known, Need, Replacements, StandIn, fingerprint_of, has_stand_in};
use crate::aem::{AssetFile, Size};
use crate::config::{Config, OnMissing};

/// A file that a browser may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingFile {
    /// Which.
    pub file: AssetFile,
    /// Whether it is shown as a picture.
    pub is_picture: bool,
    /// What is shown in its place if AEM does not have it.
    pub instead: Instead,
}

/// What is shown in the place of a file that AEM does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Nothing.
    Nothing,
    /// Another image of the picture, which may be expected to have this size.
    File(AssetFile, Option<Size>),
    /// A grey area, of this size if it is known.
    Area(Option<Size>),
}

impl Instead {
    /// What is shown where no image of a picture is there.
    #[must_use]
    pub fn area(config: &Config, size: Option<Size>) -> Self {
        match config.assets.on_missing {
            OnMissing::Placeholder => Self::Area(size),
            OnMissing::Fail => Self::Nothing,
        }
    }
}

/// The files of one page.
#[derive(Debug, Default)]
pub struct Pending {
    files: Vec<(StandIn, PendingFile)>,
    replacements: Replacements,
}

/// What can be said about files that were asked for.
#[must_use]
pub fn pending(asked: &Asked, config: &Config) -> Pending {
    let mut pending = Pending::default();
    for (file, need) in asked.files.iter().filter(|(_, need)| need.named) {
        pending.add(file, *need, Instead::Nothing);
    }
    for (candidates, known) in &asked.pictures {
        pending.picture(candidates, *known, config);
    }
    pending
}

impl Pending {
    /// The files, by what stands for their fingerprints.
    #[must_use]
    pub fn files(&self) -> &[(StandIn, PendingFile)] {
        &self.files
    }

    /// A page with what is known of its files; and whether it holds an address that was changed after it was given.
    #[must_use]
    pub fn fill(&self, page: &[u8]) -> (Vec<u8>, bool) {
        let (filled, _) = self.replacements.apply(page);
        let mut rest = Replacements::default();
        for (stand_in, _) in &self.files {
            rest.insert(*stand_in, String::new());
        }
        let (without, _) = rest.apply(&filled);
        (filled, has_stand_in(&without))
    }

    fn add(&mut self, file: &AssetFile, need: Need, instead: Instead) {
        let file = PendingFile {
            file: file.clone(),
            is_picture: need.pictured,
            instead,
        };
        self.files.push((fingerprint_of(&file.file), file));
    }

    fn picture(&mut self, candidates: &[Candidate], known: Known, config: &Config) {
        let Some(main) = main(candidates) else {
            return;
        };
        for candidate in candidates {
            let need = Need {
                pictured: true,
                ..Need::default()
            };
            let instead = match candidate.file == *main {
                true => Instead::area(config, known.size),
                false => Instead::File(main.clone(), known.size),
            };
            self.add(&candidate.file, need, instead);
        }
        let url = |file: &AssetFile| config.base_url.url(&format!("/{}", name(file)));
        let size = |side: fn(Size) -> u32| match known.size {
            Some(size) => side(size).to_string(),
            // No number: a browser does without.
            None => "auto".to_owned(),
        };
        let wish = Wish::of(candidates);
        let mut say = |word, text| self.replacements.insert(word, text);
        say(wish.src, url(main));
        say(wish.srcset, srcset(candidates, main, known.size, url));
        say(wish.width, size(|size| size.width));
        say(wish.height, size(|size| size.height));
        say(wish.media_type, media_type(main).to_owned());
        say(wish.color, super::fetch::NO_COLOR.to_owned());
    }
}

/// The image of a picture that is there in any case, or else the last.
fn main(candidates: &[Candidate]) -> Option<&AssetFile> {
    let required = candidates.iter().rfind(|candidate| candidate.required);
    required
        .or(candidates.last())
        .map(|candidate| &candidate.file)
}

/// The images whose widths are known.
fn srcset(
    candidates: &[Candidate],
    main: &AssetFile,
    size: Option<Size>,
    url: impl Fn(&AssetFile) -> String,
) -> String {
    let mut listed: Vec<(u32, String)> = Vec::new();
    for Candidate { file, .. } in candidates {
        if let Some(width) = file.expected_width(size)
            && listed.iter().all(|(known, _)| *known != width)
        {
            listed.push((width, url(file)));
        }
    }
    listed.sort_unstable();
    if listed.is_empty() {
        return url(main);
    }
    let listed = listed.iter().map(|(width, url)| format!("{url} {width}w"));
    listed.collect::<Vec<_>>().join(", ")
}

/// The route of a file without its slash, with a stand-in for its fingerprint.
fn name(file: &AssetFile) -> String {
    let name = SafeName::of(file.asset_name());
    let extension = media_type(file).strip_prefix("image/");
    let name = match extension.filter(|_| file.expected_format().is_some()) {
        Some(extension) => name.with_extension(extension),
        None => name,
    };
    name.with_fingerprint(fingerprint_of(file).as_str())
}

/// What the file will probably be.
fn media_type(file: &AssetFile) -> &'static str {
    if let Some(format) = file.expected_format() {
        return format.media_type();
    }
    let extension = SafeName::of(file.file_name()).extension;
    match extension.as_deref() {
        Some("png") => "image/png",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("avif") => "image/avif",
        Some("svg") => "image/svg+xml",
        _ => "image/jpeg",
    }
}
