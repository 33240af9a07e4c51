//! The content as it is served now: it can be replaced while requests run, and each reader gets a view of it.
//!
//! Source: aem-protocol.md, sections 1.1, 9 (fact 9) and 15 (rows 16 and 20).

use super::access::{ClosedFolder, Reader};
use super::options::{Options, Tier};
use super::validators::Modified;
use crate::execute::{Engine, QueryChanges, Settings};
use crate::problem::Problem;
use crate::repository::Repository;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;

/// A load of the content, the first or one after an edit; or of the file of faults after an edit.
#[derive(Debug, Clone, Default)]
pub struct Reload {
    /// Which load it is, from one.
    pub number: u64,
    /// What was loaded.
    pub what: Loaded,
    /// How long the content took.
    pub took: Duration,
    /// What in the packages, or in the file of faults, cannot be used as it stands.
    pub problems: Vec<Problem>,
}

/// What can be loaded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loaded {
    /// The packages.
    #[default]
    Content,
    /// [`Options::faults_file`].
    Faults,
}

/// The content that is served.
#[derive(Debug)]
pub(super) struct Live {
    tier: Tier,
    closed: Vec<ClosedFolder>,
    settings: Settings,
    changes: Arc<QueryChanges>,
    current: RwLock<Arc<Snapshot>>,
    modified: Modified,
    /// What is wrong with the file of faults.
    faults: Mutex<Vec<Problem>>,
    loads: watch::Sender<Reload>,
}

impl Live {
    pub(super) fn new(repository: Repository, options: &Options) -> Self {
        let settings = options.settings();
        let changes = Arc::<QueryChanges>::default();
        let first = Snapshot::new(
            repository,
            options.tier,
            &options.closed_folders,
            &settings,
            &changes,
        );
        let load = Reload {
            number: 1,
            problems: first.engine.problems.clone(),
            ..Reload::default()
        };
        Self {
            tier: options.tier,
            closed: options.closed_folders.clone(),
            settings,
            changes,
            current: RwLock::new(Arc::new(first)),
            modified: Modified::new(),
            faults: Mutex::default(),
            loads: watch::Sender::new(load),
        }
    }

    /// The content of this moment; a request keeps it to its end.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves other content from now on, and tells those who listen.
    #[cfg_attr(
        not(feature = "watch"),
        expect(dead_code, reason = "only edits replace content")
    )]
    pub(super) fn replace(&self, repository: Repository, took: Duration) {
        let next = Snapshot::new(
            repository,
            self.tier,
            &self.closed,
            &self.settings,
            &self.changes,
        );
        let problems = next.engine.problems.clone();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        self.modified.renew();
        let faults = self.faults().clone();
        self.loads.send_modify(|load| {
            load.number += 1;
            load.what = Loaded::Content;
            load.took = took;
            load.problems = faults.into_iter().chain(problems).collect();
        });
    }

    /// Tells of a load that gave nothing to serve; the content stays.
    #[cfg_attr(
        not(feature = "watch"),
        expect(dead_code, reason = "only edits replace content")
    )]
    pub(super) fn failed(&self, problem: Problem) {
        self.loads.send_modify(|load| {
            load.number += 1;
            load.what = Loaded::Content;
            load.problems.retain(|known| *known != problem);
            load.problems.insert(0, problem);
        });
    }

    /// Tells that the file of faults was read again, and what is wrong with it.
    pub(super) fn faults_read(&self, problems: Vec<Problem>) {
        let before = std::mem::replace(&mut *self.faults(), problems.clone());
        self.loads.send_modify(|load| {
            load.number += 1;
            load.what = Loaded::Faults;
            load.problems.retain(|known| !before.contains(known));
            load.problems.splice(..0, problems);
        });
    }

    fn faults(&self) -> std::sync::MutexGuard<'_, Vec<Problem>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the answers of this content last changed.
    pub(super) fn modified(&self) -> &Modified {
        &self.modified
    }

    pub(super) fn loads(&self) -> watch::Receiver<Reload> {
        self.loads.subscribe()
    }

    pub(super) fn changes(&self) -> &QueryChanges {
        &self.changes
    }
}

/// One state of the content, and the views of it made so far.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// Everything the tier has.
    pub(super) engine: Arc<Engine>,
    tier: Tier,
    /// Sorted by path.
    closed: Vec<ClosedFolder>,
    /// By which of the closed folders are open.
    views: Mutex<HashMap<Vec<bool>, Arc<Engine>>>,
    settings: Settings,
    changes: Arc<QueryChanges>,
}

impl Snapshot {
    fn new(
        repository: Repository,
        tier: Tier,
        closed: &[ClosedFolder],
        settings: &Settings,
        changes: &Arc<QueryChanges>,
    ) -> Self {
        let repository = match tier {
            Tier::Author => repository,
            Tier::Publish => repository.published(|publication| publication.off_publish),
            Tier::Preview => repository.published(|publication| publication.off_preview),
        };
        let stored = repository.closed.iter().map(|(path, groups)| ClosedFolder {
            path: path.clone(),
            groups: groups.clone(),
        });
        let mut closed: Vec<ClosedFolder> = closed.iter().cloned().chain(stored).collect();
        closed.sort_by(|a, b| a.path.cmp(&b.path));
        closed.dedup_by(|b, a| a.path == b.path);
        Self {
            engine: Arc::new(Engine::new(
                repository,
                settings.clone(),
                Arc::clone(changes),
            )),
            tier,
            closed,
            views: Mutex::default(),
            settings: settings.clone(),
            changes: Arc::clone(changes),
        }
    }

    /// The content a reader gets: all of it on Author, elsewhere without closed folders that are not theirs.
    pub(super) fn view(&self, reader: &Reader) -> Arc<Engine> {
        let open: Vec<bool> = self
            .closed
            .iter()
            .map(|folder| reader.may_read(&folder.groups))
            .collect();
        if self.tier == Tier::Author || open.iter().all(|open| *open) {
            return Arc::clone(&self.engine);
        }
        // Views are few, as many as there are kinds of readers, so making one may hold the others up.
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = views.get(&open) {
            return Arc::clone(view);
        }
        let repository = &self.engine.repository;
        let view = repository.view(|path, _| self.is_open(path, &open));
        let view = Engine::new(view, self.settings.clone(), Arc::clone(&self.changes));
        let view = Arc::new(view);
        views.insert(open, Arc::clone(&view));
        view
    }

    /// The closed folder nearest to a path decides.
    fn is_open(&self, path: &str, open: &[bool]) -> bool {
        let below = |folder: &ClosedFolder| {
            path.strip_prefix(&*folder.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let folders = self.closed.iter().zip(open);
        let nearest = folders
            .filter(|(folder, _)| below(folder))
            .max_by_key(|(folder, _)| folder.path.len());
        nearest.is_none_or(|(_, open)| *open)
    }
}
