//! What answers say about themselves: how errors come, and how old content may be (`aem-protocol.md`,
//! sections 2.3, 2.5 and 9.1).

use std::time::Duration;

use super::check::{Group, Sheet};
use super::probing::{Good, Probing};
use crate::client::Probed;
use crate::config::{Cdn, Config};
use crate::diag::{Diagnostic, Kind};
use crate::explain::time;

/// Content that is older than this surprises whoever has just published.
const RECENT: Duration = Duration::from_secs(60);

pub(super) fn check(config: &Config, probing: &Probing<'_>, sheet: &mut Sheet) {
    let good = probing.good();
    mode(&good, sheet);
    let Some(stored) = good.iter().rev().find(|good| good.is_stored()) else {
        let why = "no stored query is answered";
        sheet.skipped(Group::Answers, "caches", why);
        sheet.skipped(Group::Answers, "revalidation", why);
        return;
    };
    caches(config, &stored.probed, sheet);
    revalidation(&stored.probed, sheet);
}

/// By its media type, since both ways of telling errors go with one of their own.
fn mode(good: &[Good], sheet: &mut Sheet) {
    let mut kinds = good.iter().filter(|good| good.is_graphql()).map(|good| {
        let kind = good.probed.answer.content_type.as_deref();
        kind.is_some_and(|kind| kind.starts_with("application/graphql-response+json"))
    });
    let Some(first) = kinds.next() else {
        return sheet.skipped(Group::Answers, "errors", "no GraphQL query is answered");
    };
    if kinds.any(|kind| kind != first) {
        sheet.found(
            Group::Answers,
            "errors",
            Diagnostic::warning(Kind::Remote, "answers have different media types")
                .note("some servers of the host are configured otherwise than others, or a cache keeps old answers")
                .help("frieze takes both; see that the OSGi configuration is the same everywhere"),
        );
    } else if first {
        sheet.good(
            Group::Answers,
            "errors",
            "have statuses, as GraphQL over HTTP asks for",
        );
    } else {
        sheet.good(
            Group::Answers,
            "errors",
            "come with status 200, as AEM is delivered",
        );
    }
}

/// How long caches may go on answering with what was before.
fn caches(config: &Config, probed: &Probed, sheet: &mut Sheet) {
    let lifetimes = Lifetimes::read(probed.header("cache-control").unwrap_or_default());
    let oldest = lifetimes.fresh + lifetimes.stale;
    if config.fetch.cdn == Cdn::Bypass {
        let text = "are passed by: every request has an address that none has seen";
        return sheet.good(Group::Answers, "caches", text);
    }
    if oldest <= RECENT {
        let text = match oldest {
            Duration::ZERO => "none on the way may keep answers".to_owned(),
            oldest => format!("content is {} old at most", time(oldest)),
        };
        return sheet.good(Group::Answers, "caches", text);
    }
    let mut diagnostic = Diagnostic::warning(
        Kind::Remote,
        format!("a build may get content that is {} old", time(oldest)),
    )
    .note(format!(
        "the CDN keeps answers for {} (`s-maxage`); publishing does not make it forget",
        time(lifetimes.fresh)
    ));
    if lifetimes.stale > Duration::ZERO {
        diagnostic = diagnostic.note(format!(
            "for {} more it may answer with the old while it asks for the new (`stale-while-revalidate`)",
            time(lifetimes.stale)
        ));
    }
    let age = probed.header("age").and_then(|age| age.trim().parse().ok());
    if let Some(age @ 1..) = age {
        let age = time(Duration::from_secs(age));
        diagnostic = diagnostic.note(format!("this answer was {age} old (`Age`)"));
    }
    sheet.found(
        Group::Answers,
        "caches",
        diagnostic
            .help("for builds right after publishing, set `cdn = \"bypass\"` in `[fetch]`, or build with `--refresh`")
            .help("or give the stored query shorter times (GraphiQL, Headers)"),
    );
}

/// How a build finds out that nothing has changed.
fn revalidation(probed: &Probed, sheet: &mut Sheet) {
    let has = |name| probed.header(name).is_some();
    let text = match (has("etag"), has("last-modified")) {
        (true, _) => "answers have an `ETag`: what has not changed is not sent again",
        (false, true) => "answers have `Last-Modified`: what has not changed is not sent again",
        (false, false) => {
            "answers have neither `ETag` nor `Last-Modified`: they are sent whole and compared"
        }
    };
    sheet.good(Group::Answers, "revalidation", text);
}

/// What `Cache-Control` allows a cache between AEM and us.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lifetimes {
    /// It answers by itself.
    fresh: Duration,
    /// It still answers, and asks anew.
    stale: Duration,
}

impl Lifetimes {
    fn read(header: &str) -> Self {
        let header = header.to_ascii_lowercase();
        let seconds = |wanted: &str| {
            header.split(',').find_map(|directive| {
                let (name, value) = directive.trim().split_once('=')?;
                let seconds = value.trim_matches('"').parse().ok()?;
                (name == wanted).then(|| Duration::from_secs(seconds))
            })
        };
        let never = ["no-store", "private", "no-cache"];
        if header
            .split(',')
            .any(|directive| never.contains(&directive.trim()))
        {
            return Self::default();
        }
        Self {
            fresh: seconds("s-maxage")
                .or(seconds("max-age"))
                .unwrap_or_default(),
            stale: seconds("stale-while-revalidate").unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shared_caches_may_do_is_read() {
        let seconds = |fresh, stale| Lifetimes {
            fresh: Duration::from_secs(fresh),
            stale: Duration::from_secs(stale),
        };
        let cases = [
            (
                "public, max-age=60, s-maxage=7200, stale-while-revalidate=86400, stale-if-error=86400",
                seconds(7_200, 86_400),
            ),
            ("Max-Age=60", seconds(60, 0)),
            ("max-age=60, Private", seconds(0, 0)),
            ("no-store", seconds(0, 0)),
            ("s-maxage=\"5\"", seconds(5, 0)),
            ("s-maxage=soon", seconds(0, 0)),
            ("", seconds(0, 0)),
        ];
        for (header, expected) in cases {
            assert_eq!(Lifetimes::read(header), expected, "{header}");
        }
    }
}
