//! `--offline`: what is kept, and nobody is asked.

use super::paper::Paper;
#[cfg(feature = "sandbox")]
use crate::support::SiteTest;
use crate::support::{assert_report, nobody};

#[test]
fn offline_builds_the_same_without_a_connection() {
    let paper = Paper::standing();
    let (output, connections) = (paper.site.output(), paper.aem.connections());
    let run = paper.site.run(&["build", "--offline"]).good();
    assert_eq!(run.changes(), "0 files written, 2 unchanged, 0 removed");
    std::fs::remove_dir_all(paper.site.path("public")).unwrap();
    let run = paper.site.run(&["build", "--offline"]).good();
    assert_eq!(run.changes(), "2 files written, 0 unchanged, 0 removed");
    assert_eq!(paper.site.output().bytes(), output.bytes());
    assert_eq!(paper.aem.connections(), connections);
}

#[test]
#[cfg(feature = "sandbox")]
fn offline_starts_no_sandbox() {
    let site = SiteTest::example();
    site.build().good();
    let output = site.output();
    std::fs::remove_dir_all(site.path("public")).unwrap();
    std::fs::remove_dir_all(site.path("sandbox")).unwrap();
    site.build().code(2);
    site.run(&["build", "--offline"]).good();
    assert_eq!(site.output().bytes(), output.bytes());
}

#[test]
fn an_answer_that_is_not_kept() {
    let paper = Paper::new();
    let run = paper.site.run(&["build", "--offline"]).code(3);
    assert_eq!(paper.aem.connections(), 0);
    assert!(!paper.site.path("public").join("articles").exists());
    assert_report!(run);
}

#[test]
fn an_asset_that_is_not_kept() {
    let paper = Paper::standing();
    let output = paper.site.output();
    paper.site.replace(
        "templates/article.html",
        "src=item.picture",
        "src='/content/dam/press/other.jpg'",
    );
    let connections = paper.aem.connections();
    let run = paper.site.run(&["build", "--offline"]).code(3);
    assert_eq!(paper.site.output(), output);
    assert_eq!(paper.aem.connections(), connections);
    assert_report!(run);
}

#[test]
fn nobody_listens_where_nobody_is_asked() {
    let mut paper = Paper::standing();
    let (origin, _guard) = nobody();
    let output = paper.site.output();
    // Another host has answers of its own.
    paper.site.aem(&origin);
    paper.site.run(&["build", "--offline"]).code(3);
    assert_eq!(paper.site.output(), output);
}
