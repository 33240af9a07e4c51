//! Recorded answers and failed connections, and what is said about each.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::aem::{Api, Hints, HttpAnswer, Tier};
use crate::config::{Auth, OAuth, Overrides, ServiceCredentials, parse_site};
use crate::diag::Diagnostics;
use crate::secret::Secret;
use crate::source::{
    BrokeOff, CertificateFault, Damage, Hurdle, NoToken, Phase, TimedOut, Unreachable,
};
use crate::table::SourceFile;

const REQUEST: &str = "GET https://publish.example/graphql/execute.json/x/a";

fn aem(tier: Tier, auth: Auth) -> Aem {
    let text = format!(
        "base_url = \"https://a.example\"\n[aem]\ntier = \"{tier}\"\n{tier} = \"https://publish.example\"\n"
    );
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, Path::new("/"), &Overrides::default(), &|_| None).unwrap();
    Aem {
        auth,
        ..config.value.aem
    }
}

fn publish() -> Aem {
    aem(Tier::Publish, Auth::None)
}

fn with_key(aem: Aem) -> Aem {
    let headers = vec![("X-AEM-Edge-Key".to_owned(), Secret::new("k"))];
    Aem { headers, ..aem }
}

fn basic() -> Auth {
    Auth::Basic {
        user: "u".into(),
        password: Secret::new("p"),
    }
}

fn token() -> Auth {
    Auth::Token(Secret::new("t"))
}

fn oauth() -> Auth {
    Auth::OAuth(Box::new(OAuth {
        ims: "https://ims.example".into(),
        client_id: "id".into(),
        client_secret: Secret::new("s"),
        scopes: "openid".into(),
    }))
}

fn account() -> Auth {
    Auth::ServiceCredentials(Box::new(ServiceCredentials {
        ims: "https://ims.example".into(),
        client_id: "id".into(),
        client_secret: Secret::new("s"),
        id: "x@techacct".into(),
        org: "x@org".into(),
        metascopes: Vec::new(),
        private_key: Secret::new("k"),
    }))
}

fn persisted() -> Subject {
    Subject {
        name: "the persisted query `x/a`".to_owned(),
        what: What::Persisted,
        location: Some(Location::file("content-queries/a.toml")),
    }
}

fn ad_hoc() -> Subject {
    Subject {
        name: "the ad hoc query to `x`".to_owned(),
        what: What::AdHoc,
        ..persisted()
    }
}

fn fragments() -> Subject {
    Subject {
        name: "the fragment at `/content/dam/x/a`".to_owned(),
        what: What::Fragments,
        ..persisted()
    }
}

fn document() -> Subject {
    Subject {
        name: "the document `/content/x/en.model.json`".to_owned(),
        what: What::Document,
        ..persisted()
    }
}

fn api(subject: &Subject) -> Api {
    match subject.what {
        What::Fragments => Api::Fragment,
        What::Document => Api::Json,
        _ => Api::Graphql,
    }
}

/// An answer as it was recorded: status, headers, an empty line, and the body.
fn recorded(text: &'static str) -> HttpAnswer {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let header = |name: &str| {
        let value = |line: &str| {
            line.strip_prefix(name)?
                .strip_prefix(": ")
                .map(str::to_owned)
        };
        head.lines().find_map(value)
    };
    HttpAnswer {
        status: head.split_whitespace().next().unwrap().parse().unwrap(),
        content_type: header("Content-Type"),
        location: header("Location"),
        hints: Hints {
            server: header("Server"),
            authenticate: header("WWW-Authenticate"),
            retry_after: header("Retry-After"),
            allow: header("Allow"),
        },
        body: Bytes::from_static(body.as_bytes()),
    }
}

/// What is said about an answer.
fn said(subject: &Subject, aem: &Aem, request: &str, answer: &'static str) -> String {
    let failure = recorded(answer).into_envelope(api(subject)).unwrap_err();
    about(subject, aem, request, Cause::Failure(failure))
}

fn about(subject: &Subject, aem: &Aem, request: &str, cause: Cause) -> String {
    let error = SourceError {
        request: request.into(),
        cause,
    };
    Diagnostics::from(explain(subject, &error, aem)).to_string()
}

#[test]
fn refusals() {
    let page = |status| -> &'static str {
        match status {
            401 => {
                "401\nContent-Type: text/html\nWWW-Authenticate: Basic realm=\"Sling\"\n\n<html>"
            }
            403 => {
                "403\nContent-Type: text/html\nServer: Varnish\n\n<!DOCTYPE html>\n<html>\n<head>\n<title>403 Not allowed.</title>"
            }
            _ => unreachable!(),
        }
    };
    let preview = aem(Tier::Preview, Auth::None);
    let author = |auth| aem(Tier::Author, auth);
    let cases: Vec<(Aem, &'static str)> = vec![
        (publish(), "204"),
        (
            publish(),
            "400\nContent-Type: text/plain\n\nSuffix: '/' does not contain a path",
        ),
        (author(Auth::None), page(401)),
        (publish(), page(401)),
        (author(basic()), page(401)),
        (author(token()), page(401)),
        (author(account()), page(401)),
        (publish_with(oauth()), page(401)),
        (
            publish_with(token()),
            "401\nWWW-Authenticate: Bearer error=\"invalid_token\"",
        ),
        (
            publish_with(account()),
            "401\nWWW-Authenticate: Bearer error=\"invalid_token\"",
        ),
        (publish(), page(403)),
        (with_key(publish()), page(403)),
        (publish_with(oauth()), page(403)),
        (author(account()), page(403)),
        (
            publish_with(oauth()),
            "403\nContent-Type: application/json\n\n{\"error_code\":\"403003\",\"message\":\"Api Key is invalid\"}",
        ),
        (
            publish(),
            "403\nContent-Type: text/plain\n\nMissing X-AEM-Edge-Key",
        ),
        (
            with_key(publish()),
            "403\nContent-Type: text/plain\n\nInvalid edge key",
        ),
        (
            preview,
            "405\nContent-Type: text/html\n\n<html><title>405 Not allowed.</title>",
        ),
        (publish(), "405\nContent-Type: text/html\n\n<html>"),
        (
            publish(),
            "405\nAllow: POST\nContent-Type: text/html\n\n<html>",
        ),
        (publish(), "406\nContent-Type: text/html\n\n<html>"),
        (publish(), "407\nContent-Type: text/html\n\n<html>"),
        (publish(), "414\nContent-Type: text/html\n\n<html>"),
        (publish(), "418\nContent-Type: text/html\n\n<html>"),
        (
            publish(),
            "421\nContent-Type: text/plain\n\nRequested host does not match any Subject Alternative Names",
        ),
        (
            publish(),
            "429\nRetry-After: 30\nContent-Type: application/json\n\n{\"errors\":[{\"message\":\"slow down\"}]}",
        ),
        (publish(), "500\nContent-Type: text/html\n\n<html>"),
        (
            publish(),
            "503\nRetry-After: 7\nContent-Type: text/html\n\n<html><title>503 Backend fetch failed</title>",
        ),
        (
            publish(),
            "503\nContent-Type: text/html\n\n<html><title>Hibernated</title>",
        ),
        (
            author(Auth::None),
            "200\nContent-Type: text/html\n\n<html><title>AEM Sign In</title><form action=\"/libs/granite/core/content/login.html/j_security_check\">",
        ),
    ];
    let text: String = cases
        .into_iter()
        .map(|(aem, answer)| said(&persisted(), &aem, REQUEST, answer))
        .collect();
    insta::assert_snapshot!(text);
}

fn publish_with(auth: Auth) -> Aem {
    aem(Tier::Publish, auth)
}

#[test]
fn answers() {
    const SLASH: &str = "GET https://publish.example/graphql/execute.json/x/a%3Bpath%3D%2Fa;";
    const POST: &str = "POST https://publish.example/content/_cq_graphql/x/endpoint.json";
    const PLAIN: &str = "GET http://publish.example/q";
    let author = aem(Tier::Author, basic());
    let cases: Vec<(Subject, Aem, &str, &'static str)> = vec![
        (
            persisted(),
            publish(),
            REQUEST,
            "404\nContent-Type: text/html\n\n<html><title>Page not found</title>",
        ),
        (
            persisted(),
            publish(),
            SLASH,
            "404\nContent-Type: text/html\n\n<html>",
        ),
        (
            ad_hoc(),
            publish(),
            POST,
            "404\nContent-Type: text/html\n\n<html>",
        ),
        (
            persisted(),
            author.clone(),
            REQUEST,
            "404\nContent-Type: text/html\n\n<html>",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "404\nContent-Type: application/json\n\n{\"errors\":[{\"errorType\":\"PersistenceError\",\"message\":\"Could not find Persisted Query\"}]}",
        ),
        (
            persisted(),
            author,
            REQUEST,
            "404\nContent-Type: application/json\n\n{\"errors\":[{\"errorType\":\"PersistenceError\",\"message\":\"Could not find Persisted Query\"}]}",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "404\nContent-Type: application/json\n\n{\"errors\":[{\"errorType\":\"ServletError\",\"message\":\"Internal Servlet Failure\",\"details\":\"No suitable endpoint found.\"}]}",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "500\nContent-Type: application/json\n\n{\"errors\":[{\"errorType\":\"QueryValidationError\",\"message\":\"Persisted Query Validation Error\",\"details\":\"Field 'x' in type 'RecipeModel' is undefined\"}]}",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: application/json\n\n{\"errors\":[{\"message\":\"Path: '/x': no resource available\"}],\"data\":null}",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: application/json\n\n{\"errors\":[{\"message\":\"Variable 'path' has coerced Null value for NonNull type 'String!'\"}]}",
        ),
        (
            ad_hoc(),
            publish(),
            POST,
            "400\nContent-Type: application/graphql-response+json\n\n{\"errors\":[{\"message\":\"Validation error (FieldUndefined@[a/b])\"},{\"message\":\"Validation error (FieldUndefined@[a/c])\"}]}",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "302\nLocation: /libs/granite/core/content/login.html?resource=%2Fgraphql",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "302\nLocation: https://user:pass@ims-na1.adobelogin.com/ims/authorize?token=secret",
        ),
        (
            persisted(),
            publish(),
            PLAIN,
            "301\nLocation: https://publish.example/q",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "301\nLocation: /graphql/execute.json/x/a/",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "301\nLocation: https://www.example.com/graphql/execute.json/x/a",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: text/html\n\n<!doctype html>\n<title>Welcome",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: application/json\n\n",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: application/json\n\n{\"data\":{\"a\":{",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: application/json\n\n{\"status\":\"ok\"}",
        ),
        (
            persisted(),
            publish(),
            REQUEST,
            "200\nContent-Type: application/json\n\n{\"data\":oops}",
        ),
    ];
    let text: String = cases
        .into_iter()
        .map(|(subject, aem, request, answer)| said(&subject, &aem, request, answer))
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn answers_where_statuses_mean_what_they_say() {
    const REST: &str =
        "GET https://publish.example/adobe/contentFragments/byPath?path=/content/dam/x/a";
    const PAGE: &str = "GET https://publish.example/content/x/en.model.json";
    const OTHER: &str = "GET https://publish.example/content/x/data.json";
    let problem = |status: &str| -> &'static str {
        match status {
            "404" => {
                "404\nContent-Type: application/problem+json\n\n{\"title\":\"Not Found\",\"detail\":\"no fragment x\"}"
            }
            "403" => "403\nContent-Type: application/problem+json\n\n{\"title\":\"Forbidden\"}",
            "406" => {
                "406\nContent-Type: application/problem+json\n\n{\"title\":\"Not Acceptable\"}"
            }
            _ => {
                "400\nContent-Type: application/problem+json\n\n{\"title\":\"Bad Request\",\"detail\":\"path is missing\"}"
            }
        }
    };
    let page = "404\nContent-Type: text/html\n\n<html>";
    let asleep = "404\nContent-Type: text/html\n\n<html><p>This environment is hibernated";
    let cases = [
        (fragments(), REST, problem("404")),
        (fragments(), REST, problem("400")),
        (fragments(), REST, problem("403")),
        (fragments(), REST, problem("406")),
        (fragments(), REST, page),
        (
            fragments(),
            REST,
            "200\nContent-Type: application/json\n\n{\"a\":1}",
        ),
        (document(), PAGE, page),
        (document(), OTHER, page),
        (document(), PAGE, asleep),
        (document(), PAGE, "503\nContent-Type: text/html\n\n<html>"),
    ];
    let text = cases.map(|(subject, request, answer)| said(&subject, &publish(), request, answer));
    insta::assert_snapshot!(text.concat());
}

#[test]
fn connections() {
    let unreachable = |hurdle, detail: &str, proxy: Option<&str>| {
        Cause::Unreachable(Unreachable {
            hurdle,
            detail: detail.to_owned(),
            proxy: proxy.map(str::to_owned),
        })
    };
    let proxy = Some("http://proxy.example:3128");
    let certificate =
        |fault| unreachable(Hurdle::Certificate(fault), "invalid peer certificate", None);
    let timed_out = |phase, limit, seconds| {
        Cause::TimedOut(TimedOut {
            phase,
            limit,
            after: Duration::from_secs(seconds),
        })
    };
    let broke_off = |damage, detail: &str| {
        Cause::BrokeOff(BrokeOff {
            damage,
            detail: detail.to_owned(),
        })
    };
    let causes = [
        unreachable(Hurdle::UnknownName, "Name or service not known", None),
        unreachable(Hurdle::UnknownName, "Name or service not known", proxy),
        unreachable(Hurdle::Refused, "Connection refused", None),
        unreachable(Hurdle::Refused, "Connection refused", proxy),
        unreachable(
            Hurdle::Closed,
            "connection closed before message completed",
            None,
        ),
        unreachable(Hurdle::Tls, "received corrupt message", proxy),
        unreachable(Hurdle::Proxy, "tunnel error: unsuccessful", proxy),
        unreachable(
            Hurdle::ProxyCredentials,
            "tunnel error: proxy authorization required",
            proxy,
        ),
        unreachable(Hurdle::Other, "No route to host", None),
        certificate(CertificateFault::UnknownIssuer),
        certificate(CertificateFault::OtherNames(vec![
            "*.example.org".to_owned(),
        ])),
        certificate(CertificateFault::Expired),
        certificate(CertificateFault::NotYetValid),
        certificate(CertificateFault::Other),
        timed_out(Phase::Connecting, "connect_timeout", 10),
        timed_out(Phase::Securing, "connect_timeout", 10),
        timed_out(Phase::Waiting, "read_timeout", 30),
        timed_out(Phase::Reading, "read_timeout", 30),
        timed_out(Phase::Reading, "total_timeout", 120),
        broke_off(Damage::Cut, "end of file before message length reached"),
        broke_off(Damage::Packing, "invalid gzip header"),
        Cause::TooLarge(64 << 20),
        Cause::TooManyRequests(100),
        Cause::AskedToWait(Duration::from_secs(3_600)),
        Cause::BudgetSpent(50, Box::new(unreachable(Hurdle::Refused, "", None))),
    ];
    let text = causes.map(|cause| about(&persisted(), &publish(), REQUEST, cause));
    insta::assert_snapshot!(text.concat());
}

#[test]
fn tokens_that_are_not_given() {
    let refused = |auth: Auth, reason: &str| {
        let cause = Cause::NoToken(NoToken::Refused {
            status: 400,
            reason: reason.to_owned(),
        });
        about(&persisted(), &publish_with(auth), REQUEST, cause)
    };
    let other = |why| {
        about(
            &persisted(),
            &publish_with(account()),
            REQUEST,
            Cause::NoToken(why),
        )
    };
    let text = [
        refused(account(), "JWT token is incorrectly formatted"),
        refused(
            account(),
            "Could not match JWT signature to any of the bindings",
        ),
        refused(account(), "Expired JWT token"),
        refused(oauth(), "invalid_scope"),
        refused(oauth(), "invalid_client"),
        other(NoToken::Key("InvalidKeyFormat".to_owned())),
        other(NoToken::Missing),
        other(NoToken::Unreachable {
            service: "https://ims.example".to_owned(),
            cause: Box::new(Cause::Unreachable(Unreachable {
                hurdle: Hurdle::UnknownName,
                detail: "Name or service not known".to_owned(),
                proxy: None,
            })),
        }),
    ];
    insta::assert_snapshot!(text.concat());
}

#[test]
fn assets() {
    let asset = Subject::asset("/content/dam/x/a.webp");
    let request = "GET https://publish.example/content/dam/x/a.webp";
    let failures = [
        crate::aem::Failure::Blocked,
        crate::aem::Failure::refused(&recorded("406")),
    ];
    let causes = failures.map(Cause::Failure).into_iter().chain([
        Cause::TooLarge(1_000),
        Cause::Disk("no space".to_owned()),
        Cause::BrokeOff(BrokeOff {
            damage: Damage::Cut,
            detail: "end of file".to_owned(),
        }),
        Cause::TimedOut(TimedOut {
            phase: Phase::Reading,
            limit: "total_timeout",
            after: Duration::from_secs(120),
        }),
    ]);
    let text: String = causes
        .map(|cause| about(&asset, &publish(), request, cause))
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn times_are_told_as_people_do() {
    let told = |ms| time(Duration::from_millis(ms));
    assert_eq!(told(50), "50 ms");
    assert_eq!(told(1_500), "1.5 s");
    assert_eq!(told(30_000), "30 s");
    assert_eq!(told(150_000), "150 s");
    assert_eq!(told(900_000), "15 min");
    assert_eq!(told(7_200_000), "2 h");
    assert_eq!(told(86_400_000 * 3), "3 days");
}
