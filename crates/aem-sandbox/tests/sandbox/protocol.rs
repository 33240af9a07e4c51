//! HTTP as AEM speaks it: the path grammar, statuses, headers, tiers, the Dispatcher.

use crate::http::{encode, execute, get, post, send};
use crate::lighthouse::{open, start};
use aem_sandbox::{
    FieldKind, GraphqlStatus, Model, NewFragment, Options, Repository, Sandbox, Tier,
};
use serde_json::json;
use std::net::SocketAddr;

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// One query that gives its variables back through the matching fragment.
async fn echo() -> Sandbox {
    let model = Model::new("echo", "word", "Word").with("text", FieldKind::Text);
    let words = ["a b", "ü", "a&b", "a+b", "a=b", "null", "100%", "/x/y"];
    let fragments = words.iter().enumerate().map(|(at, word)| {
        NewFragment::new(format!("/content/dam/echo/en/{at}"), &model).value("text", *word)
    });
    let fragments: Vec<_> = fragments.collect();
    let query = "query ($text: String!) { wordList(filter: { text: { _expressions: { value: $text } } }) { items { text } } }";
    let repository = Repository::builder()
        .model(model)
        .fragments(fragments)
        .query("echo", "q", query)
        .build()
        .unwrap();
    Sandbox::start_with(repository, Options::default(), LOCAL)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn values_survive_the_path() {
    let sandbox = echo().await;
    for word in ["a b", "ü", "a&b", "a+b", "a=b", "null", "100%", "/x/y"] {
        let expected = json!({ "data": { "wordList": { "items": [{ "text": word }] } } });
        let path = execute("echo/q", &[("text", word), ("ts", "1")]);
        assert_eq!(get(sandbox.address(), &path).json(), expected, "{path}");
        let raw = format!(
            "/graphql/execute.json/echo/q;text={}",
            encode(word).replace("%2F", "/")
        );
        assert_eq!(get(sandbox.address(), &raw).json(), expected, "{raw}");
        let posted = post(
            sandbox.address(),
            "/graphql/execute.json/echo/q",
            &json!({ "variables": { "text": word } }),
        );
        assert_eq!(posted.json(), expected);
        assert_eq!(posted.header("cache-control"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_of_the_query_layer() {
    let sandbox = start(Options::default()).await;
    let address = sandbox.address();
    for path in ["/graphql/execute.json", "/graphql/execute.json/"] {
        let answer = get(address, path);
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (400, "Suffix: '/' does not contain a path")
        );
    }
    assert_eq!(
        get(
            address,
            "/graphql/execute.json/lighthouse/stations;first=%zz"
        )
        .status,
        400
    );
    assert_eq!(
        get(address, "/graphql/execute.json/lighthouse/none").status,
        404
    );
    assert_eq!(get(address, "/graphql/execute.json/stations").status, 404);
    assert_eq!(
        get(address, "/graphql/execute.json/lighthouse/stations.json").status,
        200
    );
    let wrong = get(
        address,
        &execute("lighthouse/stations", &[("first", "many")]),
    );
    assert_eq!(wrong.status, 200);
    let message = "Variable 'first' has an invalid value: Expected a value that can be converted to type 'Int' but it was a 'String'";
    assert_eq!(wrong.json()["errors"][0]["message"], message);
    assert_eq!(
        post(
            address,
            "/graphql/execute.json/lighthouse/stations",
            &json!([1])
        )
        .status,
        400
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_answers() {
    let sandbox = start(Options::default()).await;
    let address = sandbox.address();
    let path = execute("lighthouse/stations", &[]);
    let answer = get(address, &path);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.header("cache-control"),
        "public, max-age=60, s-maxage=7200, stale-while-revalidate=86400, stale-if-error=86400"
    );
    let tag = answer.header("etag");
    let again = send(address, "GET", &path, &[("If-None-Match", tag)], "");
    assert_eq!(
        (again.status, again.body.len(), again.header("etag")),
        (304, 0, tag)
    );
    assert_eq!(
        send(address, "GET", &path, &[("If-None-Match", "\"x\"")], "").status,
        200
    );
    let head = send(address, "HEAD", &path, &[], "");
    assert_eq!((head.status, head.body.len()), (200, 0));

    let zipped = send(
        address,
        "GET",
        &path,
        &[("Accept-Encoding", "br, gzip;q=0.8")],
        "",
    );
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.body.starts_with(&[0x1f, 0x8b]) && zipped.body.len() < answer.body.len());
    assert_eq!(
        send(
            address,
            "GET",
            &path,
            &[("Accept-Encoding", "gzip;q=0")],
            ""
        )
        .header("content-encoding"),
        ""
    );

    let image = get(address, "/content/dam/lighthouse/media/tower.jpg");
    assert_eq!(image.header("access-control-allow-origin"), "*");
    assert_eq!(
        image.header("cache-control"),
        "public, max-age=600, immutable"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn publish_is_behind_a_dispatcher() {
    let sandbox = start(Options::default()).await;
    let adhoc = "/content/_cq_graphql/lighthouse/endpoint.json";
    let query = json!({ "query": "{ keeperList { items { age } } }" });
    let blocked = post(sandbox.address(), adhoc, &query);
    assert_eq!(
        (blocked.status, blocked.header("content-type")),
        (404, "text/html;charset=utf-8")
    );
    for path in [
        "/graphql/list.json",
        "/bin/querybuilder.json",
        "/api/assets.json",
        "/content/dam.infinity.json",
    ] {
        assert_eq!(get(sandbox.address(), path).status, 404, "{path}");
    }
    let open = start(open()).await;
    assert_eq!(post(open.address(), adhoc, &query).status, 200);
    let missing = post(
        open.address(),
        "/content/_cq_graphql/none/endpoint.json",
        &query,
    );
    assert_eq!(
        (
            missing.status,
            missing.json()["errors"][0]["details"].clone()
        ),
        (404, json!("No suitable endpoint found."))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn author_is_open_to_those_who_log_in() {
    let sandbox = start(Options {
        tier: Tier::Author,
        ..Options::default()
    })
    .await;
    let address = sandbox.address();
    let admin = [("Authorization", "Basic YWRtaW46YWRtaW4=")];
    assert_eq!(
        get(address, &execute("lighthouse/stations", &[])).status,
        401
    );
    let answer = send(
        address,
        "GET",
        &execute("lighthouse/stations", &[]),
        &admin,
        "",
    );
    assert_eq!(answer.status, 200);
    assert!(answer.header("cache-control").contains("s-maxage=60,"));
    let list = send(address, "GET", "/graphql/list.json/lighthouse", &admin, "").json();
    assert_eq!(list[0]["configurationName"], "lighthouse");
    assert_eq!(
        list[0]["queries"][0]["path"]["shortForm"],
        "/lighthouse/stations"
    );
    let sdl = send(
        address,
        "GET",
        "/content/cq:graphql/lighthouse/endpoint.GQLschema",
        &admin,
        "",
    );
    assert_eq!(
        sdl.header("content-type"),
        "text/x-graphql-schema;charset=iso-8859-1"
    );
    assert!(sdl.text().contains("signalStationPaginated("));
    let get = "/content/cq:graphql/lighthouse/endpoint.json?query=%7B%20keeperList%20%7B%20items%20%7B%20age%20%7D%20%7D%20%7D";
    assert_eq!(send(address, "GET", get, &admin, "").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_recorded_and_stopping_stops() {
    let sandbox = start(Options {
        remembered_requests: 2,
        ..Options::default()
    })
    .await;
    let address = sandbox.address();
    for path in [
        "/one",
        "/two",
        "/graphql/execute.json/lighthouse/stations%3Bfirst%3D1;?ts=1",
    ] {
        get(address, path);
    }
    let requests = sandbox.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|r| (r.method.as_str(), r.path.as_str(), r.status))
        .collect();
    assert_eq!(
        seen,
        [
            ("GET", "/two", 404),
            (
                "GET",
                "/graphql/execute.json/lighthouse/stations%3Bfirst%3D1;?ts=1",
                200
            )
        ]
    );
    sandbox.stop().await;
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_can_follow_graphql_over_http() {
    let options = Options {
        graphql_status: GraphqlStatus::OverHttp,
        ..Options::default()
    };
    let sandbox = start(options).await;
    for (first, after, status) in [("1", "", 200), ("many", "", 400), ("1", "wrong", 500)] {
        let variables = [("first", first), ("after", after)];
        let answer = get(
            sandbox.address(),
            &execute("lighthouse/stations", &variables),
        );
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.header("content-type"),
            "application/graphql-response+json"
        );
    }
    let delete = send(
        sandbox.address(),
        "OPTIONS",
        &execute("lighthouse/stations", &[]),
        &[],
        "",
    );
    assert_eq!(
        (delete.status, delete.header("allow")),
        (405, "GET, HEAD, POST")
    );
}
