//! `frieze doctor`: what it finds, and that it names cause and fix.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use aem_sandbox::{AccessToken, DispatcherRules, EncodedSlash, GraphqlStatus, Ims, Options, Tier};
use serde_json::Value;

use crate::support::corpus::corpus;
use crate::support::{
    Answer, Press, Run, Scripted, SiteTest, TestSandbox, article, nobody, one_of_each, repository,
};

/// A site that pages, follows, and asks by path.
fn newspaper(fetch: &str) -> SiteTest {
    one_of_each()
        .file(
            "site.toml",
            &format!(
                "base_url = \"https://press.example\"\n\n[aem]\npublish = \"${{AEM}}\"\n\
                 configuration = \"press\"\n\n[fetch]\n{fetch}\n"
            ),
        )
        .file(
            "content-queries/articles.toml",
            "persisted = \"articles-by-cursor\"\npaging = \"cursor\"\nmin_items = 1\n",
        )
        .file(
            "content-queries/whole.toml",
            "persisted = \"article-by-path\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
             variables = { path = \"{{ parent._path }}\" }\n",
        )
}

/// The newspaper's content behind a sandbox with these switches.
fn aem(options: Options) -> TestSandbox {
    TestSandbox::of_with(repository(&corpus(3, 10)), options)
}

fn examined(run: &Run) -> Value {
    serde_json::from_str(run.stdout()).unwrap_or_else(|why| panic!("{why}: {}", run.stderr()))
}

/// The checks with this outcome.
fn with_outcome<'v>(found: &'v Value, outcome: &str) -> Vec<&'v Value> {
    let checks = found["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["outcome"] == outcome).collect()
}

fn doctor(site: &SiteTest, code: i32) -> Value {
    examined(&site.run(&["doctor", "--format", "json"]).code(code))
}

/// What a check says, with its reasons and remedies.
fn told(check: &Value) -> String {
    let mut text = format!(
        "{} {}\n",
        check["subject"].as_str().unwrap(),
        check["says"].as_str().unwrap()
    );
    for (name, key) in [("why", "why"), ("fix", "fix")] {
        for line in check[key].as_array().unwrap() {
            let _ = writeln!(text, "    {name} {}", line.as_str().unwrap());
        }
    }
    text
}

/// One check, by its subject.
fn check<'v>(found: &'v Value, subject: &str) -> &'v Value {
    let mut checks = found["checks"].as_array().unwrap().iter();
    let check = checks.find(|check| check["subject"] == subject);
    check.unwrap_or_else(|| panic!("no `{subject}` in {found:#}"))
}

#[test]
#[cfg(feature = "sandbox")]
fn the_example_site_is_well() {
    let run = SiteTest::example().run(&["doctor"]).good();
    insta::assert_snapshot!(run.stdout());
    assert_eq!(run.stderr(), "");
}

/// Every effect of the sandbox's faults: what `[fetch]` needs, the code, and what the first failure says.
const FAULTS: &[(&str, &str, i32, &str)] = &[
    (
        "delay",
        "read_timeout = \"200ms\"",
        3,
        "did not begin to answer within 200 ms",
    ),
    (
        "drip;bytes=1;pause=200ms",
        "total_timeout = \"1s\"",
        3,
        "was not complete within 1 s",
    ),
    (
        "stall",
        "read_timeout = \"1s\"",
        3,
        "stopped: nothing came for 1 s",
    ),
    ("reset", "", 3, "closed the connection before it answered"),
    ("close", "", 3, "closed the connection before it answered"),
    ("cut", "", 3, "broke off"),
    ("truncate", "", 3, "is incomplete"),
    ("cut-gzip", "", 3, ""),
    ("bad-gzip", "", 3, "cannot be unpacked"),
    (
        "gzip-bomb",
        "max_response = \"1MiB\"",
        1,
        "larger than 1 MiB",
    ),
    (
        "oversized;bytes=2000000",
        "max_response = \"1MiB\"",
        1,
        "larger than 1 MiB",
    ),
    ("html", "", 3, "text/html where JSON was due"),
    ("type", "", 3, "text/html where JSON was due"),
    ("errors", "", 1, "answered with an error"),
    ("null", "", 1, "without data"),
    ("null-roots", "", 1, "answered null for"),
    ("empty", "", 0, "answers without items"),
    (
        "block;for=60s",
        "",
        3,
        "a traffic filter blocks this machine",
    ),
    ("expired", "", 3, "a token that is over"),
    ("redirect", "", 3, "AEM asks for credentials"),
    (
        "redirect-loop",
        "",
        3,
        "redirects the request to where it was",
    ),
    ("same-cursor", "", 1, "the cursor"),
    ("cursor-loop", "", 1, "the cursor"),
    ("changed", "", 3, "the content changed"),
    ("400", "", 3, "status 400"),
    ("401", "", 3, "AEM asks for credentials"),
    ("403", "", 3, "AEM refuses this client"),
    ("404", "", 3, "blocked before AEM saw it"),
    ("405", "", 3, "an IP allow list blocks this machine"),
    ("406", "", 3, "a traffic filter blocks this machine"),
    (
        "421",
        "",
        3,
        "the host name does not belong to this service",
    ),
    ("429;retry-after=7", "", 3, "AEM gets too many requests"),
    ("500", "", 3, "AEM is in trouble"),
    ("503", "", 3, "AEM is in trouble"),
];

#[test]
fn every_fault_has_cause_and_fix() {
    let many = aem(Options::default());
    // As many as the doctor asks for: what the last page does wrong shows here only.
    let two = TestSandbox::of_with(repository(&corpus(2, 10)), Options::default());
    let mut report = String::new();
    for &(fault, fetch, code, says) in FAULTS {
        let aem = if fault == "cursor-loop" { &two } else { &many };
        let mut site = newspaper(fetch);
        site.aem(&aem.origin());
        // What is not about the host as a whole shows in the queries.
        let everywhere = [
            "block", "expired", "redirect", "40", "42", "50", "delay", "stall",
        ];
        let is_host = everywhere.iter().any(|name| fault.starts_with(name))
            && fault != "404"
            && fault != "400";
        let pattern = if is_host {
            "*"
        } else {
            "/graphql/execute.json/press/*"
        };
        aem.set_faults(&[&format!("{fault}@{pattern}")]);
        let found = doctor(&site, code);
        // Nothing is wrong with an answer without items, but that a build stops at it.
        let outcome = if code == 0 { "warning" } else { "failure" };
        let failures = with_outcome(&found, outcome);
        let first = failures
            .first()
            .unwrap_or_else(|| panic!("{fault}: {found:#}"));
        let told = told(first);
        assert!(told.contains(says), "{fault}: {told}");
        assert!(told.contains("    fix "), "{fault}: {told}");
        let _ = write!(report, "{fault}\n  {told}");
    }
    insta::with_settings!({ filters => vec![(r"http://127\.0\.0\.1:\d+", "[aem]"), (r"127\.0\.0\.1:\d+", "[aem]"), (r"\(os error \d+\)", "(os error)")] }, {
        insta::assert_snapshot!(report);
    });
}

#[test]
fn no_fault_is_forgotten() {
    // The grammar names all effects when one is unknown.
    let error = "teapot"
        .parse::<aem_sandbox::Fault>()
        .unwrap_err()
        .to_string();
    let (_, names) = error.split_once(", or ").unwrap();
    let names: BTreeSet<&str> = names.trim_end_matches('.').split(", ").collect();
    let tested = FAULTS
        .iter()
        .map(|(fault, ..)| fault.split([';', '@']).next().unwrap());
    let tested: BTreeSet<&str> = tested.chain(["ok"]).collect();
    let forgotten: Vec<_> = names.difference(&tested).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn who_says_stop_is_left_alone() {
    let aem = aem(Options::default());
    let mut site = newspaper("");
    let configuration =
        site.read("site.toml") + "\n[languages.en]\n[languages.fr]\n[languages.de]\n";
    site.write("site.toml", &configuration);
    site.write(
        "content-queries/articles.toml",
        "persisted = \"articles-in-locale\"\npaging = \"none\"\n\
         variables = { locale = \"{{ lang.locale }}\" }\n",
    );
    site.aem(&aem.origin());
    let asked = |fault: &str| {
        let before = aem.count("articles-in-locale");
        aem.set_faults(&[fault]);
        doctor(&site, 3);
        aem.count("articles-in-locale") - before
    };
    // A refusal may be of one language only; a rate limit is of all.
    assert_eq!(asked("400@/graphql/execute.json/press/*"), 3);
    assert_eq!(asked("429@/graphql/execute.json/press/*"), 1);
}

#[test]
fn a_healthy_newspaper_has_no_failure() {
    let aem = aem(Options::default());
    let mut site = newspaper("");
    site.aem(&aem.origin());
    let found = doctor(&site, 0);
    assert!(with_outcome(&found, "failure").is_empty(), "{found:#}");
    assert_eq!(
        check(&found, "slashes")["says"],
        "get through in press/article-by-path"
    );
    assert_eq!(check(&found, "articles")["says"], "items come");
}

#[test]
fn a_web_server_without_encoded_slashes() {
    let aem = aem(Options {
        encoded_slash: EncodedSlash::NotFound,
        ..Options::default()
    });
    let mut site = newspaper("");
    site.aem(&aem.origin());
    let found = doctor(&site, 3);
    let slashes = told(check(&found, "slashes"));
    assert!(
        slashes.contains("does not get through (status 404)"),
        "{slashes}"
    );
    assert!(
        slashes.contains("fix set `AllowEncodedSlashes NoDecode`"),
        "{slashes}"
    );
    assert_eq!(check(&found, "articles")["outcome"], "ok");
    let whole = told(check(&found, "whole"));
    assert!(whole.contains("an encoded slash (%2F)"), "{whole}");
}

#[test]
fn a_dispatcher_without_rules() {
    let aem = aem(Options {
        dispatcher_rules: DispatcherRules::ArchetypeOld,
        ..Options::default()
    });
    let mut site = newspaper("");
    site.aem(&aem.origin());
    let found = doctor(&site, 3);
    let articles = told(check(&found, "articles"));
    assert!(articles.contains("fix add a Dispatcher rule"), "{articles}");
    assert_eq!(check(&found, "whole")["outcome"], "skipped");
    let rule = &found["deployment"][0]["filters"][0];
    assert_eq!(
        rule,
        "/0100 { /type \"allow\" /method \"GET\" /url \"/graphql/execute.json/*\" }"
    );
}

#[test]
fn errors_with_statuses_are_known() {
    let aem = aem(Options {
        graphql_status: GraphqlStatus::OverHttp,
        ..Options::default()
    });
    let mut site = newspaper("");
    site.aem(&aem.origin());
    let found = doctor(&site, 0);
    assert_eq!(
        check(&found, "errors")["says"],
        "have statuses, as GraphQL over HTTP asks for"
    );
}

#[test]
fn caches_are_told_about_unless_they_are_passed_by() {
    let aem = aem(Options::default());
    let mut site = newspaper("");
    site.aem(&aem.origin());
    let found = doctor(&site, 0);
    let caches = told(check(&found, "caches"));
    assert!(caches.contains("content that is 26 h old"), "{caches}");
    assert!(
        caches.contains("set `cdn = \"bypass\"` in `[fetch]`"),
        "{caches}"
    );
    site.replace("site.toml", "[fetch]\n", "[fetch]\ncdn = \"bypass\"\n");
    assert_eq!(check(&doctor(&site, 0), "caches")["outcome"], "ok");
}

/// A site that asks author, with these lines about who it is.
fn author(auth: &str) -> SiteTest {
    newspaper("").file(
        "site.toml",
        &format!(
            "base_url = \"https://press.example\"\n\n[aem]\ntier = \"author\"\nauthor = \"${{AEM}}\"\n\
             configuration = \"press\"\n\n{auth}\n"
        ),
    )
}

#[test]
fn author_wants_to_know_who_asks() {
    let options = Options {
        tier: Tier::Author,
        tokens: vec![AccessToken {
            token: "right".to_owned(),
            groups: vec!["administrators".to_owned()],
            life: None,
        }],
        ..Options::default()
    };
    let aem = aem(options);
    let answer = |auth: &str, code: i32| {
        let mut site = author(auth);
        site.aem(&aem.origin());
        let found = doctor(&site, code);
        told(check(&found, "answer"))
    };
    let nobody = answer("", 3);
    assert!(
        nobody.contains("AEM asks for credentials (status 401)"),
        "{nobody}"
    );
    assert!(nobody.contains("fix add `[aem.auth.author]`"), "{nobody}");
    let wrong = answer(
        "[aem.auth]\nkind = \"basic\"\nuser = \"admin\"\npassword = \"wrong\"\n",
        3,
    );
    assert!(wrong.contains("AEM refuses user and password"), "{wrong}");
    let wrong = answer("[aem.auth]\nkind = \"token\"\ntoken = \"wrong\"\n", 3);
    assert!(wrong.contains("AEM refuses the token"), "{wrong}");
    let right = answer("[aem.auth]\nkind = \"token\"\ntoken = \"right\"\n", 0);
    assert!(
        right.contains("AEM's servlet for stored queries answers"),
        "{right}"
    );
}

#[test]
fn a_token_that_is_over_is_not_tried() {
    let aem = aem(Options::default());
    // `{"exp":1}` between two dots.
    let mut site = author("[aem.auth]\nkind = \"token\"\ntoken = \"x.eyJleHAiOjF9.y\"\n");
    site.aem(&aem.origin());
    let found = doctor(&site, 3);
    let credentials = told(check(&found, "credentials"));
    assert!(credentials.contains("has expired"), "{credentials}");
    assert!(aem.requests().is_empty());
    assert_eq!(check(&found, "connection")["outcome"], "ok");
}

#[test]
fn a_token_is_exchanged_for() {
    let aem = aem(Options {
        tier: Tier::Author,
        ims: Some(Ims {
            endpoint: None,
            client_id: "client".to_owned(),
            client_secret: "right".to_owned(),
            organization: String::new(),
            account: String::new(),
            metascopes: Vec::new(),
            scopes: vec!["openid".to_owned()],
            public_key: None,
            token_life: Duration::from_secs(7_200),
            groups: vec!["administrators".to_owned()],
        }),
        ..Options::default()
    });
    let credentials = |secret: &str, code: i32| {
        let mut site = author(&format!(
            "[aem.auth]\nkind = \"oauth\"\nclient_id = \"client\"\nclient_secret = \"{secret}\"\n\
             scopes = \"openid\"\nims = \"${{AEM}}\"\n"
        ));
        site.aem(&aem.origin());
        told(check(&doctor(&site, code), "credentials"))
    };
    let right = credentials("right", 0);
    assert!(
        right.contains("the identity service gives a token for 2 h"),
        "{right}"
    );
    let wrong = credentials("wrong", 3);
    assert!(
        wrong.contains("the identity service refuses the credentials"),
        "{wrong}"
    );
    assert!(
        wrong.contains("fix check `client_id` and `client_secret`"),
        "{wrong}"
    );
}

#[test]
fn no_such_name_and_no_encryption() {
    let mut site = newspaper("");
    // A part of a name may have 63 letters; longer ones are refused before anybody is asked.
    site.aem(&format!("https://{}.example", "a".repeat(70)));
    let found = doctor(&site, 3);
    let name = told(check(&found, "name"));
    assert!(
        name.contains("cannot be found") && name.contains("    fix "),
        "{name}"
    );
    let aem = aem(Options::default());
    let mut site = newspaper("");
    site.aem(&aem.origin().replace("http:", "https:"));
    let found = doctor(&site, 3);
    assert_eq!(check(&found, "connection")["outcome"], "ok");
    let answer = told(check(&found, "answer"));
    assert!(answer.contains("there is no secure connection"), "{answer}");
}

#[test]
fn every_tier_has_its_needs() {
    let aem = aem(Options::default());
    let mut site = newspaper("").file(
        "site.toml",
        "base_url = \"https://press.example\"\n\n[aem]\npublish = \"${AEM}\"\nconfiguration = \"press\"\n\
         preview = \"https://preview-p1-e2.adobeaemcloud.com\"\n\
         author = \"https://author-p1-e2.adobeaemcloud.com\"\n\
         [aem.auth.author]\nkind = \"service-credentials\"\nfile = \"key.json\"\n\
         [aem.headers.preview]\nX-AEM-Edge-Key = \"secret\"\n",
    );
    site.aem(&aem.origin());
    for (name, text) in [
        ("posted.toml", "document = \"posted.graphql\"\n"),
        ("posted.graphql", "{ articleList { items { _path } } }"),
        ("page.toml", "json = \"/content/press/en/data.json\"\n"),
        (
            "pages.toml",
            "json = \"/content/press/{{ lang.locale }}/home.model.json\"\n",
        ),
        ("open.toml", "[openapi]\npath = \"/content/dam/press/en\"\n"),
    ] {
        site.write(&format!("content-queries/{name}"), text);
    }
    let run = site.run(&["doctor"]);
    let (_, table) = run.stdout().split_once("deployment\n").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    insta::assert_snapshot!(table);
}

#[test]
fn nobody_at_the_address() {
    let mut site = newspaper("");
    let (origin, _taken) = nobody();
    site.aem(&origin);
    let run = site.run(&["doctor"]).code(3);
    insta::with_settings!({ filters => vec![(r"\(os error \d+\)", "(os error)")] }, {
        insta::assert_snapshot!(run.stdout());
    });
    assert_eq!(run.stderr(), "");
}

#[test]
fn a_clock_that_is_wrong() {
    let aem = Scripted::start(|request| {
        let answer = if request.path.ends_with("execute.json/") {
            Answer::of("text/plain", "Suffix: '/' does not contain a path").status(400)
        } else {
            Answer::items(&[article("one")])
        };
        answer.header("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
    });
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let found = doctor(&site, 0);
    let date = told(check(&found, "date"));
    assert!(date.contains("days ahead of AEM's"), "{date}");
    assert!(date.contains("    fix "), "{date}");
}

#[test]
fn definitions_with_mistakes_do_not_hide_the_host() {
    let aem = aem(Options::default());
    let mut site = newspaper("");
    site.aem(&aem.origin());
    site.write("content-queries/wrong.toml", "persistd = \"x\"\n");
    let found = doctor(&site, 2);
    assert_eq!(check(&found, "answer")["outcome"], "ok");
    let wrong = with_outcome(&found, "failure");
    assert!(told(wrong[0]).contains("persistd") || told(wrong[1]).contains("persistd"));
    let skipped = with_outcome(&found, "skipped");
    assert!(skipped.iter().any(|check| check["group"] == "queries"));
    site.write("site.toml", "base_url = 1\n");
    let run = site.run(&["doctor"]).code(2);
    assert_eq!(run.stdout(), "");
}

#[test]
fn few_items_are_a_warning() {
    let press = Press::standing();
    press.answers(Answer::items::<&str>(&[]));
    let found = doctor(&press.site, 0);
    let articles = check(&found, "articles");
    assert_eq!(articles["outcome"], "warning", "{articles:#}");
    assert!(told(articles).contains("a build stops when fewer than 1 come"));
}

#[test]
fn pictures_are_looked_at() {
    let press = Press::standing();
    let picture = r#"{"_path":"/content/dam/press/a.webp","_dynamicUrl":"/adobe/dynamicmedia/deliver/a.jpg"}"#;
    let item = article("one").replacen('{', &format!("{{\"image\":{picture},"), 1);
    let items = Answer::items(&[item]);
    press.aem.now(move |request| match request.path.as_str() {
        "/content/dam/press/a.webp" => Answer::page(404),
        path if path.starts_with("/adobe/") => Answer::page(404),
        _ => items.clone(),
    });
    let found = doctor(&press.site, 1);
    let originals = told(check(&found, "originals"));
    assert!(
        originals.contains("open its extension in the Dispatcher filter"),
        "{originals}"
    );
    assert_eq!(check(&found, "delivery")["outcome"], "warning");
}

#[test]
fn requests_are_shown_on_demand_and_secrets_never() {
    const SECRET: &str = "correct-horse-battery";
    let aem = aem(Options::default());
    let mut site = newspaper("").file(
        "site.toml",
        "base_url = \"https://press.example\"\n\n[aem]\npublish = \"${AEM}\"\nconfiguration = \"press\"\n\
         [aem.auth]\nkind = \"token\"\ntoken = \"${SECRET}\"\n\
         [aem.headers.publish]\nX-AEM-Edge-Key = \"${SECRET}\"\n\
         [environments.proxied.fetch]\nproxy = \"http://user:${SECRET}@127.0.0.1:9\"\n",
    );
    site.aem(&aem.origin());
    site.set("SECRET", SECRET);
    let short = site.run(&["doctor"]).good();
    let long = site.run(&["doctor", "--verbose"]).good();
    let json = site.run(&["doctor", "--format", "json"]).good();
    let proxied = site.run(&["doctor", "-v", "--env", "proxied"]).code(3);
    for run in [&short, &long, &json, &proxied] {
        run.never_says(SECRET);
    }
    let request = "sent GET [aem]/graphql/execute.json/press/articles-by-cursor";
    assert!(long.stdout().contains(request), "{}", long.stdout());
    assert!(!short.stdout().contains(request));
    let said = proxied.stdout();
    assert!(said.contains("the proxy `http://127.0.0.1:9`"), "{said}");
}
