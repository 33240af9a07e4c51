//! Where answers come from: the extension points between a build and AEM.
//!
//! A [`Source`] answers one [`Request`] at a time and delivers the bytes of assets. It knows nothing of
//! definitions, languages or paging; those are planned by [`crate::fetch`] for every source alike. An
//! error says whether it was the way to AEM that failed or what AEM said.
//!
//! An [`Upstream`] is what a source with a memory asks: one host, which remembers nothing but answers
//! [`Conditions`].

mod meter;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::aem::{AssetFile, EncodeError, Envelope, Failure, Outline, Variables};
use crate::diag::Diagnostics;
use crate::query::{Ask, Freshness, QueryName};
use crate::secret::Secret;

pub use meter::{Cost, Meter};

/// One question: a query with the values of its variables.
#[derive(Clone, Debug)]
pub struct Request {
    /// The definition that asks.
    pub query: QueryName,
    /// What is sent.
    pub ask: Ask,
    /// The variables, paging included.
    pub variables: Variables,
    /// How old an answer of an earlier build may be.
    pub freshness: Freshness,
    /// Whether it is an answer that there is nothing.
    pub optional: bool,
    /// 0 at first; one more each time the same is asked again because the content moved while it was paged.
    pub round: u32,
    /// Where it is written down what it costs.
    pub meter: Arc<Meter>,
}

/// The question in one line.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ask.fmt(f)?;
        if !self.variables.is_empty() {
            write!(f, " {}", self.variables.to_json())?;
        }
        Ok(())
    }
}

/// The good answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What AEM says.
    pub envelope: Envelope,
    /// Tells it from others: [`Envelope::hash`].
    pub hash: Arc<str>,
    /// Where it comes from.
    pub delivery: Delivery,
    /// The builds in which it was the answer.
    pub span: Span,
}

impl Answer {
    /// One that was sent just now, to somebody who remembers none.
    #[must_use]
    pub fn new(envelope: Envelope) -> Self {
        Self {
            hash: envelope.hash(),
            envelope,
            delivery: Delivery::New,
            span: Span::ONE_BUILD,
        }
    }
}

/// The good answer to a request, for somebody who may know it already.
#[derive(Clone, Debug)]
pub struct Told {
    /// What AEM says; none where it is known.
    pub envelope: Option<Envelope>,
    /// Tells it from others: [`Envelope::hash`].
    pub hash: Arc<str>,
    /// Where it comes from.
    pub delivery: Delivery,
    /// The builds in which it was the answer.
    pub span: Span,
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        let Answer {
            envelope,
            hash,
            delivery,
            span,
        } = answer;
        Self {
            envelope: Some(envelope),
            hash,
            delivery,
            span,
        }
    }
}

/// Tells of the hash of an answer whether that is known.
pub type Knows<'k> = dyn Fn(&str) -> bool + Sync + 'k;

/// Builds in a row in which something was AEM's answer, from the first to the last, as far as it was asked.
/// The pages of one list belong together if there is a build in which all of them were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When the first build began.
    pub first: u64,
    /// When the last one did.
    pub last: u64,
}

impl Span {
    /// Of answers that are all of one build.
    pub const ONE_BUILD: Self = Self {
        first: 0,
        last: u64::MAX,
    };

    /// The builds that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Option<Self> {
        let first = self.first.max(other.first);
        let last = self.last.min(other.last);
        (first <= last).then_some(Self { first, last })
    }
}

/// Where an answer or an asset comes from.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// AEM sent it, and it is not what an earlier build got, if there was one.
    New,
    /// AEM says, or its bytes show, that it is what an earlier build got.
    Unchanged,
    /// AEM was not asked: what an earlier build got is recent enough, or nothing else is wanted.
    Kept,
    /// AEM failed, and what an earlier build got stands in.
    Stale {
        /// How long ago AEM last said that this is right.
        age: Duration,
        /// How it failed.
        cause: Box<Cause>,
    },
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
    /// Where it comes from.
    pub delivery: Delivery,
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
    /// No answer came: no connection, or it broke.
    Unreachable(Unreachable),
    /// An answer began and did not come to its end, or could not be unpacked.
    BrokeOff(BrokeOff),
    /// Too slow.
    TimedOut(TimedOut),
    /// The body is larger than allowed, in bytes.
    TooLarge(u64),
    /// More requests than one build may make.
    TooManyRequests(u64),
    /// There is no token to send.
    NoToken(NoToken),
    /// The retries of the whole build are used up; how many there were, and the last cause.
    BudgetSpent(u64, Box<Cause>),
    /// AEM asks for a longer pause than a build should make.
    AskedToWait(Duration),
    /// An answer came and is no good.
    Failure(Failure),
    /// A file could not be written while an asset was downloaded.
    Disk(String),
    /// Everything is to come from an earlier build or a snapshot, and this is not there.
    NotKept(Keeper),
    /// When AEM was last asked, there was nothing; nobody is asked now.
    Nothing(Keeper),
    /// It is in the snapshot, and is not what was saved: in which way.
    Damaged(String),
    /// A cache on the way keeps older answers than `max_age` allows, past the CDN as well: how old in
    /// seconds, and what is allowed.
    TooOld(Duration, Duration),
}

impl Cause {
    /// Whether it means that a file is not there.
    #[must_use]
    pub fn misses(&self) -> bool {
        matches!(self, Self::Nothing(_) | Self::Failure(Failure::Blocked))
    }

    /// Whether it means that there is nothing to be had, rather than that it could not be had.
    #[must_use]
    pub fn finds_nothing(&self) -> bool {
        match self {
            Self::Nothing(_) => true,
            Self::Failure(failure) => match failure {
                Failure::UnknownQuery | Failure::NoSuchItem(_) | Failure::NoDocument => true,
                Failure::Problem(problem) => problem.status == 404,
                _ => false,
            },
            _ => false,
        }
    }
}

/// Where answers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The cache of earlier builds.
    Cache,
    /// A snapshot.
    Snapshot,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// What stands in the way.
    pub hurdle: Hurdle,
    /// The innermost words of the HTTP library.
    pub detail: String,
    /// The proxy that requests go through, without user and password.
    pub proxy: Option<String>,
}

/// What stands in the way of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hurdle {
    /// The host's name does not resolve.
    UnknownName,
    /// Nobody listens at the address.
    Refused,
    /// The connection ended before an answer began.
    Closed,
    /// The host's certificate is not good.
    Certificate(CertificateFault),
    /// The connection could not be secured for another reason.
    Tls,
    /// The proxy makes no connection to the host.
    Proxy,
    /// The proxy asks for credentials.
    ProxyCredentials,
    /// Something else.
    Other,
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Nobody this machine trusts has signed it.
    UnknownIssuer,
    /// It is for other hosts: which.
    OtherNames(Vec<String>),
    /// Its time is over.
    Expired,
    /// Its time has not come yet.
    NotYetValid,
    /// Something else.
    Other,
}

/// An answer that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokeOff {
    /// In which way.
    pub damage: Damage,
    /// The innermost words of the HTTP library.
    pub detail: String,
}

/// What happened to an answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The connection ended before the answer.
    Cut,
    /// It cannot be unpacked.
    Packing,
}

/// What was waited for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut {
    /// What was waited for.
    pub phase: Phase,
    /// The key of `[fetch]` that limits it.
    pub limit: &'static str,
    /// How long was waited.
    pub after: Duration,
}

/// The parts of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The connection, with or without its encryption.
    Connecting,
    /// The encryption of a connection that stands.
    Securing,
    /// The first byte of the answer.
    Waiting,
    /// The rest of the answer.
    Reading,
}

/// Why credentials bring no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoToken {
    /// The identity service gives no answer.
    #[error("the identity service {service} cannot be reached")]
    Unreachable {
        /// Its origin.
        service: String,
        /// Why: a failed or slow connection.
        cause: Box<Cause>,
    },
    /// It refuses, and says why.
    #[error("the identity service refuses the credentials (status {status}): {reason}")]
    Refused {
        /// Its status.
        status: u16,
        /// Its words.
        reason: String,
    },
    /// The private key cannot sign.
    #[error("the private key cannot be used: {0}")]
    Key(String),
    /// It answered without one.
    #[error("the identity service answered without a token")]
    Missing,
    /// A line break, for example.
    #[error("the credentials hold characters that cannot be sent")]
    Unsendable,
    /// There is no way to the identity service: why not.
    #[error("the identity service cannot be asked: {0}")]
    NoWay(String),
}

/// What a source has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
    /// How many of the requests were asked again after a failure.
    pub retries: u64,
    /// Answers and assets of which AEM said that they have not changed.
    pub not_modified: u64,
}

/// Answers queries and delivers assets.
pub trait Source: Send + Sync {
    /// What it has done so far.
    fn usage(&self) -> Usage;

    /// What went wrong without harm to the build, so far.
    fn warnings(&self) -> Diagnostics {
        Diagnostics::new()
    }

    /// The access tokens it holds: what is published is searched for them. No default: a source around
    /// another one must not forget to ask it.
    fn tokens(&self) -> Vec<Secret>;

    /// The good answer to one request.
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>>;

    /// The good answer to one request, for somebody who needs the text of those only that are not known to `knows`. Who
    /// remembers can do without reading the others.
    ///
    /// # Errors
    /// When there is no good answer.
    fn tell<'a>(
        &'a self,
        request: &'a Request,
        _knows: &'a Knows<'a>,
    ) -> BoxFuture<'a, Result<Told, SourceError>> {
        Box::pin(async move { Ok(self.answer(request).await?.into()) })
    }

    /// The answer of this moment, whatever is remembered; it is not remembered either. Who has a memory, or stands around
    /// somebody who has, does not take it for [`answer`](Self::answer).
    ///
    /// # Errors
    /// When there is no good answer.
    fn live<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        self.answer(request)
    }

    /// Where the answer to a request comes from, if it has this hash; `None` if it is another one. Who
    /// remembers can say so without having it.
    ///
    /// # Errors
    /// When there is no good answer.
    fn confirm<'a>(
        &'a self,
        request: &'a Request,
        hash: &'a str,
    ) -> BoxFuture<'a, Result<Option<Delivery>, SourceError>> {
        Box::pin(async move {
            let answer = self.answer(request).await?;
            Ok((&*answer.hash == hash).then_some(answer.delivery))
        })
    }

    /// Writes an asset's original to `file`, which is created.
    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>>;

    /// Whether an asset has this hash. Who remembers can say so without having it; else it is written to
    /// `file`.
    ///
    /// # Errors
    /// When it cannot be had.
    fn confirm_asset<'a>(
        &'a self,
        path: &'a AssetFile,
        hash: &'a str,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<bool, SourceError>> {
        Box::pin(async move { Ok(self.asset(path, file).await?.hash == hash) })
    }
}

/// What an answer can be recognised by (`aem-protocol.md`, section 2.3: neither is promised).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, as sent.
    pub etag: Option<String>,
    /// `Last-Modified`, as sent.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// How one request is asked.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// A body is wanted only if these have changed.
    pub unless: Validators,
    /// Past the CDN, by something in the address that no cache has seen.
    pub bypass: Option<Arc<str>>,
    /// What is known of the answer that was the last one: it helps to read the next.
    pub before: Arc<Outline>,
}

/// What an upstream says.
#[derive(Clone, Debug)]
pub enum Reply<T> {
    /// What the validators belong to is still right.
    NotModified {
        /// How long a cache on the way has kept that.
        age: Option<Duration>,
    },
    /// A good answer.
    Sent {
        /// What was sent.
        content: T,
        /// What it can be recognised by.
        validators: Validators,
        /// How long a cache on the way has kept it.
        age: Option<Duration>,
    },
}

impl<T> Reply<T> {
    /// How long a cache on the way has kept it, where that is said.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        match self {
            Self::NotModified { age } | Self::Sent { age, .. } => *age,
        }
    }
}

/// One host, asked without a memory.
pub trait Upstream: Send + Sync {
    /// What it has done so far.
    fn usage(&self) -> Usage;

    /// The access tokens it holds.
    fn tokens(&self) -> Vec<Secret>;

    /// Asks for the answer to one request.
    fn ask<'a>(
        &'a self,
        request: &'a Request,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<Envelope>, SourceError>>;

    /// Asks for an asset's original and writes it to `file`, which is created when it was sent.
    fn download<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
        conditions: &'a Conditions,
    ) -> BoxFuture<'a, Result<Reply<AssetBody>, SourceError>>;

    /// How a request is called in messages, as `GET https://…`.
    fn describe(&self, request: &Request) -> String;
}
