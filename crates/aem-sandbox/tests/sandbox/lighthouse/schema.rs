//! The schema of the package, its broken files, and queries that do not validate.

use super::{ask, data, messages, open, start};
use aem_sandbox::Options;
use serde_json::json;

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
    let unclosed = "not well-formed XML: the root node was opened but never closed; file left out";
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
