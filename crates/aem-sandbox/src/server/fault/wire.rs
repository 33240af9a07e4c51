//! Bodies that end early, come slowly, or grow when unpacked.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};
use http_body::{Body, Frame};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// A body sent in pieces, perhaps with an end that is none.
pub(super) struct Spoiled {
    rest: Bytes,
    chunk: usize,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    fails: bool,
}

impl Spoiled {
    /// `part` at once, then the connection closes where more was promised.
    pub(super) fn cut(part: Bytes) -> Self {
        Self {
            chunk: part.len(),
            rest: part,
            pause: Duration::from_millis(20),
            waiting: None,
            fails: true,
        }
    }

    /// `chunk` bytes at a time.
    pub(super) fn drip(body: Bytes, chunk: usize, pause: Duration) -> Self {
        Self {
            rest: body,
            chunk: chunk.max(1),
            pause,
            waiting: None,
            fails: false,
        }
    }
}

impl Body for Spoiled {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(cx));
            self.waiting = None;
        }
        if self.rest.is_empty() {
            let broken = || Err(io::ErrorKind::ConnectionAborted.into());
            return Poll::Ready(self.fails.then(broken));
        }
        let end = self.chunk.min(self.rest.len());
        let piece = self.rest.split_to(end);
        // Before a cut as well: what was sent has to be on its way before the connection goes.
        self.waiting = Some(Box::pin(sleep(self.pause)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
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
