//! Tokens that end: before a build, while it runs, and too soon.

use std::time::{Duration, Instant, SystemTime};

use aem_sandbox::Options;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::{Login, Press, Run, SiteTest, TestSandbox, assert_report, workspace};

/// How long a token lives in these tests.
const LIFE: Duration = Duration::from_secs(2);

/// When it is to be renewed.
const RENEWED: Duration = Duration::from_millis(1_800);

fn sandbox(options: Options) -> TestSandbox {
    TestSandbox::with(&workspace().join("sandbox"), options)
}

fn valley(login: Login, aem: &TestSandbox) -> SiteTest {
    let mut site = SiteTest::copy_of("valley").env("TIER", "author");
    login.add_to(&mut site, &aem.origin());
    site.append("site.toml", "\n[fetch]\nconcurrency = 1\n");
    site.aem(&aem.origin());
    site
}

#[test]
fn a_token_is_exchanged_once_in_each_of_its_lives() {
    std::thread::scope(|scope| {
        for login in Login::EXCHANGED {
            scope.spawn(move || outlive_tokens(login));
        }
    });
}

/// A build of several lives of a token.
fn outlive_tokens(login: Login) {
    let aem = sandbox(Options {
        latency: Duration::from_millis(250),
        ..login.options(LIFE)
    });
    let site = valley(login, &aem);
    let start = Instant::now();
    site.build().good();
    let took = start.elapsed();
    assert!(took > LIFE * 2, "{took:?}");
    let requests = aem.requests();
    let exchanges = requests.iter().filter(|r| r.path.starts_with("/ims/"));
    let exchanges = exchanges.count();
    // On a machine that is busy a token may end on its way.
    let refused = requests.iter().filter(|r| r.status == 401).count();
    let lives = usize::try_from(took.as_millis() / RENEWED.as_millis()).unwrap() + 1;
    assert!(exchanges >= 2, "{login:?}: {exchanges} exchanges");
    assert!(
        exchanges <= lives + refused,
        "{login:?}: {exchanges} exchanges in {took:?}, {refused} refusals"
    );
}

#[test]
fn requests_that_wait_for_a_token_share_its_exchange() {
    for login in Login::EXCHANGED {
        let aem = sandbox(Options {
            latency: Duration::from_millis(50),
            ..login.options(Duration::from_secs(3_600))
        });
        let site = valley(login, &aem);
        site.replace("site.toml", "concurrency = 1", "concurrency = 8");
        site.build().good();
        assert_eq!(aem.count("/ims/"), 1, "{login:?}");
    }
}

#[test]
fn a_token_that_ends_and_cannot_be_renewed() {
    let aem = sandbox(Options {
        latency: Duration::from_millis(100),
        ..Login::Token.options(Duration::from_millis(700))
    });
    let site = valley(Login::Token, &aem);
    let run = site.build().code(3);
    assert!(run.stderr().contains("401"), "{}", run.stderr());
    assert!(!site.path("public").exists());
}

/// A site with a token of the local development kind, which ends at this time from now.
fn with_token(seconds: i64) -> Press {
    let mut press = Press::standing();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let end = i64::try_from(now.unwrap().as_secs()).unwrap() + seconds;
    let payload = URL_SAFE_NO_PAD.encode(format!("{{\"exp\":{end}}}"));
    press.site.secret(
        "TOKEN",
        &format!("eyJhbGciOiJub25lIn0.{payload}.c2lnbmF0dXJl"),
    );
    let auth = "\n[aem.auth]\nkind = \"token\"\ntoken = \"${TOKEN}\"\n";
    press.site.append("site.toml", auth);
    press
}

/// A build that ends before AEM was asked anything.
#[track_caller]
fn without_a_word(press: &Press, arguments: &[&str], code: i32) -> Run {
    let asked = press.aem.requests().len();
    let run = press.site.run(arguments).code(code);
    assert_eq!(press.aem.requests().len(), asked, "AEM was asked");
    press.assert_untouched();
    run
}

#[test]
fn a_token_that_has_ended() {
    let press = with_token(-60);
    assert_report!(without_a_word(&press, &["build"], 3));
}

#[test]
fn a_token_that_may_end_before_the_fetch() {
    // The deadline of a fetch is a quarter of an hour.
    let press = with_token(5 * 60 + 30);
    let run = press.site.build().good();
    assert_report!(run);
    without_a_word(&press, &["build", "--deny", "warnings"], 2);
    press.site.run(&["build", "--quiet"]).good();
    let press = with_token(24 * 60 * 60);
    let run = press.site.run(&["build", "--deny", "warnings"]).good();
    assert!(!run.stderr().contains("warning"), "{}", run.stderr());
}
