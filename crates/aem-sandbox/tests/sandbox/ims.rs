//! Tokens: the exchange of a JWT, client credentials, and their end.

use crate::conformance::{closed, start, titles};
use crate::http::{Answer, encode, execute, send};
use aem_sandbox::{Ims, Options, Sandbox, Tier};
use jsonwebtoken::{Algorithm, EncodingKey, Header, get_current_timestamp};
use serde_json::{Value, json};
use std::time::Duration;

const HOST: &str = "ims.example.com";
const PRIVATE: &str = include_str!("keys/private.pem");
const CERTIFICATE: &str = include_str!("keys/certificate.pem");

fn account() -> Ims {
    let file = json!({ "integration": {
        "imsEndpoint": HOST,
        "metascopes": "ent_aem_cloud_sdk,ent_cloudmgr_sdk",
        "technicalAccount": { "clientId": "cm-p1-e2", "clientSecret": "s&cret" },
        "id": "ABC@techacct.adobe.com", "org": "1@AdobeOrg",
        "publicKey": CERTIFICATE.replace('\n', "\r\n"),
    } });
    let account = Ims::from_service_credentials(&file.to_string()).unwrap();
    Ims {
        scopes: vec!["openid".to_owned(), "AdobeID".to_owned()],
        groups: vec!["members".to_owned()],
        ..account
    }
}

async fn with(ims: Ims, tier: Tier) -> Sandbox {
    start(Options {
        ims: Some(ims),
        tier,
        ..closed()
    })
    .await
}

fn claims() -> Value {
    json!({
        "iss": "1@AdobeOrg", "sub": "ABC@techacct.adobe.com",
        "aud": format!("https://{HOST}/c/cm-p1-e2"), "exp": get_current_timestamp() + 300,
        format!("https://{HOST}/s/ent_aem_cloud_sdk"): true,
        format!("https://{HOST}/s/ent_cloudmgr_sdk"): true,
    })
}

fn sign(claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(PRIVATE.as_bytes()).unwrap();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
}

fn ask(sandbox: &Sandbox, path: &str, fields: &[(&str, &str)]) -> Answer {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    send(sandbox.address(), "POST", path, &kind, &body)
}

fn exchange(sandbox: &Sandbox, token: &str) -> Answer {
    let fields = [
        ("client_id", "cm-p1-e2"),
        ("client_secret", "s&cret"),
        ("jwt_token", token),
    ];
    ask(sandbox, "/ims/exchange/jwt", &fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_jwt_opens_what_is_closed() {
    let sandbox = with(account(), Tier::Publish).await;
    let answer = exchange(&sandbox, &sign(&claims()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    assert_eq!(
        (&answer["token_type"], &answer["expires_in"]),
        (&json!("bearer"), &json!(86_400_000))
    );
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let path = execute("harbor/recipes-all", &[]);
    let list = send(
        sandbox.address(),
        "GET",
        &path,
        &[("Authorization", &bearer)],
        "",
    );
    assert!(titles(&list).contains(&"Secret sauce".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_claim_counts() {
    let sandbox = with(account(), Tier::Author).await;
    let refused = |change: &dyn Fn(&mut Value), reason: &str| {
        let mut claims = claims();
        change(&mut claims);
        let answer = exchange(&sandbox, &sign(&claims));
        assert_eq!(answer.status, 400, "{reason}");
        assert_eq!(answer.json()["error"], "invalid_token");
        let description = answer.json()["error_description"].clone();
        assert!(
            description.as_str().unwrap().contains(reason),
            "{description}"
        );
    };
    refused(&|c| c["iss"] = json!("2@AdobeOrg"), "iss");
    refused(&|c| c["sub"] = json!("x"), "sub");
    refused(
        &|c| c["aud"] = json!(format!("https://{HOST}/c/other")),
        "aud",
    );
    refused(
        &|c| c["exp"] = json!(get_current_timestamp() - 10),
        "ExpiredSignature",
    );
    refused(
        &|c| c["exp"] = json!(get_current_timestamp() + 90_000),
        "exp",
    );
    refused(
        &|c| c[format!("https://{HOST}/s/ent_cloudmgr_sdk")] = json!(false),
        "ent_cloudmgr_sdk",
    );
    let mut token = sign(&claims());
    let end = token.pop().unwrap();
    token.push(if end == 'A' { 'Q' } else { 'A' });
    let broken = exchange(&sandbox, &token);
    assert_eq!(
        (broken.status, broken.json()["error"].clone()),
        (400, json!("invalid_token"))
    );
    let unsigned = exchange(&sandbox, "eyJhbGciOiJub25lIn0.e30.");
    assert_eq!(unsigned.status, 400);
    let stranger = ask(
        &sandbox,
        "/ims/exchange/jwt",
        &[("client_id", "x"), ("client_secret", "s&cret")],
    );
    assert_eq!(
        (stranger.status, stranger.json()["error"].clone()),
        (401, json!("invalid_client"))
    );
    assert_eq!(
        send(sandbox.address(), "GET", "/ims/exchange/jwt", &[], "").status,
        405
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_and_the_end_of_a_token() {
    let short = Ims {
        token_life: Duration::from_millis(400),
        ..account()
    };
    let sandbox = with(short, Tier::Author).await;
    let fields = |scope| {
        [
            ("grant_type", "client_credentials"),
            ("client_id", "cm-p1-e2"),
            ("client_secret", "s&cret"),
            ("scope", scope),
        ]
    };
    let wrong = ask(&sandbox, "/ims/token/v3", &fields("openid,read_everything"));
    assert_eq!(
        (wrong.status, wrong.json()["error"].clone()),
        (400, json!("invalid_scope"))
    );
    let answer = ask(&sandbox, "/ims/token/v3", &fields("openid,AdobeID"));
    assert_eq!(
        (answer.status, &answer.json()["expires_in"]),
        (200, &json!(0))
    );
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    let path = execute("harbor/recipes-all", &[]);
    let get = || {
        send(
            sandbox.address(),
            "GET",
            &path,
            &[("Authorization", &bearer)],
            "",
        )
        .status
    };
    assert_eq!(get(), 200);
    let ends = std::time::Instant::now() + Duration::from_secs(10);
    while get() == 200 && std::time::Instant::now() < ends {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(get(), 401);
}
