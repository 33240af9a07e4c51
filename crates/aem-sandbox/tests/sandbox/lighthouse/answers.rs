//! Answers of the whole package, kept as snapshots and reviewed against aem-protocol.md: every data type and form of
//! query, every operator, and what the OpenAPI delivery makes of the same content.

use super::{ask, data, open, start};
use crate::http::get;
use aem_sandbox::{DateOperators, Options, Sandbox};
use serde_json::{Map, Value, json};

/// Every operator, modifier and mode of section 5.3, on every kind of field.
const FILTERS: &[&str] = &[
    "name: { _expressions: { value: \"North Rock\" } }",
    "name: { _expressions: { value: \"north rock\", _ignoreCase: true } }",
    "name: { _expressions: { value: \"North Rock\", _operator: EQUALS_NOT } }",
    "name: { _expressions: { value: \"Rock\", _operator: CONTAINS } }",
    "name: { _expressions: { value: \"rock\", _operator: CONTAINS } }",
    "name: { _expressions: { value: \"Rock\", _operator: CONTAINS_NOT } }",
    "name: { _logOp: OR, _expressions: [{ value: \"South Bar\" }, { value: \"Nordfels\" }] }",
    "colour: { _expressions: { value: \"white\" } }",
    "call_sign: { _expressions: { value: \"NR-1\" } }",
    "_3rd: { _expressions: { value: \"third\" } }",
    "_path: { _expressions: { value: \"/content/dam/lighthouse/en/\", _operator: STARTS_WITH } }",
    "_path: { _expressions: { value: \"/content/dam/lighthouse/en/stations/south-bar\" } }",
    "_path: { _expressions: { value: \"/content/dam/lighthouse/en/stations/south-bar\", _operator: EQUALS_NOT } }",
    "_variation: { _expressions: { value: \"winter\" } }",
    "_variations: { _expressions: { value: \"winter\" } }",
    "_tags: { _expressions: { value: \"sea:fog\", _operator: CONTAINS } }",
    "topics: { _expressions: { value: \"sea:fog\" } }",
    "height: { _expressions: { value: 41 } }",
    "height: { _expressions: { value: 41, _operator: UNEQUAL } }",
    "height: { _expressions: { value: 12, _operator: GREATER } }",
    "height: { _expressions: { value: 12, _operator: GREATER_EQUAL } }",
    "height: { _expressions: { value: 41, _operator: LOWER } }",
    "height: { _expressions: { value: 41, _operator: LOWER_EQUAL } }",
    "range: { _expressions: { value: 18.4, _sensitiveness: 0.2 } }",
    "range: { _expressions: { value: 18.4 } }",
    "lit: { _expressions: { value: true } }",
    "lit: { _expressions: { value: null } }",
    "firstLit: { _expressions: { value: \"1871-05-01T20:30:00.000Z\", _operator: AT } }",
    "firstLit: { _expressions: { value: \"1871-05-01T20:30:00.000Z\", _operator: NOT_AT } }",
    "firstLit: { _expressions: { value: \"1900-01-01T00:00:00.000Z\", _operator: BEFORE } }",
    "firstLit: { _expressions: { value: \"1871-05-01T20:30:00.000Z\", _operator: AT_OR_BEFORE } }",
    "firstLit: { _expressions: { value: \"1900-01-01T00:00:00.000Z\", _operator: AFTER } }",
    "firstLit: { _expressions: { value: \"1871-05-01T20:30:00.000Z\", _operator: AT_OR_AFTER } }",
    "opened: { _expressions: { value: \"2019-06-30\", _operator: AT } }",
    "opened: { _expressions: { value: \"2000-01-01\", _operator: BEFORE } }",
    "dusk: { _expressions: { value: \"21:15:30\", _operator: AT } }",
    "dusk: { _expressions: { value: \"23:00:00\", _operator: AFTER } }",
    "signals: { _expressions: { value: \"horn\" } }",
    "signals: { _expressions: { value: \"horn\", _apply: ALL } }",
    "signals: { _expressions: { value: \"horn\", _apply: ALL_OR_EMPTY } }",
    "signals: { _expressions: { value: \"horn\", _apply: INSTANCES, _instances: 1 } }",
    "signals: { _expressions: { value: \"horn\", _apply: INSTANCES, _instances: 0 } }",
    "signals: { _expressions: { values: [\"flash\", \"horn\"] } }",
    "signals: { _expressions: { values: [\"horn\", \"flash\"] } }",
    "readings: { _expressions: { value: 2.0, _operator: GREATER } }",
    "readings: { _expressions: { value: 1.0, _operator: GREATER, _apply: ALL } }",
    "story: { plaintext: { _expressions: { value: \"Built\", _operator: CONTAINS } } }",
    "story: { html: { _expressions: { value: \"<p>\", _operator: CONTAINS } } }",
    "story: { _logOp: OR, markdown: { _expressions: { value: \"Ida\", _operator: CONTAINS } }, html: { _expressions: { value: \"x\" } } }",
    "keeper: { firstName: { _expressions: { value: \"Ida\" } } }",
    "keeper: { age: { _expressions: { value: 30, _operator: LOWER } } }",
    "crew: { _match: { firstName: { _expressions: { value: \"Olaf\" } } } }",
    "crew: { _apply: ALL, _match: { firstName: { _expressions: { value: \"Olaf\" } } } }",
    "crew: { _apply: INSTANCES, _instances: 2, _match: { age: { _expressions: { value: 0, _operator: GREATER } } } }",
    "_logOp: OR, lit: { _expressions: { value: false } }, height: { _expressions: { value: 41 } }",
    "lit: { _expressions: { value: false } }, height: { _expressions: { value: 41 } }",
];

fn names(sandbox: &Sandbox, filter: &str) -> Value {
    let query = format!("{{ signalStationList(filter: {{ {filter} }}) {{ items {{ name }} }} }}");
    let items = data(sandbox, &query)["signalStationList"]["items"].clone();
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operator() {
    let sandbox = start(open()).await;
    let intuitive = start(Options {
        date_operators: DateOperators::Intuitive,
        ..open()
    })
    .await;
    let mut found = Map::new();
    for filter in FILTERS {
        let names_found = names(&sandbox, filter);
        if ["BEFORE", "AFTER"]
            .iter()
            .any(|operator| filter.contains(operator))
        {
            let other = names(&intuitive, filter);
            found.insert(
                (*filter).to_owned(),
                json!({ "documented": names_found, "intuitive": other }),
            );
        } else {
            found.insert((*filter).to_owned(), names_found);
        }
    }
    insta::assert_json_snapshot!("operators", found);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_data_type() {
    let sandbox = start(open()).await;
    let query = r#"{ signalStationList(sort: "_path") {
      items {
        __typename _id _path _locale _variation _variations _tags _model { _path title _id }
        name aliases story { html plaintext markdown json } notes { html } height range readings lit
        firstLit opened dusk colour signals topics plan
        photo { ... on ImageRef { _path _id type mimeType width height _authorUrl _publishUrl _dynamicUrl _dmS7Url } }
        papers { __typename ... on DocumentRef { _path size format author type } ... on PageRef { _path _publishUrl } }
        keeper { firstName station { name } } crew { firstName }
        neighbours { __typename ... on KeeperModel { firstName } ... on SignalStationModel { name } }
        call_sign call_sign_2 _3rd
      }
      _references { __typename ... on KeeperModel { _path } ... on DocumentRef { _path } }
    } }"#;
    insta::assert_json_snapshot!("data_types", ask(&sandbox, query));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_query() {
    let sandbox = start(open()).await;
    let mut answers = Map::new();
    for query in [
        r#"{ signalStationByPath(_path: "/content/dam/lighthouse/en/stations/north-rock", variation: "winter") { item { name _variation keeper { firstName } } } }"#,
        r#"{ signalStationById(_id: "00000000-0000-4000-8000-000000000002") { item { name } } }"#,
        r#"{ signalStationList(_locale: "DE") { items { name } } }"#,
        r#"{ signalStationList(sort: "height DESC, name") { items { name height } } }"#,
        r#"{ signalStationList(sort: "keeper.firstName") { items { name } } }"#,
        r#"{ signalStationList(offset: 1, limit: 1) { items { name } } }"#,
        r#"{ signalStationList(includeVariations: true) { items { name _variation } } }"#,
        r#"{ signalStationPaginated(first: 2, sort: "name") { edges { cursor node { name } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"#,
        r#"{ signalStationPaginated(first: 101) { edges { cursor } } }"#,
        r#"{ signalStationPaginated(after: "bm9uZQ==") { edges { cursor } } }"#,
        r#"{ signalStationByPath(_path: "/content/dam/none") { item { name } } }"#,
        r#"{ oldNoticeList { items { title } } logbookList { items { title } } }"#,
        r#"{ signalStationList { items { lost wreck } } }"#,
        r#"{ keeperList_2 { items { motto } } }"#,
        r#"{ signalStationList { items } }"#,
        "{ signalStationList { items { name }",
        r#"query ($n: Int!) { signalStationList(limit: $n) { items { name } } }"#,
        r#"mutation { x }"#,
        r#"{ __type(name: "SignalStationModel") { fields { name type { name kind ofType { name } } } } }"#,
    ] {
        answers.insert(query.to_owned(), ask(&sandbox, query));
    }
    insta::assert_json_snapshot!("forms", answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_by_openapi() {
    let sandbox = start(open()).await;
    let base = "/adobe/contentFragments";
    let mut answers = Map::new();
    for path in [
        "/00000000-0000-4000-8000-000000000001?references=all-hydrated",
        "/00000000-0000-4000-8000-000000000001?references=direct&variation=winter",
        "/00000000-0000-4000-8000-000000000003",
        "?path=/content/dam/lighthouse/en/keepers",
    ] {
        answers.insert(
            path.to_owned(),
            get(sandbox.address(), &format!("{base}{path}")).json(),
        );
    }
    insta::assert_json_snapshot!("openapi", answers);
}
