//! Which definitions an event concerns.

use std::collections::BTreeSet;

use super::{Event, Happened};
use crate::aem::{Tier, Variables};
use crate::serve::change::Content;

/// What is known about the definitions of a site.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What was asked, by the name of the definition; a definition may be there several times.
    pub asked: Vec<(String, Variables)>,
    /// The models of definitions that have one.
    pub models: Vec<(String, String)>,
}

/// Whether an event can make a difference on a tier: what was edited shows on the author tier, what was published on the
/// tier that it was published to.
#[must_use]
pub fn matters(event: &Event, tier: Tier) -> bool {
    let is_publishing = matches!(event.what, Happened::Published | Happened::Unpublished);
    match (tier, is_publishing, event.what) {
        (_, _, Happened::Other) => true,
        (Tier::Author, is_publishing, _) => !is_publishing,
        (_, false, _) => false,
        (own, true, _) => event.tier.is_none_or(|tier| tier == own),
    }
}

/// Whose answers may be others after an event; anybody's if nothing is known about its place.
///
/// `brought` are the definitions that have brought an item with its path. A fragment may also be part of the items of
/// others, without its path: whoever asks these definitions first has to ask the others, too, if not at once.
#[must_use]
pub fn concerned(event: &Event, known: &Known, brought: &BTreeSet<String>) -> Content {
    let Some(path) = &event.path else {
        return Content::All;
    };
    let asked = known.asked.iter();
    let asked = asked.filter(|(_, variables)| reach(variables, path));
    let models = known.models.iter();
    let models = models.filter(|(_, model)| event.model.as_ref() == Some(model));
    let names = asked
        .map(|(name, _)| name)
        .chain(models.map(|(name, _)| name));
    let names: BTreeSet<String> = names.chain(brought).cloned().collect();
    match names.is_empty() {
        true => Content::All,
        false => Content::Of(names),
    }
}

/// Whether a variable names a path, or a folder above it.
fn reach(variables: &Variables, path: &str) -> bool {
    contains(&variables.to_json(), path)
}

fn contains(value: &serde_json::Value, path: &str) -> bool {
    match value {
        serde_json::Value::String(text) => is_above(text, path),
        serde_json::Value::Array(list) => list.iter().any(|value| contains(value, path)),
        serde_json::Value::Object(map) => map.values().any(|value| contains(value, path)),
        _ => false,
    }
}

fn is_above(folder: &str, path: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    let rest = path.strip_prefix(folder);
    // By whole segments; the root of everything is above too much to mean something.
    folder.starts_with('/') && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
