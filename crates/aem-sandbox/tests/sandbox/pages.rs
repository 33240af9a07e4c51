//! The pages for people: `/`, and GraphiQL.

use crate::http::{self, Answer};
use aem_sandbox::{FieldKind, Model, NewFragment, Options, Repository, Sandbox, Tier};
use std::net::SocketAddr;

const ADMIN: (&str, &str) = ("Authorization", "Basic YWRtaW46YWRtaW4=");

fn repository() -> Repository {
    let glaze = Model::new("kiln", "glaze", "Glaze <1>").with("title", FieldKind::Text);
    let fragments = ["celadon & ash", "shino"].map(|name| {
        NewFragment::new(format!("/content/dam/kiln/en/{name}"), &glaze).value("title", name)
    });
    let by_path = "query ($path: String!, $n: Int = 3) { glazeByPath(_path: $path) { item { title } } \
                   glazeList(limit: $n) { items { title } } }";
    Repository::builder()
        .model(glaze)
        .fragments(fragments)
        .query("kiln", "all", "{ glazeList { items { title } } }")
        .query("kiln", "by-path", by_path)
        .query(
            "kiln",
            "broken</pre>",
            "{ potteryList { items { title } } }",
        )
        .build()
        .unwrap()
}

async fn start(options: Options) -> Sandbox {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start_with(repository(), options, address)
        .await
        .unwrap()
}

fn attribute<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!(" {name}=\"");
    let starts: Vec<usize> = html
        .match_indices(&start)
        .map(|(at, _)| at + start.len())
        .collect();
    starts
        .into_iter()
        .map(|at| &html[at..at + html[at..].find('"').unwrap()])
}

/// Nothing on a page leads to another origin.
fn assert_self_contained(answer: &Answer) {
    let html = answer.text();
    for name in ["href", "src", "action"] {
        for value in attribute(&html, name) {
            let local =
                value.starts_with('/') || value.starts_with('#') || value.starts_with("data:");
            assert!(local && !value.starts_with("//"), "{name}={value}");
        }
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(policy.contains("connect-src 'self'"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_is_served() {
    let sandbox = start(Options::default()).await;
    let answer = http::get(sandbox.address(), "/");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/html;charset=utf-8");
    assert_self_contained(&answer);
    let html = answer.text();
    for part in [
        "<b>1</b> model<",
        "<b>2</b> fragments<",
        "<b>3</b> stored queries<",
        "content made in memory",
        "<code>/content/dam/kiln</code>",
        "Glaze &lt;1&gt;",
        "<code>GlazeModel</code>",
        "glazePaginated",
        "broken&lt;/pre&gt;",
        "answers 500",
        "potteryList",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_valid_query_can_be_tried_as_it_is_linked() {
    let sandbox = start(Options::default()).await;
    let html = http::get(sandbox.address(), "/").text();
    let links: Vec<&str> = attribute(&html, "href")
        .filter(|link| link.starts_with("/graphql/execute.json/"))
        .collect();
    let by_path = "/graphql/execute.json/kiln/by-path%3Bpath%3D%2Fcontent%2Fdam%2Fkiln%2Fen%2Fceladon%20%26%20ash;";
    assert!(links.contains(&by_path), "{links:?}");
    assert!(
        links.contains(&"/graphql/execute.json/kiln/all"),
        "{links:?}"
    );
    let answer = http::get(sandbox.address(), by_path);
    assert_eq!(
        answer.json()["data"]["glazeByPath"]["item"]["title"],
        "celadon & ash"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn author_asks_for_credentials_first() {
    let options = Options {
        tier: Tier::Author,
        ..Options::default()
    };
    let sandbox = start(options).await;
    assert_eq!(http::get(sandbox.address(), "/").status, 401);
    let answer = http::send(sandbox.address(), "GET", "/", &[ADMIN], "");
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .text()
            .contains("/content/_cq_graphql/kiln/endpoint.GQLschema")
    );
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(feature = "graphiql")]
async fn graphiql_comes_out_of_the_binary() {
    let sandbox = start(Options::default()).await;
    for path in ["/graphiql", "/aem/graphiql.html"] {
        let answer = http::get(sandbox.address(), path);
        assert_eq!(answer.status, 200, "{path}");
        assert_self_contained(&answer);
        let html = answer.text();
        let data = html.split_once("id=\"sandbox\">").unwrap().1;
        let data = data.split_once("</script>").unwrap().0;
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["open"], false);
        assert_eq!(
            data["configurations"][0]["endpoint"],
            "/content/_cq_graphql/kiln/endpoint.json"
        );
        let queries = data["configurations"][0]["queries"].as_array().unwrap();
        assert_eq!(queries.len(), 3);
        for asset in attribute(&html, "src").chain(attribute(&html, "href")) {
            let asset = asset
                .starts_with('/')
                .then(|| http::get(sandbox.address(), asset));
            assert!(asset.is_none_or(|answer| answer.status == 200));
        }
    }
    assert_eq!(
        http::get(sandbox.address(), "/graphiql/other.js").status,
        404
    );
}

#[tokio::test(flavor = "multi_thread")]
#[cfg(not(feature = "graphiql"))]
async fn graphiql_is_absent_without_its_feature() {
    let sandbox = start(Options::default()).await;
    assert_eq!(http::get(sandbox.address(), "/graphiql").status, 404);
    assert!(
        !http::get(sandbox.address(), "/")
            .text()
            .contains("/graphiql")
    );
}
