//! One asking of a query, all pages of its answer.
//!
//! A cursor chain is followed as long as `hasNextPage` says, and may not come back to a cursor or an
//! item. Offset windows run in parallel: their number doubles as full windows come back, so that a
//! short answer costs one request and a long one is fetched as wide as the source allows; a window that
//! is not full ends it. Content that changes meanwhile shows as a repeated item or as items behind the
//! end; then the whole is asked again, a few times.

use std::collections::HashSet;

use bytes::Bytes;
use futures::stream::{FuturesOrdered, StreamExt};
use serde_json::Value;

use super::Indexed;
use crate::aem::{Decoded, Page, Shape, Variables};
use crate::diag::Diagnostic;
use crate::progress::{Progress, Stage};
use crate::query::{PagingMode, Query};
use crate::source::{Request, Source, SourceError};

/// How often a query is asked again because its content changed while it was paged.
const CHANGES: usize = 2;

/// The most windows of one query in flight; the source bounds requests over all queries.
const MAX_WINDOWS: usize = 8;

/// Why the pages of a query cannot be had.
pub(super) enum PagingError {
    /// A request failed.
    Source(SourceError),
    /// An item cannot be read.
    Item(Diagnostic),
    /// The answer has no root, or not the one asked for; which roots it has.
    NoRoot(Vec<String>),
    /// The root is null.
    NullRoot(String),
    /// The root is not of any shape AEM makes.
    Shape(String),
    /// The same cursor twice.
    CursorLoop(String),
    /// More pages are announced, but not where they start.
    NoCursor,
    /// It cannot be told whether there are more pages.
    Unknown,
    /// Items moved while they were fetched, each time it was tried.
    Changing(String),
}

/// Keeps an item of an answer.
pub(super) type Keep<'k> = dyn Fn(Bytes) -> Result<Indexed, Diagnostic> + Sync + 'k;

/// A query with the variables of one occasion.
pub(super) struct Pages<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) query: &'a Query,
    pub(super) variables: Variables,
    pub(super) progress: &'a dyn Progress,
}

/// Items collected, with a memory of which were seen.
#[derive(Default)]
struct Collected {
    items: Vec<Indexed>,
    seen: HashSet<String>,
    nulls: usize,
}

impl Collected {
    /// Adds the items of a page; an item that came before means the content moved.
    fn add(&mut self, decoded: Decoded, keep: &Keep<'_>) -> Result<(), PagingError> {
        self.nulls += decoded.nulls;
        for json in decoded.items {
            let item = keep(json).map_err(PagingError::Item)?;
            let text = |key| item.fields.get_from_path(key).and_then(tera::Value::as_str);
            if let Some(path) = text("_path") {
                let identity = format!("{path}\n{}", text("_variation").unwrap_or_default());
                if !self.seen.insert(identity) {
                    return Err(PagingError::Changing(path.to_owned()));
                }
            }
            self.items.push(item);
        }
        Ok(())
    }
}

impl Pages<'_> {
    /// All items, and how many were null.
    pub(super) async fn all(&self, keep: &Keep<'_>) -> Result<(Vec<Indexed>, usize), PagingError> {
        let mut tries = 0;
        loop {
            let result = match self.query.paging.mode {
                PagingMode::Offset => self.windows(keep).await,
                PagingMode::Cursor => self.chain(keep, true).await,
                PagingMode::Auto => self.chain(keep, false).await,
                PagingMode::None => self.single(keep).await,
            };
            match result {
                Err(PagingError::Changing(_)) if tries < CHANGES => tries += 1,
                Err(error) => return Err(error),
                Ok(collected) => return Ok((collected.items, collected.nulls)),
            }
        }
    }

    async fn single(&self, keep: &Keep<'_>) -> Result<Collected, PagingError> {
        let mut collected = Collected::default();
        collected.add(self.ask(self.variables.clone()).await?, keep)?;
        Ok(collected)
    }

    /// Follows cursors. `strict` means the definition says that there are some.
    async fn chain(&self, keep: &Keep<'_>, strict: bool) -> Result<Collected, PagingError> {
        let paging = &self.query.paging;
        let mut collected = Collected::default();
        let mut cursors = HashSet::new();
        let mut after: Option<String> = None;
        loop {
            let mut variables = self.variables.clone();
            if variables.get(&paging.names.first).is_none() {
                variables.set(&paging.names.first, Value::from(paging.page_size));
            }
            variables.set(&paging.names.after, Value::from(after.clone()));
            let size = variables
                .get(&paging.names.first)
                .and_then(Value::as_u64)
                .unwrap_or(paging.page_size);
            let decoded = self.ask(variables).await?;
            let count = decoded.items.len() + decoded.nulls;
            let Shape::Paginated(page) = decoded.shape.clone() else {
                // A list comes whole: AEM has no default limit (section 5.5).
                if strict {
                    return Err(PagingError::Shape(
                        "a list without cursors, though `paging` is \"cursor\"".to_owned(),
                    ));
                }
                collected.add(decoded, keep)?;
                return Ok(collected);
            };
            collected.add(decoded, keep)?;
            match next_cursor(&page, count as u64, size)? {
                None => return Ok(collected),
                Some(cursor) if !cursors.insert(cursor.clone()) => {
                    return Err(PagingError::CursorLoop(cursor));
                }
                Some(cursor) => after = Some(cursor),
            }
        }
    }

    /// Asks windows side by side.
    async fn windows(&self, keep: &Keep<'_>) -> Result<Collected, PagingError> {
        let size = self.query.paging.page_size;
        let mut collected = Collected::default();
        let mut in_flight = FuturesOrdered::new();
        let (mut next, mut width, mut ended) = (0, 1, false);
        loop {
            while !ended && in_flight.len() < width {
                in_flight.push_back(self.window(next));
                next += size;
            }
            let Some(result) = in_flight.next().await else {
                return Ok(collected);
            };
            let decoded = result?;
            let count = (decoded.items.len() + decoded.nulls) as u64;
            if ended && count > 0 {
                // Behind a window that was not full there cannot be more, unless items came in between.
                return Err(PagingError::Changing(
                    "items appeared behind the end".to_owned(),
                ));
            }
            // More than asked for means that the query takes no `limit`: then this was all of it.
            ended |= count != size;
            width = (width * 2).min(MAX_WINDOWS);
            collected.add(decoded, keep)?;
        }
    }

    async fn window(&self, offset: u64) -> Result<Decoded, PagingError> {
        let names = &self.query.paging.names;
        let mut variables = self.variables.clone();
        variables.set(&names.offset, Value::from(offset));
        variables.set(&names.limit, Value::from(self.query.paging.page_size));
        self.ask(variables).await
    }

    /// One request and the part of its answer that the definition is about.
    async fn ask(&self, variables: Variables) -> Result<Decoded, PagingError> {
        let request = Request {
            ask: self.query.ask.clone(),
            variables,
        };
        let envelope = self
            .source
            .answer(&request)
            .await
            .map_err(PagingError::Source)?;
        self.progress.advance(Stage::Fetch, 1);
        let root = envelope.root(self.query.root.as_deref()).map_err(|error| {
            PagingError::Shape(format!("something else than AEM's results ({error})"))
        })?;
        let Some(root) = root else {
            return Err(PagingError::NoRoot(
                envelope.root_names().map(str::to_owned).collect(),
            ));
        };
        root.decoded.ok_or(PagingError::NullRoot(root.name))
    }
}

/// Where the next page starts; `None` at the end.
fn next_cursor(page: &Page, count: u64, size: u64) -> Result<Option<String>, PagingError> {
    let cursor = page.end_cursor.clone().filter(|cursor| !cursor.is_empty());
    match page.has_next {
        Some(false) => Ok(None),
        // More pages but no edges: the cursor cannot advance.
        Some(true) if count == 0 => Err(PagingError::CursorLoop(cursor.unwrap_or_default())),
        Some(true) => cursor.map(Some).ok_or(PagingError::NoCursor),
        // Not selected: a page that is not full is the last one.
        None if count < size => Ok(None),
        None if count == 0 => Ok(None),
        None => cursor.map(Some).ok_or(PagingError::Unknown),
    }
}
