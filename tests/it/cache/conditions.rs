//! A second build asks whether what the first got is still right.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aem_sandbox::Options;

use super::paper::forget_traces;
use crate::support::{SiteTest, TestSandbox, workspace};

/// The example site with a host in place of the embedded sandbox.
fn example(origin: &str) -> SiteTest {
    let mut site = SiteTest::example();
    site.asks(origin);
    site
}

/// A sandbox of the example's content.
fn sandbox(options: Options) -> TestSandbox {
    TestSandbox::with(&workspace().join("sandbox"), options)
}

/// Answers without a tag.
fn no_tags() -> Options {
    Options {
        etags: false,
        ..Options::default()
    }
}

/// Answers without a date.
fn no_dates() -> Options {
    Options {
        last_modified: false,
        ..Options::default()
    }
}

/// Waits for the next second: dates count whole ones, and what was changed in the same second as it was
/// sent may change again.
fn next_second() {
    let seconds = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    let now = seconds();
    while seconds() <= now {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_second_build_asks_with_conditions_and_writes_nothing() {
    for options in [Options::default(), no_tags(), no_dates()] {
        let aem = sandbox(options);
        next_second();
        let site = example(&aem.origin());
        site.build().good();
        let (first, output) = (aem.requests(), site.output());
        assert!(first.len() > 20, "{first:?}");
        assert!(first.iter().all(|request| request.status == 200));
        for way in ["short", "long"] {
            if way == "long" {
                forget_traces(&site);
            }
            let before = aem.requests().len();
            let run = site.build().good();
            assert!(run.changes().starts_with("0 files written"), "{way}");
            assert_eq!(site.output(), output, "no file was written again");
            let second = &aem.requests()[before..];
            let odd = second.iter().find(|request| request.status != 304);
            assert!(odd.is_none(), "the {way} way: {odd:?}");
            let paths = |requests: &[aem_sandbox::RecordedRequest]| {
                let mut paths: Vec<_> = requests.iter().map(|r| r.path.clone()).collect();
                paths.sort();
                paths
            };
            assert_eq!(paths(second), paths(&first));
        }
    }
}

#[test]
fn without_validators_the_bytes_show_that_nothing_has_changed() {
    let aem = sandbox(Options {
        last_modified: false,
        ..no_tags()
    });
    let site = example(&aem.origin());
    site.build().good();
    let output = site.output();
    for _ in 0..2 {
        let run = site.build().good();
        assert!(run.changes().starts_with("0 files written"));
        assert_eq!(site.output(), output);
        forget_traces(&site);
    }
    let requests = aem.requests();
    assert!(requests.iter().all(|request| request.status == 200));
}
