//! `[fetch]`: how hard AEM is asked.

use std::time::Duration;

use crate::table::Table;

/// Bounds of the fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Requests in flight to one host.
    pub concurrency: usize,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// No byte for this long.
    pub read_timeout: Duration,
    /// One request, all of it.
    pub total_timeout: Duration,
    /// The whole fetch.
    pub deadline: Duration,
    /// Bytes of one answer after decompression.
    pub max_response: u64,
    /// Requests of one build; a runaway query stops here.
    pub max_requests: u64,
}

impl Default for Fetch {
    fn default() -> Self {
        Self {
            concurrency: 8,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(120),
            deadline: Duration::from_secs(15 * 60),
            max_response: 64 << 20,
            max_requests: 100_000,
        }
    }
}

pub(super) fn read(table: &Table<'_>) -> Fetch {
    table.not_yet(&[
        "rate",
        "retries",
        "retry_budget",
        "cdn",
        "max_age",
        "stale_if_error",
        "proxy",
        "ca_file",
    ]);
    let default = Fetch::default();
    let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Fetch {
        concurrency: table
            .integer("concurrency", 1..=256)
            .map_or(default.concurrency, whole),
        connect_timeout: table
            .duration("connect_timeout")
            .unwrap_or(default.connect_timeout),
        read_timeout: table
            .duration("read_timeout")
            .unwrap_or(default.read_timeout),
        total_timeout: table
            .duration("total_timeout")
            .unwrap_or(default.total_timeout),
        deadline: table.duration("deadline").unwrap_or(default.deadline),
        max_response: table.size("max_response").unwrap_or(default.max_response),
        max_requests: table
            .integer("max_requests", 1..=1_000_000_000)
            .unwrap_or(default.max_requests),
    }
}
