//! The sandbox over real HTTP.

mod http;
mod wknd;
