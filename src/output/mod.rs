//! Makes a built site visible: [`Sink::stage`] takes artifacts one by one, [`Sink::commit`] shows all
//! of them or none.
//!
//! Two sinks exist. [`MemorySink`] keeps a site in memory. [`DirSink`] writes a folder, and its parts
//! follow the life of a build:
//!
//! - `place` decides whether the folder may be written at all, and names paths as the user does;
//! - `lock` keeps a second build out;
//! - `recover` ends what a killed build began;
//! - `staging` holds what is new or different (`compare`), beside the site it will replace;
//! - `seen` remembers how files looked (`identity`), so that untouched ones need not be read, and `clean` which
//!   `folders` have nothing but our own in them, so that untouched ones need not be opened; both in a `list`;
//! - `scratch` is room for downloads;
//! - `conflict` finds artifacts that cannot exist together;
//! - `strangers` finds what is not ours and stays;
//! - `plan` compares with what is in place (`tree`) and with the last `manifest`, and decides
//!   every step without doing one, or finds what is in the way (`obstacle`); `moves` finds new folders that
//!   can come as a whole;
//! - `journal` makes these steps durable, `apply` takes them. The moment in which the journal is
//!   whole is the moment of the commit: a build killed before it never was, one killed after it is
//!   finished by the next.
//!
//! Nothing is ever emptied and filled again: files that stay the same are not touched.
//!
//! A process can be killed at any instruction. Power can fail too: the journal and the manifest are
//! flushed to the disk, the artifacts are not (one flush for each would make a build many times
//! slower). What such a failure garbles the next build mends, since it compares contents and believes
//! no manifest.

mod apply;
mod clean;
mod compare;
mod confirm;
mod conflict;
mod dir;
mod discard;
mod failpoint;
mod folders;
mod journal;
mod list;
mod lock;
mod look;
mod manifest;
mod memory;
mod moves;
mod obstacle;
mod place;
mod plan;
mod published;
mod recover;
mod scratch;
mod seen;
mod staging;
mod strangers;
#[cfg(test)]
mod tests;
mod tree;
mod verify;

use crate::artifact::{Artifact, ArtifactKind, OutputPath, Provenance};
use crate::diag::{Diagnostic, Diagnostics, Kind};

pub use dir::DirSink;
pub use discard::Discard;
pub use memory::{MemoryFiles, MemorySink, MemorySite};
pub use published::Published;
pub use recover::Recovery;
pub use scratch::Scratch;
pub use verify::{Files, Verified};

/// The file that marks an output folder as ours and lists what Frieze made in it.
pub const MANIFEST: &str = ".frieze-manifest";

/// Where a built site goes.
///
/// A sink serves one build. Dropped without a commit it leaves everything as it was.
pub trait Sink: Send + Sync {
    /// Takes an artifact; nothing of it is visible yet. Tells what it took, if it keeps anything. Called from
    /// many threads at once.
    ///
    /// # Errors
    /// When the artifact cannot be read or kept. A sink that failed once refuses to commit.
    fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics>;

    /// Makes a file of an earlier build part of this one, if it is in place with exactly that content.
    /// Otherwise nothing has happened, and the caller makes and stages it. Called from many threads at once.
    ///
    /// # Errors
    /// When the disk refuses.
    fn keep(&self, earlier: Earlier) -> Result<bool, Diagnostics> {
        let _ = earlier;
        Ok(false)
    }

    /// Whether what is in place says that the commit with this manifest has made it: without that, it is not worth
    /// [confirming](Self::confirm). Costs nothing.
    fn is_of(&self, manifest: &str) -> bool {
        let _ = manifest;
        false
    }

    /// Whether what is in place is untouched since the commit whose manifest had this hash; not where that cannot be
    /// told. Called before anything is staged, and again after a wait: it costs nothing when that was short.
    ///
    /// # Errors
    /// When the disk refuses.
    fn confirm(&self, manifest: &str) -> Result<bool, Diagnostics> {
        let _ = manifest;
        Ok(false)
    }

    /// What to say in the place of a commit where all that is in place was [confirmed](Self::confirm), and stays.
    fn stay(&self) -> Commit {
        Commit::default()
    }

    /// A folder for files on their way into artifacts.
    ///
    /// # Errors
    /// When it cannot be made.
    fn scratch(&self) -> Result<Scratch, Diagnostics> {
        Scratch::temporary()
    }

    /// Makes everything staged visible, and what an earlier build made and this one did not, go.
    ///
    /// # Errors
    /// When two artifacts exclude each other, something that is not ours is in the way, or the disk
    /// refuses.
    fn commit(self: Box<Self>) -> Result<Commit, Diagnostics>;
}

/// The content that was staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Staged {
    /// Of the content.
    pub hash: blake3::Hash,
    /// In bytes.
    pub size: u64,
}

/// A file as an earlier build made it, and this one would make it again.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// Where it is.
    pub path: OutputPath,
    /// Its content.
    pub content: Staged,
    /// The part it plays.
    pub kind: ArtifactKind,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// What a commit changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Files that are new or have new content.
    pub written: u64,
    /// Files that were in place already.
    pub unchanged: u64,
    /// Files of an earlier build that went.
    pub removed: u64,
    /// The size of the written files together.
    pub bytes_written: u64,
    /// The hash of the manifest, in hex, where one is written.
    pub manifest: Option<String>,
    /// Files in the folder that Frieze did not make, relative to it and sorted.
    pub left_alone: Vec<String>,
    /// Which files these were.
    pub changed: Changed,
}

/// The files a commit changed, each list sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// New, or with new content.
    pub written: Vec<OutputPath>,
    /// Gone.
    pub removed: Vec<OutputPath>,
}

/// A guard's content even when a thread panicked while holding it: staged records are only ever
/// appended whole.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Refuses to commit after a failed [`Sink::stage`]: what is missing would make a hollow site.
fn incomplete() -> Diagnostic {
    Diagnostic::error(
        Kind::Config,
        "the site was not committed, since not all of it could be kept",
    )
    .note("the files that could not be kept are reported on their own")
}
