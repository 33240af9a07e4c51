//! A build that brought far less than those before it is not published, and neither is what must not be seen.

use crate::support::{Answer, Press, Tree, article, assert_report, one_of_each};

const OFF: &str = "[guard]\nmin_items_ratio = 0\n";

/// A site with three articles and the guard as it is by default.
fn guarded() -> Press {
    let press = Press::standing();
    press.site.replace("site.toml", OFF, "");
    press
}

/// So many articles, the first ones of an endless row.
fn articles(count: usize) -> Answer {
    let items: Vec<String> = (0..count).map(|n| article(&format!("no-{n}"))).collect();
    Answer::items(&items)
}

/// So many articles, of which the first ones have no price.
fn without_price(count: usize, without: usize) -> Answer {
    let item = |n: usize| {
        let item = article(&format!("no-{n}"));
        if n < without {
            item.replace("12.5", "null")
        } else {
            item
        }
    };
    Answer::items(&(0..count).map(item).collect::<Vec<String>>())
}

#[test]
fn five_hundred_then_twelve() {
    let press = guarded();
    press.answers(articles(500));
    press.site.build().good();
    let standing = press.site.output();
    press.answers(articles(12));
    press.site.build().code(4);
    let run = press.site.build().code(4);
    assert_eq!(press.site.output(), standing, "byte for byte");
    assert_report!(run);
    press.answers(articles(500));
    press.site.build().good();
    assert_eq!(press.site.output(), standing);
}

#[test]
fn a_site_that_dwindles_is_held_against_its_best_day() {
    let press = guarded();
    for (count, code) in [(500, 0), (410, 0), (340, 4), (280, 4), (400, 0)] {
        press.answers(articles(count));
        press.site.build().code(code);
    }
    assert_eq!(press.site.output().len(), 400);
}

#[test]
fn nothing_at_all_without_any_history() {
    let aem = crate::support::Scripted::always(articles(0));
    let mut site = one_of_each();
    site.replace("site.toml", OFF, "");
    site.aem(&aem.origin());
    let run = site.build().code(4);
    assert!(!site.path("public").exists() || site.output() == Tree::of(&site.path("none")));
    assert!(
        run.stderr().contains("no items, fewer than 1"),
        "{}",
        run.stderr()
    );
    assert!(
        !site.path(".frieze/history.json").exists(),
        "nothing was committed"
    );
}

#[test]
fn what_is_accepted_by_name_is_the_new_level() {
    let press = guarded();
    press.answers(articles(500));
    press.site.build().good();
    press.answers(articles(12));
    press.site.build().code(4);
    let run = press
        .site
        .run(&["build", "--accept-shrink", "articles"])
        .good();
    assert_report!(run);
    assert_eq!(press.site.output().len(), 12);
    press.site.build().good();
    press.answers(articles(9));
    press.site.build().code(4);
}

#[test]
fn accepting_lets_nothing_else_through() {
    let press = guarded();
    press.site.write(
        "content-queries/notes.toml",
        "persisted = \"notes\"\npaging = \"none\"\n",
    );
    press.answers(articles(50));
    press.site.build().good();
    press.answers(articles(5));
    let run = press
        .site
        .run(&["build", "--accept-shrink", "notes"])
        .code(4);
    assert!(
        run.stderr().contains("`articles` brought 5 items"),
        "{}",
        run.stderr()
    );
    assert!(
        !run.stderr().contains("`notes` brought"),
        "{}",
        run.stderr()
    );
    // All of it is in one report.
    let run = press.site.build().code(4);
    assert!(run.stderr().contains("2 errors"), "{}", run.stderr());
    let both = [
        "build",
        "--accept-shrink",
        "notes",
        "--accept-shrink=articles",
    ];
    press.site.run(&both).good();
}

#[test]
fn a_name_that_is_no_definition() {
    let press = guarded();
    let run = press
        .site
        .run(&["build", "--accept-shrink", "artcles"])
        .code(2);
    assert_report!(run);
}

#[test]
fn a_field_that_is_empty_all_at_once() {
    let press = guarded();
    press
        .site
        .write("templates/article.html", "{{ item.price or 'free' }}");
    press.answers(without_price(20, 2));
    press.site.build().good();
    press.answers(without_price(20, 12));
    press.site.build().good();
    let standing = press.site.output();
    press.site.replace(
        "site.toml",
        "[fetch]",
        "[guard]\nnull_share_rise = 0.3\n\n[fetch]",
    );
    press.answers(without_price(20, 19));
    let run = press.site.build().code(4);
    assert_eq!(press.site.output(), standing);
    assert_report!(run);
    let accept = ["build", "--accept-shrink", "articles"];
    press.site.run(&accept).good();
    press.site.build().good();
}

#[test]
fn ratios_are_the_sites_own() {
    let press = guarded();
    press.answers(articles(10));
    press.site.build().good();
    let configuration = press.site.read("site.toml");
    press.answers(articles(5));
    press.site.build().code(4);
    press.site.write(
        "site.toml",
        &(configuration.clone() + "\n[guard]\nmin_items_ratio = 0.5\n"),
    );
    press.site.build().good();
    press.answers(articles(1));
    press.site.build().code(4);
    press.site.write(
        "site.toml",
        &(configuration + "\n[guard]\nmin_items_ratio = 0\n"),
    );
    press.site.build().good();
}

#[test]
fn a_guard_that_is_mistyped() {
    let press = guarded();
    let guard = "\n[guard]\nmin_items_ratio = 80\nnull_share_rise = \"half\"\nleaks = \"warn\"\nmin_itms = 1\n";
    press
        .site
        .write("site.toml", &(press.site.read("site.toml") + guard));
    let run = press.site.build().code(2);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_damaged_history_is_told_and_written_anew() {
    let press = guarded();
    press.answers(articles(10));
    press.site.build().good();
    let whole = press.site.read(".frieze/history.json");
    for damaged in [&whole[..whole.len() / 2], "", "{\"format\":99}"] {
        press.site.write(".frieze/history.json", damaged);
        let run = press.site.build().good();
        assert!(
            run.stderr().contains("the history of earlier builds"),
            "{}",
            run.stderr()
        );
        let run = press.site.build().good();
        assert!(!run.stderr().contains("history"), "{}", run.stderr());
    }
    press.answers(articles(3));
    press.site.build().code(4);
}

#[test]
fn a_build_that_failed_is_no_history() {
    let press = guarded();
    press.answers(articles(10));
    press.site.build().good();
    let before = press.site.read(".frieze/history.json");
    press.answers(articles(1_000));
    press
        .site
        .write("templates/article.html", "{{ item.nothing.at.all }}");
    press.site.build().code(1);
    assert_eq!(press.site.read(".frieze/history.json"), before);
}

#[test]
fn the_history_changes_no_byte_of_the_site() {
    let press = guarded();
    press.answers(articles(10));
    press.site.build().good();
    let with = press.site.output();
    std::fs::remove_dir_all(press.site.path(".frieze")).unwrap();
    press.site.run(&["build", "-o", "other"]).good();
    assert_eq!(Tree::of(&press.site.path("other")).bytes(), with.bytes());
}

#[test]
fn the_folder_of_the_history_can_be_named() {
    let press = guarded();
    std::fs::remove_dir_all(press.site.path(".frieze")).unwrap();
    let build = ["build", "--cache-dir", "deep/cache"];
    press.answers(articles(10));
    press.site.run(&build).good();
    assert!(press.site.path("deep/cache/history.json").is_file());
    assert!(!press.site.path(".frieze").exists());
    press.answers(articles(2));
    press.site.run(&build).code(4);
    // Elsewhere nobody has heard of it.
    press.site.build().good();
}

#[test]
fn a_folder_that_cannot_be_written_does_not_undo_a_commit() {
    let press = guarded();
    press.answers(articles(4));
    press.site.write("blocked", "a file");
    let run = press.site.run(&["build", "--cache-dir", "blocked"]).good();
    assert!(
        run.stderr().contains("could not be noted"),
        "{}",
        run.stderr()
    );
    assert_eq!(press.site.output().len(), 4);
}

#[cfg(feature = "sandbox")]
#[test]
fn a_sandbox_is_the_same_on_any_port() {
    let site = crate::support::SiteTest::example();
    site.build().good();
    let history: serde_json::Value =
        serde_json::from_str(&site.read(".frieze/history.json")).unwrap();
    let queries = history["queries"].as_array().unwrap();
    assert!(queries.len() >= 10, "{}", queries.len());
    for query in queries {
        assert_eq!(query["key"]["origin"], "sandbox:sandbox");
    }
    // A build with nothing to do is no other build to compare with.
    let before = site.read(".frieze/history.json");
    site.build().good();
    assert_eq!(site.read(".frieze/history.json"), before);
    site.write("static/new.txt", "new");
    site.build().good();
    let history: serde_json::Value =
        serde_json::from_str(&site.read(".frieze/history.json")).unwrap();
    for query in history["queries"].as_array().unwrap() {
        assert_eq!(query["builds"].as_array().unwrap().len(), 2, "{query}");
    }
    // Half of the plants are unpublished: their folder goes.
    let plants = site.path("sandbox/jcr_root/content/dam/larch/fr/plants");
    assert!(plants.is_dir(), "{}", plants.display());
    std::fs::remove_dir_all(plants).unwrap();
    let run = site.build().code(4);
    assert!(run.stderr().contains("`fr`"), "{}", run.stderr());
}

/// A site with everything that could leak, and a page for each article that shows its body as it is.
fn with_body(body: &str) -> Press {
    let mut press = Press::standing();
    press.site.set("KEY", "edge-key-0123456789");
    let aem = "[aem]\nauthor = \"https://author-p1-e2.adobeaemcloud.com\"\n";
    press.site.replace("site.toml", "[aem]\n", aem);
    let headers = "[aem.headers.publish]\nX-AEM-Edge-Key = \"${KEY}\"\n\n[fetch]";
    press.site.replace("site.toml", "[fetch]", headers);
    press.site.write(
        "templates/article.html",
        "<h1>{{ item.title }}</h1>\n{{ item.body | safe }}\n",
    );
    let body = serde_json::to_string(body).unwrap();
    let item = |slug: &str| article(slug).replace("\"slug\"", &format!("\"body\":{body},\"slug\""));
    press.answers(Answer::items(&["one", "two", "three"].map(item)));
    press
}

#[test]
fn a_credential_in_the_content() {
    let press = with_body("<p>To test, send edge-key-0123456789 along</p>");
    let run = press.site.build().code(4);
    run.never_says("edge-key-0123456789");
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn the_author_host_in_the_content() {
    let press = with_body("<p>See https://author-p1-e2.adobeaemcloud.com/editor.html/x</p>");
    let run = press.site.build().code(4);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_link_into_the_repository_in_the_content() {
    let press =
        with_body("<p>See <a href=\"/content/dam/press/en/articles/two\">the other one</a></p>");
    let run = press.site.build().code(4);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn all_leaks_are_in_one_report() {
    let press = with_body(
        "<img src=\"https://author-p1-e2.adobeaemcloud.com/content/dam/a.png\">edge-key-0123456789\n\
         <a href='/content/dam/b'>",
    );
    press.site.write(
        "static/app.js",
        "const API = \"https://publish-p1-e2.adobeaemcloud.com/x\";\n",
    );
    press
        .site
        .write("static/data.json", "{\"image\": \"/content/dam/c.png\"}\n");
    let run = press.site.build().code(4);
    run.never_says("edge-key-0123456789");
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn what_only_mentions_aem_is_published() {
    let press = with_body(
        "<p>Assets are in /content/dam/press.</p><a href=\"https://other.example/content/dam/x.pdf\">x</a>",
    );
    press.site.write("static/content/dam/own.txt", "x");
    press.site.write(
        "static/robots.txt",
        "User-agent: *\nDisallow: /content/dam/\n",
    );
    let template = press.site.read("templates/article.html") + "<a href=\"/content/dam/own.txt\">";
    press.site.write("templates/article.html", &template);
    press.site.build().good();
}

#[test]
fn the_host_that_was_asked_is_not_published() {
    let press = Press::standing();
    let address = press.aem.origin();
    let item = article("one").replace("About one", &format!("See {address}/x"));
    press.answers(Answer::items(&[item]));
    let run = press.site.build().code(4);
    press.assert_untouched();
    assert!(
        run.stderr().contains("a host of AEM would be published"),
        "{}",
        run.stderr()
    );
}

#[test]
fn an_asset_with_a_leak_is_not_published() {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "<img src=\"{{ asset(src='/content/dam/press/map.json') }}\">",
    );
    let map = "{\"tiles\":\"/content/dam/press/map.png\"}";
    let items: Vec<String> = ["one", "two", "three"].map(article).into();
    press
        .aem
        .now(move |request| match request.path.ends_with("map.json") {
            true => Answer::json(map),
            false => Answer::items(&items),
        });
    let run = press.site.build().code(4);
    press.assert_untouched();
    assert_report!(run);
}
