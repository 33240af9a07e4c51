//! Faults over real HTTP: each effect as a client meets it.

use crate::conformance::{as_admin, author, run, start};
use crate::http::{execute, get, send};
use aem_sandbox::{Options, Sandbox};
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
        ("redirect", 302, "text/html;charset=utf-8"),
        ("null", 200, "application/json"),
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
            "null" => assert_eq!(answer.json(), json!({ "data": null })),
            "errors" => {
                assert!(answer.json()["errors"].is_array() && answer.json()["data"].is_object());
            }
            _ => {}
        }
    }
}

/// Status line and headers are read, then as much of the body as comes.
fn raw(sandbox: &Sandbox) -> std::io::Result<(usize, usize)> {
    let mut stream = TcpStream::connect(sandbox.address())?;
    let path = execute("harbor/recipes-all", &[]);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset || bytes.is_empty() => {
            return Err(error);
        }
        _ => {}
    }
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap();
    Ok((length.parse().unwrap(), body.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_end_early_and_connections_break() {
    let (promised, came) = raw(&with(&["cut;bytes=10"]).await).unwrap();
    assert!(promised > 100 && came == 10, "{promised} {came}");
    let error = raw(&with(&["reset"]).await).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
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
    let sandbox = start(options.clone()).await;
    assert_eq!(run(&sandbox, "recipes-all", &[]).status, 418);
    std::fs::write(&file, "faults = ['what']").unwrap();
    let started = Sandbox::start_with(
        crate::conformance::harbor(),
        options,
        crate::conformance::LOCAL,
    )
    .await;
    assert!(
        started
            .unwrap_err()
            .to_string()
            .starts_with("fault `what`: there is no effect `what`")
    );
}
