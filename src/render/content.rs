//! Items as templates get them: as much of each as the template can reach.
//!
//! What the index has of an item is in memory; for more its body is read. Whether templates get more than they can reach
//! makes no difference to a page. It does to what is compared between builds, which is never more, and to messages: a page
//! that fails is rendered once more with all that is known ([`current::explaining`]).

use tera::value::Key;
use tera::{Map, Value};

use super::{Site, current};
use crate::expression::{Fields, Inside};
use crate::query::QueryId;
use crate::reach::Reach;
use crate::store::{BodyError, EntryId};

/// What the template of the page can reach; everything, where there is none.
pub(super) fn reached(site: &Site, of: impl FnOnce(&Reach) -> &Fields) -> Fields {
    match current::template() {
        _ if current::is_explained() => Fields::All,
        Some(template) => of(site.reaches.get(&template)).clone(),
        None => Fields::All,
    }
}

/// Items of which some members are wanted, one after the other.
pub(super) struct Held<'a> {
    site: &'a Site,
    members: &'a Fields,
    /// Whether the index has the members, of the definition that was asked for last: mostly there is one.
    indexed: Option<(QueryId, bool)>,
    is_explained: bool,
}

impl<'a> Held<'a> {
    pub(super) fn new(site: &'a Site, members: &'a Fields) -> Self {
        Self {
            site,
            members,
            indexed: None,
            is_explained: current::is_explained(),
        }
    }

    /// An item with these members, and perhaps others.
    pub(super) fn value(&mut self, entry: EntryId) -> Result<Value, BodyError> {
        let known = self.site.store.get(entry);
        // Templates take an empty item for none, so it has to be one.
        let is_enough = known.fields.has_members() && !self.is_explained;
        if is_enough && self.is_indexed(known.query) {
            return Ok(known.fields.some(|name| self.members.has(name)));
        }
        self.site.store.value(entry)
    }

    /// Whether the index has the members of items of a definition.
    pub(super) fn is_indexed(&mut self, query: QueryId) -> bool {
        match self.indexed {
            Some((known, is_within)) if known == query => is_within,
            _ => {
                let indexed = self.site.selection.indexed(query);
                let is_within = self.members.is_within(indexed);
                self.indexed = Some((query, is_within));
                is_within
            }
        }
    }
}

/// An item with these members, and perhaps others.
pub(super) fn with(site: &Site, entry: EntryId, members: &Fields) -> Result<Value, BodyError> {
    Held::new(site, members).value(entry)
}

/// An item with these members and no others.
pub(super) fn only(site: &Site, entry: EntryId, members: &Fields) -> Result<Value, BodyError> {
    let item = with(site, entry, members)?;
    if current::is_explained() {
        return Ok(item);
    }
    Ok(narrowed(item, members))
}

/// These members of a value, in their order. What has members does not become empty, which templates would take for none.
pub(super) fn narrowed(value: Value, members: &Fields) -> Value {
    let (Fields::Some(_), Some(map)) = (members, value.as_map()) else {
        return value;
    };
    let mut kept = Map::default();
    for (name, value) in map {
        if let Some(value) = meant(name, value, members) {
            kept.insert(name.clone(), value);
        }
    }
    if kept.is_empty() && !map.is_empty() {
        kept.insert("".into(), Value::none());
    }
    Value::from(kept)
}

/// What of a member is meant.
fn meant(name: &Key<'_>, value: &Value, members: &Fields) -> Option<Value> {
    let inner = match members.inside(name.as_str()?) {
        Inside::Nothing => return None,
        Inside::Whole => return Some(value.clone()),
        Inside::Members(inner) => inner,
    };
    let Some(map) = value.as_map() else {
        return Some(value.clone());
    };
    let is_meant = |name: &Key<'_>| name.as_str().is_some_and(|name| inner.contains(&name));
    let kept = map.iter().filter(|(name, _)| is_meant(name));
    Some(Value::from(
        kept.map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map>(),
    ))
}
