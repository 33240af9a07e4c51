//! Conditional requests: "send it only if it has changed".

use std::time::Duration;

use reqwest::header::{AGE, ETAG, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::{RequestBuilder, Response};

use super::header;
use crate::source::Validators;

/// Adds the conditions. A validator that is no header value any more is left out: the answer then comes whole.
pub(super) fn ask(mut request: RequestBuilder, unless: &Validators) -> RequestBuilder {
    let value = |text: &Option<String>| HeaderValue::from_str(text.as_deref()?).ok();
    if let Some(etag) = value(&unless.etag) {
        request = request.header(IF_NONE_MATCH, etag);
    }
    if let Some(date) = value(&unless.last_modified) {
        request = request.header(IF_MODIFIED_SINCE, date);
    }
    request
}

/// The age of the word that nothing has changed; `None` when that is not what came, or nobody had asked.
pub(super) fn not_modified(response: &Response, unless: &Validators) -> Option<Option<Duration>> {
    (response.status().as_u16() == 304 && !unless.is_empty()).then(|| age(response))
}

/// What the answer can be recognised by later, and its age.
pub(super) fn read(response: &Response) -> (Validators, Option<Duration>) {
    let validators = Validators {
        etag: header(response, &ETAG),
        last_modified: header(response, &LAST_MODIFIED),
    };
    (validators, age(response))
}

/// `Age`: how long a cache on the way has kept the answer (section 2.3).
fn age(response: &Response) -> Option<Duration> {
    let seconds = header(response, &AGE)?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
