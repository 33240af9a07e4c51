//! The asset step: everything pages asked for, each file downloaded once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::stream::{self, StreamExt};

use super::color;
use super::image::{self, Seen};
use super::name::SafeName;
use super::pictures::{Candidate, Image, Wish, offered};
use super::{Asked, FINGERPRINT, Need, Replacements, fingerprint_of, placeholder, svg};
use crate::aem::{AssetFile, Size};
use crate::artifact::{Artifact, ArtifactKind, Body, OutputPath, OutputPathError, Provenance};
use crate::config::{Config, OnMissing};
use crate::diag::{Diagnostic, Diagnostics, Kind, Warned};
use crate::explain::{Subject, explain, explain_stale};
use crate::progress::{Progress, Stage};
use crate::source::{AssetBody, Delivery, Source, SourceError};

/// Downloads prepared at once; how many are really in flight is the source's to bound. As with queries, one
/// that is waited for holds back those behind it.
const AHEAD: usize = 512;

/// What CSS has in the place of a colour where there is none.
pub(super) const NO_COLOR: &str = "none";

/// Failures of AEM after which the rest is not asked for: one in trouble is left alone.
const LISTED: usize = 5;

/// Downloads files into `folder` and hands those that pages refer to to `done` as artifacts.
///
/// # Errors
/// Every file that could not be had, or that is not what its name says.
pub async fn fetch(
    source: &dyn Source,
    config: &Config,
    asked: &Asked,
    folder: &Path,
    progress: &dyn Progress,
    done: impl FnMut(Artifact) -> Result<(), Diagnostics>,
) -> Result<Warned<Replacements>, Diagnostics> {
    progress.start(Stage::Assets, Some(asked.len() as u64));
    let mut step = Step {
        config,
        found: Diagnostics::new(),
        had: BTreeMap::new(),
    };
    let downloads = stream::iter(asked.files.iter().enumerate())
        .map(|(number, (wanted, need))| async move {
            let file = folder.join(number.to_string());
            let body = source.asset(wanted, &file).await;
            (wanted, *need, file, body)
        })
        // In their own order, so that reports do not depend on the network.
        .buffered(AHEAD);
    let mut downloads = std::pin::pin!(downloads);
    let mut remote = 0;
    while let Some((wanted, need, file, body)) = downloads.next().await {
        progress.advance(Stage::Assets, 1);
        match body {
            Ok(body) => step.had(wanted, need, file, &body),
            Err(error) => {
                remote += usize::from(step.missed(wanted, need, &error) == Some(Kind::Remote));
                if remote >= LISTED {
                    break;
                }
            }
        }
    }
    if step.found.has_errors() {
        return Err(step.found);
    }
    progress.finish(Stage::Assets);
    let replacements = step.stage(asked, done)?;
    step.found.finish(replacements)
}

/// What is known while files come.
struct Step<'a> {
    config: &'a Config,
    found: Diagnostics,
    had: BTreeMap<&'a AssetFile, Had>,
}

/// A file that was downloaded.
struct Had {
    file: PathBuf,
    hash: String,
    /// What it shows, where it is an image for a picture.
    seen: Option<Seen>,
}

impl<'a> Step<'a> {
    /// Notes a file that came, if it is what it should be.
    fn had(&mut self, wanted: &'a AssetFile, need: Need, file: PathBuf, body: &AssetBody) {
        let subject = Subject::asset(&wanted.to_string());
        if let Delivery::Stale { age, cause } = &body.delivery {
            let stale = explain_stale(&subject, *age, (**cause).clone(), &self.config.aem);
            self.found.push_merged(stale);
        }
        let seen = match need.pictured {
            true => image::look(&file).map(Some),
            false => svg::check_file(&file, body.content_type.as_deref(), wanted.file_name())
                .map(|()| None),
        };
        match seen {
            Ok(seen) => {
                let hash = body.hash.clone();
                self.had.insert(wanted, Had { file, hash, seen });
            }
            Err(why) => self.found.push(unfit(wanted, &why)),
        }
    }

    /// Says what is to be said about a file that did not come; the kind of the error, where it is one.
    fn missed(&mut self, wanted: &AssetFile, need: Need, error: &SourceError) -> Option<Kind> {
        let is_missing = error.cause.misses();
        if is_missing && !need.named && !need.required {
            return None;
        }
        let problem = explain(
            &Subject::asset(&wanted.to_string()),
            error,
            &self.config.aem,
        );
        if is_missing && !need.named && self.config.assets.on_missing == OnMissing::Placeholder {
            self.found.push_merged(placeholder::warning(problem));
            return None;
        }
        let kind = problem.kind;
        self.found.push_merged(problem);
        Some(kind)
    }

    /// Hands on what pages refer to, and says what belongs into them.
    fn stage(
        &mut self,
        asked: &Asked,
        mut done: impl FnMut(Artifact) -> Result<(), Diagnostics>,
    ) -> Result<Replacements, Diagnostics> {
        let mut replacements = Replacements::default();
        // Two assets with one name and one content are one file.
        let mut taken = BTreeSet::new();
        let mut hand = |path: OutputPath, body: Body, item: String| match taken.insert(path.clone())
        {
            true => done(Artifact {
                path,
                body,
                kind: ArtifactKind::Asset,
                provenance: Provenance {
                    item: Some(Arc::from(item)),
                    ..Provenance::default()
                },
            }),
            false => Ok(()),
        };
        for (wanted, had) in &self.had {
            if asked.files.get(wanted).is_some_and(|need| need.named) {
                let fingerprint = had.hash[..FINGERPRINT].to_owned();
                replacements.insert(fingerprint_of(wanted), fingerprint);
                let path = place(SafeName::of(wanted.file_name()), &had.hash, wanted)?;
                hand(path, Body::File(had.file.clone()), wanted.to_string())?;
            }
        }
        for (candidates, known) in &asked.pictures {
            let images = offered(self.images(candidates)?);
            let images = if images.is_empty() {
                vec![
                    placeholder::image(known.size)
                        .map_err(|why| unusable("a missing picture", &why))?,
                ]
            } else {
                images
            };
            for image in &images {
                hand(image.output.clone(), image.body.clone(), image.item.clone())?;
            }
            let wish = Wish::of(candidates);
            self.fill(&mut replacements, &wish, &images);
            if known.colored {
                replacements.insert(wish.color, color_of(&images));
            }
        }
        Ok(replacements)
    }

    /// Those images of a picture that came.
    fn images(&self, candidates: &[Candidate]) -> Result<Vec<Image>, Diagnostics> {
        let mut images = Vec::new();
        for Candidate { file, .. } in candidates {
            let had = self.had.get(file);
            if let Some((had, seen)) = had.and_then(|had| Some((had, had.seen?))) {
                let name = SafeName::of(file.asset_name()).with_extension(seen.kind.extension());
                images.push(Image {
                    output: place(name, &had.hash, file)?,
                    seen,
                    body: Body::File(had.file.clone()),
                    item: file.to_string(),
                });
            }
        }
        Ok(images)
    }

    fn fill(&self, replacements: &mut Replacements, wish: &Wish, images: &[Image]) {
        let url = |image: &Image| self.config.base_url.url(&format!("/{}", image.output));
        let Some(widest) = images.last() else {
            return;
        };
        let Size { width, height } = widest.seen.size;
        let listed = images
            .iter()
            .map(|image| format!("{} {}w", url(image), image.seen.size.width));
        replacements.insert(wish.srcset, listed.collect::<Vec<_>>().join(", "));
        replacements.insert(wish.src, url(widest));
        replacements.insert(wish.width, width.to_string());
        replacements.insert(wish.height, height.to_string());
        replacements.insert(wish.media_type, widest.seen.kind.media_type().to_owned());
    }
}

/// The colour of a picture's images, told by the smallest.
fn color_of(images: &[Image]) -> String {
    let color = images.first().and_then(|image| match &image.body {
        Body::File(file) => color::of(file),
        Body::Bytes(_) => None,
    });
    color.unwrap_or_else(|| NO_COLOR.to_owned())
}

/// The place of a file in the output. Names are made safe, so a failure would be a mistake here.
fn place(name: SafeName, hash: &str, wanted: &AssetFile) -> Result<OutputPath, Diagnostics> {
    name.output(hash)
        .map_err(|why| unusable(&format!("the asset {wanted}"), &why))
}

fn unusable(what: &str, why: &OutputPathError) -> Diagnostics {
    Diagnostic::error(Kind::Content, format!("{what} has no usable name: {why}")).into()
}

/// A file that came, and cannot be part of the site.
pub(super) fn unfit(wanted: &AssetFile, why: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(Kind::Content, format!("the asset {wanted} {why}"));
    match why.starts_with("is an SVG") {
        true => diagnostic
            .note("it would be served from the address of the site, where such a file can act as the site")
            .help("save it as a plain drawing, without scripts, handlers and references to other files, and upload that to AEM"),
        false => diagnostic.help("see in AEM what the asset is; other files than images are linked to with `asset()`"),
    }
}
