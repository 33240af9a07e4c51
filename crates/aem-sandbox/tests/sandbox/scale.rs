//! Many fragments: every page is right, and a page is served without sorting everything again.

use crate::http::{execute, get};
use aem_sandbox::{FieldKind, Model, NewFragment, Options, Repository, Sandbox};
use std::net::SocketAddr;

const COUNT: usize = 5_000;
const QUERY: &str = "query ($first: Int, $after: String, $sort: String) {
  postPaginated(first: $first, after: $after, sort: $sort) {
    edges { node { _path slug } } pageInfo { endCursor hasNextPage } } }";

fn repository() -> Repository {
    let model = Model::new("many", "post", "Post")
        .with("slug", FieldKind::Text)
        .with("number", FieldKind::Integer);
    let fragments = (0..COUNT).map(|number| {
        NewFragment::new(format!("/content/dam/many/en/posts/{number:06}"), &model)
            .value("slug", format!("post-{number:06}"))
            .value("number", i64::try_from(number % 97).unwrap())
    });
    let fragments: Vec<_> = fragments.collect();
    let list = "query ($offset: Int, $limit: Int) { postList(offset: $offset, limit: $limit) { items { slug } } }";
    let builder = Repository::builder().model(model).fragments(fragments);
    builder
        .query("many", "pages", QUERY)
        .query("many", "window", list)
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_together_are_everything() {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let sandbox = Sandbox::start_with(repository(), Options::default(), address)
        .await
        .unwrap();
    for sort in ["null", "number DESC, slug"] {
        let mut slugs = Vec::new();
        let mut after = "null".to_owned();
        loop {
            let variables = [("first", "100"), ("after", &after), ("sort", sort)];
            let answer = get(sandbox.address(), &execute("many/pages", &variables)).json();
            let page = &answer["data"]["postPaginated"];
            let edges = page["edges"].as_array().unwrap();
            slugs.extend(
                edges
                    .iter()
                    .map(|edge| edge["node"]["slug"].as_str().unwrap().to_owned()),
            );
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
        }
        slugs.sort();
        slugs.dedup();
        assert_eq!(slugs.len(), COUNT);
    }
    let window = get(
        sandbox.address(),
        &execute("many/window", &[("offset", "4990"), ("limit", "100")]),
    )
    .json();
    assert_eq!(
        window["data"]["postList"]["items"]
            .as_array()
            .unwrap()
            .len(),
        10
    );
    assert_eq!(sandbox.requests().len(), 2 * COUNT / 100 + 1);
}
