//! Decides the steps of a commit from what was staged, what an earlier build made and what is in the
//! folder.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;

use rayon::prelude::*;

use crate::artifact::OutputPath;
use crate::diag::Diagnostics;
use crate::fs::FsError;

use super::conflict::{self, Claim};
use super::journal::Op;
use super::manifest::{self, Listed, Row};
use super::moves;
use super::obstacle::{Obstacles, Reason};
use super::place::{Moment, Place};
use super::staging::Waiting;
use super::tree::{Entry, Tree, folders_of};
use crate::fs::Identity;

/// One staged artifact.
#[derive(Debug)]
pub(super) struct Record {
    /// What the manifest will say.
    pub(super) row: Row,
    /// Where it waits; nowhere when the file in place is the same.
    pub(super) staged: Option<Waiting>,
    /// Of the file, if it is the one in place and had been left in peace, or waits in the file it will be.
    pub(super) identity: Option<Identity>,
}

impl Record {
    /// Where the file goes.
    pub(super) fn path(&self) -> &str {
        self.row.path.as_str()
    }

    /// Its path and origin.
    pub(super) fn claim(&self) -> Claim<'_> {
        Claim {
            path: &self.row.path,
            kind: self.row.kind,
            provenance: &self.row.provenance,
        }
    }
}

/// What a commit will do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The steps, in order.
    pub(super) ops: Vec<Op>,
    /// The files that go, sorted.
    pub(super) removed: Vec<OutputPath>,
}

/// All that a plan is made from; records and old paths sorted by path.
pub(super) struct Planner<'a> {
    /// The folder.
    pub(super) place: &'a Place,
    /// What is in it.
    pub(super) tree: &'a Tree,
    /// What was staged.
    pub(super) records: &'a [Record],
    /// What the earlier build made.
    pub(super) old: &'a [Listed],
}

impl<'a> Planner<'a> {
    /// Old files that the file system takes for new ones since the paths differ in case only, each with
    /// the new one's index. The old name must go first, and the new file must be written even when its
    /// content is in place.
    pub(super) fn renamed_in_case(&self) -> Vec<(&'a OutputPath, usize)> {
        let gone: HashMap<Cow<'_, str>, &OutputPath> = self
            .gone()
            .map(|path| (conflict::key(path), path))
            .collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let twin = |(i, record): (usize, &Record)| {
            let path = &record.row.path;
            let old = *gone.get(&conflict::key(path))?;
            is_one_file(&old.below(self.tree.root()), &path.below(self.tree.root()))
                .then_some((old, i))
        };
        self.records.iter().enumerate().filter_map(twin).collect()
    }

    /// Plans the commit.
    pub(super) fn plan(&self) -> Result<Plan, Diagnostics> {
        let failed = |error: FsError| Diagnostics::from(self.place.failed(&error, Moment::Before));
        let mut clears: Vec<(&OutputPath, NonZeroU32)> = Vec::new();
        let mut emptied: BTreeSet<String> = BTreeSet::new();
        let mut obstacles = Obstacles::default();
        let renamed = self.renamed_in_case();
        for (i, number, entry) in self.in_place_of_numbered() {
            let record = &self.records[i];
            let path = &record.row.path;
            let mut stop = |by: &str, reason| obstacles.add(by, reason, record.claim());
            match entry.map_err(failed)? {
                Entry::Missing | Entry::NoFolder => {}
                Entry::File { .. } | Entry::Other if self.is_old(path.as_str()) => {}
                Entry::File { .. } | Entry::Other if renamed.iter().any(|(_, new)| *new == i) => {}
                Entry::File { .. } | Entry::Other => stop(path.as_str(), Reason::Stranger),
                Entry::Blocked(by) => match self.gone_at(&by) {
                    Some(gone) => clears.push((gone, number)),
                    None => stop(&by, Reason::Stranger),
                },
                Entry::Elsewhere(at) => stop(&at, Reason::OtherFileSystem),
                Entry::Folder => match self.contents(path.as_str()) {
                    Ok((files, folders)) => {
                        clears.extend(files.into_iter().map(|file| (file, number)));
                        emptied.extend(folders);
                    }
                    Err(stranger) => stop(&stranger, Reason::Stranger),
                },
            }
        }
        obstacles.finish(self.place)?;
        for (gone, i) in renamed {
            if let Some(Waiting::Numbered(number)) = self.records[i].staged {
                clears.push((gone, number));
            }
        }
        clears.sort_by(|a, b| order(a.0, b.0).then(a.1.cmp(&b.1)));
        clears.dedup_by(|a, b| a.0 == b.0);
        self.steps(&clears, emptied).map_err(failed)
    }

    /// What is in the place of each record that waits in a numbered file: what waits at its path comes where nothing
    /// is.
    fn in_place_of_numbered(&self) -> Vec<(usize, NonZeroU32, Result<Entry, FsError>)> {
        let look = |(i, record): (usize, &Record)| match record.staged {
            Some(Waiting::Numbered(number)) => Some((i, number, self.tree.entry(&record.row.path))),
            _ => None,
        };
        self.records
            .par_iter()
            .enumerate()
            .filter_map(look)
            .collect()
    }

    /// Puts the steps in order: what is in the way goes; then what pages refer to comes, then the
    /// pages; then everything else goes.
    fn steps(
        &self,
        clears: &[(&OutputPath, NonZeroU32)],
        mut emptied: BTreeSet<String>,
    ) -> Result<Plan, FsError> {
        let cleared: BTreeSet<&OutputPath> = clears.iter().map(|(path, _)| *path).collect();
        let mut plan = Plan::default();
        let mut left = Vec::new();
        let mut folders: BTreeSet<String> = BTreeSet::new();
        for path in self.gone() {
            let unused = folders_of(path.as_str())
                .filter(|folder| !self.is_used(folder))
                .map(str::to_owned);
            if cleared.contains(path) {
                emptied.extend(unused);
            } else {
                folders.extend(unused);
            }
            if matches!(self.tree.entry(path)?, Entry::File { .. } | Entry::Other) {
                plan.removed.push(path.clone());
                if !cleared.contains(path) {
                    left.push(path);
                }
            }
        }
        let puts = moves::puts(self.records, self.tree)?;
        left.sort_by(|a, b| order(a, b));
        plan.ops.extend(
            clears
                .iter()
                .map(|(path, number)| Op::Clear(*number, (*path).clone())),
        );
        plan.ops.extend(prunes(emptied));
        plan.ops.extend(puts);
        plan.ops
            .extend(left.into_iter().map(|path| Op::Remove(path.clone())));
        plan.ops.extend(prunes(folders));
        Ok(plan)
    }

    /// The files and folders at a path where a file is wanted, when all of them are ours and go; else
    /// the first thing that is not.
    fn contents(&self, folder: &str) -> Result<(Vec<&'a OutputPath>, Vec<String>), String> {
        let root = self.tree.root();
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let entry = entry.map_err(|_| folder.to_owned())?;
            let path = relative(entry.path().strip_prefix(root).unwrap_or(entry.path()));
            if entry.file_type().is_dir() {
                if !self.made_below(&path) {
                    return Err(path);
                }
                folders.push(path);
            } else {
                files.push(self.gone_at(&path).ok_or(path)?);
            }
        }
        Ok((files, folders))
    }

    /// Old files that are no longer made.
    fn gone(&self) -> impl Iterator<Item = &'a OutputPath> {
        // Both are sorted.
        let mut new = self
            .records
            .iter()
            .map(|record| &record.row.path)
            .peekable();
        let paths = self.old.iter().map(|file| &file.path);
        paths.filter(move |path| {
            while new.next_if(|new| new < path).is_some() {}
            new.peek() != Some(path)
        })
    }

    fn gone_at(&self, path: &str) -> Option<&'a OutputPath> {
        let i = manifest::find(self.old, path)?;
        (!self.is_new(path)).then_some(&self.old[i].path)
    }

    /// Whether the earlier build made a file there.
    pub(super) fn is_old(&self, path: &str) -> bool {
        manifest::find(self.old, path).is_some()
    }

    /// Whether a file was staged for it, or kept.
    pub(super) fn is_new(&self, path: &str) -> bool {
        self.records
            .binary_search_by(|record| record.row.path.as_str().cmp(path))
            .is_ok()
    }

    /// Whether a new file lies in the folder.
    fn is_used(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let i = self
            .records
            .partition_point(|record| record.row.path.as_str() < prefix.as_str());
        self.records
            .get(i)
            .is_some_and(|record| record.row.path.as_str().starts_with(&prefix))
    }

    /// Whether an earlier build made a file in the folder.
    pub(super) fn made_below(&self, folder: &str) -> bool {
        let prefix = format!("{folder}/");
        let i = self
            .old
            .partition_point(|old| old.path.as_str() < prefix.as_str());
        self.old
            .get(i)
            .is_some_and(|old| old.path.as_str().starts_with(&prefix))
    }
}

/// Folders to be removed if empty, deepest first.
fn prunes(folders: BTreeSet<String>) -> Vec<Op> {
    let mut paths: Vec<OutputPath> = folders
        .iter()
        .filter_map(|folder| OutputPath::parse(folder).ok())
        .collect();
    paths.sort_by(order);
    paths.into_iter().map(Op::Prune).collect()
}

/// Deepest first, then by path.
fn order(a: &OutputPath, b: &OutputPath) -> std::cmp::Ordering {
    let depth = |path: &OutputPath| path.as_str().matches('/').count();
    depth(b).cmp(&depth(a)).then_with(|| a.cmp(b))
}

/// A relative path as an output path is written.
pub(super) fn relative(path: &std::path::Path) -> String {
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

/// Whether two paths lead to the same file, without following a link at their end.
#[cfg(unix)]
fn is_one_file(one: &std::path::Path, other: &std::path::Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &std::path::Path| path.symlink_metadata().map(|m| (m.dev(), m.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

/// Elsewhere a file's real path has the case that it was made with.
#[cfg(not(unix))]
fn is_one_file(one: &std::path::Path, other: &std::path::Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
