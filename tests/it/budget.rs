//! Trouble in a fifth of all requests: a build gets through it, or stops as soon as it may retry no more.
//!
//! `FRIEZE_FAULTS=all` makes a thousand requests, plain `cargo test` fewer.

use std::time::Duration;

use aem_sandbox::Options;

use crate::support::corpus::corpus;
use crate::support::{Run, SiteTest, TestSandbox, one_of_each, repository, seed};

/// Requests in flight.
const CONCURRENCY: usize = 16;

/// Different trouble, which together strikes one request in five.
const TROUBLE: [&str; 6] = ["503", "500", "reset", "cut", "truncate", "html"];

/// The share of each, so that `1 - (1 - p)^6` is a fifth.
const SHARE: f64 = 0.0365;

/// A site that makes a request for each of so many articles.
fn site(articles: usize, budget: u32) -> (SiteTest, TestSandbox) {
    let options = Options {
        latency: Duration::from_millis(30),
        fault_seed: seed("trouble in a fifth of all requests"),
        ..Options::default()
    };
    let aem = TestSandbox::of_with(repository(&corpus(articles, 0)), options);
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let list = "persisted = \"articles\"\npaging = \"offset\"\npage_size = 100\n";
    site.write("content-queries/all.toml", list);
    let each = "persisted = \"article-by-path\"\npaging = \"none\"\n\
                [for_each]\nquery = \"all\"\nvariables = { path = \"{{ parent._path }}\" }\n\
                [pages]\nroute = \"/articles/{{ item.slug }}/\"\ntemplate = \"article.html\"\n";
    site.write("content-queries/articles.toml", each);
    let limits = format!(
        "retries = 12\nretry_budget = {budget}\nconcurrency = {CONCURRENCY}\ndeadline = \"5m\"\n"
    );
    site.replace("site.toml", "retries = 0\n", &limits);
    (site, aem)
}

/// Builds into a folder of its own, from nothing.
fn build(site: &SiteTest, folder: &str) -> Run {
    let run = site.start(&[
        "build",
        "-o",
        folder,
        "--cache-dir",
        &format!("{folder}-cache"),
    ]);
    run.wait_within(Duration::from_secs(200))
}

fn trouble(aem: &TestSandbox) {
    let faults = TROUBLE.map(|effect| format!("{effect};p={SHARE}"));
    aem.set_faults(&faults.each_ref().map(String::as_str));
}

#[test]
fn a_build_gets_through_what_its_budget_allows() {
    let all = std::env::var_os("FRIEZE_FAULTS").is_some();
    let articles = if all { 1_000 } else { 150 };
    let (site, aem) = site(articles, 400);
    build(&site, "good").good();
    let asked = aem.requests().len();
    trouble(&aem);
    build(&site, "bad").good();
    assert_eq!(site.tree("bad").bytes(), site.tree("good").bytes());
    let retried = aem.requests().len() - 2 * asked;
    println!("{asked} requests, {retried} retries");
    assert!(retried > asked / 10, "{retried} retries");
}

#[test]
fn a_build_stops_when_its_budget_is_spent() {
    let (site, aem) = site(1_000, 50);
    trouble(&aem);
    let run = build(&site, "bad").code(3);
    let said = run.stderr();
    assert!(said.contains("retry budget of 50 is spent"), "{said}");
    assert!(!site.path("bad").exists());
    // 51 failures are 255 requests, give or take what chance allows, and those that were under way.
    let asked = aem.requests().len();
    println!("{asked} requests");
    assert!(asked < 450, "{asked} requests");
}
