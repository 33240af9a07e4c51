//! Definitions that ask a GraphQL query: `persisted`, `document`, or both.

use std::path::Path;
use std::sync::Arc;

use super::Question;
use crate::aem::{Api, PersistedQuery};
use crate::config::Config;
use crate::diag::{Diagnostic, Kind, Location};
use crate::fs;
use crate::query::{Ask, Partition, VariableTemplates, paging};
use crate::table::Table;

pub(super) fn read(table: &Table<'_>, config: &Config, folder: &Path) -> Question {
    let (ask, text) = read_ask(table, config, folder);
    Question {
        api: Api::Graphql,
        ask,
        variables: VariableTemplates::read(table),
        paging: paging::read(table, text.as_deref()),
        partition: Partition::read(table),
        root: table.filled("root").map(|text| text.value),
        model: None,
    }
}

/// `persisted`, `document`, or both; and the query's text where it is known.
fn read_ask(table: &Table<'_>, config: &Config, folder: &Path) -> (Option<Ask>, Option<Arc<str>>) {
    let persisted = table.filled("persisted");
    let document = table.filled("document");
    let file = table.reader().file();
    let default = config.aem.configuration.as_deref();
    let text = document.as_ref().and_then(|document| {
        // A document is named, not addressed: it lies beside the definition.
        let name = Path::new(&document.value);
        if name.components().count() != 1 || name.file_name().is_none() {
            table.reader().error(
                document.span.clone(),
                "`document` is the name of a file beside this one",
            );
            return None;
        }
        fs::read_text(&folder.join(name))
            .map_err(|error| {
                let message = format!("`{}` cannot be read: {}", document.value, error.source);
                table.reader().error(document.span.clone(), message);
            })
            .ok()
    });
    let ask = match (&persisted, &text) {
        (Some(persisted), _) => PersistedQuery::parse(&persisted.value, default)
            .map_err(|why| {
                table.reader().push(
                    Diagnostic::error(Kind::Config, format!("`persisted` cannot be used: {why}"))
                        .at(file.at(persisted.span.clone()))
                        .help("write `configuration/name`, or set `configuration` in `[aem]`"),
                );
            })
            .ok()
            .map(Ask::Persisted),
        (None, Some(text)) => match default {
            Some(configuration) => Some(Ask::AdHoc {
                configuration: configuration.to_owned(),
                document: Arc::clone(text),
            }),
            None => {
                table.reader().push(
                    Diagnostic::error(
                        Kind::Config,
                        "an ad hoc query needs a Sites configuration to be sent to",
                    )
                    .at(Location::file(&file.name))
                    .help("set `configuration` in `[aem]` of site.toml"),
                );
                None
            }
        },
        (None, None) => None,
    };
    (ask, text)
}
