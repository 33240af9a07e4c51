//! What is printed when the preview starts, and how it ends.

use std::net::TcpListener;

use super::client::Preview;
use crate::support::{SiteTest, assert_report};

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_well() {
    let site = SiteTest::new();
    let mut preview = Preview::of(&site);
    preview.child.interrupt();
    let run = preview.child.wait().good();
    assert_eq!(run.stdout(), "");
}

#[test]
fn a_port_that_is_taken_is_an_error_where_it_was_asked_for() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let site = SiteTest::new();
    let run = site.run(&["serve", "--port", &port]).code(2);
    insta::with_settings!({ filters => vec![(&*port, "[port]")] }, {
        insta::assert_snapshot!(run.stderr());
    });
}

#[test]
fn an_address_of_another_machine_is_an_error() {
    let site = SiteTest::new();
    let run = site.run(&["serve", "--port", "0", "--host", "192.0.2.1"]);
    assert_report!(run.code(2));
}

#[test]
fn values_that_are_none_are_explained() {
    let site = SiteTest::new();
    for (arguments, words) in [
        (["--host", "example.com"], "`127.0.0.1`, `::1` or `0.0.0.0`"),
        (["--allow-host", "http://x"], "without `http://` and port"),
        (["--poll", "5"], "a duration looks like `10s` or `1m`"),
        (["--poll", "1ms"], "there has to be a second between"),
        (["--port", "70000"], "70000"),
    ] {
        let run = site.run(&[&["serve"][..], &arguments].concat()).code(2);
        assert!(run.stderr().contains(words), "{}", run.stderr());
    }
}

#[cfg(unix)]
#[test]
fn others_are_let_in_with_a_warning_only() {
    let site = SiteTest::new();
    let mut preview = Preview::with(&site, &["--host", "0.0.0.0"]);
    assert_eq!(preview.get("/_frieze/preview.js").status, 200);
    preview.child.interrupt();
    let run = preview.child.wait().good();
    let warned = run
        .stderr()
        .contains("warning: `--host 0.0.0.0` lets others");
    assert!(warned, "{}", run.stderr());
}
