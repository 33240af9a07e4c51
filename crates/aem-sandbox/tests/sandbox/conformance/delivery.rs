//! Rows 24 to 28: images, conditional requests, the schema text, OpenAPI, WKND.

use super::{DAM, as_admin, author, run, start, text};
use crate::http::{get, send};
use crate::lighthouse;
use aem_sandbox::Options;

/// Widths of re-encoded images are measured in `images::parameters_and_formats`; here is the way there, which also holds
/// without the feature `images`.
#[tokio::test(flavor = "multi_thread")]
async fn row_24_dynamic_url_with_a_width() {
    let sandbox = lighthouse::start(lighthouse::open()).await;
    let found = lighthouse::data(
        &sandbox,
        r#"{ signalStationByPath(_path: "/content/dam/lighthouse/en/stations/north-rock",
        _assetTransform: { format: JPG, quality: 80 }) { item { photo { ... on ImageRef { _dynamicUrl } } } } }"#,
    );
    let url = text(&found["signalStationByPath"]["item"]["photo"]["_dynamicUrl"]).to_owned();
    let image = get(sandbox.address(), &format!("{url}&width=400"));
    assert_eq!(image.status, 200);
    assert!(image.header("content-type").starts_with("image/"));
    assert_eq!(
        image.header("cache-control"),
        "public, max-age=600, immutable"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_current_etag() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "recipes-all", &[]);
    let tag = answer.header("etag");
    assert_ne!(tag, "");
    let path = "/graphql/execute.json/harbor/recipes-all";
    let again = send(
        sandbox.address(),
        "GET",
        path,
        &[("If-None-Match", tag)],
        "",
    );
    assert_eq!((again.status, again.body.len()), (304, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_schema_text() {
    let sandbox = start(author()).await;
    let answer = as_admin(
        &sandbox,
        "GET",
        "/content/cq:graphql/harbor/endpoint.GQLschema",
        "",
    );
    assert_eq!(
        answer.header("content-type"),
        "text/x-graphql-schema;charset=iso-8859-1"
    );
    assert!(
        answer
            .text()
            .contains("recipeByPath(_path: String!, variation: String")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_openapi_list() {
    let sandbox = start(Options::default()).await;
    let mut paths = Vec::new();
    let mut cursor = String::new();
    loop {
        let url = format!("/adobe/contentFragments?path={DAM}&limit=2{cursor}");
        let page = get(sandbox.address(), &url).json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        paths.extend(items.iter().map(|item| text(&item["path"]).to_owned()));
        match page.get("cursor") {
            Some(next) => cursor = format!("&cursor={}", text(next)),
            None => break,
        }
    }
    let expected = [
        "chefs/marin",
        "members/secret",
        "recipes/r0",
        "recipes/r1",
        "recipes/r2",
    ];
    assert_eq!(paths, expected.map(|path| format!("{DAM}/{path}")));
}

/// All answers of the package are compared in `wknd::every_response_is_answered`; here is the count of the row.
#[tokio::test(flavor = "multi_thread")]
async fn row_28_wknd() {
    let Some(dir) = crate::wknd::package() else {
        return;
    };
    let address = super::LOCAL;
    let options = Options {
        watch: false,
        ..Options::default()
    };
    let sandbox = aem_sandbox::Sandbox::start(&dir, options, address)
        .await
        .unwrap();
    let summary = sandbox.summary();
    let queries: Vec<_> = summary
        .configurations
        .iter()
        .flat_map(|c| &c.queries)
        .collect();
    assert_eq!((summary.fragments, queries.len()), (30, 9));
    for name in queries {
        // By-path queries and filters have required variables, which is the one error allowed here.
        let answer = get(
            sandbox.address(),
            &format!("/graphql/execute.json/wknd-shared/{name}"),
        );
        assert_eq!(answer.status, 200);
        for error in answer.json()["errors"].as_array().into_iter().flatten() {
            assert!(
                text(&error["message"]).contains("NonNull"),
                "{name}: {error}"
            );
        }
    }
}
