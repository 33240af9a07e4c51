//! `stale_if_error`: what stands in when AEM fails.

use super::paper::{HOUR, PICTURE, Paper, age};
use crate::support::{Answer, Scripted, article, assert_report};

/// A paper that was built and allows a day when AEM fails.
fn patient() -> Paper {
    let paper = Paper::standing();
    let configuration = paper.site.read("site.toml") + "stale_if_error = \"24h\"\n";
    paper.site.write("site.toml", &configuration);
    paper
}

#[test]
fn an_old_answer_stands_in_and_says_so() {
    let paper = patient();
    let output = paper.site.output();
    age(&paper.site, 3 * HOUR);
    paper.only(Answer::page(503));
    let run = paper.site.build().good();
    assert_eq!(run.changes(), "0 files written, 2 unchanged, 0 removed");
    assert_eq!(paper.site.output(), output);
    assert_report!(run);
    let denied = paper.site.run(&["build", "--deny", "warnings"]).code(3);
    assert!(
        denied.stderr().contains("stands in for"),
        "{}",
        denied.stderr()
    );
    assert_eq!(paper.site.output(), output);
}

#[test]
fn an_old_answer_stands_in_for_whatever_passes() {
    for trouble in [
        Answer::page(500),
        Answer::page(429),
        Answer::page(200),
        Answer::items(&[article("one")]).cut(),
        Answer::never(),
    ] {
        let paper = patient();
        let configuration = paper.site.read("site.toml") + "read_timeout = \"200ms\"\n";
        paper.site.write("site.toml", &configuration);
        let output = paper.site.output();
        paper.aem.now(move |request| {
            if request.path.starts_with(PICTURE) {
                Answer::of("image/jpeg", "pixels")
            } else {
                trouble.clone()
            }
        });
        let run = paper.site.build().good();
        let said = run.stderr().matches("stands in for").count();
        assert_eq!(said, 1, "{}", run.stderr());
        assert_eq!(paper.site.output(), output);
    }
}

#[test]
fn a_page_in_the_place_of_a_picture_is_not_kept() {
    let paper = Paper::standing();
    let output = paper.site.output();
    paper.aem.now(|request| {
        if request.path.starts_with(PICTURE) {
            return Answer::page(200).header("ETag", "\"error\"");
        }
        let picture = r#"{"picture":"/content/dam/press/my picture.jpg","#;
        Answer::items(&[article("one").replacen('{', picture, 1)])
    });
    paper.site.build().code(1);
    std::fs::remove_dir_all(paper.site.path("public")).unwrap();
    paper.site.run(&["build", "--offline"]).good();
    assert_eq!(paper.site.output().bytes(), output.bytes());
}

#[test]
fn an_old_answer_stands_in_for_nobody_at_all() {
    let mut paper = patient();
    let output = paper.site.output();
    // The same address, where nobody listens any more.
    let origin = paper.aem.origin();
    paper.aem = Scripted::always(Answer::page(500));
    let run = paper.site.build().good();
    assert_eq!(paper.site.output(), output);
    run.never_says(&origin);
    assert_eq!(run.stderr().matches("stand").count(), 2, "{}", run.stderr());
}

#[test]
fn an_answer_that_is_too_old_does_not_stand_in() {
    let paper = patient();
    let output = paper.site.output();
    age(&paper.site, 25 * HOUR);
    paper.only(Answer::page(503));
    let run = paper.site.build().code(3);
    assert!(!run.stderr().contains("stands in for"), "{}", run.stderr());
    assert_eq!(paper.site.output(), output);
}

#[test]
fn what_aem_says_is_an_answer_and_nothing_stands_in() {
    let errors = Answer::json(r#"{"errors":[{"message":"m"}],"data":null}"#);
    let null = Answer::json(r#"{"data":{"articleList":null}}"#);
    for (answer, code) in [
        (Answer::page(401), 3),
        (Answer::page(403), 3),
        (Answer::page(404), 3),
        (errors, 1),
        (null, 1),
    ] {
        let paper = patient();
        let output = paper.site.output();
        paper.only(answer);
        let run = paper.site.build().code(code);
        assert!(!run.stderr().contains("stands in for"), "{}", run.stderr());
        // Nor did it replace what is kept.
        std::fs::remove_dir_all(paper.site.path("public")).unwrap();
        paper.site.run(&["build", "--offline"]).good();
        assert_eq!(paper.site.output().bytes(), output.bytes());
    }
}
