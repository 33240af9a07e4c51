//! Reports of builds that never were.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::config::{Overrides, parse_site};
use crate::diag::{Diagnostic, Kind, Location};
use crate::output::Changed;
use crate::source::Delivery;
use crate::table::SourceFile;

fn config() -> Config {
    let text =
        "base_url = \"https://www.example.com/docs\"\n[aem]\npublish = \"https://p.example\"\n";
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, Path::new("/site"), &Overrides::default(), &|_| None);
    config.unwrap_or_else(|report| panic!("{report}")).value
}

fn facts<'a>(record: &'a Record, diagnostics: &'a Diagnostics) -> Facts<'a> {
    Facts {
        started: "2026-08-01T10:15:00Z",
        elapsed: Duration::from_micros(1_234_567),
        exit_code: 1,
        config: None,
        record,
        built: None,
        usage: Usage::default(),
        diagnostics,
        history: None,
        accepted: &[],
        peak_memory: Some(12_345_678),
    }
}

#[test]
fn a_build_that_failed_at_once() {
    let source: Arc<str> = Arc::from("a = 1\nb = é2\n");
    let found: Diagnostics = [
        Diagnostic::error(Kind::Config, "a mistake")
            .at(Location::span("site.toml", &source, 12..13))
            .note("why")
            .help("what next"),
        Diagnostic::warning(Kind::Guard, "a place").at(Location::position("x.html", 3, 4)),
        Diagnostic::error(Kind::Remote, "no place"),
    ]
    .into_iter()
    .collect();
    let record = Record::default();
    let mut report = report(&facts(&record, &found));
    assert_eq!(report["frieze"], env!("CARGO_PKG_VERSION"));
    report["frieze"] = "[version]".into();
    insta::assert_snapshot!(format!("{report:#}"));
}

#[test]
fn addresses_are_those_of_the_site() {
    let paths = |paths: &[&str]| {
        paths
            .iter()
            .map(|path| OutputPath::parse(path).unwrap())
            .collect()
    };
    let commit = Commit {
        changed: Changed {
            written: paths(&[
                "index.html",
                "été/a b/index.html",
                "feed.xml",
                "myindex.html",
            ]),
            removed: paths(&["news/page/2/index.html"]),
        },
        ..Commit::default()
    };
    insta::assert_snapshot!(format!("{:#}", changed(&commit, &config().base_url)));
}

#[test]
fn queries_have_a_row_for_each_language() {
    let record = Record::of("https://p.example".to_owned());
    let variables = serde_json::json!({"locale": "fr"});
    let meter = record
        .account
        .meter("articles", Some("fr"), Some(variables));
    meter.sent(0);
    meter.sent(1);
    meter.received(1_000, Some(Duration::from_secs(7)));
    meter.received(500, None);
    meter.answered(&Delivery::New);
    meter.answered(&Delivery::Kept);
    record.account.meter("articles", Some("en"), None).sent(0);
    let meter = record.account.meter("authors", None, None);
    meter.answered(&Delivery::Unchanged);
    let found = Diagnostics::new();
    let config = config();
    let facts = Facts {
        config: Some(&config),
        ..facts(&record, &found)
    };
    insta::assert_snapshot!(format!("{:#}", report(&facts)["queries"]));
}
