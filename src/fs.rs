//! The only place that touches the file system on behalf of the rest: every error names its path.

mod identity;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use identity::{Identity, moment, settled, this_start};

/// An operation on a path that failed.
#[derive(Debug, thiserror::Error)]
#[error("could not {action} {}: {source}", path.display())]
pub struct FsError {
    /// What was tried, as a verb phrase: "read", "create the folder".
    pub action: &'static str,
    /// The path it was tried on.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

/// Attaches the action and the path to an I/O error.
pub(crate) fn at<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> FsError + 'a {
    move |source| FsError {
        action,
        path: path.to_path_buf(),
        source,
    }
}

/// The text of a file.
///
/// # Errors
/// When the file cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<Arc<str>, FsError> {
    std::fs::read_to_string(path)
        .map(Arc::from)
        .map_err(at("read", path))
}

/// The bytes of a file.
///
/// # Errors
/// When the file cannot be read.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, FsError> {
    std::fs::read(path).map_err(at("read", path))
}

/// The bytes of a file, or `None` when there is no such file.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn read_if_exists(path: &Path) -> Result<Option<Vec<u8>>, FsError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at("read", path)(error)),
    }
}

/// Creates a folder and its parents.
///
/// # Errors
/// When it cannot be created.
pub fn create_dir_all(path: &Path) -> Result<(), FsError> {
    std::fs::create_dir_all(path).map_err(at("create the folder", path))
}

/// Writes a file so that it is there whole or not at all, and the folders above it.
///
/// # Errors
/// When the disk refuses.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FsError> {
    use std::io::Write;
    let failed = at("write", path);
    let folder = folder_of(path);
    std::fs::create_dir_all(folder).map_err(&failed)?;
    // Beside its place: only there a move is certain to be one step.
    let mut partial = partial().tempfile_in(folder).map_err(&failed)?;
    partial.write_all(bytes).map_err(&failed)?;
    partial
        .persist(path)
        .map(|_| ())
        .map_err(|error| failed(error.error))
}

/// Whether [`write_whole`] could write a file; makes the folders above it.
///
/// # Errors
/// When the disk refuses, or a folder is in the place of the file.
pub fn check_writable(path: &Path) -> Result<(), FsError> {
    let failed = at("write", path);
    let folder = folder_of(path);
    create_dir_all(folder)?;
    if path.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    partial().tempfile_in(folder).map(|_| ()).map_err(&failed)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A file that will be renamed; others may read it as they may read any new file.
fn partial() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

/// BLAKE3 of a file.
///
/// # Errors
/// When it cannot be read.
pub fn hash(path: &Path) -> Result<blake3::Hash, FsError> {
    let read = || {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(std::fs::File::open(path)?)?;
        Ok(hasher.finalize())
    };
    read().map_err(at("read", path))
}

/// Every regular file below `root` as a relative path, sorted; empty when `root` does not exist.
///
/// Symbolic links are followed for files, never for folders, so that a walk cannot leave `root` or
/// go round in circles.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk(root: &Path) -> Result<Vec<PathBuf>, FsError> {
    if !root.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(root).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(root).to_path_buf();
            at("read the folder", &path)(error.into())
        })?;
        let is_file = entry.file_type().is_file()
            || (entry.path_is_symlink() && entry.path().metadata().is_ok_and(|m| m.is_file()));
        if is_file && let Ok(relative) = entry.path().strip_prefix(root) {
            files.push(relative.to_path_buf());
        }
    }
    Ok(files)
}
