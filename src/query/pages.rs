//! What a definition makes of its items: a page for each, and lists over them.

use std::sync::Arc;

use crate::expression::{Expression, Fields, Pattern, SortOrder};
use crate::table::{Table, Text};

/// `[pages]`: one page for each item.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Where the page goes, before the language's prefix.
    pub route: Pattern,
    /// The template that renders it.
    pub template: Arc<str>,
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
    /// Which items it shows.
    pub when: Option<Expression>,
    /// Their order; AEM's when absent.
    pub sort: Option<SortOrder>,
    /// Items of one page; all on one when absent.
    pub per_page: Option<usize>,
}

impl Pages {
    /// The members of `root` that routes and conditions read.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let expressions = self.when.iter().chain(&self.date).map(|e| e.fields(root));
        expressions.fold(self.route.fields(root), Fields::union)
    }

    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        table.not_yet(&["aliases", "outputs"]);
        let route = route(table).map(|(pattern, _)| pattern);
        let template = template(table);
        let when = expression(table, "when");
        let date = expression(table, "date");
        Some(Self {
            route: route?,
            template: template?,
            when,
            date,
        })
    }
}

impl List {
    /// The members of `root` that the order and the condition read.
    #[must_use]
    pub fn fields(&self, root: &str) -> Fields {
        let when = self
            .when
            .iter()
            .map(|e| e.fields(root))
            .fold(Fields::default(), Fields::union);
        match &self.sort {
            Some(sort) => when.union(sort.fields(root)),
            None => when,
        }
    }

    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        table.not_yet(&["feed"]);
        let route = route(table);
        let template = template(table);
        let sort = table
            .filled("sort")
            .and_then(|text| compiled(table, "sort", &text, SortOrder::parse));
        let per_page = table
            .integer("per_page", 1..=10_000)
            .and_then(|n| usize::try_from(n).ok());
        let when = expression(table, "when");
        let route = route.filter(|(pattern, text)| {
            let reads_item = pattern.reads("item");
            if reads_item {
                table.reader().error(
                    text.span.clone(),
                    "a list's route cannot use `item`: a list has many",
                );
            }
            !reads_item
        });
        Some(Self {
            route: route?.0,
            template: template?,
            when,
            sort,
            per_page,
        })
    }
}

fn route(table: &Table<'_>) -> Option<(Pattern, Text)> {
    let Some(text) = table.filled("route") else {
        required(table, "route");
        return None;
    };
    if !text.value.starts_with('/') {
        let message = format!("`{}` must start with `/`", table.full("route"));
        table.reader().error(text.span, message);
        return None;
    }
    compiled(table, "route", &text, Pattern::parse).map(|pattern| (pattern, text))
}

fn template(table: &Table<'_>) -> Option<Arc<str>> {
    let text = table.filled("template");
    if text.is_none() {
        required(table, "template");
    }
    text.map(|text| Arc::from(text.value))
}

fn expression(table: &Table<'_>, key: &'static str) -> Option<Expression> {
    let text = table.filled(key)?;
    compiled(table, key, &text, Expression::parse)
}

fn required(table: &Table<'_>, key: &'static str) {
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
