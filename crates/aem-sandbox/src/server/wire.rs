//! The listener: connections that answer at once, know who is at the other end, and can be ended on purpose.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// After a failed accept, usually for want of file descriptors, the next one waits this long.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Accepts [`Wire`]s.
pub(super) struct Wires(pub(super) TcpListener);

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    ending: Arc<OnceLock<Ending>>,
}

/// How a connection ends before its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The other end gets a reset.
    Reset,
    /// The other end reads an orderly end.
    Close,
}

/// The other end of a connection, and the means to end it.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    ending: Arc<OnceLock<Ending>>,
}

impl Peer {
    /// Whatever is written next ends the connection instead.
    pub(super) fn end(&self, ending: Ending) {
        // It can only end once; the first one counts.
        let _ = self.ending.set(ending);
    }
}

impl Listener for Wires {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Answers go out at once instead of waiting to be joined with the next.
                    drop(stream.set_nodelay(true));
                    let ending = Arc::default();
                    return (Wire { stream, ending }, address);
                }
                Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Wires>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Wires>) -> Self {
        Self {
            address: *stream.remote_addr(),
            ending: Arc::clone(&stream.io().ending),
        }
    }
}

impl Wire {
    /// Fails when the connection is to end: the server drops it then. Without lingering, that sends a reset.
    fn check(&self) -> io::Result<()> {
        match self.ending.get() {
            None => return Ok(()),
            Some(Ending::Reset) => drop(self.stream.set_zero_linger()),
            Some(Ending::Close) => {}
        }
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
