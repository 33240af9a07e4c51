//! Threads for what takes as long as rendering or asking AEM, and how many there are of them.
//!
//! Nobody can stop a thread. One whose answer nobody waits for any more hears of that when it writes
//! ([`while_wanted`]), and counts until it has ended.

use std::sync::Arc;

use hyper::StatusCode;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::interrupt::Interrupt;
use crate::render::while_wanted;
use crate::serve::answer::Answer;

/// Threads that render, wanted or not; more where there are many cores. The runtime's threads are bounded, and files are
/// read by them as well.
const RENDERING: usize = 64;

/// Questions to AEM at once: assets, mostly. How many requests become of them is for the source to bound.
const QUESTIONS: usize = 64;

/// How many threads there may be.
pub(super) struct Threads {
    /// Pages that somebody waits for and are rendered at once: one per core, and one more than a page that never comes
    /// out takes.
    wanted: Semaphore,
    /// All threads that render: those, and the ones that have not heard yet that nobody waits any more.
    rendering: Arc<Semaphore>,
    questions: Arc<Semaphore>,
}

impl Threads {
    /// For a machine with that many cores.
    pub(super) fn new(cores: usize) -> Self {
        Self::of(cores.max(2), RENDERING.max(2 * cores))
    }

    fn of(wanted: usize, rendering: usize) -> Self {
        Self {
            wanted: Semaphore::new(wanted),
            rendering: Arc::new(Semaphore::new(rendering)),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
        }
    }

    /// Does what takes as long as rendering.
    ///
    /// # Errors
    /// What to answer where it panicked, or no thread is left.
    pub(super) async fn render<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Answer> {
        let _permit = self.wanted.acquire().await.map_err(|_| broke())?;
        let all = Arc::clone(&self.rendering);
        let permit = all.try_acquire_owned().map_err(|_| stuck())?;
        spawn(permit, work).await
    }

    /// Asks AEM for something; what comes may have to be rendered. The question goes on when nobody waits for its answer any
    /// more.
    ///
    /// # Errors
    /// What to answer where it panicked.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl AsyncFnOnce() -> T + Send + 'static,
    ) -> Result<T, Answer> {
        let all = Arc::clone(&self.questions);
        let permit = all.acquire_owned().await.map_err(|_| broke())?;
        let runtime = Handle::current();
        spawn(permit, move || runtime.block_on(question())).await
    }
}

/// Does something on a thread of its own, which has the permit until it ends.
async fn spawn<T: Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Answer> {
    let interest = Interest::default();
    let interrupt = interest.0.clone();
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        while_wanted(&interrupt, work)
    });
    done.await.map_err(|_| broke())
}

/// Somebody who waits for something; when this is dropped, nobody does.
#[derive(Default)]
struct Interest(Interrupt);

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// For templates that go round without an end and without a word, again and again.
fn stuck() -> Answer {
    let words = "too many pages are being rendered that do not come to an end: look for a loop in a template that \
                 writes nothing, and start the preview again if this does not pass\n";
    Answer::text(StatusCode::SERVICE_UNAVAILABLE, words)
}

/// For what must not happen.
fn broke() -> Answer {
    let words = "looking for this broke a part of the preview: that is a mistake of frieze\n";
    Answer::text(StatusCode::INTERNAL_SERVER_ERROR, words)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::sync::{Barrier, mpsc};
    use std::thread;
    use std::time::Duration;

    use futures::FutureExt;

    use super::*;
    use crate::render::is_wanted;
    use crate::serve::answer::Wanted;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn status(answer: Answer) -> StatusCode {
        answer.respond(Wanted::Head).status()
    }

    /// Goes on until nobody waits, and says so.
    fn until_unwanted(said: mpsc::Sender<()>) -> impl FnOnce() + Send + 'static {
        move || {
            while is_wanted() {
                thread::yield_now();
            }
            said.send(()).unwrap();
        }
    }

    #[tokio::test]
    async fn who_works_hears_that_nobody_waits() {
        let threads = Threads::new(1);
        let (said, heard) = channel();
        let rendered = threads.render(until_unwanted(said.clone()));
        assert!(rendered.now_or_never().is_none());
        heard.recv_timeout(PATIENCE).unwrap();
        let work = until_unwanted(said);
        assert!(threads.ask(async || work()).now_or_never().is_none());
        heard.recv_timeout(PATIENCE).unwrap();
    }

    #[tokio::test]
    async fn what_never_ends_takes_no_more_than_its_threads() {
        const ALL: usize = 3;
        let threads = Threads::of(2, ALL);
        let end = Arc::new(Barrier::new(ALL + 1));
        for _ in 0..ALL {
            let end = Arc::clone(&end);
            let endless = threads.render(move || end.wait());
            // Nobody waits for it, so it is not in the way of those that are wanted.
            assert!(endless.now_or_never().is_none());
        }
        let refused = threads.render(|| ()).await.unwrap_err();
        assert_eq!(status(refused), StatusCode::SERVICE_UNAVAILABLE);
        end.wait();
        let again = async {
            while threads.render(|| ()).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, again).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_is_answered() {
        let threads = Threads::new(1);
        let broken: Result<(), Answer> = threads.render(|| panic!("in a page")).await;
        assert_eq!(
            status(broken.unwrap_err()),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
