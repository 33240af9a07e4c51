//! All queries answered, before the first page is rendered.
//!
//! The [`plan`] follows from the definitions: a query is asked once, once per language, or once for every
//! item of another query. Independent queries run at once; paging is in [`paging`]. What comes back is
//! put into the store in the order of the plan, whatever order the answers came in, so that the same
//! content gives the same site.

mod account;
mod ahead;
mod batches;
mod collected;
mod deadline;
mod details;
mod explain;
mod first;
mod items;
mod known;
mod occasion;
mod paging;
pub mod plan;
pub mod sample;
pub mod seek;
pub mod taste;
pub mod words;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures::stream::{self, StreamExt};

use crate::aem::{FragmentPath, Variables};
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Severity, Warned};
use crate::explain::{Subject, explain_stale};
use crate::guard::{Key, Marks, Members, Tally};
use crate::progress::{Progress, Stage};
use crate::query::{Ask, Query, QueryId, QuerySet};
use crate::reach::Selection;
use crate::source::{Meter, Source};
use crate::store::known::KnownItems;
use crate::store::{Bodies, NewEntry, Store, StoreBuilder};

pub use account::{Account, Spent};
pub use deadline::Deadline;
pub use first::{FirstRequest, first_requests};
pub use occasion::Occasion;
use paging::first_variables;

use ahead::Reader;
use batches::Batches;
use collected::Brought;
use explain::{Lacking, explain};
use items::{Asking, Indexed, Indexer, Lister, OtherModels};
use known::Known;
use paging::Pages;
use plan::{Asked, Plan};

/// Requests prepared at once for one query; how many are really in flight is the source's to bound. Answers
/// are taken in order, and one that has to be asked for again and again holds back those behind it: so many
/// that there is always something to do meanwhile.
const AHEAD: usize = 512;

/// Different failures of one query that are reported before it is given up.
const LISTED: usize = 5;

/// Items on their way into the store, with what the guard wants to know of each.
struct Arrived {
    entries: Batches<(NewEntry, Marks)>,
    members: Members,
}

/// What all queries need.
#[derive(Clone, Copy)]
struct Fetcher<'a> {
    config: &'a Config,
    queries: &'a QuerySet,
    source: &'a dyn Source,
    bodies: &'a dyn Bodies,
    progress: &'a dyn Progress,
    account: &'a Account,
    other_models: &'a OtherModels,
    selection: &'a Selection,
    shortage: Severity,
    /// The only fragment that is looked for, if it is one.
    only: Option<&'a FragmentPath>,
    known: Option<&'a KnownItems>,
    extent: Extent,
}

/// How much of a query is asked for.
#[derive(Clone, Copy)]
struct Extent {
    /// So many items are enough.
    items: u64,
    /// No more items at once than this, whatever the definition says.
    page_size: u64,
    /// So many pages are enough, whether there are items on them or not.
    pages: usize,
}

impl Extent {
    /// All there is.
    const ALL: Self = Self {
        items: u64::MAX,
        page_size: u64::MAX,
        pages: usize::MAX,
    };

    /// Only so many.
    fn items(items: u64) -> Self {
        Self { items, ..Self::ALL }
    }

    fn is_all(self) -> bool {
        self.items == u64::MAX
    }
}

/// What a fetch works with.
#[derive(Clone)]
pub struct Means<'a> {
    /// Who answers.
    pub source: &'a dyn Source,
    /// What is kept of items.
    pub selection: &'a Selection,
    /// Where items are kept.
    pub bodies: Arc<dyn Bodies>,
    /// What earlier builds have gone through, and this one leaves for the next.
    pub known: Option<&'a KnownItems>,
    /// Hears how far it has come.
    pub progress: &'a dyn Progress,
    /// Where it is written down what was asked and what came. It is kept whether that goes well or not.
    pub account: &'a Account,
    /// When it has to be done.
    pub deadline: Deadline,
    /// What it means when fewer items come than there have to be.
    pub shortage: Severity,
}

/// Asks every query and gives the store.
///
/// # Errors
/// Everything that went wrong, of all queries.
pub async fn run(
    config: &Config,
    queries: &QuerySet,
    plan: &Plan,
    means: Means<'_>,
) -> Result<Warned<Store>, Diagnostics> {
    let Means {
        source,
        selection,
        bodies,
        known,
        progress,
        account,
        deadline,
        shortage,
    } = means;
    let fetcher = Fetcher {
        config,
        queries,
        source,
        bodies: &*bodies,
        progress,
        account,
        extent: Extent::ALL,
        selection,
        shortage,
        only: None,
        known,
        other_models: &OtherModels::default(),
    };
    progress.plan(plan.len(), plan.requests(), plan.expected());
    progress.start(Stage::Fetch, Some(plan.requests().at_least()));
    let mut found = Diagnostics::new();
    let builder = match deadline.hold(fetcher.all(plan, &mut found)).await {
        Ok(builder) => builder,
        Err(late) => {
            found.push(late);
            return Err(found);
        }
    };
    if !found.has_errors() {
        progress.finish(Stage::Fetch);
    }
    found.finish(builder.build(queries, Box::new(Arc::clone(&bodies))))
}

impl<'a> Fetcher<'a> {
    async fn all(&self, plan: &Plan, found: &mut Diagnostics) -> StoreBuilder<'a> {
        let mut builder = StoreBuilder::new(&self.config.languages);
        for step in plan.steps() {
            let asked: Vec<(QueryId, Vec<Occasion>)> = step
                .iter()
                .map(|planned| {
                    let query = self.queries.get(planned.query);
                    let occasions = self.occasions(query, &planned.asked, &builder);
                    (planned.query, occasions)
                })
                .collect();
            let variables: Vec<account::Languages> = asked
                .iter()
                .map(|(id, occasions)| account::Languages::of(self.queries.get(*id), occasions))
                .collect();
            let answers = asked
                .into_iter()
                .map(|(id, occasions)| self.query(id, occasions));
            let answers = futures::future::join_all(answers).await;
            for ((id, result), variables) in answers.into_iter().zip(variables) {
                match result {
                    Ok(arrived) => {
                        let arrived = arrived.into_value(found);
                        self.add(id, arrived, &variables, &mut builder);
                        let few = self.few(id, &builder);
                        found.extend(match self.shortage {
                            Severity::Error => few,
                            Severity::Warning => few.lowered(),
                        });
                    }
                    Err(errors) => found.extend_merged(errors),
                }
            }
            if found.has_errors() {
                // What follows a failed query would only fail again.
                break;
            }
        }
        builder
    }

    /// Puts items into the store, and what they were like into the account.
    fn add(
        &self,
        id: QueryId,
        arrived: Arrived,
        asked: &account::Languages,
        builder: &mut StoreBuilder<'_>,
    ) {
        let mut tallies: BTreeMap<LangId, Tally> = BTreeMap::new();
        builder.expect(arrived.entries.len());
        for (new, marks) in arrived.entries {
            let known = builder.len();
            let entry = builder.add(new);
            // Items that came before are counted already.
            if builder.len() > known {
                let language = builder.get(entry).language;
                tallies.entry(language).or_default().add(&marks);
            }
        }
        let query = self.queries.get(id);
        for (language, _) in self.config.languages.iter() {
            let tally = tallies.remove(&language);
            if tally.is_none() && !asked.in_language(language) {
                continue;
            }
            let variables = asked.variables(language);
            let key = Key::new(
                self.config,
                self.account.origin(),
                query,
                language,
                variables,
            );
            let measure = tally.unwrap_or_default().measure(key, &arrived.members);
            self.account.measured(match &query.ask {
                Ask::OpenApi(_) => measure.of_fragments(),
                _ => measure,
            });
        }
    }

    /// Every asking of a query, with its variables.
    fn occasions(&self, query: &Query, asked: &Asked, builder: &StoreBuilder<'_>) -> Vec<Occasion> {
        let parts = |occasion: Occasion| occasion.in_parts(query);
        match asked {
            Asked::Once(language) => {
                Occasion::in_language(self.config, query, *language).in_parts(query)
            }
            Asked::InEach(languages) => {
                let in_each = languages.iter();
                in_each
                    .map(|id| Occasion::in_language(self.config, query, *id))
                    .flat_map(parts)
                    .collect()
            }
            Asked::ForEach {
                query: followed,
                languages,
            } => {
                let wanted = |language| languages.as_ref().is_none_or(|l| l.contains(&language));
                let occasions: Vec<Occasion> = builder
                    .of_query(*followed)
                    .into_iter()
                    .filter(|(_, entry)| wanted(entry.language))
                    .map(|(parent, entry)| {
                        let (fields, name) = (entry.fields.value(), entry.describe());
                        let language = entry.language;
                        Occasion {
                            parent: Some(parent),
                            counterpart: entry.relative.clone(),
                            lacking: Lacking::of(self.queries.get(*followed)),
                            ..Occasion::for_item(self.config, query, language, fields, name)
                        }
                    })
                    .flat_map(parts)
                    .collect();
                self.progress.more(Stage::Fetch, occasions.len() as u64);
                occasions
            }
        }
    }

    /// Asks one query on all its occasions; the items in the order of the occasions.
    async fn query(
        &self,
        id: QueryId,
        occasions: Vec<Occasion>,
    ) -> (QueryId, Result<Warned<Arrived>, Diagnostics>) {
        let query = self.queries.get(id);
        let started = Instant::now();
        let reader = Reader {
            wanted: Arc::new(self.wanted(id)),
            members: Arc::default(),
            known: self.known(id).map(Arc::new),
        };
        let by = &reader;
        let answers = stream::iter(occasions)
            .map(|occasion| async move {
                let items = self.occasion(id, &occasion, by).await;
                (occasion, items)
            })
            .buffered(if self.extent.is_all() { AHEAD } else { 1 });
        let mut answers = std::pin::pin!(answers);
        let mut found = Diagnostics::new();
        let mut entries = Batches::default();
        let (mut nulls, mut failures) = (0, 0);
        while let Some((occasion, result)) = answers.next().await {
            match result {
                Ok(brought) => {
                    nulls += brought.nulls;
                    if let Some((age, cause)) = brought.stale {
                        let subject = Subject::query(query);
                        let aem = &self.config.aem;
                        found.push_merged(explain_stale(&subject, age, *cause, aem));
                    }
                    let entry = |item: Indexed| {
                        let new = NewEntry {
                            query: id,
                            asked_in: occasion.language,
                            key: item.key,
                            fields: item.fields,
                            body: item.body,
                            digest: item.digest,
                            references: item.references,
                            parent: occasion.parent,
                        };
                        (new, item.marks)
                    };
                    entries.extend(brought.items.into_iter().map(entry));
                    if entries.len() as u64 >= self.extent.items {
                        break;
                    }
                }
                Err(diagnostic) => {
                    // An optional query that finds nothing is a warning only.
                    failures += usize::from(diagnostic.severity == Severity::Error);
                    found.push_merged(diagnostic);
                    // A query asked for many items would fail for many; a handful shows what is wrong, and
                    // an AEM in trouble is not asked for the rest.
                    if failures >= LISTED {
                        break;
                    }
                }
            }
        }
        self.account.took(&query.name, started.elapsed());
        if nulls > 0 {
            found.push(null_items(query, nulls));
        }
        let members = std::mem::take(&mut *lock(&reader.members));
        if let Some(known) = &reader.known
            && let Err(error) = known.finish(&members)
        {
            found.push(explain::unreadable(query, &error));
        }
        (id, found.finish(Arrived { entries, members }))
    }

    /// What is known of the items of a query. Whether one is of the model that is meant is looked up in its text.
    fn known(&self, id: QueryId) -> Option<Known> {
        let query = self.queries.get(id);
        let known = self.known.filter(|_| query.model.is_none())?;
        let wanted = format!("{:?}", self.wanted(id));
        Some(Known::new(known.of(&query.name, &wanted), query))
    }

    /// Asks once, all pages of it.
    async fn occasion(
        &self,
        id: QueryId,
        occasion: &Occasion,
        reader: &Reader,
    ) -> Result<Brought, Diagnostic> {
        let query = self.queries.get(id);
        let asked_for = occasion.asked_for();
        let variables = occasion.variables(query)?;
        let asking = Asking {
            query,
            variables: &variables,
            occasion,
            reader: reader.clone(),
        };
        let list = Lister {
            fetcher: self,
            id,
            query,
        };
        let keep = Indexer {
            fetcher: self,
            id,
            asking: &asking,
        };
        let meter = self.meter(query, occasion.language, &variables);
        Pages::new(
            self.source,
            query,
            variables.clone(),
            self.progress,
            meter,
            reader.known.as_deref(),
            self.extent,
        )
        .all(&list, &keep)
        .await
        .map_err(|error| explain(query, error, asked_for.as_deref(), &self.config.aem))
    }

    /// Where the cost of an asking is written down: one place for each language, and one for all the items
    /// of another query.
    fn meter(&self, query: &Query, language: LangId, variables: &Variables) -> Arc<Meter> {
        let code = &self.config.languages.get(language).code;
        let language = query.is_per_language().then_some(code.as_str());
        let one = query.for_each.is_none();
        let variables = one.then(|| query.together(variables).to_json());
        self.account.meter(&query.name, language, variables)
    }

    /// The guard against a hollow site: fewer items than `min_items`, in any language asked. Counted is
    /// what the site has of them in the end: the same item twice is one, and an item belongs to the
    /// language whose root contains it, whatever language it was asked for in.
    fn few(&self, id: QueryId, builder: &StoreBuilder<'_>) -> Diagnostics {
        let query = self.queries.get(id);
        let entries = builder.of_query(id);
        let mut found = Diagnostics::new();
        let mut check = |count: usize, language: Option<LangId>| {
            if (count as u64) < query.min_items {
                found.push(self.too_few((id, query), count, language));
            }
        };
        if query.is_per_language() {
            let all = self.config.languages.iter().map(|(id, _)| id).collect();
            for language in query.languages.as_ref().unwrap_or(&all) {
                let count = entries
                    .iter()
                    .filter(|(_, entry)| entry.language == *language)
                    .count();
                check(count, Some(*language));
            }
        } else {
            check(entries.len(), None);
        }
        found
    }

    fn too_few(
        &self,
        (id, query): (QueryId, &Query),
        count: usize,
        language: Option<LangId>,
    ) -> Diagnostic {
        let language = language.map_or_else(String::new, |id| {
            format!(" in the language `{}`", self.config.languages.get(id).code)
        });
        let (items, needed) = (plural(count as u64, "item"), query.min_items);
        let message = format!(
            "the query `{}` brought {items}{language}, fewer than {needed}",
            query.name
        );
        let diagnostic = Diagnostic::error(Kind::Guard, message)
            .at(query.location())
            .note("publishing would leave a hollow site; the output stays as it was")
            .note(explain::left_out(query))
            .help(format!(
                "if so few are right, set `min_items = {count}` in the definition"
            ));
        explain::other_models(query, diagnostic, &self.other_models.of(id))
    }
}

/// Items that AEM could not deliver: part of an answer is no answer, unless the definition says so.
fn null_items(query: &Query, nulls: usize) -> Diagnostic {
    let message = format!(
        "{} of the answer to `{}` came as null",
        plural(nulls as u64, "item"),
        query.name
    );
    let diagnostic = if query.optional {
        Diagnostic::warning(Kind::Content, message).help("the site is built without them")
    } else {
        Diagnostic::error(Kind::Content, message)
            .help("see in AEM what is wrong with them; `optional = true` does without")
    };
    diagnostic
        .at(query.location())
        .note("AEM answers null for what it could not read")
}

/// A lock that nobody holds while something can fail.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `1 item`, `2 items`, `no items`.
fn plural(count: u64, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests;
