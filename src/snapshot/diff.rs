//! What changed between two snapshots.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Snapshot, question};
use crate::aem::{Api, Envelope, RootError};
use crate::query::Ask;
use crate::source::Cause;

/// What happened to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the later snapshot has it.
    Added,
    /// Only the earlier one has it.
    Removed,
    /// Both have it, and it differs: in these members, where it is an item.
    Changed(Vec<String>),
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// An item's or an asset's path; the question, for an answer without items.
    pub what: String,
    /// What happened to it.
    pub change: Change,
}

/// Everything that differs, items first, then assets, each sorted by path.
///
/// # Errors
/// When an answer of either is missing or damaged.
pub fn diff(old: &Snapshot, new: &Snapshot) -> Result<Vec<Difference>, Cause> {
    let mut found = compare(&items(old)?, &items(new)?, members);
    let assets = |snapshot: &Snapshot| -> BTreeMap<String, String> {
        let kept = snapshot.index.assets.iter();
        kept.map(|kept| (kept.path.clone(), kept.hash.clone()))
            .collect()
    };
    found.extend(compare(&assets(old), &assets(new), |_, _| Vec::new()));
    Ok(found)
}

/// Every item of every answer. One path may be brought by several queries, so the question is part of what
/// tells them apart.
fn items(snapshot: &Snapshot) -> Result<BTreeMap<(String, String), Value>, Cause> {
    let mut found = BTreeMap::new();
    for kept in &snapshot.index.answers {
        let damaged = |why: String| Cause::Disk(format!("`{}`: {why}", kept.file));
        let api = Ask::api_of(&kept.ask);
        let api = api.ok_or_else(|| damaged("it is of no kind that is known here".to_owned()))?;
        let envelope = Envelope::decode(api, snapshot.read(&kept.file, &kept.hash)?)
            .map_err(|error| damaged(error.to_string()))?;
        let decoded = match envelope.root(None) {
            Ok(root) => root.decoded,
            Err(RootError::Absent(_)) => None,
            // A document that is a plain value as a whole has parts that a definition may mean.
            Err(RootError::Form(_)) if api == Api::Json => None,
            Err(RootError::Form(why)) => return Err(damaged(why)),
        };
        // Paging moves items from one answer to the next without a change to any of them.
        let asked = kept.ask.clone();
        for (at, json) in decoded
            .map(|decoded| decoded.items)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let item: Value =
                serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
            let path = name(api, &item).unwrap_or_else(|| {
                format!(
                    "item {} of {}",
                    at + 1,
                    question(&kept.ask, &kept.variables)
                )
            });
            found.insert((path, asked.clone()), item);
        }
    }
    Ok(found)
}

/// An item's path, with its variation.
fn name(api: Api, item: &Value) -> Option<String> {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let path = api.path_members().iter().find_map(|key| text(key))?;
    match text("_variation").filter(|name| *name != "master") {
        Some(variation) => Some(format!("{path} (variation {variation})")),
        None => Some(path.to_owned()),
    }
}

/// The members that differ.
fn members(old: &Value, new: &Value) -> Vec<String> {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return Vec::new();
    };
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |key: &&&String| old.get(**key) != new.get(**key);
    keys.iter()
        .filter(differs)
        .map(|key| (*key).clone())
        .collect()
}

/// A key's readable part.
trait Named: Ord + Clone {
    fn named(&self) -> String;
}

impl Named for String {
    fn named(&self) -> String {
        self.clone()
    }
}

impl Named for (String, String) {
    fn named(&self) -> String {
        self.0.clone()
    }
}

fn compare<K: Named, V: PartialEq>(
    old: &BTreeMap<K, V>,
    new: &BTreeMap<K, V>,
    members: impl Fn(&V, &V) -> Vec<String>,
) -> Vec<Difference> {
    let keys: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    let change = |key: &K| match (old.get(key), new.get(key)) {
        (None, Some(_)) => Some(Change::Added),
        (Some(_), None) => Some(Change::Removed),
        (Some(old), Some(new)) if old != new => Some(Change::Changed(members(old, new))),
        _ => None,
    };
    let mut found: Vec<Difference> = keys
        .into_iter()
        .filter_map(|key| {
            let what = key.named();
            change(key).map(|change| Difference { what, change })
        })
        .collect();
    // Two queries that bring the same item tell the same story.
    found.dedup();
    found
}
