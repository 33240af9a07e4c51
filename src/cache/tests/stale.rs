//! `stale_if_error`: what stands in when AEM fails, and what does not.

use std::time::Duration;

use super::support::{Builds, kind, list, request, text};
use crate::aem::{Broken, Failure, GraphqlError, Refusal};
use crate::query::Freshness;
use crate::source::{
    BrokeOff, Cause, Damage, Delivery, Hurdle, NoToken, Phase, Source, SourceError, TimedOut,
    Unreachable,
};

const DAY: Duration = Duration::from_secs(86_400);

/// Builds that allow a day, after a good one.
async fn a_day_allowed() -> Builds {
    let mut builds = Builds::new();
    builds.policy.stale_if_error = Some(DAY);
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds.download().await.0.unwrap();
    builds
}

fn status(status: u16) -> Cause {
    Cause::Failure(Failure::Refused(Box::new(Refusal::bare(status))))
}

fn unreachable(hurdle: Hurdle) -> Cause {
    Cause::Unreachable(Unreachable {
        hurdle,
        detail: "as a test says".to_owned(),
        proxy: None,
    })
}

fn timed_out() -> Cause {
    Cause::TimedOut(TimedOut {
        phase: Phase::Waiting,
        limit: "read_timeout",
        after: Duration::from_secs(30),
    })
}

fn cut() -> Cause {
    Cause::BrokeOff(BrokeOff {
        damage: Damage::Cut,
        detail: "as a test says".to_owned(),
    })
}

fn identity_service(status: u16) -> Cause {
    Cause::NoToken(NoToken::Refused {
        status,
        reason: "as a test says".to_owned(),
    })
}

#[tokio::test]
async fn trouble_of_the_moment_is_bridged() {
    let no_identity_service = Cause::NoToken(NoToken::Unreachable {
        service: "https://ims.example".to_owned(),
        cause: Box::new(timed_out()),
    });
    let not_json = Cause::Failure(Failure::NotJson {
        content_type: "text/html".to_owned(),
        excerpt: "<html>".to_owned(),
    });
    for trouble in [
        status(500),
        status(503),
        status(429),
        status(406),
        status(408),
        status(520),
        unreachable(Hurdle::Refused),
        unreachable(Hurdle::UnknownName),
        timed_out(),
        cut(),
        not_json,
        Cause::Failure(Failure::Broken(Broken::Cut)),
        Cause::AskedToWait(DAY),
        Cause::BudgetSpent(50, Box::new(status(503))),
        no_identity_service,
        identity_service(503),
    ] {
        let builds = a_day_allowed().await;
        builds.age(3600);
        let shown = format!("{trouble:?}");
        builds.aem.fails("", trouble);
        let answer = builds.ask(Freshness::Revalidate).await.unwrap();
        assert_eq!(text(&answer), list(&["one", "two"]));
        let (asset, pixels) = builds.download().await;
        assert_eq!(pixels, b"pixels");
        for delivery in [answer.delivery, asset.unwrap().delivery] {
            let Delivery::Stale { age, cause } = delivery else {
                panic!("{delivery:?} for {shown}");
            };
            assert!((3600..3660).contains(&age.as_secs()), "{age:?}");
            assert_eq!(format!("{cause:?}"), shown);
        }
    }
}

#[tokio::test]
async fn what_aem_says_is_not_bridged() {
    let errors = || vec![GraphqlError::default()];
    for word in [
        status(400),
        status(401),
        status(403),
        status(404),
        status(421),
        unreachable(Hurdle::ProxyCredentials),
        Cause::Failure(Failure::UnknownQuery),
        Cause::Failure(Failure::InvalidQuery(errors())),
        Cause::Failure(Failure::NoEndpoint),
        Cause::Failure(Failure::NoSuchItem(errors())),
        Cause::Failure(Failure::Graphql(errors())),
        Cause::Failure(Failure::Blocked),
        Cause::Failure(Failure::Redirected("/login".to_owned())),
        Cause::TooLarge(1),
        Cause::TooManyRequests(1),
        Cause::BudgetSpent(50, Box::new(status(401))),
        Cause::Disk("full".to_owned()),
        identity_service(400),
    ] {
        let builds = a_day_allowed().await;
        let shown = format!("{word:?}");
        builds.aem.fails("", word);
        let error = builds.ask(Freshness::Revalidate).await.unwrap_err();
        assert_eq!(format!("{:?}", error.cause), shown);
        let (asset, _) = builds.download().await;
        assert_eq!(format!("{:?}", asset.unwrap_err().cause), shown);
    }
}

/// Asks while AEM is down.
async fn ask_in_trouble(builds: &Builds) -> Result<&'static str, SourceError> {
    builds.aem.fails("", status(503));
    let answer = builds.ask(Freshness::Revalidate).await;
    builds.aem.recovers();
    Ok(kind(&answer?.delivery))
}

#[tokio::test]
async fn only_as_old_as_allowed() {
    let mut builds = a_day_allowed().await;
    builds.age(86_390);
    assert_eq!(ask_in_trouble(&builds).await.unwrap(), "stale");
    builds.age(20);
    ask_in_trouble(&builds).await.unwrap_err();
    // AEM's word that nothing has changed makes it young again.
    builds.ask(Freshness::Revalidate).await.unwrap();
    assert_eq!(ask_in_trouble(&builds).await.unwrap(), "stale");
    // Who knows how old something from the future is?
    builds.age(-3600);
    ask_in_trouble(&builds).await.unwrap_err();
    builds.age(3600);
    builds.policy.stale_if_error = None;
    ask_in_trouble(&builds).await.unwrap_err();
}

#[tokio::test]
async fn standing_in_does_not_make_it_younger() {
    let builds = a_day_allowed().await;
    builds.age(80_000);
    assert_eq!(ask_in_trouble(&builds).await.unwrap(), "stale");
    builds.age(10_000);
    ask_in_trouble(&builds).await.unwrap_err();
}

#[tokio::test]
async fn there_is_nothing_without_a_good_answer() {
    let mut builds = Builds::new();
    builds.policy.stale_if_error = Some(DAY);
    ask_in_trouble(&builds).await.unwrap_err();
}

#[tokio::test]
async fn who_asks_the_same_hears_that_it_is_stale() {
    let builds = a_day_allowed().await;
    builds.aem.fails("", status(503));
    builds.aem.asked();
    let source = builds.next();
    for _ in 0..3 {
        let answer = source.answer(&request("x/a", Freshness::Revalidate)).await;
        assert_eq!(kind(&answer.unwrap().delivery), "stale");
    }
    assert_eq!(builds.aem.asked().len(), 1);
}

#[tokio::test]
async fn half_an_answer_never_takes_the_place_of_a_good_one() {
    for half in [
        r#"{"data":null}"#,
        r#"{"data":{}}"#,
        r#"{"data":{"aList":null}}"#,
        r#"{"data":{"aList":{"items":null}}}"#,
        r#"{"data":{"aByPath":{"item":null}}}"#,
        r#"{"data":{"aList":{"items":[{}]},"bList":null}}"#,
        r#"{"data":{"aList":{"items":[{}]}},"errors":[{"message":"m"}]}"#,
    ] {
        let builds = a_day_allowed().await;
        builds.aem.has("x/a {}", half);
        let answer = builds.ask(Freshness::Revalidate).await.unwrap();
        assert_eq!(
            (text(&answer), kind(&answer.delivery)),
            (half.into(), "new")
        );
        let offline = builds.offline();
        let kept = offline.answer(&request("x/a", Freshness::Revalidate)).await;
        assert_eq!(text(&kept.unwrap()), list(&["one", "two"]), "{half}");
    }
}
