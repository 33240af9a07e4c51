//! One definition file, read.

use std::path::Path;
use std::sync::Arc;

use super::question::Question;
use super::{Freshness, List, Pages, Query, TaxonomyPart};
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
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
    let file = table.reader().file();
    let mut question = Question::read(table, config, folder);
    let freshness = Freshness::read(table);
    let languages = read_languages(table, config);
    let optional = table.boolean("optional").unwrap_or(false);
    let for_each = table.table("for_each").and_then(|for_each| {
        question.read_for_each(&for_each);
        let query = for_each.filled("query");
        if !for_each.has("query") {
            let message = format!("`{}` is missing", for_each.full("query"));
            table.reader().error(for_each.span(), message);
        }
        query.map(|query| (query.value, file.at(query.span)))
    });
    if for_each.is_none() && question.variables.reads("parent") && !table.has("for_each") {
        let subject = question.subject();
        table.reader().push(
            Diagnostic::error(
                Kind::Config,
                format!("{subject} uses `parent`, but the definition has no `[for_each]`"),
            )
            .at(Location::file(&file.name))
            .help("add `[for_each]` with `query = \"NAME\"`"),
        );
    }
    if let Some(partition) = &question.partition {
        partition.check(table, &question.variables, &question.paging.names);
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
        ask: question.ask?,
        variables: question.variables,
        partition: question.partition,
        model: question.model,
        languages,
        freshness,
        paging: question.paging,
        root: question.root,
        optional,
        min_items,
        for_each: None,
        pages,
        lists,
        taxonomies,
    };
    Some(Draft { query, for_each })
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
