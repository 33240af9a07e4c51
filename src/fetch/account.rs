//! What was asked and what came of it, for the guard and for reports.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Occasion, lock};
use crate::aem::Variables;
use crate::config::LangId;
use crate::guard::Measure;
use crate::query::Query;
use crate::source::{Cost, Meter};

/// What came of the queries so far; also of those of a fetch that failed in the end.
#[derive(Debug, Default)]
pub struct Account {
    /// Who answers, as builds are compared.
    origin: String,
    measures: Mutex<Vec<Measure>>,
    rows: Mutex<BTreeMap<(String, Option<String>), Row>>,
    times: Mutex<BTreeMap<String, Duration>>,
}

/// What was asked for a definition in one language, or for all.
#[derive(Debug)]
struct Row {
    variables: Option<serde_json::Value>,
    meter: Arc<Meter>,
}

/// What a definition has cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Spent {
    /// The definition.
    pub query: String,
    /// The language it was asked in, where it is asked in each.
    pub language: Option<String>,
    /// The variables but for those of paging, where there is one set of them.
    pub variables: Option<serde_json::Value>,
    /// The cost.
    pub cost: Cost,
}

impl Account {
    /// An account of what comes from this origin.
    #[must_use]
    pub fn of(origin: String) -> Self {
        Self {
            origin,
            ..Self::default()
        }
    }

    /// Who answers, as builds are compared.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What each query brought that was answered, in the order of the plan.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        lock(&self.measures).clone()
    }

    /// Notes what a query brought.
    pub fn measured(&self, measure: Measure) {
        lock(&self.measures).push(measure);
    }

    /// How long each definition took that was asked, by its name: from its first question to its last answer.
    #[must_use]
    pub fn times(&self) -> BTreeMap<String, Duration> {
        lock(&self.times).clone()
    }

    /// Notes how long a definition took.
    pub(super) fn took(&self, query: &str, time: Duration) {
        lock(&self.times).insert(query.to_owned(), time);
    }

    /// What each definition has cost, by name and language.
    #[must_use]
    pub fn asked(&self) -> Vec<Spent> {
        let rows = lock(&self.rows);
        let asked = rows.iter().map(|((query, language), row)| Spent {
            query: query.clone(),
            language: language.clone(),
            variables: row.variables.clone(),
            cost: row.meter.cost(),
        });
        asked.collect()
    }

    /// Where the cost of a definition is written down, in a language or in general.
    pub fn meter(
        &self,
        query: &str,
        language: Option<&str>,
        variables: Option<serde_json::Value>,
    ) -> Arc<Meter> {
        let key = (query.to_owned(), language.map(str::to_owned));
        let mut rows = lock(&self.rows);
        let row = rows.entry(key).or_insert_with(|| Row {
            variables: None,
            meter: Arc::new(Meter::of(language)),
        });
        row.variables = variables.or(row.variables.take());
        Arc::clone(&row.meter)
    }
}

/// In which languages a query is asked, and with which variables in each.
pub(super) struct Languages {
    variables: Vec<(LangId, Variables)>,
    per_language: bool,
    none: Variables,
}

impl Languages {
    pub(super) fn of(query: &Query, occasions: &[Occasion]) -> Self {
        let variables = occasions
            .iter()
            // What is asked for every item of another query is counted together.
            .filter(|_| query.for_each.is_none())
            .filter_map(|occasion| {
                let variables = occasion.variables.as_ref().ok()?;
                Some((occasion.language, query.together(variables)))
            });
        Self {
            variables: variables.collect(),
            per_language: query.is_per_language(),
            none: Variables::new(),
        }
    }

    /// Whether items of that language could come.
    pub(super) fn in_language(&self, language: LangId) -> bool {
        !self.per_language || self.variables.iter().any(|(own, _)| *own == language)
    }

    /// The variables in that language.
    pub(super) fn variables(&self, language: LangId) -> &Variables {
        let own = self.variables.iter().find(|(own, _)| *own == language);
        own.or(self.variables.first())
            .map_or(&self.none, |(_, variables)| variables)
    }
}
