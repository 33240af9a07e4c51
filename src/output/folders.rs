//! The folders in which the files of a site lie.

use std::cmp::Ordering;

use super::tree::parent;

/// The folders of sorted paths, the root among them: each after the one it lies in.
#[derive(Debug)]
pub(super) struct Folders<'a> {
    paths: Vec<&'a str>,
    /// The number of the folder above each; the root's own is the root.
    above: Vec<usize>,
    /// The number of the folder of each file.
    of_files: Vec<usize>,
}

impl<'a> Folders<'a> {
    /// Of files that are sorted by path.
    pub(super) fn of(files: impl Iterator<Item = &'a str>) -> Self {
        let mut folders = Self {
            paths: vec![""],
            above: vec![0],
            of_files: Vec::with_capacity(files.size_hint().0),
        };
        // The files of a folder stand together, with those of the folders in it.
        let mut last = 0;
        for file in files {
            last = folders.enter(parent(file), last);
            folders.of_files.push(last);
        }
        folders
    }

    /// The number of a folder, coming from another.
    fn enter(&mut self, folder: &'a str, from: usize) -> usize {
        let mut number = from;
        while !is_in(folder, self.paths[number]) {
            number = self.above[number];
        }
        while self.paths[number].len() < folder.len() {
            let known = self.paths[number].len();
            let name = known + usize::from(known > 0);
            let end = folder.as_bytes()[name..].iter().position(|b| *b == b'/');
            let end = end.map_or(folder.len(), |at| name + at);
            self.paths.push(&folder[..end]);
            self.above.push(number);
            number = self.paths.len() - 1;
        }
        number
    }

    /// Their paths; the root's is empty.
    pub(super) fn paths(&self) -> &[&'a str] {
        &self.paths
    }

    /// The number of the folder that a folder lies in; the root's is its own.
    pub(super) fn above(&self, folder: usize) -> usize {
        self.above[folder]
    }

    /// The number of the folder in which the file of this number lies.
    pub(super) fn of_file(&self, file: usize) -> usize {
        self.of_files[file]
    }
}

/// The order in which [`Folders`] come: that of the files in them.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let at = one.len().min(other.len());
    let next = |folder: &[u8]| folder.get(at).copied().unwrap_or(b'/');
    // The root, or one in the other: the shorter first.
    let rest = || match at {
        0 => Ordering::Equal,
        _ => next(one).cmp(&next(other)),
    };
    let same = one[..at].cmp(&other[..at]).then_with(rest);
    same.then_with(|| one.len().cmp(&other.len()))
}

/// Whether a folder is another or lies in it.
fn is_in(folder: &str, other: &str) -> bool {
    other.is_empty()
        || folder
            .strip_prefix(other)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_folder_once_and_after_the_one_it_is_in() {
        let mut files = [
            "index.html",
            "a-b/x",
            "a/x",
            "a/b/c/x",
            "a/b/y",
            "a/bc/x",
            "a/z",
            "ab/x",
            "é/é/x",
            "é/a",
        ];
        files.sort_unstable();
        let folders = Folders::of(files.iter().copied());
        assert_eq!(
            folders.paths(),
            ["", "a-b", "a", "a/b", "a/b/c", "a/bc", "ab", "é", "é/é"]
        );
        for (number, file) in files.iter().enumerate() {
            assert_eq!(folders.paths()[folders.of_file(number)], parent(file));
        }
        for (number, folder) in folders.paths().iter().enumerate() {
            assert_eq!(folders.paths()[folders.above(number)], parent(folder));
            assert!(number == 0 || folders.above(number) < number);
        }
        for (i, one) in folders.paths().iter().enumerate() {
            for (j, other) in folders.paths().iter().enumerate() {
                assert_eq!(order(one, other), i.cmp(&j), "{one} {other}");
            }
        }
        assert_eq!(Folders::of([].into_iter()).paths(), [""]);
    }
}
