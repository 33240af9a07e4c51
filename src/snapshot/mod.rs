//! Everything one build used, as plain files: to build from it anywhere, to keep it beside a release, to
//! see what changed.
//!
//! A snapshot is a folder: `snapshot.json` says where and when it was taken and lists the rest, `answers/`
//! has AEM's answers byte for byte, `assets/` the originals. [`Recorder`] stands between a build and its
//! source and writes down what passes; [`Snapshot`] is a source that has nothing else; [`diff()`] compares
//! two. No credential and no header is in it.

mod diff;
mod recorder;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use diff::{Change, Difference, diff};
pub use recorder::Recorder;

use crate::aem::AssetFile;
use crate::diag::{Diagnostic, Kind, Location};
use crate::secret::Secret;
use crate::source::{
    Answer, AssetBody, Cause, Delivery, Keeper, Request, Source, SourceError, Span, Usage,
};

/// The file that makes a folder a snapshot.
pub const INDEX: &str = "snapshot.json";

/// The format this version reads and writes.
const FORMAT: u32 = 1;

/// The folder of the answers, and that of the assets.
const FOLDERS: [&str; 2] = ["answers", "assets"];

/// What is in a snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Index {
    /// The version of the format.
    format: u32,
    /// The version of frieze that saved it.
    pub frieze: String,
    /// Who was asked: scheme, host and port, or a sandbox's package.
    pub origin: String,
    /// The tier.
    pub tier: String,
    /// When, in seconds since 1970.
    pub taken: u64,
    answers: Vec<KeptAnswer>,
    assets: Vec<KeptAsset>,
}

impl Index {
    /// How many answers there are.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.answers.len()
    }

    /// How many assets there are.
    #[must_use]
    pub fn assets(&self) -> usize {
        self.assets.len()
    }
}

/// What every format has.
#[derive(Deserialize)]
struct Version {
    format: u32,
    frieze: String,
}

/// One answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptAnswer {
    ask: String,
    /// As they were written: a number read and written again may be another one.
    variables: Box<RawValue>,
    /// `None` when there was nothing, and that was an answer.
    body: Option<KeptBody>,
}

/// The body of an answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptBody {
    file: String,
    hash: String,
}

/// One asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptAsset {
    path: String,
    file: String,
    hash: String,
    size: u64,
    content_type: Option<String>,
}

/// A snapshot as a source.
#[derive(Clone, Debug)]
pub struct Snapshot {
    folder: PathBuf,
    index: Index,
    /// Places in `answers`, by question.
    answers: HashMap<String, usize>,
    /// Places in `assets`, by path.
    assets: HashMap<String, usize>,
}

impl Snapshot {
    /// Opens a folder.
    ///
    /// # Errors
    /// When it is not a snapshot, or one in another format.
    pub fn open(folder: &Path) -> Result<Self, Diagnostic> {
        let refuse = |why: String| {
            Diagnostic::error(
                Kind::Config,
                format!("`{}` cannot be used as a snapshot: {why}", folder.display()),
            )
        };
        let text =
            std::fs::read_to_string(folder.join(INDEX)).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => refuse(format!("it has no `{INDEX}`"))
                    .help("make one with `frieze snapshot save DIR`"),
                _ => refuse(error.to_string()),
            })?;
        let damaged = |error: serde_json::Error| refuse(format!("`{INDEX}` is damaged: {error}"));
        // First the number: another format may look different altogether.
        let version: Version = serde_json::from_str(&text).map_err(damaged)?;
        if version.format != FORMAT {
            return Err(
                refuse(format!("its format is {}, not {FORMAT}", version.format))
                    .note(format!("it was saved by frieze {}", version.frieze))
                    .help("save it anew, or use that version"),
            );
        }
        let index: Index = serde_json::from_str(&text).map_err(damaged)?;
        let bodies = index
            .answers
            .iter()
            .filter_map(|answer| answer.body.as_ref());
        if let Some(file) = bodies
            .map(|body| &body.file)
            .chain(index.assets.iter().map(|asset| &asset.file))
            .find(|file| !stays_inside(file))
        {
            return Err(refuse(format!("it names `{file}`, which is not in it")));
        }
        let answers = index.answers.iter().enumerate();
        let answers = answers.map(|(at, kept)| (question(&kept.ask, kept.variables.get()), at));
        let assets = index.assets.iter().enumerate();
        let assets = assets.map(|(at, kept)| (kept.path.clone(), at));
        Ok(Self {
            folder: folder.to_path_buf(),
            answers: answers.collect(),
            assets: assets.collect(),
            index,
        })
    }

    /// What is in it.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    fn read(&self, file: &str, hash: &str) -> Result<Bytes, Cause> {
        let damaged = |why: String| Cause::Damaged(format!("`{file}` {why}"));
        let body = std::fs::read(self.folder.join(file))
            .map_err(|error| damaged(format!("cannot be read: {error}")))?;
        if blake3::hash(&body).to_hex().as_str() != hash {
            return Err(damaged("is not what was saved".to_owned()));
        }
        Ok(Bytes::from(body))
    }

    fn find(&self, request: &Request) -> Result<Answer, Cause> {
        let variables = request.variables.to_json().to_string();
        let question = question(&request.ask.canonical(), &variables);
        let at = self.answers.get(&question);
        let kept = &self.index.answers[*at.ok_or(Cause::NotKept(Keeper::Snapshot))?];
        let Some(body) = &kept.body else {
            return Err(Cause::Nothing(Keeper::Snapshot));
        };
        let envelope = request
            .ask
            .decode(self.read(&body.file, &body.hash)?)
            .map_err(|error| Cause::Damaged(format!("`{}`: {error}", body.file)))?;
        Ok(Answer {
            envelope,
            hash: body.hash.as_str().into(),
            delivery: Delivery::Kept,
            span: Span::ONE_BUILD,
        })
    }

    fn copy(&self, path: &AssetFile, file: &Path) -> Result<AssetBody, Cause> {
        let Some(at) = self.assets.get(&path.to_string()) else {
            // A rendition that was asked for and is not here was not there.
            return Err(match path.is_rendition() {
                true => Cause::Nothing(Keeper::Snapshot),
                false => Cause::NotKept(Keeper::Snapshot),
            });
        };
        let kept = &self.index.assets[*at];
        let body = self.read(&kept.file, &kept.hash)?;
        std::fs::write(file, body).map_err(|error| Cause::Disk(error.to_string()))?;
        Ok(AssetBody {
            hash: kept.hash.clone(),
            size: kept.size,
            content_type: kept.content_type.clone(),
            delivery: Delivery::Kept,
        })
    }
}

impl Source for Snapshot {
    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn tokens(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        let answer = self.find(request).map_err(|cause| SourceError {
            request: request.to_string().into(),
            cause,
        });
        Box::pin(std::future::ready(answer))
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        let body = self.copy(path, file).map_err(|cause| SourceError {
            request: path.to_string().into(),
            cause,
        });
        Box::pin(std::future::ready(body))
    }
}

/// What an answer is found by.
fn question(ask: &str, variables: &str) -> String {
    format!("{ask}\n{variables}")
}

/// Whether a file's name from an index cannot lead out of its folder.
fn stays_inside(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    !file.is_empty() && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
}

/// A folder that cannot be written.
fn unwritable(folder: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(
        Kind::Config,
        format!("the snapshot cannot be written: {why}"),
    )
    .at(Location::file(folder.display().to_string()))
}

#[cfg(test)]
mod tests;
