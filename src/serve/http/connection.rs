//! One connection: how much of it, and how long, whoever is at the other end.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::patient::Patient;
use crate::serve::answer::Content;

/// Everything before the body of a request, in bytes.
const HEAD: usize = 32 << 10;

/// Headers of a request.
const HEADERS: usize = 64;

/// How long the head of a request may take, from the end of the request before it on: a connection without requests is
/// closed, and browsers open another one.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// How long a client may take no byte of what is sent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers the requests of a connection, one after the other, until it ends.
pub(super) async fn serve<S, A, F>(stream: S, answer: A)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Content>>,
{
    let service = service_fn(|request| {
        let answered = answer(request);
        async { Ok::<_, Infallible>(answered.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(HEADERS)
        .max_header_size(HEAD)
        .max_buf_size(2 * HEAD)
        .serve_connection(TokioIo::new(Patient::new(stream, PATIENCE)), service);
    // What a client did wrong, or that it is gone, is its own affair.
    let _ = connection.await;
}
