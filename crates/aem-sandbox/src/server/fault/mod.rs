//! Faults: what a sandbox does wrong on purpose.
//!
//! A [`Fault`] is a sequence of [`Effect`]s for the requests of a path pattern, written in a small grammar ([`parse`]).
//! [`plan`] decides which request is struck, [`strike`] gives the answer, [`content`] and [`pages`] rewrite the right
//! one, [`spoil`] and [`wire`] do it to the bytes; [`mod@file`] and [`admin`] are the ways in besides
//! [`Options::faults`](super::Options::faults).
//! Source: aem-protocol.md, sections 1.4, 9.2 and 15.

mod admin;
mod content;
mod error;
mod file;
mod pages;
mod parse;
mod plan;
mod spoil;
mod strike;
mod wire;

pub(super) use admin::{PATH, administer};
pub use error::FaultError;
pub(super) use file::FaultsFile;
pub(super) use plan::Faults;
pub(super) use strike::Strike;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What is done wrong, to which requests, and how often.
///
/// Written as `EFFECTS[;KEY=VALUE…][@PATTERN]`:
///
/// - `EFFECTS` is one effect or several separated by commas, each with an optional `:COUNT`. They strike one after the
///   other: `503:2,reset,ok,429` fails twice, resets once, lets one through, and fails once more. An effect alone and
///   without a count strikes every time.
/// - An effect is a status from 300 to 599, answered with an HTML page, or one of the names below.
/// - `PATTERN` is matched against path and query as they were sent; `*` stands for anything. Without it all requests match.
///
/// | effect | what happens |
/// |---|---|
/// | `ok` | nothing |
/// | `delay` | the right answer, late; nothing of it comes before |
/// | `drip` | the body comes `bytes` (64) at a time, every `pause` (100ms) |
/// | `stall` | headers and `bytes` of the body or half of it, then nothing `for` a time, or until the client goes away |
/// | `reset` | the connection is reset before an answer |
/// | `close` | the connection is closed before an answer, as by a server that ends |
/// | `cut` | the body ends early, after `bytes` or half of it, and the connection closes |
/// | `truncate` | the body ends early, and its length and compression fit what is left |
/// | `cut-gzip` | the body is gzip that ends early, and its length fits what is left |
/// | `bad-gzip` | the body says it is gzip and is not |
/// | `gzip-bomb` | a small gzip body of `bytes` (256 MiB) blanks |
/// | `oversized` | the right body, uncompressed, filled up with blanks to `bytes` (256 MiB) |
/// | `html` | 200 with an HTML page |
/// | `type` | the right body with the wrong `Content-Type` (`type=text/html`) |
/// | `errors` | 200 with `errors` beside the right `data` |
/// | `null` | 200 with `{"data":null}` |
/// | `null-roots` | 200 with every root null, as in `{"data":{"postList":null}}` |
/// | `empty` | the right answer without its items, and no page after it |
/// | `block` | 406 to every matching request `for` a time (5s), as a traffic rule does |
/// | `expired` | 401, as for a token that has ended |
/// | `redirect` | 302 to the address in `to`, the login page if not given |
/// | `redirect-loop` | 302 to where the request went |
/// | `same-cursor` | `endCursor` is the first page's on every page |
/// | `cursor-loop` | the last page leads back to the second |
/// | `changed` | every later page begins with the last item of the page before, as when content moves while paging |
///
/// A struck request gets no 304 where an effect needs a body. A refused connection is no fault of a request: for that,
/// ask at the address of a sandbox that was [stopped](super::Sandbox::stop).
///
/// | key | meaning |
/// |---|---|
/// | `delay=200ms` | wait before the answer, with any effect |
/// | `retry-after=2`, `retry-after=date:2` | `Retry-After` in seconds, or as the date two seconds ahead |
/// | `after=3` | the first three matching requests are spared |
/// | `p=0.2` | each request is struck with this probability, decided by the seed |
/// | `method=GET` | only this method |
/// | `repeat` | when the sequence has ended it begins again: `ok:2,503;repeat` is every third request |
///
/// ```
/// use aem_sandbox::Fault;
///
/// let fault: Fault = "429:3;retry-after=2@/graphql/*".parse()?;
/// assert_eq!(fault.to_string(), "429:3;retry-after=2@/graphql/*");
/// assert!("teapot@/x".parse::<Fault>().is_err());
/// # Ok::<(), aem_sandbox::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// As it was written.
    text: String,
    steps: Vec<Step>,
    pattern: String,
    method: Option<String>,
    after: u64,
    probability: Option<f64>,
    repeat: bool,
    details: Details,
}

/// An effect and how many requests it strikes; `None` is every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    effect: Effect,
    times: Option<u64>,
}

/// What is done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Status(u16),
    Ok,
    Delay,
    Drip,
    Stall,
    Reset,
    Close,
    Cut,
    Truncate,
    CutGzip,
    BadGzip,
    GzipBomb,
    Oversized,
    Html,
    Type,
    Errors,
    Null,
    NullRoots,
    Empty,
    Block,
    Expired,
    Redirect,
    RedirectLoop,
    SameCursor,
    CursorLoop,
    Changed,
}

/// The names of the effects that have one.
const NAMES: [(&str, Effect); 25] = [
    ("ok", Effect::Ok),
    ("delay", Effect::Delay),
    ("drip", Effect::Drip),
    ("stall", Effect::Stall),
    ("reset", Effect::Reset),
    ("close", Effect::Close),
    ("cut", Effect::Cut),
    ("truncate", Effect::Truncate),
    ("cut-gzip", Effect::CutGzip),
    ("bad-gzip", Effect::BadGzip),
    ("gzip-bomb", Effect::GzipBomb),
    ("oversized", Effect::Oversized),
    ("html", Effect::Html),
    ("type", Effect::Type),
    ("errors", Effect::Errors),
    ("null", Effect::Null),
    ("null-roots", Effect::NullRoots),
    ("empty", Effect::Empty),
    ("block", Effect::Block),
    ("expired", Effect::Expired),
    ("redirect", Effect::Redirect),
    ("redirect-loop", Effect::RedirectLoop),
    ("same-cursor", Effect::SameCursor),
    ("cursor-loop", Effect::CursorLoop),
    ("changed", Effect::Changed),
];

/// The particulars of effects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Details {
    delay: Option<Duration>,
    retry_after: Option<RetryAfter>,
    bytes: Option<usize>,
    pause: Option<Duration>,
    period: Option<Duration>,
    content_type: Option<String>,
    location: Option<String>,
}

/// The two forms of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RetryAfter {
    Seconds(u64),
    Date(u64),
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        parse::fault(text.trim()).map_err(|reason| FaultError::of(text, reason))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
