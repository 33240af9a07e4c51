//! What answers say about fragments and assets that their items refer to (`aem-protocol.md`, section 4.7).
//!
//! They come beside the items, in one list for an answer, and say what the query asked for. A list becomes
//! values when somebody looks something up in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use tera::Value;

use super::{Bodies, BodyError, BodyId, Entry};

/// References by their path.
type ByPath = BTreeMap<Arc<str>, Value>;

/// The references of all answers.
#[derive(Default)]
pub(super) struct References {
    /// In the order of the entries they came with. The numbers of bodies follow the order in which answers
    /// came in, which is another each time.
    answers: Vec<(BodyId, OnceLock<Result<ByPath, BodyError>>)>,
    places: HashMap<BodyId, usize>,
    /// Of all answers, each path as the first answer has it.
    all: OnceLock<Result<ByPath, BodyError>>,
}

impl References {
    /// The references that came with entries.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut all = Self::default();
        for id in entries.iter().filter_map(|entry| entry.references) {
            all.places.entry(id).or_insert_with(|| {
                all.answers.push((id, OnceLock::new()));
                all.answers.len() - 1
            });
        }
        all
    }

    /// What one answer says about a path.
    pub(super) fn in_answer(
        &self,
        bodies: &dyn Bodies,
        id: BodyId,
        path: &str,
    ) -> Result<Option<Value>, BodyError> {
        let Some(&place) = self.places.get(&id) else {
            return Ok(None);
        };
        let known = self.answers[place].1.get_or_init(|| read(bodies, id));
        look_up(known, path)
    }

    /// What any answer says about a path; the one that was asked for first.
    pub(super) fn in_any(
        &self,
        bodies: &dyn Bodies,
        path: &str,
    ) -> Result<Option<Value>, BodyError> {
        let all = self.all.get_or_init(|| {
            let mut all = ByPath::new();
            for (id, known) in &self.answers {
                for (path, reference) in known.get_or_init(|| read(bodies, *id)).clone()? {
                    all.entry(path).or_insert(reference);
                }
            }
            Ok(all)
        });
        look_up(all, path)
    }
}

fn look_up(known: &Result<ByPath, BodyError>, path: &str) -> Result<Option<Value>, BodyError> {
    match known {
        Ok(known) => Ok(known.get(path).cloned()),
        Err(error) => Err(error.clone()),
    }
}

/// Elements without a path say nothing: their type has no place in the query.
fn read(bodies: &dyn Bodies, id: BodyId) -> Result<ByPath, BodyError> {
    let list = bodies.value(id)?;
    let mut known = ByPath::new();
    for reference in list.as_array().unwrap_or_default() {
        let path = reference.get_from_path("_path").and_then(Value::as_str);
        if let Some(path) = path {
            known
                .entry(Arc::from(path))
                .or_insert_with(|| reference.clone());
        }
    }
    Ok(known)
}
