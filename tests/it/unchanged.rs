//! A build with nothing to do takes the short way, and whatever has changed takes the long one.

use crate::support::{SiteTest, Tree};

/// A change to a site.
struct Step {
    name: &'static str,
    make: fn(&SiteTest),
    /// Whether something is rendered for it.
    renders: bool,
}

const fn step(name: &'static str, make: fn(&SiteTest), renders: bool) -> Step {
    Step {
        name,
        make,
        renders,
    }
}

const FRAGMENT: &str = "sandbox/jcr_root/content/dam/larch/en/people/hanne-lindqvist/.content.xml";

/// Everything a site follows from, edited once; and what it does not follow from.
const STEPS: &[Step] = &[
    step("nothing", |_| {}, false),
    step(
        "a template",
        |site| site.replace("templates/404.html", "<h1", "<h1 id=\"x\""),
        true,
    ),
    step(
        "a template nobody uses",
        |site| site.write("templates/spare.html", "x"),
        true,
    ),
    step(
        "a definition",
        |site| append(site, "content-queries/people.toml", "\n# x\n"),
        true,
    ),
    step(
        "site.toml",
        |site| site.replace("site.toml", "title = \"", "title = \"New "),
        true,
    ),
    step(
        "a static file",
        |site| site.write("static/new.txt", "x"),
        true,
    ),
    step(
        "a static file's content",
        |site| site.write("static/new.txt", "y"),
        true,
    ),
    step(
        "no static file any more",
        |site| remove(site, "static/new.txt"),
        true,
    ),
    step(
        "a Markdown file",
        |site| append(site, "content/about.md", "\nMore.\n"),
        true,
    ),
    step(
        "the front matter of a Markdown file",
        |site| site.replace("content/about.fr.md", "/le-magazine/", "/magazine/"),
        true,
    ),
    step(
        "a new Markdown file",
        |site| {
            site.write(
                "content/imprint.md",
                "+++\ntitle = \"Imprint\"\n+++\n*Us.*\n",
            );
        },
        true,
    ),
    step(
        "a draft",
        |site| site.replace("content/imprint.md", "title", "draft = true\ntitle"),
        true,
    ),
    step(
        "no Markdown file any more",
        |site| remove(site, "content/imprint.md"),
        true,
    ),
    step(
        "a fragment",
        |site| site.replace(FRAGMENT, "Lindqvist", "Lindkvist"),
        true,
    ),
    step(
        "a fragment back",
        |site| site.replace(FRAGMENT, "Lindkvist", "Lindqvist"),
        true,
    ),
    step(
        "a page edited by hand",
        |site| append(site, "public/index.html", "x"),
        true,
    ),
    step(
        "a page removed by hand",
        |site| remove(site, "public/404.html"),
        true,
    ),
    step(
        "the manifest removed",
        |site| remove(site, "public/.frieze-manifest"),
        true,
    ),
    step(
        "a file that is not ours",
        |site| site.write("public/own.txt", "x"),
        false,
    ),
    step(
        "an address of another file",
        |site| site.write("README", "x"),
        false,
    ),
    step(
        "the cache",
        |site| std::fs::remove_dir_all(site.path(".frieze")).unwrap(),
        true,
    ),
    step("damage to the cache", |site| damage(site, ".frieze"), true),
    step("nothing again", |_| {}, false),
];

fn append(site: &SiteTest, path: &str, text: &str) {
    site.write(path, &(site.read(path) + text));
}

fn remove(site: &SiteTest, path: &str) {
    std::fs::remove_file(site.path(path)).unwrap();
}

/// Cuts every file in half.
fn damage(site: &SiteTest, folder: &str) {
    for entry in walkdir::WalkDir::new(site.path(folder)) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            std::fs::write(entry.path(), &bytes[..bytes.len() / 2]).unwrap();
        }
    }
}

/// The same site, built where nothing is kept.
fn clean(site: &SiteTest) -> Tree {
    let other = SiteTest::new();
    for entry in [
        "site.toml",
        "templates",
        "content",
        "content-queries",
        "static",
        "sandbox",
    ] {
        let from = site.path(entry);
        if from.is_dir() {
            other.copy(&from, entry);
        } else {
            other.write(entry, &site.read(entry));
        }
    }
    other.build().good();
    other.output()
}

#[test]
fn every_change_is_seen_and_nothing_else() {
    let site = SiteTest::example();
    site.build().good();
    for step in STEPS {
        (step.make)(&site);
        let run = if step.name == "the manifest removed" {
            // A folder without it is not ours; it has to go before the next build.
            std::fs::remove_dir_all(site.path("public")).unwrap();
            site.build().good()
        } else {
            site.build().good()
        };
        let rendered = !run.counts().contains("(0 rendered)");
        assert_eq!(rendered, step.renders, "{}: {}", step.name, run.counts());
        let own = site.path("public/own.txt");
        let foreign = own.exists();
        if foreign {
            assert!(run.stderr().contains("own.txt"), "{}", run.stderr());
            std::fs::remove_file(own).unwrap();
        }
        let (output, clean) = (site.output(), clean(&site));
        assert_eq!(output.bytes(), clean.bytes(), "after {}", step.name);
    }
}

#[test]
fn a_warning_is_told_every_time() {
    let site = SiteTest::example();
    site.write(
        "content-queries/absent.toml",
        "persisted = \"no-such-query\"\noptional = true\n",
    );
    for _ in 0..3 {
        let run = site.build().good();
        assert!(run.stderr().contains("no-such-query"), "{}", run.stderr());
        assert!(!run.counts().contains("(0 rendered)"), "{}", run.counts());
    }
}

#[test]
fn two_output_folders_do_not_disturb_each_other() {
    let site = SiteTest::example();
    for _ in 0..2 {
        site.run(&["build", "-o", "one"]).good();
        site.run(&["build", "-o", "two", "-u", "https://two.example"])
            .good();
    }
    for arguments in [
        &["build", "-o", "one"][..],
        &["build", "-o", "two", "-u", "https://two.example"],
    ] {
        let run = site.run(arguments).good();
        assert!(run.counts().contains("(0 rendered)"), "{}", run.counts());
    }
    let other = site
        .run(&["build", "-o", "one", "-u", "https://two.example"])
        .good();
    assert!(
        !other.counts().contains("(0 rendered)"),
        "{}",
        other.counts()
    );
    assert_eq!(
        Tree::of(&site.path("one")).bytes(),
        Tree::of(&site.path("two")).bytes()
    );
}
