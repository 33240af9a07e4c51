//! One fragment, asked for by itself: as it is now, and not as a build found it.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Account, Deadline, Extent, Fetcher, Occasion, OtherModels};
use crate::aem::openapi::Operation;
use crate::aem::{AssetFile, FragmentPath, Variables};
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Severity, Warned};
use crate::expression::Fields;
use crate::progress::Silent;
use crate::query::{Ask, Query, QueryId, QuerySet};
use crate::reach::Selection;
use crate::secret::Secret;
use crate::source::{Answer, AssetBody, Request, Source, SourceError, Usage};
use crate::store::{EntryId, MemoryBodies, NewEntry, Store};

/// What is sought.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Where it lies.
    pub path: &'a FragmentPath,
    /// Which variation; the original when absent.
    pub variation: Option<&'a str>,
    /// The language of the site that it belongs to.
    pub language: LangId,
    /// The item that the query is asked for, where it follows another one.
    pub parent: Option<EntryId>,
}

/// What has been found: as many items as there are variations of it.
pub struct Sighted {
    /// The items.
    pub items: Vec<NewEntry>,
    /// Where they are kept.
    pub bodies: Arc<MemoryBodies>,
}

/// What is known already.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The definitions.
    pub queries: &'a QuerySet,
    /// What is kept of items.
    pub selection: &'a Selection,
    /// The content of the site.
    pub store: &'a Store,
}

/// Asks a query for one fragment: by its path where the query takes one, else for all there is.
///
/// # Errors
/// Everything that went wrong, and what the definition lacks.
pub async fn seek(
    ground: Ground<'_>,
    source: &dyn Source,
    id: QueryId,
    sought: Sought<'_>,
) -> Result<Warned<Sighted>, Diagnostics> {
    let Ground {
        config, queries, ..
    } = ground;
    let query = queries.get(id);
    let given = given(query, &sought);
    let occasions = occasions(ground, query, &sought, &given)?;
    let bodies = Arc::new(MemoryBodies::new());
    let (account, other_models) = (Account::default(), OtherModels::default());
    let fetcher = Fetcher {
        config,
        queries,
        source: &Live(source),
        selection: ground.selection,
        shortage: Severity::Warning,
        bodies: &*bodies,
        progress: &Silent,
        account: &account,
        other_models: &other_models,
        known: None,
        only: Some(sought.path),
        extent: match sought.variation {
            None => Extent::items(1),
            // One list may have several variations of it.
            Some(_) => Extent::ALL,
        },
    };
    let deadline = Deadline::after(config.fetch.deadline);
    let (_, arrived) = deadline.hold(fetcher.query(id, occasions)).await?;
    let arrived = arrived?;
    let items = arrived.value.entries.into_iter().map(|(new, _)| new);
    Ok(Warned {
        value: Sighted {
            items: items.collect(),
            bodies,
        },
        warnings: arrived.warnings,
    })
}

/// A source that is asked for what is there at this moment.
struct Live<'a>(&'a dyn Source);

impl Source for Live<'_> {
    fn usage(&self) -> Usage {
        self.0.usage()
    }

    fn tokens(&self) -> Vec<Secret> {
        self.0.tokens()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        self.0.live(request)
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        self.0.asset(path, file)
    }
}

/// The values that win over the definition's own. What a stored query does not declare, AEM passes over
/// (`aem-protocol.md`, section 2.6).
fn given(query: &Query, sought: &Sought<'_>) -> Variables {
    let mut given = Variables::new();
    for (name, _) in query.variables.iter() {
        let source = query.variables.source(name);
        if source.is_some_and(is_path_of_parent) {
            given.set(name, sought.path.as_str().into());
        }
    }
    // A list takes the path of a fragment as well (section 10.2).
    if let Ask::OpenApi(operation @ (Operation::List | Operation::ByPath)) = query.ask {
        given.set(operation.address(), sought.path.as_str().into());
    }
    if let Some(variation) = sought.variation {
        given.set("variation", variation.into());
    }
    given
}

/// Whether a variable is the path of the item that is followed, and nothing else.
fn is_path_of_parent(source: &str) -> bool {
    let inner = source.trim().strip_prefix("{{");
    let inner = inner.and_then(|inner| inner.strip_suffix("}}"));
    matches!(inner.map(str::trim), Some("parent._path" | "parent.path"))
}

fn occasions(
    ground: Ground<'_>,
    query: &Query,
    sought: &Sought<'_>,
    given: &Variables,
) -> Result<Vec<Occasion>, Diagnostics> {
    let names: Vec<&str> = given.iter().map(|(name, _)| name).collect();
    let variables = query.variables.without(&names);
    let needs_parent = query.for_each.is_some() && variables.fields("parent") != Fields::default();
    let partition = query.partition.clone();
    let query = Query {
        variables,
        partition: partition.filter(|parts| !names.contains(&parts.variable.as_str())),
        ..query.clone()
    };
    let language = sought.language;
    let occasion = match sought.parent.filter(|_| needs_parent) {
        Some(parent) => {
            let entry = ground.store.get(parent);
            let (fields, name) = (entry.fields.value(), entry.describe());
            Occasion::for_item(ground.config, &query, language, fields, name)
        }
        None if needs_parent => return Err(follows(ground.queries, &query).into()),
        None => Occasion::in_language(ground.config, &query, language),
    };
    let mut occasions = occasion.in_parts(&query);
    for occasion in &mut occasions {
        if let Ok(variables) = &mut occasion.variables {
            for (name, value) in given.iter() {
                variables.set(name, value.clone());
            }
        }
    }
    Ok(occasions)
}

fn follows(queries: &QuerySet, query: &Query) -> Diagnostic {
    let followed = query.for_each.as_ref();
    let followed = followed.map_or("another query", |followed| {
        &*queries.get(followed.query).name
    });
    let message = format!(
        "`{}` is asked for each item of `{followed}`, which has not brought this one",
        query.name
    );
    Diagnostic::error(Kind::Content, message)
        .at(query.location())
        .help("a variable that is `{{ parent._path }}` and nothing else can be given the path by itself")
}

/// Whoever is looked for is no other than this one.
pub(super) fn is_sought(only: Option<&FragmentPath>, path: Option<&FragmentPath>) -> bool {
    only.is_none() || only == path
}
