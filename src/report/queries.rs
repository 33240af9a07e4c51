//! The queries of a report.

use serde_json::{Value, json};

use crate::fetch::{Account, Spent};
use crate::guard::Measure;

/// A row for each definition, or for each language of one that is asked in each.
pub(super) fn all(account: &Account) -> Value {
    let measures = account.measures();
    let rows = account.asked();
    rows.iter().map(|asked| row(asked, &measures)).collect()
}

fn row(asked: &Spent, measures: &[Measure]) -> Value {
    let is_own = |measure: &&Measure| {
        let language = asked.language.as_ref();
        measure.key.query == asked.query && language.is_none_or(|own| measure.key.language == *own)
    };
    let own: Vec<&Measure> = measures.iter().filter(is_own).collect();
    // Not answered is something else than answered with nothing.
    let items = (!own.is_empty()).then(|| own.iter().map(|m| m.items).sum::<u64>());
    let cost = &asked.cost;
    json!({
        "query": asked.query,
        "language": asked.language,
        "variables": asked.variables,
        "items": items,
        "requests": cost.requests,
        "retries": cost.retries,
        "bytes": cost.bytes,
        "age": cost.age.map(|age| age.as_secs()),
        "answers": {
            "new": cost.new,
            "unchanged": cost.unchanged,
            "kept": cost.kept,
            "stale": cost.stale,
        },
    })
}
