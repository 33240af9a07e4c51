//! Answers are kept as they came.

use std::time::Duration;

use super::support::{Builds, gzip, list, request, text};
use crate::packing::Packed;
use crate::query::Freshness;
use crate::source::{Delivery, Source};

/// An answer that takes less room when it is packed.
fn long() -> String {
    list(&["a title that comes again and again"; 50])
}

/// Builds that have kept this answer to `x/a`.
async fn builds() -> Builds {
    let builds = Builds::new();
    builds.aem.has("x/a {}", &long());
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds
}

fn asked() -> crate::source::Request {
    request("x/a", Freshness::Revalidate)
}

#[tokio::test]
async fn a_packed_answer_is_kept_packed() {
    let builds = builds().await;
    let files = builds.files("bodies-2");
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].extension().unwrap(), "gz");
    let Packed { bytes, .. } = gzip(long().as_bytes(), 6);
    assert_eq!(std::fs::read(&files[0]).unwrap(), bytes);
    let answer = builds.offline().answer(&asked()).await.unwrap();
    assert_eq!(text(&answer), long());
}

#[tokio::test]
async fn what_does_not_become_smaller_is_kept_as_it_is() {
    let builds = Builds::new();
    builds.aem.state().packs = 0;
    builds.aem.has("x/a {}", &long());
    builds.ask(Freshness::Revalidate).await.unwrap();
    let files = builds.files("bodies-2");
    assert_eq!(std::fs::read_to_string(&files[0]).unwrap(), long());
    assert_eq!(files[0].extension(), None);
}

#[tokio::test]
async fn the_same_content_packed_in_other_ways_is_read_as_it_came() {
    let builds = builds().await;
    builds.aem.state().packs = 1;
    builds.aem.has("x/b {}", &long());
    let other = request("x/b", Freshness::Revalidate);
    builds.next().answer(&other).await.unwrap();
    builds.aem.state().packs = 0;
    builds.aem.has("x/c {}", &long());
    let third = request("x/c", Freshness::Revalidate);
    builds.next().answer(&third).await.unwrap();
    assert_eq!(builds.files("bodies-2").len(), 3);
    let offline = builds.offline();
    for asked in [&asked(), &other, &third] {
        assert_eq!(text(&offline.answer(asked).await.unwrap()), long());
    }
}

#[tokio::test]
async fn another_text_in_the_place_of_an_answer_is_not_used() {
    let builds = builds().await;
    let file = &builds.files("bodies-2")[0];
    let bomb = gzip(&vec![b' '; 32 << 20], 9).bytes;
    let other = gzip(list(&["another title"; 50]).as_bytes(), 6).bytes;
    for bytes in [&other[..], &other[..20], &bomb, b"rubbish", b""] {
        std::fs::write(file, bytes).unwrap();
        builds.offline().answer(&asked()).await.unwrap_err();
    }
    // AEM says that nothing has changed; it has to be asked for the text all the same.
    let answer = builds.ask(Freshness::Revalidate).await.unwrap();
    assert_eq!(text(&answer), long());
    let answer = builds.offline().answer(&asked()).await.unwrap();
    assert_eq!(text(&answer), long());
}

#[tokio::test]
async fn what_is_packed_is_looked_after() {
    let builds = builds().await;
    let contents = builds.cache().contents().unwrap();
    assert_eq!(contents.bodies, 1);
    assert!(contents.bytes < long().len() as u64 / 4, "{contents:?}");
    let file = &builds.files("bodies-2")[0];
    let long_ago = std::time::SystemTime::now() - Duration::from_hours(2);
    let open = std::fs::File::options().write(true).open(file).unwrap();
    open.set_modified(long_ago).unwrap();
    let day = Duration::from_hours(24);
    assert_eq!(builds.cache().sweep(day).unwrap().files, 0);
    builds.age(2 * 86_400);
    let swept = builds.cache().sweep(day).unwrap();
    assert_eq!((swept.records, swept.files), (1, 1));
    assert!(builds.files("bodies-2").is_empty());
}

#[tokio::test]
async fn the_same_text_packed_in_another_way_is_no_change() {
    let builds = builds().await;
    let kept = builds.files("bodies-2");
    // A server may pack it anew each time, or not at all where it comes from another machine.
    for packs in [1, 0, 6] {
        builds.aem.state().packs = packs;
        let answer = builds.ask(Freshness::Always).await.unwrap();
        let delivery = &answer.delivery;
        assert!(
            matches!(delivery, Delivery::Unchanged),
            "{packs}: {delivery:?}"
        );
        assert_eq!(text(&answer), long());
        assert_eq!(builds.files("bodies-2"), kept, "{packs}");
    }
    let other = long().replace("again and", "and again");
    assert_eq!(other.len(), long().len());
    builds.aem.has("x/a {}", &other);
    let answer = builds.ask(Freshness::Always).await.unwrap();
    assert!(matches!(answer.delivery, Delivery::New));
    assert_eq!(
        text(&builds.offline().answer(&asked()).await.unwrap()),
        other
    );
}

#[tokio::test]
async fn what_is_kept_and_damaged_is_not_compared_with() {
    let builds = builds().await;
    std::fs::write(&builds.files("bodies-2")[0], "rubbish").unwrap();
    builds.aem.state().packs = 1;
    let answer = builds.ask(Freshness::Always).await.unwrap();
    assert_eq!(text(&answer), long());
    let answer = builds.offline().answer(&asked()).await.unwrap();
    assert_eq!(text(&answer), long());
}

#[tokio::test]
async fn nobody_else_gets_an_answer_as_it_came() {
    let builds = Builds::new();
    builds.aem.has("x/a {}", &long());
    // Where it cannot be kept, it stays in memory for who asks again.
    std::fs::write(builds.folder(), "").unwrap();
    let source = builds.next();
    for _ in 0..2 {
        let answer = source.answer(&asked()).await.unwrap();
        assert_eq!(text(&answer), long());
    }
    let again = source.answer(&asked()).await.unwrap();
    assert!(again.envelope.packed().is_none());
}
