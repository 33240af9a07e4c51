//! The output folder: what is written, what goes, and what is left alone.

use std::time::Duration;

use crate::support::{Answer, Press, article, articles, assert_report};

#[test]
fn what_has_not_changed_is_not_written() {
    let press = Press::standing();
    let run = press.site.build().good();
    assert_eq!(run.changes(), "0 files written, 3 unchanged, 0 removed");
    press.assert_untouched();
    let changed = article("two").replace("About two", "More about two");
    press.answers(Answer::items(&[article("one"), changed, article("three")]));
    let run = press.site.build().good();
    assert_eq!(run.changes(), "1 file written, 2 unchanged, 0 removed");
    let page = press.site.page("articles/two/index.html");
    assert!(page.contains("More about two"), "{page}");
}

#[test]
fn a_removed_item_takes_its_page_along() {
    let press = Press::standing();
    press.answers(Answer::items(&articles(&["one", "three"])));
    let run = press.site.run(&["build", "--verbose"]).good();
    assert_eq!(run.changes(), "0 files written, 2 unchanged, 1 removed");
    let removed = "  removed articles/two/index.html";
    assert!(run.stdout().lines().any(|line| line == removed));
    assert!(!press.site.path("public/articles/two").exists());
    assert_eq!(press.site.output().len(), 2);
}

#[test]
fn a_new_item_is_written_beside_the_others() {
    let press = Press::standing();
    press.answers(Answer::items(&articles(&["one", "two", "three", "four"])));
    let run = press.site.run(&["build", "--verbose"]).good();
    assert_eq!(run.changes(), "1 file written, 3 unchanged, 0 removed");
    let wrote = "  wrote articles/four/index.html";
    assert!(run.stdout().lines().any(|line| line == wrote));
}

#[test]
fn a_file_edited_by_hand_is_written_again() {
    let press = Press::standing();
    let page = "public/articles/one/index.html";
    let built = press.site.read(page);
    // Of the same length: the size alone does not tell.
    press.site.write(page, &built.replace("About", "abouT"));
    let run = press.site.build().good();
    assert_eq!(run.changes(), "1 file written, 2 unchanged, 0 removed");
    assert_eq!(press.site.read(page), built);
    std::fs::remove_file(press.site.path(page)).unwrap();
    let run = press.site.build().good();
    assert_eq!(run.changes(), "1 file written, 2 unchanged, 0 removed");
    assert_eq!(press.site.read(page), built);
}

#[test]
fn a_file_of_somebody_else_is_left_alone_and_reported() {
    let press = Press::standing();
    press.site.write("public/CNAME", "press.example\n");
    press.answers(Answer::items(&articles(&["one"])));
    let run = press.site.build().good();
    assert_eq!(press.site.page("CNAME"), "press.example\n");
    let reported = "left alone, since frieze did not make them: CNAME";
    assert!(run.stderr().contains(reported), "{}", run.stderr());
    let run = press.site.run(&["build", "--quiet"]).good();
    assert_eq!((run.stdout(), run.stderr()), ("", ""));
}

/// Windows has no such names.
#[cfg(unix)]
#[test]
fn the_name_of_a_file_of_somebody_else_cannot_disturb_a_terminal() {
    let press = Press::standing();
    press
        .site
        .write("public/a\u{1b}[2J\n::error::b\u{202e}", "x");
    let run = press.site.build().good();
    let reported = "did not make them: a\\u{1b}[2J ::error::b\\u{202e}\n";
    assert!(run.stderr().contains(reported), "{:?}", run.stderr());
}

#[test]
fn a_file_of_somebody_else_in_the_way() {
    let press = Press::standing();
    press.site.write("public/articles/four/index.html", "mine");
    press.answers(Answer::items(&articles(&["one", "two", "three", "four"])));
    let run = press.site.build().code(2);
    assert_eq!(press.site.page("articles/four/index.html"), "mine");
    std::fs::remove_dir_all(press.site.path("public/articles/four")).unwrap();
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn another_folder_can_be_named() {
    let press = Press::standing();
    press.site.run(&["build", "-o", "deep/out"]).good();
    assert!(
        press
            .site
            .path("deep/out/articles/one/index.html")
            .is_file()
    );
    press.assert_untouched();
    press.site.write(
        "site.toml",
        &(press.site.read("site.toml") + "\n[output]\ndir = \"dist\"\n"),
    );
    press.site.build().good();
    assert!(press.site.path("dist/articles/one/index.html").is_file());
    press.assert_untouched();
}

#[test]
fn the_current_folder_does_not_matter() {
    let press = Press::standing();
    press.site.write("elsewhere/notes.txt", "x");
    let run = press
        .site
        .run_in("elsewhere", &["build", "--root", ".."])
        .good();
    assert_eq!(run.changes(), "0 files written, 3 unchanged, 0 removed");
    // What is typed is relative to where it is typed.
    press
        .site
        .run_in("elsewhere", &["build", "-r", "..", "-o", "out"])
        .good();
    assert!(
        press
            .site
            .path("elsewhere/out/articles/one/index.html")
            .is_file()
    );
    press.assert_untouched();
}

#[test]
fn an_input_is_never_the_output() {
    let press = Press::standing();
    for folder in ["templates", "content-queries", ".", "static/out"] {
        let run = press.site.run(&["build", "-o", folder]).code(2);
        assert!(
            run.stderr().contains("the output folder"),
            "{}",
            run.stderr()
        );
    }
    assert!(press.site.path("templates/article.html").is_file());
    press.assert_untouched();
}

#[test]
fn routes_that_differ_in_case_only() {
    let press = Press::standing();
    press.answers(Answer::items(&articles(&["one", "One"])));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[cfg(unix)]
#[test]
fn a_second_build_into_one_folder_is_refused() {
    let press = Press::standing();
    press.answers(Answer::never());
    let asked = press.aem.requests().len();
    let first = press.site.start(&["build"]);
    press.aem.wait_for_requests(asked + 1);
    let second = press.site.build().code(2);
    drop(first);
    press.assert_untouched();
    assert_report!(second);
    // The first was killed; that does not keep the next one out.
    press.answers(Answer::items(&articles(&["one", "two", "three"])));
    press.site.build().good();
    press.assert_untouched();
}

#[cfg(unix)]
#[test]
fn an_interrupted_build_changes_nothing() {
    let press = Press::standing();
    press.answers(Answer::never());
    let asked = press.aem.requests().len();
    let mut build = press.site.start(&["build"]);
    press.aem.wait_for_requests(asked + 1);
    build.interrupt();
    let run = build.wait().code(130);
    press.assert_untouched();
    let left: Vec<_> = std::fs::read_dir(press.site.path("public"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "the manifest and one folder: {left:?}");
    assert_report!(run);
}

#[test]
fn what_goes_while_aem_is_asked_comes_back() {
    let press = Press::standing();
    // The first build learns what there is; the next one writes down what it read.
    press.site.build().good();
    let page = press.site.path("public/articles/one/index.html");
    let (file, answer) = (
        page.clone(),
        Answer::items(&articles(&["one", "two", "three"])),
    );
    press.aem.now(move |_| {
        // Longer than files count as in place once they were found there.
        std::thread::sleep(Duration::from_millis(2_100));
        let _ = std::fs::remove_file(&file);
        answer.clone()
    });
    let run = press.site.build().good();
    assert!(page.exists());
    assert_eq!(run.changes(), "1 file written, 2 unchanged, 0 removed");
}
