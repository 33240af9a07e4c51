//! Events of AEM, as they are posted.

use super::client::{Preview, Reply};
use crate::support::SiteTest;

const HOOK: &str = "/_frieze/events/aem";

fn post(preview: &Preview, target: &str, body: &str) -> Reply {
    let host = &preview.host;
    let length = body.len();
    preview.say(format!(
        "POST {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/cloudevents+json\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

const EVENT: &str = r#"{"specversion":"1.0","type":"aem.sites.contentFragment.published","id":"1",
    "data":{"path":"/content/dam/press/en/one","tier":"publish"}}"#;

#[test]
fn a_challenge_is_repeated() {
    let site = SiteTest::new();
    let preview = Preview::of(&site);
    let target = format!("{HOOK}?challenge=a%20%3Cb%3E");
    let text = preview.get(&target);
    assert_eq!((text.status, &*text.body), (200, "a <b>"));
    assert_eq!(
        text.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let json = preview.ask("GET", &target, "Accept: application/json\r\n");
    assert_eq!(json.body, r#"{"challenge":"a <b>"}"#);
    assert_eq!(preview.get(HOOK).status, 400);
}

#[test]
fn an_event_is_heard_once() {
    let site = SiteTest::new();
    let preview = Preview::of(&site);
    let first = post(&preview, HOOK, EVENT);
    assert_eq!(
        (first.status, &*first.body),
        (200, r#"{"events":1,"news":1}"#)
    );
    let again = post(&preview, HOOK, EVENT);
    assert_eq!(again.body, r#"{"events":1,"news":0}"#);
}

#[test]
fn what_is_no_event_is_refused() {
    let site = SiteTest::new();
    let preview = Preview::of(&site);
    for body in ["", "{", "null", "{}", "<event/>", "\u{0}"] {
        assert_eq!(post(&preview, HOOK, body).status, 400, "{body:?}");
    }
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(100_000));
    assert_eq!(post(&preview, HOOK, &long).status, 413);
    let chunk = format!("{:x}\r\n{long}\r\n", long.len());
    let chunked = preview.say(format!(
        "POST {HOOK} HTTP/1.1\r\nHost: {}\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n",
        preview.host
    ));
    assert_eq!(chunked.status, 413);
}

#[test]
fn where_others_can_connect_a_token_is_needed() {
    let site = SiteTest::new();
    let closed = Preview::with(&site, &["--allow-host", "preview.example"]);
    let refused = post(&closed, HOOK, EVENT);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("--webhook-token"));
    let nothing = ["--allow-host", "preview.example", "--webhook-token", ""];
    let closed = Preview::with(&site, &nothing);
    assert_eq!(post(&closed, HOOK, EVENT).status, 403);
    let arguments = [
        "--allow-host",
        "preview.example",
        "--webhook-token",
        "t0ken",
    ];
    let open = Preview::with(&site, &arguments);
    assert_eq!(post(&open, HOOK, EVENT).status, 401);
    assert_eq!(
        post(&open, &format!("{HOOK}?token=t0ke"), EVENT).status,
        401
    );
    assert_eq!(open.get(&format!("{HOOK}?challenge=x")).status, 401);
    let good = format!("{HOOK}?token=t0ken");
    assert_eq!(post(&open, &good, EVENT).status, 200);
    assert_eq!(open.get(&format!("{good}&challenge=x")).body, "x");
}
