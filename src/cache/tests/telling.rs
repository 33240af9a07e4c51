//! Answers for somebody who knows them, or who only wanted to know whether they have changed.

use super::support::{Builds, list, request};
use crate::aem::Outline;
use crate::query::Freshness;
use crate::source::{Delivery, Source};

#[tokio::test]
async fn an_answer_that_is_known_is_not_read() {
    let builds = Builds::new();
    let asked = request("x/a", Freshness::Revalidate);
    let hash = builds.ask(Freshness::Revalidate).await.unwrap().hash;
    std::fs::remove_dir_all(builds.folder().join("bodies-2")).unwrap();
    builds.aem.asked();
    let knows = |own: &str| *own == *hash;
    let source = builds.next();
    let told = source.tell(&asked, &knows).await.unwrap();
    assert!(told.envelope.is_none() && matches!(told.delivery, Delivery::Unchanged));
    assert_eq!(told.hash, hash);
    assert_eq!(builds.aem.asked().len(), 1);
    let kept = builds.offline().tell(&asked, &knows).await.unwrap();
    assert!(kept.envelope.is_none() && matches!(kept.delivery, Delivery::Kept));
    // Who does not know it needs it, in the same build too: then it is wanted after all.
    let told = source.tell(&asked, &|_| false).await.unwrap();
    assert_eq!(told.envelope.unwrap().body(), &list(&["one", "two"]));
    assert_eq!(builds.aem.asked().len(), 2);
}

#[tokio::test]
async fn what_was_sent_is_had_whether_it_is_known_or_not() {
    let builds = Builds::new();
    let asked = request("x/a", Freshness::Revalidate);
    let told = builds.next().tell(&asked, &|_| true).await.unwrap();
    assert!(told.envelope.is_some());
}

#[tokio::test]
async fn what_has_changed_is_not_read_by_the_first_who_wants_it() {
    let builds = Builds::new();
    let asked = request("x/a", Freshness::Revalidate);
    let hash = builds.ask(Freshness::Revalidate).await.unwrap().hash;
    builds.aem.has("x/a {}", &list(&["other"]));
    let source = builds.next();
    assert!(source.confirm(&asked, &hash).await.unwrap().is_none());
    std::fs::remove_dir_all(builds.folder().join("bodies-2")).unwrap();
    builds.aem.asked();
    let answer = source.answer(&asked).await.unwrap();
    assert_eq!(answer.envelope.body(), &list(&["other"]));
    assert!(matches!(answer.delivery, Delivery::New));
    assert_eq!(builds.aem.asked().len(), 0);
    // The second has to read it, and it is gone: it is confirmed, and then wanted after all.
    source.answer(&asked).await.unwrap();
    assert_eq!(builds.aem.asked().len(), 2);
}

#[tokio::test]
async fn what_comes_next_is_read_with_what_is_known_of_the_last() {
    let builds = Builds::new();
    let mut last = builds.ask(Freshness::Revalidate).await.unwrap();
    let [first] = &builds.aem.asked()[..] else {
        panic!("it was asked once");
    };
    assert_eq!(*first.before, Outline::default());
    for content in [["one", "other"], ["another", "other"]] {
        builds.aem.has("x/a {}", &list(&content));
        let outline = last.envelope.outline().unwrap();
        let source = builds.next();
        let asked = request("x/a", Freshness::Revalidate);
        assert!(source.confirm(&asked, &last.hash).await.unwrap().is_none());
        last = source.answer(&asked).await.unwrap();
        assert_eq!(last.envelope.body(), &list(&content));
        let asked = builds.aem.asked();
        assert!(asked.iter().all(|asked| *asked.before == outline));
        // One who confirms it leaves it as it is.
        builds.ask(Freshness::Revalidate).await.unwrap();
        let asked = builds.aem.asked();
        assert_eq!(*asked[0].before, last.envelope.outline().unwrap());
    }
}
