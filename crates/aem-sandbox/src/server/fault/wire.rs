//! Bodies that end early, come slowly, or grow when unpacked.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};
use http_body::{Body, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::sleep;

/// A cut waits this long: what was sent has to be on its way before the connection goes.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// A body sent in pieces with pauses between them, perhaps with an end that is none.
pub(super) struct Pieces {
    rest: Bytes,
    next: usize,
    later: usize,
    pause: Pause,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    begun: bool,
    end: End,
}

/// How long it is quiet after a piece.
#[derive(Clone, Copy)]
enum Pause {
    For(Duration),
    Endless,
}

/// What comes after the last piece.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
}

impl Pieces {
    /// `part` at once, then the connection closes where more was promised.
    pub(super) fn cut(part: Bytes) -> Self {
        let size = part.len();
        Self {
            end: End::Broken,
            ..Self::new(part, size, size, Pause::For(BEFORE_CUT))
        }
    }

    /// `size` bytes at a time.
    pub(super) fn drip(body: Bytes, size: usize, pause: Duration) -> Self {
        let size = size.max(1);
        Self::new(body, size, size, Pause::For(pause))
    }

    /// The `first` bytes, and the others after `pause`, if that ends.
    pub(super) fn stall(body: Bytes, first: usize, pause: Option<Duration>) -> Self {
        let pause = pause.map_or(Pause::Endless, Pause::For);
        Self::new(body, first, usize::MAX, pause)
    }

    fn new(body: Bytes, first: usize, later: usize, pause: Pause) -> Self {
        Self {
            rest: body,
            next: first,
            later,
            pause,
            waiting: None,
            begun: false,
            end: End::Whole,
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            if self.begun && self.rest.is_empty() {
                let broken = || Err(io::ErrorKind::ConnectionAborted.into());
                return Poll::Ready((self.end == End::Broken).then(broken));
            }
            self.begun = true;
            let size = self.next.min(self.rest.len());
            self.next = self.later;
            let piece = self.rest.split_to(size);
            if self.end == End::Broken || !self.rest.is_empty() {
                self.waiting = Some(match self.pause {
                    Pause::For(time) => Box::pin(sleep(time)),
                    Pause::Endless => Box::pin(std::future::pending()),
                });
            }
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
        }
    }
}

/// A body filled up with blanks, which nobody holds in memory.
pub(super) struct Padded {
    body: Bytes,
    missing: usize,
}

impl Padded {
    /// `size` bytes of `body` and blanks.
    pub(super) fn new(body: Bytes, size: usize) -> Self {
        let missing = size.saturating_sub(body.len());
        Self { body, missing }
    }
}

impl Body for Padded {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        static BLANKS: [u8; 64 << 10] = [b' '; 64 << 10];
        let mut piece = std::mem::take(&mut self.body);
        if piece.is_empty() {
            let size = self.missing.min(BLANKS.len());
            piece = Bytes::from_static(&BLANKS[..size]);
            self.missing -= size;
        }
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }
}

/// `size` blanks as gzip, about a thousandth of it. One packed mebibyte is repeated, which costs no time.
pub(super) fn bomb(size: usize) -> Vec<u8> {
    const BLOCK: usize = 1 << 20;
    let blanks = vec![b' '; BLOCK];
    let pack = |data: &[u8], flush| {
        let mut packed = Vec::with_capacity(data.len() / 100 + 1024);
        // The output has room for all of it.
        let _ = Compress::new(Compression::default(), false).compress_vec(data, &mut packed, flush);
        packed
    };
    let block = pack(&blanks, FlushCompress::Full);
    let mut block_sum = Crc::new();
    block_sum.update(&blanks);
    let mut sum = Crc::new();
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for _ in 0..size / BLOCK {
        body.extend_from_slice(&block);
        sum.combine(&block_sum);
    }
    let rest = &blanks[..size % BLOCK];
    body.extend(pack(rest, FlushCompress::Finish));
    sum.update(rest);
    body.extend(sum.sum().to_le_bytes());
    body.extend(sum.amount().to_le_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_bomb_is_whole_gzip() {
        for size in [0, 10, 3 << 20, (5 << 20) + 7] {
            let packed = bomb(size);
            assert!(packed.len() < size / 500 + 200, "{}", packed.len());
            let mut text = Vec::new();
            flate2::read::GzDecoder::new(&*packed)
                .read_to_end(&mut text)
                .unwrap();
            assert!(text.len() == size && text.iter().all(|b| *b == b' '));
        }
    }
}
