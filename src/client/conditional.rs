//! Conditional requests: "send it only if it has changed".
//!
//! A validator is only worth keeping when "not modified" in answer to it is certain to mean the bytes we
//! have. What is not gets left out: the answer then comes whole, and its hash shows whether it has changed.

use std::time::{Duration, SystemTime};

use reqwest::header::{
    AGE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use reqwest::{RequestBuilder, Response};

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
    (response.status().as_u16() == 304 && !unless.is_empty()).then(|| age(response.headers()))
}

/// What the answer can be recognised by later, and its age.
pub(super) fn read(response: &Response) -> (Validators, Option<Duration>) {
    let headers = response.headers();
    (validators(headers), age(headers))
}

fn validators(headers: &HeaderMap) -> Validators {
    Validators {
        etag: text(headers, &ETAG).filter(|tag| is_entity_tag(tag)),
        last_modified: text(headers, &LAST_MODIFIED).filter(|date| is_settled(date, headers)),
    }
}

/// Whether a text is an entity tag, strong or weak, that says something (RFC 9110, section 8.8.3). Sent
/// back in a condition, `*` would fit every answer, and a comma would end the tag.
fn is_entity_tag(tag: &str) -> bool {
    let strong = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = strong
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|b| b > b' ' && b != b'"'))
}

/// Whether the answer was sent at least a second after it was changed last. Dates count whole seconds: a
/// second change within the same one would go unseen for ever (RFC 9110, section 8.8.2.2).
fn is_settled(last_modified: &str, headers: &HeaderMap) -> bool {
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let sent = text(headers, &DATE).and_then(|sent| date(&sent));
    let since = |sent: SystemTime| sent.duration_since(date(last_modified)?).ok();
    sent.and_then(since)
        .is_some_and(|age| age >= Duration::from_secs(1))
}

/// `Age`: how long a cache on the way has kept the answer (section 2.3).
fn age(headers: &HeaderMap) -> Option<Duration> {
    let seconds = text(headers, &AGE)?;
    let is_number = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
    // More than can be counted is still an age.
    is_number.then(|| Duration::from_secs(seconds.parse().unwrap_or(u64::MAX)))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(HeaderName, &str)]) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let list = list.iter();
        list.map(|(name, text)| (name.clone(), value(text)))
            .collect()
    }

    #[test]
    fn tags_that_fit_more_than_one_answer_are_not_kept() {
        for good in [r#""a""#, r#"W/"a-1""#, r#""a,b""#, r#""a-gzip""#, r#""W/""#] {
            let read = validators(&headers(&[(ETAG, good)]));
            assert_eq!(read.etag.as_deref(), Some(good));
        }
        for bad in [
            "*",
            "",
            "a",
            r#""""#,
            r#"W/"""#,
            "W/",
            r#"""#,
            r#""a", "b""#,
        ] {
            let read = validators(&headers(&[(ETAG, bad)]));
            assert!(read.is_empty(), "{bad}");
        }
    }

    #[test]
    fn a_date_counts_when_it_is_over() {
        let sent = (DATE, "Sat, 03 Jan 2026 10:00:05 GMT");
        let at = |second: &str| format!("Sat, 03 Jan 2026 10:00:{second} GMT");
        for (modified, counts) in [("04", true), ("05", false), ("06", false)] {
            let modified = at(modified);
            let read = validators(&headers(&[sent.clone(), (LAST_MODIFIED, &modified)]));
            assert_eq!(read.last_modified, counts.then_some(modified));
        }
        for odd in [
            headers(&[(LAST_MODIFIED, &at("04"))]),
            headers(&[(DATE, "now"), (LAST_MODIFIED, &at("04"))]),
            headers(&[sent.clone(), (LAST_MODIFIED, "yesterday")]),
        ] {
            assert!(validators(&odd).is_empty(), "{odd:?}");
        }
    }

    #[test]
    fn an_age_is_whole_seconds() {
        let read = |text: &str| age(&headers(&[(AGE, text)]));
        assert_eq!(read("90"), Some(Duration::from_secs(90)));
        assert_eq!(
            read("99999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
        for odd in ["", "-1", "1.5", "90, 20", "soon"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(age(&HeaderMap::new()), None);
    }
}
