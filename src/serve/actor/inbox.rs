//! What the actor is to do next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::diag::Diagnostics;
use crate::serve::change::Change;

/// Asks the actor to see to a change. Cheap to clone; works from any thread, and never waits.
///
/// Changes that wait are one, so that however many there are, they take the room of the files that they name.
#[derive(Clone, Debug, Default)]
pub struct Ask(Arc<Inbox>);

/// Whoever tells the actor of changes, and may have something to say about that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Teller {
    /// Who follows the files of the site.
    Watch,
    /// The sandbox, which follows its packages.
    Sandbox,
}

/// Where changes wait.
#[derive(Debug, Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    news: News,
    is_closed: bool,
}

/// What the actor has not heard yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    pub(super) change: Change,
    /// What somebody has to say now, in the place of what was before.
    pub(super) remarks: BTreeMap<Teller, Diagnostics>,
}

impl News {
    fn is_empty(&self) -> bool {
        self.change.is_empty() && self.remarks.is_empty()
    }
}

/// Why the actor is woken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// There is something new.
    News(News),
    /// Nothing is, and it is time.
    Time,
    /// There is nothing to do any more.
    Closed,
}

impl Ask {
    /// Something may have changed. Nothing happens when the actor has gone.
    pub fn change(&self, change: Change) {
        self.add(|news| news.change = std::mem::take(&mut news.change).and(change));
    }

    /// Somebody has something to say, in the place of what it said before; nothing is an end of that.
    pub fn remark(&self, teller: Teller, remarks: Diagnostics) {
        self.add(|news| drop(news.remarks.insert(teller, remarks)));
    }

    fn add(&self, add: impl FnOnce(&mut News)) {
        let mut waiting = self.0.waiting();
        add(&mut waiting.news);
        let is_empty = waiting.news.is_empty();
        drop(waiting);
        if !is_empty {
            self.0.news.notify_one();
        }
    }

    /// The actor is to end.
    pub(super) fn close(&self) {
        self.0.waiting().is_closed = true;
        self.0.news.notify_one();
    }

    /// Waits until there is something to do, or it is time. Only the actor does.
    pub(super) async fn wake(&self, at: Option<Instant>) -> Wake {
        loop {
            if let Some(wake) = self.take() {
                return wake;
            }
            let news = self.0.news.notified();
            match at {
                None => news.await,
                Some(at) => {
                    if timeout_at(at, news).await.is_err() {
                        return self.take().unwrap_or(Wake::Time);
                    }
                }
            }
        }
    }

    /// What there is to do now.
    pub(super) fn take(&self) -> Option<Wake> {
        let mut waiting = self.0.waiting();
        if waiting.is_closed {
            return Some(Wake::Closed);
        }
        let news = std::mem::take(&mut waiting.news);
        (!news.is_empty()).then_some(Wake::News(news))
    }

    /// Waits until there is something that cannot wait itself: an edit, or the end.
    pub(super) async fn hurry(&self) {
        loop {
            if self.is_urgent() {
                // The notice was for the actor, who is to hear of it, too.
                self.0.news.notify_one();
                return;
            }
            self.0.news.notified().await;
        }
    }

    /// What is told next, for tests of those who tell.
    #[cfg(test)]
    pub(in crate::serve) async fn heard(&self) -> Change {
        match self.wake(None).await {
            Wake::News(news) => news.change,
            other => panic!("{other:?}"),
        }
    }

    fn is_urgent(&self) -> bool {
        let waiting = self.0.waiting();
        waiting.is_closed || !waiting.news.change.files.is_empty()
    }
}

impl Inbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::diag::{Diagnostic, Kind};
    use crate::serve::change::Content;

    fn edit(name: &str) -> Change {
        Change::files([PathBuf::from(name)])
    }

    #[tokio::test]
    async fn what_waits_is_one() {
        let ask = Ask::default();
        let other = ask.clone();
        ask.change(edit("/a"));
        other.change(Change::content(Content::All));
        ask.change(edit("/b"));
        let Wake::News(news) = ask.wake(None).await else {
            panic!("it is not closed");
        };
        let all = edit("/a")
            .and(edit("/b"))
            .and(Change::content(Content::All));
        assert_eq!(news.change, all);
        // Nothing is left, and nothing is no reason to wake.
        ask.change(Change::default());
        assert_eq!(ask.take(), None);
        other.close();
        assert_eq!(ask.wake(None).await, Wake::Closed);
    }

    #[tokio::test]
    async fn what_somebody_says_takes_the_place_of_what_it_said() {
        let ask = Ask::default();
        let said = |text| Diagnostics::from(Diagnostic::warning(Kind::Config, text));
        ask.remark(Teller::Watch, said("one"));
        ask.remark(Teller::Sandbox, said("other"));
        ask.remark(Teller::Watch, said("two"));
        let Some(Wake::News(news)) = ask.take() else {
            panic!("there is something");
        };
        assert!(news.change.is_empty());
        assert_eq!(news.remarks[&Teller::Watch], said("two"));
        assert_eq!(news.remarks[&Teller::Sandbox], said("other"));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_time_when_nothing_came() {
        let ask = Ask::default();
        let at = Instant::now() + std::time::Duration::from_secs(60);
        assert_eq!(ask.wake(Some(at)).await, Wake::Time);
        assert_eq!(Instant::now(), at);
        ask.change(edit("/a"));
        assert!(matches!(ask.wake(Some(at)).await, Wake::News(_)));
    }

    #[tokio::test]
    async fn an_edit_cannot_wait() {
        let ask = Ask::default();
        ask.change(Change::content(Content::All));
        assert!(!ask.is_urgent());
        let own = ask.clone();
        let hurry = tokio::spawn(async move { own.hurry().await });
        ask.change(edit("/a"));
        hurry.await.unwrap();
        assert!(matches!(ask.wake(None).await, Wake::News(_)));
    }
}
