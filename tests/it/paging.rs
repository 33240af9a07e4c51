//! Answers that come in many pages.

use crate::support::corpus::corpus;
use crate::support::{
    Answer, Press, SiteTest, TestSandbox, article, assert_report, one_of_each, repository,
};

/// So many that every page size and window matters.
const MANY: usize = 5_000;

/// The names of the pages that articles have.
fn expected_pages(count: usize) -> Vec<String> {
    let mut names: Vec<String> = corpus(count, 0)
        .iter()
        .map(|article| format!("articles/{}/index.html", article.slug))
        .collect();
    names.sort();
    names
}

/// Builds a site of many articles; how often AEM was asked for them.
fn paged(query: &str, paging: &str) -> (SiteTest, usize) {
    let aem = TestSandbox::of(repository(&corpus(MANY, 0)));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    site.write("templates/article.html", "{{ item.title }}\n");
    let definition = format!(
        "persisted = \"{query}\"\npaging = \"{paging}\"\npage_size = 100\n\n[pages]\n\
         route = \"/articles/{{{{ item.slug }}}}/\"\ntemplate = \"article.html\"\n"
    );
    site.write("content-queries/articles.toml", &definition);
    let run = site.build().good();
    let requests = aem.requests();
    assert!(requests.iter().all(|request| request.status == 200));
    assert_eq!(
        run.counts(),
        format!(
            "1 query ({} requests), {MANY} items, {MANY} pages, 0 assets",
            requests.len()
        )
    );
    assert_eq!(site.output().names(), expected_pages(MANY));
    (site, aem.count(query))
}

#[test]
fn five_thousand_items_by_cursor() {
    let (site, requests) = paged("articles-by-cursor", "cursor");
    assert_eq!(requests, 50);
    let last = &corpus(MANY, 0)[MANY - 1];
    let page = site.page(&format!("articles/{}/index.html", last.slug));
    assert_eq!(page, format!("{}\n", last.title));
}

#[test]
fn five_thousand_items_by_offset() {
    let (_, requests) = paged("articles", "offset");
    // 50 full windows, one that shows the end, and those that were asked for beside it.
    assert!((51..=58).contains(&requests), "{requests} requests");
}

#[test]
fn the_shape_of_the_answer_tells_how_to_page() {
    let aem = TestSandbox::of(repository(&corpus(25, 0)));
    for (query, requests) in [("articles-by-cursor", 3), ("articles", 1)] {
        let mut site = one_of_each();
        site.aem(&aem.origin());
        site.write("templates/article.html", "x");
        let definition = site.read("content-queries/articles.toml");
        let definition = definition
            .replace("\"articles\"", &format!("\"{query}\""))
            .replace("paging = \"none\"", "page_size = 10");
        site.write("content-queries/articles.toml", &definition);
        let before = aem.requests().len();
        site.build().good();
        assert_eq!(site.output().names(), expected_pages(25));
        assert_eq!(aem.requests().len() - before, requests, "{query}");
    }
}

/// A page of a cursor query.
fn cursor_page(slugs: &[&str], cursor: &str) -> Answer {
    let edges: Vec<String> = slugs
        .iter()
        .map(|slug| format!(r#"{{"node":{}}}"#, article(slug)))
        .collect();
    Answer::json(format!(
        r#"{{"data":{{"articlePaginated":{{"edges":[{}],"pageInfo":{{"hasNextPage":true,"endCursor":"{cursor}"}}}}}}}}"#,
        edges.join(",")
    ))
}

#[test]
fn a_cursor_that_comes_twice() {
    let press = Press::standing();
    press
        .site
        .replace("content-queries/articles.toml", "\"none\"", "\"cursor\"");
    press.aem.now(|request| {
        let first = !request.path.contains("after");
        cursor_page(&[if first { "one" } else { "two" }], "b25l")
    });
    let run = press.site.build().code(1);
    press.assert_untouched();
    // One request of the good build before.
    assert_eq!(press.aem.requests().len(), 1 + 2, "it does not go on");
    assert_report!(run);
}

#[test]
fn content_that_moves_while_it_is_paged() {
    let press = Press::standing();
    press
        .site
        .replace("content-queries/articles.toml", "\"none\"", "\"cursor\"");
    press.aem.now(|request| {
        let first = !request.path.contains("after");
        cursor_page(&["one"], if first { "b25l" } else { "dHdv" })
    });
    let run = press.site.build().code(3);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn parts_make_the_site_that_the_whole_makes() {
    let aem = TestSandbox::of(repository(&corpus(60, 5)));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let pages = "paging = \"none\"\n[pages]\nroute = \"/articles/{{ item.slug }}/\"\ntemplate = \"article.html\"\n";
    let define = |ask: &str| {
        site.write("content-queries/articles.toml", &format!("{ask}\n{pages}"));
    };
    define("persisted = \"articles\"");
    site.build().good();
    let whole = site.output().bytes();
    let parts = "persisted = \"articles-by-author\"\n\
                 partition = { variable = \"author\", values = [\"grace\", \"ada\"] }";
    define(parts);
    for _ in 0..2 {
        let run = site.run(&["build", "--report", "report.json"]).good();
        assert!(site.output().bytes() == whole, "{}", run.stdout());
    }
    let report: serde_json::Value = serde_json::from_str(&site.read("report.json")).unwrap();
    let row = &report["queries"][0];
    assert_eq!(
        (&row["items"], &row["requests"], &row["variables"]),
        (
            &60.into(),
            &2.into(),
            &serde_json::json!({ "author": ["grace", "ada"] })
        ),
        "{row}"
    );
    assert_eq!(report["pages"]["rendered"], 0);
    let one = site
        .run(&["queries", "run", "articles", "--var", "author=ada"])
        .good();
    assert!(
        one.stderr()
            .contains("30 items of `articles` with 1 request"),
        "{}",
        one.stderr()
    );
    let all = site.run(&["queries", "run", "articles"]).good();
    assert!(
        all.stderr()
            .contains("60 items of `articles` with 2 requests"),
        "{}",
        all.stderr()
    );
}
