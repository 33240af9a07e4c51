//! Definitions in a few words.

use super::plan::{Asked, Planned};
use crate::config::{Config, LangId, Origin};
use crate::explain::time;
use crate::progress::Total;
use crate::query::{Ask, Freshness, PagingMode, Query, QuerySet};

/// What is asked: `larch/walks`, `ad hoc to larch`.
#[must_use]
pub fn asks(query: &Query) -> String {
    match &query.ask {
        Ask::Persisted(stored) => stored.to_string(),
        Ask::AdHoc { configuration, .. } => format!("ad hoc to {configuration}"),
        Ask::OpenApi(_) | Ask::Json => query.describe(),
    }
}

/// The kind of question.
#[must_use]
pub fn kind(ask: &Ask) -> &'static str {
    match ask {
        Ask::Persisted(_) => "persisted",
        Ask::AdHoc { .. } => "ad-hoc",
        Ask::OpenApi(_) => "openapi",
        Ask::Json => "json",
    }
}

/// `once`, `in each of en, fr`, `for each of people`; `once, in 3 parts`.
#[must_use]
pub fn asked(planned: &Planned, config: &Config, queries: &QuerySet) -> String {
    let query = queries.get(planned.query);
    let often = how_often(&planned.asked, config, queries);
    match query.partition {
        Some(_) => format!("{often}, in {}", parts(query.parts())),
        None => often,
    }
}

fn parts(number: u64) -> String {
    match number {
        1 => "1 part".to_owned(),
        number => format!("{number} parts"),
    }
}

fn how_often(asked: &Asked, config: &Config, queries: &QuerySet) -> String {
    match asked {
        Asked::Once(_) => "once".to_owned(),
        Asked::InEach(languages) => format!("in each of {}", codes(config, languages)),
        Asked::ForEach { query, languages } => {
            let name = &queries.get(*query).name;
            match languages {
                Some(languages) => format!("for each of {name} in {}", codes(config, languages)),
                None => format!("for each of {name}"),
            }
        }
    }
}

/// `en, fr`.
#[must_use]
pub fn codes(config: &Config, languages: &[LangId]) -> String {
    let code = |id: &LangId| config.languages.get(*id).code.as_str();
    languages.iter().map(code).collect::<Vec<_>>().join(", ")
}

/// `cursor, 50`, `none`.
#[must_use]
pub fn paging(query: &Query) -> String {
    match mode(query.paging.mode) {
        "none" => "none".to_owned(),
        mode => format!("{mode}, {}", query.paging.page_size),
    }
}

/// How a definition is paged, in a word.
#[must_use]
pub fn mode(mode: PagingMode) -> &'static str {
    match mode {
        PagingMode::Auto => "auto",
        PagingMode::Cursor => "cursor",
        PagingMode::Offset => "offset",
        PagingMode::None => "none",
    }
}

/// As it is written in a definition.
#[must_use]
pub fn freshness(freshness: Freshness) -> String {
    match freshness {
        Freshness::Revalidate => "revalidate".to_owned(),
        Freshness::Always => "always".to_owned(),
        Freshness::For(age) => time(age),
        Freshness::Never => "never".to_owned(),
    }
}

/// `2 requests`, `1 request or more`, `about 12 requests`.
#[must_use]
pub fn requests(total: Total, expected: Option<u64>) -> String {
    let words = |number| match number {
        1 => "1 request".to_owned(),
        number => format!("{number} requests"),
    };
    match (total, expected) {
        (Total::Exactly(sure), _) => words(sure),
        (Total::AtLeast(sure), Some(expected)) if expected >= sure => {
            format!("about {}", words(expected))
        }
        (Total::AtLeast(sure), _) => format!("{} or more", words(sure)),
    }
}

/// Which tier and host: `publish, https://…`.
#[must_use]
pub fn host(config: &Config) -> String {
    let tier = config.aem.tier;
    match &config.aem.origin {
        Origin::Host(url) => format!("{tier}, {}", url.origin().ascii_serialization()),
        Origin::Sandbox(sandbox) => {
            let package = sandbox.package.strip_prefix(&config.root);
            let package = package.unwrap_or(&sandbox.package);
            format!("{tier}, the sandbox over {}", package.display())
        }
    }
}

/// `pages /walks/{{ item.slug }}/, list /walks/`, or `data`.
#[must_use]
pub fn makes(query: &Query) -> String {
    let pages = query.pages.iter();
    let pages = pages.map(|pages| format!("pages {}", pages.route.source()));
    let lists = query.lists.iter();
    let lists = lists.map(|list| format!("list {}", list.route.source()));
    let taxonomies = query.taxonomies.iter();
    let taxonomies = taxonomies.map(|taxonomy| format!("taxonomy {}", taxonomy.name));
    let made: Vec<String> = pages.chain(lists).chain(taxonomies).collect();
    if made.is_empty() {
        "data".to_owned()
    } else {
        made.join(", ")
    }
}
