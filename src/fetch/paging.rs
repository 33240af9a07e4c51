//! One asking of a query, all pages of its answer.
//!
//! A cursor chain is followed as long as `hasNextPage` says, and may not come back to a cursor or an
//! item. Offset windows run in parallel: their number doubles as full windows come back, so that a
//! short answer costs one request and a long one is fetched as wide as the source allows; a window that
//! is not full ends it, once an empty one has confirmed that. Content that changes meanwhile shows as a repeated item or as items behind the
//! end; then the whole is asked again, a few times.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::stream::{FuturesOrdered, StreamExt};
use serde_json::Value;

use super::Extent;
use super::collected::{Brought, Collected, Keep, Part};
use super::details::{self, Listed};
use super::items::{Identified, Indexed};
use super::known::Known;
use crate::aem::{Api, Envelope, Page, RootError, Shape, Variables};
use crate::diag::Diagnostic;
use crate::progress::{Progress, Stage};
use crate::query::{Ask, PagingMode, Query};
use crate::source::{Cause, Delivery, Meter, Request, Source, SourceError, Told};

/// How often a query is asked again because its content changed while it was paged.
const CHANGES: u32 = 2;

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
    /// A root is null.
    NullRoot(String),
    /// The root is not of any shape AEM makes, or not of the shape it had before.
    Shape(String),
    /// The same cursor twice.
    CursorLoop(String),
    /// The same items twice, under another cursor or offset.
    SamePage,
    /// More pages are announced, but not where they start.
    NoCursor,
    /// It cannot be told whether there are more pages.
    Unknown,
    /// Fewer items come at once than were asked for, though there are more: how many.
    Capped(u64),
    /// Two different items of one answer have this path.
    Ambiguous(String),
    /// Items moved while they were fetched, each time it was tried.
    Changing(String),
    /// AEM failed for some pages, and their old answers do not belong to the new ones of the others.
    Mixed(Box<Cause>),
    /// Pages that are kept were never AEM's answer at the same time.
    Apart,
    /// Any of these, after the first page came.
    Later(Box<PagingError>),
}

/// A query with the variables of one occasion.
pub(super) struct Pages<'a> {
    source: &'a dyn Source,
    query: &'a Query,
    variables: Variables,
    /// What goes with the request for each fragment of a list.
    pub(super) details: Variables,
    progress: &'a dyn Progress,
    meter: Arc<Meter>,
    /// What earlier builds have gone through.
    known: Option<&'a Known>,
    pub(super) extent: Extent,
    /// Whether the request was made that the plan counts; others come on top.
    begun: AtomicBool,
    /// Whether a page is what an earlier build got, and AEM was not asked about it.
    kept: AtomicBool,
}

impl<'a> Pages<'a> {
    /// A query with the variables of one occasion.
    pub(super) fn new(
        source: &'a dyn Source,
        query: &'a Query,
        mut variables: Variables,
        progress: &'a dyn Progress,
        meter: Arc<Meter>,
        known: Option<&'a Known>,
        extent: Extent,
    ) -> Self {
        let details = details::split(&query.ask, &mut variables);
        Self {
            source,
            query,
            variables,
            details,
            progress,
            meter,
            known,
            extent,
            begun: AtomicBool::new(false),
            kept: AtomicBool::new(false),
        }
    }
}

impl Pages<'_> {
    /// All items. Where the answer is only a list of what there is, `list` reads it.
    pub(super) async fn all(
        &self,
        list: &dyn Keep<Listed>,
        keep: &dyn Keep<Indexed>,
    ) -> Result<Brought, PagingError> {
        let mut round = 0;
        loop {
            let result = if self.details.is_empty() {
                self.listed(round, keep).await
            } else {
                self.detailed(round, list, keep).await
            };
            match result {
                Err(PagingError::Changing(_)) if round < CHANGES => round += 1,
                // Kept pages may lead anywhere by now. A further round asks for all of them.
                Err(_) if round == 0 && self.kept.load(Ordering::Relaxed) => round += 1,
                Err(error) => return Err(error),
                Ok(collected) => return Ok(collected.finish()),
            }
        }
    }

    /// Items of one answer.
    fn page_size(&self) -> u64 {
        let page_size = self.query.paging.page_size;
        page_size.min(self.extent.items).min(self.extent.page_size)
    }

    /// Whether nobody wants more than that.
    fn is_enough<T: Identified>(&self, collected: &Collected<T>) -> bool {
        collected.len() >= self.extent.items || collected.pages() >= self.extent.pages
    }

    /// All pages of the answer.
    pub(super) async fn listed<T: Identified>(
        &self,
        round: u32,
        keep: &dyn Keep<T>,
    ) -> Result<Collected<T>, PagingError> {
        match self.query.paging.mode {
            PagingMode::Offset => self.windows(round, keep).await,
            PagingMode::Cursor => self.chain(round, keep, true).await,
            PagingMode::Auto => self.chain(round, keep, false).await,
            PagingMode::None => self.single(round, keep).await,
        }
    }

    async fn single<T: Identified>(
        &self,
        round: u32,
        keep: &dyn Keep<T>,
    ) -> Result<Collected<T>, PagingError> {
        let mut collected = Collected::default();
        let part = self.query(round, self.variables.clone()).await?;
        let mut part = part.looked_at(keep.reader()).await;
        collected.note(&mut part)?;
        collected.add(part, keep)?;
        Ok(collected)
    }

    /// Follows cursors. `strict` means the definition says that there are some.
    async fn chain<T: Identified>(
        &self,
        round: u32,
        keep: &dyn Keep<T>,
        strict: bool,
    ) -> Result<Collected<T>, PagingError> {
        let paging = &self.query.paging;
        let mut collected = Collected::default();
        let mut cursors = HashSet::new();
        let mut after: Option<String> = None;
        let mut root: Option<String> = None;
        loop {
            let mut variables = first_variables(self.query, &self.variables, self.page_size());
            variables.set(&paging.names.after, Value::from(after.clone()));
            let asked = variables.get(&paging.names.first).and_then(Value::as_u64);
            let size = asked.unwrap_or(self.page_size());
            let part = later(after.is_some(), self.query(round, variables).await)?;
            let mut part = part.looked_at(keep.reader()).await;
            collected.note(&mut part)?;
            let count = part.count();
            let shape = part.shape.clone();
            if !matches!(shape, Shape::Paginated(_) | Shape::Listed(_)) {
                if after.is_some() {
                    return Err(PagingError::Shape(
                        "another kind of result for a further page".to_owned(),
                    ));
                }
                // A list comes whole: AEM has no default limit (section 5.5).
                if strict {
                    return Err(PagingError::Shape(
                        "a list without cursors, though `paging` is \"cursor\"".to_owned(),
                    ));
                }
                collected.add(part, keep)?;
                return Ok(collected);
            }
            if *root.get_or_insert_with(|| part.root.clone()) != part.root {
                return Err(PagingError::Shape(format!(
                    "another root, `{}`, for a further page",
                    part.root
                )));
            }
            collected.add(part, keep)?;
            let next = match shape {
                Shape::Paginated(page) => next_cursor(&page, count, size)?,
                // A page may be empty and not the last: what may not be read is left out of it.
                Shape::Listed(cursor) => cursor,
                Shape::One | Shape::List => None,
            };
            match next {
                None => return Ok(collected),
                Some(cursor) if !cursors.insert(cursor.clone()) => {
                    return Err(PagingError::CursorLoop(cursor));
                }
                Some(_) if self.is_enough(&collected) => return Ok(collected),
                Some(cursor) => after = Some(cursor),
            }
        }
    }

    /// Asks windows side by side.
    async fn windows<T: Identified>(
        &self,
        round: u32,
        keep: &dyn Keep<T>,
    ) -> Result<Collected<T>, PagingError> {
        let size = self.page_size();
        let mut collected = Collected::default();
        let mut in_flight = FuturesOrdered::new();
        let (mut next, mut width, mut ended) = (0, 1, None);
        loop {
            while ended.is_none() && in_flight.len() < width && next < self.extent.items {
                in_flight.push_back(self.window(round, next, keep));
                next += size;
            }
            let Some(result) = in_flight.next().await else {
                break;
            };
            let (offset, mut part) = result?;
            collected.note(&mut part)?;
            let count = part.count();
            match ended {
                None if count < size => ended = Some((offset + count, count)),
                // More than asked for means that the query takes no `limit`: then this was all of it.
                None if count > size => ended = Some((0, 0)),
                None => {}
                Some((_, last)) if count > 0 => return Err(behind_the_end(last)),
                Some(_) => continue,
            }
            width = (width * 2).min(MAX_WINDOWS);
            collected.add(part, keep)?;
        }
        // A window that was neither full nor empty may be the end, or a limit of AEM's own. Only an empty
        // one proves it.
        if let Some((end, last @ 1..)) = ended
            && end % size != 0
            && end < self.extent.items
        {
            let (_, mut part) = self.window(round, end, keep).await?;
            collected.note(&mut part)?;
            if !part.items.is_empty() {
                return Err(behind_the_end(last));
            }
        }
        Ok(collected)
    }

    /// One window, with its offset.
    async fn window<T>(
        &self,
        round: u32,
        offset: u64,
        keep: &dyn Keep<T>,
    ) -> Result<(u64, Part), PagingError> {
        let names = &self.query.paging.names;
        let mut variables = first_variables(self.query, &self.variables, self.page_size());
        variables.set(&names.offset, Value::from(offset));
        let part = later(offset > 0, self.query(round, variables).await)?;
        if matches!(part.shape, Shape::Paginated(_)) {
            return Err(PagingError::Shape(
                "cursor pages, though `paging` is \"offset\"".to_owned(),
            ));
        }
        Ok((offset, part.looked_at(keep.reader()).await))
    }

    /// One request of the query's own.
    async fn query(&self, round: u32, variables: Variables) -> Result<Part, PagingError> {
        self.ask(self.query.ask.clone(), round, variables).await
    }

    /// One request, and the part of its answer that the definition is about.
    pub(super) async fn ask(
        &self,
        ask: Ask,
        round: u32,
        variables: Variables,
    ) -> Result<Part, PagingError> {
        let request = Request {
            query: self.query.name.clone(),
            ask,
            variables,
            freshness: self.query.freshness,
            optional: self.query.optional,
            round,
            meter: Arc::clone(&self.meter),
        };
        if self.begun.swap(true, Ordering::Relaxed) {
            self.progress.more(Stage::Fetch, 1);
        }
        let known = self.known.filter(|_| !self.is_list_only(&request.ask));
        let api = request.ask.api();
        let told = match known {
            Some(known) => {
                let knows = |hash: &str| known.has(&known.key(api, hash));
                self.source.tell(&request, &knows).await
            }
            None => self.source.answer(&request).await.map(Told::from),
        };
        let Told {
            envelope,
            hash,
            delivery,
            span,
        } = told.map_err(PagingError::Source)?;
        self.meter.answered(&delivery);
        self.progress.advance(Stage::Fetch, 1);
        let stale = match delivery {
            Delivery::Stale { age, cause } => Some((age, cause)),
            Delivery::Kept => {
                self.kept.store(true, Ordering::Relaxed);
                None
            }
            Delivery::New | Delivery::Unchanged => None,
        };
        let key = known.map(|known| known.key(api, &hash));
        match envelope {
            Some(envelope) => Ok(Part {
                key,
                span,
                stale,
                ..self.part(api, &envelope)?
            }),
            None => {
                let known = known.zip(key).and_then(|(known, key)| known.part(&key));
                let known = known.ok_or_else(|| {
                    PagingError::Shape("not what an earlier build wrote down".to_owned())
                })?;
                Ok(Part {
                    key,
                    span,
                    stale,
                    ..known
                })
            }
        }
    }

    /// Whether the answer only lists what is asked for again: what is kept of items is about the fragments themselves.
    fn is_list_only(&self, ask: &Ask) -> bool {
        !self.details.is_empty() && *ask == self.query.ask
    }

    /// The part of an answer that the definition is about.
    fn part(&self, api: Api, envelope: &Envelope) -> Result<Part, PagingError> {
        if let Some(name) = envelope.null_root() {
            return Err(PagingError::NullRoot(name.to_owned()));
        }
        let root = envelope.root(self.query.root.as_deref());
        let root = root.map_err(|error| match error {
            RootError::Absent(names) => PagingError::NoRoot(names),
            RootError::Form(why) if api == Api::Json => PagingError::Shape(why),
            RootError::Form(why) => {
                PagingError::Shape(format!("something else than AEM's results ({why})"))
            }
        })?;
        match root.decoded {
            Some(decoded) => Ok(Part::of(root.name, decoded)),
            None => Err(PagingError::NullRoot(root.name)),
        }
    }
}

/// The variables of the first request of an asking: with those that ask for a page of this size.
#[must_use]
pub(super) fn first_variables(query: &Query, variables: &Variables, page_size: u64) -> Variables {
    let mut variables = variables.clone();
    // They go with further requests.
    let _ = details::split(&query.ask, &mut variables);
    let names = &query.paging.names;
    match query.paging.mode {
        PagingMode::None => {}
        PagingMode::Auto | PagingMode::Cursor => {
            if variables.get(&names.first).is_none() {
                variables.set(&names.first, Value::from(page_size));
            }
        }
        PagingMode::Offset => {
            variables.set(&names.offset, Value::from(0));
            variables.set(&names.limit, Value::from(page_size));
        }
    }
    variables
}

/// Marks errors of further pages: by then it is known that there is something to fetch.
fn later<T>(further: bool, result: Result<T, PagingError>) -> Result<T, PagingError> {
    result.map_err(|error| {
        if further {
            PagingError::Later(Box::new(error))
        } else {
            error
        }
    })
}

/// Items where the last window said that there are none: it was cut short, or the content moved.
fn behind_the_end(last: u64) -> PagingError {
    if last > 0 {
        PagingError::Capped(last)
    } else {
        PagingError::Changing("items appeared behind the end".to_owned())
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
        // Not selected: only an empty page is surely behind the last.
        None if count == 0 => Ok(None),
        None => match cursor {
            Some(cursor) => Ok(Some(cursor)),
            None if count < size => Ok(None),
            None => Err(PagingError::Unknown),
        },
    }
}
