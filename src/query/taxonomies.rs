//! `[[taxonomies]]`: items by what they have in common.
//!
//! A taxonomy belongs to the site. Definitions join it by its name, each with a [`TaxonomyPart`] that says
//! by what its items are classified; one of them describes the pages. [`join`] brings the parts together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pages::{expression, read_outputs, required, route_at, template_at, without_item};
use super::{Arrangement, Outputs, Query, QueryId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::expression::{Expression, Fields, Pattern};
use crate::table::Table;

/// One `[[taxonomies]]` of a definition.
#[derive(Clone, Debug)]
pub struct TaxonomyPart {
    /// The taxonomy's name.
    pub name: Arc<str>,
    /// The terms of an item: a value, or a list of values.
    pub by: Expression,
    /// Which items are classified.
    pub when: Option<Expression>,
    /// The pages of its terms, where this definition describes them.
    pub terms: Option<TermPages>,
    /// Where the table stands.
    pub location: Location,
}

/// The pages of a taxonomy.
#[derive(Clone, Debug)]
pub struct TermPages {
    /// Where a term's first page goes, before the language's prefix.
    pub route: Pattern,
    /// The template of a term's pages.
    pub template: Arc<str>,
    /// What a term's pages are besides HTML.
    pub outputs: Outputs,
    /// How a term's items are shown.
    pub arrangement: Arrangement,
    /// The page with all terms.
    pub index: Option<TermIndex>,
}

/// The page with all terms of a taxonomy.
#[derive(Clone, Debug)]
pub struct TermIndex {
    /// Where it goes, before the language's prefix.
    pub route: Pattern,
    /// Its template.
    pub template: Arc<str>,
}

/// A taxonomy with all its parts.
#[derive(Clone, Debug)]
pub struct Taxonomy {
    /// Its name.
    pub name: Arc<str>,
    /// The definitions that classify items, in order, each with the place of the part in its list.
    pub parts: Vec<(QueryId, usize)>,
    /// Which of the parts describes the pages.
    pub described_by: Option<(QueryId, usize)>,
}

impl TaxonomyPart {
    /// The members of `root` that classifying an item reads.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let when = self.when.iter().map(|when| when.fields(root));
        when.fold(self.by.fields(root), Fields::union)
    }

    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let name = table.filled("name");
        let by = expression(table, "by");
        required(table, "name");
        required(table, "by");
        let when = expression(table, "when");
        let terms = TermPages::read(table);
        Some(Self {
            name: Arc::from(name?.value),
            by: by?,
            when,
            terms,
            location: table.reader().file().at(table.span()),
        })
    }
}

impl TermPages {
    fn read(table: &Table<'_>) -> Option<Self> {
        let index_keys = ["index_route", "index_template"];
        if !table.has("route") {
            let others = index_keys.iter().chain(&Arrangement::KEYS);
            for key in others
                .chain(&["template", "outputs"])
                .filter(|key| table.has(key))
            {
                let message = format!(
                    "`{}` describes pages, but the taxonomy has no `route` here",
                    table.full(key)
                );
                let place = table.raw(key).map_or(table.span(), toml::Spanned::span);
                table.reader().error(place, message);
            }
            return None;
        }
        let route = route_at(table, "route")
            .filter(|(pattern, text)| without_item(table, pattern, text, "a term"));
        let template = template_at(table, "template");
        let outputs = read_outputs(table, route.as_ref(), template.as_ref());
        let arrangement = Arrangement::read(table);
        let index = index_keys.iter().any(|key| table.has(key)).then(|| {
            required(table, "index_route");
            let route = route_at(table, "index_route")
                .filter(|(pattern, text)| without_item(table, pattern, text, "a list of terms"));
            let template = template_at(table, "index_template");
            Some(TermIndex {
                route: route?.0,
                template: template?,
            })
        });
        Some(Self {
            route: route?.0,
            template: template?,
            outputs,
            arrangement,
            index: index.flatten(),
        })
    }
}

/// Brings the parts of each taxonomy together, in the order of names. Two descriptions of one taxonomy
/// are an error.
pub(super) fn join(list: &[Query], found: &mut Diagnostics) -> Vec<Taxonomy> {
    let mut joined: BTreeMap<Arc<str>, Taxonomy> = BTreeMap::new();
    for (id, query) in (0..).map(QueryId).zip(list) {
        for (index, part) in query.taxonomies.iter().enumerate() {
            let taxonomy = joined
                .entry(Arc::clone(&part.name))
                .or_insert_with(|| Taxonomy {
                    name: Arc::clone(&part.name),
                    parts: Vec::new(),
                    described_by: None,
                });
            taxonomy.parts.push((id, index));
            if part.terms.is_none() {
                continue;
            }
            match taxonomy.described_by {
                None => taxonomy.described_by = Some((id, index)),
                Some((first, _)) => {
                    let first = &list[usize::from(first.0)].file;
                    let message = format!("the taxonomy `{}` has pages already", part.name);
                    found.push(
                        Diagnostic::error(Kind::Config, message)
                            .at(part.location.clone())
                            .note(format!("{first} describes them"))
                            .help("definitions that join a taxonomy have `name` and `by` only; for one of its own, choose another name"),
                    );
                }
            }
        }
    }
    joined.into_values().collect()
}
