//! Whether an output folder is untouched since a commit.

use rayon::prelude::*;

use super::manifest;
use super::place::Place;
use super::plan::Planner;
use super::recover::Old;
use super::tree::{Entry, Tree};
use super::{Commit, MANIFEST};
use crate::artifact::OutputPath;
use crate::fs::{self, FsError};

/// What is in place, if every file the manifest lists is there with its content: a file edited by hand is one
/// to write again.
pub(super) fn confirm(
    place: &Place,
    tree: &Tree,
    old: &Old,
    digest: &str,
) -> Result<Option<Commit>, FsError> {
    let file = place.real().join(MANIFEST);
    let Some(bytes) = fs::read_if_exists(&file)? else {
        return Ok(None);
    };
    let Ok(contents) = manifest::contents(&bytes) else {
        return Ok(None);
    };
    let same = contents
        .par_iter()
        .map(|(path, hash, size)| is_in_place(tree, path, hash, *size))
        .try_reduce(|| true, |a, b| Ok(a && b))?;
    if !same {
        return Ok(None);
    }
    let planner = Planner {
        place,
        tree,
        records: &[],
        old: &old.paths,
    };
    Ok(Some(Commit {
        unchanged: contents.len() as u64,
        manifest: Some(digest.to_owned()),
        left_alone: planner.strangers(),
        ..Commit::default()
    }))
}

fn is_in_place(tree: &Tree, path: &OutputPath, hash: &str, size: u64) -> Result<bool, FsError> {
    match tree.entry(path)? {
        Entry::File(length) if length == size => {
            let found = fs::hash(&path.below(tree.root()))?;
            Ok(found.to_hex().as_str() == hash)
        }
        _ => Ok(false),
    }
}
