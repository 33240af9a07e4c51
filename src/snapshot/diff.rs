//! What changed between two snapshots.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use super::{KeptAnswer, Snapshot};
use crate::aem::{Api, Envelope};
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

/// What an item is called and who asked for it: one path may be brought by several queries, with different
/// members, and both as an item and as what an item refers to.
type ItemKey = (String, String, Place);

/// Where in an answer an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Items,
    References,
    /// It is no item but an answer without any.
    Answer,
}

/// The members of an item by their hashes: the items themselves may be larger than memory.
type Members = BTreeMap<String, blake3::Hash>;

/// Every item of every answer, and what stands beside the items.
fn items(snapshot: &Snapshot) -> Result<BTreeMap<ItemKey, Members>, Cause> {
    let mut found = BTreeMap::new();
    for kept in &snapshot.index.answers {
        let Some(body) = &kept.body else { continue };
        let damaged = |why: String| Cause::Damaged(format!("`{}`: {why}", body.file));
        let api = Ask::api_of(&kept.ask);
        let api = api.ok_or_else(|| damaged("it is of no kind that is known here".to_owned()))?;
        let envelope = Envelope::decode(api, snapshot.read(&body.file, &body.hash)?)
            .map_err(|error| damaged(error.to_string()))?;
        let mut add = |place: Place, at: usize, json: &[u8]| {
            let item = serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
            let what = match (place, name(api, &item)) {
                (Place::Answer, _) => format!("the answer to {}", describe(kept)),
                (_, Some(path)) => path,
                (Place::Items, None) => format!("item {} of {}", at + 1, describe(kept)),
                // What is referred to without a path comes with the item that does so.
                (Place::References, None) => return Ok(()),
            };
            // Paging moves items from one answer to the next without a change to any of them.
            found.insert((what, kept.ask.clone(), place), hashed(item));
            Ok(())
        };
        let decoded: Vec<_> = envelope.decoded_roots().collect();
        // Of a document that is a plain value, a definition may mean a part.
        if decoded.is_empty() && envelope.is_whole() {
            add(Place::Answer, 0, envelope.body())?;
        }
        for decoded in decoded {
            for (at, json) in decoded.items.iter().enumerate() {
                add(Place::Items, at, json)?;
            }
            let references = decoded.references.as_deref().unwrap_or(b"[]");
            let references = serde_json::from_slice::<Vec<&RawValue>>(references);
            let references = references.map_err(|error| damaged(error.to_string()))?;
            for (at, json) in references.into_iter().enumerate() {
                add(Place::References, at, json.get().as_bytes())?;
            }
        }
    }
    Ok(found)
}

/// A question in one line.
fn describe(kept: &KeptAnswer) -> String {
    let ask = kept.ask.lines().next().unwrap_or_default();
    match kept.variables.get() {
        "{}" => format!("`{ask}`"),
        variables => format!("`{ask}` {variables}"),
    }
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

/// The hash of each member; of a value without members, its own under an empty name.
fn hashed(item: Value) -> Members {
    let hash = |value: &Value| blake3::hash(value.to_string().as_bytes());
    match item {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, hash(&value)))
            .collect(),
        other => [(String::new(), hash(&other))].into(),
    }
}

/// The members that differ.
fn members(old: &Members, new: &Members) -> Vec<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&&String| old.get(**name) != new.get(**name) && !name.is_empty();
    let names = names.iter().filter(differs);
    names.map(|name| (*name).clone()).collect()
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

impl Named for ItemKey {
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
