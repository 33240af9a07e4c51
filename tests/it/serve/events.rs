//! The streams of events, before there is a site: what is at an address is one of our pages.

use super::client::{Events, Preview};
use crate::support::SiteTest;

#[test]
fn who_has_what_there_is_hears_only_how_it_is() {
    let site = SiteTest::new();
    let preview = Preview::of(&site);
    let page = preview.until("/", |reply| reply.status == 500);
    assert!(page.body.contains("site.toml"), "{page:?}");
    let mut events = preview.events("/", page.version());
    let problems = events.next_of("problems");
    assert!(problems.contains("site.toml"), "{problems}");
}

#[test]
fn who_has_something_older_hears_of_it() {
    let site = SiteTest::new();
    let preview = Preview::of(&site);
    let page = preview.until("/", |reply| reply.status == 500);
    for page_path in ["/", "/elsewhere/", "/../x"] {
        let told = preview.events(page_path, "0000").next_of("change");
        assert_eq!(told, format!("\"{}\"", page.version()));
    }
}

#[test]
fn streams_are_bounded_and_end_with_those_who_listen() {
    let site = SiteTest::new();
    let preview = Preview::of(&site);
    let refused = || preview.get("/_frieze/events?page=/").status == 503;
    let mut open: Vec<Events> = (0..128).map(|_| preview.events("/", "")).collect();
    for events in &mut open {
        events.next();
    }
    assert!(refused());
    // Everything else is still answered.
    assert_eq!(preview.get("/_frieze/preview.js").status, 200);
    drop(open);
    let path = "/_frieze/events?page=/";
    let head = |preview: &Preview| preview.ask("HEAD", path, "").status;
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while head(&preview) == 503 {
        assert!(std::time::Instant::now() < end, "streams stay open");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
