//! What is known about one answer or asset.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Key, write_whole};
use crate::aem::Outline;
use crate::packing::Packing;
use crate::source::{Span, Validators};

/// The folder of the records. The number is that of their format: an older frieze's are not read.
pub(super) const FOLDER: &str = "answers-2";

/// No record is longer, in bytes: its texts come from headers and an address.
const LONGEST: u64 = 1 << 20;

/// The clocks of two machines that share a cache may differ by this.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// A use is written down when the last one is this long ago.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What tells a body from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    /// BLAKE3 of its file, in hex, and the name of that.
    pub(super) hash: Arc<str>,
    /// Bytes, when it is unpacked.
    pub(super) size: u64,
    /// How its file is packed, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) packing: Option<Packing>,
    /// `Content-Type` of an asset, as sent.
    pub(super) content_type: Option<String>,
}

impl Content {
    /// The name of its file.
    pub(super) fn file_name(&self) -> String {
        match self.packing {
            None => self.hash.to_string(),
            Some(packing) => format!("{}.{}", self.hash, packing.extension()),
        }
    }
}

/// What is known about an answer or an asset. Holds no credential, nor anything made of one. Times are the
/// beginnings of builds, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// What was asked, for people who look into the folder.
    pub(super) request: String,
    /// The last good answer; none if there was never one.
    pub(super) content: Option<Content>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// Where its items are, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outline: Option<String>,
    /// The first of the builds, one after the other without a gap, that got this.
    since: u64,
    /// The last of them: when AEM last said that this is right.
    validated: u64,
    /// When AEM last said that there is nothing, to a definition for which that is an answer.
    nothing: Option<u64>,
    /// When a build last used it, whether or not AEM was asked, give or take a day.
    used: u64,
}

impl Record {
    /// A record of something that AEM sent to a build.
    pub(super) fn new(
        request: String,
        content: Content,
        validators: Validators,
        build: u64,
    ) -> Self {
        Self {
            request,
            content: Some(content),
            etag: validators.etag,
            last_modified: validators.last_modified,
            outline: None,
            since: build,
            validated: build,
            nothing: None,
            used: build,
        }
    }

    /// The same, with what helps to read what comes next.
    pub(super) fn with_outline(self, outline: Option<&Outline>) -> Self {
        Self {
            outline: outline.map(Outline::encode),
            ..self
        }
    }

    /// What helps to read what comes next.
    pub(super) fn outline(&self) -> Outline {
        self.outline
            .as_deref()
            .map(Outline::decode)
            .unwrap_or_default()
    }

    /// A record of nothing.
    pub(super) fn of_nothing(request: String, build: u64) -> Self {
        Self {
            request,
            content: None,
            etag: None,
            last_modified: None,
            outline: None,
            since: 0,
            validated: 0,
            nothing: Some(build),
            used: build,
        }
    }

    /// What is known now about the same content as an earlier record's.
    pub(super) fn after(self, earlier: &Self) -> Self {
        Self {
            since: earlier.since,
            validated: earlier.validated,
            ..self
        }
    }

    /// Notes that a build heard that this is right, as the one before it may have.
    pub(super) fn confirmed(self, build: u64, before: Option<u64>) -> Self {
        let goes_on = before == Some(self.validated) && self.validated < build;
        Self {
            since: if goes_on { self.since } else { build },
            validated: build,
            nothing: None,
            used: build,
            ..self
        }
    }

    /// Notes that a build heard that there is nothing.
    pub(super) fn with_nothing(self, build: u64) -> Self {
        Self {
            nothing: Some(build),
            used: build,
            ..self
        }
    }

    /// Notes that a build used it; `None` when that need not be written down.
    pub(super) fn touched(&self, build: u64) -> Option<Self> {
        let is_due = elapsed(build, self.used).is_none_or(|unused| unused >= DAY);
        is_due.then(|| Self {
            used: build,
            ..self.clone()
        })
    }

    pub(super) fn validators(&self) -> Validators {
        Validators {
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
        }
    }

    /// The builds in which this was AEM's answer.
    pub(super) fn span(&self) -> Span {
        Span {
            first: self.since,
            last: self.validated,
        }
    }

    /// Whether AEM's last word was that there is nothing.
    pub(super) fn says_nothing(&self) -> bool {
        self.nothing.is_some_and(|build| build >= self.validated)
    }

    /// How long ago AEM last had a word about it; `None` when that is in the future, as after a clock was set
    /// back.
    pub(super) fn age(&self, build: u64) -> Option<Duration> {
        elapsed(build, self.nothing.unwrap_or(0).max(self.validated))
    }

    /// Whether a build used it within a time. What comes from the future is as good as old.
    pub(super) fn is_used(&self, now: SystemTime, within: Duration) -> bool {
        elapsed(millis(now), self.used).is_some_and(|unused| unused <= within)
    }
}

/// How long ago something was; `None` when it is in the future.
fn elapsed(now: u64, then: u64) -> Option<Duration> {
    let ahead = Duration::from_millis(then.saturating_sub(now));
    (ahead <= SKEW).then(|| Duration::from_millis(now.saturating_sub(then)))
}

/// Milliseconds since 1970.
pub(super) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
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

    /// The build that came before in a realm, as far as it is known, after which this one comes.
    pub(super) fn succeed(&self, realm: &Key, build: u64) -> Option<u64> {
        let file = self
            .folder
            .join(format!("last-build-{}", &realm.to_string()[..16]));
        let before = std::fs::read_to_string(&file).ok();
        let before = before.and_then(|text| text.trim_end().parse().ok());
        // Where it cannot be written, nothing else can.
        let _ = write_whole(&file, &[build.to_string().as_bytes(), b"\n"]);
        before
    }

    fn place(&self, key: &Key) -> PathBuf {
        let name = key.to_string();
        self.folder.join(&name[..2]).join(name)
    }
}

/// Reads a record and holds it against its checksum.
pub(super) fn read(file: &Path) -> Option<Record> {
    let file = super::open(file)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let (check, json) = text.trim_end().split_once('\n')?;
    let intact = blake3::hash(json.as_bytes()).to_hex().as_str() == check;
    intact.then(|| serde_json::from_str(json).ok()).flatten()
}
