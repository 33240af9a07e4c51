//! What one query brought in one language.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::members::{Marks, Members};
use crate::aem::Variables;
use crate::config::{Config, LangId};
use crate::query::Query;
use crate::value::Content;

/// Hexadecimal digits of a hash in a key.
const DIGITS: usize = 16;

/// What measures of different builds are compared by. Equal keys mean the same question to the same host.
///
/// It holds no secret: of variables and of a query's text there is a hash only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The definition.
    pub query: String,
    /// The language of the items.
    pub language: String,
    /// Who answered: scheme, host and port, the package of an embedded sandbox, or a snapshot.
    pub origin: String,
    /// The tier.
    pub tier: String,
    /// What is asked: of a stored query its name, of an ad hoc one a hash of its text.
    pub ask: String,
    /// A hash of the variables; empty without any. For a query that follows another, all occasions are one.
    pub variables: String,
}

impl Key {
    /// The key of a query in a language, asked with these variables.
    #[must_use]
    pub fn new(
        config: &Config,
        origin: &str,
        query: &Query,
        language: LangId,
        variables: &Variables,
    ) -> Self {
        let variables = match variables.is_empty() {
            true => String::new(),
            false => hash(&variables.to_json().to_string()),
        };
        let mut ask = match query.ask.canonical().split_once('\n') {
            Some((head, text)) => format!("{head} {}", hash(text)),
            None => query.ask.canonical(),
        };
        if let Some(root) = &query.root {
            ask.extend([" ", root]);
        }
        if let Some(model) = &query.model {
            ask.extend([" ", &model.to_string()]);
        }
        Self {
            query: query.name.to_string(),
            language: config.languages.get(language).code.clone(),
            origin: origin.to_owned(),
            tier: config.aem.tier.to_string(),
            ask,
            variables,
        }
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..DIGITS].to_owned()
}

/// In how many items a field is empty, of those that have it. `[empty, of]` in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Share {
    /// Items in which it is empty.
    pub empty: u64,
    /// Items that have it.
    pub of: u64,
}

impl Share {
    /// From 0 to 1.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.of == 0 {
            return 0.0;
        }
        // Counts of items are far below what a float holds exactly.
        self.empty as f64 / self.of as f64
    }
}

impl From<(u64, u64)> for Share {
    fn from((empty, of): (u64, u64)) -> Self {
        Self { empty, of }
    }
}

impl From<Share> for (u64, u64) {
    fn from(share: Share) -> Self {
        (share.empty, share.of)
    }
}

/// What one query brought in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// What was asked.
    pub key: Key,
    /// Items.
    pub items: u64,
    /// The fields by name; members of objects as `main.json`.
    pub fields: BTreeMap<String, Share>,
}

impl Measure {
    /// The measure of fragments that came by REST. A field without a value does not come at all
    /// (`aem-protocol.md`, section 10.2), so that one that is missing is empty. What stands beside the fields
    /// is in every fragment, or has ids for names.
    #[must_use]
    pub fn of_fragments(mut self) -> Self {
        self.fields.retain(|name, _| name.starts_with("fields."));
        for share in self.fields.values_mut() {
            share.empty += self.items.saturating_sub(share.of);
            share.of = self.items;
        }
        self
    }
}

/// Adds up items on their way into the store.
#[derive(Debug, Default)]
pub struct Tally {
    items: u64,
    fields: Vec<Share>,
}

impl Tally {
    /// One more item.
    pub fn add(&mut self, marks: &Marks) {
        self.items += 1;
        for (number, content) in marks.iter() {
            if self.fields.len() <= number {
                self.fields.resize(number + 1, Share::default());
            }
            let share = &mut self.fields[number];
            share.of += 1;
            share.empty += u64::from(content == Content::Empty);
        }
    }

    /// The sum, under a key.
    #[must_use]
    pub fn measure(&self, key: Key, members: &Members) -> Measure {
        let fields = members.names().zip(self.fields.iter().copied());
        Measure {
            key,
            items: self.items,
            fields: fields.filter(|(_, share)| share.of > 0).collect(),
        }
    }
}
