//! What a build took, stage by stage, query by query, template by template: `build --metrics`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::seconds;
use crate::pipeline::{Record, StageCost};
use crate::render::Spent;

/// What a build took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    stages: Vec<StageCost>,
    queries: Vec<QueryCost>,
    templates: Vec<(Arc<str>, Spent)>,
}

/// What a definition took, in all languages together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct QueryCost {
    query: String,
    /// From the first question to the last answer; nothing where it was only asked whether anything has changed.
    time: Option<Duration>,
    items: u64,
    requests: u64,
    retries: u64,
    bytes: u64,
}

impl Metrics {
    /// Of a build that was asked to measure.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let templates = record.templates()?.by_template();
        Some(Self {
            stages: record.stages(),
            queries: queries(record),
            templates,
        })
    }

    /// As the report has it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let stages = self.stages.iter().map(|cost| {
            json!({
                "stage": cost.stage,
                "seconds": seconds(cost.time),
                "memory": cost.memory.map(|memory| memory.resident),
                "peak_memory": cost.memory.map(|memory| memory.peak),
            })
        });
        let queries = self.queries.iter().map(|cost| {
            json!({
                "query": cost.query,
                "seconds": cost.time.map(seconds),
                "items": cost.items,
                "requests": cost.requests,
                "retries": cost.retries,
                "bytes": cost.bytes,
            })
        });
        let templates = self.templates.iter().map(|(template, spent)| {
            json!({
                "template": &**template,
                "pages": spent.pages,
                "seconds": seconds(spent.time),
                "longest": { "seconds": seconds(spent.longest), "route": spent.route },
            })
        });
        json!({
            "stages": stages.collect::<Vec<_>>(),
            "queries": queries.collect::<Vec<_>>(),
            "templates": templates.collect::<Vec<_>>(),
        })
    }
}

/// The definitions, the one that took longest first.
fn queries(record: &Record) -> Vec<QueryCost> {
    let (account, mut all) = (&record.account, BTreeMap::new());
    for spent in account.asked() {
        let cost: &mut QueryCost = all.entry(spent.query).or_default();
        cost.requests += spent.cost.requests;
        cost.retries += spent.cost.retries;
        cost.bytes += spent.cost.bytes;
    }
    for measure in account.measures() {
        all.entry(measure.key.query).or_default().items += measure.items;
    }
    for (query, time) in account.times() {
        all.entry(query).or_default().time = Some(time);
    }
    let named = all
        .into_iter()
        .map(|(query, cost)| QueryCost { query, ..cost });
    let mut queries: Vec<_> = named.collect();
    queries.sort_by_key(|cost| std::cmp::Reverse(cost.time));
    queries
}

/// Three tables.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = |bytes: Option<u64>| bytes.map_or_else(String::new, size);
        let stages = self.stages.iter().map(|cost| {
            [
                cost.stage.to_owned(),
                time(cost.time),
                memory(cost.memory.map(|memory| memory.resident)),
                memory(cost.memory.map(|memory| memory.peak)),
            ]
        });
        table(f, ["stage", "time", "memory", "peak so far"], stages)?;
        let queries = self.queries.iter().map(|cost| {
            [
                cost.query.clone(),
                cost.time.map_or_else(String::new, time),
                cost.items.to_string(),
                cost.requests.to_string(),
                size(cost.bytes),
            ]
        });
        table(
            f,
            ["query", "time", "items", "requests", "received"],
            queries,
        )?;
        let templates = self.templates.iter().map(|(template, spent)| {
            [
                template.to_string(),
                time(spent.time),
                spent.pages.to_string(),
                time(spent.longest),
                spent.route.clone(),
            ]
        });
        table(f, ["template", "time", "pages", "longest", "of"], templates)
    }
}

/// Columns as wide as their widest cell: numbers to the right, names to the left. Nothing at all without rows.
fn table<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> fmt::Result {
    let mut lines = vec![head.map(str::to_owned)];
    lines.extend(rows);
    if lines.len() == 1 {
        return Ok(());
    }
    let mut widths = [0; N];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    for line in &lines {
        let cells = line.iter().zip(widths).zip(head);
        let padded = cells.map(|((cell, width), column)| match column {
            "stage" | "query" | "template" | "of" => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        writeln!(f, "{}", padded.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// `1.25 s`, `3.1 ms`.
fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1_000.0)
    } else {
        format!("{seconds:.2} s")
    }
}

/// `1.5 kB`, `24.0 MB`.
fn size(bytes: u64) -> String {
    // Far below what a float holds exactly.
    let bytes = bytes as f64;
    if bytes < 1e6 {
        format!("{:.1} kB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Memory;

    fn spent(pages: usize, milliseconds: u64, route: &str) -> Spent {
        let longest = Duration::from_millis(milliseconds);
        Spent {
            pages,
            time: longest * 4,
            longest,
            route: route.to_owned(),
        }
    }

    #[test]
    fn tables_are_aligned() {
        let stage = |stage, milliseconds, memory| StageCost {
            stage,
            time: Duration::from_millis(milliseconds),
            memory,
        };
        let memory = Memory {
            resident: 9_500_000,
            peak: 1_024_000_000,
        };
        let metrics = Metrics {
            stages: vec![stage("fetch", 12_345, Some(memory)), stage("plan", 7, None)],
            queries: vec![QueryCost {
                query: "people".to_owned(),
                time: None,
                items: 12,
                requests: 1,
                retries: 0,
                bytes: 1_500,
            }],
            templates: vec![
                (Arc::from("a/story.html"), spent(120, 30, "/stories/one/")),
                (Arc::from("x.json"), spent(1, 0, "/")),
            ],
        };
        insta::assert_snapshot!(metrics.to_string());
        assert_eq!(Metrics::default().to_string(), "");
    }

    #[test]
    fn nothing_is_measured_unasked() {
        let record = Record::default();
        record.took("plan", Duration::ZERO);
        assert_eq!(Metrics::of(&record), None);
        assert_eq!(record.stages()[0].memory, None);
        let record = record.measuring();
        record.took("render", Duration::ZERO);
        assert_eq!(
            record.stages()[1].memory.is_some(),
            cfg!(target_os = "linux")
        );
    }
}
