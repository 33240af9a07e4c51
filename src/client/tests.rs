//! The client against a scripted server on a real socket.

mod conditions;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::aem::{Failure, PersistedQuery, Tier, Variables};
use crate::config::{OAuth, Origin};
use crate::query::{Ask, Freshness};
use crate::secret::Secret;
use crate::source::NoToken;

const GOOD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":{\"a\":{\"items\":[]}}}";

/// Answers each connection with the next of its answers, then with the last for ever.
struct Server {
    origin: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            let mut answers: VecDeque<String> = answers.into();
            loop {
                let Ok((mut socket, _)) = listener.accept().await else {
                    return;
                };
                let mut request = Vec::new();
                let mut chunk = [0; 4_096];
                while !complete(&request) {
                    match socket.read(&mut chunk).await {
                        Ok(0) | Err(_) => break,
                        Ok(n) => request.extend_from_slice(&chunk[..n]),
                    }
                }
                seen.lock()
                    .unwrap()
                    .push(String::from_utf8_lossy(&request).into_owned());
                let answer = if answers.len() > 1 {
                    answers.pop_front().unwrap()
                } else {
                    answers[0].clone()
                };
                // One answer a connection: what is closed cannot be reused.
                let _ = socket
                    .write_all(
                        answer
                            .replacen("\r\n", "\r\nConnection: close\r\n", 1)
                            .as_bytes(),
                    )
                    .await;
                let _ = socket.shutdown().await;
            }
        });
        Self { origin, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\nContent-Type: text/html\r\n\r\n<html>")
}

fn aem(origin: &Url, auth: Auth) -> Aem {
    let headers = vec![("X-AEM-Edge-Key".to_owned(), Secret::new("edge-key"))];
    Aem {
        tier: Tier::Publish,
        origin: Origin::Host(origin.clone()),
        configuration: None,
        auth,
        headers,
        hosts: Vec::new(),
        unused: Vec::new(),
        services: Vec::new(),
    }
}

fn source(origin: &Url, auth: Auth, limits: &Fetch) -> AemHost {
    let host = AemHost::new(origin, &aem(origin, auth), limits);
    host.unwrap().value
}

fn request() -> Request {
    let query = PersistedQuery::parse("x/a", None).unwrap();
    Request {
        query: "a".into(),
        ask: Ask::Persisted(query),
        variables: Variables::new(),
        freshness: Freshness::default(),
        optional: false,
        round: 0,
        meter: Arc::default(),
    }
}

/// Asks without conditions.
async fn answer(host: &AemHost, request: &Request) -> Result<Envelope, SourceError> {
    match host.ask(request, &Conditions::default()).await? {
        Reply::Sent { content, .. } => Ok(content),
        Reply::NotModified { .. } => panic!("nobody asked whether it has changed"),
    }
}

async fn ask(answers: Vec<String>, limits: &Fetch) -> (Result<Envelope, SourceError>, usize) {
    let server = Server::start(answers).await;
    let source = source(&server.origin, Auth::None, limits);
    let result = answer(&source, &request()).await;
    (result, server.requests().len())
}

#[tokio::test]
async fn another_build_has_a_budget_of_its_own() {
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let limits = Fetch {
        max_requests: 1,
        ..Fetch::default()
    };
    let first = source(&server.origin, Auth::None, &limits);
    assert!(answer(&first, &request()).await.is_ok());
    let spent = answer(&first, &request()).await.unwrap_err();
    assert!(matches!(spent.cause, Cause::TooManyRequests(1)));
    let second = first.for_another_build();
    assert_eq!(second.usage(), Usage::default());
    assert!(answer(&second, &request()).await.is_ok());
}

#[tokio::test]
async fn trouble_that_passes_is_waited_for() {
    let truncated = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"data\":";
    let broken = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":";
    for trouble in [
        status("503 Service Unavailable"),
        status("500 Internal Server Error"),
        status("429 Too Many Requests\r\nRetry-After: 0"),
        status("408 Request Timeout"),
        status("200 OK"),
        truncated.to_owned(),
        broken.to_owned(),
        String::new(),
    ] {
        let (result, requests) =
            ask(vec![trouble.clone(), GOOD.to_owned()], &Fetch::default()).await;
        assert!(
            result.is_ok() && requests == 2,
            "{trouble:?}: {result:?}, {requests} requests"
        );
    }
}

#[tokio::test]
async fn trouble_of_our_own_making_is_not() {
    for line in [
        "400 Bad Request",
        "403 Forbidden",
        "404 Not Found",
        "405 No",
        "406 No",
        "421 No",
        "302 Found\r\nLocation: /x",
    ] {
        let (result, requests) = ask(vec![status(line), GOOD.to_owned()], &Fetch::default()).await;
        assert!(result.is_err() && requests == 1, "{line}: {result:?}");
    }
}

#[tokio::test]
async fn retries_have_an_end() {
    let limits = Fetch {
        retries: 2,
        ..Fetch::default()
    };
    let (result, requests) = ask(vec![status("503 x")], &limits).await;
    assert!(matches!(
        result.unwrap_err().cause,
        Cause::Failure(failure) if failure.status() == Some(503)
    ));
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn the_budget_is_for_the_whole_build() {
    let limits = Fetch {
        retries: 9,
        retry_budget: 3,
        ..Fetch::default()
    };
    let server = Server::start(vec![status("503 x\r\nRetry-After: 0")]).await;
    let source = source(&server.origin, Auth::None, &limits);
    let (question, other) = (request(), request());
    let cause = answer(&source, &question).await.unwrap_err().cause;
    assert!(matches!(cause, Cause::BudgetSpent(3, _)), "{cause:?}");
    assert_eq!(server.requests().len(), 4);
    // Nothing is asked any more.
    let cause = answer(&source, &other).await.unwrap_err().cause;
    assert!(matches!(cause, Cause::BudgetSpent(3, _)), "{cause:?}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_host_in_trouble_is_left_alone() {
    let limits = Fetch {
        retries: 0,
        ..Fetch::default()
    };
    let lost = |n| vec![status("500 x"); n];
    let cases = [
        (lost(1), 8),
        // One good answer shows that it is about the questions.
        ([lost(7), vec![GOOD.to_owned()], lost(1)].concat(), 16),
        (vec![status("404 x")], 20),
    ];
    for (answers, expected) in cases {
        let server = Server::start(answers).await;
        let source = source(&server.origin, Auth::None, &limits);
        let mut failed = 0;
        for _ in 0..20 {
            failed += usize::from(answer(&source, &request()).await.is_err());
        }
        let asked = server.requests().len();
        assert_eq!(asked, expected, "{failed} failed");
        assert_eq!(failed, if expected == 16 { 19 } else { 20 });
    }
}

#[tokio::test]
async fn a_penalty_ends_everything_at_once() {
    let server = Server::start(vec![status("406 Not Acceptable"), GOOD.to_owned()]).await;
    let source = source(&server.origin, Auth::None, &Fetch::default());
    for _ in 0..3 {
        assert!(matches!(
            answer(&source, &request()).await.unwrap_err().cause,
            Cause::Failure(failure) if failure.status() == Some(406)
        ));
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_long_pause_is_told_rather_than_waited_for() {
    let (result, requests) = ask(
        vec![status("503 x\r\nRetry-After: 3600")],
        &Fetch::default(),
    )
    .await;
    assert!(
        matches!(result.unwrap_err().cause, Cause::AskedToWait(wait) if wait.as_secs() == 3_600)
    );
    assert_eq!(requests, 1);
}

#[tokio::test]
async fn silence_is_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let limits = Fetch {
        retries: 0,
        read_timeout: Duration::from_millis(200),
        ..Fetch::default()
    };
    let source = source(&origin, Auth::None, &limits);
    let start = Instant::now();
    let cause = answer(&source, &request()).await.unwrap_err().cause;
    assert!(matches!(cause, Cause::TimedOut(_)), "{cause:?}");
    assert!(start.elapsed() < Duration::from_secs(20));
    drop(listener);
}

#[tokio::test]
async fn requests_say_who_we_are_and_nothing_more() {
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let source = source(
        &server.origin,
        Auth::Token(Secret::new("t0ken")),
        &Fetch::default(),
    );
    answer(&source, &request()).await.unwrap();
    let sent = server.requests()[0].to_lowercase();
    assert!(
        sent.starts_with("get /graphql/execute.json/x/a http/1.1"),
        "{sent}"
    );
    assert!(
        sent.contains("authorization: bearer t0ken") && sent.contains("x-aem-edge-key: edge-key"),
        "{sent}"
    );
    assert!(
        !sent.contains("origin:") && !sent.contains("cookie"),
        "{sent}"
    );
}

#[tokio::test]
async fn a_redirect_takes_nothing_along() {
    let other = Server::start(vec![GOOD.to_owned()]).await;
    let redirect = format!("302 Found\r\nLocation: {}graphql", other.origin);
    let server = Server::start(vec![status(&redirect)]).await;
    let source = source(
        &server.origin,
        Auth::Token(Secret::new("t0ken")),
        &Fetch::default(),
    );
    let cause = answer(&source, &request()).await.unwrap_err().cause;
    assert!(
        matches!(cause, Cause::Failure(Failure::Redirected(_))),
        "{cause:?}"
    );
    assert!(other.requests().is_empty());
}

fn token(name: &str, seconds: u64) -> String {
    let body = format!("{{\"access_token\":\"{name}\",\"expires_in\":{seconds}}}");
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}")
}

fn oauth(ims: &Server) -> Auth {
    Auth::OAuth(Box::new(OAuth {
        ims: ims.origin.origin().ascii_serialization(),
        client_id: "client".into(),
        client_secret: Secret::new("s3cret&="),
        scopes: "openid,AdobeID".into(),
    }))
}

#[tokio::test]
async fn many_requests_share_one_exchange() {
    let ims = Server::start(vec![token("one", 3_600), token("two", 3_600)]).await;
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let source = source(&server.origin, oauth(&ims), &Fetch::default());
    let question = request();
    let answers = futures::future::join_all((0..8).map(|_| answer(&source, &question))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(ims.requests().len(), 1);
    assert!(ims.requests()[0].ends_with("client_secret=s3cret%26%3D&scope=openid%2CAdobeID"));
    assert!(!ims.requests()[0].contains("edge-key"));
    assert!(
        server
            .requests()
            .iter()
            .all(|r| r.contains("Bearer one") && r.contains("x-api-key: client"))
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let ims = Server::start(vec![token("one", 3_600), token("two", 3_600)]).await;
    let server = Server::start(vec![status("401 Unauthorized"), GOOD.to_owned()]).await;
    let good = source(&server.origin, oauth(&ims), &Fetch::default());
    answer(&good, &request()).await.unwrap();
    assert!(server.requests()[1].contains("Bearer two"));
    let server = Server::start(vec![status("401 Unauthorized")]).await;
    let bad = source(&server.origin, oauth(&ims), &Fetch::default());
    let cause = answer(&bad, &request()).await.unwrap_err().cause;
    assert!(
        matches!(&cause, Cause::Failure(failure) if failure.status() == Some(401)),
        "{cause:?}"
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn refused_credentials_end_everything() {
    let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{\"error\":\"invalid_client\"}";
    let ims = Server::start(vec![refusal.to_owned()]).await;
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let source = source(&server.origin, oauth(&ims), &Fetch::default());
    for _ in 0..2 {
        let cause = answer(&source, &request()).await.unwrap_err().cause;
        assert!(
            matches!(&cause, Cause::NoToken(NoToken::Refused { reason, .. }) if reason.contains("invalid_client")),
            "{cause:?}"
        );
    }
    assert_eq!((ims.requests().len(), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn many_requests_share_one_failure() {
    let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n{}";
    let ims = Server::start(vec![refusal.to_owned()]).await;
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let source = source(&server.origin, oauth(&ims), &Fetch::default());
    let question = request();
    let answers = futures::future::join_all((0..8).map(|_| answer(&source, &question))).await;
    assert!(answers.iter().all(Result::is_err));
    assert_eq!((ims.requests().len(), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn an_account_that_may_read_nothing_does_not_tire_the_identity_service() {
    let ims = Server::start(vec![token("one", 3_600), token("two", 3_600)]).await;
    let server = Server::start(vec![status("401 Unauthorized")]).await;
    let source = source(&server.origin, oauth(&ims), &Fetch::default());
    let question = request();
    for _ in 0..3 {
        let answers = futures::future::join_all((0..8).map(|_| answer(&source, &question))).await;
        assert!(answers.iter().all(Result::is_err));
    }
    assert_eq!(ims.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_of_the_identity_service_has_an_end() {
    let endless = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}",
        " ".repeat(1 << 20)
    );
    let ims = Server::start(vec![endless]).await;
    let server = Server::start(vec![GOOD.to_owned()]).await;
    let limits = Fetch {
        retries: 0,
        ..Fetch::default()
    };
    let source = source(&server.origin, oauth(&ims), &limits);
    let cause = answer(&source, &request()).await.unwrap_err().cause;
    assert!(
        matches!(&cause, Cause::NoToken(NoToken::Missing)),
        "{cause:?}"
    );
}
