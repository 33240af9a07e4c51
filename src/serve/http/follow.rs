//! What the browser of one page is told: the difference between what it has and what there is.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::sheets;
use super::stamps::{Difference, Stamps};

/// What there is of a page at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// Tells the page from what it was.
    pub(super) version: String,
    /// As a build would write it.
    pub(super) body: Bytes,
    /// What is wrong, as JSON; nothing where there are no errors.
    pub(super) problems: Option<Value>,
    /// Whether something newer is being made.
    pub(super) working: bool,
    /// The files of `static/`.
    pub(super) stamps: Arc<Stamps>,
    /// The path of `base_url`, below which those are.
    pub(super) base: String,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The page is another one now: its version.
    Change(String),
    /// Style sheets have changed, and nothing else: what the page is now, and the former and the present address of each.
    Style(String, Vec<(String, String)>),
    /// Something is wrong.
    Problems(Value),
    /// Nothing is wrong (any more).
    Fine,
    /// Something newer is being made.
    Working,
}

impl Event {
    /// As it stands in a stream of events.
    pub(super) fn encode(&self) -> String {
        let (name, data) = match self {
            Self::Change(version) => ("change", json!(version)),
            Self::Style(version, sheets) => {
                ("style", json!({ "version": version, "sheets": sheets }))
            }
            Self::Problems(problems) => ("problems", problems.clone()),
            Self::Fine => ("fine", Value::Null),
            Self::Working => ("working", Value::Null),
        };
        // JSON has no line breaks, which would end the event.
        format!("event: {name}\ndata: {data}\n\n")
    }
}

/// What a browser has, and has been told.
#[derive(Debug)]
pub(super) struct Follower {
    /// What it has, by its version.
    version: String,
    /// What was there when it was last told something; nothing before the first word.
    last: Option<View>,
}

impl Follower {
    /// A browser that has this version of a page.
    pub(super) fn new(version: String) -> Self {
        let last = None;
        Self { version, last }
    }

    /// What it has to be told now.
    pub(super) fn tell(&mut self, view: View) -> Vec<Event> {
        let mut events = Vec::new();
        let last = self.last.as_ref();
        let was_working = last.is_some_and(|last| last.working);
        if view.working && !was_working {
            events.push(Event::Working);
        }
        // After `working` comes one of the two, though nothing may have changed.
        let rests = was_working && !view.working;
        if rests || last.is_none_or(|last| last.problems != view.problems) {
            events.push(match &view.problems {
                Some(problems) => Event::Problems(problems.clone()),
                None => Event::Fine,
            });
        }
        // Last, since a page that is loaded again asks anew.
        events.extend(self.changed(&view));
        self.version.clone_from(&view.version);
        self.last = Some(view);
        events
    }

    /// What has become of the page and of the files that it may use.
    fn changed(&self, view: &View) -> Option<Event> {
        let change = || Some(Event::Change(view.version.clone()));
        let Some(last) = &self.last else {
            return (self.version != view.version).then(change)?;
        };
        let mut sheets = match last.stamps.until(&view.stamps) {
            Difference::None => Vec::new(),
            Difference::Style(paths) => paths
                .into_iter()
                .map(|path| format!("{}{}", view.base, crate::route::encode_path(&path)))
                .map(|path| (path.clone(), path))
                .collect(),
            Difference::Other => return change(),
        };
        if self.version != view.version {
            match sheets::swapped(&last.body, &view.body) {
                Some(swapped) if !swapped.is_empty() => sheets.extend(swapped),
                // Other problems of ours, or a page that is as it was under another status.
                _ => return change(),
            }
        }
        let style = || Event::Style(view.version.clone(), sheets.clone());
        (!sheets.is_empty()).then(style)
    }
}

#[cfg(test)]
mod tests;
