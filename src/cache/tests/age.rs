//! `max_age`: how long a cache on the way may have kept an answer.

use std::time::Duration;

use super::support::Builds;
use crate::config::Cdn;
use crate::query::Freshness;
use crate::source::Cause;

const LIMIT: Duration = Duration::from_secs(300);

fn limited() -> Builds {
    let mut builds = Builds::new();
    builds.policy.max_age = Some(LIMIT);
    builds
}

/// What `Age` says, of the first answer and of the one past the CDN.
fn ages(builds: &Builds, first: u64, past: Option<u64>) {
    let ages = [Some(first), past].map(|age| age.map(Duration::from_secs));
    builds.aem.state().ages = ages;
}

/// Whether the requests since the last time went past the CDN.
fn past_the_cdn(builds: &Builds) -> Vec<bool> {
    let asked = builds.aem.asked().into_iter();
    asked.map(|asked| asked.bypass.is_some()).collect()
}

#[tokio::test]
async fn an_answer_as_old_as_allowed_is_taken() {
    let builds = limited();
    ages(&builds, 300, None);
    builds.ask(Freshness::Revalidate).await.unwrap();
    assert_eq!(past_the_cdn(&builds), [false]);
}

#[tokio::test]
async fn an_older_answer_is_asked_for_once_more_past_the_cdn() {
    for past in [None, Some(0), Some(300)] {
        let builds = limited();
        ages(&builds, 301, past);
        // A 304 has an age, too.
        for delivery in ["New", "Unchanged"] {
            let answer = builds.ask(Freshness::Revalidate).await.unwrap();
            let (asset, _) = builds.download().await;
            assert_eq!(format!("{:?}", answer.delivery), delivery);
            assert_eq!(format!("{:?}", asset.unwrap().delivery), delivery);
            assert_eq!(past_the_cdn(&builds), [false, true, false, true]);
        }
    }
}

#[tokio::test]
async fn what_is_too_old_past_the_cdn_is_an_error() {
    let builds = limited();
    ages(&builds, 301, Some(302));
    for _ in 0..2 {
        let error = builds.ask(Freshness::Revalidate).await.unwrap_err();
        let too_old = Duration::from_secs(302);
        assert!(
            matches!(error.cause, Cause::TooOld(age, LIMIT) if age == too_old),
            "{error:?}"
        );
        let (asset, _) = builds.download().await;
        assert!(matches!(asset.unwrap_err().cause, Cause::TooOld(..)));
        assert_eq!(past_the_cdn(&builds), [false, true, false, true]);
        // The second time there is something to be confirmed.
        ages(&builds, 0, None);
        builds.ask(Freshness::Revalidate).await.unwrap();
        builds.download().await.0.unwrap();
        past_the_cdn(&builds);
        ages(&builds, 301, Some(302));
    }
}

#[tokio::test]
async fn who_went_past_the_cdn_already_does_not_ask_twice() {
    let mut builds = limited();
    builds.policy.cdn = Cdn::Bypass;
    ages(&builds, 0, Some(301));
    let error = builds.ask(Freshness::Revalidate).await.unwrap_err();
    assert!(matches!(error.cause, Cause::TooOld(..)), "{error:?}");
    assert_eq!(past_the_cdn(&builds), [true]);
}

#[tokio::test]
async fn nothing_older_stands_in_for_what_is_too_old() {
    let mut builds = limited();
    builds.policy.stale_if_error = Some(Duration::from_secs(86_400));
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds.age(8000);
    ages(&builds, 7200, Some(7200));
    let error = builds.ask(Freshness::Revalidate).await.unwrap_err();
    assert!(matches!(error.cause, Cause::TooOld(..)), "{error:?}");
}
