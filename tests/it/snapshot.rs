//! Everything a build used, saved, built from elsewhere, and compared.

use crate::support::{
    EXAMPLE, Press, Run, SiteTest, TestSandbox, Tree, assert_report, nobody, workspace,
};

/// The example site, built from a server of its own, and a snapshot of it.
fn saved() -> (SiteTest, Tree) {
    let aem = TestSandbox::of_package(&workspace().join("sandbox"));
    let site = hosted(&aem.origin());
    let run = site.run(&["snapshot", "save", "snap"]).good();
    let counts = "assets of [aem] (publish) saved to [site]/snap";
    assert!(run.stdout().contains(counts), "{}", run.stdout());
    assert!(!site.path("public").exists(), "nothing is built");
    site.build().good();
    let output = site.output();
    (site, output)
}

/// The example site without its content package.
fn hosted(origin: &str) -> SiteTest {
    let mut site = SiteTest::new();
    for input in EXAMPLE {
        site.copy(&workspace().join(input), input);
    }
    let configuration = std::fs::read_to_string(workspace().join("site.toml")).unwrap();
    site.write("site.toml", &configuration);
    site.asks(origin);
    site
}

#[test]
fn a_site_is_built_from_a_snapshot_anywhere() {
    let (site, output) = saved();
    let (origin, _guard) = nobody();
    let other = hosted(&origin);
    other.copy(&site.path("snap"), "snap");
    let run = other.run(&["build", "--snapshot", "snap"]).good();
    assert!(run.counts().contains("(0 requests)"), "{}", run.counts());
    assert_eq!(other.output().bytes(), output.bytes());
    // And again, when it is all there.
    let run = other.run(&["build", "--snapshot", "snap"]).good();
    assert!(run.changes().starts_with("0 files written"));
    other.build().code(3);
    assert_eq!(other.output().bytes(), output.bytes());
}

#[test]
fn a_snapshot_of_what_is_kept_is_the_same() {
    let (site, output) = saved();
    site.run(&["snapshot", "save", "again", "--offline"]).good();
    let run = site.run(&["snapshot", "diff", "snap", "again"]).good();
    assert_eq!(run.stdout(), "");
    std::fs::remove_dir_all(site.path("public")).unwrap();
    site.run(&["build", "--snapshot", "again"]).good();
    assert_eq!(site.output().bytes(), output.bytes());
}

#[test]
fn files_of_a_snapshot_are_for_everybody_who_may_read_the_folder() {
    let (site, _) = saved();
    // The second one is made of what is kept, which is for its owner alone.
    site.run(&["snapshot", "save", "again", "--offline"]).good();
    #[cfg(unix)]
    for entry in walkdir::WalkDir::new(site.path("again")) {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        let needed = if entry.file_type().is_dir() {
            0o555
        } else {
            0o444
        };
        assert_eq!(mode & needed, needed, "{}", entry.path().display());
    }
}

/// A press with a snapshot of its three articles.
fn press() -> Press {
    let press = Press::standing();
    press.site.run(&["snapshot", "save", "snap"]).good();
    press
}

/// Builds from the snapshot, which asks nobody.
#[track_caller]
fn from_snapshot(press: &Press, code: i32) -> Run {
    let connections = press.aem.connections();
    let run = press.site.run(&["build", "--snapshot", "snap"]).code(code);
    assert_eq!(press.aem.connections(), connections);
    run
}

#[test]
fn what_a_snapshot_does_not_have() {
    let press = press();
    press.site.replace(
        "content-queries/articles.toml",
        "persisted",
        "variables = { year = 2026 }\npersisted",
    );
    let run = from_snapshot(&press, 3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn an_asset_a_snapshot_does_not_have() {
    let press = press();
    press.site.write(
        "templates/article.html",
        "{{ asset(src='/content/dam/press/x.jpg') }}\n",
    );
    let run = from_snapshot(&press, 3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_damaged_snapshot() {
    let press = press();
    let answers = press.site.path("snap/answers");
    for entry in std::fs::read_dir(answers).unwrap() {
        std::fs::write(entry.unwrap().path(), "{}").unwrap();
    }
    let run = from_snapshot(&press, 2);
    press.assert_untouched();
    let compared = press
        .site
        .run(&["snapshot", "diff", "snap", "snap"])
        .code(2);
    let text = format!("{}\n{}", run.stderr(), compared.stderr());
    let hash = text
        .split("answers/")
        .nth(1)
        .unwrap()
        .split('`')
        .next()
        .unwrap();
    insta::assert_snapshot!(text.replace(hash, "[file]"));
}

#[test]
fn a_snapshot_that_is_not_there() {
    let press = press();
    for arguments in [
        &["build", "--snapshot", "nowhere"][..],
        &["snapshot", "diff", "snap", "nowhere"],
    ] {
        let run = press.site.run(arguments).code(2);
        assert!(run.stderr().contains("has no `snapshot.json`"));
    }
    for arguments in [
        &["build", "--snapshot", "snap", "--offline"][..],
        &["build", "--snapshot", "snap", "--refresh"],
    ] {
        press.site.run(arguments).code(2);
    }
    press.assert_untouched();
}

#[test]
fn where_a_snapshot_may_not_be_saved() {
    let press = press();
    press.site.write("work/thesis.txt", "five years");
    for folder in ["work", "static/snap", "templates", ".", "site.toml"] {
        let run = press.site.run(&["snapshot", "save", folder]).code(2);
        assert!(run.stderr().contains("snapshot"), "{}", run.stderr());
    }
    assert_eq!(press.site.read("work/thesis.txt"), "five years");
    assert!(!press.site.path("static").exists());
    press.assert_untouched();
}

#[test]
fn a_failed_build_saves_nothing() {
    let press = press();
    let before = Tree::of(&press.site.path("snap"));
    press.answers(crate::support::Answer::page(503));
    press.site.run(&["snapshot", "save", "snap"]).code(3);
    press.site.run(&["snapshot", "save", "other"]).code(3);
    assert_eq!(Tree::of(&press.site.path("snap")), before);
    assert!(!press.site.path("other").exists());
    let left: Vec<_> = std::fs::read_dir(press.site.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".snapshot"))
        .collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn an_optional_query_that_finds_nothing() {
    let site = SiteTest::example();
    site.write(
        "content-queries/absent.toml",
        "persisted = \"no-such-query\"\noptional = true\n",
    );
    let run = site.build().good();
    assert!(run.stderr().contains("does not know"), "{}", run.stderr());
    let output = site.output();
    site.run(&["snapshot", "save", "snap"]).good();
    for arguments in [
        &["build", "--snapshot", "snap"][..],
        &["build", "--offline"],
    ] {
        std::fs::remove_dir_all(site.path("public")).unwrap();
        let run = site.run(arguments).good();
        assert_eq!(site.output().bytes(), output.bytes());
        let said = "there was nothing for the persisted query `larch/no-such-query`";
        assert!(run.stderr().contains(said), "{}", run.stderr());
    }
}

#[test]
fn what_changed_between_two_snapshots() {
    let site = SiteTest::example();
    site.run(&["snapshot", "save", "old"]).good();
    let content = "sandbox/jcr_root/content/dam/larch";
    let person = format!("{content}/en/people/hanne-lindqvist/.content.xml");
    site.replace(&person, "Lindqvist", "Lindkvist");
    let gone = format!("{content}/fr/stories/seed-exchange");
    std::fs::remove_dir_all(site.path(&gone)).unwrap();
    let plate =
        format!("{content}/images/plates/alpine-poppy.jpg/_jcr_content/renditions/original");
    let mut pixels = std::fs::read(site.path(&plate)).unwrap();
    pixels.push(0);
    std::fs::write(site.path(&plate), pixels).unwrap();
    site.run(&["snapshot", "save", "new"]).good();
    let run = site.run(&["snapshot", "diff", "old", "new"]).good();
    assert_eq!(run.stderr(), "");
    // What is made of the picture is the same picture, if the sandbox makes it.
    let stored = |line: &&str| !line.starts_with("changed /adobe/");
    let lines: Vec<&str> = run.stdout().lines().filter(stored).collect();
    insta::assert_snapshot!(lines.join("\n"));
    let same = site.run(&["snapshot", "diff", "new", "new"]).good();
    assert_eq!(same.stdout(), "");
}

#[test]
fn a_snapshot_of_another_tier_is_not_taken_without_a_word() {
    let press = press();
    let index = press.site.read("snap/snapshot.json");
    press.site.write(
        "snap/snapshot.json",
        &index.replace("\"publish\"", "\"author\""),
    );
    let run = from_snapshot(&press, 0);
    assert_report!(run);
    let denied = ["build", "--snapshot", "snap", "--deny", "warnings"];
    press.site.run(&denied).code(2);
    press
        .site
        .run(&["build", "--snapshot", "snap", "-q"])
        .good();
}
