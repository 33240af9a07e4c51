//! One asking of a query: for a language, or for an item of another query.

use std::sync::Arc;

use tera::{Context, Value};

use crate::aem::Variables;
use crate::config::{Config, LangId};
use crate::diag::Diagnostic;
use crate::query::{Query, VariableError};
use crate::store::EntryId;

use super::explain::{self, Lacking};

/// One asking of a query.
#[derive(Clone)]
pub struct Occasion {
    /// The language it is asked for in.
    pub language: LangId,
    /// The item it is asked for, in the store.
    pub(super) parent: Option<EntryId>,
    /// What that item is called in messages.
    pub(super) asked_for: Option<String>,
    /// What the one item that comes has in common with its translations.
    pub(super) counterpart: Option<Arc<str>>,
    /// Which part of the query it asks for, in messages.
    pub(super) part: Option<String>,
    /// What it means when the item it is asked for lacks a field.
    pub(super) lacking: Lacking,
    pub(super) variables: Result<Variables, VariableError>,
}

impl Occasion {
    /// For a language.
    #[must_use]
    pub fn in_language(config: &Config, query: &Query, language: LangId) -> Self {
        Self {
            language,
            parent: None,
            asked_for: None,
            counterpart: Some(Arc::from("")),
            part: None,
            lacking: Lacking::NotSelected,
            variables: query.variables.values(&context(config, language)),
        }
    }

    /// For an item of the query that this one follows: its indexed members, and what to call it.
    #[must_use]
    pub fn for_item(
        config: &Config,
        query: &Query,
        language: LangId,
        item: Value,
        name: String,
    ) -> Self {
        let mut context = context(config, language);
        context.insert_value("parent", item);
        Self {
            language,
            parent: None,
            asked_for: Some(name),
            counterpart: None,
            part: None,
            lacking: Lacking::NotSelected,
            variables: query.variables.values_for_each(&context),
        }
    }

    /// The same for each part of the query, in their order.
    #[must_use]
    pub fn in_parts(self, query: &Query) -> Vec<Self> {
        let Some(partition) = &query.partition else {
            return vec![self];
        };
        let part = |value: &serde_json::Value| {
            let mut part = self.clone();
            if let Ok(variables) = &mut part.variables {
                variables.set(&*partition.variable, value.clone());
                part.part = Some(format!("`{}` = {value}", partition.variable));
            }
            part
        };
        let parts = partition.values.iter().map(part);
        // What is wrong with the other variables is said once.
        parts
            .take(if self.variables.is_ok() {
                usize::MAX
            } else {
                1
            })
            .collect()
    }

    /// What it asks for, where that is not all of the query.
    pub(super) fn asked_for(&self) -> Option<String> {
        let told = [&self.asked_for, &self.part].into_iter().flatten();
        told.cloned().reduce(|item, part| format!("{item}, {part}"))
    }

    /// The values of the query's variables.
    ///
    /// # Errors
    /// What to say about one that cannot be had.
    pub fn variables(&self, query: &Query) -> Result<Variables, Diagnostic> {
        let variables = self.variables.clone();
        let asked_for = self.asked_for.as_deref();
        variables.map_err(|error| explain::variable(query, &error, asked_for, self.lacking))
    }
}

fn context(config: &Config, language: LangId) -> Context {
    let mut context = Context::new();
    context.insert_value("lang", crate::template_values::language(config, language));
    context
}
