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
mod threads;
mod webhook;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Semaphore, watch};

pub use hosts::Hosts;
pub use listen::{Host, Listening, PORT, Port};
pub use webhook::{Access, Webhook};

use super::answer::{Answer, Content, Wanted};
use super::explorer;
use super::moment::Board;
use crate::diag::Diagnostics;
use answer::Found;
use at::Eyes;
use events::Seen;
use target::Target;
use threads::Threads;

/// Connections at once; more wait until one ends.
const CONNECTIONS: usize = 512;

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
    threads: Threads,
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
            threads: Threads::new(cores),
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
        match self.threads.render(look).await {
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
        let look = move || explorer::answer(&moment, &target.path, target.query());
        let told = self.threads.render(look).await;
        told.map_or_else(|why| why, Answer::from)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}
