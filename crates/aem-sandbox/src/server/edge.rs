//! The CDN in front: answers are kept for a time, and an edit does not show before it ends.
//!
//! The key is the raw path with its query string, so an extra variable or parameter reaches the origin; there is no
//! purge, as there is none for GraphQL. Source: aem-protocol.md, sections 2.3, 2.5, 2.7 and 15 (`stale_ms`).

use super::reply::Reply;
use axum::http::{HeaderName, StatusCode, header};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");
/// When more than this is kept, all of it is dropped.
const MAX_BYTES: usize = 64 << 20;

/// A cache of answers.
#[derive(Debug)]
pub(super) struct Edge {
    life: Duration,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<String, (Reply, Instant)>,
    bytes: usize,
}

impl Edge {
    pub(super) fn new(life: Duration) -> Self {
        Self {
            life,
            kept: Mutex::default(),
        }
    }

    /// An answer that has not ended yet.
    pub(super) fn find(&self, key: &str) -> Option<Reply> {
        let kept = self.lock();
        let (reply, since) = kept.answers.get(key)?;
        let age = since.elapsed();
        (age < self.life).then(|| marked(reply.clone(), "HIT", age))
    }

    /// Keeps an answer that may be kept, and marks it as fresh.
    pub(super) fn keep(&self, key: String, reply: Reply) -> Reply {
        if reply.status == StatusCode::OK && reply.may_be_shared() {
            let mut kept = self.lock();
            let size = key.len() + reply.body().len();
            if kept.bytes + size > MAX_BYTES {
                *kept = Kept::default();
            }
            kept.bytes += size;
            let entry = (reply.clone(), Instant::now());
            if let Some((old, _)) = kept.answers.insert(key.clone(), entry) {
                kept.bytes -= key.len() + old.body().len();
            }
        }
        marked(reply, "MISS", Duration::ZERO)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn marked(reply: Reply, found: &'static str, age: Duration) -> Reply {
    reply
        .header(X_CACHE, found)
        .header_text(header::AGE, &age.as_secs().to_string())
}
