//! `[fetch]`: how hard AEM is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::diag::{Diagnostic, Kind, Location};
use crate::table::Table;

/// Whether caches between us and AEM may answer. After a change in AEM they may go on serving what was
/// before for hours (`aem-protocol.md`, section 2.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cdn {
    /// They may.
    #[default]
    Use,
    /// Every request has something in its address that no cache has seen.
    Bypass,
}

/// Bounds of the fetch.
#[derive(Clone, Debug, PartialEq)]
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
    /// Requests a second, where limited.
    pub rate: Option<f64>,
    /// How often one request is made again.
    pub retries: u32,
    /// How often requests are made again in one build, all together.
    pub retry_budget: u64,
    /// Whether caches between us and AEM may answer.
    pub cdn: Cdn,
    /// How long a cache on the way may have kept an answer; any time when absent.
    pub max_age: Option<Duration>,
    /// How old the last good answer may be that stands in when AEM fails; it never does when absent.
    pub stale_if_error: Option<Duration>,
    /// A proxy for every request; the system's own when absent.
    pub proxy: Option<String>,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
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
            rate: None,
            retries: 4,
            retry_budget: 50,
            cdn: Cdn::Use,
            max_age: None,
            stale_if_error: None,
            proxy: None,
            ca_file: None,
        }
    }
}

pub(super) fn read(table: &Table<'_>, root: &Path) -> Fetch {
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
        rate: read_rate(table),
        retries: table
            .integer("retries", 0..=100)
            .map_or(default.retries, |n| u32::try_from(n).unwrap_or(u32::MAX)),
        retry_budget: table
            .integer("retry_budget", 0..=1_000_000)
            .unwrap_or(default.retry_budget),
        cdn: match table.word("cdn", &["use", "bypass"]) {
            Some(word) if word.value == "bypass" => Cdn::Bypass,
            _ => default.cdn,
        },
        max_age: table.duration_or_off("max_age"),
        stale_if_error: table.duration_or_off("stale_if_error"),
        proxy: read_proxy(table),
        ca_file: table.filled("ca_file").map(|file| root.join(file.value)),
    }
}

/// `"50/s"` or `"600/m"`.
fn read_rate(table: &Table<'_>) -> Option<f64> {
    let text = table.filled("rate")?;
    let rate = text.value.split_once('/').and_then(|(count, unit)| {
        let count: f64 = count.trim().parse().ok()?;
        let seconds = match unit.trim() {
            "s" => 1.0,
            "m" => 60.0,
            _ => return None,
        };
        Some(count / seconds).filter(|rate| rate.is_finite() && *rate > 0.0)
    });
    if rate.is_none() {
        let message = format!(
            "`{}` must be a rate such as \"50/s\", not \"{}\"",
            table.full("rate"),
            table.reader().written(&text)
        );
        table.reader().error(text.span, message);
    }
    rate
}

/// The address may hold a password, so it is not repeated when it cannot be used.
fn read_proxy(table: &Table<'_>) -> Option<String> {
    let text = table.filled("proxy")?;
    let url = proxy_url(&text.value).filter(|url| {
        // A password with a slash in it would be taken for a path, and what is before it for a host.
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        bare && url.fragment().is_none() && reqwest::Proxy::all(url.as_str()).is_ok()
    });
    if url.is_none() {
        table.reader().push(
            Diagnostic::error(
                Kind::Config,
                format!("`{}` is not the address of a proxy", table.full("proxy")),
            )
            .at(Location::file(&table.reader().file().name))
            .help(
                "write it like \"http://user:password@host:3128\", signs in the password as `%2F`",
            ),
        );
    }
    url.map(String::from)
}

/// The address of a proxy, which may be written without `http://`.
#[must_use]
pub fn proxy_url(text: &str) -> Option<Url> {
    match text.contains("://") {
        true => Url::parse(text).ok(),
        false => Url::parse(&format!("http://{text}")).ok(),
    }
}
