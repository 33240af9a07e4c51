//! The answers: all of them, compressed, with the hash by which they are recognised.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;
use std::io::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use crate::args::Paging;
use crate::corpus::{Article, Corpus, Revision};

/// Articles of one answer, if it is asked for as the measured site does.
pub(crate) const PAGE: usize = 100;

/// An answer as it is sent.
#[derive(Debug)]
pub(super) struct Stored {
    /// With its quotes.
    pub(super) etag: String,
    pub(super) gzip: Vec<u8>,
}

/// A place for an answer.
type Slot = Mutex<Option<Arc<Stored>>>;

/// The answers about one revision, made when they are needed first and kept until there is another one.
pub(super) struct Answers {
    corpus: Corpus,
    paging: Paging,
    /// For each revision, each page of [`PAGE`] articles; those that did not change are with the revision before.
    kept: [Vec<Slot>; Revision::ALL.len()],
}

#[derive(Serialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offset {
    article_list: Items,
}

#[derive(Serialize)]
struct Items {
    items: Vec<Article>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cursor {
    article_paginated: Edges,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Edges {
    edges: Vec<Edge>,
    page_info: PageInfo,
}

#[derive(Serialize)]
struct Edge {
    node: Article,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    end_cursor: String,
    has_next_page: bool,
}

impl Answers {
    pub(super) fn new(corpus: Corpus, paging: Paging) -> Self {
        let pages = corpus.items.div_ceil(PAGE);
        let empty = || (0..pages).map(|_| Slot::default()).collect();
        Self {
            corpus,
            paging,
            kept: [empty(), empty(), empty()],
        }
    }

    pub(super) fn paging(&self) -> Paging {
        self.paging
    }

    /// Makes all answers about a revision, on all cores, in the place of those about others: a million articles take
    /// half a gigabyte.
    pub(super) fn prepare(&self, revision: Revision) {
        for (at, slots) in Revision::ALL.into_iter().zip(&self.kept) {
            for (page, slot) in slots.iter().enumerate() {
                if self.source(page, revision) != at {
                    *lock(slot) = None;
                }
            }
        }
        let next = AtomicUsize::new(0);
        let work = || {
            while let start = next.fetch_add(PAGE, Ordering::Relaxed)
                && start < self.corpus.items
            {
                let _ = self.get(start, PAGE, revision);
            }
        };
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
                scope.spawn(work);
            }
        });
    }

    /// The answer with so many articles from a number on, as they are at a revision.
    pub(super) fn get(&self, start: usize, size: usize, revision: Revision) -> Arc<Stored> {
        let end = (start + size).min(self.corpus.items);
        let range = start.min(end)..end;
        if size != PAGE || !start.is_multiple_of(PAGE) || range.is_empty() {
            return Arc::new(self.make(range, revision));
        }
        let at = self.source(start / PAGE, revision);
        let mut slot = lock(&self.kept[at as usize][start / PAGE]);
        Arc::clone(slot.get_or_insert_with(|| Arc::new(self.make(range, at))))
    }

    /// The revision with which a page changed last.
    fn source(&self, page: usize, revision: Revision) -> Revision {
        let start = page * PAGE;
        let range = start..(start + PAGE).min(self.corpus.items);
        let mut at = revision;
        while let Some(before) = earlier(at)
            && !self.corpus.is_any_touched(range.clone(), at)
        {
            at = before;
        }
        at
    }

    fn make(&self, range: Range<usize>, revision: Revision) -> Stored {
        let end = range.end;
        let articles = range.map(|number| self.corpus.article(number, revision));
        let json = match self.paging {
            Paging::Offset => serde_json::to_vec(&Envelope {
                data: Offset {
                    article_list: Items {
                        items: articles.collect(),
                    },
                },
            }),
            Paging::Cursor => serde_json::to_vec(&Envelope {
                data: Cursor {
                    article_paginated: Edges {
                        edges: articles.map(|node| Edge { node }).collect(),
                        page_info: PageInfo {
                            end_cursor: end.to_string(),
                            has_next_page: end < self.corpus.items,
                        },
                    },
                },
            }),
        };
        Stored::new(&json.expect("plain data is JSON"))
    }
}

impl Stored {
    fn new(json: &[u8]) -> Self {
        let mut hash = DefaultHasher::new();
        hash.write(json);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(json).expect("memory takes all");
        Self {
            etag: format!("\"{:016x}\"", hash.finish()),
            gzip: gzip.finish().expect("memory takes all"),
        }
    }
}

/// A slot; no thread leaves one half filled.
fn lock(slot: &Slot) -> std::sync::MutexGuard<'_, Option<Arc<Stored>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

fn earlier(revision: Revision) -> Option<Revision> {
    let before = (revision as usize).checked_sub(1)?;
    Some(Revision::ALL[before])
}
