//! What is known about one answer or asset.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Key, write_whole};
use crate::source::Validators;

/// The folder of the records. The number is that of their format: an older frieze's are not read.
pub(super) const FOLDER: &str = "answers-1";

/// What is known about an answer or an asset. Holds no credential, nor anything made of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// What was asked, for people who look into the folder.
    pub(super) request: String,
    /// BLAKE3 of the body, in hex: the name of its file.
    pub(super) hash: String,
    /// Bytes of the body.
    pub(super) size: u64,
    pub(super) content_type: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// When AEM last said that this is right, in seconds since 1970.
    pub(super) validated: u64,
}

impl Record {
    /// A record of something that AEM sent. When is for who keeps it to say.
    pub(super) fn new(
        request: String,
        hash: &str,
        size: u64,
        content_type: Option<String>,
        validators: Validators,
    ) -> Self {
        Self {
            request,
            hash: hash.to_owned(),
            size,
            content_type,
            etag: validators.etag,
            last_modified: validators.last_modified,
            validated: 0,
        }
    }

    pub(super) fn validators(&self) -> Validators {
        Validators {
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
        }
    }

    /// How long ago AEM last said that this is right; `None` when that is in the future, as after a clock
    /// was set back.
    pub(super) fn age(&self, now: SystemTime) -> Option<Duration> {
        Duration::from_secs(seconds(now).checked_sub(self.validated)?).into()
    }
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// All records.
#[derive(Clone, Debug)]
pub(super) struct Records {
    folder: PathBuf,
}

impl Records {
    pub(super) fn below(folder: &Path) -> Self {
        Self {
            folder: folder.join(FOLDER),
        }
    }

    /// The record of a key; `None` also when it is damaged.
    pub(super) fn find(&self, key: &Key) -> Option<Record> {
        read(&self.place(key))
    }

    /// Keeps a record in the place of an earlier one.
    pub(super) fn keep(&self, key: &Key, record: &Record) -> std::io::Result<()> {
        let json = serde_json::to_string(record)?;
        let check = blake3::hash(json.as_bytes()).to_hex();
        write_whole(
            &self.place(key),
            &[check.as_bytes(), b"\n", json.as_bytes(), b"\n"],
        )
    }

    fn place(&self, key: &Key) -> PathBuf {
        let name = key.to_string();
        self.folder.join(&name[..2]).join(name)
    }
}

/// Reads a record and holds it against its checksum.
pub(super) fn read(file: &Path) -> Option<Record> {
    let text = std::fs::read_to_string(file).ok()?;
    let (check, json) = text.trim_end().split_once('\n')?;
    let intact = blake3::hash(json.as_bytes()).to_hex().as_str() == check;
    intact.then(|| serde_json::from_str(json).ok()).flatten()
}
