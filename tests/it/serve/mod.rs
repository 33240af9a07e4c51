//! `frieze serve`: a process, and whoever talks to it.

mod client;
mod door;
mod events;
mod foreign;
mod site;
mod start;
mod webhook;
