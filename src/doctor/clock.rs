//! This machine's clock against AEM's: signed requests for tokens are good for minutes only.

use std::time::{Duration, SystemTime};

use super::check::{Group, Sheet};
use super::probing::Probing;
use crate::client::Probed;
use crate::config::{Auth, Config};
use crate::diag::{Diagnostic, Kind, Severity};
use crate::explain::time;

/// A difference that nobody minds: `Date` has whole seconds, and answers take their time.
const FINE: Duration = Duration::from_secs(60);

/// The signed request for a token is good for five minutes (section 8.3); a clock that is wrong by more
/// than this is a risk.
const TOO_MUCH: Duration = Duration::from_secs(4 * 60);

pub(super) fn check(config: &Config, probing: &Probing<'_>, sheet: &mut Sheet) {
    let now = SystemTime::now();
    let Some((theirs, age)) = probing.answers().iter().rev().find_map(date) else {
        sheet.skipped(Group::Clock, "date", "no answer has a date");
        return;
    };
    // A cache gives the date at which it got the answer.
    let theirs = theirs + age;
    let (difference, which) = match now.duration_since(theirs) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    if difference <= FINE {
        sheet.good(Group::Clock, "date", "as AEM's");
        return;
    }
    let message = format!("this machine's clock is {} {which} AEM's", time(difference));
    let signs = matches!(config.aem.auth, Auth::ServiceCredentials(_));
    let mut diagnostic = Diagnostic::warning(Kind::Remote, message)
        .help("let the machine set its clock by the network's time");
    if signs {
        diagnostic = diagnostic
            .note("the signed request for a token is good for five minutes, by Adobe's clock");
    }
    if signs && difference > TOO_MUCH {
        diagnostic.severity = Severity::Error;
    }
    sheet.found(Group::Clock, "date", diagnostic);
}

/// `Date` and `Age` of an answer.
fn date(probed: &Probed) -> Option<(SystemTime, Duration)> {
    let date = httpdate::parse_http_date(probed.header("date")?).ok()?;
    let age = probed.header("age").and_then(|age| age.trim().parse().ok());
    Some((date, Duration::from_secs(age.unwrap_or(0))))
}
