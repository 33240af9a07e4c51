//! Folders with nothing but Frieze's own in them: one that is untouched since need not be opened to know that
//! nobody has put a file into it.
//!
//! Whoever adds, removes or renames something in a folder changes the folder's times. So a folder that looks as it
//! did when it was opened last holds the same names, as long as that look was later than its times: what happens
//! within one tick of the clock cannot be told apart. A folder that a commit moved to its place as a whole holds
//! what was staged in it, if nothing happened to it since the manifest was written. Of all others nothing is known,
//! and they are opened.
//!
//! What is at stake is a line of the report: whether a stranger is in the way of a file is looked up for each file.

use std::collections::HashSet;
use std::time::SystemTime;

use super::folders::{self, Folders};
use super::journal::Op;
use super::list::{Kind, List, Row};
use super::recover::Old;
use super::tree::{Tree, parent};
use crate::fs::{Identity, moment, settled};

/// Lists of folders. The first row is of the manifest, in the place of the root, which is always opened.
const KIND: Kind = Kind {
    folder: "clean-1",
    header: b"frieze, folders\n",
};

/// What is known of the content of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing.
    Unknown,
    /// It was made by the commit that wrote the manifest.
    Made,
    /// It had nothing but our own in it and looked like this.
    Own(Identity),
}

/// What is known of the folders of a site.
#[derive(Debug)]
pub(super) struct Clean {
    /// Where it is kept, if anywhere.
    list: Option<List>,
    /// Before this moment, folders that are opened now must have changed to be kept.
    settled: i64,
    /// Of which manifest the folders are.
    digest: Option<blake3::Hash>,
    /// That manifest, once it was in its place.
    manifest: Option<Identity>,
    /// Of each folder; empty, or one for each.
    contents: Vec<Content>,
}

impl Clean {
    /// Nothing, and nothing will be kept.
    pub(super) fn nothing() -> Self {
        Self {
            list: None,
            settled: i64::MIN,
            digest: None,
            manifest: None,
            contents: Vec::new(),
        }
    }

    /// What is kept in a cache folder for a build that begins now.
    pub(super) fn load(cache: &std::path::Path, tree: &Tree, old: &Old, now: SystemTime) -> Self {
        let list = List::of(&KIND, cache, tree.root(), tree.device());
        let read = || {
            list.as_ref()?
                .read(old.digest.as_ref()?, Content::from_bytes)
        };
        let mut rows = if tells(tree, old) { read() } else { None }.unwrap_or_default();
        let manifest = rows.first().and_then(|first| first.identity());
        if let Some(root) = rows.first_mut() {
            *root = Content::Unknown;
        }
        // The manifest came to its place before this build began, unless somebody has turned the clock back.
        let committed = old.identity.map(|found| found.changed());
        let committed = committed.filter(|then| moment(now).is_some_and(|now| *then <= now));
        Self {
            list,
            settled: settled(now).max(committed.unwrap_or(i64::MIN)),
            digest: old.digest,
            manifest,
            contents: rows,
        }
    }

    /// Whether the folder of that number has nothing but our own in it, if it looks like this.
    pub(super) fn is_untouched(&self, number: usize, now: Option<Identity>) -> bool {
        let Some(now) = now else { return false };
        match self.contents.get(number) {
            Some(Content::Own(then)) => *then == now,
            Some(Content::Made) => self
                .manifest
                .is_some_and(|manifest| now.is_before(&manifest)),
            Some(Content::Unknown) | None => false,
        }
    }

    /// What to keep of a folder that is going to be opened and looks like this.
    pub(super) fn settled(&self, now: Option<Identity>) -> Option<Identity> {
        now.filter(|now| now.is_settled(self.settled))
    }

    /// Remembers the folders in which there is nothing but our own, where the manifest stays.
    pub(super) fn renew(&mut self, digest: &blake3::Hash, own: Vec<Option<Identity>>) {
        let contents: Vec<Content> = own.into_iter().map(Content::of).collect();
        let is_known = self.digest.as_ref() == Some(digest) && self.contents == contents;
        if !is_known && contents.iter().any(|content| *content != Content::Unknown) {
            self.replace(digest, self.manifest, contents);
        }
    }

    /// Remembers the folders of a new manifest.
    pub(super) fn replace(
        &mut self,
        digest: &blake3::Hash,
        manifest: Option<Identity>,
        contents: Vec<Content>,
    ) {
        if let Some(list) = &self.list {
            let rows = contents
                .iter()
                .enumerate()
                .map(|(number, content)| match number {
                    0 => Content::of(manifest).bytes(),
                    _ => content.bytes(),
                });
            list.write(digest, rows);
        }
        self.digest = Some(*digest);
        self.manifest = manifest;
        self.contents = contents;
    }
}

/// What is known of new folders after the steps of a commit, from those of the old ones that had nothing but our
/// own in them before.
pub(super) fn after(
    new: &Folders<'_>,
    ops: &[Op],
    old: &Folders<'_>,
    own: &[Option<Identity>],
) -> Vec<Content> {
    let touched: HashSet<&str> = ops.iter().map(|op| parent(op.path().as_str())).collect();
    let moved: HashSet<&str> = ops.iter().filter_map(Op::moved).collect();
    let mut old = old.paths().iter().zip(own).peekable();
    let mut contents: Vec<Content> = Vec::with_capacity(new.paths().len());
    for (number, path) in new.paths().iter().enumerate() {
        while old
            .next_if(|(old, _)| folders::order(old, path).is_lt())
            .is_some()
        {}
        let before = old.next_if(|(old, _)| *old == path);
        let is_made = || {
            let above = contents.get(new.above(number));
            moved.contains(path) || above == Some(&Content::Made)
        };
        contents.push(if touched.contains(path) {
            Content::Unknown
        } else if is_made() {
            Content::Made
        } else {
            Content::of(before.and_then(|(_, own)| *own))
        });
    }
    contents
}

/// Whether folders of this file system have times that say when something came into them: the manifest came into
/// the root after it was written.
fn tells(tree: &Tree, old: &Old) -> bool {
    let both = tree.identity().zip(old.identity);
    both.is_some_and(|(root, manifest)| !root.is_older(&manifest))
}

impl Content {
    const MADE: Row = [u8::MAX; Identity::SIZE];

    fn of(own: Option<Identity>) -> Self {
        own.map_or(Self::Unknown, Self::Own)
    }

    fn identity(self) -> Option<Identity> {
        match self {
            Self::Own(identity) => Some(identity),
            Self::Unknown | Self::Made => None,
        }
    }

    fn bytes(self) -> Row {
        match self {
            Self::Unknown => [0; Identity::SIZE],
            Self::Made => Self::MADE,
            Self::Own(identity) => identity.bytes(),
        }
    }

    fn from_bytes(bytes: Row) -> Self {
        if bytes == Self::MADE {
            return Self::Made;
        }
        Self::of(Identity::from_bytes(bytes))
    }
}
