//! What the actor is to do next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::serve::change::Change;

/// Asks the actor to see to a change. Cheap to clone; works from any thread, and never waits.
///
/// Changes that wait are one, so that however many there are, they take the room of the files that they name.
#[derive(Clone, Debug, Default)]
pub struct Ask(Arc<Inbox>);

/// Where changes wait.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    change: Change,
    is_closed: bool,
}

/// Why the actor is woken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// Something has changed.
    Changed(Change),
    /// There is nothing to do any more.
    Closed,
}

impl Ask {
    /// Something may have changed. Nothing happens when the actor has gone.
    pub fn change(&self, change: Change) {
        if change.is_empty() {
            return;
        }
        let mut waiting = self.0.waiting();
        waiting.change = std::mem::take(&mut waiting.change).and(change);
        drop(waiting);
        self.0.news.notify_one();
    }

    /// The actor is to end.
    pub(super) fn close(&self) {
        self.0.waiting().is_closed = true;
        self.0.news.notify_one();
    }

    /// Waits until there is something to do. Only the actor does.
    pub(super) async fn wake(&self) -> Wake {
        loop {
            if let Some(wake) = self.0.take() {
                return wake;
            }
            self.0.news.notified().await;
        }
    }

    /// Waits until there is something that cannot wait itself: an edit, or the end.
    #[cfg_attr(not(test), expect(dead_code, reason = "for looks at AEM"))]
    pub(super) async fn hurry(&self) {
        loop {
            if self.0.is_urgent() {
                return;
            }
            self.0.news.notified().await;
        }
    }
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Wake> {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Some(Wake::Closed);
        }
        let change = std::mem::take(&mut waiting.change);
        (!change.is_empty()).then_some(Wake::Changed(change))
    }

    fn is_urgent(&self) -> bool {
        let waiting = self.waiting();
        waiting.is_closed || !waiting.change.files.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::serve::change::Content;

    #[tokio::test]
    async fn what_waits_is_one() {
        let ask = Ask::default();
        let other = ask.clone();
        ask.change(Change::files([PathBuf::from("/a")]));
        other.change(Change::content(Content::All));
        ask.change(Change::files([PathBuf::from("/b")]));
        let Wake::Changed(change) = ask.wake().await else {
            panic!("it is not closed");
        };
        let files = ["/a", "/b"].map(PathBuf::from);
        assert_eq!(
            change,
            Change::files(files).and(Change::content(Content::All))
        );
        // Nothing is left, and nothing is no reason to wake.
        ask.change(Change::default());
        assert_eq!(ask.0.take(), None);
        other.close();
        assert_eq!(ask.wake().await, Wake::Closed);
    }

    #[tokio::test]
    async fn an_edit_cannot_wait() {
        let ask = Ask::default();
        ask.change(Change::content(Content::All));
        assert!(!ask.0.is_urgent());
        let (own, edit) = (ask.clone(), Change::files([PathBuf::from("/a")]));
        let hurry = tokio::spawn(async move { own.hurry().await });
        ask.change(edit);
        hurry.await.unwrap();
    }
}
