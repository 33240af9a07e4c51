//! What becomes of a build when something goes wrong on the way, row by row.
//!
//! A row is a fault in the sandbox's grammar (see `aem_sandbox::Fault`), and what comes of the build when
//! it strikes the first request, every third, or every one. Trouble that passes is waited for; what will
//! not get better by asking again is told at once; what may be AEM's own word is never guessed at.

/// What comes of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It succeeds with the bytes of a build without faults.
    Recovers,
    /// It fails with exit code 3, AEM's fault, and these words; the site that stands is not touched.
    Remote(&'static [&'static str]),
    /// The same with exit code 1, content.
    Content(&'static [&'static str]),
    /// The same with exit code 4, a guard.
    Guard(&'static [&'static str]),
    /// Not done: why.
    Untried(&'static str),
}

use Outcome::{Content, Guard, Recovers, Remote, Untried};

/// A fault, and what comes of it.
pub(super) struct Row {
    /// Effect and details.
    pub(super) fault: &'static str,
    pub(super) once: Outcome,
    pub(super) third: Outcome,
    pub(super) always: Outcome,
}

const fn row(fault: &'static str, once: Outcome, third: Outcome, always: Outcome) -> Row {
    Row {
        fault,
        once,
        third,
        always,
    }
}

/// A fault with one outcome, however often it strikes.
const fn any(fault: &'static str, outcome: Outcome) -> Row {
    row(fault, outcome, outcome, outcome)
}

/// A fault that asking again cures, unless it is there for good.
const fn passing(fault: &'static str, always: Outcome) -> Row {
    row(fault, Recovers, Recovers, always)
}

/// Nobody answers at the address: not a fault of a request, so the sandbox has no word for it.
pub(super) const REFUSED: &str = "refused";

/// Stands for the origin of a server that must never be asked anything.
pub(super) const ELSEWHERE: &str = "ELSEWHERE";

/// Queries, in front of or inside AEM.
#[rustfmt::skip]
pub(super) const QUERIES: &[Row] = &[
    // In trouble.
    passing("500", Remote(&["500"])),
    passing("502", Remote(&["502"])),
    passing("503;retry-after=1", Remote(&["503"])),
    passing("429;retry-after=1", Remote(&["429"])),
    passing("503;retry-after=date:1", Remote(&["503"])),
    // Longer than a build should wait.
    any("503;retry-after=600", Remote(&["left alone", "10 min"])),
    any("429;retry-after=date:3000", Remote(&["left alone"])),
    // A penalty, which asking again makes longer.
    any("406", Remote(&["406"])),
    // Refused.
    any("401", Remote(&["401"])),
    any("403", Remote(&["403"])),
    // A Dispatcher's page, not AEM's word that there is no such query.
    any("404", Remote(&["Dispatcher"])),
    // No connection, or not for long.
    row(REFUSED, Recovers, Untried("a kept connection cannot be refused"), Remote(&["refused"])),
    passing("reset", Remote(&["connection"])),
    passing("close", Remote(&["connection"])),
    // Too slow: the whole answer, the bytes of it, or what comes after half of it.
    passing("delay;delay=5s", Remote(&["_timeout"])),
    passing("drip;bytes=8;pause=100ms", Remote(&["_timeout"])),
    passing("stall", Remote(&["_timeout"])),
    // Not whole.
    passing("cut", Remote(&["broke off"])),
    passing("truncate", Remote(&["incomplete"])),
    passing("cut-gzip", Remote(&["broke off"])),
    passing("bad-gzip", Remote(&["unpacked"])),
    // Not what was asked for.
    passing("html", Remote(&["text/html"])),
    passing("type;type=text/plain", Remote(&["text/plain"])),
    any("redirect", Remote(&["redirect"])),
    any("redirect;to=ELSEWHERE/login", Remote(&["redirect"])),
    any("redirect-loop", Remote(&["redirect"])),
    // Too much.
    any("oversized;bytes=1000000", Content(&["larger than"])),
    any("gzip-bomb;bytes=8000000", Content(&["larger than"])),
    // AEM's own word.
    any("errors", Content(&["Exception while fetching data"])),
    any("null", Content(&["without data"])),
    any("null-roots", Content(&["null"])),
];

/// Answers to the query that is paged by cursor.
#[rustfmt::skip]
pub(super) const WALKS: &[Row] = &[
    any("empty", Guard(&["walks", "min_items"])),
    any("null-roots", Content(&["null"])),
    passing("same-cursor", Content(&["cursor"])),
    passing("truncate;bytes=900", Remote(&["incomplete"])),
];

const TWO_AT_ONCE: Outcome = Untried("the third request may be the window behind the end");

/// Answers to the query that is paged by offset.
#[rustfmt::skip]
pub(super) const STORIES: &[Row] = &[
    row("empty", Guard(&["stories", "min_items"]), TWO_AT_ONCE, Guard(&["stories"])),
    passing("cut", Remote(&["broke off"])),
];

/// Pictures.
#[rustfmt::skip]
pub(super) const ASSETS: &[Row] = &[
    passing("500", Remote(&["500"])),
    passing("502", Remote(&["502"])),
    passing("503;retry-after=1", Remote(&["503"])),
    passing("429;retry-after=1", Remote(&["429"])),
    any("503;retry-after=600", Remote(&["left alone", "10 min"])),
    any("406", Remote(&["406"])),
    any("401", Remote(&["401"])),
    any("403", Remote(&["403"])),
    // AEM has no other word for an asset that does not exist.
    any("404", Content(&["does not exist"])),
    passing("reset", Remote(&["connection"])),
    passing("close", Remote(&["connection"])),
    passing("delay;delay=5s", Remote(&["_timeout"])),
    passing("drip;bytes=100;pause=100ms", Remote(&["_timeout"])),
    passing("stall", Remote(&["_timeout"])),
    passing("cut", Remote(&["broke off"])),
    passing("cut-gzip", Remote(&["broke off"])),
    // A page or JSON where a picture was due.
    passing("html", Content(&["HTML"])),
    passing("type;type=text/html", Content(&["HTML"])),
    passing("null", Content(&["JSON"])),
    passing("bad-gzip", Content(&["JSON"])),
    passing("gzip-bomb;bytes=8000000", Content(&["JSON"])),
    any("redirect", Remote(&["redirect"])),
    any("redirect;to=ELSEWHERE/x.jpg", Remote(&["redirect"])),
    any("redirect-loop", Remote(&["redirect"])),
    any("oversized;bytes=1000000", Content(&["larger than"])),
];

const ONE_EXCHANGE: Outcome = Untried("a build makes one exchange only");

/// A fault of the identity service, which is asked once in a build.
const fn exchange(fault: &'static str, once: Outcome, always: Outcome) -> Row {
    row(fault, once, ONE_EXCHANGE, always)
}

/// The exchange of credentials for a token.
#[rustfmt::skip]
pub(super) const TOKENS: &[Row] = &[
    exchange("500", Recovers, Remote(&["500"])),
    exchange("503;retry-after=1", Recovers, Remote(&["503"])),
    exchange("429;retry-after=1", Recovers, Remote(&["429"])),
    exchange("400", Remote(&["400"]), Remote(&["400"])),
    exchange("401", Remote(&["401"]), Remote(&["401"])),
    exchange("403", Remote(&["403"]), Remote(&["403"])),
    exchange("reset", Recovers, Remote(&["identity service"])),
    exchange("close", Recovers, Remote(&["identity service"])),
    exchange("delay;delay=5s", Recovers, Remote(&["identity service"])),
    exchange("stall", Recovers, Remote(&["identity service"])),
    exchange("cut", Recovers, Remote(&["identity service"])),
    exchange("truncate", Recovers, Remote(&["identity service"])),
    exchange("bad-gzip", Recovers, Remote(&["identity service"])),
    exchange("html", Recovers, Remote(&["identity service"])),
    exchange("oversized;bytes=300000000", Recovers, Remote(&["identity service"])),
    exchange("gzip-bomb;bytes=8000000", Recovers, Remote(&["identity service"])),
    exchange("redirect;to=ELSEWHERE/ims/token/v3", Remote(&["302"]), Remote(&["302"])),
    exchange("redirect-loop", Remote(&["302"]), Remote(&["302"])),
];

/// A token that AEM does not take any more, with credentials that bring a new one.
pub(super) const RENEWABLE: &[Row] = &[passing("expired", Remote(&["401"]))];

/// The same with credentials that are all there is.
pub(super) const FIXED: &[Row] = &[any("expired", Remote(&["401"]))];
