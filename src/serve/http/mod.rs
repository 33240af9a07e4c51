//! The server: from a request to what the present [`Moment`] says.
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

mod client;
mod connection;
mod door;
mod file;
mod hosts;
mod inject;
mod listen;
mod media;
mod own_page;
mod page;
mod patient;
mod target;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, StatusCode};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

pub use hosts::Hosts;
pub use listen::{Host, Listening, PORT, Port};

use super::answer::{Answer, Content, Wanted};
use super::moment::{Board, Moment};
use page::At;
use target::Target;

/// Connections at once; more wait until one ends.
const CONNECTIONS: usize = 512;

/// After a failure to take a connection: there may be too many files open, and in a moment fewer.
const PAUSE: Duration = Duration::from_millis(100);

/// The server of a preview.
pub struct Server {
    board: Arc<Board>,
    hosts: Hosts,
    connections: Arc<Semaphore>,
    /// Pages that are rendered at once: one per core.
    renderers: Semaphore,
}

impl Server {
    /// Shows what is on a board to whoever asks by one of these names.
    #[must_use]
    pub fn new(board: Arc<Board>, hosts: Hosts) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            board,
            hosts,
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
            renderers: Semaphore::new(cores),
        }
    }

    /// Answers whoever comes, until the future is dropped.
    pub async fn run(self, listening: Listening) {
        let server = Arc::new(self);
        let sockets = listening.sockets.into_iter();
        let accepting = sockets.map(|socket| Arc::clone(&server).accept(socket));
        futures::future::join_all(accepting).await;
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

    async fn respond(&self, local: IpAddr, request: Request<Incoming>) -> Response<Content> {
        let (head, _body) = request.into_parts();
        let wanted = match head.method {
            Method::HEAD => Wanted::Head,
            _ => Wanted::All,
        };
        let answer = match door::enter(&head, local, &self.hosts) {
            Ok(target) => self.answer(&target).await,
            Err(refused) => refused,
        };
        answer.respond(wanted)
    }

    async fn answer(&self, target: &Target) -> Answer {
        if let Some(own) = target.path.strip_prefix(door::OWN) {
            return self.own(own).await;
        }
        let path = target.path.clone();
        let found = self.look(move |moment| {
            let at = page::at(moment, &path);
            match at {
                At::Page(page) => {
                    let media_type = media::of_name(&page.name);
                    let content = Content::Whole(page.sent(&path));
                    Ok(Answer::new(page.status, media_type, content))
                }
                At::Elsewhere(path) => Ok(Answer::elsewhere(&path)),
                other => Err(other),
            }
        });
        let name = &target.path;
        match found.await {
            Some(Ok(answer)) => answer,
            Some(Err(At::File(file))) => file::answer(&file, name).await,
            Some(Err(At::Bytes(bytes))) => {
                let content = Content::Whole(bytes);
                Answer::new(StatusCode::OK, media::of_name(name), content)
            }
            _ => Answer::text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "this page broke the preview\n",
            ),
        }
    }

    /// What is ours, below `/_frieze/`.
    async fn own(&self, path: &str) -> Answer {
        if let Some(answer) = client::answer(path) {
            return answer;
        }
        Answer::text(StatusCode::NOT_FOUND, "nothing of the preview is here\n")
    }

    /// Asks the present moment for something that takes time; nothing where that panicked.
    async fn look<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Moment) -> T + Send + 'static,
    ) -> Option<T> {
        let _permit = self.renderers.acquire().await.ok()?;
        let moment = self.board.now();
        tokio::task::spawn_blocking(move || ask(&moment)).await.ok()
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}
