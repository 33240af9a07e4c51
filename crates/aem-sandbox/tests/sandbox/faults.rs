//! Faults over real HTTP: each effect as a client meets it.

use crate::conformance::{LOCAL, as_admin, author, harbor, run, start};
use crate::http::{Answer, execute, get, send};
use aem_sandbox::{Loaded, Options, Sandbox};
use serde_json::json;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

async fn with(faults: &[&str]) -> Sandbox {
    let faults = faults.iter().map(|fault| fault.parse().unwrap());
    start(Options {
        faults: faults.collect(),
        ..Options::default()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_in_sequence() {
    let sandbox = with(&["429:2,503,ok;retry-after=7@/graphql/*"]).await;
    let statuses: Vec<_> = (0..5).map(|_| run(&sandbox, "recipes-all", &[])).collect();
    let statuses: Vec<_> = statuses
        .iter()
        .map(|a| (a.status, a.header("retry-after")))
        .collect();
    assert_eq!(
        statuses,
        [(429, "7"), (429, "7"), (503, "7"), (200, ""), (200, "")]
    );
    let dated = with(&["429;retry-after=date:60"]).await;
    let date = run(&dated, "recipes-all", &[])
        .header("retry-after")
        .to_owned();
    assert!(date.ends_with(" GMT"), "{date}");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_answers() {
    for (fault, status, kind) in [
        ("html", 200, "text/html;charset=utf-8"),
        ("type", 200, "text/html"),
        ("type;type=text/plain", 200, "text/plain"),
        ("expired", 401, "text/html;charset=utf-8"),
        ("401", 401, "text/html;charset=utf-8"),
        ("403", 403, "text/html;charset=utf-8"),
        ("404", 404, "text/html;charset=utf-8"),
        ("406", 406, "text/html;charset=utf-8"),
        ("502;retry-after=1", 502, "text/html;charset=utf-8"),
        ("redirect", 302, "text/html;charset=utf-8"),
        (
            "redirect;to=https://other.example/x",
            302,
            "text/html;charset=utf-8",
        ),
        ("redirect-loop", 302, "text/html;charset=utf-8"),
        ("null", 200, "application/json"),
        ("null-roots", 200, "application/json"),
        ("empty", 200, "application/json"),
        ("errors", 200, "application/json"),
        ("block;for=1m", 406, "text/html;charset=utf-8"),
    ] {
        let answer = run(&with(&[fault]).await, "recipes-all", &[]);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, kind),
            "{fault}"
        );
        match fault {
            "redirect" => {
                assert!(answer.header("location").contains("/login"));
            }
            "redirect;to=https://other.example/x" => {
                assert_eq!(answer.header("location"), "https://other.example/x");
            }
            "redirect-loop" => {
                assert_eq!(
                    answer.header("location"),
                    execute("harbor/recipes-all", &[])
                );
            }
            "null" => assert_eq!(answer.json(), json!({ "data": null })),
            "null-roots" => assert_eq!(answer.json(), json!({ "data": { "recipeList": null } })),
            "empty" => assert_eq!(
                answer.json(),
                json!({ "data": { "recipeList": { "items": [] } } })
            ),
            "errors" => {
                assert!(answer.json()["errors"].is_array() && answer.json()["data"].is_object());
            }
            _ => {}
        }
    }
}

/// What comes of an answer until the connection ends, or until nothing has come for a time.
fn raw(sandbox: &Sandbox, quiet: Duration) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(sandbox.address()).unwrap();
    let path = execute("harbor/recipes-all", &[]);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(quiet)).unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    (bytes, ended.err().map(|error| error.kind()))
}

/// The promised length of a body, and the length it has.
fn lengths(answer: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    (length.unwrap().parse().unwrap(), body.len())
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn bodies_end_early_and_connections_break() {
    let (answer, _) = raw(&with(&["cut;bytes=10"]).await, LONG);
    let (promised, came) = lengths(&answer);
    assert!(promised > 100 && came == 10, "{promised} {came}");
    let nothing = |kind| (Vec::new(), kind);
    let reset = raw(&with(&["reset"]).await, LONG);
    assert_eq!(reset, nothing(Some(ErrorKind::ConnectionReset)));
    let closed = raw(&with(&["close"]).await, LONG);
    assert_eq!(closed, nothing(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_stand_still() {
    let (answer, ended) = raw(&with(&["stall;bytes=30"]).await, Duration::from_millis(300));
    let (promised, came) = lengths(&answer);
    assert!(promised > 100 && came == 30, "{promised} {came}");
    let waiting = [Some(ErrorKind::WouldBlock), Some(ErrorKind::TimedOut)];
    assert!(waiting.contains(&ended), "{ended:?}");
    let sandbox = with(&["stall:1;for=100ms"]).await;
    let started = Instant::now();
    let whole = run(&sandbox, "recipes-all", &[]).json();
    assert!(started.elapsed() >= Duration::from_millis(100));
    assert_eq!(whole, run(&sandbox, "recipes-all", &[]).json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_sandbox_does_not_wait_for_whom_it_stalls() {
    let sandbox = with(&["stall;bytes=1"]).await;
    let (answer, _) = raw(&sandbox, Duration::from_millis(300));
    assert_eq!(lengths(&answer).1, 1);
    let started = Instant::now();
    sandbox.stop().await;
    // The client has gone, which ends its request; `stop` gives up on others after five seconds.
    assert!(started.elapsed() < Duration::from_secs(4));
}

fn gzipped(sandbox: &Sandbox) -> Answer {
    let path = execute("harbor/recipes-all", &[]);
    send(
        sandbox.address(),
        "GET",
        &path,
        &[("Accept-Encoding", "gzip")],
        "",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_end_early_in_whole_frames() {
    let whole = run(&with(&[]).await, "recipes-all", &[]).body;
    let half = run(&with(&["truncate"]).await, "recipes-all", &[]);
    assert_eq!(half.body, whole[..whole.len() / 2]);
    assert_eq!(half.header("content-length"), half.body.len().to_string());
    assert_eq!(
        run(&with(&["truncate;bytes=7"]).await, "recipes-all", &[]).body,
        whole[..7]
    );
    let sandbox = with(&["cut-gzip:1"]).await;
    let answer = gzipped(&sandbox);
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(
        answer.header("content-length"),
        answer.body.len().to_string()
    );
    let mut text = Vec::new();
    let error = flate2::read::GzDecoder::new(&*answer.body)
        .read_to_end(&mut text)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(whole.starts_with(&text) && text.len() < whole.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_too_large() {
    let whole = run(&with(&[]).await, "recipes-all", &[]);
    let large = gzipped(&with(&["oversized;bytes=3000000"]).await);
    assert_eq!(large.header("content-length"), "3000000");
    assert_eq!(large.header("content-encoding"), "");
    assert_eq!(large.body.len(), 3_000_000);
    assert_eq!(large.json(), whole.json());
    let small = run(&with(&["oversized;bytes=1"]).await, "recipes-all", &[]);
    assert_eq!(small.body, whole.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoiled_body_is_sent_whatever_the_client_has() {
    let sandbox = with(&["ok,cut-gzip,truncate,oversized,type"]).await;
    let tag = run(&sandbox, "recipes-all", &[]).header("etag").to_owned();
    let path = execute("harbor/recipes-all", &[]);
    let headers = [("If-None-Match", tag.as_str())];
    let again = || send(sandbox.address(), "HEAD", &path, &headers, "").status;
    let statuses: Vec<u16> = (0..5).map(|_| again()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 304]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_third_request() {
    let sandbox = with(&["ok:2,503;repeat@/graphql/*"]).await;
    let statuses: Vec<_> = (0..7)
        .map(|_| run(&sandbox, "recipes-all", &[]).status)
        .collect();
    assert_eq!(statuses, [200, 200, 503, 200, 200, 503, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers() {
    let sandbox = with(&["drip:1;bytes=100;pause=20ms", "delay;delay=150ms@*/none"]).await;
    let started = Instant::now();
    let dripped = run(&sandbox, "recipes-all", &[]);
    assert!(
        started.elapsed() >= Duration::from_millis(60),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(dripped.body, run(&sandbox, "recipes-all", &[]).body);
    let started = Instant::now();
    assert_eq!(run(&sandbox, "none", &[]).status, 404);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_bodies() {
    let bomb = run(
        &with(&["gzip-bomb;bytes=50000000"]).await,
        "recipes-all",
        &[],
    );
    assert_eq!(bomb.header("content-encoding"), "gzip");
    assert!(bomb.body.len() < 200_000 && bomb.body.starts_with(&[0x1f, 0x8b]));
    let bad = run(&with(&["bad-gzip"]).await, "recipes-all", &[]);
    assert_eq!(bad.header("content-encoding"), "gzip");
    assert!(!bad.body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_gone_wrong() {
    let page = |sandbox: &Sandbox, after: &str| {
        run(sandbox, "paged", &[("first", "2"), ("after", after)]).json()["data"]["recipePaginated"]
            .clone()
    };
    let cursor =
        |page: &serde_json::Value| page["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    let same = with(&["same-cursor"]).await;
    let first = page(&same, "null");
    assert_eq!(cursor(&page(&same, &cursor(&first))), cursor(&first));
    let round = with(&["cursor-loop"]).await;
    let first = page(&round, "null");
    let last = page(&round, &cursor(&first));
    assert_eq!(
        (cursor(&last), &last["pageInfo"]["hasNextPage"]),
        (cursor(&first), &json!(true))
    );
    let empty = page(&with(&["empty"]).await, "null");
    let info = json!({ "endCursor": null, "hasNextPage": false });
    assert_eq!(empty, json!({ "edges": [], "pageInfo": info }));
    let changed = with(&["changed"]).await;
    let first = page(&changed, "null");
    assert_eq!(
        page(&changed, &cursor(&first))["edges"][0],
        first["edges"][1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_set_while_it_runs() {
    let sandbox = start(author()).await;
    let path = "/__sandbox/faults";
    let address = sandbox.address();
    let set = send(address, "PUT", path, &[], r#"["503:1@/graphql/*"]"#);
    assert_eq!(
        (set.status, set.json()["faults"][0]["fault"].clone()),
        (200, json!("503:1@/graphql/*"))
    );
    assert_eq!(
        send(address, "POST", path, &[], "404@/x").json()["faults"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        as_admin(&sandbox, "GET", &execute("harbor/recipes-all", &[]), "").status,
        503
    );
    assert_eq!(
        as_admin(&sandbox, "GET", &execute("harbor/recipes-all", &[]), "").status,
        200
    );
    let report = get(address, path).json()["faults"][0].clone();
    assert_eq!(
        report,
        json!({ "fault": "503:1@/graphql/*", "matched": 2, "struck": 1, "ended": true })
    );
    let wrong = send(address, "PUT", path, &[], "teapot");
    assert!(wrong.status == 400 && wrong.text().contains("there is no effect `teapot`"));
    assert_eq!(
        send(
            address,
            "PUT",
            path,
            &[("Origin", "https://example.com")],
            "503"
        )
        .status,
        404
    );
    assert_eq!(
        send(address, "DELETE", path, &[], "").json()["faults"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("faults.toml");
    std::fs::write(&file, "faults = ['418:1@/graphql/*']").unwrap();
    let options = Options {
        faults_file: Some(file.clone()),
        ..Options::default()
    };
    let sandbox = start(options).await;
    let status = || run(&sandbox, "recipes-all", &[]).status;
    assert_eq!((status(), status()), (418, 200));

    // Edits are noticed by the next request.
    let mut loads = sandbox.loads();
    std::fs::write(&file, "faults = ['503@/graphql/*']").unwrap();
    assert_eq!((status(), status()), (503, 503));
    let load = loads.borrow_and_update().clone();
    assert_eq!((load.number, load.what), (2, Loaded::Faults));
    assert!(load.problems.is_empty());

    // Mistakes change nothing and are told; so is that they are gone.
    std::fs::write(&file, "faults = ['what', '503;x']").unwrap();
    assert_eq!((status(), status()), (503, 503));
    let told = loads.borrow_and_update().problems.clone();
    let told: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2);
    let begin = format!("{}: fault `what`: there is no effect", file.display());
    assert!(told[0].starts_with(&begin), "{}", told[0]);
    let end = "; the faults stay as they were";
    assert!(told.iter().all(|problem| problem.ends_with(end)));
    std::fs::write(&file, "faults = []").unwrap();
    assert_eq!(status(), 200);
    assert!(loads.borrow_and_update().problems.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_faults_that_is_wrong_is_told_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("faults.txt");
    let begin = async || {
        let options = Options {
            faults_file: Some(file.clone()),
            ..Options::default()
        };
        let started = Sandbox::start_with(harbor(), options, LOCAL).await;
        let error = started.unwrap_err().to_string();
        error.replace(&*file.to_string_lossy(), "faults.txt")
    };
    let missing = begin().await;
    assert!(
        missing.starts_with("faults.txt: cannot be read: "),
        "{missing}"
    );
    std::fs::write(&file, "# two mistakes\n999\n503\n503;p=2\n").unwrap();
    assert_eq!(
        begin().await,
        "faults.txt: fault `999`: `999` is not a status from 300 to 599\n\
         faults.txt: fault `503;p=2`: `p=2` is not a probability from 0 to 1"
    );
}
