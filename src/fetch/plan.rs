//! What will be asked, known before anything is.
//!
//! A query is asked once, once in each language, or once for each item of another query. The plan says
//! which, in which order, and how many requests that makes as far as it can be known: paging and
//! followed queries have their numbers only in AEM.

use super::details;
use crate::aem::Tier;
use crate::config::{Config, LangId, Origin};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::progress::Total;
use crate::query::{Ask, PagingMode, Query, QueryId, QuerySet};

/// Every query of a site, in the order in which they can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    steps: Vec<Vec<Planned>>,
}

/// One query of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub query: QueryId,
    /// How often it is asked.
    pub asked: Asked,
    /// How many requests that makes.
    pub requests: Total,
}

/// How often a query is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Once. Items outside every language's root belong to this language.
    Once(LangId),
    /// Once in each of these languages.
    InEach(Vec<LangId>),
    /// Once for each item of another query.
    ForEach {
        /// The query that is followed.
        query: QueryId,
        /// Only items in these languages; all when absent.
        languages: Option<Vec<LangId>>,
    },
}

impl Plan {
    /// Plans the queries of a site.
    #[must_use]
    pub fn of(config: &Config, queries: &QuerySet) -> Self {
        let mut steps: Vec<Vec<Planned>> = Vec::new();
        for (id, query) in queries.iter() {
            let asked = asked(config, query);
            let requests = requests(query, &asked);
            let step = depth(queries, query);
            if steps.len() <= step {
                steps.resize_with(step + 1, Vec::new);
            }
            steps[step].push(Planned {
                query: id,
                asked,
                requests,
            });
        }
        Self { steps }
    }

    /// Queries that can be asked side by side, each group after those before it; in order of their names.
    pub fn steps(&self) -> impl Iterator<Item = &[Planned]> {
        self.steps.iter().map(Vec::as_slice)
    }

    /// What is planned for a query.
    #[must_use]
    pub fn find(&self, query: QueryId) -> Option<&Planned> {
        self.steps
            .iter()
            .flatten()
            .find(|planned| planned.query == query)
    }

    /// How many queries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.iter().map(Vec::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many requests the whole makes.
    #[must_use]
    pub fn requests(&self) -> Total {
        let all = self.steps.iter().flatten().map(|planned| planned.requests);
        all.fold(Total::Exactly(0), Total::and)
    }
}

/// How many queries have to be answered before: the length of the chain that `for_each` makes.
fn depth(queries: &QuerySet, query: &Query) -> usize {
    let followed = |query: &Query| Some(queries.get(query.for_each.as_ref()?.query));
    // Circles are refused when definitions are loaded.
    std::iter::successors(followed(query), |query| followed(query)).count()
}

fn asked(config: &Config, query: &Query) -> Asked {
    let languages = &config.languages;
    if let Some(for_each) = &query.for_each {
        return Asked::ForEach {
            query: for_each.query,
            languages: query.languages.clone(),
        };
    }
    match &query.languages {
        Some(narrowed) if query.is_per_language() => Asked::InEach(narrowed.clone()),
        Some(narrowed) => Asked::Once(*narrowed.first().unwrap_or(&languages.default_id())),
        None if query.is_per_language() => {
            Asked::InEach(languages.iter().map(|(id, _)| id).collect())
        }
        None => Asked::Once(languages.default_id()),
    }
}

fn requests(query: &Query, asked: &Asked) -> Total {
    let first = match asked {
        Asked::Once(_) => 1,
        Asked::InEach(languages) => languages.len() as u64,
        Asked::ForEach { .. } => return Total::AtLeast(0),
    };
    match query.paging.mode {
        _ if details::has(query) => Total::AtLeast(first),
        PagingMode::None => Total::Exactly(first),
        PagingMode::Auto | PagingMode::Cursor | PagingMode::Offset => Total::AtLeast(first),
    }
}

/// Queries that the host will probably not answer, whatever they ask.
#[must_use]
pub fn warnings(config: &Config, queries: &QuerySet) -> Diagnostics {
    let tier = config.aem.tier;
    if tier == Tier::Author || matches!(config.aem.origin, Origin::Sandbox(_)) {
        return Diagnostics::new();
    }
    let ad_hoc = |(_, query): &(QueryId, &Query)| matches!(query.ask, Ask::AdHoc { .. });
    let warning = |(_, query): (QueryId, &Query)| {
        let message = format!(
            "`{}` is asked ad hoc, which {tier} blocks by default",
            query.name
        );
        Diagnostic::warning(Kind::Config, message)
            .at(query.location())
            .note("the Dispatcher lets POST through to an endpoint only where a project has opened it, and no CDN keeps the answers")
            .help("store the query in AEM, publish it, and add `persisted = \"NAME\"` beside `document`")
    };
    queries.iter().filter(ad_hoc).map(warning).collect()
}

#[cfg(test)]
mod tests;
