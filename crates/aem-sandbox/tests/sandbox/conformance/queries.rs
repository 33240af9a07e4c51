//! Rows 16 to 23: who sees what, variations, recursion, references, pages.

use super::{DAM, LOCAL, closed, run, start, text, titles};
use crate::http::{execute, send};
use crate::lighthouse;
use aem_sandbox::{AccessToken, FieldKind, Model, NewFragment, Options, Repository, Sandbox};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn row_16_closed_user_groups() {
    let options = Options {
        tokens: ["members", "others"]
            .map(|group| AccessToken {
                token: format!("of-{group}"),
                groups: vec![group.to_owned()],
                life: None,
            })
            .into(),
        ..closed()
    };
    let sandbox = start(options).await;
    let path = execute("harbor/recipes-all", &[]);
    for (token, sees) in [
        (None, false),
        (Some("Bearer of-others"), false),
        (Some("Bearer of-members"), true),
    ] {
        let headers: Vec<_> = token
            .iter()
            .map(|token| ("Authorization", *token))
            .collect();
        let answer = send(sandbox.address(), "GET", &path, &headers, "");
        assert_eq!(answer.status, 200);
        assert_eq!(
            titles(&answer).contains(&"Secret sauce".to_owned()),
            sees,
            "{token:?}"
        );
    }
    let wrong = send(
        sandbox.address(),
        "GET",
        &path,
        &[("Authorization", "Bearer none")],
        "",
    );
    assert_eq!(wrong.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_unknown_variation() {
    let sandbox = start(Options::default()).await;
    let path = format!("{DAM}/recipes/r0");
    for (asked, variation, title) in [
        ("winter", "master", "Apple pie"),
        ("summer", "summer", "Apple pie, cold"),
    ] {
        let answer = run(
            &sandbox,
            "by-path",
            &[("path", &path), ("variation", asked)],
        )
        .json();
        let item = &answer["data"]["recipeByPath"]["item"];
        assert_eq!(
            (text(&item["_variation"]), text(&item["title"])),
            (variation, title)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_one_item_for_each_variation() {
    let sandbox = start(Options::default()).await;
    let answer = run(&sandbox, "variations", &[]).json();
    let items = answer["data"]["recipeList"]["items"].as_array().unwrap();
    let of_r0: Vec<_> = items
        .iter()
        .filter(|item| text(&item["_path"]).ends_with("r0"))
        .map(|item| text(&item["_variation"]))
        .collect();
    assert_eq!((items.len(), of_r0), (5, vec!["master", "summer"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_19_and_20_circles_and_unpublished_targets() {
    let sandbox = start(Options::default()).await;
    let answer = run(
        &sandbox,
        "by-path",
        &[("path", &format!("{DAM}/recipes/r0"))],
    )
    .json();
    // r0 is the first repetition: null. r3 is deactivated: left out.
    let others = json!([null, { "title": "Bread ü & c+d=e" }, { "title": "Chowder" }]);
    assert_eq!(
        answer["data"]["recipeByPath"]["item"]["chef"]["recipes"],
        others
    );
    let gone = run(
        &sandbox,
        "by-path",
        &[("path", &format!("{DAM}/recipes/r3"))],
    )
    .json();
    assert!(text(&gone["errors"][0]["message"]).contains("no resource available"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_single_reference_to_an_unpublished_target() {
    let chef = Model::new("one", "chef", "Chef").with("name", FieldKind::Text);
    let recipe = Model::new("one", "recipe", "Recipe").with(
        "chef",
        FieldKind::FragmentReference(vec![chef.path().to_owned()]),
    );
    let gone = NewFragment::new("/content/dam/one/gone", &chef).deactivated();
    let here =
        NewFragment::new("/content/dam/one/here", &recipe).value("chef", "/content/dam/one/gone");
    let repository = Repository::builder()
        .model(chef)
        .model(recipe)
        .fragment(gone)
        .fragment(here);
    let repository = repository.query("one", "q", "{ recipeList { items { chef { name } } } }");
    let sandbox = Sandbox::start_with(repository.build().unwrap(), Options::default(), LOCAL)
        .await
        .unwrap();
    let answer = crate::http::get(sandbox.address(), &execute("one/q", &[])).json();
    assert_eq!(
        answer["data"]["recipeList"]["items"],
        json!([{ "chef": null }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_21_svg_is_a_document() {
    let sandbox = lighthouse::start(lighthouse::open()).await;
    let found = lighthouse::data(
        &sandbox,
        r#"{ signalStationByPath(_path: "/content/dam/lighthouse/en/stations/north-rock") {
        item { papers { __typename ... on DocumentRef { format } } } } }"#,
    );
    let paper = &found["signalStationByPath"]["item"]["papers"][0];
    assert_eq!(
        *paper,
        json!({ "__typename": "DocumentRef", "format": "image/svg+xml" })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_22_inline_references() {
    let sandbox = lighthouse::start(lighthouse::open()).await;
    let found = lighthouse::data(
        &sandbox,
        r#"{ signalStationByPath(_path: "/content/dam/lighthouse/en/stations/north-rock") {
        item { story { json } }
        _references { __typename ... on KeeperModel { _path } ... on DocumentRef { _path } } } }"#,
    );
    let found = &found["signalStationByPath"];
    let json = &found["item"]["story"]["json"];
    let fragment = &json[0]["content"][1];
    let image = &json[1]["content"][0];
    assert_eq!(
        (text(&fragment["nodeType"]), text(&image["nodeType"])),
        ("reference", "reference")
    );
    let joined = json!([
        { "__typename": "KeeperModel", "_path": fragment["data"]["href"] },
        { "__typename": "DocumentRef", "_path": image["data"]["path"] },
    ]);
    assert_eq!(found["_references"], joined);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_a_run_of_pages() {
    let model = Model::new("many", "post", "Post").with("n", FieldKind::Integer);
    let posts = (0..250).map(|n| {
        NewFragment::new(format!("/content/dam/many/{n}"), &model).value("n", i64::from(n))
    });
    let posts: Vec<_> = posts.collect();
    let query = "query ($after: String) { postPaginated(first: 100, after: $after) { edges { node { n } } pageInfo { endCursor hasNextPage } } }";
    let repository = Repository::builder()
        .model(model)
        .fragments(posts)
        .query("many", "all", query);
    let sandbox = Sandbox::start_with(repository.build().unwrap(), Options::default(), LOCAL)
        .await
        .unwrap();
    let mut after = "null".to_owned();
    let mut sizes = Vec::new();
    loop {
        let path = execute("many/all", &[("after", &after)]);
        let page =
            crate::http::get(sandbox.address(), &path).json()["data"]["postPaginated"].clone();
        sizes.push(page["edges"].as_array().unwrap().len());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        text(&page["pageInfo"]["endCursor"]).clone_into(&mut after);
    }
    assert_eq!(sizes, [100, 100, 50]);
}
