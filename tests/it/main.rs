//! Frieze from the outside: the real binary on real folders, against servers on the loopback interface.
//!
//! A module for each feature; `support` has what they share. Where a test needs only one function, it
//! stands beside that function in `src/`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail where they stand, and say what they skip"
)]
#![cfg_attr(
    not(feature = "sandbox"),
    expect(
        dead_code,
        reason = "only the tests of the sandbox use all of `support`"
    )
)]

mod assets;
mod budget;
#[cfg(feature = "sandbox")]
mod build;
mod cache;
mod content;
mod docs;
mod doctor;
mod elsewhere;
mod errors;
mod example_languages;
mod fault_matrix;
mod formats;
#[cfg(feature = "serve")]
mod fragments;
mod guard;
mod images;
#[cfg(feature = "sandbox")]
mod incremental;
#[cfg(feature = "sandbox")]
mod kill;
mod known;
mod languages;
mod layers;
mod local;
#[cfg(feature = "serve")]
mod looked;
mod menus;
mod output;
mod paging;
#[cfg(feature = "serve")]
mod preview;
mod queries;
#[cfg(feature = "sandbox")]
mod random_steps;
mod redirects;
mod report;
mod rest;
mod rich_text;
mod secrets;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "sandbox")]
mod snapshot;
mod strings;
mod support;
mod taxonomies;
mod threads;
mod tokens;
mod transport;
#[cfg(feature = "sandbox")]
mod unchanged;
mod usage;
#[cfg(feature = "sandbox")]
mod wknd;
