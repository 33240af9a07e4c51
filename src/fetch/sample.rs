//! One query alone, for whoever wants to see what it brings.
//!
//! It is asked as a build would ask it, with the queries it follows before it; variables can be given
//! other values, and there can be an end to the items.

use std::sync::Arc;

use bytes::Bytes;

use super::plan::{Asked, Plan};
use super::{Account, Arrived, Deadline, Extent, Fetcher, OtherModels};
use crate::aem::Variables;
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Severity, Warned};
use crate::progress::{Progress, Stage};
use crate::query::{ForEach, Query, QueryId, QuerySet};
use crate::reach::Selection;
use crate::source::Source;
use crate::store::{MemoryBodies, StoreBuilder};

/// So many items of a followed query are asked about at least, however few are wanted in the end: what
/// is asked for the first of them may bring nothing.
const PARENTS: u64 = 10;

/// What is wanted of a query.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Only this language.
    pub language: Option<LangId>,
    /// Values that win over the definition's own.
    pub variables: Variables,
    /// No more items than this.
    pub limit: Option<u64>,
}

/// Asks one query and gives its items as they came.
///
/// # Errors
/// Everything that went wrong.
pub async fn sample(
    config: &Config,
    queries: &QuerySet,
    source: &dyn Source,
    progress: &dyn Progress,
    id: QueryId,
    wish: &Wish,
) -> Result<Warned<Vec<Bytes>>, Diagnostics> {
    let bodies = Arc::new(MemoryBodies::new());
    // Nobody compares this with other builds.
    let account = Account::default();
    let other_models = OtherModels::default();
    let selection = Selection::whole(queries);
    let sampler = Sampler {
        fetcher: Fetcher {
            config,
            queries,
            source,
            selection: &selection,
            shortage: Severity::Error,
            only: None,
            known: None,
            bodies: &*bodies,
            progress,
            account: &account,
            other_models: &other_models,
            extent: wish.limit.map_or(Extent::ALL, Extent::items),
        },
        wish,
    };
    progress.start(Stage::Fetch, None);
    let deadline = Deadline::after(config.fetch.deadline);
    let sampled = deadline.hold(sampler.run(id)).await??;
    progress.finish(Stage::Fetch);
    let items = sampled.value.of_query(id);
    let wanted = items.into_iter().filter(|(_, entry)| {
        wish.language
            .is_none_or(|language| entry.language == language)
    });
    let limit = usize::try_from(wish.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let bytes = wanted.filter_map(|(_, entry)| bodies.json(entry.body));
    Ok(Warned {
        value: bytes.take(limit).collect(),
        warnings: sampled.warnings,
    })
}

fn put(arrived: Arrived, builder: &mut StoreBuilder<'_>) {
    arrived.entries.into_iter().for_each(|(new, _)| {
        builder.add(new);
    });
}

struct Sampler<'a> {
    fetcher: Fetcher<'a>,
    wish: &'a Wish,
}

impl<'a> Sampler<'a> {
    async fn run(&self, id: QueryId) -> Result<Warned<StoreBuilder<'a>>, Diagnostics> {
        let Fetcher {
            config, queries, ..
        } = self.fetcher;
        let mut builder = StoreBuilder::new(&config.languages);
        let mut warnings = Diagnostics::new();
        let query = self.wished(queries.get(id));
        let plan = Plan::of(config, queries);
        let mut before = self.before(&query);
        while let Some(followed) = before.pop() {
            let few = Fetcher {
                extent: match self.wish.limit {
                    Some(limit) => Extent::items(limit.max(PARENTS)),
                    None => Extent::ALL,
                },
                ..self.fetcher
            };
            let planned = plan.find(followed).map(|planned| &planned.asked);
            let asked = self.asked(queries.get(followed), planned)?;
            let occasions = few.occasions(queries.get(followed), &asked, &builder);
            let (_, arrived) = few.query(followed, occasions).await;
            put(arrived?.into_value(&mut warnings), &mut builder);
        }
        let asked = self.asked(&query, plan.find(id).map(|planned| &planned.asked))?;
        let mut occasions = self.fetcher.occasions(&query, &asked, &builder);
        for occasion in &mut occasions {
            if let Ok(variables) = &mut occasion.variables {
                for (name, value) in self.wish.variables.iter() {
                    variables.set(name, value.clone());
                }
            }
        }
        let (_, arrived) = self.fetcher.query(id, occasions).await;
        put(arrived?.into_value(&mut warnings), &mut builder);
        warnings.finish(builder)
    }

    /// The query without the variables that are given.
    fn wished(&self, query: &Query) -> Query {
        let given: Vec<&str> = self.wish.variables.iter().map(|(name, _)| name).collect();
        let variables = query.variables.without(&given);
        let for_each = query.for_each.clone().filter(|_| variables.reads("parent"));
        let partition = query.partition.clone();
        let partition = partition.filter(|parts| !given.contains(&parts.variable.as_str()));
        Query {
            variables,
            for_each,
            partition,
            ..query.clone()
        }
    }

    /// The queries that have to be asked before, the nearest first.
    fn before(&self, query: &Query) -> Vec<QueryId> {
        let next = |for_each: &Option<ForEach>| for_each.as_ref().map(|f| f.query);
        let queries = self.fetcher.queries;
        std::iter::successors(next(&query.for_each), |id| next(&queries.get(*id).for_each))
            .collect()
    }

    /// How often a query is asked, in the language that is wanted.
    fn asked(&self, query: &Query, planned: Option<&Asked>) -> Result<Asked, Diagnostic> {
        let languages = &self.fetcher.config.languages;
        let own = self.wish.language.unwrap_or(languages.default_id());
        Ok(match (planned, self.wish.language) {
            (Some(Asked::InEach(list)), Some(wanted)) if list.contains(&wanted) => {
                Asked::InEach(vec![wanted])
            }
            (Some(Asked::InEach(_)), Some(wanted)) => {
                let code = &languages.get(wanted).code;
                let message = format!("`{}` is not asked in the language `{code}`", query.name);
                return Err(Diagnostic::error(Kind::Config, message)
                    .at(query.location())
                    .help("`languages` in the definition says which it is asked in"));
            }
            (
                Some(Asked::ForEach {
                    query: followed, ..
                }),
                Some(wanted),
            ) if query.for_each.is_some() => Asked::ForEach {
                query: *followed,
                languages: Some(vec![wanted]),
            },
            // What it would have taken from an item is given.
            (Some(Asked::ForEach { .. }), _) if query.for_each.is_none() => Asked::Once(own),
            (Some(asked), _) => asked.clone(),
            (None, _) => Asked::Once(own),
        })
    }
}
