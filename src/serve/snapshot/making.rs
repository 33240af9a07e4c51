//! What is being made: by one thread each, while the others who ask for it wait.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::lock;
use crate::render::is_wanted;

/// How often those who wait look whether anybody still waits for them.
const LOOK: Duration = Duration::from_millis(100);

/// What is being made.
#[derive(Debug)]
pub(super) struct Making<P> {
    made: Mutex<HashSet<P>>,
    done: Condvar,
}

impl<P> Default for Making<P> {
    fn default() -> Self {
        Self {
            made: Mutex::default(),
            done: Condvar::new(),
        }
    }
}

impl<P: Copy + Eq + Hash> Making<P> {
    /// Makes something once nobody else does; `None` where that is not wanted any more. What others make may never be done,
    /// and who waits for it takes up a thread.
    pub(super) fn alone<T>(&self, what: P, make: impl FnOnce() -> T) -> Option<T> {
        let mut made = lock(&self.made);
        while !made.insert(what) {
            if !is_wanted() {
                return None;
            }
            let waited = self.done.wait_timeout(made, LOOK);
            made = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(made);
        let _turn = Turn { making: self, what };
        Some(make())
    }
}

/// Lets the others go on, also after a panic.
struct Turn<'m, P: Eq + Hash> {
    making: &'m Making<P>,
    what: P,
}

impl<P: Eq + Hash> Drop for Turn<'_, P> {
    fn drop(&mut self) {
        lock(&self.making.made).remove(&self.what);
        self.making.done.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::interrupt::Interrupt;
    use crate::render::while_wanted;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[test]
    fn the_same_is_not_made_twice_at_once() {
        let (making, is_busy) = (Making::default(), AtomicBool::new(false));
        let make = || {
            assert!(!is_busy.swap(true, Ordering::SeqCst));
            thread::yield_now();
            is_busy.store(false, Ordering::SeqCst);
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        assert!(making.alone("page", make).is_some());
                    }
                });
            }
        });
    }

    #[test]
    fn who_waits_for_what_is_never_done_may_go() {
        let making = Making::default();
        let (go, gone) = channel();
        let (end, ended) = channel::<()>();
        thread::scope(|scope| {
            let (making, go) = (&making, &go);
            scope.spawn(move || {
                making.alone("endless", || {
                    go.send(None).unwrap();
                    ended.recv_timeout(PATIENCE).unwrap();
                })
            });
            assert_eq!(gone.recv_timeout(PATIENCE), Ok(None));
            let nobody = Interrupt::new();
            let waits = nobody.clone();
            let go = go.clone();
            scope.spawn(move || {
                let made = while_wanted(&waits, || making.alone("endless", || ()));
                go.send(Some(made)).unwrap();
            });
            // Others have nothing to do with it.
            assert_eq!(making.alone("other", || 1), Some(1));
            assert!(gone.try_recv().is_err());
            nobody.raise();
            assert_eq!(gone.recv_timeout(PATIENCE), Ok(Some(None)));
            end.send(()).unwrap();
        });
        assert_eq!(making.alone("endless", || 2), Some(2));
    }

    #[test]
    fn a_panic_lets_others_go_on() {
        let making = Making::default();
        let broken = || making.alone("page", || panic!("in a page"));
        let broken: Result<Option<()>, _> = catch_unwind(AssertUnwindSafe(broken));
        assert!(broken.is_err());
        assert_eq!(making.alone("page", || 1), Some(1));
    }
}
