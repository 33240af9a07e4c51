//! Validators: `ETag` and `Last-Modified` of answers, and when a request that names them gets a 304.
//!
//! [`Modified`] knows when an answer last was another one than now, as seen from outside: AEM promises neither
//! validator, and what a client has to do with them does not depend on where they come from.
//! Source: aem-protocol.md, sections 2.3 and 10.2.

use axum::http::{HeaderMap, header};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// More answers than this are not remembered.
const MAX_ANSWERS: usize = 100_000;

/// The validators an answer has.
#[derive(Debug, Default)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) modified: Option<SystemTime>,
}

impl Validators {
    /// Whether a client has this answer. A tag counts more than a date.
    pub(super) fn are_known(&self, request: &HeaderMap) -> bool {
        let named = |name| request.get(name).and_then(|value| value.to_str().ok());
        if let (Some(tag), Some(given)) = (&self.etag, named(header::IF_NONE_MATCH)) {
            return matches(given, tag);
        }
        let since = named(header::IF_MODIFIED_SINCE);
        let since = since.and_then(|date| httpdate::parse_http_date(date).ok());
        matches!((self.modified, since), (Some(modified), Some(since)) if modified <= since)
    }
}

fn matches(given: &str, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let mut given = given.split(',');
    given.any(|one| one.trim() == "*" || plain(one) == plain(tag))
}

/// A weak tag: the same for the plain and the compressed form.
pub(super) fn etag(body: &[u8]) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    // Eight bytes at a time: bodies may be pictures.
    for chunk in body.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash ^= u128::from(u64::from_le_bytes(word));
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        hash ^= hash >> 71;
    }
    format!("W/\"{hash:032x}-{:x}\"", body.len())
}

/// When answers last changed, in whole seconds as HTTP has them.
///
/// Two answers to the same request never have the same date, so a date may be some seconds ahead while edits come
/// faster than seconds pass.
#[derive(Debug)]
pub(super) struct Modified {
    /// Requests are only kept as hashes: they may hold credentials.
    hasher: RandomState,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The date of answers that are seen for the first time.
    since: u64,
    /// The newest date given.
    newest: u64,
    answers: HashMap<u64, Seen>,
}

#[derive(Debug)]
struct Seen {
    tag: String,
    date: u64,
}

impl Modified {
    pub(super) fn new() -> Self {
        let now = seconds(SystemTime::now());
        Self {
            hasher: RandomState::new(),
            state: Mutex::new(State {
                since: now,
                newest: now,
                answers: HashMap::new(),
            }),
        }
    }

    /// The content was replaced: what nobody has asked for yet may have changed as well.
    pub(super) fn renew(&self) {
        self.lock().renew();
    }

    /// The date of the answer that `tag` stands for; `own` is a date it has from the content.
    pub(super) fn date(
        &self,
        request: &(&str, &str, &str),
        tag: &str,
        own: Option<SystemTime>,
    ) -> SystemTime {
        let key = self.hasher.hash_one(request);
        let mut state = self.lock();
        if state.answers.len() >= MAX_ANSWERS {
            state.answers.clear();
            state.renew();
        }
        let own = own.map(seconds);
        let date = match state.answers.get(&key) {
            Some(seen) if seen.tag == tag => seen.date,
            Some(seen) => state.since.max(seen.date + 1).max(own.unwrap_or(0)),
            None => own.unwrap_or(state.since),
        };
        state.newest = state.newest.max(date);
        let tag = tag.to_owned();
        state.answers.insert(key, Seen { tag, date });
        UNIX_EPOCH + Duration::from_secs(date)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn renew(&mut self) {
        self.since = seconds(SystemTime::now()).max(self.newest + 1);
        self.newest = self.since;
    }
}

fn seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const A: (&str, &str, &str) = ("/a", "", "");
    const B: (&str, &str, &str) = ("/b", "", "");

    #[test]
    fn dates_grow_with_each_change() {
        let modified = Modified::new();
        let first = modified.date(&A, "1", None);
        assert_eq!(modified.date(&A, "1", None), first);
        let second = modified.date(&A, "2", None);
        let third = modified.date(&A, "1", None);
        assert!(first < second && second < third);
        assert_eq!(modified.date(&B, "1", None), first);
        modified.renew();
        assert_eq!(modified.date(&A, "1", None), third);
        assert!(modified.date(&("/c", "", ""), "1", None) > third);
    }

    #[test]
    fn a_date_of_the_content_counts_until_the_answer_changes() {
        let modified = Modified::new();
        let own = UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(modified.date(&A, "1", Some(own)), own);
        assert!(modified.date(&A, "2", Some(own)) > own);
        let later = SystemTime::now() + Duration::from_secs(5000);
        let date = modified.date(&A, "3", Some(later));
        assert_eq!(seconds(date), seconds(later));
    }

    #[test]
    fn a_tag_counts_more_than_a_date() {
        let date = UNIX_EPOCH + Duration::from_secs(1000);
        let known = |etag: Option<&str>, modified, tags: &str, since: &str| {
            let mut request = HeaderMap::new();
            for (name, value) in [
                (header::IF_NONE_MATCH, tags),
                (header::IF_MODIFIED_SINCE, since),
            ] {
                if !value.is_empty() {
                    request.insert(name, HeaderValue::from_str(value).unwrap());
                }
            }
            let etag = etag.map(str::to_owned);
            Validators { etag, modified }.are_known(&request)
        };
        let at = |seconds| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        assert!(known(Some("W/\"1\""), None, "\"0\", \"1\"", ""));
        assert!(known(Some("W/\"1\""), None, "*", ""));
        assert!(!known(Some("W/\"1\""), Some(date), "\"2\"", &at(1000)));
        assert!(known(None, Some(date), "\"2\"", &at(1000)));
        assert!(!known(None, Some(date), "", &at(999)));
        assert!(!known(None, Some(date), "", "yesterday"));
        assert!(!known(None, None, "*", &at(1000)));
    }
}
