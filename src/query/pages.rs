//! What a definition makes of its items: a page for each, and lists over them.

use std::sync::Arc;

use super::Outputs;
use crate::expression::{Expression, Fields, Pattern, SortOrder};
use crate::table::{Table, Text};

/// `[pages]`: one page for each item.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Where the page goes, before the language's prefix.
    pub route: Pattern,
    /// The template that renders it.
    pub template: Arc<str>,
    /// What it is besides HTML.
    pub outputs: Outputs,
    /// Its former addresses, before the language's prefix.
    pub aliases: Vec<Pattern>,
    /// Which items get a page.
    pub when: Option<Expression>,
    /// The item's date.
    pub date: Option<Expression>,
}

/// `[[lists]]`: numbered pages over all items.
#[derive(Clone, Debug)]
pub struct List {
    /// Where its first page goes, before the language's prefix.
    pub route: Pattern,
    /// The template that renders every page of it.
    pub template: Arc<str>,
    /// What its pages are besides HTML.
    pub outputs: Outputs,
    /// Which items it shows.
    pub when: Option<Expression>,
    /// How it shows them.
    pub arrangement: Arrangement,
}

/// How the items of a list, or of a taxonomy's term, are shown.
#[derive(Clone, Debug, Default)]
pub struct Arrangement {
    /// Their order; AEM's when absent.
    pub sort: Option<SortOrder>,
    /// The first so many of that order; all when absent.
    pub limit: Option<usize>,
    /// What those have in common that are shown together.
    pub group_by: Option<Expression>,
    /// Items of one page; all on one when absent.
    pub per_page: Option<usize>,
}

impl Arrangement {
    /// The keys of a table that belong to it.
    pub(super) const KEYS: [&str; 4] = ["sort", "limit", "group_by", "per_page"];

    /// The members of `root` that order and groups read.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let sort = self.sort.iter().map(|order| order.fields(root));
        let groups = self.group_by.iter().map(|groups| groups.fields(root));
        sort.chain(groups).fold(Fields::default(), Fields::union)
    }

    pub(super) fn read(table: &Table<'_>) -> Self {
        let sort = table.filled("sort");
        let count = |key| {
            let count = table.integer(key, 1..=10_000);
            count.and_then(|n| usize::try_from(n).ok())
        };
        Self {
            sort: sort.and_then(|text| compiled(table, "sort", &text, SortOrder::parse)),
            limit: count("limit"),
            group_by: expression(table, "group_by"),
            per_page: count("per_page"),
        }
    }
}

impl Pages {
    /// The members of `root` that routes and conditions read.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let expressions = self.when.iter().chain(&self.date).map(|e| e.fields(root));
        let patterns = self.aliases.iter().map(|alias| alias.fields(root));
        let all = expressions.chain(patterns);
        all.fold(self.route.fields(root), Fields::union)
    }

    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let route = route(table).filter(|(pattern, text)| without_term(table, pattern, text));
        let template = template(table);
        let outputs = read_outputs(table, route.as_ref(), template.as_ref());
        let aliases = aliases(table);
        let when = expression(table, "when");
        let date = expression(table, "date");
        Some(Self {
            route: route?.0,
            template: template?,
            outputs,
            aliases,
            when,
            date,
        })
    }
}

impl List {
    /// The members of `root` that condition, order and groups read.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let when = self.when.iter().map(|e| e.fields(root));
        when.fold(self.arrangement.fields(root), Fields::union)
    }

    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        table.not_yet(&["feed"]);
        let route = route(table);
        let template = template(table);
        let outputs = read_outputs(table, route.as_ref(), template.as_ref());
        let arrangement = Arrangement::read(table);
        let when = expression(table, "when");
        let route = route
            .filter(|(pattern, text)| without_item(table, pattern, text, "a list"))
            .filter(|(pattern, text)| without_term(table, pattern, text));
        Some(Self {
            route: route?.0,
            template: template?,
            outputs,
            when,
            arrangement,
        })
    }
}

/// A route cannot depend on one item where the page shows many.
pub(super) fn without_item(table: &Table<'_>, pattern: &Pattern, text: &Text, what: &str) -> bool {
    let reads_item = pattern.reads("item");
    if reads_item {
        let message = format!("{what}'s route cannot use `item`: {what} has many");
        table.reader().error(text.span.clone(), message);
    }
    !reads_item
}

fn without_term(table: &Table<'_>, pattern: &Pattern, text: &Text) -> bool {
    let reads_term = pattern.reads("term");
    if reads_term {
        let message = "`term` is there in the routes of taxonomies only";
        table.reader().error(text.span.clone(), message);
    }
    !reads_term
}

fn route(table: &Table<'_>) -> Option<(Pattern, Text)> {
    if !table.has("route") {
        required(table, "route");
    }
    route_at(table, "route")
}

/// The routes of `aliases`.
fn aliases(table: &Table<'_>) -> Vec<Pattern> {
    let texts = table.strings("aliases").unwrap_or_default();
    let patterns = texts.into_iter().filter_map(|text| {
        let (pattern, text) = route_of(table, "aliases", text)?;
        without_term(table, &pattern, &text).then_some(pattern)
    });
    patterns.collect()
}

/// A route, if the key is there.
pub(super) fn route_at(table: &Table<'_>, key: &'static str) -> Option<(Pattern, Text)> {
    route_of(table, key, table.filled(key)?)
}

fn route_of(table: &Table<'_>, key: &'static str, text: Text) -> Option<(Pattern, Text)> {
    if !text.value.starts_with('/') {
        let message = format!("`{}` must start with `/`", table.full(key));
        table.reader().error(text.span, message);
        return None;
    }
    compiled(table, key, &text, Pattern::parse).map(|pattern| (pattern, text))
}

fn template(table: &Table<'_>) -> Option<Arc<str>> {
    template_at(table, "template")
}

/// The other formats of pages with this route and template.
pub(super) fn read_outputs(
    table: &Table<'_>,
    route: Option<&(Pattern, Text)>,
    template: Option<&Arc<str>>,
) -> Outputs {
    Outputs::read(table, route.map(|(pattern, _)| pattern), template)
}

/// The name of a template, which must be there.
pub(super) fn template_at(table: &Table<'_>, key: &'static str) -> Option<Arc<str>> {
    let text = table.filled(key);
    if text.is_none() {
        required(table, key);
    }
    text.map(|text| Arc::from(text.value))
}

/// An expression, if the key is there.
pub(super) fn expression(table: &Table<'_>, key: &'static str) -> Option<Expression> {
    let text = table.filled(key)?;
    compiled(table, key, &text, Expression::parse)
}

pub(super) fn required(table: &Table<'_>, key: &'static str) {
    if !table.has(key) {
        let message = format!("`{}` is missing", table.full(key));
        table.reader().error(table.span(), message);
    }
}

fn compiled<T>(
    table: &Table<'_>,
    key: &str,
    text: &Text,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    parse(&text.value)
        .map_err(|why| {
            let message = format!("`{}` cannot be used: {why}", table.full(key));
            table.reader().error(text.span.clone(), message);
        })
        .ok()
}
