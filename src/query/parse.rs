//! One definition file, read.

use std::path::Path;
use std::sync::Arc;

use super::{Ask, Freshness, List, Pages, Query, TaxonomyPart, VariableTemplates, paging};
use crate::aem::PersistedQuery;
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::fs;
use crate::table::{Reader, SourceFile, Table, parse};

/// A definition whose `for_each` still is a name.
pub(super) struct Draft {
    pub(super) query: Query,
    pub(super) for_each: Option<(String, Location)>,
}

/// Reads one definition; what is wrong with it goes to `found`.
pub(super) fn definition(
    file: &SourceFile,
    name: &str,
    config: &Config,
    folder: &Path,
    found: &mut Diagnostics,
) -> Option<Draft> {
    let table = match parse(file) {
        Ok(table) => table,
        Err(errors) => {
            found.extend(errors);
            return None;
        }
    };
    let reader = Reader::new(file, None);
    let draft = read(&reader.root(table.get_ref()), name, config, folder);
    let mut own = reader.finish();
    own.sort_by_place();
    found.extend(own);
    draft
}

fn read(table: &Table<'_>, name: &str, config: &Config, folder: &Path) -> Option<Draft> {
    table.not_yet(&["openapi", "json"]);
    let file = table.reader().file();
    let (ask, text) = read_ask(table, config, folder);
    let mut variables = VariableTemplates::read(table);
    let freshness = Freshness::read(table);
    let paging = paging::read(table, text.as_deref());
    let languages = read_languages(table, config);
    let root = table.filled("root").map(|text| text.value);
    let optional = table.boolean("optional").unwrap_or(false);
    let for_each = table.table("for_each").and_then(|for_each| {
        variables.extend(VariableTemplates::read(&for_each));
        let query = for_each.filled("query");
        if !for_each.has("query") {
            let message = format!("`{}` is missing", for_each.full("query"));
            table.reader().error(for_each.span(), message);
        }
        query.map(|query| (query.value, file.at(query.span)))
    });
    if for_each.is_none() && variables.reads("parent") && !table.has("for_each") {
        table.reader().push(
            Diagnostic::error(
                Kind::Config,
                "a variable uses `parent`, but the definition has no `[for_each]`",
            )
            .at(Location::file(&file.name))
            .help("add `[for_each]` with `query = \"NAME\"`"),
        );
    }
    let has_pages = table.has("pages");
    let pages = table.table("pages").and_then(|pages| Pages::read(&pages));
    let lists: Vec<List> = table
        .tables("lists")
        .iter()
        .filter_map(List::read)
        .collect();
    let taxonomies: Vec<TaxonomyPart> = table
        .tables("taxonomies")
        .iter()
        .filter_map(TaxonomyPart::read)
        .collect();
    let makes_pages = has_pages || table.has("lists") || table.has("taxonomies");
    let min_items = table
        .integer("min_items", 0..=1_000_000_000)
        .unwrap_or(u64::from(makes_pages && !optional));
    let query = Query {
        name: Arc::from(name),
        file: Arc::from(file.name.as_str()),
        ask: ask?,
        variables,
        languages,
        freshness,
        paging,
        root,
        optional,
        min_items,
        for_each: None,
        pages,
        lists,
        taxonomies,
    };
    Some(Draft { query, for_each })
}

/// `persisted`, `document`, or both; and the query's text where it is known.
fn read_ask(table: &Table<'_>, config: &Config, folder: &Path) -> (Option<Ask>, Option<Arc<str>>) {
    let persisted = table.filled("persisted");
    let document = table.filled("document");
    let file = table.reader().file();
    if !table.has("persisted") && !table.has("document") {
        table.reader().push(
            Diagnostic::error(Kind::Config, "the definition names no query")
                .at(Location::file(&file.name))
                .help("add `persisted = \"NAME\"` for a query stored in AEM, or `document = \"NAME.graphql\"`"),
        );
    }
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

fn read_languages(table: &Table<'_>, config: &Config) -> Option<Vec<LangId>> {
    let codes = table.strings("languages")?;
    let known: Vec<&str> = config
        .languages
        .iter()
        .map(|(_, language)| language.code.as_str())
        .collect();
    let mut ids = Vec::new();
    for code in codes {
        match config.languages.find(&code.value) {
            Some(id) => ids.push(id),
            None => table.reader().push(
                Diagnostic::error(
                    Kind::Config,
                    format!("`{}` is not a language of this site", code.value),
                )
                .at(table.reader().file().at(code.span))
                .help(match closest(&code.value, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the languages are {}", known.join(", ")),
                }),
            ),
        }
    }
    if ids.is_empty() && table.has("languages") {
        let span = table.raw("languages").map_or(0..0, toml::Spanned::span);
        table.reader().error(
            span,
            "`languages` names no language: the query would never be asked",
        );
    }
    Some(ids)
}
