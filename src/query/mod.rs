//! Query definitions: which queries to ask, and what to make of the answers.
//!
//! [`load`] reads every `content-queries/NAME.toml` into a [`Query`]; a [`QuerySet`] holds them all, with
//! `for_each` resolved to the query it follows. Routes, conditions and variables are compiled here, so
//! that a mistake in any of them is known before AEM is asked.

mod ask;
mod freshness;
mod outputs;
mod pages;
mod paging;
mod parse;
mod partition;
mod question;
mod taxonomies;
mod variables;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use ask::{Ask, HttpRequest};
pub use freshness::Freshness;
pub use outputs::Outputs;
pub use pages::{Arrangement, List, Pages};
pub use paging::{Paging, PagingMode, PagingNames};
pub use partition::Partition;
pub use taxonomies::{Taxonomy, TaxonomyPart, TermIndex, TermPages};
pub use variables::{VariableError, VariableTemplates};

use crate::aem::openapi::{self, ModelPath, Operation};
use crate::aem::{Api, Variables, document};
use crate::config::{Config, LangId};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, Warned, closest};
use crate::expression::Fields;
use crate::fs;
use crate::table::SourceFile;

/// The folder of the definitions, below the site's root.
pub const FOLDER: &str = "content-queries";

/// A definition's name: its file's stem.
pub type QueryName = Arc<str>;

/// A definition, by its place in the [`QuerySet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(u16);

impl QueryId {
    /// The place.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Asked once for every item of another query.
#[derive(Clone, Debug)]
pub struct ForEach {
    /// The query whose items are followed.
    pub query: QueryId,
}

/// One definition.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its name.
    pub name: QueryName,
    /// The file it is written in, relative to the site's root.
    pub file: Arc<str>,
    /// What is sent.
    pub ask: Ask,
    /// The variables of every request; with `for_each`, its own are among them.
    pub variables: VariableTemplates,
    /// `partition`: the parts in which it is asked.
    pub partition: Option<Partition>,
    /// The only model whose fragments are meant, where the REST delivery is asked.
    pub model: Option<ModelPath>,
    /// `languages`: the languages it is narrowed to; all when absent.
    pub languages: Option<Vec<LangId>>,
    /// How old an answer of an earlier build may be.
    pub freshness: Freshness,
    /// How more than one page of an answer is fetched.
    pub paging: Paging,
    /// `root`: which root of the answer is meant.
    pub root: Option<String>,
    /// Whether a missing query or item is only a warning.
    pub optional: bool,
    /// Fewer items stop the build.
    pub min_items: u64,
    /// The query it follows.
    pub for_each: Option<ForEach>,
    /// One page for each item.
    pub pages: Option<Pages>,
    /// Lists over the items.
    pub lists: Vec<List>,
    /// What the items are classified by.
    pub taxonomies: Vec<TaxonomyPart>,
}

impl Query {
    /// Whether the query is asked once for every language: a variable depends on it.
    #[must_use]
    pub fn is_per_language(&self) -> bool {
        self.for_each.is_none() && self.variables.reads("lang")
    }

    /// Whether the query is meant for a language: its definition's `languages` do not leave it out.
    #[must_use]
    pub fn serves(&self, language: LangId) -> bool {
        let narrowed = self.languages.as_ref();
        narrowed.is_none_or(|languages| languages.contains(&language))
    }

    /// Whether its fragments are listed first and then got one by one: what only a single fragment comes
    /// with is wanted (`aem-protocol.md`, section 10.2).
    #[must_use]
    pub fn gets_each(&self) -> bool {
        matches!(self.ask, Ask::OpenApi(Operation::List | Operation::ByPath))
            && openapi::DETAILS
                .iter()
                .any(|name| self.variables.sets(name))
    }

    /// How many parts it is asked in; one where nothing is said about parts.
    #[must_use]
    pub fn parts(&self) -> u64 {
        let values = self.partition.as_ref().map(|parts| parts.values.len());
        values.unwrap_or(1) as u64
    }

    /// The variables of an asking, all of its parts together.
    #[must_use]
    pub fn together(&self, variables: &Variables) -> Variables {
        match &self.partition {
            Some(partition) => partition.together(variables),
            None => variables.clone(),
        }
    }

    /// All questions it may ask: its own, and the one for each fragment of a list.
    pub fn asks(&self) -> impl Iterator<Item = Ask> {
        let more = self.gets_each().then_some(Ask::OpenApi(Operation::ById));
        std::iter::once(self.ask.clone()).chain(more)
    }

    /// Whether its items have the fields that its text selects, rather than all that have a value.
    #[must_use]
    pub fn selects_fields(&self) -> bool {
        self.ask.api() == Api::Graphql
    }

    /// The place to point at when something about the definition as a whole is wrong.
    #[must_use]
    pub fn location(&self) -> Location {
        Location::file(&*self.file)
    }

    /// How the query is called in messages.
    #[must_use]
    pub fn describe(&self) -> String {
        let address = |name| self.variables.source(name).unwrap_or_default();
        match &self.ask {
            Ask::Persisted(query) => format!("the persisted query `{query}`"),
            Ask::AdHoc { configuration, .. } => format!("the ad hoc query to `{configuration}`"),
            Ask::OpenApi(operation) => {
                let address = address(operation.address());
                match operation {
                    Operation::List => format!("the list of fragments at `{address}`"),
                    Operation::ByPath => format!("the fragment at `{address}`"),
                    Operation::ById => format!("the fragment with the id `{address}`"),
                }
            }
            Ask::Json => format!("the document `{}`", address(document::PATH)),
        }
    }

    /// How a variable is called in messages: by the key that it is written at.
    #[must_use]
    pub fn describe_variable(&self, name: &str) -> String {
        match &self.ask {
            Ask::Persisted(_) | Ask::AdHoc { .. } => format!("the variable `{name}`"),
            Ask::OpenApi(Operation::ByPath) if name == "path" => "`openapi.fragment`".to_owned(),
            Ask::OpenApi(_) => format!("`openapi.{name}`"),
            Ask::Json => "`json`".to_owned(),
        }
    }
}

/// All definitions of a site, sorted by name.
#[derive(Clone, Debug, Default)]
pub struct QuerySet {
    list: Vec<Query>,
    /// For each query, the members of its items that routes, conditions, sort orders and the variables
    /// of following queries read.
    index_fields: Vec<Fields>,
    taxonomies: Vec<Taxonomy>,
}

impl QuerySet {
    /// All, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (QueryId, &Query)> {
        (0..).map(QueryId).zip(&self.list)
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: QueryId) -> &Query {
        &self.list[usize::from(id.0)]
    }

    /// The definition of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<QueryId> {
        self.iter()
            .find(|(_, query)| &*query.name == name)
            .map(|(id, _)| id)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What of a query's items has to be known without reading the whole item.
    #[must_use]
    pub fn index_fields(&self, id: QueryId) -> &Fields {
        &self.index_fields[usize::from(id.0)]
    }

    /// All taxonomies, in the order of their names.
    #[must_use]
    pub fn taxonomies(&self) -> &[Taxonomy] {
        &self.taxonomies
    }

    /// The pages of a taxonomy, as one of its parts describes them.
    #[must_use]
    pub fn term_pages(&self, taxonomy: &Taxonomy) -> Option<(QueryId, &TermPages)> {
        let (query, index) = taxonomy.described_by?;
        let part = self.get(query).taxonomies.get(index)?;
        Some((query, part.terms.as_ref()?))
    }

    fn new(list: Vec<Query>, taxonomies: Vec<Taxonomy>) -> Self {
        let mut set = Self {
            index_fields: list.iter().map(own_fields).collect(),
            list,
            taxonomies,
        };
        set.index_parents();
        set.index_terms();
        set
    }

    /// Adds to what has to be known of a query's items.
    fn index(&mut self, id: QueryId, more: Fields) {
        let fields = &mut self.index_fields[usize::from(id.0)];
        *fields = std::mem::take(fields).union(more);
    }

    /// What following queries read of the items they follow: in variables, routes, conditions and orders.
    fn index_parents(&mut self) {
        let parents: Vec<(QueryId, Fields)> = self
            .list
            .iter()
            .filter_map(|query| {
                let followed = query.for_each.as_ref()?.query;
                let pages = query.pages.iter().map(|pages| pages.fields("parent"));
                let lists = query.lists.iter().map(|list| list.fields("parent"));
                let parts = query.taxonomies.iter().map(|part| part.fields("parent"));
                let variables = query.variables.fields("parent");
                let all = pages.chain(lists).chain(parts);
                Some((followed, all.fold(variables, Fields::union)))
            })
            .collect();
        for (followed, fields) in parents {
            self.index(followed, fields);
        }
    }

    /// A term's items may come from every definition that has joined the taxonomy, so its order is read of
    /// them all.
    fn index_terms(&mut self) {
        let mut orders = Vec::new();
        for taxonomy in &self.taxonomies {
            let Some((_, terms)) = self.term_pages(taxonomy) else {
                continue;
            };
            for &(query, _) in &taxonomy.parts {
                orders.push((query, terms.arrangement.fields("item")));
                if let Some(for_each) = &self.get(query).for_each {
                    orders.push((for_each.query, terms.arrangement.fields("parent")));
                }
            }
        }
        for (query, fields) in orders {
            self.index(query, fields);
        }
    }
}

/// Path and variation identify an item; the rest is what the definition itself asks for.
fn own_fields(query: &Query) -> Fields {
    let path = query.ask.api().path_members().iter();
    let mut fields = path
        .fold(Fields::default(), |fields, key| fields.with(key))
        .with("_variation")
        .with("title");
    if let Some(pages) = &query.pages {
        fields = fields.union(pages.fields("item"));
    }
    for list in &query.lists {
        fields = fields.union(list.fields("item"));
    }
    for part in &query.taxonomies {
        fields = fields.union(part.fields("item"));
    }
    fields
}

/// Loads every definition of the site.
///
/// # Errors
/// Everything wrong with any of them, located.
pub fn load(config: &Config) -> Result<Warned<QuerySet>, Diagnostics> {
    let folder = config.root.join(FOLDER);
    let mut found = Diagnostics::new();
    let mut drafts = BTreeMap::new();
    let files =
        fs::walk(&folder).map_err(|error| Diagnostic::error(Kind::Config, error.to_string()))?;
    for relative in files {
        if relative
            .extension()
            .is_none_or(|extension| extension != "toml")
        {
            continue;
        }
        let name = format!("{FOLDER}/{}", relative.display());
        let text = match fs::read_text(&folder.join(&relative)) {
            Ok(text) => text,
            Err(error) => {
                found.push(
                    Diagnostic::error(Kind::Config, error.to_string()).at(Location::file(name)),
                );
                continue;
            }
        };
        let file = SourceFile { name, text };
        let Some(stem) = stem(&relative) else {
            found.push(
                Diagnostic::error(
                    Kind::Config,
                    "a definition's name may have letters, digits, `-` and `_` only",
                )
                .at(Location::file(&file.name))
                .note("the name is the file's, without `.toml`; folders are not part of it"),
            );
            continue;
        };
        if let Some(draft) = parse::definition(&file, &stem, config, &folder, &mut found) {
            drafts.insert(stem, draft);
        }
    }
    if drafts.is_empty() && !found.has_errors() {
        found.push(
            Diagnostic::error(
                Kind::Config,
                format!("there is no query definition in `{FOLDER}/`"),
            )
            .note("without one there is nothing to fetch and nothing to make pages of")
            .help(format!(
                "write `{FOLDER}/NAME.toml` with a line such as `persisted = \"articles-all\"`"
            )),
        );
    }
    let list = resolve_for_each(drafts, &mut found);
    let taxonomies = taxonomies::join(&list, &mut found);
    found.finish(QuerySet::new(list, taxonomies))
}

fn stem(relative: &Path) -> Option<String> {
    let stem = relative.file_stem()?.to_str()?;
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (relative.components().count() == 1 && !stem.is_empty() && stem.chars().all(fine))
        .then(|| stem.to_owned())
}

/// Turns the names in `for_each` into ids and refuses circles.
fn resolve_for_each(drafts: BTreeMap<String, parse::Draft>, found: &mut Diagnostics) -> Vec<Query> {
    let names: Vec<String> = drafts.keys().cloned().collect();
    let follows: BTreeMap<String, Option<String>> = drafts
        .iter()
        .map(|(name, draft)| {
            (
                name.clone(),
                draft
                    .for_each
                    .as_ref()
                    .map(|(followed, _)| followed.clone()),
            )
        })
        .collect();
    let mut list = Vec::with_capacity(drafts.len());
    for (name, draft) in drafts {
        let mut query = draft.query;
        if let Some((followed, location)) = draft.for_each {
            match names.binary_search(&followed) {
                Ok(position) => {
                    query.for_each = Some(ForEach {
                        query: QueryId(u16::try_from(position).unwrap_or(u16::MAX)),
                    });
                }
                Err(_) => found.push(
                    Diagnostic::error(
                        Kind::Config,
                        format!("`for_each` follows `{followed}`, which is not a definition"),
                    )
                    .at(location.clone())
                    .maybe_help(
                        closest(&followed, names.iter().map(String::as_str))
                            .map(|near| format!("did you mean `{near}`?")),
                    ),
                ),
            }
            if let Some(circle) = circle(&name, &follows) {
                found.push(
                    Diagnostic::error(Kind::Config, "`for_each` goes round in a circle")
                        .at(location)
                        .note(format!("the circle is {}", circle.join(" → "))),
                );
                query.for_each = None;
            }
        }
        list.push(query);
    }
    list
}

/// The chain from a query back to itself, if following `for_each` leads there.
fn circle(start: &str, follows: &BTreeMap<String, Option<String>>) -> Option<Vec<String>> {
    let mut chain = vec![start.to_owned()];
    let mut at = start;
    while let Some(Some(next)) = follows.get(at) {
        chain.push(next.clone());
        if next == start {
            return Some(chain);
        }
        if chain.len() > follows.len() {
            return None;
        }
        at = next;
    }
    None
}

#[cfg(test)]
mod tests;
