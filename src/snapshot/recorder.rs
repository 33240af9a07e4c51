//! Writes down what a source says.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use tempfile::TempDir;

use super::{FORMAT, INDEX, Index, KeptAnswer, KeptAsset, question, unwritable};
use crate::aem::AssetPath;
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
        if !is_free(folder) {
            return Err(Diagnostic::error(
                Kind::Config,
                format!("`{}` is not empty and not a snapshot", folder.display()),
            )
            .help("name a new folder"));
        }
        let parent = folder.parent().unwrap_or(Path::new("/"));
        let staging = std::fs::create_dir_all(parent)
            .and_then(|()| {
                tempfile::Builder::new()
                    .prefix(".snapshot-")
                    .tempdir_in(parent)
            })
            .and_then(|staging| {
                std::fs::create_dir(staging.path().join("answers"))?;
                std::fs::create_dir(staging.path().join("assets"))?;
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
    /// When that cannot be done; an earlier snapshot there is then whole or gone.
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
            if self.folder.exists() {
                std::fs::remove_dir_all(&self.folder)?;
            }
            let staging = self.staging.keep();
            std::fs::rename(&staging, &self.folder)?;
            open_to_others(&self.folder)
        };
        put().map_err(|error| unwritable(&self.folder, &error.to_string()))?;
        Ok(index)
    }

    fn keep_answer(&self, request: &Request, answer: &Answer) -> io::Result<()> {
        let (ask, variables) = (request.ask.canonical(), request.variables.to_json());
        let question = question(&ask, &variables);
        let body = answer.envelope.body();
        let id = blake3::hash(question.as_bytes()).to_hex();
        let file = format!("answers/{}-{}.json", readable(&request.ask), &id[..12]);
        std::fs::write(self.staging.path().join(&file), body)?;
        let kept = KeptAnswer {
            ask,
            variables,
            file,
            hash: answer.hash.to_string(),
        };
        self.kept().answers.insert(question, kept);
        Ok(())
    }

    fn keep_asset(&self, path: &AssetPath, from: &Path, body: &AssetBody) -> io::Result<()> {
        let name: String = path.file_name().chars().map(harmless).collect();
        let id = blake3::hash(path.as_str().as_bytes()).to_hex();
        let file = format!("assets/{}-{}", &id[..12], tail(&name));
        std::fs::copy(from, self.staging.path().join(&file))?;
        let kept = KeptAsset {
            path: path.as_str().to_owned(),
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
            let answer = self.source.answer(request).await?;
            let kept = self.keep_answer(request, &answer);
            kept.map_err(|error| disk(request.ask.canonical(), &error))?;
            Ok(answer)
        })
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetPath,
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

/// Whether a snapshot may take the folder's place.
fn is_free(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none() || folder.join(INDEX).is_file(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
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

/// The end of a name, where the extension is, and not more than a file system takes.
fn tail(name: &str) -> &str {
    &name[name.len().saturating_sub(80)..]
}
