//! Files of AEM: which of them pages show, and those that a browser has asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::Fetched;
use crate::aem::AssetFile;
use crate::asset::{Instead, Pending, PendingFile, Shown, StandIn, fetch_one};
use crate::config::Config;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::source::Source;

/// The files that pages have shown so far. A page that is still open asks for those it was rendered with, so they are known
/// as long as the preview runs.
#[derive(Debug, Default)]
pub(super) struct Gallery(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    by_stand_in: HashMap<StandIn, AssetFile>,
    files: HashMap<AssetFile, PendingFile>,
}

impl Gallery {
    /// Takes note of what a page shows.
    pub(super) fn add(&self, pending: &Pending) {
        let mut known = lock(&self.0);
        for (stand_in, file) in pending.files() {
            known.by_stand_in.insert(*stand_in, file.file.clone());
            known.files.insert(file.file.clone(), file.clone());
        }
    }

    /// What stands in an address.
    pub(super) fn find(&self, stand_in: StandIn) -> Option<AssetFile> {
        lock(&self.0).by_stand_in.get(&stand_in).cloned()
    }

    /// What is known of a file.
    fn get(&self, file: &AssetFile) -> PendingFile {
        let known = lock(&self.0).files.get(file).cloned();
        known.unwrap_or_else(|| PendingFile {
            file: file.clone(),
            is_picture: false,
            instead: Instead::Nothing,
        })
    }
}

/// Files that were downloaded while the content was the same; they go with it.
#[derive(Debug, Default)]
pub(super) struct Downloads {
    folder: OnceLock<TempDir>,
    files: Mutex<HashMap<AssetFile, Download>>,
}

#[derive(Clone, Debug)]
struct Download {
    number: usize,
    /// Whoever asks first fetches it, and the others wait.
    fetched: Arc<OnceCell<Fetched>>,
}

impl Downloads {
    /// A file, downloaded unless it is there. A failure is not kept: it is asked for again the next time.
    pub(super) async fn get(
        &self,
        gallery: &Gallery,
        file: &AssetFile,
        (source, config): (&dyn Source, &Config),
    ) -> Result<Fetched, Diagnostics> {
        let download = self.place(file);
        let fetch = async {
            let place = self.folder()?.path().join(download.number.to_string());
            let Shown { file, media_type } =
                fetch_one(source, config, &gallery.get(file), &place).await?;
            Ok(Fetched { file, media_type })
        };
        download.fetched.get_or_try_init(|| fetch).await.cloned()
    }

    fn place(&self, file: &AssetFile) -> Download {
        let mut files = lock(&self.files);
        let number = files.len();
        let new = || Download {
            number,
            fetched: Arc::default(),
        };
        files.entry(file.clone()).or_insert_with(new).clone()
    }

    fn folder(&self) -> Result<&TempDir, Diagnostics> {
        if let Some(folder) = self.folder.get() {
            return Ok(folder);
        }
        let made = tempfile::Builder::new().prefix("frieze-preview-").tempdir();
        let made = made.map_err(|why| {
            let folder = std::env::temp_dir();
            let message = format!("no folder can be made in {}: {why}", folder.display());
            Diagnostic::error(Kind::Config, message)
                .help("point TMPDIR at a folder where assets can be kept while the preview runs")
        })?;
        // Of two that were made at once, one goes.
        Ok(self.folder.get_or_init(|| made))
    }
}

/// Nobody holds these while something can fail.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
