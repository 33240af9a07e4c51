//! An invented package with every data type, awkward names and broken files.

use crate::http::{execute, get, post, send};
use aem_sandbox::{DateOperators, Options, Sandbox};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

const ENDPOINT: &str = "/content/_cq_graphql/lighthouse/endpoint.json";

pub(crate) async fn start(options: Options) -> Sandbox {
    let dir = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/packages/lighthouse"
    ));
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start(dir, options, address).await.unwrap()
}

pub(crate) fn open() -> Options {
    Options {
        adhoc_on_publish: true,
        ..Options::default()
    }
}

fn ask(sandbox: &Sandbox, query: &str) -> Value {
    let answer = post(sandbox.address(), ENDPOINT, &json!({ "query": query }));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The `data` of an answer without errors.
fn data(sandbox: &Sandbox, query: &str) -> Value {
    let answer = ask(sandbox, query);
    assert_eq!(answer.get("errors"), None, "{query}");
    answer["data"].clone()
}

fn messages(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["message"].as_str().unwrap().to_owned())
        .collect()
}

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
async fn every_data_type_is_delivered() {
    let sandbox = start(open()).await;
    let found = data(
        &sandbox,
        r#"{ signalStationByPath(_path: "/content/dam/lighthouse/en/stations/north-rock") {
          item {
            __typename _id _path _locale _variation _variations _tags _model { _path title }
            name aliases story { html plaintext json } notes { html } height range readings lit
            firstLit opened dusk colour signals topics plan
            photo { __typename ... on ImageRef { _path type mimeType width height _dynamicUrl } }
            papers { __typename
              ... on DocumentRef { _path size format } ... on PageRef { _publishUrl } ... on KeeperModel { firstName } }
            keeper { firstName station { name } } crew { firstName }
            neighbours { ... on KeeperModel { firstName } ... on SignalStationModel { name } }
            call_sign call_sign_2 _3rd
            _metadata {
              stringMetadata { name value } stringArrayMetadata { name value } intMetadata { name value }
              intArrayMetadata { name value } floatMetadata { name value } floatArrayMetadata { name value }
              booleanMetadata { name value } booleanArrayMetadata { name value }
              calendarMetadata { name value } calendarArrayMetadata { name value }
            }
          }
          _references { __typename ... on KeeperModel { _path } ... on DocumentRef { _path } }
        } }"#,
    );
    let dam = "/content/dam/lighthouse";
    let story = &found["signalStationByPath"]["item"]["story"];
    assert_eq!(story["plaintext"], "Built by Ida.");
    assert_eq!(story["json"][0]["content"][1]["data"]["type"], "fragment");
    assert_eq!(
        story["json"][1]["content"][0]["data"]["mimetype"],
        "image/svg+xml"
    );
    let mut item = found["signalStationByPath"]["item"].clone();
    item.as_object_mut().unwrap().remove("story");
    assert_eq!(
        item,
        json!({
            "__typename": "SignalStationModel",
            "_id": "00000000-0000-4000-8000-000000000001",
            "_path": format!("{dam}/en/stations/north-rock"),
            "_locale": "en",
            "_variation": "master",
            "_variations": ["winter"],
            "_tags": ["sea:fog"],
            "_model": {
                "_path": "/conf/lighthouse/settings/dam/cfm/models/signal-station",
                "title": "Signal station",
            },
            "name": "North Rock",
            "aliases": ["The Candle", "Old, grey one"],
            "notes": [{ "html": "<p>one</p>" }, { "html": "<p>two</p>" }],
            "height": 41,
            "range": 18.5,
            "readings": [1.5, 2.5],
            "lit": true,
            "firstLit": "1871-05-01T21:30:00.000+01:00",
            "opened": "2019-06-30",
            "dusk": "21:15:30",
            "colour": "white",
            "signals": ["flash", "horn"],
            "topics": ["sea:fog"],
            "plan": { "rooms": [1, 2], "roof": null },
            "photo": {
                "__typename": "ImageRef",
                "_path": format!("{dam}/media/tower.jpg"),
                "type": "image",
                "mimeType": "image/jpeg",
                "width": 2000,
                "height": 1000,
                "_dynamicUrl":
                    "/adobe/dynamicmedia/deliver/dm-aid--00000000-0000-4000-8000-00000000000a/tower.jpg",
            },
            "papers": [
                { "__typename": "DocumentRef", "_path": format!("{dam}/media/my chart.svg"), "size": 11,
                  "format": "image/svg+xml" },
                { "__typename": "KeeperModel", "firstName": "Ida" },
                { "__typename": "PageRef",
                  "_publishUrl": "https://publish-p123-e456.adobeaemcloud.com/content/harbour/en.html" },
                null,
            ],
            "keeper": { "firstName": "Ida", "station": null },
            "crew": [{ "firstName": "Ida" }, { "firstName": "Olaf" }],
            "neighbours": [{ "name": "South Bar" }, { "firstName": "Olaf" }],
            "call_sign": "NR-1",
            "call_sign_2": "NR_2",
            "_3rd": "third",
            "_metadata": {
                "stringMetadata": [
                    { "name": "title", "value": "North Rock" }, { "name": "description", "value": "" }],
                "stringArrayMetadata": [{ "name": "cq:tags", "value": ["sea:fog"] }],
                "intMetadata": [{ "name": "visits", "value": 12 }],
                "intArrayMetadata": [{ "name": "years", "value": [1871, 1999] }],
                "floatMetadata": [{ "name": "score", "value": 0.5 }],
                "floatArrayMetadata": [],
                "booleanMetadata": [{ "name": "checked", "value": true }],
                "booleanArrayMetadata": [],
                "calendarMetadata": [
                    { "name": "jcr:created", "value": "2024-03-07T17:48:31.772Z" },
                    { "name": "cq:lastModified", "value": "2024-03-07T17:48:31.772Z" },
                ],
                "calendarArrayMetadata": [],
            },
        })
    );
    assert_eq!(
        found["signalStationByPath"]["_references"],
        json!([
            { "__typename": "KeeperModel", "_path": format!("{dam}/en/keepers/ida") },
            { "__typename": "DocumentRef", "_path": format!("{dam}/media/my chart.svg") },
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unset_and_misfit_values_are_empty() {
    let sandbox = start(open()).await;
    let fields = "name aliases story { html json } notes { html } height range readings lit firstLit colour topics
        plan photo { __typename } papers { __typename } keeper { firstName } crew { firstName }
        neighbours { __typename } _tags _variations";
    let query = format!("{{ signalStationList(sort: \"name\") {{ items {{ {fields} }} }} }}");
    let items = data(&sandbox, &query)["signalStationList"]["items"].clone();
    assert_eq!(
        items[0],
        json!({
            "name": "Nordfels", "aliases": null, "story": { "html": null, "json": null }, "notes": null,
            "height": null, "range": null, "readings": null, "lit": null, "firstLit": null, "colour": null,
            "topics": null, "plan": null, "photo": null, "papers": null, "keeper": null, "crew": [],
            "neighbours": [], "_tags": [], "_variations": [],
        })
    );
    let south = &items[2];
    assert_eq!(
        south["aliases"],
        json!(["single"]),
        "one value of a list field is a list"
    );
    assert_eq!(
        south["colour"],
        Value::Null,
        "a list in a single field is nothing"
    );
    assert_eq!(south["range"], 7.0, "numbers kept as text are numbers");
    assert_eq!(south["readings"], json!([]));
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

#[tokio::test(flavor = "multi_thread")]
async fn names_clash_and_models_come_and_go() {
    let sandbox = start(open()).await;
    let fields = data(
        &sandbox,
        "{ __schema { queryType { name fields { name } } } }",
    );
    let fields: Vec<_> = fields["__schema"]["queryType"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["name"].as_str().unwrap())
        .collect();
    assert!(
        fields.contains(&"keeperList") && fields.contains(&"keeperList_2"),
        "{fields:?}"
    );
    assert!(fields.contains(&"oldNoticeByPath"), "disabled models stay");
    assert!(
        !fields.iter().any(|name| name.starts_with("logbook")),
        "drafts have no type"
    );
    let station = data(
        &sandbox,
        r#"{ __type(name: "SignalStationModel") { fields { name type { name kind ofType { name } } } } }"#,
    );
    let station = station["__type"]["fields"].as_array().unwrap();
    let of = |name: &str| {
        station
            .iter()
            .find(|field| field["name"] == name)
            .map(|field| field["type"].clone())
    };
    assert_eq!(of("lost"), None, "a reference to a model that is not there");
    assert_eq!(
        of("neighbours").unwrap()["ofType"]["name"],
        "AllFragmentModels"
    );
    assert_eq!(of("photo").unwrap()["name"], "Reference");
    let motto = data(&sandbox, "{ keeperList_2 { items { motto } } }");
    assert_eq!(motto["keeperList_2"]["items"], json!([]));
}

/// The part of a problem's file that is the same on every machine.
fn after_root(problem: &str) -> String {
    let places = ["/content/dam/lighthouse/", "/conf/lighthouse/"];
    places
        .iter()
        .find_map(|place| Some(problem.split_once(place)?.1))
        .unwrap()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_are_problems_with_their_place() {
    let sandbox = start(Options::default()).await;
    let summary = sandbox.summary();
    let mut problems: Vec<String> = summary
        .problems
        .iter()
        .map(|problem| problem.to_string().replace('\\', "/"))
        .map(|problem| after_root(&problem))
        .collect();
    problems.sort();
    assert_eq!(problems.len(), 5, "{problems:#?}");
    assert_eq!(
        problems[0],
        "en/broken/bad-value/.content.xml:10:17: property `age` left out: `old` is not a whole number"
    );
    let unclosed = "not well-formed XML, file left out: the root node was opened but never closed";
    assert_eq!(
        problems[1],
        format!("en/broken/cut-off/.content.xml:1:1: {unclosed}")
    );
    assert_eq!(
        problems[2],
        "en/broken/no-model/.content.xml: fragment left out: its model \
         `/conf/lighthouse/settings/dam/cfm/models/wreck` is not in the package"
    );
    assert!(problems[3].starts_with(
        "en/broken/twin/.content.xml: `jcr:uuid` 00000000-0000-4000-8000-000000000008 is taken"
    ));
    assert_eq!(
        problems[4],
        "settings/graphql/persistentQueries/.content.xml: persisted query left out: \
         `jcr:data` has no file `_jcr_data.binary`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn validation_is_worded_as_graphql_java_does() {
    let sandbox = start(open()).await;
    for (query, message) in [
        (
            "{ keeperList { items { nam } } }",
            "Validation error (FieldUndefined@[keeperList/items/nam]) : Field 'nam' in type 'KeeperModel' is undefined",
        ),
        (
            "{ keeperList { items } }",
            "Validation error (SubselectionRequired@[keeperList/items]) : Subselection required for type '[KeeperModel]!' of field 'items'",
        ),
        (
            "{ keeperList { items { age { x } } } }",
            "Validation error (SubselectionNotAllowed@[keeperList/items/age]) : Subselection not allowed on leaf type 'Int' of field 'age'",
        ),
        (
            "{ keeperList(x: 1) { items { age } } }",
            "Validation error (UnknownArgument@[keeperList]) : Unknown field argument 'x'",
        ),
        (
            "{ keeperByPath { item { age } } }",
            "Validation error (MissingFieldArgument@[keeperByPath]) : Missing field argument '_path'",
        ),
        (
            "{ keeperList(limit: $n) { items { age } } }",
            "Validation error (UndefinedVariable@[keeperList]) : Undefined variable 'n'",
        ),
        (
            "query ($p: ID!) { keeperByPath(_path: $p) { item { age } } }",
            "Validation error (VariableTypeMismatch@[keeperByPath]) : Variable type 'ID!' does not match expected type 'String!'",
        ),
        (
            "{ signalStationList { items { photo { ... on GifRef { _path } } } } }",
            "Validation error (UnknownType@[signalStationList/items/photo]) : Unknown type 'GifRef'",
        ),
        (
            "{ keeperPaginated { _references { __typename } } }",
            "Validation error (FieldUndefined@[keeperPaginated/_references]) : Field '_references' in type 'KeeperModelConnection' is undefined",
        ),
        (
            "{ keeperList { items { age } }",
            "Invalid syntax with offending token '<EOF>' at line 1 column 31",
        ),
    ] {
        assert_eq!(messages(&ask(&sandbox, query)), [message], "{query}");
    }
    let deep = format!(
        "{{ keeperList {{ items {} }} }}",
        "{ station { keeper ".repeat(60) + "{ age }" + &" } }".repeat(60)
    );
    assert!(
        ask(&sandbox, &deep)["errors"].is_array(),
        "a query deeper than the engine goes is refused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn directives_and_aliases_work() {
    let sandbox = start(open()).await;
    let query = "query ($with: Boolean = false) { k: keeperList(sort: \"firstName\", limit: 1) {
        items { first: firstName age @include(if: $with) lastName @skip(if: $with) } } }";
    let body = |with: bool| json!({ "query": query, "variables": { "with": with } });
    let ask = |with| {
        post(sandbox.address(), ENDPOINT, &body(with)).json()["data"]["k"]["items"][0].clone()
    };
    assert_eq!(ask(true), json!({ "first": "Bad", "age": null }));
    assert_eq!(ask(false), json!({ "first": "Bad", "lastName": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn renditions_and_delivery() {
    let sandbox = start(Options::default()).await;
    let text = |path: &str| {
        let answer = get(sandbox.address(), path);
        (answer.status, answer.text())
    };
    let tower = "/content/dam/lighthouse/media/tower.jpg";
    let delivery =
        "/adobe/dynamicmedia/deliver/dm-aid--00000000-0000-4000-8000-00000000000a/any_name.jpg";
    let ok = |body: &str| (200, body.to_owned());
    assert_eq!(text(tower), ok("original bytes"));
    assert_eq!(
        text(&format!(
            "{tower}/_jcr_content/renditions/cq5dam.web.1280.1280.jpeg"
        )),
        ok("web bytes")
    );
    assert_eq!(
        text(&format!(
            "{tower}/jcr:content/renditions/cq5dam.web.1280.1280.jpeg"
        )),
        ok("web bytes")
    );
    assert_eq!(
        text(&format!("{tower}/_jcr_content/renditions/none.jpeg")).0,
        404
    );
    assert_eq!(
        text("/content/dam/lighthouse/media/my%20chart.svg"),
        ok("<svg></svg>")
    );
    assert_eq!(
        text("/content/dam/lighthouse/media/../media/tower.jpg").0,
        404
    );
    assert_eq!(text(delivery), ok("original bytes"));
    assert_eq!(
        text(&format!("{delivery}?width=300")),
        ok("thumbnail bytes")
    );
    assert_eq!(
        text(&format!("{delivery}?width=2000&preferwebp=true&width=800")),
        ok("web bytes")
    );
    let png = send(
        sandbox.address(),
        "GET",
        &format!("{delivery}?width=300"),
        &[],
        "",
    );
    assert_eq!(png.header("content-type"), "image/png");
}
