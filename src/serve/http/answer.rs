//! From what is at an address to what is sent.

use std::path::PathBuf;

use bytes::Bytes;
use hyper::StatusCode;

use super::at::At;
use super::media;
use crate::aem::AssetFile;
use crate::serve::answer::{Answer, Content};

/// What was found for a request.
pub(super) enum Found {
    /// All of it.
    Ready(Answer),
    /// A file of the disk, which is still to be read.
    File(PathBuf),
    /// A file of AEM, which may still be there.
    Asset(AssetFile),
}

/// What a browser gets of what is at a path.
pub(super) fn found(at: At, path: &str) -> Found {
    let answer = |status, name: &str, bytes: Bytes| {
        Answer::new(status, media::of_text(name), Content::Whole(bytes))
    };
    Found::Ready(match at {
        At::Page(page) => answer(page.status, &page.name, page.sent(path)),
        At::Bytes(bytes) => answer(StatusCode::OK, path, bytes),
        At::Elsewhere(path) => Answer::elsewhere(&path),
        At::File(file) => return Found::File(file),
        At::Asset(asset) => return Found::Asset(asset),
    })
}
