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
#[doc = include_str!("../../../FAULTS.md")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_effect_is_documented() {
        let page = include_str!("../../../FAULTS.md");
        for (name, _) in NAMES {
            assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
        }
    }
}
