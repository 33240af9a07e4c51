//! Events as they are sent, and what follows from them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::aem::Variables;
use crate::serve::change::Content;

/// As documented for fragments that are published.
fn published() -> Value {
    json!({
        "specversion": "1.0",
        "type": "aem.sites.contentFragment.published",
        "source": "acct:aem-p1-e2@adobe.com",
        "id": "bf922a49-0000-4000-8000-70e96e15c45f",
        "time": "2025-07-22T08:47:36.249368067Z",
        "data": {
            "id": "9a2d3e6a-0000-4000-8000-0ef2ede692da",
            "path": "/content/dam/larch/en/walks/coast",
            "model": {"id": "L2Nv", "path": "/conf/larch/settings/dam/cfm/models/walk"},
            "tier": "publish",
            "user": {"principalId": "someone@example.com"}
        },
        "event_id": "a0f3fb7d"
    })
}

fn read(json: &Value) -> Vec<Event> {
    parse(json.to_string().as_bytes()).unwrap()
}

fn one(json: &Value) -> Event {
    let mut events = read(json);
    assert_eq!(events.len(), 1, "{json}");
    events.remove(0)
}

#[test]
fn an_event_is_read() {
    let expected = Event {
        id: Some("bf922a49-0000-4000-8000-70e96e15c45f".to_owned()),
        what: Happened::Published,
        path: Some("/content/dam/larch/en/walks/coast".to_owned()),
        model: Some("/conf/larch/settings/dam/cfm/models/walk".to_owned()),
        tier: Some(Tier::Publish),
    };
    assert_eq!(one(&published()), expected);
    assert_eq!(
        read(&json!([published(), published()])),
        [expected.clone(), expected]
    );
}

#[test]
fn the_type_says_what_happened() {
    for (kind, what) in [
        ("aem.sites.contentFragment.created", Happened::Created),
        ("aem.sites.contentFragment.modified", Happened::Modified),
        ("aem.sites.contentFragment.deleted", Happened::Deleted),
        ("aem.sites.contentFragment.published", Happened::Published),
        (
            "aem.sites.contentFragment.unpublished",
            Happened::Unpublished,
        ),
        ("aem.sites.contentFragment.variation", Happened::Variation),
        ("aem.sites.contentFragment.moved", Happened::Moved),
        ("aem.sites.page.published", Happened::Published),
        ("aem.assets.something.new", Happened::Other),
    ] {
        assert_eq!(one(&json!({"type": kind})).what, what, "{kind}");
    }
    // Events of others come through the same registration.
    assert_eq!(
        read(&json!({"type": "com.adobe.photoshop.saved", "id": "1"})),
        []
    );
}

#[test]
fn everything_but_the_type_may_be_missing_or_strange() {
    let kind = "aem.sites.contentFragment.modified";
    for event in [
        json!({"type": kind}),
        json!({"type": kind, "data": null, "id": null}),
        json!({"type": kind, "data": "text", "id": 7}),
        json!({"type": kind, "data": {"path": 7, "model": "walk", "tier": "moon"}, "id": ""}),
        json!({"type": kind, "data": {"path": "no path", "model": {"id": "L2Nv"}, "tier": null}}),
        json!({"type": kind, "data": {"path": [], "model": {"path": ""}}}),
    ] {
        let expected = Event {
            what: Happened::Modified,
            ..Event::default()
        };
        assert_eq!(one(&event), expected, "{event}");
    }
    let by_id = json!({"type": kind, "event_id": "a", "data": {"model": {"id": "/conf/a"}}});
    let event = one(&by_id);
    assert_eq!(
        (event.id.as_deref(), event.model.as_deref()),
        (Some("a"), Some("/conf/a"))
    );
}

#[test]
fn what_is_no_event_is_said() {
    for (body, message) in [
        (&b"{}"[..], "the body is no CloudEvent: it has no `type`"),
        (b"[[]]", "the body is no CloudEvent: it has no `type`"),
        (b"7", "the body is no CloudEvent: it has no `type`"),
        (
            b"{\"type\": 1}",
            "the body is no CloudEvent: it has no `type`",
        ),
        (
            b"",
            "the body is not JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            b"\xff\xfe",
            "the body is not JSON: expected value at line 1 column 1",
        ),
    ] {
        assert_eq!(parse(body).unwrap_err().to_string(), message);
    }
}

/// Author shows what is edited, the other tiers what is published to them.
#[test]
fn an_event_matters_where_it_can_be_seen() {
    use Tier::{Author, Preview, Publish};
    let on = |what, tier| Event {
        what,
        tier,
        ..Event::default()
    };
    for (event, author, preview, publish) in [
        (on(Happened::Modified, None), true, false, false),
        (on(Happened::Created, Some(Publish)), true, false, false),
        (on(Happened::Deleted, None), true, false, false),
        (on(Happened::Variation, None), true, false, false),
        (on(Happened::Moved, None), true, false, false),
        (on(Happened::Published, Some(Publish)), false, false, true),
        (on(Happened::Published, Some(Preview)), false, true, false),
        (on(Happened::Unpublished, Some(Publish)), false, false, true),
        (on(Happened::Published, None), false, true, true),
        (on(Happened::Other, None), true, true, true),
    ] {
        let found = [Author, Preview, Publish].map(|tier| matters(&event, tier));
        assert_eq!(found, [author, preview, publish], "{event:?}");
    }
}

#[test]
fn an_event_concerns_who_asks_for_its_place() {
    let variables = |json: Value| {
        let Value::Object(map) = json else { panic!() };
        Variables::from_iter(map)
    };
    let asked = |name: &str, json| (name.to_owned(), variables(json));
    let known = Known {
        asked: vec![
            asked(
                "walks",
                json!({"path": "/content/dam/larch/en/walks/", "limit": 10}),
            ),
            asked("walks", json!({"path": "/content/dam/larch/fr/walks"})),
            asked("about", json!({"path": "/content/dam/larch/en/about"})),
            asked(
                "both",
                json!({"filter": {"in": ["/content/dam/larch/en/w", "/content/dam/larch/en/guides"]}}),
            ),
            asked("all", json!({"locale": "en", "root": "/"})),
        ],
        models: vec![(
            "tours".to_owned(),
            "/conf/larch/settings/dam/cfm/models/walk".to_owned(),
        )],
    };
    let at = |path: &str, model: Option<&str>| Event {
        path: Some(path.to_owned()),
        model: model.map(str::to_owned),
        ..Event::default()
    };
    let of = |names: &[&str]| Content::of(names.iter().map(|&name| name.to_owned()).collect());
    let (none, walk) = (
        BTreeSet::new(),
        Some("/conf/larch/settings/dam/cfm/models/walk"),
    );
    for (event, expected) in [
        (
            at("/content/dam/larch/en/walks/coast", None),
            of(&["walks"]),
        ),
        (at("/content/dam/larch/en/walks", None), of(&["walks"])),
        (
            at("/content/dam/larch/en/walks/coast", walk),
            of(&["tours", "walks"]),
        ),
        (at("/content/dam/larch/en/about", None), of(&["about"])),
        (at("/content/dam/larch/en/guides/jo", None), of(&["both"])),
        (
            at("/content/dam/larch/en/about/us", Some("/conf/other")),
            of(&["about"]),
        ),
        // By whole segments; what nobody asks for may be part of anything.
        (at("/content/dam/larch/en/walksabout", None), Content::All),
        (at("/content/dam/elsewhere", None), Content::All),
        (Event::default(), Content::All),
    ] {
        assert_eq!(concerned(&event, &known, &none), expected, "{event:?}");
    }
    let brought = BTreeSet::from(["guides".to_owned()]);
    let event = at("/content/dam/elsewhere", None);
    assert_eq!(concerned(&event, &known, &brought), of(&["guides"]));
}

/// However many come: an event counts once, and the memory of them ends somewhere.
#[test]
fn an_event_that_comes_again_is_known() {
    let mut seen = Seen::default();
    assert!(seen.is_empty() && seen.is_new("a") && !seen.is_new("a"));
    for number in 0..5_000 {
        assert!(seen.is_new(&number.to_string()));
        assert!(!seen.is_new(&number.to_string()));
    }
    assert_eq!(seen.len(), 1_024);
    assert!(
        !seen.is_new("4999") && seen.is_new("a"),
        "the oldest are forgotten"
    );
}
