//! Whether files in place are what a build made.

use rayon::prelude::*;

use super::folders::Folders;
use super::look::Anchor;
use super::manifest::Listed;
use super::recover::Old;
use super::seen::Seen;
use super::staging::InPlace;
use super::tree::{AT_ONCE, Entry, Looked, Tree};
use crate::artifact::OutputPath;
use crate::fs::Identity;
use crate::fs::{self, FsError};

/// What is known of the files in place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knowledge<'a> {
    /// What is there.
    pub(super) tree: &'a Tree,
    /// What was made.
    pub(super) old: &'a Old,
    /// How it looked.
    pub(super) seen: &'a Seen,
    /// What was found, where all files were found in place just now.
    pub(super) confirmed: Option<&'a InPlaceAll>,
}

/// What was found where all that the manifest lists was in place.
#[derive(Debug)]
pub(super) struct InPlaceAll {
    /// What to keep of each file.
    pub(super) files: Vec<Option<Identity>>,
    /// The folders of the manifest.
    pub(super) folders: Vec<Looked>,
}

/// Why not all files are found in place.
enum Stop {
    Differs,
    Failed(FsError),
}

impl Knowledge<'_> {
    /// What is in place, if that is all that the manifest lists with its content: a file that was edited by
    /// hand is one to write again.
    pub(super) fn confirm(&self) -> Result<Option<InPlaceAll>, FsError> {
        let of = Folders::of(self.old.paths());
        let anchor = Anchor::at(self.tree.root());
        let folders = self.tree.all(&of, &anchor);
        let mut identities = vec![None; self.old.files.len()];
        let files = self.old.files.par_iter().zip(&mut identities).enumerate();
        let files = files.with_min_len(AT_ONCE);
        let all = files.try_for_each(|(number, (file, identity))| {
            let folder = folders[of.of_file(number)].folder.clone();
            let entry = Tree::entry_in(folder, || anchor.look(file.path.as_str()));
            let found = self.judge(entry.map_err(Stop::Failed)?, Some(number));
            *identity = self.is_same(file, found).ok_or(Stop::Differs)?;
            Ok(())
        });
        match all {
            Ok(()) => Ok(Some(InPlaceAll {
                files: identities,
                folders,
            })),
            Err(Stop::Differs) => Ok(None),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// What to keep of a file, if it is in place with this content.
    pub(super) fn find(&self, file: &Listed) -> Result<Option<Option<Identity>>, FsError> {
        let number = self.old.find(file.path.as_str());
        if let (Some(number), Some(confirmed)) = (number, self.confirmed) {
            let Listed { hash, size, .. } = &self.old.files[number];
            return Ok(((hash, size) == (&file.hash, &file.size)).then(|| confirmed.files[number]));
        }
        let found = self.judge(self.tree.entry(&file.path)?, number);
        Ok(self.is_same(file, found))
    }

    fn is_same(
        &self,
        file: &Listed,
        (in_place, identity): (InPlace, Option<Identity>),
    ) -> Option<Option<Identity>> {
        let same = match in_place {
            InPlace::NoFolder | InPlace::Nothing => false,
            InPlace::Known(hash, size) => (hash, size) == (file.hash, file.size),
            InPlace::Unread(size) if size == file.size => {
                let found = fs::hash(&file.path.below(self.tree.root()));
                // One that cannot be read is to be written again.
                found.is_ok_and(|hash| hash == file.hash)
            }
            InPlace::Unread(_) => false,
        };
        same.then_some(identity)
    }

    /// What is in place, and what to keep of it should it turn out to have the right content.
    pub(super) fn in_place(
        &self,
        path: &OutputPath,
    ) -> Result<(InPlace, Option<Identity>), FsError> {
        let number = self.old.find(path.as_str());
        Ok(self.judge(self.tree.entry(path)?, number))
    }

    fn judge(&self, entry: Entry, number: Option<usize>) -> (InPlace, Option<Identity>) {
        let (size, identity) = match entry {
            Entry::File { size, identity } => (size, identity),
            Entry::NoFolder => return (InPlace::NoFolder, None),
            _ => return (InPlace::Nothing, None),
        };
        let listed = number.map(|number| (number, &self.old.files[number]));
        if let Some((number, listed)) = listed
            && listed.size == size
            && self.seen.is_untouched(number, identity)
        {
            return (InPlace::Known(listed.hash, size), identity);
        }
        (InPlace::Unread(size), self.seen.settled(identity))
    }
}
