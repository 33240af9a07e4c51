//! The report of a build, for programs: `build --report FILE`.
//!
//! [`report`] makes JSON of what is known about a build, whether it went well or not; `docs/report.md` says
//! what is in it. Keys have a fixed order. What others wrote is in it as it came: whoever writes it down takes
//! the secrets out first ([`crate::guard::Mask`]).

mod diagnostics;
mod metrics;
mod queries;

pub use metrics::Metrics;

use std::time::Duration;

use serde_json::{Value, json};

use crate::artifact::OutputPath;
use crate::config::{BaseUrl, Config};
use crate::diag::Diagnostics;
use crate::guard::History;
use crate::output::Commit;
use crate::pipeline::{Record, Report};
use crate::route::encode_path;
use crate::source::Usage;

/// The format of the report; it changes when something is taken away or gets another meaning.
pub const FORMAT: u64 = 1;

/// What is known about a build.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    /// When it was started.
    pub started: &'a str,
    /// How long it took.
    pub elapsed: Duration,
    /// The exit code.
    pub exit_code: u8,
    /// The configuration, as soon as there is one.
    pub config: Option<&'a Config>,
    /// What was written down while it ran.
    pub record: &'a Record,
    /// What it did, if it went well.
    pub built: Option<&'a Report>,
    /// Requests and bytes.
    pub usage: Usage,
    /// Everything said about it.
    pub diagnostics: &'a Diagnostics,
    /// What the next build is to be held against; `None` when that is not known.
    pub history: Option<&'a History>,
    /// `--accept-shrink`.
    pub accepted: &'a [String],
    /// The most memory that was used, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

/// The report.
#[must_use]
pub fn report(facts: &Facts<'_>) -> Value {
    let config = facts.config;
    json!({
        "format": FORMAT,
        "frieze": env!("CARGO_PKG_VERSION"),
        "outcome": outcome(facts),
        "exit_code": facts.exit_code,
        "started": facts.started,
        "environment": config.and_then(|config| config.environment.as_deref()),
        "base_url": config.map(|config| config.base_url.as_text()),
        "origin": config.map(|_| facts.record.account.origin()),
        "tier": config.map(|config| config.aem.tier.name()),
        "queries": queries::all(&facts.record.account),
        "requests": {
            "sent": facts.usage.requests,
            "retries": facts.usage.retries,
            "not_modified": facts.usage.not_modified,
            "bytes": facts.usage.bytes,
        },
        "pages": facts.built.map(pages),
        "assets": facts.built.map(|built| json!({ "total": built.assets })),
        "files": facts.built.map(|built| files(&built.commit)),
        "changed": facts.built.zip(config).map(|(built, config)| changed(&built.commit, &config.base_url)),
        "timings": timings(facts),
        "peak_memory": facts.peak_memory,
        "metrics": Metrics::of(facts.record).map(|metrics| metrics.to_json()),
        "diagnostics": diagnostics::all(facts.diagnostics),
        "guard": facts.history.map(|history| json!({
            "accepted": facts.accepted,
            "history": history.to_json(),
        })),
    })
}

fn outcome(facts: &Facts<'_>) -> &'static str {
    match facts.built {
        None => "failed",
        Some(built) if built.commit.written + built.commit.removed == 0 => "unchanged",
        Some(_) => "published",
    }
}

fn pages(built: &Report) -> Value {
    let is_page = |path: &&OutputPath| path.as_str().ends_with(".html");
    json!({
        "total": built.pages,
        "rendered": built.rendered,
        "reused": built.pages - built.rendered,
        "removed": built.commit.changed.removed.iter().filter(is_page).count(),
    })
}

fn files(commit: &Commit) -> Value {
    json!({
        "written": commit.written,
        "unchanged": commit.unchanged,
        "removed": commit.removed,
        "bytes_written": commit.bytes_written,
        "left_alone": commit.left_alone,
    })
}

/// The addresses whose content is another now: what a CDN has to forget.
fn changed(commit: &Commit, base: &BaseUrl) -> Value {
    let urls = |paths: &[OutputPath]| -> Value {
        paths
            .iter()
            .map(|path| {
                let route = route(path);
                json!({ "route": route, "url": base.permalink(&route) })
            })
            .collect()
    };
    json!({
        "written": urls(&commit.changed.written),
        "removed": urls(&commit.changed.removed),
    })
}

/// Where a file is found: an `index.html` at its folder.
fn route(path: &OutputPath) -> String {
    let path = path.as_str();
    let folder = path
        .strip_suffix("index.html")
        .filter(|f| f.is_empty() || f.ends_with('/'));
    encode_path(&format!("/{}", folder.unwrap_or(path)))
}

/// Seconds of each stage that was begun and ended, in their order, and of all.
fn timings(facts: &Facts<'_>) -> Value {
    let stages = facts.record.stages();
    let stages = stages
        .into_iter()
        .map(|cost| (cost.stage.to_owned(), seconds(cost.time)));
    let total = ("total".to_owned(), seconds(facts.elapsed));
    Value::Object(stages.chain([total]).collect())
}

/// Seconds, to a thousandth.
fn seconds(time: Duration) -> Value {
    Value::from((time.as_secs_f64() * 1_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests;
