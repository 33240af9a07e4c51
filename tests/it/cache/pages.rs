//! The pages of one list belong together, wherever each of them comes from.

use super::paper::{edit_records, forget_traces};
use crate::support::{Answer, Press, articles, assert_report};

/// A site of four articles in windows of two.
fn in_windows() -> Press {
    let press = Press::standing();
    press.site.replace(
        "content-queries/articles.toml",
        "paging = \"none\"",
        "paging = \"offset\"\npage_size = 2",
    );
    let configuration = press.site.read("site.toml") + "stale_if_error = \"24h\"\n";
    press.site.write("site.toml", &configuration);
    windows(&press, ["a", "b", "c", "d"], None);
    press.site.build().good();
    press
}

/// Answers windows of two; the one from `broken` on fails.
fn windows(press: &Press, slugs: [&'static str; 4], broken: Option<usize>) {
    press.aem.now(move |request| {
        let offset = request.path.split("offset%3D").nth(1).unwrap();
        let offset = offset.split(['%', ';']).next().unwrap();
        let offset: usize = offset.parse().unwrap();
        if broken.is_some_and(|broken| offset >= broken) {
            return Answer::page(503);
        }
        let end = (offset + 2).min(4);
        Answer::items(&articles(&slugs[offset.min(4)..end]))
    });
}

#[test]
fn old_pages_and_new_pages_are_not_mixed() {
    let press = in_windows();
    let output = press.site.output();
    // `x` comes first: `b` has moved to the second window, which is the old one.
    windows(&press, ["x", "a", "b", "c"], Some(2));
    // Asked for side by side, the first could fail with the second.
    forget_traces(&press.site);
    let run = press.site.build().code(3);
    assert_eq!(press.site.output(), output);
    assert_report!(run);
    // Neither now that the first window is not new any more.
    forget_traces(&press.site);
    press.site.build().code(3);
    let offline = press.site.run(&["build", "--offline"]).code(3);
    assert_eq!(press.site.output(), output);
    assert_report!(offline);
    windows(&press, ["x", "a", "b", "c"], None);
    press.site.build().good();
    assert!(press.site.path("public/articles/b/index.html").is_file());
    let expected = press.site.output();
    press.site.run(&["build", "--offline"]).good();
    assert_eq!(press.site.output(), expected);
}

#[test]
fn pages_that_are_all_old_belong_together() {
    let press = in_windows();
    let output = press.site.output();
    windows(&press, ["x", "a", "b", "c"], Some(0));
    let run = press.site.build().good();
    assert_eq!(press.site.output(), output);
    assert_eq!(
        run.stderr().matches("stands in for").count(),
        1,
        "{}",
        run.stderr()
    );
    // And those that have not changed belong to the old ones.
    windows(&press, ["a", "b", "c", "d"], Some(2));
    press.site.build().good();
    assert_eq!(press.site.output(), output);
}

#[test]
fn pages_that_are_young_enough_do_not_go_with_new_ones() {
    let press = in_windows();
    press.site.replace(
        "content-queries/articles.toml",
        "paging",
        "freshness = \"10m\"\npaging",
    );
    // The first window is asked about, the others are not.
    edit_records(&press.site.path(".frieze"), |record| {
        if record["request"].as_str().unwrap().contains("offset%3D0") {
            for key in ["since", "validated"] {
                record[key] = (record[key].as_u64().unwrap() - 3_600_000).into();
            }
        }
    });
    windows(&press, ["x", "a", "b", "c"], None);
    press.site.build().good();
    let mut expected = ["a", "b", "c", "x"].map(|slug| format!("articles/{slug}/index.html"));
    expected.sort();
    assert_eq!(press.site.output().names(), expected);
}
