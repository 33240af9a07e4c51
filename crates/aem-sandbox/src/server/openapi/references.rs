//! What a fragment refers to: one flat map of all levels, and the tree that says how they hang together.

use super::fragment::{head, identifier, object};
use crate::execute::Engine;
use crate::repository::{Asset, Property, Target};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The deepest level `all` goes to when `depth` is not given; the real limit is not documented.
const DEPTH: usize = 10;
/// A larger tree is cut: references may fan out without end.
const MAX_TREE: usize = 5_000;

/// What `references`, `depth` and `hydrated` ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct References {
    /// Levels; 0 is none.
    depth: usize,
    /// Whether referenced fragments come with their fields. Without, only what identifies them is given (the exact
    /// form is not documented).
    hydrated: bool,
}

impl References {
    pub(super) fn read(parameters: &HashMap<String, String>) -> Result<Self, String> {
        let mode = parameters.get("references").map_or("none", String::as_str);
        let (mut depth, mut hydrated) = match mode {
            "none" => (0, false),
            "direct" => (1, false),
            "direct-hydrated" => (1, true),
            "all" => (DEPTH, false),
            "all-hydrated" => (DEPTH, true),
            other => {
                return Err(format!(
                    "`references={other}` is none of none, direct, direct-hydrated, all, all-hydrated"
                ));
            }
        };
        if let Some(asked) = parameters.get("depth") {
            let asked: usize = asked
                .parse()
                .map_err(|_| "`depth` is not a number".to_owned())?;
            depth = depth.min(asked);
        }
        if let Some(asked) = parameters.get("hydrated") {
            hydrated = asked == "true";
        }
        Ok(Self { depth, hydrated })
    }

    /// Adds `references` and `referencesTree` to a fragment.
    pub(super) fn add_to(
        self,
        object: &mut Map<String, Value>,
        engine: &Engine,
        fragment: usize,
        variation: Option<&str>,
    ) {
        if self.depth == 0 {
            return;
        }
        let mut collector = Collector {
            engine,
            variation,
            hydrated: self.hydrated,
            found: Map::new(),
            room: MAX_TREE,
        };
        let tree = collector.tree(fragment, self.depth, &mut Vec::new());
        object.insert("references".to_owned(), collector.found.into());
        object.insert("referencesTree".to_owned(), tree.into());
    }
}

struct Collector<'a> {
    engine: &'a Engine,
    variation: Option<&'a str>,
    hydrated: bool,
    found: Map<String, Value>,
    room: usize,
}

impl Collector<'_> {
    /// The references of a fragment in the order of its fields; `above` are the fragments on the way here, which are
    /// named but not entered again.
    fn tree(&mut self, number: usize, depth: usize, above: &mut Vec<usize>) -> Vec<Value> {
        let engine = self.engine;
        let fragment = &engine.repository.fragments[number];
        let variation = self
            .variation
            .and_then(|name| fragment.variation(name))
            .unwrap_or(0);
        let variation = &fragment.variations[variation];
        let model = &engine.repository.models[fragment.model];
        let mut tree = Vec::new();
        above.push(number);
        for (index, field) in model.fields.iter().enumerate() {
            let values = variation.values[index]
                .as_ref()
                .map_or(&[][..], Property::values);
            for text in values.iter().filter_map(|value| value.as_text()) {
                let Some((id, below)) = self.reference(field.tags, &field.kind, text) else {
                    continue;
                };
                if self.room == 0 {
                    break;
                }
                self.room -= 1;
                let below = match below {
                    Some(next) if depth > 1 && !above.contains(&next) => {
                        self.tree(next, depth - 1, above)
                    }
                    _ => Vec::new(),
                };
                tree.push(
                    json!({ "fieldName": field.name, "identifier": id, "referencesTree": below }),
                );
            }
        }
        above.pop();
        tree
    }

    /// Notes what a value refers to; gives its identifier, and its number when it is a fragment.
    fn reference(
        &mut self,
        is_tag: bool,
        kind: &crate::repository::FieldKind,
        text: &str,
    ) -> Option<(String, Option<usize>)> {
        use crate::repository::FieldKind::{ContentReference, FragmentReference};
        if is_tag {
            let tag = self.tag(text)?;
            self.found.entry(text.to_owned()).or_insert(tag);
            return Some((text.to_owned(), None));
        }
        if !matches!(kind, ContentReference | FragmentReference(_)) {
            return None;
        }
        let id = identifier(self.engine, text)?;
        let target = self.engine.repository.target(text);
        if !self.found.contains_key(&id) {
            let entry = match target {
                Some(Target::Fragment(number)) => self.fragment(number),
                Some(Target::Asset(number)) => asset(&self.engine.repository.assets[number]),
                None => json!({ "type": "page", "value": { "path": text } }),
            };
            self.found.insert(id.clone(), entry);
        }
        let fragment = match target {
            Some(Target::Fragment(number)) => Some(number),
            _ => None,
        };
        Some((id, fragment))
    }

    fn fragment(&self, number: usize) -> Value {
        let value = if self.hydrated {
            object(self.engine, number, self.variation)
        } else {
            head(self.engine, &self.engine.repository.fragments[number])
        };
        json!({ "type": "content-fragment", "value": value })
    }

    fn tag(&self, id: &str) -> Option<Value> {
        let tags = &self.engine.repository.tags;
        let title = tags.get(id)?;
        let (namespace, below) = id.split_once(':')?;
        let mut path = format!("/content/cq:tags/{namespace}");
        let mut titles = Vec::new();
        let mut name = namespace;
        let mut known = format!("{namespace}:");
        for segment in below.split('/').filter(|segment| !segment.is_empty()) {
            if !known.ends_with(':') {
                known.push('/');
            }
            known.push_str(segment);
            path = format!("{path}/{segment}");
            titles.push(tags.get(&known).map_or(segment, String::as_str));
            name = segment;
        }
        let namespace_title = tags
            .get(&format!("{namespace}:"))
            .map_or(namespace, String::as_str);
        let title_path = format!("{namespace_title} : {}", titles.join(" / "));
        Some(json!({
            "type": "tag",
            "value": {
                "path": path, "name": name, "title": title, "id": id, "i18n": [],
                "titlePath": title_path, "description": "",
            },
        }))
    }
}

fn asset(asset: &Asset) -> Value {
    let name = asset.path.rsplit('/').next().unwrap_or_default();
    json!({ "type": "asset", "value": { "path": asset.path, "name": name, "mimeType": asset.mime } })
}
