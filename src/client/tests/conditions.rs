//! "Send it only if it has changed", and past the CDN.

use super::*;

/// A good answer with these headers.
fn with(headers: &str) -> String {
    GOOD.replacen("\r\n", &format!("\r\n{headers}\r\n"), 1)
}

const NOT_MODIFIED: &str = "HTTP/1.1 304 Not Modified\r\nAge: 7\r\n\r\n";

/// Conditions that hold a tag and a date.
fn known() -> Conditions {
    Conditions {
        unless: Validators {
            etag: Some("W/\"a\"".to_owned()),
            last_modified: Some("Sat, 03 Jan 2026 10:00:00 GMT".to_owned()),
        },
        ..Conditions::default()
    }
}

fn ad_hoc() -> Request {
    Request {
        ask: Ask::AdHoc {
            configuration: "x".to_owned(),
            document: "{ a }".into(),
        },
        ..request()
    }
}

fn asset() -> AssetFile {
    AssetFile::parse("/content/dam/x/my a.jpg").unwrap()
}

/// The conditions in a request.
fn conditions_of(request: &str) -> Vec<String> {
    let lower = request.to_ascii_lowercase();
    let lines = lower.lines().filter(|line| line.starts_with("if-"));
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn what_is_known_is_asked_about() {
    let server = Server::start(vec![NOT_MODIFIED.to_owned()]).await;
    let host = source(&server.origin, Auth::None, &Fetch::default());
    let file = tempfile::NamedTempFile::new().unwrap();
    let age = Some(Duration::from_secs(7));
    let reply = host.ask(&request(), &known()).await.unwrap();
    assert!(matches!(reply, Reply::NotModified { age: said } if said == age));
    let reply = host.download(&asset(), file.path(), &known()).await;
    assert!(matches!(reply.unwrap(), Reply::NotModified { age: said } if said == age));
    for request in server.requests() {
        assert_eq!(
            conditions_of(&request),
            [
                "if-modified-since: sat, 03 jan 2026 10:00:00 gmt",
                "if-none-match: w/\"a\""
            ]
        );
    }
    assert_eq!((host.usage().requests, host.usage().not_modified), (2, 2));
    assert_eq!(host.usage().bytes, 0);
}

#[tokio::test]
async fn a_post_has_no_conditions() {
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let host = source(&server.origin, Auth::None, &Fetch::default());
    let reply = host.ask(&ad_hoc(), &known()).await.unwrap();
    assert!(matches!(reply, Reply::Sent { .. }));
    let requests = server.requests();
    assert!(requests[0].starts_with("POST "), "{requests:?}");
    assert_eq!(conditions_of(&requests[0]), [""; 0]);
}

#[tokio::test]
async fn nobody_asked_whether_it_has_changed() {
    let server = Server::start(vec![NOT_MODIFIED.to_owned()]).await;
    let host = source(&server.origin, Auth::None, &Fetch::default());
    let file = tempfile::NamedTempFile::new().unwrap();
    let nothing = Conditions::default();
    let answer = host.ask(&request(), &nothing).await.unwrap_err();
    let posted = host.ask(&ad_hoc(), &known()).await.unwrap_err();
    let asset = host.download(&asset(), file.path(), &nothing).await;
    for cause in [answer.cause, posted.cause, asset.unwrap_err().cause] {
        let Cause::Failure(failure) = cause else {
            panic!("{cause:?}")
        };
        assert_eq!(failure.status(), Some(304), "{failure:?}");
    }
}

#[tokio::test]
async fn what_an_answer_can_be_known_by_is_read() {
    let dated =
        "Date: Sat, 03 Jan 2026 10:00:09 GMT\r\nLast-Modified: Sat, 03 Jan 2026 10:00:00 GMT";
    let answers = [
        with(&format!("{dated}\r\nETag: W/\"a\"\r\nAge: 12")),
        with("ETag: *"),
        GOOD.to_owned(),
    ];
    let server = Server::start(answers.into()).await;
    let host = source(&server.origin, Auth::None, &Fetch::default());
    let mut read = Vec::new();
    for _ in 0..3 {
        let reply = host.ask(&request(), &Conditions::default()).await.unwrap();
        let Reply::Sent {
            validators, age, ..
        } = reply
        else {
            panic!("nobody had asked")
        };
        read.push((validators, age));
    }
    let nothing = (Validators::default(), None);
    let all = (known().unless, Some(Duration::from_secs(12)));
    assert_eq!(read, [all, nothing.clone(), nothing]);
}

#[tokio::test]
async fn the_cdn_is_passed_by_with_something_new_in_the_address() {
    let image = GOOD.replace("application/json", "image/jpeg");
    let server = Server::start(vec![GOOD.to_owned(), GOOD.to_owned(), image]).await;
    let host = source(&server.origin, Auth::None, &Fetch::default());
    let file = tempfile::NamedTempFile::new().unwrap();
    let past = Conditions {
        bypass: Some("42".into()),
        ..known()
    };
    host.ask(&request(), &past).await.unwrap();
    host.ask(&ad_hoc(), &past).await.unwrap();
    host.download(&asset(), file.path(), &past).await.unwrap();
    let requests = server.requests();
    let lines: Vec<&str> = requests.iter().filter_map(|r| r.lines().next()).collect();
    assert_eq!(
        lines,
        [
            "GET /graphql/execute.json/x/a%3BfriezeUnseen%3D42; HTTP/1.1",
            "POST /content/_cq_graphql/x/endpoint.json HTTP/1.1",
            "GET /content/dam/x/my%20a.jpg?friezeUnseen=42 HTTP/1.1",
        ]
    );
    // What the address is called does not change with it.
    let named = host.describe(&request());
    assert!(named.ends_with("/graphql/execute.json/x/a"), "{named}");
}
