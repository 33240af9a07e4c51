//! The repository's own example site, built as a newcomer does.

use crate::support::{SiteTest, Tree};

#[test]
fn the_example_site_builds_and_a_second_build_writes_nothing() {
    let site = SiteTest::example();
    let first = site.build().good();
    assert!(
        first.changes().ends_with(" 0 unchanged, 0 removed"),
        "{}",
        first.changes()
    );
    let built = site.output();
    let names = built.names();
    assert!(names.contains(&"index.html"), "English: {names:?}");
    assert!(names.contains(&"fr/index.html"), "French: {names:?}");
    assert!(names.contains(&"404.html"), "{names:?}");
    for section in ["walks", "stories", "places", "herbarium", "people"] {
        for prefix in ["", "fr/"] {
            let list = format!("{prefix}{section}/index.html");
            assert!(names.contains(&list.as_str()), "{list}: {names:?}");
            let below = format!("{prefix}{section}/");
            let pages = names.iter().filter(|name| name.starts_with(&below));
            assert!(pages.count() > 1, "items below {below}: {names:?}");
        }
    }
    let second = site.build().good();
    assert_eq!(
        second.changes(),
        format!("0 files written, {} unchanged, 0 removed", built.len())
    );
    assert_eq!(site.output(), built, "not even a time has changed");
}

#[test]
fn every_link_of_the_example_site_leads_somewhere() {
    let site = SiteTest::example();
    site.build().good();
    let output = site.output();
    let names = output.names();
    let mut dead = Vec::new();
    let mut checked = 0;
    for page in names.iter().filter(|name| name.ends_with(".html")) {
        let text = site.page(page);
        for attribute in ["href=\"/", "src=\"/"] {
            for (at, _) in text.match_indices(attribute) {
                let target = text[at + attribute.len()..].split('"').next().unwrap();
                let target = target.split('#').next().unwrap();
                let file = if target.is_empty() || target.ends_with('/') {
                    format!("{target}index.html")
                } else {
                    target.to_owned()
                };
                checked += 1;
                if !names.contains(&file.as_str()) {
                    dead.push(format!("{page}: /{target}"));
                }
            }
        }
    }
    assert!(checked > 500, "{checked} links");
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let site = SiteTest::example();
    let build = |jobs: &str| {
        let folder = format!("out-{jobs}");
        site.run(&["build", "--jobs", jobs, "-o", &folder]).good();
        Tree::of(&site.path(&folder))
    };
    let (one, four) = (build("1"), build("4"));
    assert!(one.len() > 50);
    assert_eq!(one.bytes(), four.bytes());
}
