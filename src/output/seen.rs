//! How the files of a site were seen last: with it, a file in place is known to be untouched without being
//! read, as Git knows the files of a working tree.
//!
//! The manifest says which content Frieze gave each file; what is kept here, of the very same manifest, says
//! as what the system showed that file when it was certain to have that content. Both together are believed
//! only while the system shows the same. It is kept in the cache folder: it says something about one machine,
//! and the output folder is published.
//!
//! A file that was touched so shortly before it was read that it could be touched again without a new time
//! is not kept, and is read once more by the next build. Without a list, or with one of another folder or
//! another machine, everything is read. So it is after a restart, where the system tells of it: when the power
//! fails, a file can lose content that was never flushed and look as before.

use std::path::Path;
use std::time::SystemTime;

use super::list::{Kind, List};
use crate::fs::{Identity, settled};

/// Lists of files.
const KIND: Kind = Kind {
    folder: "in-place-1",
    header: b"frieze in place\n",
};

/// The list of a folder.
#[derive(Debug)]
pub(super) struct Seen {
    /// Where it is kept, if anywhere.
    list: Option<List>,
    /// Before this moment, files that are read now must have changed to be kept.
    settled: i64,
    /// Of which manifest this is the list.
    manifest: Option<blake3::Hash>,
    /// In the order of the manifest; empty, or one for each file.
    identities: Vec<Option<Identity>>,
}

impl Seen {
    /// Nothing, and nothing will be kept.
    pub(super) fn nothing() -> Self {
        Self {
            list: None,
            settled: i64::MIN,
            manifest: None,
            identities: Vec::new(),
        }
    }

    /// What is kept in a cache folder for an output folder on this device, if it belongs to that manifest.
    pub(super) fn load(
        cache: &Path,
        output: &Path,
        device: Option<u64>,
        manifest: Option<&blake3::Hash>,
    ) -> Self {
        let list = List::of(&KIND, cache, output, device);
        let read = || list.as_ref()?.read(manifest?, Identity::from_bytes);
        Self {
            identities: read().unwrap_or_default(),
            list,
            manifest: manifest.copied(),
            settled: i64::MIN,
        }
    }

    /// The same for a build that begins now.
    pub(super) fn at(self, now: SystemTime) -> Self {
        Self {
            settled: settled(now),
            ..self
        }
    }

    /// Whether anybody will ask for what is seen now.
    pub(super) fn is_kept(&self) -> bool {
        self.list.is_some()
    }

    /// Whether the file of that number in the manifest is as it was seen.
    pub(super) fn is_untouched(&self, number: usize, now: Option<Identity>) -> bool {
        now.is_some() && self.identities.get(number) == Some(&now)
    }

    /// What to keep of a file that is going to be read and looks like this.
    pub(super) fn settled(&self, now: Option<Identity>) -> Option<Identity> {
        now.filter(|now| now.is_settled(self.settled))
    }

    /// Remembers what was seen of the files of a manifest, unless that is known already. A failure only makes
    /// the next build read them.
    pub(super) fn renew(&mut self, manifest: &blake3::Hash, identities: &[Option<Identity>]) {
        let known = self.manifest.as_ref() == Some(manifest) && self.identities == identities;
        if !known && identities.iter().any(Option::is_some) {
            self.write(manifest, identities);
            self.identities = identities.to_vec();
            self.manifest = Some(*manifest);
        }
    }

    fn write(&self, manifest: &blake3::Hash, identities: &[Option<Identity>]) {
        if let Some(list) = &self.list {
            let row =
                |identity: &Option<Identity>| identity.map_or([0; Identity::SIZE], Identity::bytes);
            list.write(manifest, identities.iter().map(row));
        }
    }
}
