//! The cache between builds and an AEM in memory.

mod age;
mod care;
mod damage;
mod freshness;
mod packed;
mod sharing;
mod stale;
mod support;
mod telling;
