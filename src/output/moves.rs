//! How staged files come to their places: assets before pages, and a new folder as a whole where all in it
//! are of one kind. Of a first build that is a handful of moves.

use crate::artifact::{ArtifactKind, OutputPath};
use crate::fs::FsError;

use super::journal::Op;
use super::plan::Record;
use super::staging::Waiting;
use super::tree::{Folder, Tree, folders_of};

/// What is moved, and whether it is pages.
type Put = (bool, Op);

/// The steps for all staged records, which are sorted by path, in their order.
pub(super) fn puts(records: &[Record], tree: &Tree) -> Result<Vec<Op>, FsError> {
    let mut puts = Vec::new();
    let mut rest = records;
    while let Some(record) = rest.first() {
        let done = match record.staged.map(|_| new_folder(tree, &record.row.path)) {
            Some(folder) => match folder? {
                Some(folder) => {
                    let below = below(rest, folder);
                    whole(below, folder, &mut puts);
                    below.len()
                }
                None => alone(record, &mut puts),
            },
            None => 1,
        };
        rest = &rest[done..];
    }
    // Stable: by path among each kind.
    puts.sort_by_key(|(is_page, _)| *is_page);
    Ok(puts.into_iter().map(|(_, op)| op).collect())
}

/// The outermost folder that has to be made for a path.
fn new_folder<'p>(tree: &Tree, path: &'p OutputPath) -> Result<Option<&'p str>, FsError> {
    let mut outermost = None;
    for folder in folders_of(path.as_str()) {
        match tree.folder(folder)? {
            Folder::Missing => outermost = Some(folder),
            _ => break,
        }
    }
    Ok(outermost)
}

/// The records below a folder, of which the first is one.
fn below<'r>(records: &'r [Record], folder: &str) -> &'r [Record] {
    let is_below = |record: &Record| {
        let rest = record.row.path.as_str().strip_prefix(folder);
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    &records[..records.partition_point(is_below)]
}

/// Moves a new folder with all records below it, or else what is in it.
fn whole(records: &[Record], folder: &str, puts: &mut Vec<Put>) {
    let is_page = records.first().is_some_and(is_page);
    let fits = |record: &Record| {
        record.staged == Some(Waiting::AtPath) && self::is_page(record) == is_page
    };
    if records.iter().all(fits)
        && let Ok(path) = OutputPath::parse(folder)
    {
        puts.push((is_page, Op::Move(path)));
        return;
    }
    let mut rest = records;
    while let Some(record) = rest.first() {
        let path = record.row.path.as_str();
        let name = folder.len() + 1;
        let done = match path[name..].find('/') {
            Some(end) => {
                let inner = &path[..name + end];
                let below = below(rest, inner);
                whole(below, inner, puts);
                below.len()
            }
            None => alone(record, puts),
        };
        rest = &rest[done..];
    }
}

/// Moves one file, if it is staged; how many records that is.
fn alone(record: &Record, puts: &mut Vec<Put>) -> usize {
    let path = &record.row.path;
    let op = record.staged.map(|waiting| match waiting {
        Waiting::Numbered(number) => Op::Put(number, path.clone()),
        Waiting::AtPath => Op::Move(path.clone()),
    });
    puts.extend(op.map(|op| (is_page(record), op)));
    1
}

fn is_page(record: &Record) -> bool {
    record.row.kind == ArtifactKind::Page
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::manifest::Row;
    use super::*;
    use crate::artifact::Provenance;

    /// A page, or an asset if its name ends so.
    fn record(path: &str, staged: Option<Waiting>) -> Record {
        let kind = match path.ends_with(".jpg") {
            true => ArtifactKind::Asset,
            false => ArtifactKind::Page,
        };
        let row = Row {
            path: OutputPath::parse(path).unwrap(),
            hash: blake3::hash(b""),
            size: 0,
            kind,
            provenance: Provenance::default(),
        };
        Record {
            row,
            staged,
            identity: None,
        }
    }

    /// The steps into a folder that has `old/`, as the journal has them.
    fn steps(records: &[Record]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("old")).unwrap();
        let puts = puts(records, &Tree::new(dir.path())).unwrap();
        let text = super::super::journal::encode(&puts);
        let lines = text.lines().filter(|line| !line.starts_with("end"));
        lines.skip(1).map(str::to_owned).collect()
    }

    fn at_path(paths: &[&str]) -> Vec<Record> {
        let staged = |path: &&str| record(path, Some(Waiting::AtPath));
        paths.iter().map(staged).collect()
    }

    #[test]
    fn a_new_folder_is_moved_as_a_whole() {
        let mut records = at_path(&["a/b/1.html", "a/b/2.html", "a/c.html", "img/x.jpg"]);
        records.push(record(
            "index.html",
            NonZeroU32::new(1).map(Waiting::Numbered),
        ));
        records.extend(at_path(&["old/new/1.html", "old/new/2.html"]));
        assert_eq!(
            steps(&records),
            ["move img", "move a", "put 1 index.html", "move old/new"]
        );
    }

    #[test]
    fn one_with_pages_and_assets_comes_in_parts() {
        let records = at_path(&[
            "a-b/x",
            "a/b/1.html",
            "a/c/x.jpg",
            "a/d/1.html",
            "a/x.jpg",
            "a/y.html",
        ]);
        assert_eq!(
            steps(&records),
            [
                "move a/c",
                "move a/x.jpg",
                "move a-b",
                "move a/b",
                "move a/d",
                "move a/y.html"
            ]
        );
    }

    #[test]
    fn one_into_which_other_files_go_is_not_moved_after_them() {
        let mut records = at_path(&["a/1.html", "a/b/1.html"]);
        records.push(record(
            "a/z.html",
            NonZeroU32::new(7).map(Waiting::Numbered),
        ));
        assert_eq!(
            steps(&records),
            ["move a/1.html", "move a/b", "put 7 a/z.html"]
        );
        records.push(record("old/same", None));
        assert_eq!(steps(&records).len(), 3);
    }
}
