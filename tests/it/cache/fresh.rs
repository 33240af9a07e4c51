//! `freshness`, `--refresh`, `cdn` and `max_age`: whether AEM is asked, and how far.

use std::time::Duration;

use super::paper::{PICTURE, Paper, age, forget_traces};
use crate::support::{Answer, Scripted, article, articles, assert_report, one_of_each};

#[test]
fn ten_minutes_are_not_asked_about() {
    let paper = Paper::new();
    paper.site.replace(
        "content-queries/articles.toml",
        "paging",
        "freshness = \"10m\"\npaging",
    );
    let queries = |asked: Vec<(String, Option<String>)>| {
        let queries = asked.iter().filter(|(path, _)| !path.starts_with(PICTURE));
        queries.count()
    };
    assert_eq!(queries(paper.asked_by(&["build"])), 1);
    assert_eq!(queries(paper.asked_by(&["build"])), 0);
    age(&paper.site, Duration::from_secs(590));
    assert_eq!(queries(paper.asked_by(&["build"])), 0);
    age(&paper.site, Duration::from_secs(20));
    assert_eq!(queries(paper.asked_by(&["build"])), 1);
    assert_eq!(queries(paper.asked_by(&["build", "--refresh"])), 1);
}

#[test]
fn always_sends_no_conditions_and_never_no_request() {
    let paper = Paper::standing();
    let tags = |asked: &[(String, Option<String>)]| -> Vec<bool> {
        let queries = asked.iter().filter(|(path, _)| !path.starts_with(PICTURE));
        queries.map(|(_, tag)| tag.is_some()).collect()
    };
    for (freshness, expected) in [
        ("revalidate", &[true][..]),
        ("always", &[false]),
        ("never", &[]),
    ] {
        let definition = format!("freshness = \"{freshness}\"\npaging");
        let good = paper.site.read("content-queries/articles.toml");
        paper
            .site
            .replace("content-queries/articles.toml", "paging", &definition);
        for _ in 0..2 {
            assert_eq!(tags(&paper.asked_by(&["build"])), expected, "{freshness}");
        }
        paper.site.write("content-queries/articles.toml", &good);
    }
}

/// The value of the variable or parameter that makes an address new.
fn unseen(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("friezeUnseen")?;
    let value = rest.strip_prefix("%3D").or(rest.strip_prefix('='))?;
    Some(value.trim_end_matches(';'))
}

#[test]
fn refresh_goes_past_the_cdn_and_asks_for_everything() {
    let paper = Paper::standing();
    let first = paper.asked_by(&["build", "--refresh"]);
    let second = paper.asked_by(&["build", "--refresh"]);
    let marks = |asked: &[(String, Option<String>)]| {
        assert_eq!(asked.len(), 2, "{asked:?}");
        let mut marks: Vec<String> = asked
            .iter()
            .map(|(path, tag)| {
                assert_eq!(*tag, None, "{path}");
                unseen(path).unwrap_or_else(|| panic!("{path}")).to_owned()
            })
            .collect();
        marks.dedup();
        assert_eq!(marks.len(), 1, "one for the whole build");
        marks.remove(0)
    };
    assert_ne!(marks(&first), marks(&second));
    // What it got is there for others.
    let asked = paper.asked_by(&["build"]);
    assert!(asked.iter().all(|(_, tag)| tag.is_some()), "{asked:?}");
}

#[test]
fn the_cdn_can_be_passed_by_always() {
    let paper = Paper::standing();
    let configuration = paper.site.read("site.toml") + "cdn = \"bypass\"\n";
    paper.site.write("site.toml", &configuration);
    let asked = paper.asked_by(&["build"]);
    assert_eq!(asked.len(), 2);
    for (path, tag) in asked {
        assert!(unseen(&path).is_some() && tag.is_some(), "{path} {tag:?}");
    }
}

#[test]
fn content_that_a_cdn_has_kept_for_too_long() {
    let paper = Paper::standing();
    let output = paper.site.output();
    let configuration = paper.site.read("site.toml") + "max_age = \"5m\"\n";
    paper.site.write("site.toml", &configuration);
    // Past the CDN it is new.
    let aged = |old: &'static str| move |answer: Answer| answer.header("Age", old);
    paper.answers("one", aged("300"));
    assert_eq!(paper.asked_by(&["build"]).len(), 2);
    forget_traces(&paper.site);
    paper.answers("one", aged("301"));
    let before = paper.aem.requests().len();
    let run = paper.site.build().code(3);
    let asked = paper.aem.requests_after(before);
    let past: Vec<bool> = asked.iter().map(|r| unseen(&r.path).is_some()).collect();
    assert_eq!(past, [false, true]);
    assert_eq!(paper.site.output(), output);
    assert_report!(run);
}

#[test]
fn past_the_cdn_it_is_new_again() {
    let paper = Paper::standing();
    let configuration = paper.site.read("site.toml") + "max_age = \"5m\"\n";
    paper.site.write("site.toml", &configuration);
    paper.aem.now(|request| {
        let answer = if request.path.starts_with(PICTURE) {
            Answer::of("image/jpeg", "pixels")
        } else {
            Answer::items(&[article("one").replacen(
                '{',
                r#"{"picture":"/content/dam/press/my picture.jpg","#,
                1,
            )])
        };
        match unseen(&request.path) {
            Some(_) => answer,
            None => answer.header("Age", "7200"),
        }
    });
    assert_eq!(paper.asked_by(&["build"]).len(), 4);
}

#[test]
fn the_same_request_is_made_once() {
    let aem = Scripted::start(|request| {
        let items: Vec<String> = (0..50)
            .map(|n| {
                article(&format!("n{n}")).replacen('{', &format!(r#"{{"author":"a{}","#, n % 3), 1)
            })
            .collect();
        match request.path.split("author%3D").nth(1) {
            Some(author) => Answer::items(&articles(&[author.trim_end_matches(';')])),
            None => Answer::items(&items),
        }
    });
    let mut site = one_of_each();
    site.aem(&aem.origin());
    site.write(
        "content-queries/authors.toml",
        "persisted = \"author\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
         variables = { author = \"{{ parent.author }}\" }\n",
    );
    site.build().good();
    assert_eq!(aem.requests().len(), 1 + 3);
}
