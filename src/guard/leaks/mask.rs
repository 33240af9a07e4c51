//! Texts for others, without secrets.

use super::search::Search;
use super::secrets;
use super::spelling::{Case, Needle};
use crate::config::Config;
use crate::secret::Secret;

/// Takes the secrets of a configuration out of texts.
pub struct Mask(Option<Search<()>>);

impl Mask {
    /// Without a configuration there are no secrets.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Knows the secrets of a configuration, and the tokens they were exchanged for.
    #[must_use]
    pub fn of(config: &Config, tokens: Vec<Secret>) -> Self {
        let secrets = secrets::all(config, tokens);
        let needle = |named: &secrets::Named| ((), Needle::new(named.secret.expose(), Case::Exact));
        Self(Search::of(secrets.iter().map(needle).collect()).ok())
    }

    /// A text with `…` for every secret.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let Some(search) = &self.0 else {
            return text.to_owned();
        };
        let mut hits: Vec<_> = search
            .hits(text.as_bytes())
            .into_iter()
            .map(|(_, r)| r)
            .collect();
        hits.sort_by_key(|range| range.start);
        let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
        for range in hits {
            if range.end > at {
                masked.push_str(text.get(at..range.start).unwrap_or_default());
                masked.push('…');
                at = range.end;
            }
        }
        masked.push_str(text.get(at..).unwrap_or_default());
        masked
    }

    /// The same for every text in a JSON value.
    pub fn json(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.text(text),
            serde_json::Value::Array(list) => list.iter_mut().for_each(|v| self.json(v)),
            serde_json::Value::Object(map) => {
                let members = std::mem::take(map).into_iter().map(|(name, mut value)| {
                    self.json(&mut value);
                    (self.text(&name), value)
                });
                *map = members.collect();
            }
            _ => {}
        }
    }
}
