//! `/_frieze/events`: what becomes of a page, as it happens, to the browser that shows it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{self, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::time::sleep;

use super::Server;
use super::at::{self, At, Eyes};
use super::door::OWN;
use super::follow::{Event, Follower, View};
use super::fragment;
use super::stamps::Stamps;
use super::target::Target;
use crate::asset::STATIC_FOLDER;
use crate::serve::answer::{Answer, Content};
use crate::serve::explorer;
use crate::serve::moment::{Board, Moment};

/// Streams at once.
pub(super) const STREAMS: usize = 128;

/// What waits for a browser that reads slowly; it is told the latest when it goes on.
const WAITING: usize = 1;

/// After so much silence there is a word that means nothing: whoever is gone is found out.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A moment with the files of `static/` as they were found for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    moment: Arc<Moment>,
    stamps: Arc<Stamps>,
}

/// Looks at each moment before anybody is told of it, until the board is gone.
pub(super) async fn watch(board: &Board, seen: &watch::Sender<Seen>) {
    let mut moments = board.follow();
    loop {
        let moment = Arc::clone(&moments.borrow_and_update());
        let stamps = match moment.working {
            // What is being edited is looked at when it has become a site.
            true => Arc::clone(&seen.borrow().stamps),
            false => stamps(&moment).await,
        };
        seen.send_replace(Seen { moment, stamps });
        if moments.changed().await.is_err() {
            return;
        }
    }
}

/// The files of `static/` as they are; none where there is no site.
async fn stamps(moment: &Moment) -> Arc<Stamps> {
    let Some(snapshot) = &moment.site else {
        return Arc::default();
    };
    let folder = snapshot.site().config.root.join(STATIC_FOLDER);
    let stamps = tokio::task::spawn_blocking(move || Stamps::of(&folder)).await;
    Arc::new(stamps.unwrap_or_default())
}

/// The stream for the page of a request.
pub(super) fn answer(server: &Arc<Server>, target: &Target) -> Answer {
    let Ok(permit) = Arc::clone(&server.streams).try_acquire_owned() else {
        let words = "too many pages are open\n";
        return Answer::text(StatusCode::SERVICE_UNAVAILABLE, words)
            .with(header::RETRY_AFTER, HeaderValue::from_static("5"));
    };
    let parameter = |name| target.parameter(name).unwrap_or_default();
    let follower = Follower::new(parameter("version"));
    let page: Arc<str> = parameter("page").into();
    let (send, pieces) = mpsc::channel(WAITING);
    let server = Arc::clone(server);
    tokio::spawn(async move { Stream { server, page, send }.follow(follower, permit).await });
    let left = None;
    Answer::new(
        StatusCode::OK,
        "text/event-stream",
        Content::Pieces { pieces, left },
    )
}

/// The way to one browser.
struct Stream {
    server: Arc<Server>,
    /// The path of its page.
    page: Arc<str>,
    send: mpsc::Sender<std::io::Result<Bytes>>,
}

impl Stream {
    /// Tells what there is to tell, until the browser is gone.
    async fn follow(self, mut follower: Follower, _permit: OwnedSemaphorePermit) {
        let mut moments = self.server.seen.subscribe();
        // A browser may have a page of a moment that nobody has looked at yet.
        let number = self.server.board.now().number;
        let there = moments.wait_for(|seen| seen.moment.number >= number);
        if there.await.is_err() {
            return;
        }
        loop {
            let seen = moments.borrow_and_update().clone();
            // A page may never come out: what is shown next does not wait for it.
            let view = tokio::select! {
                biased;
                view = self.view(seen) => view,
                changed = moments.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
                () = self.send.closed() => return,
            };
            // A page that cannot be looked at is none to tell of; the next moment may be better.
            let events = view.map(|view| follower.tell(view)).unwrap_or_default();
            let text: String = events.iter().map(Event::encode).collect();
            if !self.say(text).await || !self.wait(&mut moments).await {
                return;
            }
        }
    }

    /// What there is of the page; nothing if looking panicked, or no thread is left for it.
    async fn view(&self, seen: Seen) -> Option<View> {
        let (page, server) = (Arc::clone(&self.page), Arc::clone(&self.server));
        let look = move || view(&seen, &page, &server.eyes);
        self.server.threads.render(look).await.ok()
    }

    /// Waits for another moment; false when nobody listens any more.
    async fn wait(&self, moments: &mut watch::Receiver<Seen>) -> bool {
        loop {
            tokio::select! {
                changed = moments.changed() => return changed.is_ok(),
                () = self.send.closed() => return false,
                () = sleep(HEARTBEAT) => {
                    if !self.say(":\n\n".to_owned()).await {
                        return false;
                    }
                }
            }
        }
    }

    /// Sends something; false when nobody listens any more.
    async fn say(&self, text: String) -> bool {
        text.is_empty() || self.send.send(Ok(text.into())).await.is_ok()
    }
}

/// What there is at a path.
fn view(seen: &Seen, path: &str, eyes: &Eyes) -> View {
    let Seen { moment, stamps } = seen;
    let site = moment.site.as_ref().map(|snapshot| snapshot.site());
    let view = View {
        working: moment.working,
        stamps: Arc::clone(stamps),
        base: site.map_or_else(String::new, |site| site.config.base_url.url("")),
        ..View::default()
    };
    if path.starts_with(OWN) {
        return View {
            version: own(moment, path),
            ..view
        };
    }
    match at::at(moment, path, eyes) {
        At::Page(page) => {
            let problems = page.problems();
            let is_wrong = problems.has_errors();
            View {
                version: page.version(),
                problems: is_wrong.then(|| explorer::problems(&problems)),
                body: page.body,
                ..view
            }
        }
        // What was a page is a file now: loading it again shows that.
        _ => view,
    }
}

/// What tells our own pages from what they were.
fn own(moment: &Moment, path: &str) -> String {
    match path {
        // The explorer tells of the moment as a whole.
        OWN => moment.number.to_string(),
        _ => fragment::version(moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explorer_hears_of_every_moment() {
        let at = |number| Seen {
            moment: Arc::new(Moment {
                number,
                ..Moment::default()
            }),
            ..Seen::default()
        };
        let mut follower = Follower::new(String::new());
        let eyes = Eyes::default();
        let mut told = |number| follower.tell(view(&at(number), OWN, &eyes));
        let change = |number: &str| Event::Change(number.to_owned());
        assert_eq!(told(4), [Event::Fine, change("4")]);
        assert_eq!(told(4), []);
        assert_eq!(told(6), [change("6")]);
    }
}
