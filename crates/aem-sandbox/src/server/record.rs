//! The requests a sandbox has answered, for tests that count them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// Path and query, as they came, still encoded.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
}

/// The newest requests, up to a limit.
#[derive(Debug)]
pub(super) struct Record {
    limit: usize,
    requests: Mutex<VecDeque<RecordedRequest>>,
}

impl Record {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            requests: Mutex::default(),
        }
    }

    pub(super) fn add(&self, request: RecordedRequest) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push_back(request);
        while requests.len() > self.limit {
            requests.pop_front();
        }
    }

    pub(super) fn all(&self) -> Vec<RecordedRequest> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().cloned().collect()
    }
}
