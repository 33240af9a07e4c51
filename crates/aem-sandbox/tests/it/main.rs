//! The sandbox over real HTTP.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail where they stand, and say what they skip"
)]

mod http;
#[cfg(feature = "images")]
mod images;
mod lighthouse;
mod pages;
mod protocol;
mod scale;
mod wknd;
