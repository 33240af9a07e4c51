//! From the bytes of a request to events.

use serde::Deserialize;
use serde_json::Value;

use super::{Event, Happened};
use crate::aem::Tier;

/// How the types of AEM's events begin.
const AEM: &str = "aem.";

/// Why what was posted is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    /// It cannot be read.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// It is something else.
    #[error("the body is no CloudEvent: it has no `type`")]
    NoType,
}

/// A `CloudEvent` as far as it matters. Everything may be missing, or of another kind than documented: what is of no use
/// is ignored.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    id: Value,
    event_id: Value,
    r#type: Value,
    data: Value,
}

/// The events in the body of a request: one, or several in a list. Those that are none of AEM's are left out.
///
/// # Errors
/// When it is no event at all.
pub fn parse(body: &[u8]) -> Result<Vec<Event>, NotAnEvent> {
    let json: Value =
        serde_json::from_slice(body).map_err(|error| NotAnEvent::NotJson(error.to_string()))?;
    let several = match json {
        Value::Array(several) => several,
        one => vec![one],
    };
    let events = several.into_iter().map(read);
    let events: Result<Vec<Option<Event>>, NotAnEvent> = events.collect();
    Ok(events?.into_iter().flatten().collect())
}

fn read(json: Value) -> Result<Option<Event>, NotAnEvent> {
    if !json.is_object() {
        return Err(NotAnEvent::NoType);
    }
    let envelope: Envelope =
        serde_json::from_value(json).map_err(|error| NotAnEvent::NotJson(error.to_string()))?;
    let kind = envelope.r#type.as_str().ok_or(NotAnEvent::NoType)?;
    if !kind.starts_with(AEM) {
        return Ok(None);
    }
    let data = &envelope.data;
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    // An older sample has the model's path as its id.
    let model = [&data["model"]["path"], &data["model"]["id"]];
    let is_path = |model: &String| model.starts_with('/');
    Ok(Some(Event {
        id: text(&envelope.id).or_else(|| text(&envelope.event_id)),
        what: happened(kind),
        path: text(&data["path"]).filter(is_path),
        model: model.into_iter().filter_map(text).find(is_path),
        tier: data["tier"].as_str().and_then(Tier::from_name),
    }))
}

/// By the last word of the type: what happened to a page concerns fragments that refer to it just as well.
fn happened(kind: &str) -> Happened {
    match kind.rsplit('.').next().unwrap_or_default() {
        "published" => Happened::Published,
        "unpublished" => Happened::Unpublished,
        "created" => Happened::Created,
        "modified" => Happened::Modified,
        "deleted" => Happened::Deleted,
        "variation" => Happened::Variation,
        "moved" => Happened::Moved,
        _ => Happened::Other,
    }
}
