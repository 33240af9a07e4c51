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

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::identity::Identity;
use crate::fs;

/// Below the cache folder.
const FOLDER: &str = "in-place-1";

/// The first bytes of a list.
const HEADER: &[u8; 16] = b"frieze in place\n";

/// How long before it was read a file must have been left in peace. FAT counts in steps of two seconds.
const MARGIN: Duration = Duration::from_secs(3);

/// The list of a folder.
#[derive(Debug)]
pub(super) struct Seen {
    /// Where it is kept, if anywhere.
    file: Option<PathBuf>,
    device: Option<u64>,
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
            file: None,
            device: None,
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
        let name = blake3::hash(output.as_os_str().as_encoded_bytes()).to_hex();
        let file = cache.join(FOLDER).join(&name[..32]);
        let read = || {
            let bytes = std::fs::read(&file).ok()?;
            decode(&bytes, &header(device?, manifest?))
        };
        Self {
            identities: read().unwrap_or_default(),
            file: Some(file),
            manifest: manifest.copied(),
            device,
            settled: i64::MIN,
        }
    }

    /// The same for a build that begins now.
    pub(super) fn at(self, now: SystemTime) -> Self {
        Self {
            settled: now.checked_sub(MARGIN).map_or(i64::MIN, moment),
            ..self
        }
    }

    /// Whether anybody will ask for what is seen now.
    pub(super) fn is_kept(&self) -> bool {
        self.file.is_some() && self.device.is_some()
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
    pub(super) fn renew(&mut self, manifest: &blake3::Hash, identities: Vec<Option<Identity>>) {
        let known = self.manifest.as_ref() == Some(manifest) && self.identities == identities;
        if !known && identities.iter().any(Option::is_some) {
            self.write(manifest, &identities);
            self.identities = identities;
            self.manifest = Some(*manifest);
        }
    }

    fn write(&self, manifest: &blake3::Hash, identities: &[Option<Identity>]) {
        let (Some(file), Some(device)) = (&self.file, self.device) else {
            return;
        };
        let mut bytes = header(device, manifest);
        bytes.reserve_exact(identities.len() * Identity::SIZE);
        for identity in identities {
            bytes.extend(identity.map_or([0; Identity::SIZE], Identity::bytes));
        }
        let _ = fs::write_whole(file, &bytes);
    }
}

/// What a list must begin with to be believed.
fn header(device: u64, manifest: &blake3::Hash) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    bytes.extend(device.to_le_bytes());
    bytes.extend(manifest.as_bytes());
    bytes.extend(blake3::hash(&this_start()).as_bytes());
    bytes
}

/// What is another after each start of the machine, on Linux.
fn this_start() -> Vec<u8> {
    std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

fn decode(bytes: &[u8], header: &[u8]) -> Option<Vec<Option<Identity>>> {
    let (rows, rest) = bytes.strip_prefix(header)?.as_chunks();
    rest.is_empty()
        .then(|| rows.iter().map(|row| Identity::from_bytes(*row)).collect())
}

/// In nanoseconds since 1970; long ago when the clock is wrong, so that nothing counts as settled.
fn moment(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_nanos()).ok())
        .unwrap_or(i64::MIN)
}
