//! Frieze freezes Adobe Experience Manager content into a static site.
//!
//! The modules follow the data: configuration and query definitions are loaded, a source answers the
//! queries, answers become a store, the store and the definitions become a route table, pages are
//! rendered, what they ask for is fetched, and the output is committed. `docs/architecture.md` tells
//! the journey with its invariants.

pub mod aem;
pub mod artifact;
pub mod asset;
mod blocking;
pub mod cache;
pub mod cli;
pub mod client;
pub mod config;
pub mod diag;
pub mod doctor;
pub mod explain;
pub mod expression;
pub mod fetch;
pub mod fs;
pub mod generate;
pub mod guard;
pub mod i18n;
pub mod interrupt;
pub mod local;
pub mod output;
pub mod packing;
pub mod pipeline;
pub mod progress;
pub mod query;
pub mod reach;
pub mod render;
pub mod report;
pub mod rich_text;
pub mod route;
pub mod secret;
#[cfg(feature = "serve")]
pub mod serve;
pub mod snapshot;
pub mod source;
pub mod store;
pub mod table;
pub mod template_values;
pub mod trace;
pub mod value;
