//! Files on their way to a browser, piece by piece.

use std::io;
use std::path::Path;

use bytes::Bytes;
use hyper::StatusCode;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::serve::answer::{Answer, Content};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// How many pieces wait for a slow browser.
const WAITING: usize = 2;

/// A file of the disk.
pub(super) async fn answer(file: &Path, media_type: &str) -> Answer {
    match open(file).await {
        Ok(content) => Answer::new(StatusCode::OK, media_type, content),
        // It was there when the site was made.
        Err(_) => Answer::text(StatusCode::NOT_FOUND, "the file is not there any more\n"),
    }
}

/// The content of an open file, as it is asked for.
async fn open(path: &Path) -> io::Result<Content> {
    let file = File::open(path).await?;
    let about = file.metadata().await?;
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let (send, pieces) = mpsc::channel(WAITING);
    tokio::spawn(read(file, about.len(), send));
    Ok(Content::Pieces {
        pieces,
        left: Some(about.len()),
    })
}

/// Reads as much as was announced. One that got shorter meanwhile ends in an error, and with it the connection: the
/// browser must not take a part for the whole.
async fn read(file: File, length: u64, send: mpsc::Sender<io::Result<Bytes>>) {
    let mut left = length;
    let mut file = file.take(length);
    while left > 0 {
        let mut piece = Vec::with_capacity(PIECE);
        let read = (&mut file).take(PIECE as u64).read_to_end(&mut piece).await;
        let piece = match read {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(Bytes::from(piece)),
            Err(error) => Err(error),
        };
        left -= piece.as_ref().map_or(left, |piece| piece.len() as u64);
        if send.send(piece).await.is_err() {
            return;
        }
    }
}
