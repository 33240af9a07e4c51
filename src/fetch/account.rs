//! What was asked and what came of it, for the guard and for reports.

use std::sync::Mutex;

use super::{Occasion, lock};
use crate::aem::Variables;
use crate::config::LangId;
use crate::guard::Measure;
use crate::query::Query;

/// What came of the queries so far; also of those of a fetch that failed in the end.
#[derive(Debug, Default)]
pub struct Account {
    /// Who answers, as builds are compared.
    origin: String,
    measures: Mutex<Vec<Measure>>,
}

impl Account {
    /// An account of what comes from this origin.
    #[must_use]
    pub fn of(origin: String) -> Self {
        Self {
            origin,
            measures: Mutex::default(),
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

    pub(super) fn measured(&self, measure: Measure) {
        lock(&self.measures).push(measure);
    }
}

/// In which languages a query is asked, and with which variables in each.
pub(super) struct Asked {
    variables: Vec<(LangId, Variables)>,
    per_language: bool,
    none: Variables,
}

impl Asked {
    pub(super) fn of(query: &Query, occasions: &[Occasion]) -> Self {
        let variables = occasions
            .iter()
            // What is asked for every item of another query is counted together.
            .filter(|_| query.for_each.is_none())
            .filter_map(|occasion| Some((occasion.language, occasion.variables.clone().ok()?)));
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
