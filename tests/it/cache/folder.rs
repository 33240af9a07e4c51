//! The folder: in the way, shared, looked after.

use super::paper::{HOUR, PICTURE, Paper, age};
use crate::support::{Answer, Run, SiteTest, Tree, article, assert_report};

#[test]
fn a_cache_in_whose_place_is_a_file() {
    let paper = Paper::new();
    paper.site.write(".frieze", "not a folder");
    let run = paper.site.build().good();
    assert_eq!(paper.site.read(".frieze"), "not a folder");
    assert_report!(run);
    paper.site.run(&["build", "--deny", "warnings"]).code(2);
}

#[test]
fn two_builds_share_a_cache() {
    let paper = Paper::new();
    let outputs = ["one", "two", "three"];
    let children = outputs.map(|output| paper.site.start(&["build", "-o", output]));
    for child in children {
        let run = child.wait().good();
        assert!(!run.stderr().contains("warning"), "{}", run.stderr());
    }
    let trees = outputs.map(|output| Tree::of(&paper.site.path(output)));
    for tree in &trees {
        assert_eq!(tree.bytes(), trees[0].bytes());
    }
    paper.site.run(&["build", "--offline"]).good();
    assert_eq!(paper.site.output().bytes(), trees[0].bytes());
}

#[test]
fn a_killed_build_leaves_a_good_cache() {
    let paper = Paper::standing();
    let output = paper.site.output();
    let answered = paper.aem.requests().len();
    // The article has changed, and the picture never comes.
    paper.aem.now(|request| {
        if request.path.starts_with(PICTURE) {
            return Answer::never();
        }
        let picture = r#"{"picture":"/content/dam/press/my picture.jpg","#;
        Answer::items(&[article("two").replacen('{', picture, 1)])
    });
    let child = paper.site.start(&["build"]);
    paper.aem.wait_for_requests(answered + 2);
    // Dropped as `kill -9` would.
    drop(child);
    assert_eq!(paper.site.output().bytes(), output.bytes());
    paper.answers("two", |answer| answer);
    let run = paper.site.build().good();
    assert!(!run.stderr().contains("warning"), "{}", run.stderr());
    let page = paper.site.page("articles/two/index.html");
    assert!(page.contains("About two"), "{page}");
    let output = paper.site.output();
    paper.site.run(&["build", "--offline"]).good();
    assert_eq!(paper.site.output(), output);
}

#[test]
fn output_and_cache_do_not_lie_in_each_other() {
    let paper = Paper::standing();
    for (arguments, said) in [
        (
            &["build", "-o", ".frieze/site"][..],
            "the output folder `.frieze/site` lies inside `.frieze`",
        ),
        (
            &["build", "-o", "work", "--cache-dir", "work/cache"],
            "the output folder `work` contains `work/cache`",
        ),
        (
            &["build", "-o", "work", "--cache-dir", "work"],
            "the output folder `work` is one of",
        ),
    ] {
        let run = paper.site.run(arguments).code(2);
        assert!(run.stderr().contains(said), "{}", run.stderr());
    }
    assert!(!paper.site.path("work").exists());
}

#[test]
fn a_cache_is_not_published() {
    let paper = Paper::standing();
    paper.site.write("static/robots.txt", "User-agent: *\n");
    let folders = [
        "static/cache",
        "static",
        "templates/cache",
        "./content-queries",
    ];
    let runs = folders.map(|folder| paper.site.run(&["build", "--cache-dir", folder]).code(2));
    assert_report!(runs[0]);
    for run in runs {
        assert!(run.stderr().contains("one of the site's inputs"));
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(paper.site.path("static"), paper.site.path("link")).unwrap();
        paper
            .site
            .run(&["build", "--cache-dir", "link/cache"])
            .code(2);
    }
}

/// What `frieze cache` prints.
fn told(site: &SiteTest, arguments: &[&str]) -> String {
    let run: Run = site.run(&[&["cache"], arguments].concat()).good();
    assert_eq!(run.stderr(), "");
    run.stdout().to_owned()
}

#[test]
fn the_cache_tells_what_is_in_it() {
    let paper = Paper::new();
    insta::assert_snapshot!(told(&paper.site, &["info"]));
    paper.site.build().good();
    age(&paper.site, 30 * HOUR);
    insta::assert_snapshot!(told(&paper.site, &["info"]));
    paper
        .site
        .run(&["build", "--cache-dir", "elsewhere"])
        .good();
    let elsewhere = told(&paper.site, &["info", "--cache-dir", "elsewhere"]);
    assert!(elsewhere.contains("elsewhere"), "{elsewhere}");
}

#[test]
fn what_is_old_can_be_thrown_away() {
    let paper = Paper::standing();
    let nothing = "0 records and 0 other files removed, 0 B\n";
    assert_eq!(told(&paper.site, &["gc"]), nothing);
    age(&paper.site, 31 * 24 * HOUR);
    assert_eq!(told(&paper.site, &["gc", "--older-than", "60d"]), nothing);
    let gone = told(&paper.site, &["gc"]);
    assert!(gone.starts_with("2 records"), "{gone}");
    paper.site.run(&["build", "--offline"]).code(3);
    // A cache that is not there has nothing to throw away, and is not made.
    std::fs::remove_dir_all(paper.site.path(".frieze")).unwrap();
    assert_eq!(told(&paper.site, &["gc"]), nothing);
    assert!(!paper.site.path(".frieze").exists());
    paper
        .site
        .run(&["cache", "gc", "--older-than", "soon"])
        .code(2);
}
