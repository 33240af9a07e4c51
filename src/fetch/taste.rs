//! A little of every query: enough to see that it is answered as a build needs it.

use std::sync::Arc;

use bytes::Bytes;

use super::ahead::Reader;
use super::plan::{Asked, Planned};
use super::{Account, Extent, Fetcher, Occasion, OtherModels};
use crate::aem::Api;
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Severity};
use crate::progress::Silent;
use crate::query::{Query, QuerySet};
use crate::reach::Selection;
use crate::source::Source;
use crate::store::{MemoryBodies, NewEntry, StoreBuilder};

/// Three items, one at a time: a paged query has to show that it gets on, and that it does not turn on
/// the spot. Lists of AEM's REST delivery have fragments of every model, and are not taken so small.
fn enough(query: &Query) -> Extent {
    Extent {
        items: 3,
        page_size: match query.ask.api() {
            Api::Graphql => 1,
            Api::FragmentList | Api::Fragment | Api::Json => u64::MAX,
        },
        pages: 4,
    }
}

/// Tastes one query after the other, in the order of the plan: what follows another query is asked for
/// the first item that one brought.
pub struct Taster<'a> {
    config: &'a Config,
    queries: &'a QuerySet,
    source: &'a dyn Source,
    bodies: MemoryBodies,
    builder: StoreBuilder<'a>,
    account: Account,
}

/// One asking.
pub struct Taste {
    /// The language it was asked for in.
    pub language: LangId,
    /// The item it was asked for.
    pub asked_for: Option<String>,
    /// The items that came, or what went wrong.
    pub items: Result<Vec<Bytes>, Diagnostic>,
}

impl<'a> Taster<'a> {
    /// Nothing is tasted yet.
    #[must_use]
    pub fn new(config: &'a Config, queries: &'a QuerySet, source: &'a dyn Source) -> Self {
        Self {
            config,
            queries,
            source,
            bodies: MemoryBodies::new(),
            builder: StoreBuilder::new(&config.languages),
            account: Account::default(),
        }
    }

    /// Asks for a little, in every language; nothing comes back where nothing is there to be followed.
    pub async fn taste(&mut self, planned: &Planned) -> Vec<Taste> {
        let query = self.queries.get(planned.query);
        let other_models = OtherModels::default();
        let selection = Selection::whole(self.queries);
        let fetcher = Fetcher {
            config: self.config,
            queries: self.queries,
            source: self.source,
            selection: &selection,
            shortage: Severity::Error,
            only: None,
            known: None,
            bodies: &self.bodies,
            progress: &Silent,
            account: &self.account,
            extent: enough(query),
            other_models: &other_models,
        };
        let mut occasions = fetcher.occasions(query, &planned.asked, &self.builder);
        if let Asked::ForEach { .. } = planned.asked {
            occasions.truncate(1);
        }
        // One part of many is enough to see.
        occasions.dedup_by_key(|occasion| occasion.language);
        let mut tastes = Vec::new();
        for occasion in occasions {
            let reader = Reader {
                wanted: Arc::new(fetcher.wanted(planned.query)),
                members: Arc::default(),
                known: None,
            };
            let brought = fetcher.occasion(planned.query, &occasion, &reader);
            let brought = brought.await;
            let Occasion {
                language,
                parent,
                asked_for,
                ..
            } = occasion;
            let items = brought.map(|brought| {
                let entries = brought.items.into_iter().map(|item| NewEntry {
                    query: planned.query,
                    asked_in: language,
                    key: item.key,
                    fields: item.fields,
                    body: item.body,
                    digest: item.digest,
                    references: item.references,
                    parent,
                });
                let mut items = Vec::new();
                for new in entries {
                    items.extend(self.bodies.json(new.body));
                    self.builder.add(new);
                }
                items
            });
            tastes.push(Taste {
                language,
                asked_for,
                items,
            });
        }
        tastes
    }
}
