//! Whether files in place are what a build made.

use rayon::prelude::*;

use super::identity::Identity;
use super::manifest::{self, Listed};
use super::recover::Old;
use super::seen::Seen;
use super::staging::InPlace;
use super::tree::{Entry, Tree};
use crate::artifact::OutputPath;
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
    /// What to keep of each file, where all of them were found in place just now.
    pub(super) confirmed: Option<&'a [Option<Identity>]>,
}

impl Knowledge<'_> {
    /// What to keep of every file, if all that the manifest lists are in place with their content: one that
    /// was edited by hand is one to write again.
    pub(super) fn confirm(&self) -> Result<Option<Vec<Option<Identity>>>, FsError> {
        let files = self.old.files.par_iter().enumerate();
        let found = files.map(|(number, file)| self.is_same(file, Some(number)));
        found.collect()
    }

    /// What to keep of a file, if it is in place with this content.
    pub(super) fn find(&self, file: &Listed) -> Result<Option<Option<Identity>>, FsError> {
        let number = manifest::find(&self.old.files, file.path.as_str());
        if let (Some(number), Some(confirmed)) = (number, self.confirmed) {
            let Listed { hash, size, .. } = &self.old.files[number];
            return Ok(((hash, size) == (&file.hash, &file.size)).then(|| confirmed[number]));
        }
        self.is_same(file, number)
    }

    fn is_same(
        &self,
        file: &Listed,
        number: Option<usize>,
    ) -> Result<Option<Option<Identity>>, FsError> {
        let (in_place, identity) = self.look(&file.path, number)?;
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
        Ok(same.then_some(identity))
    }

    /// What is in place, and what to keep of it should it turn out to have the right content.
    pub(super) fn in_place(
        &self,
        path: &OutputPath,
    ) -> Result<(InPlace, Option<Identity>), FsError> {
        self.look(path, manifest::find(&self.old.files, path.as_str()))
    }

    fn look(
        &self,
        path: &OutputPath,
        number: Option<usize>,
    ) -> Result<(InPlace, Option<Identity>), FsError> {
        let (size, identity) = match self.tree.entry(path)? {
            Entry::File { size, identity } => (size, identity),
            Entry::NoFolder => return Ok((InPlace::NoFolder, None)),
            _ => return Ok((InPlace::Nothing, None)),
        };
        let listed = number.map(|number| (number, &self.old.files[number]));
        if let Some((number, listed)) = listed
            && listed.size == size
            && self.seen.is_untouched(number, identity)
        {
            return Ok((InPlace::Known(listed.hash, size), identity));
        }
        Ok((InPlace::Unread(size), self.seen.settled(identity)))
    }
}
