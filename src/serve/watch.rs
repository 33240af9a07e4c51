//! Edits of the site's files: noticed, gathered until they come to rest, and told to the actor.
//!
//! A [`Watch`] is a thread. Setting watches up takes a while for large folders, so it happens there; what is edited
//! meanwhile is found by comparing a [`Listing`] of before with one of after. The folder of the site itself is watched
//! without what is below it, for `site.toml` and for folders that come and go; the folders that are read are watched
//! whole. Where the system cannot watch, listings are compared every second, and so they are while the folder of the site
//! is gone.

mod listing;
mod problem;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache, new_debouncer,
};

use super::actor::{Ask, Teller};
use super::change::{Change, Effect, Places};
use crate::diag::Diagnostics;
use listing::Listing;
use problem::unwatched;

/// Edits this close together are one.
const REST: Duration = Duration::from_millis(75);
/// How often listings are compared where nothing can be watched.
const LOOK: Duration = Duration::from_secs(1);

/// Follows the files of a site. Ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    is_over: Arc<AtomicBool>,
    wake: Sender<DebounceEventResult>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Follows from now on.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(places: Places, ask: Ask) -> io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let (wake, events) = channel();
        let before = Listing::of(&watched(&places));
        let follower = Follower {
            real_root: places.root().canonicalize().ok(),
            places,
            ask,
            is_over: Arc::clone(&is_over),
            lost: BTreeSet::new(),
            is_root_lost: false,
        };
        let sender = wake.clone();
        let thread = thread::Builder::new().name("preview-watch".to_owned());
        let thread = thread.spawn(move || follower.run(&before, sender, &events))?;
        Ok(Self {
            is_over,
            wake,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // No events: only a reason to look whether it is over.
        let _ = self.wake.send(Ok(Vec::new()));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Everything that is looked at: folders, and the files beside them.
fn watched(places: &Places) -> Vec<PathBuf> {
    let mut all = places.folders();
    all.push(places.file().to_path_buf());
    all.push(places.root().join(".env"));
    all
}

type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

/// The thread's own.
struct Follower {
    places: Places,
    /// Some systems tell of files by where they really are.
    real_root: Option<PathBuf>,
    ask: Ask,
    is_over: Arc<AtomicBool>,
    /// What cannot be watched.
    lost: BTreeSet<PathBuf>,
    /// Whether the folder of the site may have gone: what is watched is the folder, not its name.
    is_root_lost: bool,
}

impl Follower {
    fn run(
        mut self,
        before: &Listing,
        sender: Sender<DebounceEventResult>,
        events: &Receiver<DebounceEventResult>,
    ) {
        let mut found = Diagnostics::new();
        let debouncer = new_debouncer(REST, None, move |result: DebounceEventResult| {
            // When nobody listens any more the preview is over.
            drop(sender.send(result));
        });
        let mut debouncer = match debouncer {
            Ok(debouncer) => Some(debouncer),
            Err(error) => {
                self.lost.extend(watched(&self.places));
                found.push(unwatched(self.places.root(), self.places.root(), &error));
                None
            }
        };
        if let Some(debouncer) = &mut debouncer {
            found.extend(self.set_up(debouncer));
        }
        if !found.is_empty() {
            self.ask.remark(Teller::Watch, found);
        }
        let now = Listing::of(&watched(&self.places));
        self.tell(now.differing(before));
        self.follow(now, debouncer.as_mut(), events);
    }

    /// Watches everything; what is to be said where that cannot be done.
    fn set_up(&mut self, debouncer: &mut Watcher) -> Diagnostics {
        let mut folders = vec![(
            self.places.root().to_path_buf(),
            RecursiveMode::NonRecursive,
        )];
        // A file is watched through its folder: editors replace it.
        let beside = self.places.file().parent().map(Path::to_path_buf);
        folders.extend(beside.map(|folder| (folder, RecursiveMode::NonRecursive)));
        folders.dedup();
        for folder in self.places.folders() {
            folders.push((folder, RecursiveMode::Recursive));
        }
        let mut found = Diagnostics::new();
        for (folder, mode) in folders {
            if let Err(error) = self.watch(debouncer, &folder, mode) {
                found.push_merged(unwatched(&folder, self.places.root(), &error));
            }
        }
        found
    }

    /// Watches everything anew if the folder of the site may have gone, once there is one by its name.
    fn return_to_root(&mut self, debouncer: &mut Watcher) {
        let root = self.places.root().to_path_buf();
        if !self.is_root_lost || !root.is_dir() {
            return;
        }
        self.is_root_lost = false;
        for folder in self.places.folders().iter().chain([&root]) {
            // What is gone is not watched any more.
            let _ = debouncer.unwatch(folder);
        }
        let found = self.set_up(debouncer);
        if !found.is_empty() {
            self.ask.remark(Teller::Watch, found);
        }
    }

    /// Watches a folder, if it is there. Once it is, an event of the folder above says so.
    fn watch(
        &mut self,
        debouncer: &mut Watcher,
        folder: &Path,
        mode: RecursiveMode,
    ) -> notify::Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        let watched = debouncer.watch(folder, mode);
        match &watched {
            Ok(()) => drop(self.lost.remove(folder)),
            Err(_) => drop(self.lost.insert(folder.to_path_buf())),
        }
        watched
    }

    fn follow(
        mut self,
        mut last: Listing,
        mut debouncer: Option<&mut Watcher>,
        events: &Receiver<DebounceEventResult>,
    ) {
        loop {
            let is_all_watched = self.lost.is_empty() && !self.is_root_lost;
            let event = match is_all_watched {
                true => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => events.recv_timeout(LOOK),
            };
            if self.is_over.load(Ordering::Relaxed) {
                return;
            }
            match event {
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(debouncer) = debouncer.as_deref_mut() {
                        self.return_to_root(debouncer);
                    }
                    let now = Listing::of(&watched(&self.places));
                    self.tell(now.differing(&last));
                    last = now;
                }
                Ok(Ok(events)) => {
                    let files = self.files(&events);
                    if let Some(debouncer) = debouncer.as_deref_mut() {
                        self.watch_new(debouncer, &files);
                    }
                    self.is_root_lost |= files.contains(self.places.root());
                    self.tell(files);
                }
                // What was missed is not known: everything is read again.
                Ok(Err(_)) => self.tell(watched(&self.places).into_iter().collect()),
            }
        }
    }

    /// The files that events are about, but for those that were only read.
    fn files(&self, events: &[DebouncedEvent]) -> BTreeSet<PathBuf> {
        if events.iter().any(|event| event.event.need_rescan()) {
            return watched(&self.places).into_iter().collect();
        }
        let matters = |event: &&DebouncedEvent| !matches!(event.event.kind, EventKind::Access(_));
        let paths = events.iter().filter(matters);
        let paths = paths.flat_map(|event| event.event.paths.iter());
        paths.map(|path| self.as_named(path)).collect()
    }

    /// A path as it begins in the settings, not where links lead.
    fn as_named(&self, path: &Path) -> PathBuf {
        let root = self.places.root();
        let below = |real: &PathBuf| path.strip_prefix(real).ok().map(|below| root.join(below));
        match path.starts_with(root) {
            true => path.to_path_buf(),
            false => self
                .real_root
                .as_ref()
                .and_then(below)
                .unwrap_or_else(|| path.to_path_buf()),
        }
    }

    /// Watches folders that have come, or are others by that name.
    fn watch_new(&mut self, debouncer: &mut Watcher, files: &BTreeSet<PathBuf>) {
        let mut found = Diagnostics::new();
        for folder in self.places.folders() {
            if !files.contains(&folder) {
                continue;
            }
            // There may be none, or one of a folder that is gone.
            let _ = debouncer.unwatch(&folder);
            if let Err(error) = self.watch(debouncer, &folder, RecursiveMode::Recursive) {
                found.push_merged(unwatched(&folder, self.places.root(), &error));
            }
        }
        if !found.is_empty() {
            self.ask.remark(Teller::Watch, found);
        }
    }

    fn tell(&self, files: BTreeSet<PathBuf>) {
        let of_use = |file: &PathBuf| self.places.effect(file) != Effect::Nothing;
        self.ask
            .change(Change::files(files.into_iter().filter(of_use)));
    }
}

#[cfg(test)]
mod tests;
