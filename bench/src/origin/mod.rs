//! A server that answers a persisted query as AEM does, and much faster, so that the builds are measured and not it.
//!
//! It holds every answer about a revision compressed, before the first is asked for (`answers`), and sends them over plain sockets, a
//! thread to a connection (`connection`). Besides the query it knows three addresses of its own:
//!
//! - `GET /bench/stats`: what was asked so far;
//! - `PUT /bench/revision/NAME`: from now on, the content is that of a [`Revision`];
//! - and it ends with its standard input, so that it does not outlive who started it.

mod answers;
mod connection;

use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::args::OriginOptions;
use crate::corpus::Revision;
use answers::Answers;

/// What was asked so far.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Stats {
    /// Requests for content.
    pub(crate) requests: u64,
    /// Those that were answered with 304.
    pub(crate) not_modified: u64,
    /// Bytes of bodies sent, compressed.
    pub(crate) bytes: u64,
}

impl Stats {
    /// What came since an earlier moment.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            not_modified: self.not_modified - earlier.not_modified,
            bytes: self.bytes - earlier.bytes,
        }
    }
}

/// What the threads share.
struct Origin {
    answers: Answers,
    /// Index into [`Revision::ALL`].
    revision: AtomicUsize,
    latency: Duration,
    requests: AtomicU64,
    not_modified: AtomicU64,
    bytes: AtomicU64,
}

impl Origin {
    fn revision(&self) -> Revision {
        Revision::ALL[self.revision.load(Ordering::Relaxed)]
    }

    /// Changes the content, when all answers about it are ready.
    fn change(&self, revision: Revision) {
        self.answers.prepare(revision);
        self.revision.store(revision as usize, Ordering::Relaxed);
    }

    fn stats(&self) -> Stats {
        Stats {
            requests: self.requests.load(Ordering::Relaxed),
            not_modified: self.not_modified.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

/// Serves until standard input ends. Prints its address when everything is ready.
pub(crate) fn serve(options: &OriginOptions) -> io::Result<()> {
    let listener = TcpListener::bind(options.listen)?;
    let origin = Arc::new(Origin {
        answers: Answers::new(options.corpus, options.paging),
        revision: AtomicUsize::new(0),
        latency: options.latency,
        requests: AtomicU64::new(0),
        not_modified: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    });
    origin.change(Revision::First);
    let mut out = io::stdout();
    writeln!(out, "http://{}", listener.local_addr()?)?;
    out.flush()?;
    thread::spawn(move || accept(&listener, &origin));
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn accept(listener: &TcpListener, origin: &Arc<Origin>) {
    for stream in listener.incoming().flatten() {
        let origin = Arc::clone(origin);
        // A connection that broke is the client's affair.
        thread::spawn(move || connection::serve(stream, &origin).ok());
    }
}
