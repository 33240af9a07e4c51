//! Edits of the packages: noticed, gathered until they come to rest, and loaded.

use super::live::Live;
use crate::problem::Problem;
use crate::repository::Packages;
use notify::{EventKind, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, new_debouncer};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Edits this close together are one.
const REST: Duration = Duration::from_millis(150);
/// How often a follower looks whether its sandbox is still there.
const ALIVE: Duration = Duration::from_millis(500);

/// Follows the packages on a thread of its own, as long as the sandbox lives.
///
/// `loaded` is when their first load began. Setting watches up takes a while for large packages, so it happens there as
/// well; edits since then are looked for when it is done.
pub(super) fn follow<T: AsRef<Live> + Send + Sync + 'static>(
    packages: Packages,
    loaded: SystemTime,
    owner: &Arc<T>,
) {
    let owner = Arc::downgrade(owner);
    let started = thread::Builder::new()
        .name("sandbox-watch".to_owned())
        .spawn({
            let owner = Weak::clone(&owner);
            move || run(&packages, loaded, &owner)
        });
    if let (Err(error), Some(owner)) = (started, owner.upgrade()) {
        let problem = Problem::new("", format!("edits are not followed: {error}"));
        owner.as_ref().as_ref().failed(problem);
    }
}

fn run<T: AsRef<Live>>(packages: &Packages, loaded: SystemTime, owner: &Weak<T>) {
    let (sender, events) = channel();
    let watching = new_debouncer(REST, None, move |result: DebounceEventResult| {
        // When nobody listens any more the sandbox has gone.
        drop(sender.send(result));
    });
    let failed = |place: &Path, error: &notify::Error| {
        if let Some(owner) = owner.upgrade() {
            let message = format!("edits are not followed: {error}");
            owner.as_ref().as_ref().failed(Problem::new(place, message));
        }
    };
    let mut debouncer = match watching {
        Ok(debouncer) => debouncer,
        Err(error) => return failed(Path::new(""), &error),
    };
    for place in packages.places() {
        // A file is watched through its folder: editors and builds replace it.
        let (watched, mode) = if place.is_file() {
            let parent = place
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            (
                parent.unwrap_or(Path::new(".")).to_owned(),
                RecursiveMode::NonRecursive,
            )
        } else {
            (place.clone(), RecursiveMode::Recursive)
        };
        if let Err(error) = debouncer.watch(&watched, mode) {
            failed(&place, &error);
        }
    }
    if packages.changed_since(loaded) {
        reload(packages, owner);
    }
    follow_events(packages, owner, &events);
}

fn follow_events<T: AsRef<Live>>(
    packages: &Packages,
    owner: &Weak<T>,
    events: &Receiver<DebounceEventResult>,
) {
    loop {
        match events.recv_timeout(ALIVE) {
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                if owner.strong_count() == 0 {
                    return;
                }
            }
            Ok(Ok(found)) => {
                let matters = |kind: EventKind| !matches!(kind, EventKind::Access(_));
                if found.iter().any(|event| matters(event.event.kind)) {
                    reload(packages, owner);
                }
            }
            // What was missed is not known: everything is read again.
            Ok(Err(_)) => reload(packages, owner),
        }
    }
}

fn reload<T: AsRef<Live>>(packages: &Packages, owner: &Weak<T>) {
    let started = Instant::now();
    let loaded = packages.load();
    let Some(owner) = owner.upgrade() else { return };
    let live = owner.as_ref().as_ref();
    match loaded {
        Ok(repository) => live.replace(repository, started.elapsed()),
        Err(error) => {
            let place = packages.places().into_iter().next();
            let place: PathBuf = place.unwrap_or_default();
            live.failed(Problem::new(
                place,
                format!("{error}; the content stays as it was"),
            ));
        }
    }
}
