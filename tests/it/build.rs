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

/// The values of an attribute in a page's tags of one name, with the tags.
fn tags<'p>(page: &'p str, name: &'p str, attribute: &str) -> Vec<(&'p str, &'p str)> {
    let mark = format!(" {attribute}=\"");
    let tags = page.split('<').filter_map(move |piece| {
        let tag = piece.split('>').next()?;
        (tag.split([' ', '\n']).next() == Some(name)).then_some(tag)
    });
    let value = |tag: &'p str| {
        let value = tag.split(&mark).nth(1)?.split('"').next()?;
        Some((tag, value))
    };
    tags.filter_map(value).collect()
}

/// The page at an address of the example site, which must be there.
#[track_caller]
fn at(site: &SiteTest, address: &str) -> String {
    let path = address.trim_start_matches("https://larch-and-loam.example.org");
    site.page(&format!("{}index.html", path.trim_start_matches('/')))
}

#[test]
fn every_page_of_the_example_site_leads_to_its_translation() {
    let site = SiteTest::example();
    site.build().good();
    let output = site.output();
    let (mut translated, mut stand_ins) = (0, 0);
    for name in output.names() {
        if !name.ends_with("index.html") {
            continue;
        }
        let (own, other) = if name.starts_with("fr/") {
            ("fr", "en")
        } else {
            ("en", "fr")
        };
        let page = site.page(name);
        if page.contains("http-equiv=\"refresh\"") {
            continue;
        }
        assert_eq!(tags(&page, "html", "lang")[0].1, own, "{name}");

        // The switcher leads to a page in the other language.
        let switcher = page.split("<nav class=\"languages\"").nth(1).unwrap();
        let switcher = switcher.split("</nav>").next().unwrap();
        let links = tags(switcher, "a", "href");
        assert_eq!(links.len(), 1, "{name}");
        assert!(links[0].0.contains(&format!("hreflang=\"{other}\"")));
        let there = at(&site, links[0].1);
        assert_eq!(tags(&there, "html", "lang")[0].1, other, "{name}");

        // What search engines are told is the same on each page of a group, and each is its own.
        let canonical = tags(&page, "link", "rel");
        let canonical = canonical.iter().find(|(_, rel)| *rel == "canonical");
        let canonical = tags(&format!("<{}>", canonical.unwrap().0), "link", "href")[0]
            .1
            .to_owned();
        let is_canonical =
            canonical.ends_with(&format!("/{}", name.trim_end_matches("index.html")));
        let alternates = tags(&page, "link", "hreflang");
        if is_canonical {
            for (link, _) in &alternates {
                let target = link.split("href=\"").nth(1).unwrap();
                let target = target.split('"').next().unwrap();
                assert_eq!(
                    tags(&at(&site, target), "link", "hreflang"),
                    alternates,
                    "{name}"
                );
            }
        } else {
            assert_eq!(alternates.len(), 0, "{name} stands in for a translation");
            assert!(tags(&page, "h1", "lang")[0].1 == "en", "{name}");
            assert_eq!(tags(&at(&site, &canonical), "html", "lang")[0].1, "en");
            stand_ins += 1;
        }
        if !alternates.is_empty() {
            let codes: Vec<&str> = alternates.iter().map(|(_, code)| *code).collect();
            assert_eq!(codes, ["en", "fr", "x-default"], "{name}");
            translated += 1;
        }
    }
    assert!(translated > 50, "{translated} translated pages");
    assert!(stand_ins > 0, "something exists in English only");
    // The story that only French has is not in English, and its switcher leads to the front page.
    let french = output
        .names()
        .into_iter()
        .filter(|n| n.starts_with("fr/stories/"));
    let alone = french.filter(|name| tags(&site.page(name), "link", "hreflang").is_empty());
    let switched = alone.filter(|name| site.page(name).contains("<a href=\"/\" hreflang=\"en\""));
    assert_eq!(switched.count(), 1);
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
