//! Writes down what a source says.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use serde_json::value::RawValue;
use tempfile::TempDir;

use super::{FOLDERS, FORMAT, INDEX, Index, KeptAnswer, KeptAsset, KeptBody, question, unwritable};
use crate::aem::AssetFile;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::query::Ask;
use crate::secret::Secret;
use crate::source::{Answer, AssetBody, Cause, Request, Source, SourceError, Usage};

/// A source that answers like another one and writes down what passes, beside the folder where the snapshot
/// will be.
pub struct Recorder<'s> {
    source: &'s dyn Source,
    folder: PathBuf,
    staging: TempDir,
    kept: Mutex<Kept>,
}

/// Sorted, so that equal content gives equal snapshots whatever order the answers came in.
#[derive(Default)]
struct Kept {
    answers: BTreeMap<String, KeptAnswer>,
    assets: BTreeMap<String, KeptAsset>,
}

impl<'s> Recorder<'s> {
    /// Gets ready to make `folder` a snapshot.
    ///
    /// # Errors
    /// When something is in it that is not a snapshot, or the folder it is in cannot be written.
    pub fn new(source: &'s dyn Source, folder: &Path) -> Result<Self, Diagnostic> {
        check_free(folder)?;
        let staging = beside(folder)
            .and_then(|staging| {
                for name in FOLDERS {
                    std::fs::create_dir(staging.path().join(name))?;
                }
                Ok(staging)
            })
            .map_err(|error| unwritable(folder, &error.to_string()))?;
        Ok(Self {
            source,
            folder: folder.to_path_buf(),
            staging,
            kept: Mutex::default(),
        })
    }

    /// Puts the snapshot into its place.
    ///
    /// # Errors
    /// When that cannot be done; an earlier snapshot is then left as it was.
    pub fn finish(self, origin: &str, tier: &str) -> Result<Index, Diagnostic> {
        let kept = self
            .kept
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let taken = SystemTime::now().duration_since(UNIX_EPOCH);
        let index = Index {
            format: FORMAT,
            frieze: env!("CARGO_PKG_VERSION").to_owned(),
            origin: origin.to_owned(),
            tier: tier.to_owned(),
            taken: taken.unwrap_or_default().as_secs(),
            answers: kept.answers.into_values().collect(),
            assets: kept.assets.into_values().collect(),
        };
        let put = || -> io::Result<()> {
            let json = serde_json::to_string_pretty(&index)?;
            std::fs::write(self.staging.path().join(INDEX), json + "\n")?;
            open_to_others(self.staging.path())?;
            swap(self.staging.path(), &self.folder)?;
            // Nothing is there any more to be removed with it.
            let _ = self.staging.keep();
            Ok(())
        };
        put().map_err(|error| unwritable(&self.folder, &error.to_string()))?;
        Ok(index)
    }

    fn keep_answer(&self, request: &Request, answer: Option<&Answer>) -> io::Result<()> {
        let variables = RawValue::from_string(request.variables.to_json().to_string())?;
        let ask = request.ask.canonical();
        let question = question(&ask, variables.get());
        let keep = |answer: &Answer| {
            let file = format!("answers/{}-{}.json", readable(&request.ask), id(&question));
            std::fs::write(self.staging.path().join(&file), answer.envelope.body())?;
            let hash = blake3::hash(answer.envelope.body()).to_hex().to_string();
            Ok::<_, io::Error>(KeptBody { file, hash })
        };
        let kept = KeptAnswer {
            ask,
            variables,
            body: answer.map(keep).transpose()?,
        };
        self.kept().answers.insert(question, kept);
        Ok(())
    }

    fn keep_asset(&self, path: &AssetFile, from: &Path, body: &AssetBody) -> io::Result<()> {
        let name: String = path.file_name().chars().map(harmless).collect();
        let file = format!("assets/{}-{}", id(&path.to_string()), tail(&name));
        // The bytes alone: the rights are those of a temporary file.
        let mut copy = File::create(self.staging.path().join(&file))?;
        io::copy(&mut File::open(from)?, &mut copy)?;
        let kept = KeptAsset {
            path: path.to_string(),
            file,
            hash: body.hash.clone(),
            size: body.size,
            content_type: body.content_type.clone(),
        };
        self.kept().assets.insert(kept.path.clone(), kept);
        Ok(())
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Recorder<'_> {
    fn usage(&self) -> Usage {
        self.source.usage()
    }

    fn warnings(&self) -> Diagnostics {
        self.source.warnings()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.source.tokens()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            let answer = self.source.answer(request).await;
            let kept = match &answer {
                Ok(answer) => self.keep_answer(request, Some(answer)),
                Err(error) if error.cause.finds_nothing() => self.keep_answer(request, None),
                Err(_) => Ok(()),
            };
            kept.map_err(|error| disk(request.to_string(), &error))?;
            answer
        })
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        Box::pin(async move {
            let body = self.source.asset(path, file).await?;
            let kept = self.keep_asset(path, file, &body);
            kept.map_err(|error| disk(path.to_string(), &error))?;
            Ok(body)
        })
    }
}

fn disk(request: String, error: &io::Error) -> SourceError {
    SourceError {
        request: request.into(),
        cause: Cause::Disk(format!("for the snapshot: {error}")),
    }
}

/// Whether a snapshot may take a folder's place: it is new, empty, or holds a snapshot and nothing else.
fn check_free(folder: &Path) -> Result<(), Diagnostic> {
    let refuse = |why: String| {
        let message = format!("`{}` cannot become a snapshot: {why}", folder.display());
        Diagnostic::error(Kind::Config, message)
            .note("what is in the folder would be replaced")
            .help("name a new folder, or an earlier snapshot")
    };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(_) if folder.is_file() => return Err(refuse("it is a file".to_owned())),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let entries = entries.map_err(|error| refuse(error.to_string()))?;
    let names = entries.iter().map(std::fs::DirEntry::file_name);
    let foreign = names
        .filter(|name| *name != INDEX && FOLDERS.iter().all(|own| name != own))
        .min();
    if let Some(name) = foreign {
        let name = name.to_string_lossy();
        return Err(refuse(format!("`{name}` in it is no part of one")));
    }
    if entries.is_empty() || folder.join(INDEX).is_file() {
        return Ok(());
    }
    Err(refuse(format!("it has no `{INDEX}`")))
}

/// An empty folder on the same disk as another one will be.
fn beside(folder: &Path) -> io::Result<TempDir> {
    let parent = folder.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(parent)?;
    tempfile::Builder::new()
        .prefix(".snapshot-")
        .tempdir_in(parent)
}

/// Puts a folder into the place of another, which is removed once it is out of the way.
fn swap(new: &Path, place: &Path) -> io::Result<()> {
    let aside = beside(place)?;
    let old = aside.path().join("old");
    match std::fs::rename(place, &old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return std::fs::rename(new, place);
        }
        moved => moved?,
    }
    std::fs::rename(new, place).inspect_err(|_| {
        // It was there a moment ago.
        let _ = std::fs::rename(&old, place);
    })
}

/// Temporary folders are for their owner alone; a snapshot is a folder like any other.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A question as part of a file's name.
fn readable(ask: &Ask) -> String {
    let text = match ask {
        Ask::Persisted(query) => query.to_string(),
        Ask::AdHoc { configuration, .. } => format!("{configuration} ad hoc"),
        Ask::OpenApi(_) => "fragments".to_owned(),
        Ask::Json => "document".to_owned(),
    };
    let text: String = text.chars().map(harmless).collect();
    tail(&text).to_owned()
}

/// Characters that every file system takes.
fn harmless(c: char) -> char {
    if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
        c
    } else {
        '-'
    }
}

/// What tells two names apart that look alike, to people or to file systems.
fn id(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

/// The end of a name, where the extension is, and not more than a file system takes.
fn tail(name: &str) -> &str {
    let name = name.trim_end_matches('.');
    &name[name.len().saturating_sub(80)..]
}
