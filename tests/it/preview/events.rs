//! Events of AEM, from the bytes of a request to the questions that follow.

use frieze::serve::event::{Heard, Listener};
use serde_json::json;
use std::sync::Arc;

use super::support::Preview;
use crate::support::{Answer, Scripted, SiteTest, article, articles, one_of_each};

/// The newspaper, whose articles the test gives, with a second definition of its own.
pub(super) fn press(aem: &Scripted) -> SiteTest {
    one_of_each()
        .file(
            "content-queries/authors.toml",
            "persisted = \"authors\"\npaging = \"none\"\n",
        )
        .file(".env", &format!("AEM={}\n", aem.origin()))
}

/// Answers with these articles, and with an author who is always the same.
pub(super) fn answers(
    slugs: &[&str],
) -> impl Fn(&crate::support::Request) -> Answer + Send + Sync + 'static {
    let articles = Answer::items(&articles(slugs));
    let authors = Answer::items(&[article("ada")]);
    move |request| match request.path.contains("authors") {
        true => authors.clone(),
        false => articles.clone(),
    }
}

#[test]
fn an_event_is_a_question_to_whom_it_concerns_and_later_to_all() {
    let aem = Scripted::start(answers(&["one", "two"]));
    let preview = Preview::ready(press(&aem));
    let _ = preview.asked.take();
    let listener = Listener::start(
        Arc::clone(&preview.board),
        preview.ask(),
        preview.runtime.handle(),
    );
    let event = |id: &str, path: &str, tier: &str| {
        json!({
            "specversion": "1.0", "id": id, "type": "aem.sites.contentFragment.published",
            "data": {"path": path, "tier": tier}
        })
        .to_string()
    };
    let one = "/content/dam/press/en/articles/one";
    let hear = |body: &str| listener.hear(body.as_bytes()).unwrap();
    // What was published elsewhere cannot be seen here.
    assert_eq!(
        hear(&event("a", one, "preview")),
        Heard { events: 1, news: 0 }
    );
    aem.now(answers(&["one", "two", "three"]));
    assert_eq!(
        hear(&event("b", one, "publish")),
        Heard { events: 1, news: 1 }
    );
    assert_eq!(
        hear(&event("b", one, "publish")),
        Heard { events: 1, news: 0 }
    );
    preview.site_number(2);
    let requests = aem.requests();
    let last = &requests.last().unwrap().path;
    assert!(
        last.contains("articles") && last.contains("friezeUnseen"),
        "past the CDN: {last}"
    );
    assert_eq!(preview.asked.names(), ["articles"]);
    // Everything else is asked later, since a fragment may be part of anything.
    let started = std::time::Instant::now();
    while preview.asked.names().is_empty() {
        assert!(started.elapsed() < super::support::PATIENCE);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(listener.hear(b"no event").is_err());
}
