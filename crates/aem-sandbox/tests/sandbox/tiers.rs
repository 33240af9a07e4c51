//! Author, the Dispatcher's switches, `persist.json`, the CDN, OpenAPI and pages.

use crate::conformance::{ADMIN, DAM, LOCAL, as_admin, author, harbor, run, start, text, titles};
use crate::http::{execute, get, send};
use crate::lighthouse;
use aem_sandbox::{DispatcherRules, EncodedSlash, Options, Sandbox, Tier, User};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn stored_queries_live_and_die() {
    let sandbox = start(author()).await;
    let path = "/graphql/persist.json/harbor/q";
    let run = || as_admin(&sandbox, "GET", &execute("harbor/q", &[]), "");
    for method in ["POST", "DELETE"] {
        assert_eq!(
            as_admin(&sandbox, method, path, "{ recipeList { items { title } } }").status,
            404
        );
    }
    let broken = as_admin(
        &sandbox,
        "PUT",
        path,
        "{\n recipeList { items { tittle } } }",
    );
    let error = json!({
        "errorType": "ValidationError", "message": "Query Validation failed",
        "details": "[Error: type=ValidationError; message=Validation error (FieldUndefined@[recipeList/items/tittle]) : \
                    Field 'tittle' in type 'RecipeModel' is undefined; location=2,23;]",
    });
    assert_eq!(
        (broken.status, broken.json()),
        (500, json!({ "errors": [error] }))
    );
    assert_eq!(
        as_admin(&sandbox, "PUT", path, "{ recipeList { items { title } } }").status,
        201
    );
    assert!(
        run()
            .header("cache-control")
            .contains("max-age=60, s-maxage=60")
    );

    let wrapped = json!({
        "query": "{ recipeList { items { _path } } }",
        "cache-control": { "max-age": 300 },
        "surrogate-control": { "max-age": 600, "stale-while-revalidate": 1000, "stale-if-error": 2000 },
    });
    let updated = as_admin(&sandbox, "POST", path, &wrapped.to_string());
    assert_eq!(
        (updated.status, updated.json()["action"].clone()),
        (200, json!("update"))
    );
    assert_eq!(
        run().header("cache-control"),
        "public, max-age=300, s-maxage=600, stale-while-revalidate=1000, stale-if-error=2000"
    );
    assert!(run().text().contains("_path"));
    let list = as_admin(&sandbox, "GET", "/graphql/list.json/harbor", "").text();
    assert!(list.contains("/harbor/q"));

    assert_eq!(as_admin(&sandbox, "DELETE", path, "").status, 200);
    assert_eq!(run().status, 404);
    let elsewhere = as_admin(&sandbox, "PUT", "/graphql/persist.json/lost/q", "{ x }");
    assert_eq!(
        (
            elsewhere.status,
            elsewhere.json()["errors"][0]["details"].clone()
        ),
        (404, json!("No suitable endpoint found."))
    );
    assert_eq!(as_admin(&sandbox, "PUT", path, "  ").status, 400);
    assert_eq!(
        send(sandbox.address(), "PUT", path, &[], "{ x }").status,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn author_shows_everything_to_those_it_knows() {
    let sandbox = start(Options {
        users: vec![User {
            name: "ann".to_owned(),
            password: "pw".to_owned(),
            groups: Vec::new(),
        }],
        ..author()
    })
    .await;
    let path = execute("harbor/recipes-all", &[]);
    let ann = [("Authorization", "Basic YW5uOnB3")];
    assert_eq!(
        titles(&send(sandbox.address(), "GET", &path, &ann, "")).len(),
        5
    );
    let wrong = [("Authorization", "Basic YW5uOng=")];
    assert_eq!(
        send(sandbox.address(), "GET", &path, &wrong, "").status,
        401
    );
    assert_eq!(
        send(
            sandbox.address(),
            "GET",
            &path,
            &[("Authorization", "Bearer x")],
            ""
        )
        .status,
        401
    );
    assert_eq!(
        as_admin(
            &sandbox,
            "GET",
            "/adobe/contentFragments?path=/content/dam/harbor",
            ""
        )
        .status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_errors_name_the_field() {
    let sandbox = lighthouse::start(author()).await;
    let path = "/content/cq:graphql/lighthouse/endpoint.schemaerrors";
    let answer = send(sandbox.address(), "GET", path, &[ADMIN], "").json();
    let model = "/conf/lighthouse/settings/dam/cfm/models";
    assert_eq!(
        answer,
        json!([{
            "errorType": "SCHEMA_INCOMPLETE_FIELD_REMOVED",
            "errorLocation": format!("{model}/signal-station@lost"),
            "errorMessage": format!("Field removed: no referenced model is available: {model}/wreck"),
        }])
    );
    let clean = as_admin(
        &start(author()).await,
        "GET",
        "/content/cq:graphql/harbor/endpoint.schemaerrors",
        "",
    );
    assert_eq!(clean.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_of_the_dispatcher() {
    let old = start(Options {
        dispatcher_rules: DispatcherRules::ArchetypeOld,
        ..Options::default()
    })
    .await;
    let answer = run(&old, "recipes-all", &[]);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (404, "text/html;charset=utf-8")
    );
    let strict = start(Options {
        encoded_slash: EncodedSlash::NotFound,
        ..Options::default()
    })
    .await;
    assert_eq!(run(&strict, "recipes-all", &[("limit", "1")]).status, 200);
    assert_eq!(
        run(&strict, "by-path", &[("path", "/content/dam/x")]).status,
        404
    );
    let preview = start(Options {
        tier: Tier::Preview,
        ..Options::default()
    })
    .await;
    assert_eq!(run(&preview, "recipes-all", &[]).status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_stay_until_their_time_ends() {
    let sandbox = start(Options {
        stale: Some(Duration::from_secs(600)),
        ..Options::default()
    })
    .await;
    let cache = |query: &str, variables: &[(&str, &str)]| {
        let answer = run(&sandbox, query, variables);
        (
            answer.header("x-cache").to_owned(),
            answer.header("age").to_owned(),
        )
    };
    assert_eq!(
        cache("recipes-all", &[]),
        ("MISS".to_owned(), "0".to_owned())
    );
    assert_eq!(cache("recipes-all", &[]).0, "HIT");
    // An extra variable or a query string is another key: how a build gets past the CDN.
    assert_eq!(cache("recipes-all", &[("ts", "1")]).0, "MISS");
    let busted = get(
        sandbox.address(),
        "/graphql/execute.json/harbor/recipes-all?ts=1",
    );
    assert_eq!(busted.header("x-cache"), "MISS");
    let tag = run(&sandbox, "recipes-all", &[]).header("etag").to_owned();
    let path = execute("harbor/recipes-all", &[]);
    let again = send(
        sandbox.address(),
        "GET",
        &path,
        &[("If-None-Match", &tag)],
        "",
    );
    assert_eq!((again.status, again.header("x-cache")), (304, "HIT"));
    // Errors are not kept.
    assert_eq!(cache("none", &[]).0, "MISS");
    assert_eq!(cache("none", &[]).0, "MISS");
}

#[tokio::test(flavor = "multi_thread")]
async fn openapi_fragments_and_errors() {
    let sandbox = start(Options::default()).await;
    let address = sandbox.address();
    let base = "/adobe/contentFragments";
    let marin = get(
        address,
        &format!("{base}/byPath?path={DAM}/chefs/marin&references=direct-hydrated"),
    );
    assert_eq!(
        marin.header("cache-control"),
        "public, max-age=300, s-maxage=3600, stale-while-revalidate=3600, stale-if-error=86400"
    );
    let body = marin.json();
    // The deactivated fourth recipe is no reference here.
    assert_eq!(body["fields"]["recipes"].as_array().unwrap().len(), 3);
    assert_eq!(body["references"].as_object().unwrap().len(), 3);
    assert_eq!(
        body["model"]["id"],
        "L2NvbmYvaGFyYm9yL3NldHRpbmdzL2RhbS9jZm0vbW9kZWxzL2NoZWY"
    );
    let id = text(&body["id"]);
    let by_id = get(address, &format!("{base}/{id}?references=direct-hydrated"));
    assert_eq!(by_id.body, marin.body);
    let tag = marin.header("etag");
    let again = send(
        address,
        "GET",
        &format!("{base}/{id}?references=direct-hydrated"),
        &[("If-None-Match", tag)],
        "",
    );
    assert_eq!(again.status, 304);
    let plain = get(address, &format!("{base}/{id}")).json();
    assert!(plain.get("references").is_none() && plain.get("referencesTree").is_none());
    // All levels: the chef's recipes, whose chef is named again but not entered.
    let all = get(address, &format!("{base}/{id}?references=all")).json();
    assert_eq!(
        all["referencesTree"][0]["referencesTree"][0]["identifier"],
        body["id"]
    );
    assert!(all["references"][id]["value"].get("fields").is_none());

    for (url, status) in [
        ("?limit=2".to_owned(), 400),
        ("?path=/content/dam/".to_owned(), 400),
        ("?path=/content/site".to_owned(), 400),
        (format!("?path={DAM}&limit=51"), 400),
        (format!("?path={DAM}&limit=0"), 400),
        (format!("?path={DAM}&cursor=%25"), 400),
        (format!("?path={DAM}&references=some"), 400),
        ("/none".to_owned(), 404),
        ("/byPath?path=/content/dam/none".to_owned(), 404),
        ("/%zz".to_owned(), 400),
    ] {
        let answer = get(address, &format!("{base}{url}"));
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/problem+json"),
            "{url}"
        );
        assert_eq!(answer.json()["status"], status);
    }
    let html = send(
        address,
        "GET",
        &format!("{base}/{id}"),
        &[("Accept", "text/html")],
        "",
    );
    assert_eq!(html.status, 406);
    let off = Options {
        openapi: false,
        ..Options::default()
    };
    let off = Sandbox::start_with(harbor(), off, LOCAL).await.unwrap();
    assert_eq!(get(off.address(), &format!("{base}/{id}")).status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_registered() {
    let sandbox = start(Options {
        registered_clients: Some(vec!["known".to_owned()]),
        ..Options::default()
    })
    .await;
    let path = execute("harbor/recipes-all", &[]);
    let list = format!("/adobe/contentFragments?path={DAM}");
    for (headers, expected) in [
        (vec![], 200),
        (vec![("X-Api-Key", "known")], 200),
        (vec![("X-Api-Key", "stranger")], 403),
        (vec![("x-api-key", "stranger"), ADMIN], 403),
    ] {
        for path in [&path, &list] {
            let answer = send(sandbox.address(), "GET", path, &headers, "");
            assert_eq!(answer.status, expected, "{path} {headers:?}");
        }
    }
    let open = start(Options::default()).await;
    let answer = send(open.address(), "GET", &path, &[("X-Api-Key", "any")], "");
    assert_eq!(answer.status, 200);
}
