//! Former addresses of pages: where they lead in every form, and which cannot be.

use crate::support::{Answer, Press, assert_report};

/// A site in English and French whose articles have these aliases.
fn press(aliases: &str, redirects: &str) -> Press {
    let press = Press::standing();
    let base = press
        .site
        .read("site.toml")
        .replace("https://press.example", "https://press.example/base");
    let languages = "\n[languages.en]\nroot = \"/content/dam/press/en\"\n[languages.fr]\n\
                     root = \"/content/dam/press/fr\"\nfallback = \"en\"\n";
    press
        .site
        .write("site.toml", &format!("{base}{languages}{redirects}"));
    let definition = press.site.read("content-queries/articles.toml");
    press.site.write(
        "content-queries/articles.toml",
        &format!("{definition}aliases = {aliases}\n"),
    );
    press
        .site
        .write("templates/article.html", "{{ item.slug }}\n");
    press
}

fn item(path: &str, slug: &str, old: &str) -> String {
    format!(r#"{{"_path":"/content/dam/press/{path}","slug":"{slug}","old":{old}}}"#)
}

const ALL: &str = "\n[redirects]\nformats = [\"html\", \"_redirects\", \"nginx\", \"apache\"]\n";

/// A slug in which every letter that means something to a server, and that a file system takes, occurs.
const ODD: &str = "é $1 %20 (a'b) & c; #{d}";

#[test]
fn a_page_sends_browsers_on() {
    let press = press("[\"/news/{{ item.old }}\"]", "");
    press.answers(Answer::items(&[item("en/a", ODD, "\"old & 'worn'\"")]));
    press.site.build().good();
    insta::assert_snapshot!(press.site.page("fr/news/old & 'worn'/index.html"));
    let names = press.site.output();
    let names = names.names();
    assert!(names.contains(&"news/old & 'worn'/index.html"), "{names:?}");
    assert_eq!(names.len(), 4, "two pages, two redirects: {names:?}");
}

#[test]
fn servers_are_told_in_their_own_spelling() {
    let press = press(
        "[\"/news/{{ item.old }}\", \"/{{ item.slug | slug }}.html\"]",
        ALL,
    );
    let old = format!("\"{ODD}\"");
    press.answers(Answer::items(&[item("en/a", ODD, &old)]));
    press.site.build().good();
    let files = ["_redirects", "redirects.nginx.conf", ".htaccess"];
    let shown = files.map(|name| format!("== {name}\n{}", press.site.page(name)));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_is_no_page_is_for_servers_only() {
    let aliases = "[\"/old/{{ item.slug }}.php\"]";
    let alone = press(aliases, "");
    assert_report!(alone.site.build().code(1));
    let served = press(
        aliases,
        "\n[redirects]\nformats = [\"html\", \"_redirects\"]\n",
    );
    served.answers(Answer::items(&[item("en/a", "a", "null")]));
    served.site.build().good();
    assert_eq!(
        served.site.page("_redirects"),
        "/base/fr/old/a.php /base/fr/articles/a/ 301\n/base/old/a.php /base/articles/a/ 301\n"
    );
    assert!(!served.site.output().names().contains(&"old/a.php"));
}

#[test]
fn an_alias_that_is_the_page_s_own_route_is_none() {
    let press = press("[\"/articles/{{ item.old or item.slug }}\"]", ALL);
    press.answers(Answer::items(&[item("en/a", "a", "null")]));
    press.site.build().good();
    assert_eq!(
        press.site.output().names(),
        ["articles/a/index.html", "fr/articles/a/index.html"],
        "and without redirects there are no files of them"
    );
}

#[test]
fn aliases_that_lead_nowhere() {
    let press = press("[\"/{{ item.old }}/{{ item.slug }}\"]", "");
    press.answers(Answer::items(&[
        item("en/a", "a", "null"),
        item("en/b", "b", "\"\""),
        item("en/c", "c", "[1]"),
        item("en/d", "d", "\"../../etc\""),
        item("en/e", "e", "\"/evil.example\""),
        item("en/f", "f", "\"a\\nb\""),
    ]));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_former_address_that_is_in_use() {
    let press = press("[\"/articles/{{ item.old }}\"]", "");
    press.site.write("static/articles/static/index.html", "");
    press.answers(Answer::items(&[
        item("en/a", "a", "\"B\""),
        item("en/b", "b", "\"x\""),
        item("en/c", "c", "\"x\""),
        item("en/d", "d", "\"a\""),
    ]));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn a_file_where_a_redirect_goes() {
    let press = press("[\"/news/{{ item.slug }}\"]", ALL);
    press.site.write("static/_redirects", "/a /b 301\n");
    press.site.write("static/news/a/index.html", "");
    press.answers(Answer::items(&[item("en/a", "a", "null")]));
    assert_report!(press.site.build().code(1));
}

#[test]
fn settings_that_cannot_be() {
    let press = press(
        "[\"https://x.example/{{ item.slug }}\", \"/{{ term.slug }}\", \"/{{ item.slug\", 1]",
        "\n[redirects]\nformats = [\"html\", \"redirects\", \"caddy\", \"html\"]\nformat = 1\n",
    );
    assert_report!(press.site.build().code(2));
}

#[test]
fn no_format_at_all() {
    let press = press("[]", "\n[redirects]\nformats = []\n");
    assert_report!(press.site.build().code(2));
}

#[test]
fn a_markdown_file_has_former_addresses_too() {
    let press = press(
        "[]",
        "\n[redirects]\nformats = [\"html\", \"_redirects\"]\n",
    );
    press.site.write("templates/page.html", "Text\n");
    let file = |aliases: &str| format!("+++\naliases = {aliases}\n+++\nText\n");
    let aliases = file("[\"/imprint/\", \"/about/\", \"/a.php\"]");
    press.site.write("content/about.fr.md", &aliases);
    press.site.build().good();
    assert_eq!(
        press.site.page("_redirects"),
        "/base/fr/a.php /base/fr/about/ 301\n/base/fr/imprint /base/fr/about/ 301\n\
         /base/fr/imprint/ /base/fr/about/ 301\n"
    );
    let page = press.site.page("fr/imprint/index.html");
    assert!(page.contains("url=/base/fr/about/\""), "{page}");
}

#[test]
fn former_addresses_of_markdown_files_that_cannot_be() {
    let press = press("[]", "");
    press.site.write("templates/page.html", "Text\n");
    press.site.write(
        "content/about.md",
        "+++\naliases = [\"/../x/\", \"/old.php\", \"/articles/one/\"]\n+++\nText\n",
    );
    assert_report!(press.site.build().code(1));
}
