//! Broken files, builds that panic, and an AEM on its bad days.

use std::time::Duration;

use frieze::serve::actor::Answers;
use frieze::serve::{Change, Content};

use super::events::{answers, press};
use super::support::{Preview, Setup};
use crate::support::{Answer, Scripted};

const BROKEN: &str = "{% if %}";

#[test]
fn a_broken_file_is_a_problem_until_it_is_mended() {
    let aem = Scripted::start(answers(&["one"]));
    let preview = Preview::ready(press(&aem));
    let template = preview.site.read("templates/article.html");
    preview.site.write("templates/article.html", BROKEN);
    let moment = preview.problem("templates/article.html");
    assert_eq!(
        moment.site.as_ref().unwrap().number(),
        1,
        "the last good one stays"
    );
    // Another mistake beside it: both are told.
    preview
        .site
        .write("content-queries/more.toml", "persisted = 7\n");
    let moment = preview.problem("more.toml");
    assert!(moment.problems.to_string().contains("article.html"));
    std::fs::remove_file(preview.site.path("content-queries/more.toml")).unwrap();
    preview.wait("one problem", |moment| moment.problems.counts() == (1, 0));
    preview.site.write("templates/article.html", &template);
    preview.site_number(2);
}

#[test]
fn content_that_came_meanwhile_is_shown_when_the_files_are_mended() {
    let aem = Scripted::start(answers(&["one"]));
    let preview = Preview::ready(press(&aem));
    let template = preview.site.read("templates/article.html");
    preview.site.write("templates/article.html", BROKEN);
    preview.problem("templates/article.html");
    aem.now(answers(&["one", "two"]));
    preview.ask().change(Change::content(Content::All));
    preview.site.write("templates/article.html", &template);
    let moment = preview.wait("both", |moment| {
        let site = moment.site.as_ref().unwrap().site();
        moment.problems.is_empty() && site.store.len() == 3
    });
    assert!(moment.site.as_ref().unwrap().number() <= 3);
}

#[test]
fn a_build_that_panics_is_a_problem_and_the_next_save_is_tried() {
    let aem = Scripted::start(answers(&["one"]));
    let preview = Preview::ready(press(&aem));
    preview.asked.panics(true);
    preview.site.append("templates/article.html", "<p>more</p>");
    let moment = preview.problem("frieze itself failed");
    assert!(moment.problems.to_string().contains("a build that panics"));
    assert_eq!(moment.site.as_ref().unwrap().number(), 1);
    preview.asked.panics(false);
    preview.site.append("templates/article.html", "<p>more</p>");
    preview.site_number(2);
}

#[test]
fn edits_are_shown_while_aem_is_ill_and_new_content_when_it_is_well() {
    let aem = Scripted::start(answers(&["one"]));
    let setup = Setup {
        poll: Some(Duration::from_millis(100)),
        ..Setup::default()
    };
    let preview = Preview::of(press(&aem), setup);
    preview.site_number(1);
    aem.now(|_| Answer::page(503));
    let warned = preview.wait("a warning", |moment| !moment.warnings.is_empty());
    assert!(warned.problems.is_empty(), "the site is as good as before");
    let words = warned.warnings.to_string();
    assert!(words.contains("asked again by itself"), "{words}");
    preview.site.append("templates/article.html", "<p>more</p>");
    let moment = preview.site_number(2);
    assert!(!moment.warnings.is_empty(), "it is still ill");
    aem.now(answers(&["one", "two"]));
    let moment = preview.site_number(3);
    assert!(moment.warnings.is_empty());
    assert_eq!(moment.site.as_ref().unwrap().site().store.len(), 3);
}

/// A definition that asks for something new needs AEM: it is a problem until that is well, and no other edit has to come.
#[test]
fn a_new_question_waits_for_aem() {
    let aem = Scripted::start(answers(&["one"]));
    let preview = Preview::ready(press(&aem));
    aem.now(|_| Answer::page(503));
    preview.site.write(
        "content-queries/more.toml",
        "persisted = \"more\"\npaging = \"none\"\n",
    );
    let moment = preview.problem("tried again by itself");
    assert_eq!(moment.site.as_ref().unwrap().number(), 1);
    aem.now(answers(&["one"]));
    preview.site_number(2);
}

#[test]
fn an_earlier_build_stands_in_until_aem_can_be_reached() {
    let aem = Scripted::start(|_| Answer::page(503));
    let preview = Preview::of(press(&aem), Setup::default());
    let moment = preview.problem("tried again by itself");
    assert!(moment.site.is_none() && moment.fallback.is_none());
    drop(preview);

    aem.now(answers(&["one"]));
    let mut site = press(&aem);
    site.aem(&aem.origin());
    let _ = site.build().good();
    // What the build got must not answer for AEM here.
    std::fs::remove_dir_all(site.path(".frieze")).unwrap();
    aem.now(|_| Answer::page(503));
    let preview = Preview::of(site, Setup::default());
    let moment = preview.problem("tried again by itself");
    let fallback = moment.fallback.as_ref().unwrap();
    assert!(moment.site.is_none() && fallback.folder.join("articles/one/index.html").is_file());
    aem.now(answers(&["one"]));
    let moment = preview.site_number(1);
    assert_eq!(moment.fallback, None);
}

#[test]
fn offline_nobody_is_asked() {
    let aem = Scripted::start(answers(&["one"]));
    let Preview { site, .. } = Preview::ready(press(&aem));
    let asked = aem.requests().len();
    let setup = Setup {
        answers: Answers::Kept,
        ..Setup::default()
    };
    let preview = Preview::of(site, setup);
    preview.site_number(1);
    preview.ask().change(Change::certain(Content::All));
    preview.site.append("templates/article.html", "<p>more</p>");
    preview.site_number(2);
    assert_eq!(preview.asked.connected(), 0);
    // What was never asked is a problem that says so.
    preview.site.write(
        "content-queries/more.toml",
        "persisted = \"more\"\npaging = \"none\"\n",
    );
    preview.problem("more");
    drop(preview);
    assert_eq!(aem.requests().len(), asked);
}
