//! The arguments of a query.

use std::collections::BTreeMap;

use serde_json::Value;

/// Variables of one request, in a fixed order so that equal requests have equal URLs (section 2.2
/// leaves the order free and recommends a stable one for the CDN's sake). Null means "not given".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<String, Value>);

impl Variables {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one; a null takes it away, as AEM treats an absent nullable variable (section 14.7).
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        if value.is_null() {
            self.0.remove(&name);
        } else {
            self.0.insert(name, value);
        }
    }

    /// Takes those of these names out.
    #[must_use]
    pub fn take(&mut self, names: &[&str]) -> Self {
        let taken = names.iter().filter_map(|name| self.0.remove_entry(*name));
        Self(taken.collect())
    }

    /// The value of one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Canonical JSON: equal variables give equal text. The keys of objects keep the order they were
    /// written in, since AEM's input objects do not depend on it and a rewrite could only confuse.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone().into_iter().collect())
    }
}

impl FromIterator<(String, Value)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(iter: I) -> Self {
        let mut variables = Self::new();
        for (name, value) in iter {
            variables.set(name, value);
        }
        variables
    }
}
