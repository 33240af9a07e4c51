//! The last good site in the output folder: what there is to see while there is no site of ours.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::output::Published;

/// Knows the files of the last folder that was asked about: a manifest is long.
#[derive(Debug, Default)]
pub(super) struct Fallback(Mutex<Option<Arc<Published>>>);

/// What is at a path of a folder.
pub(super) enum Place {
    /// A file, and its name.
    File(std::path::PathBuf, String),
    /// A page whose address has a slash at its end.
    WithSlash,
}

impl Fallback {
    /// What is at a decoded path, from the site's root on. Only files that the build has listed can be found.
    pub(super) fn find(&self, folder: &Path, name: &str) -> Option<Place> {
        let published = self.published(folder)?;
        let file = |name: String| Some(Place::File(published.file(&name)?, name));
        if name.is_empty() || name.ends_with('/') {
            return file(format!("{name}index.html"));
        }
        let page = || published.file(&format!("{name}/index.html"));
        file(name.to_owned()).or_else(|| page().map(|_| Place::WithSlash))
    }

    fn published(&self, folder: &Path) -> Option<Arc<Published>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.as_ref().is_some_and(|known| known.is_of(folder)) {
            *known = Published::in_folder(folder).map(Arc::new);
        }
        known.clone()
    }
}
