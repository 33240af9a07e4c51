//! What a definition asks: its kind, and everything that is sent.

mod graphql;
mod rest;

use std::path::Path;

use super::{Ask, Paging, Partition, VariableTemplates};
use crate::aem::Api;
use crate::aem::openapi::ModelPath;
use crate::config::Config;
use crate::diag::{Diagnostic, Kind, Location};
use crate::table::Table;

/// What a definition asks.
pub(super) struct Question {
    pub(super) api: Api,
    /// `None` after a mistake, which has been reported.
    pub(super) ask: Option<Ask>,
    pub(super) variables: VariableTemplates,
    pub(super) paging: Paging,
    pub(super) root: Option<String>,
    pub(super) partition: Option<Partition>,
    pub(super) model: Option<ModelPath>,
}

/// The keys that name a question, those of one kind together.
const KINDS: [&[&str]; 3] = [&["persisted", "document"], &["openapi"], &["json"]];

impl Question {
    /// Reads the keys of the one kind that is there.
    pub(super) fn read(table: &Table<'_>, config: &Config, folder: &Path) -> Self {
        let named = KINDS.map(|keys| keys.iter().copied().find(|key| table.has(key)));
        let mut named = named.into_iter().flatten();
        let kind = named.next();
        for other in named {
            let first = kind.unwrap_or_default();
            let message =
                format!("a definition asks one question, but this one has `{first}` and `{other}`");
            table.reader().push(
                Diagnostic::error(Kind::Config, message)
                    .at(table.place(other))
                    .help("keep one of them, and write a definition of its own for the other"),
            );
        }
        if kind.is_none() {
            nothing_asked(table);
        }
        match kind {
            Some("openapi") => rest::openapi(table, config),
            Some("json") => rest::json(table),
            _ => graphql::read(table, config, folder),
        }
    }

    /// Reads the variables that `[for_each]` adds.
    pub(super) fn read_for_each(&mut self, for_each: &Table<'_>) {
        match self.api {
            Api::Graphql => self.variables.extend(VariableTemplates::read(for_each)),
            api => rest::no_variables(for_each, api, "parent.slug"),
        }
    }

    /// What its variables are called as a whole.
    pub(super) fn subject(&self) -> &'static str {
        match self.api {
            Api::Graphql => "a variable",
            Api::FragmentList | Api::Fragment => "`openapi`",
            Api::Json => "`json`",
        }
    }
}

fn nothing_asked(table: &Table<'_>) {
    table.reader().push(
        Diagnostic::error(Kind::Config, "the definition names no query")
            .at(Location::file(&table.reader().file().name))
            .help("add `persisted = \"NAME\"` for a query stored in AEM, or `document = \"NAME.graphql\"`")
            .help("or `openapi` for fragments by REST, or `json` for any JSON document"),
    );
}
