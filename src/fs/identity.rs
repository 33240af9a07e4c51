//! What the system tells of a file without reading it, by which one that is untouched is known again.

use std::fs::Metadata;
use std::num::NonZeroU64;
use std::time::{Duration, SystemTime};

/// How long before it was read a file must have been left in peace. FAT counts in steps of two seconds.
const MARGIN: Duration = Duration::from_secs(3);

/// A file or folder as it was when somebody looked, beside its size.
///
/// Whatever changes a file's content changes its time of change, which nobody can set; a file that took
/// its place has another inode, and came to its place at another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    inode: NonZeroU64,
    /// When its content changed, in nanoseconds since 1970.
    modified: i64,
    /// When anything about it changed, its name included.
    changed: i64,
}

impl Identity {
    /// How many bytes [`Identity::bytes`] has.
    pub const SIZE: usize = 24;

    /// Of a file; `None` where the system does not tell enough.
    #[cfg(unix)]
    #[must_use]
    pub fn of(found: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Self::new(
            found.ino(),
            Self::nanoseconds(found.mtime(), found.mtime_nsec())?,
            Self::nanoseconds(found.ctime(), found.ctime_nsec())?,
        )
    }

    /// With times in nanoseconds since 1970; `None` where there is no inode.
    #[must_use]
    pub fn new(inode: u64, modified: i64, changed: i64) -> Option<Self> {
        Some(Self {
            inode: NonZeroU64::new(inode)?,
            modified,
            changed,
        })
    }

    /// A time of a file system, in nanoseconds since 1970.
    #[cfg(unix)]
    #[must_use]
    pub fn nanoseconds(seconds: i64, rest: i64) -> Option<i64> {
        seconds.checked_mul(1_000_000_000)?.checked_add(rest)
    }

    /// Elsewhere there is no time that nobody can set.
    #[cfg(not(unix))]
    #[must_use]
    pub fn of(_: &Metadata) -> Option<Self> {
        None
    }

    /// Whether nothing has happened to the file since a moment, nor right before: clocks of file systems are
    /// coarse, and what happens within one tick cannot be told apart.
    #[must_use]
    pub fn is_settled(&self, before: i64) -> bool {
        self.modified < before && self.changed < before
    }

    /// Whether the content is older than a moment of the same file system's clock.
    #[must_use]
    pub fn is_older(&self, than: &Self) -> bool {
        self.modified < than.modified
    }

    /// Whether nothing at all has happened to it since another was written and came to its place. It may have come to
    /// its own in the same tick; whatever changes its content later gives it a time of then.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        self.modified < other.modified && self.changed <= other.changed
    }

    /// When anything about it changed, in nanoseconds since 1970, by the clock of its file system.
    #[must_use]
    pub fn changed(&self) -> i64 {
        self.changed
    }

    /// For a file.
    #[must_use]
    pub fn bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..8].copy_from_slice(&self.inode.get().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.modified.to_le_bytes());
        bytes[16..].copy_from_slice(&self.changed.to_le_bytes());
        bytes
    }

    /// From a file; zeros are nobody's identity.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::SIZE]) -> Option<Self> {
        let part = |at: usize| bytes[at..at + 8].try_into().map(u64::from_le_bytes).ok();
        Self::new(part(0)?, part(8)?.cast_signed(), part(16)?.cast_signed())
    }
}

/// Before this moment, what is looked at now must have changed to be known again, in nanoseconds since 1970; long ago
/// when the clock is wrong, so that nothing counts as settled.
#[must_use]
pub fn settled(now: SystemTime) -> i64 {
    now.checked_sub(MARGIN).and_then(moment).unwrap_or(i64::MIN)
}

/// In nanoseconds since 1970.
#[must_use]
pub fn moment(time: SystemTime) -> Option<i64> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

/// What is another after each start of the machine, on Linux: when the power fails, a file can lose content that was
/// never flushed and look as before.
#[must_use]
pub fn this_start() -> blake3::Hash {
    let id = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    blake3::hash(&id)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let identity = Identity::of(&dir.path().symlink_metadata().unwrap()).unwrap();
        assert_eq!(Identity::from_bytes(identity.bytes()), Some(identity));
        assert_eq!(Identity::from_bytes([0; Identity::SIZE]), None);
    }

    #[test]
    fn whatever_happens_in_the_tick_of_the_other_or_later_is_not_before_it() {
        let at = |modified, changed| Identity::new(1, modified, changed).unwrap();
        let other = at(10, 20);
        for (modified, changed) in [(9, 9), (9, 19), (9, 20)] {
            assert!(
                at(modified, changed).is_before(&other),
                "{modified} {changed}"
            );
        }
        for (modified, changed) in [(10, 20), (20, 20), (9, 21), (21, 21)] {
            assert!(
                !at(modified, changed).is_before(&other),
                "{modified} {changed}"
            );
        }
    }
}
