//! Where answers come from: the extension point between a build and AEM.
//!
//! A [`Source`] answers one [`Request`] at a time and delivers the bytes of assets. It knows nothing of
//! definitions, languages or paging; those are planned by [`crate::fetch`] for every source alike. An
//! error says whether it was the way to AEM that failed or what AEM said.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::aem::{AssetPath, EncodeError, Envelope, Failure, Variables};
use crate::query::Ask;

/// One question: a query with the values of its variables.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is sent.
    pub ask: Ask,
    /// The variables, paging included.
    pub variables: Variables,
}

/// The body of an asset, written to a file.
#[derive(Clone, Debug)]
pub struct AssetBody {
    /// BLAKE3 of the bytes, in hex.
    pub hash: String,
    /// How many bytes.
    pub size: u64,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
}

/// Why a source has no good answer.
#[derive(Clone, Debug)]
pub struct SourceError {
    /// The request, as `GET https://…`.
    pub request: Arc<str>,
    /// What went wrong.
    pub cause: Cause,
}

/// What went wrong with a request.
#[derive(Clone, Debug)]
pub enum Cause {
    /// The variables cannot be sent.
    Encode(EncodeError),
    /// No answer came: no connection, or it broke. What the HTTP library says.
    Unreachable(String),
    /// An answer began and did not come to its end, or could not be unpacked.
    BrokeOff(String),
    /// Too slow, with the phase: connecting, waiting, or the whole request.
    TimedOut(&'static str),
    /// The body is larger than allowed, in bytes.
    TooLarge(u64),
    /// More requests than one build may make.
    TooManyRequests(u64),
    /// There is no authorisation to send: what the identity service says.
    Unauthorised(String),
    /// The retries of the whole build are used up; how many there were, and the last cause.
    BudgetSpent(u64, Box<Cause>),
    /// AEM asks for a longer pause than a build should make.
    AskedToWait(Duration),
    /// An answer came and is no good.
    Failure(Failure),
    /// A file could not be written while an asset was downloaded.
    Disk(String),
}

/// What a source has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
}

/// Answers queries and delivers assets.
pub trait Source: Send + Sync {
    /// What it has done so far.
    fn usage(&self) -> Usage;

    /// The good answer to one request.
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Envelope, SourceError>>;

    /// Writes an asset's original to `file`, which is created.
    fn asset<'a>(
        &'a self,
        path: &'a AssetPath,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>>;
}
