//! What will be asked, known before anything is.
//!
//! A query is asked once, once in each language, or once for each item of another query. The plan says
//! which, in which order, and how many requests that makes as far as it can be known: paging and
//! followed queries have their numbers only in AEM.

use super::Occasion;
use crate::aem::{Tier, Variables};
use crate::config::{Config, LangId, Origin};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::guard::{History, Key};
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
    /// How many it will be if as many items come as in the last build.
    pub expected: Option<u64>,
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
                expected: None,
            });
        }
        Self { steps }
    }

    /// The same with what the last build from this origin tells about the number of requests.
    #[must_use]
    pub fn informed(
        mut self,
        config: &Config,
        queries: &QuerySet,
        origin: &str,
        history: &History,
    ) -> Self {
        let past = Past {
            config,
            queries,
            origin,
            history,
        };
        for planned in self.steps.iter_mut().flatten() {
            planned.expected = past.requests(planned);
        }
        self
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

    /// How many requests the whole will make if as many items come as in the last build; nothing where
    /// there is a query that it did not ask.
    #[must_use]
    pub fn expected(&self) -> Option<u64> {
        self.steps
            .iter()
            .flatten()
            .map(|planned| planned.expected)
            .sum()
    }

    /// How many requests the whole makes.
    #[must_use]
    pub fn requests(&self) -> Total {
        let all = self.steps.iter().flatten().map(|planned| planned.requests);
        all.fold(Total::Exactly(0), Total::and)
    }
}

/// What the last build brought.
struct Past<'a> {
    config: &'a Config,
    queries: &'a QuerySet,
    origin: &'a str,
    history: &'a History,
}

impl Past<'_> {
    /// How many requests the items of the last build would take.
    fn requests(&self, planned: &Planned) -> Option<u64> {
        let query = self.queries.get(planned.query);
        if let Total::Exactly(number) = planned.requests {
            return Some(number);
        }
        let parts = query.parts();
        let pages = |items: u64| {
            // Nobody knows how the items are spread; evenly is as good as anything.
            let part = items.div_ceil(parts);
            part.div_ceil(query.paging.page_size).max(1) * parts
        };
        match &planned.asked {
            Asked::Once(language) => {
                let variables = self.variables(query, *language)?;
                Some(pages(self.in_all(query, &variables, None)?))
            }
            Asked::InEach(languages) => languages
                .iter()
                .map(|&language| {
                    let variables = self.variables(query, language)?;
                    Some(pages(self.items(query, language, &variables)?))
                })
                .sum(),
            Asked::ForEach {
                query: followed,
                languages,
            } => {
                let items = self.of_query(self.queries.get(*followed), languages.as_deref())?;
                Some(items * parts)
            }
        }
    }

    /// All items of a query, or those in some languages.
    fn of_query(&self, query: &Query, languages: Option<&[LangId]>) -> Option<u64> {
        match asked(self.config, query) {
            Asked::Once(language) => {
                let variables = self.variables(query, language)?;
                self.in_all(query, &variables, languages)
            }
            Asked::InEach(own) => own
                .into_iter()
                .filter(|language| languages.is_none_or(|wanted| wanted.contains(language)))
                .map(|language| {
                    let variables = self.variables(query, language)?;
                    self.items(query, language, &variables)
                })
                .sum(),
            // All its occasions are one in the history.
            Asked::ForEach { .. } => self.in_all(query, &Variables::new(), languages),
        }
    }

    /// The items of one asking that are in any of the languages; nothing where none is known.
    fn in_all(
        &self,
        query: &Query,
        variables: &Variables,
        languages: Option<&[LangId]>,
    ) -> Option<u64> {
        let all = self.config.languages.iter().map(|(id, _)| id);
        let wanted = all.filter(|id| languages.is_none_or(|wanted| wanted.contains(id)));
        let known = wanted.filter_map(|language| self.items(query, language, variables));
        known.reduce(|sum, items| sum + items)
    }

    fn items(&self, query: &Query, language: LangId, variables: &Variables) -> Option<u64> {
        let key = Key::new(self.config, self.origin, query, language, variables);
        self.history.last(&key)
    }

    fn variables(&self, query: &Query, language: LangId) -> Option<Variables> {
        let occasion = Occasion::in_language(self.config, query, language);
        let variables = occasion.variables(query).ok()?;
        Some(query.together(&variables))
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
    } * query.parts();
    match query.paging.mode {
        _ if query.gets_each() => Total::AtLeast(first),
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
