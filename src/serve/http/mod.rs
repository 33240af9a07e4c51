//! The server: from a request to what the present [`Moment`](super::Moment) says.
//!
//! ```text
//! listen ─▶ connection ─▶ door ───▶ page ───▶ Answer      an address of the site
//!                                  ├▶ events              what becomes of a page, as it happens
//!                                  ├▶ webhook             what AEM tells
//!                                  └▶ client              our scripts
//! ```
//!
//! Everything that comes in is foreign: how much and how long it may be is bounded ([`connection`]), who it is from and
//! what it may ask is looked at once ([`door`]), and no path of a request becomes one of the disk. An answer looks at
//! one moment only. What takes time, as rendering does, is done on threads for that.

mod answer;
mod asset;
mod at;
mod client;
mod connection;
mod door;
mod events;
mod fallback;
mod file;
mod follow;
mod fragment;
mod hosts;
mod inject;
mod listen;
mod media;
mod own_page;
mod page;
mod patient;
mod sheets;
mod stamps;
mod target;
mod webhook;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

pub use hosts::Hosts;
pub use listen::{Host, Listening, PORT, Port};
pub use webhook::{Access, Webhook};

use super::answer::{Answer, Content, Wanted};
use super::explorer;
use super::moment::Board;
use crate::diag::Diagnostics;
use crate::interrupt::Interrupt;
use crate::render::while_wanted;
use answer::Found;
use at::Eyes;
use events::Seen;
use target::Target;

/// Connections at once; more wait until one ends.
const CONNECTIONS: usize = 512;

/// Questions to AEM at once: assets, mostly. How many requests become of them is for the source to bound.
const QUESTIONS: usize = 64;

/// Threads that render, wanted or not. The system's threads are bounded, and files are read by them as well.
const RENDERING: usize = 64;

/// After a failure to take a connection: there may be too many files open, and in a moment fewer.
const PAUSE: Duration = Duration::from_millis(100);

/// The server of a preview.
pub struct Server {
    board: Arc<Board>,
    hosts: Hosts,
    webhook: Webhook,
    eyes: Eyes,
    connections: Arc<Semaphore>,
    /// Streams of events.
    streams: Arc<Semaphore>,
    /// Pages that somebody waits for and are rendered at once: one per core, and one more than a page that never comes
    /// out takes.
    renderers: Semaphore,
    /// All threads that render: those, and the ones that have not heard yet that nobody waits any more.
    rendering: Arc<Semaphore>,
    /// Questions to AEM at once.
    questions: Arc<Semaphore>,
    /// The present moment, for those who follow.
    seen: watch::Sender<Seen>,
}

impl Server {
    /// Shows what is on a board to whoever asks by one of these names, and hears what AEM tells.
    #[must_use]
    pub fn new(board: Arc<Board>, hosts: Hosts, webhook: Webhook) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            board,
            hosts,
            webhook,
            eyes: Eyes::default(),
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            streams: Arc::new(Semaphore::new(events::STREAMS)),
            renderers: Semaphore::new(cores.max(2)),
            rendering: Arc::new(Semaphore::new(RENDERING.max(2 * cores))),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
            seen: watch::Sender::default(),
        }
    }

    /// Has somebody hear what is wrong with pages, each time one is looked at.
    #[must_use]
    pub fn telling(self, troubles: UnboundedSender<Arc<Diagnostics>>) -> Self {
        let eyes = Eyes::new(troubles);
        Self { eyes, ..self }
    }

    /// Answers whoever comes, until the future is dropped.
    pub async fn run(self, listening: Listening) {
        let server = Arc::new(self);
        let sockets = listening.sockets.into_iter();
        let accepting = sockets.map(|socket| Arc::clone(&server).accept(socket));
        let accepting = futures::future::join_all(accepting);
        tokio::join!(accepting, events::watch(&server.board, &server.seen));
    }

    async fn accept(self: Arc<Self>, socket: TcpListener) {
        loop {
            let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else {
                return;
            };
            let Ok((stream, _)) = socket.accept().await else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                server.serve(stream).await;
                drop(permit);
            });
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) {
        let local = hosts::local(&stream);
        // Events are small, and are to arrive at once.
        let _ = stream.set_nodelay(true);
        connection::serve(stream, |request| {
            let server = Arc::clone(&self);
            async move { server.respond(local, request).await }
        })
        .await;
    }

    async fn respond(
        self: &Arc<Self>,
        local: IpAddr,
        request: Request<Incoming>,
    ) -> Response<Content> {
        let (head, body) = request.into_parts();
        let wanted = match head.method {
            Method::HEAD => Wanted::Head,
            _ => Wanted::All,
        };
        let answer = match door::enter(&head, local, &self.hosts) {
            Ok(target) if target.path == door::WEBHOOK => {
                self.webhook.answer(&head, &target, body).await
            }
            Ok(target) => self.answer(target).await,
            Err(refused) => refused,
        };
        answer.respond(wanted)
    }

    async fn answer(self: &Arc<Self>, target: Target) -> Answer {
        if target.path.starts_with(door::OWN) {
            return self.own(target).await;
        }
        // One moment for the whole answer.
        let moment = self.board.now();
        let (asked, path) = (Arc::clone(&moment), target.path.clone());
        let server = Arc::clone(self);
        let look = move || answer::found(at::at(&asked, &path, &server.eyes), &path);
        match self.render(look).await {
            Ok(Found::Ready(answer)) => answer,
            // Its own name: that of an address may be the folder's.
            Ok(Found::File(file)) => {
                file::answer(&file, media::of_name(&file.to_string_lossy())).await
            }
            Ok(Found::Asset(asset)) => asset::answer(self, &moment, asset).await,
            Err(why) => why,
        }
    }

    /// What is ours, below `/_frieze/`.
    async fn own(self: &Arc<Self>, target: Target) -> Answer {
        let path = &target.path[door::OWN.len()..];
        if path == "events" {
            return events::answer(self, &target);
        }
        if let Some(answer) = client::answer(path) {
            return answer;
        }
        match fragment::path(path) {
            Some(path) => fragment::answer(self, &target, path.to_owned()).await,
            None => self.explore(target).await,
        }
    }

    /// What the explorer tells.
    async fn explore(&self, target: Target) -> Answer {
        let moment = self.board.now();
        let told = self.render(move || explorer::answer(&moment, &target.path, target.query()));
        told.await.map_or_else(|why| why, Answer::from)
    }

    /// Asks AEM for something, on a thread of its own, since what comes may have to be rendered; nothing where it panicked.
    /// A question goes on when nobody waits for its answer any more, and counts until it has ended.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl AsyncFnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let permit = Arc::clone(&self.questions).acquire_owned().await.ok()?;
        let runtime = Handle::current();
        let interest = Interest::default();
        let asked = interest.spawn(permit, move || runtime.block_on(question()));
        asked.await.ok()
    }

    /// Does what takes as long as rendering, on a thread for that; else what to answer.
    async fn render<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Answer> {
        let _permit = self.renderers.acquire().await.map_err(|_| broke())?;
        let all = Arc::clone(&self.rendering);
        let permit = all.try_acquire_owned().map_err(|_| stuck())?;
        let interest = Interest::default();
        let done = interest.spawn(permit, work).await;
        done.map_err(|_| broke())
    }
}

/// Somebody who waits for something; when this is dropped, nobody does.
#[derive(Default)]
struct Interest(Interrupt);

impl Interest {
    /// Does something on a thread of its own, which has a permit until it ends.
    fn spawn<T: Send + 'static>(
        &self,
        permit: OwnedSemaphorePermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let interrupt = self.0.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            while_wanted(&interrupt, work)
        })
    }
}

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// For templates that go round without an end and without a word, again and again.
fn stuck() -> Answer {
    let words = "too many pages are being rendered that do not come to an end: look for a loop in a template, \
                 and start the preview again\n";
    Answer::text(StatusCode::SERVICE_UNAVAILABLE, words)
}

/// For what must not happen.
fn broke() -> Answer {
    let words = "looking for this broke a part of the preview: that is a mistake of frieze\n";
    Answer::text(StatusCode::INTERNAL_SERVER_ERROR, words)
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}
