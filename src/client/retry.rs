//! Whether and when to ask again: pure decisions, tested as tables.

use std::time::{Duration, SystemTime};

/// The first wait; it doubles with every further attempt.
const BASE: Duration = Duration::from_millis(250);

/// The longest wait of our own choosing.
const LONGEST: Duration = Duration::from_secs(20);

/// The longest `Retry-After` that is waited for; a build is better told than kept waiting.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// How one attempt ended, as far as asking again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// No answer, or not all of it: the connection failed, broke, or was too slow.
    NoAnswer,
    /// An answer with this status that is no good.
    Status(u16),
    /// Status 200 with a body that is damaged or of the wrong kind: a proxy's doing.
    Damaged,
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask again after this long.
    Wait(Duration),
    /// It is no use.
    Stop,
    /// AEM asks for a longer pause than a build should make.
    TooLong(Duration),
}

/// Decides. `attempt` counts from 1; `jitter` is between 0 and 1.
pub(super) fn next(
    ending: Ending,
    attempt: u32,
    retries: u32,
    asked: Option<Duration>,
    jitter: f64,
) -> Next {
    let again = match ending {
        Ending::NoAnswer | Ending::Damaged => true,
        // Everything else in the 400s is about us, and stays so; a 406 is a penalty that grows by asking.
        Ending::Status(status) => matches!(status, 408 | 429 | 500 | 502..=504 | 520..=530),
    };
    if !again || attempt > retries {
        return Next::Stop;
    }
    if let Some(asked) = asked.filter(|asked| *asked > LONGEST_ASKED) {
        return Next::TooLong(asked);
    }
    let doubled = BASE.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST);
    // Half fixed, half random: builds that failed together do not come back together.
    let own = doubled.mul_f64(0.5 + jitter / 2.0);
    Next::Wait(asked.map_or(own, |asked| asked.max(own)))
}

/// `Retry-After` in either of its forms: seconds, or a date.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(header).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(ending: Ending, attempt: u32, asked: Option<u64>) -> Next {
        next(ending, attempt, 4, asked.map(Duration::from_secs), 1.0)
    }

    #[test]
    fn some_failures_are_worth_another_try() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(
                matches!(decide(Ending::Status(status), 1, None), Next::Wait(_)),
                "{status}"
            );
        }
        for status in [400, 401, 403, 404, 405, 406, 410, 421, 501] {
            assert_eq!(
                decide(Ending::Status(status), 1, None),
                Next::Stop,
                "{status}"
            );
        }
        assert!(matches!(decide(Ending::NoAnswer, 4, None), Next::Wait(_)));
        assert_eq!(decide(Ending::NoAnswer, 5, None), Next::Stop);
        assert!(matches!(decide(Ending::Damaged, 1, None), Next::Wait(_)));
    }

    #[test]
    fn waits_grow_and_have_an_end() {
        let waits: Vec<Next> = (1..=4)
            .map(|attempt| decide(Ending::NoAnswer, attempt, None))
            .collect();
        let expected = [250, 500, 1_000, 2_000].map(|ms| Next::Wait(Duration::from_millis(ms)));
        assert_eq!(waits, expected);
        assert_eq!(
            next(Ending::NoAnswer, 30, 99, None, 1.0),
            Next::Wait(LONGEST)
        );
        assert_eq!(
            next(Ending::NoAnswer, 1, 4, None, 0.0),
            Next::Wait(Duration::from_millis(125))
        );
    }

    #[test]
    fn what_aem_asks_for_is_honoured_up_to_a_point() {
        assert_eq!(
            decide(Ending::Status(429), 1, Some(7)),
            Next::Wait(Duration::from_secs(7))
        );
        assert_eq!(decide(Ending::Status(503), 1, Some(0)), Next::Wait(BASE));
        assert_eq!(
            decide(Ending::Status(503), 1, Some(600)),
            Next::TooLong(Duration::from_secs(600))
        );
    }

    #[test]
    fn retry_after_has_two_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now),
            Some(Duration::from_secs(60))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
    }
}
