//! The sandbox over real HTTP.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail where they stand, and say what they skip"
)]

mod conformance;
mod faults;
mod http;
#[cfg(feature = "images")]
mod images;
#[cfg(feature = "ims")]
mod ims;
mod lighthouse;
#[cfg(feature = "watch")]
mod live;
mod pages;
mod protocol;
mod robust;
mod scale;
mod tiers;
mod validators;
mod wknd;
