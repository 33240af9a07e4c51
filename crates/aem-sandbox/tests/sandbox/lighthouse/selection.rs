//! Which fragments a query delivers: filters, sorting, variations, cursors.

use super::{ask, data, messages, open, start};
use crate::http::{execute, get};
use aem_sandbox::{DateOperators, Options, Sandbox};
use serde_json::Value;

/// The names of the stations a filter leaves.
fn names(sandbox: &Sandbox, filter: &str) -> Vec<String> {
    let found = data(
        sandbox,
        &format!("{{ signalStationList(filter: {{ {filter} }}) {{ items {{ name }} }} }}"),
    );
    let items = found["signalStationList"]["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_modifiers() {
    let sandbox = start(open()).await;
    let all = ["Nordfels", "North Rock", "South Bar"];
    let (nordfels, north, south) = (&all[..1], &all[1..2], &all[2..]);
    let both = &all[1..];
    for (filter, expected) in [
        ("", &all[..]),
        (r#"name: { _expressions: { value: "North Rock" } }"#, north),
        (
            r#"name: { _expressions: [{ value: "North", _operator: CONTAINS }] }"#,
            north,
        ),
        (
            r#"name: { _expressions: [{ value: "north", _operator: CONTAINS }] }"#,
            &[],
        ),
        (
            r#"name: { _expressions: [{ value: "north rock", _ignoreCase: true }] }"#,
            north,
        ),
        (
            r#"name: { _expressions: [{ value: "Nord", _operator: CONTAINS_NOT }] }"#,
            both,
        ),
        (
            r#"name: { _expressions: [{ value: "Nordfels", _operator: EQUALS_NOT }] }"#,
            both,
        ),
        (
            r#"name: { _logOp: OR, _expressions: [{ value: "North Rock" }, { value: "South Bar" }] }"#,
            both,
        ),
        (
            r#"name: { _expressions: [{ value: "North Rock" }, { value: "South Bar" }] }"#,
            &[],
        ),
        (
            r#"_logOp: OR, height: { _expressions: { value: 12 } }, lit: { _expressions: { value: true } }"#,
            both,
        ),
        (
            r#"height: { _expressions: { value: 12 } }, lit: { _expressions: { value: true } }"#,
            &[],
        ),
        (
            "height: { _expressions: { value: 12, _operator: GREATER } }",
            north,
        ),
        (
            "height: { _expressions: { value: 12, _operator: GREATER_EQUAL } }",
            both,
        ),
        (
            "height: { _expressions: { value: 41, _operator: LOWER } }",
            south,
        ),
        (
            "height: { _expressions: { value: 41, _operator: LOWER_EQUAL } }",
            both,
        ),
        (
            "height: { _expressions: { value: 41, _operator: UNEQUAL } }",
            &["Nordfels", "South Bar"],
        ),
        ("height: { _expressions: { value: null } }", nordfels),
        (
            "range: { _expressions: { value: 18.4, _sensitiveness: 0.2 } }",
            north,
        ),
        ("range: { _expressions: { value: 18.4 } }", &[]),
        ("lit: { _expressions: { value: false } }", south),
        (
            r#"_path: { _expressions: { value: "/content/dam/lighthouse/de/", _operator: STARTS_WITH } }"#,
            nordfels,
        ),
        (
            r#"_tags: { _expressions: { value: "sea:fog", _operator: CONTAINS } }"#,
            north,
        ),
        (
            r#"_variations: { _expressions: { value: "winter" } }"#,
            north,
        ),
        (r#"signals: { _expressions: { value: "horn" } }"#, both),
        (
            r#"signals: { _expressions: { value: "horn", _apply: ALL } }"#,
            south,
        ),
        (
            r#"signals: { _expressions: { value: "horn", _apply: ALL_OR_EMPTY } }"#,
            &["Nordfels", "South Bar"],
        ),
        (
            r#"signals: { _expressions: { value: "flash", _apply: INSTANCES, _instances: 0 } }"#,
            &["Nordfels", "South Bar"],
        ),
        (
            r#"signals: { _expressions: { values: ["flash", "horn"] } }"#,
            north,
        ),
        (
            r#"signals: { _expressions: { values: ["horn", "flash"] } }"#,
            &[],
        ),
        (
            "readings: { _expressions: { value: 2, _operator: GREATER } }",
            north,
        ),
        (
            r#"keeper: { lastName: { _expressions: { value: "Berg" } } }"#,
            south,
        ),
        (
            r#"keeper: { station: { name: { _expressions: { value: "North Rock" } } } }"#,
            north,
        ),
        (
            r#"crew: { _match: { lastName: { _expressions: { value: "Holm" } } } }"#,
            north,
        ),
        (
            r#"crew: { _apply: ALL, _match: { lastName: { _expressions: { value: "Berg" } } } }"#,
            south,
        ),
        (
            r#"story: { plaintext: { _expressions: { value: "by Ida.", _operator: CONTAINS } } }"#,
            north,
        ),
        (
            r#"opened: { _expressions: { value: "2019-06-30" } }"#,
            north,
        ),
        (
            r#"firstLit: { _expressions: { value: "1871-05-01T20:30:00Z" } }"#,
            north,
        ),
        (r#"dusk: { _expressions: { value: "21:15:30" } }"#, north),
    ] {
        assert_eq!(names(&sandbox, filter), expected, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn date_operators_have_two_readings() {
    let documented = start(open()).await;
    let intuitive = start(Options {
        date_operators: DateOperators::Intuitive,
        ..open()
    })
    .await;
    let filter = |operator: &str| {
        format!(
            r#"firstLit: {{ _expressions: {{ value: "1900-01-01T00:00:00Z", _operator: {operator} }} }}"#
        )
    };
    assert_eq!(names(&documented, &filter("BEFORE")), ["South Bar"]);
    assert_eq!(names(&documented, &filter("AFTER")), ["North Rock"]);
    assert_eq!(names(&intuitive, &filter("BEFORE")), ["North Rock"]);
    assert_eq!(names(&intuitive, &filter("AT_OR_AFTER")), ["South Bar"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sorting_and_variations() {
    let sandbox = start(open()).await;
    let list = |arguments: &str| {
        let query = format!(
            "{{ signalStationList({arguments}) {{ items {{ name _variation keeper {{ firstName }} }} }} }}"
        );
        let items = data(&sandbox, &query)["signalStationList"]["items"].clone();
        let names = items
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), items)
    };
    assert_eq!(
        list(r#"sort: "height DESC""#).0,
        ["North Rock", "South Bar", "Nordfels"]
    );
    assert_eq!(
        list(r#"sort: "keeper.lastName, name""#).0,
        ["Nordfels", "South Bar", "North Rock"]
    );
    assert_eq!(
        list(r#"sort: "_path desc""#).0,
        ["South Bar", "North Rock", "Nordfels"]
    );
    assert_eq!(list("offset: 1, limit: 1").0, ["North Rock"]);
    assert_eq!(list(r#"_locale: "EN""#).0, ["North Rock", "South Bar"]);
    assert_eq!(
        list("sort: null, limit: null, filter: null, variation: null")
            .0
            .len(),
        3
    );

    let (names, items) = list(r#"variation: "winter""#);
    assert_eq!(names, ["Nordfels", "North Rock in winter", "South Bar"]);
    assert_eq!(items[1]["_variation"], "winter");
    assert_eq!(
        items[1]["keeper"]["firstName"], "Ida (winter)",
        "nested fragments follow"
    );
    assert_eq!(items[2]["_variation"], "master");
    let (names, _) = list("includeVariations: true");
    assert_eq!(
        names,
        [
            "Nordfels",
            "North Rock",
            "North Rock in winter",
            "South Bar"
        ]
    );

    let answer = ask(
        &sandbox,
        r#"{ signalStationList(sort: "wrong") { items { name } } }"#,
    );
    assert_eq!(answer["data"], Value::Null);
    let expected = "Exception while fetching data (/signalStationList) : Unknown sort field 'wrong' in type 'SignalStationModel'";
    assert_eq!(messages(&answer), [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_walk_every_order() {
    let sandbox = start(open()).await;
    for sort in ["", "name", "height DESC, name", "keeper.lastName DESC"] {
        let mut seen = Vec::new();
        let mut after = "null".to_owned();
        for page in 0.. {
            let variables = [("sort", sort), ("first", "1"), ("after", &after)];
            let answer = get(
                sandbox.address(),
                &execute("lighthouse/stations", &variables),
            )
            .json();
            let connection = &answer["data"]["signalStationPaginated"];
            seen.push(
                connection["edges"][0]["node"]["name"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
            assert_eq!(connection["pageInfo"]["hasPreviousPage"], page > 0);
            if connection["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = connection["pageInfo"]["endCursor"]
                .as_str()
                .unwrap()
                .to_owned();
        }
        let mut sorted = seen.clone();
        sorted.sort();
        assert_eq!(
            sorted,
            ["Nordfels", "North Rock", "South Bar"],
            "{sort}: {seen:?}"
        );
    }
    for (first, after, message) in [
        ("101", "", "Invalid limit 101, the maximum value is 100"),
        (
            "1",
            "nonsense",
            "Start cursor not found in supplied data:nonsense",
        ),
    ] {
        let variables = [("first", first), ("after", after)];
        let answer = get(
            sandbox.address(),
            &execute("lighthouse/stations", &variables),
        )
        .json();
        assert!(messages(&answer)[0].ends_with(message));
    }
    let all = "{ signalStationPaginated(includeVariations: true, first: 2) { edges { cursor } pageInfo { endCursor } } }";
    let cursor = data(&sandbox, all)["signalStationPaginated"]["pageInfo"]["endCursor"].clone();
    let rest = format!(
        "{{ signalStationPaginated(includeVariations: true, after: {cursor}) {{ edges {{ node {{ name }} }} }} }}"
    );
    assert_eq!(
        data(&sandbox, &rest)["signalStationPaginated"]["edges"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}
