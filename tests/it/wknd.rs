//! Adobe's public WKND project as a site. What is expected is read from recorded answers beside the
//! package; neither is part of this repository.

use std::path::Path;

use serde_json::Value;

use crate::support::{SiteTest, TestSandbox, wknd};

/// The site over the package in its own sandbox.
fn site(folder: &Path) -> SiteTest {
    SiteTest::copy_of("wknd").env("WKND_PACKAGE", folder.to_str().unwrap())
}

/// A recorded answer.
fn recorded(folder: &Path, name: &str) -> Value {
    let path = folder.join("responses").join(name);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn text<'a>(item: &'a Value, pointer: &str) -> &'a str {
    item.pointer(pointer).and_then(Value::as_str).unwrap()
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

/// The text between two others, the first time.
#[track_caller]
fn between<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = page
        .split_once(start)
        .unwrap_or_else(|| panic!("no `{start}` in {page}"));
    rest.split_once(end).unwrap().0
}

#[test]
fn every_adventure_article_and_author_has_its_page() {
    let Some(folder) = wknd() else { return };
    let site = site(&folder);
    let run = site.build().good();
    let adventures = recorded(&folder, "adventures-all.json");
    let adventures = adventures["data"]["adventureList"]["items"]
        .as_array()
        .unwrap();
    for item in adventures {
        let page = site.page(&format!("adventures/{}/index.html", text(item, "/slug")));
        let title = escaped(text(item, "/title"));
        assert_eq!(between(&page, "<h1>", "</h1>"), title);
        let price: f64 = between(&page, "<data value=\"", "\"").parse().unwrap();
        assert_eq!(Some(price), item["price"].as_f64(), "{title}");
        let length = escaped(text(item, "/tripLength"));
        assert_eq!(
            between(&page, "\">", "</data>").rsplit('>').next(),
            Some(length.as_str())
        );
    }
    let articles = recorded(&folder, "articles-all/default.json");
    let articles = articles["data"]["articlePaginated"]["edges"]
        .as_array()
        .unwrap();
    for edge in articles {
        let item = &edge["node"];
        let page = site.page(&format!("magazine/{}/index.html", text(item, "/slug")));
        assert_eq!(
            between(&page, "<h1>", "</h1>"),
            escaped(text(item, "/title"))
        );
        let author = format!(
            "{} {}",
            text(item, "/authorFragment/firstName"),
            text(item, "/authorFragment/lastName")
        );
        assert_eq!(between(&page, "<address>", "</address>"), escaped(&author));
    }
    let authors = recorded(&folder, "authors-all.json");
    let authors = authors["data"]["authorList"]["items"].as_array().unwrap();
    for item in authors {
        let name = format!("{} {}", text(item, "/firstName"), text(item, "/lastName"));
        let folder = slug::slugify(&name);
        let page = site.page(&format!("authors/{folder}/index.html"));
        assert_eq!(between(&page, "<h1>", "</h1>"), escaped(&name));
    }
    assert!(adventures.len() > 10 && articles.len() > 5 && authors.len() > 5);
    // And no others: the list of adventures and two pages of the magazine come on top.
    let output = site.output();
    let pages = output
        .names()
        .into_iter()
        .filter(|name| name.ends_with(".html"));
    let expected = adventures.len() + articles.len() + authors.len() + 3;
    assert_eq!(pages.count(), expected);
    assert!(
        run.counts().contains(&format!(" {expected} pages")),
        "{}",
        run.counts()
    );
}

#[test]
fn a_sandbox_in_another_process_gives_the_same_bytes() {
    let Some(folder) = wknd() else { return };
    let mut site = site(&folder);
    site.build().good();
    let embedded = site.output();
    let package = folder.to_str().unwrap();
    let mut sandbox = site.start(&["sandbox", package, "--ad-hoc", "--port", "0"]);
    let (line, _rest) = sandbox.first_line();
    let origin = line.trim_end().rsplit(' ').next().unwrap();
    assert!(origin.starts_with("http://127.0.0.1:"), "{line}");
    site.asks(origin);
    let run = site.run(&["build", "-o", "remote"]).good();
    let remote = crate::support::Tree::of(&site.path("remote"));
    assert_eq!(embedded.bytes(), remote.bytes());
    assert!(remote.len() > 30, "{}", run.counts());
    // Into the first folder it has nothing to write.
    let run = site.build().good();
    assert!(
        run.changes().starts_with("0 files written, "),
        "{}",
        run.changes()
    );
    assert_eq!(site.output(), embedded);
}

#[test]
fn the_rest_delivery_brings_the_same_content() {
    let Some(folder) = wknd() else { return };
    let site = SiteTest::copy_of("wknd-rest").env("WKND_PACKAGE", folder.to_str().unwrap());
    let run = site.build().good();
    let adventures = recorded(&folder, "adventures-all.json");
    let adventures = adventures["data"]["adventureList"]["items"]
        .as_array()
        .unwrap();
    let list = site.page("adventures/index.html");
    for item in adventures {
        let slug = text(item, "/slug");
        let page = site.page(&format!("adventures/{slug}/index.html"));
        assert_eq!(
            between(&page, "<h1>", "</h1>"),
            escaped(text(item, "/title"))
        );
        let price: f64 = between(&page, "<data value=\"", "\"").parse().unwrap();
        assert_eq!(Some(price), item["price"].as_f64(), "{slug}");
        // The picture is a reference, which comes beside the fields.
        let image = between(&page, "<img src=\"/", "\"");
        assert!(site.path("public").join(image).is_file(), "{image}");
        assert!(
            list.contains(&format!("href=\"/adventures/{slug}/\"")),
            "{slug}"
        );
    }
    let articles = recorded(&folder, "articles-all/default.json");
    let articles = articles["data"]["articlePaginated"]["edges"]
        .as_array()
        .unwrap();
    let mut authors = std::collections::BTreeSet::new();
    for edge in articles {
        let author = &edge["node"]["authorFragment"];
        let name = format!(
            "{} {}",
            text(author, "/firstName"),
            text(author, "/lastName")
        );
        let page = site.page(&format!("authors/{}/index.html", slug::slugify(&name)));
        assert_eq!(between(&page, "<h1>", "</h1>"), escaped(&name));
        authors.insert(name);
    }
    assert!(adventures.len() > 10 && authors.len() > 4);
    let expected = adventures.len() + 1 + authors.len();
    assert!(
        run.counts().contains(&format!(" {expected} pages")),
        "{}",
        run.counts()
    );
}

/// The values of an attribute in a page.
fn values<'a>(page: &'a str, start: &str) -> Vec<&'a str> {
    let parts = page.split(start).skip(1);
    parts.filter_map(|part| part.split('"').next()).collect()
}

#[test]
fn every_image_is_there_and_was_asked_for_once() {
    let Some(folder) = wknd() else { return };
    let aem = TestSandbox::of_package(&folder);
    let mut site = site(&folder);
    site.asks(&aem.origin());
    site.build().good();
    let mut asked = std::collections::BTreeMap::<String, usize>::new();
    for request in aem.requests() {
        if !request.path.starts_with("/graphql") {
            *asked.entry(request.path).or_default() += 1;
        }
    }
    assert!(
        asked.len() > 30 && asked.values().all(|count| *count == 1),
        "{asked:?}"
    );
    let host = aem.origin().replace("http://", "");
    let output = site.output();
    let mut images = 0;
    for name in output.names() {
        if !name.ends_with(".html") {
            continue;
        }
        let page = site.page(name);
        assert!(
            !page.contains(&host) && !page.contains("\"/content/dam"),
            "{name}"
        );
        for image in page.split("<img ").skip(1) {
            let image = image.split('>').next().unwrap();
            for attribute in [
                "src=\"",
                " width=\"",
                " height=\"",
                " alt=\"",
                " loading=\"lazy\"",
            ] {
                assert!(image.contains(attribute), "{name}: {image}");
            }
            images += 1;
        }
        let listed = values(&page, "srcset=\"")
            .into_iter()
            .flat_map(|list| list.split(", "));
        let listed = listed.filter_map(|image| image.split(' ').next());
        for file in values(&page, "src=\"").into_iter().chain(listed) {
            let file = site.path("public").join(file.trim_start_matches('/'));
            assert!(file.is_file(), "{name}: {}", file.display());
        }
    }
    assert!(images > 25, "{images} images");
}
