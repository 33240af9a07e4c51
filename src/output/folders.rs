//! The folders in which the files of a site lie.

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
            let end = folder[name..]
                .find('/')
                .map_or(folder.len(), |at| name + at);
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
        assert_eq!(Folders::of([].into_iter()).paths(), [""]);
    }
}
