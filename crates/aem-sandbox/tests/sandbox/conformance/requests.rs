//! Rows 1 to 15: what a request may look like, and what the layers around GraphQL answer.

use super::{DAM, LOCAL, as_admin, author, run, start, text, titles};
use crate::http::{execute, get, post};
use aem_sandbox::{GraphqlStatus, Options, Sandbox};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn row_01_stored_query() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "recipes-all", &[]);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let first = format!(
        r#"{{"data":{{"recipeList":{{"items":[{{"_path":"{DAM}/members/secret","title":"Secret sauce","price":null}}"#
    );
    assert!(
        answer.text().starts_with(&first),
        "keys in selection order: {}",
        answer.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_02_encoded_variables() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "recipes-all", &[("offset", "1"), ("limit", "2")]);
    assert_eq!(titles(&answer), ["Apple pie", "Bread ü & c+d=e"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_03_raw_variables() {
    let sandbox = start(Options::default()).await;
    let raw = "/graphql/execute.json/harbor/recipes-all;offset=1;limit=2";
    let encoded = run(&sandbox, "recipes-all", &[("offset", "1"), ("limit", "2")]);
    assert_eq!(get(sandbox.address(), raw).body, encoded.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_04_path_in_the_raw_path() {
    let sandbox = start(Options::default()).await;
    let answer = run(
        &sandbox,
        "by-path",
        &[("path", &format!("{DAM}/recipes/r2"))],
    );
    assert_eq!(
        answer.json()["data"]["recipeByPath"]["item"]["title"],
        "Chowder"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_05_values_make_an_exact_round_trip() {
    let sandbox = start(Options::default()).await;
    let title = "Bread ü & c+d=e";
    assert_eq!(
        titles(&run(&sandbox, "by-title", &[("title", title)])),
        [title]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_06_cursors_end_in_equals_signs() {
    let sandbox = start(Options::default()).await;
    let first = run(&sandbox, "paged", &[("sort", "title"), ("first", "3")]).json();
    let cursor = text(&first["data"]["recipePaginated"]["pageInfo"]["endCursor"]).to_owned();
    assert!(cursor.ends_with("=="), "{cursor}");
    let variables = [("sort", "title"), ("first", "3"), ("after", &cursor)];
    let next = run(&sandbox, "paged", &variables).json();
    let edges = &next["data"]["recipePaginated"]["edges"];
    assert_eq!(*edges, json!([{ "node": { "title": "Secret sauce" } }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_07_after_null_is_the_first_page() {
    let sandbox = start(Options::default()).await;
    let first = run(&sandbox, "paged", &[]);
    assert_eq!(
        run(&sandbox, "paged", &[("after", "null")]).body,
        first.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_08_undeclared_variables_are_ignored() {
    let sandbox = start(Options::default()).await;
    let plain = run(&sandbox, "recipes-all", &[]);
    assert_eq!(
        run(&sandbox, "recipes-all", &[("ts", "1735689600000")]).body,
        plain.body
    );
    // That it is another key for caches is shown with the CDN: `cdn::answers_stay_until_their_time_ends`.
}

#[tokio::test(flavor = "multi_thread")]
async fn row_09_a_required_variable_is_missing() {
    for (graphql_status, status) in [
        (GraphqlStatus::Always200, 200),
        (GraphqlStatus::OverHttp, 400),
    ] {
        let options = Options {
            graphql_status,
            ..Options::default()
        };
        let sandbox = start(options).await;
        let answer = run(&sandbox, "by-path", &[]);
        assert_eq!(answer.status, status);
        let error = &answer.json()["errors"][0];
        assert!(text(&error["message"]).ends_with("coerced Null value for NonNull type 'String!'"));
        assert_eq!(error["extensions"]["classification"], "ValidationError");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_unknown_query() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "none", &[]);
    let error =
        json!({ "errorType": "PersistenceError", "message": "Could not find Persisted Query" });
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({ "errors": [error] }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10a_stored_query_with_a_removed_field() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "stale", &[]);
    let error = json!({
        "errorType": "QueryValidationError",
        "message": "Persisted Query Validation Error",
        "details": "Error: type=ValidationError; message=Validation error (FieldUndefined@[recipeList/items/gone]) : \
                    Field 'gone' in type 'RecipeModel' is undefined; location=1,24;",
    });
    assert_eq!(
        (answer.status, answer.json()),
        (500, json!({ "errors": [error] }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10b_unknown_fragment_path() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "by-path", &[("path", "/content/dam/none")]);
    let body = answer.json();
    assert_eq!((answer.status, &body["data"]), (200, &json!(null)));
    assert!(body.as_object().unwrap().contains_key("data"));
    let message = text(&body["errors"][0]["message"]);
    assert!(
        message.contains("Path: '/content/dam/none': no resource available"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10c_unset_multi_line_text() {
    let sandbox = start(Options::default()).await;
    let items = run(&sandbox, "bodies", &[]).json()["data"]["recipeList"]["items"].clone();
    assert_eq!(items[0], json!({ "body": { "html": null } }));
    assert_eq!(items[1], json!({ "body": { "html": "<p>Bake.</p>" } }));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10d_no_references_beside_pages() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "paged-references", &[]);
    let details = answer.json()["errors"][0]["details"].clone();
    assert!(
        text(&details).contains("Field '_references' in type 'RecipeModelConnection' is undefined")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10e_persisting_twice() {
    let sandbox = start(author()).await;
    let path = "/graphql/persist.json/harbor/new";
    let query = "{ recipeList { items { title } } }";
    let created = as_admin(&sandbox, "PUT", path, query);
    let expected = json!({
        "action": "create", "configurationName": "harbor", "name": "new", "shortPath": "/harbor/new",
        "path": "/conf/harbor/settings/graphql/persistentQueries/new",
    });
    assert_eq!((created.status, created.json()), (201, expected));
    let again = as_admin(&sandbox, "PUT", path, query);
    let error = json!({
        "errorType": "PersistenceError", "message": "Failed to save Query",
        "details": "Persisted Query: 'new' already exists and create is not permitted",
    });
    assert_eq!(
        (again.status, again.json()),
        (409, json!({ "errors": [error] }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_no_suffix() {
    let sandbox = start(Options::default()).await;
    for path in ["/graphql/execute.json", "/graphql/execute.json/"] {
        let answer = get(sandbox.address(), path);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (400, "Suffix: '/' does not contain a path")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_no_endpoint() {
    let sandbox = start(Options::default()).await;
    let answer = get(sandbox.address(), &execute("lost/any", &[]));
    assert_eq!(answer.status, 404);
    assert_eq!(
        answer.json()["errors"][0]["details"],
        "No suitable endpoint found."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_posted_execution() {
    let sandbox = start(Options::default()).await;
    let path = execute("harbor/recipes-all", &[]);
    let posted = post(sandbox.address(), &path, &json!({ "variables": {} }));
    assert_eq!(posted.body, get(sandbox.address(), &path).body);
    assert_eq!(posted.header("cache-control"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_ad_hoc_on_publish() {
    let sandbox = start(Options::default()).await;
    let query = json!({ "query": "{ recipeList { items { title } } }" });
    let answer = post(
        sandbox.address(),
        "/content/_cq_graphql/harbor/endpoint.json",
        &query,
    );
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, "text/html;charset=utf-8")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_closed_on_publish() {
    let sandbox = Sandbox::start_with(super::harbor(), Options::default(), LOCAL)
        .await
        .unwrap();
    for path in [
        "/graphql/list.json",
        "/graphql/persist.json/harbor/x",
        "/bin/querybuilder.json",
        "/api/assets.json",
        "/content/dam/harbor.infinity.json",
        "/content/dam/harbor.1.json",
        "/content/cq:graphql/harbor/endpoint.schemaerrors",
    ] {
        let answer = get(sandbox.address(), path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "text/html;charset=utf-8"),
            "{path}"
        );
    }
}
