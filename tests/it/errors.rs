//! Each mistake gives one clear report and its exit code, and leaves the site that stands as it was.

use crate::support::{
    Answer, Press, Run, Scripted, SiteTest, TestSandbox, article, articles, assert_report, nobody,
    one_of_each, repository,
};

/// A mistake in the files, with no word to AEM.
#[track_caller]
fn refused(press: &Press, code: i32) -> Run {
    let asked = press.aem.requests().len();
    let run = press.site.build().code(code);
    press.assert_untouched();
    assert_eq!(press.aem.requests().len(), asked, "AEM was asked");
    run
}

/// An answer or an item that cannot become a site.
#[track_caller]
fn fails(press: &Press, code: i32) -> Run {
    let run = press.site.build().code(code);
    press.assert_untouched();
    run
}

#[test]
fn an_unknown_key() {
    let press = Press::standing();
    press
        .site
        .replace("site.toml", "configuration", "configuraton");
    assert_report!(refused(&press, 2));
}

#[test]
fn a_definition_without_a_query() {
    let press = Press::standing();
    press
        .site
        .write("content-queries/authors.toml", "paging = \"none\"\n");
    assert_report!(refused(&press, 2));
}

#[test]
fn an_output_folder_with_somebody_elses_files() {
    let press = Press::standing();
    press.site.write("elsewhere/thesis.txt", "five years");
    let run = press.site.run(&["build", "-o", "elsewhere"]).code(2);
    assert_eq!(press.site.read("elsewhere/thesis.txt"), "five years");
    let left = std::fs::read_dir(press.site.path("elsewhere")).unwrap();
    assert_eq!(left.count(), 1, "nothing was added");
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn an_unknown_persisted_query() {
    let mut press = Press::standing();
    let aem = TestSandbox::of(repository(&[]));
    press.site.aem(&aem.origin());
    press.site.replace(
        "content-queries/articles.toml",
        "\"articles\"",
        "\"artikels\"",
    );
    assert_report!(fails(&press, 1));
}

#[test]
fn an_outdated_persisted_query() {
    let mut press = Press::standing();
    let aem = TestSandbox::of(repository(&[]));
    press.site.aem(&aem.origin());
    press.site.replace(
        "content-queries/articles.toml",
        "\"articles\"",
        "\"broken\"",
    );
    assert_report!(fails(&press, 1));
}

#[test]
fn a_graphql_error_in_a_200() {
    let press = Press::standing();
    press.answers(Answer::json(
        r#"{"errors":[{"message":"Exception while fetching data (/articleList/items[3]/author) : no access","path":["articleList","items",3,"author"]}],"data":{"articleList":{"items":[]}}}"#,
    ));
    assert_report!(fails(&press, 1));
}

#[test]
fn a_null_root() {
    let press = Press::standing();
    press.answers(Answer::json(r#"{"data":{"articleList":null}}"#));
    assert_report!(fails(&press, 1));
}

#[test]
fn null_data() {
    let press = Press::standing();
    press.answers(Answer::json(r#"{"data":null}"#));
    assert_report!(fails(&press, 1));
}

#[test]
fn a_template_with_a_syntax_error() {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "<h1>{{ item.title }</h1>\n<p>{{ item.price }}</p>\n",
    );
    assert_report!(refused(&press, 1));
}

#[test]
fn a_template_that_reads_a_field_the_item_lacks() {
    let press = Press::standing();
    press.site.write(
        "templates/article.html",
        "<h1>{{ item.title }}</h1>\n<p>{{ item.prize }}</p>\n",
    );
    assert_report!(fails(&press, 1));
}

#[test]
fn two_items_with_one_route() {
    let press = Press::standing();
    let twin = article("one").replace("articles/one", "articles/uno");
    press.answers(Answer::items(&[article("one"), twin]));
    assert_report!(fails(&press, 1));
}

#[test]
fn an_empty_slug() {
    let press = Press::standing();
    let empty = article("one").replace("\"slug\":\"one\"", "\"slug\":\"\"");
    press.answers(Answer::items(&[empty, article("two")]));
    assert_report!(fails(&press, 1));
}

#[test]
fn a_slug_that_climbs_out() {
    let press = Press::standing();
    let climbing = article("one").replace("\"slug\":\"one\"", "\"slug\":\"../../etc/passwd\"");
    press.answers(Answer::items(&[climbing, article("two")]));
    assert_report!(fails(&press, 1));
    assert!(!press.site.path("etc").exists());
}

#[test]
fn aem_not_running() {
    let mut press = Press::standing();
    let (origin, _taken) = nobody();
    press.site.aem(&origin);
    assert_report!(fails(&press, 3));
}

#[test]
fn no_items_where_pages_are_made() {
    let press = Press::standing();
    press.answers(Answer::items::<&str>(&[]));
    assert_report!(fails(&press, 4));
}

#[test]
fn fewer_items_than_asked_for() {
    let press = Press::standing();
    press.site.replace(
        "content-queries/articles.toml",
        "paging",
        "min_items = 3\npaging",
    );
    press.answers(Answer::items(&articles(&["one", "two"])));
    assert_report!(fails(&press, 4));
}

#[test]
fn mistakes_of_all_files_are_in_one_report() {
    let press = Press::standing();
    let site = &press.site;
    site.replace("site.toml", "title", "titel");
    site.write("content-queries/authors.toml", "persistd = \"authors\"\n");
    site.write("templates/article.html", "{{ item.title");
    site.write("templates/list.html", "{% if %}");
    assert_report!(refused(&press, 2));
}

#[test]
fn a_missing_template() {
    let press = Press::standing();
    press.site.replace(
        "content-queries/articles.toml",
        "article.html",
        "artikle.html",
    );
    assert_report!(refused(&press, 1));
}

#[test]
fn a_missing_variable() {
    let press = Press::standing();
    press.site.replace("site.toml", "${AEM}", "${AEM_HOST}");
    assert_report!(refused(&press, 2));
}

#[test]
fn no_site_at_all() {
    assert_report!(SiteTest::new().build().code(2));
}

#[test]
fn a_static_file_in_the_way_of_a_page() {
    let press = Press::standing();
    press.site.write("static/articles/one/index.html", "mine");
    assert_report!(fails(&press, 1));
}

#[test]
fn nothing_is_left_behind_where_there_was_nothing() {
    let aem = Scripted::always(Answer::json(r#"{"data":null}"#));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    site.build().code(1);
    assert!(!site.path("public").exists());
}
