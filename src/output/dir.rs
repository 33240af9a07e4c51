//! The sink that writes a folder.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant, SystemTime};

use rayon::prelude::*;

use crate::artifact::{Artifact, Body};
use crate::diag::{Diagnostic, Diagnostics};
use crate::fs::{FsError, at};

use super::apply::apply;
use super::clean::{self, Clean};
use super::confirm::{InPlaceAll, Knowledge};
use super::failpoint::Failpoint;
use super::folders::Folders;
use super::journal;
use super::lock::{Lock, LockError};
use super::look::{Anchor, look};
use super::manifest::{self, Listed, Row};
use super::place::{Moment, Place};
use super::plan::{Plan, Planner, Record};
use super::recover::{Old, Recovery, recover};
use super::seen::Seen;
use super::staging::{InPlace, Staging, Target, Waiting, flush};
use super::tree::{Entry, Folder, Looked, Tree, parent};
use super::{Commit, Earlier, MANIFEST, Scratch, Sink, Staged, conflict, incomplete, locked};
use crate::fs::Identity;

/// For how long a file at least counts as in place once it was found there. Somebody may change it while a build waits
/// for AEM, and waits last longer than looking once more.
const TRUST: Duration = Duration::from_secs(2);

/// For how long at most.
const LONGEST_TRUST: Duration = Duration::from_secs(60);

/// For how long files count as in place when it took so long to look at all of them: to look at a hundred thousand files
/// again and again would take longer than everything else.
fn trust(took: Duration) -> Duration {
    (took * 10).clamp(TRUST, LONGEST_TRUST)
}

/// Writes a site into a folder, which it holds locked as long as it lives.
///
/// Until the commit the folder stays byte for byte what it was, but for one hidden folder that goes
/// with the sink.
#[derive(Debug)]
pub struct DirSink {
    place: Place,
    staging: Staging,
    tree: Tree,
    old: Old,
    seen: RwLock<Seen>,
    clean: Mutex<Clean>,
    recovery: Recovery,
    /// What was found once all files of the manifest were in place, and until when it counts.
    confirmed: OnceLock<(Instant, InPlaceAll)>,
    trust: fn(Duration) -> Duration,
    records: Mutex<Vec<Record>>,
    failed: AtomicBool,
    /// Whether the commit can no longer be undone.
    committed: bool,
    // Last, so that the lock is given back when all else is done.
    lock: Lock,
}

impl DirSink {
    /// Takes possession of an output folder. Like the site's root and its inputs it is named as any
    /// path of a process, relative to the working folder or absolute.
    ///
    /// What a killed build left there is finished or discarded first.
    ///
    /// # Errors
    /// When the folder is not ours or not safe to write, when another build holds it, or when the disk
    /// refuses.
    pub fn open(output: &Path, site_root: &Path, inputs: &[PathBuf]) -> Result<Self, Diagnostics> {
        Self::open_until(output, site_root, inputs, Failpoint::never())
    }

    pub(super) fn open_until(
        output: &Path,
        site_root: &Path,
        inputs: &[PathBuf],
        failpoint: Failpoint,
    ) -> Result<Self, Diagnostics> {
        let place = Place::find(output, site_root, inputs)?;
        let lock = Lock::take(place.real()).map_err(|error| match error {
            LockError::Busy => place.busy(),
            LockError::Fs(error) => place.failed(&error, Moment::Before),
        })?;
        let staging = Staging::of(place.real(), failpoint);
        let (recovery, old) = recover(&place, &staging)?;
        let tree = Tree::new(place.real());
        Ok(Self {
            place,
            staging,
            tree,
            old,
            seen: RwLock::new(Seen::nothing()),
            clean: Mutex::new(Clean::nothing()),
            recovery,
            confirmed: OnceLock::new(),
            trust,
            records: Mutex::default(),
            failed: AtomicBool::new(false),
            committed: false,
            lock,
        })
    }

    /// The same, with what is remembered in a cache folder of how the files and folders in place looked: those
    /// that nobody has touched need not be read.
    #[must_use]
    pub fn remembering(self, cache: &Path) -> Self {
        self.remembering_at(cache, SystemTime::now())
    }

    pub(super) fn remembering_at(mut self, cache: &Path, now: SystemTime) -> Self {
        let (output, device) = (self.place.real(), self.tree.device());
        let seen = Seen::load(cache, output, device, self.old.digest.as_ref());
        self.seen = RwLock::new(seen.at(now));
        self.clean = Mutex::new(Clean::load(cache, &self.tree, &self.old, now));
        self
    }

    /// The same, to which nothing counts as in place only because it was found there.
    #[cfg(test)]
    pub(super) fn without_trust(mut self) -> Self {
        self.trust = |_| Duration::ZERO;
        self
    }

    /// What was found of an earlier build that was killed.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// Compares an artifact with what is in place, and keeps it if it differs.
    fn take(&self, artifact: Artifact) -> Result<Record, FsError> {
        let Artifact {
            path,
            body,
            kind,
            provenance,
        } = artifact;
        let file = path.below(self.place.real());
        let (in_place, identity) = self.knowledge(&self.seen()).in_place(&path)?;
        let target = Target {
            path: &path,
            file: &file,
            in_place,
        };
        let kept = match body {
            Body::Bytes(bytes) => self.staging.keep_bytes(&bytes, target),
            Body::File(source) => self.staging.keep_file(&source, target),
        }?;
        let row = Row {
            path,
            hash: kept.hash,
            size: kept.size,
            kind,
            provenance,
        };
        Ok(Record {
            row,
            staged: kept.waiting,
            identity: kept.waiting.map_or(identity, |_| kept.identity),
        })
    }

    /// Stages files that are in place under a name which differs in case only; see
    /// [`Planner::renamed_in_case`].
    fn stage_renamed(&self, tree: &Tree, records: &mut [Record]) -> Result<(), FsError> {
        let planner = Planner {
            place: &self.place,
            tree,
            records,
            old: &self.old.files,
        };
        let twins: Vec<usize> = planner
            .renamed_in_case()
            .into_iter()
            .map(|(_, i)| i)
            .collect();
        for i in twins {
            let record = &mut records[i];
            if record.staged.is_none() {
                let file = record.row.path.below(self.place.real());
                let target = Target {
                    path: &record.row.path,
                    file: &file,
                    in_place: InPlace::Nothing,
                };
                let kept = self.staging.keep_file(&file, target)?;
                record.row.hash = kept.hash;
                record.row.size = kept.size;
                record.staged = kept.waiting;
            }
        }
        Ok(())
    }

    /// Treats as any other what waits for a folder to be moved with, where somebody has made the folder since.
    fn part_with_folders(&self, tree: &Tree, records: &mut [Record]) -> Result<(), FsError> {
        for record in records {
            let path = &record.row.path;
            if record.staged == Some(Waiting::AtPath)
                && tree.folder(parent(path.as_str()))? != Folder::Missing
            {
                record.staged = Some(self.staging.renumber(path)?);
            }
        }
        Ok(())
    }

    /// The hash of the new manifest if it is the one in place already.
    fn same_manifest(&self, records: &[Record]) -> Result<Option<blake3::Hash>, FsError> {
        if records.len() != self.old.files.len() {
            return Ok(None);
        }
        let digest = manifest::write(records, |record| &record.row, &mut io::sink());
        let digest = digest.map_err(at("write", &self.staging.manifest()))?;
        Ok(Some(digest).filter(|digest| self.old.digest == Some(*digest)))
    }

    /// Writes what the commit needs to be finished by whoever comes next; the hash of the manifest. When this
    /// returns, the new site is certain.
    fn write_journal(&self, records: &[Record], plan: &Plan) -> Result<blake3::Hash, FsError> {
        self.staging.make()?;
        let path = self.staging.manifest();
        self.staging.step()?;
        let write = || {
            let mut file = File::create_new(&path)?;
            let digest = manifest::write(records, |record| &record.row, &mut file)?;
            flush(&file)?;
            Ok(digest)
        };
        let digest = write().map_err(at("write", &path))?;
        let path = self.staging.journal();
        let text = journal::encode(&plan.ops);
        self.staging.step()?;
        let mut file = File::create_new(&path).map_err(at("write", &path))?;
        // In two parts, so that a test can cut it.
        let (one, two) = text.as_bytes().split_at(text.len() / 2);
        for part in [one, two] {
            self.staging.step()?;
            file.write_all(part).map_err(at("write", &path))?;
        }
        self.staging.step()?;
        flush(&file).map_err(at("write", &path))?;
        self.staging.sync()?;
        Ok(digest)
    }

    fn seen(&self) -> RwLockReadGuard<'_, Seen> {
        self.seen.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn knowledge<'a>(&'a self, seen: &'a Seen) -> Knowledge<'a> {
        Knowledge {
            tree: &self.tree,
            old: &self.old,
            seen,
            confirmed: self.just_confirmed(),
        }
    }

    /// What was found, if all files of the manifest were in place just now.
    fn just_confirmed(&self) -> Option<&InPlaceAll> {
        let (until, found) = self.confirmed.get()?;
        (Instant::now() < *until).then_some(found)
    }

    /// How the folders of the manifest look.
    fn folders(&self) -> Cow<'_, [Looked]> {
        match self.just_confirmed() {
            Some(found) => Cow::Borrowed(&found.folders),
            None => {
                let anchor = Anchor::at(self.tree.root());
                Cow::Owned(self.tree.all(&Folders::of(self.old.paths()), &anchor))
            }
        }
    }

    /// Remembers which folders of a committed site have nothing but our own in them.
    fn remember_folders(
        &self,
        records: &[Record],
        digest: &blake3::Hash,
        plan: &Plan,
        own: &[Option<Identity>],
    ) {
        let (new, old) = (records.iter().map(Record::path), self.old.paths());
        let (new, old) = (Folders::of(new), Folders::of(old));
        let contents = clean::after(&new, &plan.ops, &old, own);
        let manifest = look(&self.place.real().join(MANIFEST)).ok().flatten();
        let manifest = manifest.and_then(|found| found.identity);
        locked(&self.clean).replace(digest, manifest, contents);
    }

    /// Remembers how the files of a committed site look.
    fn remember(&self, records: &[Record], digest: &blake3::Hash) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if !seen.is_kept() {
            return;
        }
        let tree = Tree::new(self.place.real());
        // Written after everything that was staged, and before the first move: of whatever is older, nobody
        // has changed the content since.
        let manifest = look(&tree.root().join(MANIFEST)).ok().flatten();
        let manifest = manifest.and_then(|found| found.identity);
        let is_older = |found: &Identity| manifest.is_some_and(|m| found.is_older(&m));
        let moved = |row: &Row| match tree.entry(&row.path) {
            Ok(Entry::File { size, identity }) if size == row.size => identity,
            _ => None,
        };
        let identity = |record: &Record| match record.staged {
            Some(Waiting::Numbered(_)) => moved(&record.row).filter(is_older),
            Some(Waiting::AtPath) => record.identity.filter(is_older),
            None => record.identity,
        };
        let identities: Vec<_> = records.par_iter().map(identity).collect();
        seen.renew(digest, &identities);
    }

    fn failure(&self, error: &FsError, moment: Moment) -> Diagnostic {
        self.place.failed(error, moment)
    }
}

impl Sink for DirSink {
    fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics> {
        match self.take(artifact) {
            Ok(record) => {
                let Row { hash, size, .. } = record.row;
                locked(&self.records).push(record);
                Ok(Some(Staged { hash, size }))
            }
            Err(error) => {
                self.failed.store(true, Ordering::Relaxed);
                Err(self.failure(&error, Moment::Before).into())
            }
        }
    }

    fn is_of(&self, manifest: &str) -> bool {
        self.old
            .digest
            .is_some_and(|own| *own.to_hex() == *manifest)
    }

    fn confirm(&self, manifest: &str) -> Result<bool, Diagnostics> {
        let Some(digest) = self.old.digest.filter(|_| self.is_of(manifest)) else {
            return Ok(false);
        };
        let since = Instant::now();
        if self.just_confirmed().is_some() {
            return Ok(true);
        }
        // What an earlier look has seen of folders may have changed.
        let tree = Tree::new(self.place.real());
        let found = Knowledge {
            tree: &tree,
            ..self.knowledge(&self.seen())
        }
        .confirm();
        let found = found.map_err(|error| self.failure(&error, Moment::Before))?;
        let Some(found) = found else {
            return Ok(false);
        };
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.renew(&digest, &found.files);
        // Whoever keeps one of these files soon need not look at it again.
        let until = since + (self.trust)(since.elapsed());
        let _ = self.confirmed.set((until, found));
        Ok(true)
    }

    fn stay(&self) -> Commit {
        let planner = Planner {
            place: &self.place,
            tree: &self.tree,
            records: &[],
            old: &self.old.files,
        };
        let mut clean = locked(&self.clean);
        let (left_alone, own) = planner.strangers(&self.folders(), &clean);
        if let Some(digest) = &self.old.digest {
            clean.renew(digest, own);
        }
        Commit {
            unchanged: self.old.files.len() as u64,
            manifest: self.old.digest.map(|digest| digest.to_hex().to_string()),
            left_alone,
            ..Commit::default()
        }
    }

    fn keep(&self, earlier: Earlier) -> Result<bool, Diagnostics> {
        let Staged { hash, size } = earlier.content;
        let file = Listed {
            path: earlier.path,
            hash,
            size,
        };
        let found = self.knowledge(&self.seen()).find(&file);
        let found = found.map_err(|error| self.failure(&error, Moment::Before))?;
        let record = found.map(|identity| Record {
            row: Row {
                path: file.path,
                hash,
                size,
                kind: earlier.kind,
                provenance: earlier.provenance,
            },
            staged: None,
            identity,
        });
        let is_kept = record.is_some();
        locked(&self.records).extend(record);
        Ok(is_kept)
    }

    fn scratch(&self) -> Result<Scratch, Diagnostics> {
        match self.staging.downloads() {
            Ok(folder) => Ok(Scratch::of_sink(folder)),
            Err(error) => Err(self.failure(&error, Moment::Before).into()),
        }
    }

    fn commit(mut self: Box<Self>) -> Result<Commit, Diagnostics> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(incomplete().into());
        }
        let mut records = std::mem::take(&mut *locked(&self.records));
        records.par_sort_by(|a, b| a.row.path.cmp(&b.row.path));
        let conflicts = conflict::check(records.iter().map(Record::claim));
        if conflicts.has_errors() {
            return Err(conflicts);
        }
        let before = |error: FsError| Diagnostics::from(self.failure(&error, Moment::Before));
        // What was seen while staging may have changed.
        let tree = Tree::new(self.place.real());
        self.part_with_folders(&tree, &mut records)
            .map_err(before)?;
        self.stage_renamed(&tree, &mut records).map_err(before)?;
        let planner = Planner {
            place: &self.place,
            tree: &tree,
            records: &records,
            old: &self.old.files,
        };
        let plan = planner.plan()?;
        let (left_alone, own) = planner.strangers(&self.folders(), &locked(&self.clean));
        let mut commit = summary(&records, &plan, left_alone);
        if plan.ops.is_empty()
            && let Some(digest) = self.same_manifest(&records).map_err(before)?
        {
            self.remember(&records, &digest);
            locked(&self.clean).renew(&digest, own);
            commit.manifest = Some(digest.to_hex().to_string());
            return Ok(commit);
        }
        let digest = self.write_journal(&records, &plan).map_err(before)?;
        commit.manifest = Some(digest.to_hex().to_string());
        self.committed = true;
        apply(&Tree::new(self.place.real()), &self.staging, &plan.ops)
            .map_err(|error| self.failure(&error, Moment::After))?;
        // All is in place. Should this fail, the next start does it.
        let _ = self.staging.discard();
        self.remember(&records, &digest);
        self.remember_folders(&records, &digest, &plan, &own);
        Ok(commit)
    }
}

impl Drop for DirSink {
    fn drop(&mut self) {
        if self.staging.killed() {
            self.lock.abandon();
        } else if !self.committed {
            // Should this fail, the next start does it.
            let _ = self.staging.discard();
        }
    }
}

fn summary(records: &[Record], plan: &Plan, left_alone: Vec<String>) -> Commit {
    let mut commit = Commit {
        left_alone,
        removed: plan.removed.len() as u64,
        ..Commit::default()
    };
    commit.changed.removed.clone_from(&plan.removed);
    for Record { row, staged, .. } in records {
        if staged.is_some() {
            commit.written += 1;
            commit.bytes_written += row.size;
            commit.changed.written.push(row.path.clone());
        } else {
            commit.unchanged += 1;
        }
    }
    commit
}
