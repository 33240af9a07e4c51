//! Takes the steps of a commit. Each can be taken again, so that an interrupted commit is finished by
//! beginning anew.

use std::io;
use std::path::Path;

use crate::artifact::OutputPath;
use crate::fs::{FsError, at};

use super::MANIFEST;
use super::journal::Op;
use super::look::{is_absent, look};
use super::staging::Staging;
use super::tree::{Entry, Folder, Tree, parent};

/// Carries out a journal, then puts the manifest in place.
pub(super) fn apply(tree: &Tree, staging: &Staging, ops: &[Op]) -> Result<(), FsError> {
    for op in ops {
        match op {
            Op::Clear(number, path) => {
                if look(&staging.file(*number))?.is_some() {
                    remove(tree, staging, path)?;
                }
            }
            Op::Put(number, path) => {
                put(tree, staging, &staging.file(*number), path)?;
            }
            Op::Move(path) => put(tree, staging, &staging.at_path(path), path)?,
            Op::Remove(path) => remove(tree, staging, path)?,
            Op::Prune(folder) => prune(tree, staging, folder.as_str())?,
        }
    }
    staging.step()?;
    let to = tree.root().join(MANIFEST);
    match std::fs::rename(staging.manifest(), &to) {
        Err(error) if !(is_absent(&error) && look(&staging.manifest())?.is_none()) => {
            Err(at("write", &to)(error))
        }
        _ => Ok(()),
    }
}

/// Moves something staged to its place.
fn put(tree: &Tree, staging: &Staging, from: &Path, path: &OutputPath) -> Result<(), FsError> {
    make(tree, staging, parent(path.as_str()))?;
    staging.step()?;
    let to = path.below(tree.root());
    match std::fs::rename(from, &to) {
        // Absent when an earlier attempt has moved it.
        Err(error) if !(is_absent(&error) && look(from)?.is_none()) => Err(at("write", &to)(error)),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it.
fn make(tree: &Tree, staging: &Staging, folder: &str) -> Result<(), FsError> {
    let path = || tree.root().join(folder);
    match tree.folder(folder)? {
        Folder::Real => Ok(()),
        Folder::Missing => {
            make(tree, staging, parent(folder))?;
            staging.step()?;
            std::fs::create_dir(path()).map_err(at("create the folder", &path()))?;
            tree.learn(folder, Folder::Real);
            Ok(())
        }
        Folder::Blocked(by) => {
            let source = io::Error::other(format!("`{by}` is in the way"));
            Err(at("create the folder", &path())(source))
        }
        Folder::Elsewhere(by) => {
            let source = io::Error::other(format!("`{by}` is on another file system"));
            Err(at("write into", &path())(source))
        }
    }
}

/// Removes a file, if there is one. A folder at its place is not ours.
fn remove(tree: &Tree, staging: &Staging, path: &OutputPath) -> Result<(), FsError> {
    if !matches!(tree.entry(path)?, Entry::File { .. } | Entry::Other) {
        return Ok(());
    }
    staging.step()?;
    let file = path.below(tree.root());
    match std::fs::remove_file(&file) {
        Err(error) if !is_absent(&error) => Err(at("remove", &file)(error)),
        _ => {
            tree.learn(path.as_str(), Folder::Missing);
            Ok(())
        }
    }
}

/// Removes a folder if it is empty. One that cannot be removed is no reason to stop.
fn prune(tree: &Tree, staging: &Staging, folder: &str) -> Result<(), FsError> {
    if tree.folder(folder)? == Folder::Real {
        staging.step()?;
        if std::fs::remove_dir(tree.root().join(folder)).is_ok() {
            tree.learn(folder, Folder::Missing);
        }
    }
    Ok(())
}
