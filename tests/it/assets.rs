//! Files of AEM and of `static/` that pages ask for.

use std::collections::BTreeMap;

use crate::support::{Answer, Press, SiteTest, TestSandbox, article, assert_report, workspace};

#[test]
fn each_asset_is_fetched_once() {
    let aem = TestSandbox::of_package(&workspace().join("sandbox"));
    let mut site = SiteTest::example();
    site.aem(&aem.origin());
    let environment = "\n[environments.host.aem]\npublish = \"${AEM}\"\n";
    let configuration = site.read("site.toml") + environment;
    site.write("site.toml", &configuration);
    let run = site.run(&["build", "--env", "host"]).good();
    let mut fetched: BTreeMap<String, usize> = BTreeMap::new();
    for request in aem.requests() {
        assert_eq!(request.status, 200, "{request:?}");
        if !request.path.starts_with("/graphql") {
            *fetched.entry(request.path).or_default() += 1;
        }
    }
    assert!(fetched.len() > 5, "{fetched:?}");
    assert!(fetched.values().all(|&count| count == 1), "{fetched:?}");
    let counted = format!("{} assets", fetched.len());
    assert!(run.counts().ends_with(&counted), "{}", run.counts());
    let output = site.output();
    let written = output.names().into_iter().filter(|name| {
        name.starts_with("assets/")
            && !std::fs::read(site.path("public").join(name))
                .unwrap()
                .is_empty()
    });
    // Without the feature `images` the sandbox sends originals, whatever width is asked for: one file each.
    let originals = fetched.keys().map(|path| path.split('?').next());
    let originals: std::collections::BTreeSet<_> = originals.collect();
    assert!(written.count() <= fetched.len() && originals.len() > 20);
}

/// A site whose pages show a picture; the script answers for it.
fn with_picture(picture: Answer) -> Press {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "<img src=\"{{ asset(src=item.picture) }}\">\n",
    );
    press.aem.now(move |request| {
        if request.path.starts_with("/content/dam/") {
            return picture.clone();
        }
        let item =
            article("one").replacen('{', r#"{"picture":"/content/dam/press/my picture.jpg","#, 1);
        Answer::items(&[item])
    });
    press
}

#[test]
fn an_asset_is_named_by_its_content() {
    let press = with_picture(Answer::of("image/jpeg", "pixels"));
    press.site.build().good();
    let hash = blake3::hash(b"pixels").to_hex();
    let name = format!("assets/my-picture.{}.jpg", &hash[..16]);
    assert_eq!(press.site.page(&name), "pixels");
    assert_eq!(
        press.site.page("articles/one/index.html"),
        format!("<img src=\"/{name}\">\n")
    );
    let asked = press.aem.requests();
    let asked: Vec<&str> = asked.iter().map(|request| request.path.as_str()).collect();
    assert!(
        asked.contains(&"/content/dam/press/my%20picture.jpg"),
        "{asked:?}"
    );
}

#[test]
fn a_missing_asset() {
    let press = with_picture(Answer::page(404));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn an_aem_in_trouble_is_not_asked_for_every_asset() {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "{% for n in range(end=100) %}{{ asset(src='/content/dam/press/' ~ n ~ '.jpg') }}\n{% endfor %}",
    );
    press.aem.now(|request| {
        if request.path.starts_with("/content/dam/") {
            return Answer::page(500);
        }
        Answer::items(&[article("one")])
    });
    let before = press.aem.requests().len();
    press.site.build().code(3);
    press.assert_untouched();
    let asked = press.aem.requests().len() - before;
    assert!(asked < 40, "{asked} requests");
}

#[test]
fn a_packing_nobody_asked_for() {
    let packed = Answer::of("image/jpeg", "?").header("Content-Encoding", "deflate");
    let press = with_picture(packed);
    let run = press.site.build().code(3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn an_asset_that_breaks_off() {
    let press = with_picture(Answer::of("image/jpeg", "pix").cut());
    let run = press.site.build().code(3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_page_where_an_asset_was_due() {
    let press = with_picture(Answer::page(200));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn an_asset_on_another_host_is_not_fetched() {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "<img src=\"{{ asset(src='https://elsewhere.example/x.jpg') }}\">\n",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_static_file_gets_a_fingerprinted_copy_where_it_is_asked_for() {
    let press = Press::standing();
    press.site.write("static/css/main.css", "body {}\n");
    press.site.write("static/robots.txt", "User-agent: *\n");
    press.site.write(
        "templates/article.html",
        "<link rel=\"stylesheet\" href=\"{{ asset(src='/css/main.css') }}\">\n",
    );
    press.site.build().good();
    let hash = blake3::hash(b"body {}\n").to_hex();
    let name = format!("css/main.{}.css", &hash[..16]);
    assert_eq!(
        press.site.page("articles/one/index.html"),
        format!("<link rel=\"stylesheet\" href=\"/{name}\">\n")
    );
    for file in [name.as_str(), "css/main.css"] {
        assert_eq!(press.site.page(file), "body {}\n");
    }
    assert_eq!(press.site.page("robots.txt"), "User-agent: *\n");
    assert_eq!(press.site.output().len(), 6);
}

#[test]
fn a_static_file_that_does_not_exist() {
    let press = Press::standing();
    press.site.write("static/css/main.css", "body {}\n");
    press.site.write(
        "templates/article.html",
        "{{ asset(src='/css/mian.css') }}\n",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}
