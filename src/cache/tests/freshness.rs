//! Whether AEM is asked, and how.

use std::time::Duration;

use super::support::{Aem, Asked, Builds, Sends, kind, list, request, text};
use crate::config::Cdn;
use crate::query::Freshness;
use crate::source::{Cause, Delivery, Keeper, Source, Validators};

const TEN_MINUTES: Freshness = Freshness::For(Duration::from_secs(600));

/// How often AEM was asked, and how often with conditions.
fn counts(aem: &Aem) -> (usize, usize) {
    let asked = aem.asked();
    let conditional = |asked: &&Asked| !asked.unless.is_empty();
    (asked.len(), asked.iter().filter(conditional).count())
}

#[tokio::test]
async fn revalidate_asks_each_time_and_gets_a_304() {
    for sends in [Sends::Tags, Sends::Dates] {
        let builds = Builds::new();
        builds.aem.state().validators = sends;
        let first = builds.ask(Freshness::Revalidate).await.unwrap();
        let (asset, pixels) = builds.download().await;
        assert!(matches!(first.delivery, Delivery::New));
        assert!(matches!(asset.unwrap().delivery, Delivery::New));
        assert_eq!(counts(&builds.aem), (2, 0));
        let second = builds.ask(Freshness::Revalidate).await.unwrap();
        let (asset, again) = builds.download().await;
        assert!(matches!(second.delivery, Delivery::Unchanged));
        assert!(matches!(asset.unwrap().delivery, Delivery::Unchanged));
        assert_eq!(counts(&builds.aem), (2, 2));
        assert_eq!((text(&second), again), (text(&first), pixels));
    }
}

#[tokio::test]
async fn without_validators_the_hash_shows_that_nothing_has_changed() {
    let builds = Builds::new();
    builds.aem.state().validators = Sends::Nothing;
    for expected in ["new", "unchanged", "unchanged"] {
        let answer = builds.ask(Freshness::Revalidate).await.unwrap();
        let (asset, _) = builds.download().await;
        assert_eq!(kind(&answer.delivery), expected);
        assert_eq!(kind(&asset.unwrap().delivery), expected);
        assert_eq!(counts(&builds.aem), (2, 0));
    }
    builds.aem.has("x/a {}", &list(&["three"]));
    let changed = builds.ask(Freshness::Revalidate).await.unwrap();
    assert!(matches!(changed.delivery, Delivery::New));
    assert_eq!(text(&changed), list(&["three"]));
}

#[tokio::test]
async fn ten_minutes_are_ten_minutes() {
    let builds = Builds::new();
    builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(counts(&builds.aem), (1, 0));
    builds.age(9 * 60);
    let kept = builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(
        (kind(&kept.delivery), counts(&builds.aem)),
        ("kept", (0, 0))
    );
    builds.age(2 * 60);
    let asked = builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(
        (kind(&asked.delivery), counts(&builds.aem)),
        ("unchanged", (1, 1))
    );
    // From then on ten minutes again.
    builds.age(9 * 60);
    builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(counts(&builds.aem), (0, 0));
}

#[tokio::test]
async fn what_comes_from_the_future_is_asked_about() {
    let builds = Builds::new();
    builds.ask(TEN_MINUTES).await.unwrap();
    builds.age(-3600);
    let asked = builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(kind(&asked.delivery), "unchanged");
    assert_eq!(counts(&builds.aem), (2, 1));
    builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(counts(&builds.aem), (0, 0), "by the clock as it is now");
}

#[tokio::test]
async fn two_machines_need_not_agree_to_the_second() {
    let builds = Builds::new();
    builds.ask(TEN_MINUTES).await.unwrap();
    builds.age(-60);
    let kept = builds.ask(TEN_MINUTES).await.unwrap();
    assert_eq!(kind(&kept.delivery), "kept");
}

#[tokio::test]
async fn never_and_always_mean_it() {
    let builds = Builds::new();
    builds.ask(Freshness::Never).await.unwrap();
    builds.age(10 * 365 * 24 * 3600);
    let never = builds.ask(Freshness::Never).await.unwrap();
    assert_eq!(
        (kind(&never.delivery), counts(&builds.aem)),
        ("kept", (1, 0))
    );
    for _ in 0..2 {
        let always = builds.ask(Freshness::Always).await.unwrap();
        assert_eq!(
            (kind(&always.delivery), counts(&builds.aem)),
            ("unchanged", (1, 0))
        );
    }
}

#[tokio::test]
async fn refresh_asks_for_everything_anew_past_the_cdn() {
    let mut builds = Builds::new();
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds.download().await.0.unwrap();
    builds.aem.asked();
    builds.policy.refresh = true;
    builds.policy.unseen = "42".into();
    let source = builds.next();
    for freshness in [Freshness::Never, TEN_MINUTES] {
        builds.aem.has("x/b {}", &list(&[]));
        let name = if freshness == Freshness::Never {
            "x/a"
        } else {
            "x/b"
        };
        source.answer(&request(name, freshness)).await.unwrap();
    }
    builds.download_from(&source).await.0.unwrap();
    let asked = builds.aem.asked();
    assert_eq!(asked.len(), 3);
    for asked in asked {
        assert_eq!(asked.unless, Validators::default(), "{asked:?}");
        assert_eq!(asked.bypass.as_deref(), Some("42"), "{asked:?}");
    }
}

#[tokio::test]
async fn past_the_cdn_conditions_are_sent_as_ever() {
    let mut builds = Builds::new();
    builds.policy.cdn = Cdn::Bypass;
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds.policy.unseen = "2".into();
    let again = builds.ask(Freshness::Revalidate).await.unwrap();
    assert_eq!(kind(&again.delivery), "unchanged");
    let bypass: Vec<_> = builds.aem.asked().into_iter().map(|a| a.bypass).collect();
    assert_eq!(bypass, [Some("1".into()), Some("2".into())]);
}

#[tokio::test]
async fn offline_has_what_is_kept_and_names_what_is_not() {
    let builds = Builds::new();
    let first = builds.ask(Freshness::Always).await.unwrap();
    builds.download().await.0.unwrap();
    builds.aem.asked();
    let offline = builds.offline();
    let kept = offline.answer(&request("x/a", Freshness::Always)).await;
    let kept = kept.unwrap();
    assert_eq!((kind(&kept.delivery), text(&kept)), ("kept", text(&first)));
    let (asset, pixels) = builds.download_from(&offline).await;
    assert_eq!(kind(&asset.unwrap().delivery), "kept");
    assert_eq!(pixels, b"pixels");
    let missing = offline.answer(&request("x/b", Freshness::Revalidate)).await;
    let missing = missing.unwrap_err();
    assert!(matches!(missing.cause, Cause::NotKept(Keeper::Cache)));
    assert!(missing.request.contains("x/b"), "{}", missing.request);
    assert_eq!(counts(&builds.aem), (0, 0));
}
