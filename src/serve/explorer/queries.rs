//! The definitions: what they ask, and what that brought and cost.

use serde_json::{Value, json};

use super::parameters::Parameters;
use super::routes::definition;
use super::{Refused, milliseconds};
use crate::fetch::plan::Plan;
use crate::fetch::{FirstRequest, Spent, first_requests, words};
use crate::guard::Mask;
use crate::query::{Ask, Query, QueryId};
use crate::render::Site;
use crate::serve::Snapshot;
use crate::source::Cost;

/// First requests told of a definition.
const REQUESTS: usize = 50;

/// Every definition, in the order of their names.
pub(super) fn all(snapshot: &Snapshot) -> Result<Value, Refused> {
    let site = &**snapshot.site();
    let (plan, pages) = (plan(site), pages(site));
    let facts = Facts {
        plan: &plan,
        asked: &snapshot.account().asked(),
        pages: &pages,
        snapshot,
    };
    let queries = site.queries.iter().map(|(id, query)| facts.row(id, query));
    let mut told = json!({ "queries": queries.collect::<Vec<_>>() });
    mask(site).json(&mut told);
    Ok(told)
}

/// One of them, by its `name`: also its requests, its text, and what its items have besides.
pub(super) fn one(snapshot: &Snapshot, parameters: &Parameters) -> Result<Value, Refused> {
    let site = &**snapshot.site();
    let id = find(site, parameters)?;
    let query = site.queries.get(id);
    let (plan, pages) = (plan(site), pages(site));
    let facts = Facts {
        plan: &plan,
        asked: &snapshot.account().asked(),
        pages: &pages,
        snapshot,
    };
    let mut told = facts.row(id, query);
    told["requests"] = requests(site, query, &plan, id);
    told["for_each"] = json!(
        query
            .for_each
            .as_ref()
            .map(|each| &*site.queries.get(each.query).name)
    );
    let follow = site.queries.iter();
    let follow =
        follow.filter(|(_, other)| other.for_each.as_ref().is_some_and(|each| each.query == id));
    told["followed_by"] = follow.map(|(_, other)| Value::from(&*other.name)).collect();
    told["text"] = match &query.ask {
        Ask::AdHoc { document, .. } => Value::from(&**document),
        Ask::Persisted(_) | Ask::OpenApi(_) | Ask::Json => Value::Null,
    };
    mask(site).json(&mut told);
    Ok(told)
}

/// The definition that is meant.
pub(super) fn find(site: &Site, parameters: &Parameters) -> Result<QueryId, Refused> {
    let name = parameters.needed("name")?;
    let unknown = || Refused::Unknown(format!("there is no definition `{name}`"));
    site.queries.find(name).ok_or_else(unknown)
}

/// Variables may hold what was written down nowhere.
fn mask(site: &Site) -> Mask {
    Mask::of(&site.config, Vec::new())
}

fn plan(site: &Site) -> Plan {
    Plan::of(&site.config, &site.queries)
}

/// How many pages each definition makes.
fn pages(site: &Site) -> Vec<usize> {
    let mut pages = vec![0; site.queries.len()];
    for (_, page) in site.routes.iter() {
        if let Some(query) = definition(site, page) {
            pages[query.index()] += 1;
        }
    }
    pages
}

/// What rows are made of.
struct Facts<'a> {
    plan: &'a Plan,
    asked: &'a [Spent],
    pages: &'a [usize],
    snapshot: &'a Snapshot,
}

impl Facts<'_> {
    fn row(&self, id: QueryId, query: &Query) -> Value {
        let site = &**self.snapshot.site();
        let planned = self.plan.find(id);
        let own = self.asked.iter().filter(|spent| spent.query == *query.name);
        let times = self.snapshot.account().times();
        json!({
            "name": &*query.name,
            "file": &*query.file,
            "kind": words::kind(&query.ask),
            "asks": words::asks(query),
            "often": planned.map(|planned| words::asked(planned, &site.config, &site.queries)),
            "paging": words::paging(query),
            "freshness": words::freshness(query.freshness),
            "makes": words::makes(query),
            "items": site.store.of_query(id).len(),
            "pages": self.pages[id.index()],
            "took_ms": times.get(&*query.name).map(|time| milliseconds(*time)),
            "languages": own.map(|spent| self.asking(id, spent)).collect::<Vec<_>>(),
        })
    }

    /// What was asked in a language, or at all where it is asked once.
    fn asking(&self, id: QueryId, spent: &Spent) -> Value {
        let site = &**self.snapshot.site();
        let language = spent.language.as_deref();
        let language = language.and_then(|code| site.config.languages.find(code));
        let items = match language {
            Some(language) => site.store.in_language(id, language).count(),
            None => site.store.of_query(id).len(),
        };
        let Cost {
            requests,
            retries,
            bytes,
            age,
            new,
            unchanged,
            kept,
            stale,
        } = spent.cost;
        json!({
            "language": spent.language,
            "items": items,
            "variables": spent.variables,
            "requests": requests,
            "retries": retries,
            "bytes": bytes,
            "age": age.map(|age| age.as_secs()),
            "answers": { "new": new, "unchanged": unchanged, "kept": kept, "stale": stale },
        })
    }
}

/// The first request of every asking; why there is none where it cannot be made.
fn requests(site: &Site, query: &Query, plan: &Plan, id: QueryId) -> Value {
    let asked = plan.find(id).map(|planned| &planned.asked);
    let first = first_requests(&site.config, query, asked).into_iter();
    let told = first.take(REQUESTS).map(|first| match first {
        Ok(FirstRequest { variables, sent }) => json!({
            "method": sent.method(),
            "path": sent.path,
            "variables": variables.to_json(),
        }),
        Err(why) => json!({ "error": why.message }),
    });
    told.collect()
}
