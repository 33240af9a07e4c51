//! What definitions make of content: languages, queries that follow others, lists, addresses.

use aem_sandbox::Repository;

use crate::support::corpus::{Article, in_language};
use crate::support::{
    Answer, Press, SiteTest, TestSandbox, article, assert_report, one_of_each, repository,
};

/// Three articles in English, two of them in French as well.
fn bilingual() -> Vec<Article> {
    [("en", 0), ("en", 1), ("en", 2), ("fr", 0), ("fr", 2)]
        .map(|(language, number)| in_language(language, number, 10))
        .into()
}

const LANGUAGES: &str = "\n[languages.en]\nroot = \"/content/dam/press/en\"\n\n[languages.fr]\n\
                         title = \"La Presse\"\nroot = \"/content/dam/press/fr\"\n";

/// A site with these definitions besides `articles`, which has pages.
fn site(aem: &TestSandbox, configuration: &str) -> SiteTest {
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let configuration = site.read("site.toml") + configuration;
    site.write("site.toml", &configuration);
    site
}

fn serve(repository: Repository) -> TestSandbox {
    TestSandbox::of(repository)
}

#[test]
fn items_are_split_by_the_language_their_path_lies_under() {
    let aem = serve(repository(&bilingual()));
    let site = site(&aem, LANGUAGES);
    site.write(
        "templates/article.html",
        "{{ lang.code }} {{ lang.title }}:{% for other in page.translations %} {{ other.code }}={{ other.url }}{% endfor %}\n",
    );
    let articles = bilingual();
    site.build().good();
    let mut expected: Vec<String> = articles
        .iter()
        .map(|own| {
            let prefix = if own.path.contains("/fr/") { "fr/" } else { "" };
            format!("{prefix}articles/{}/index.html", own.slug)
        })
        .collect();
    expected.sort();
    assert_eq!(site.output().names(), expected);
    assert_eq!(aem.count("/press/articles"), 1, "asked once for all");
    let both = &articles[0].slug;
    assert_eq!(
        site.page(&format!("articles/{both}/index.html")),
        format!("en Press: fr=/fr/articles/{both}/\n")
    );
    assert_eq!(
        site.page(&format!("fr/articles/{both}/index.html")),
        format!("fr La Presse: en=/articles/{both}/\n")
    );
    let alone = &articles[1].slug;
    assert_eq!(
        site.page(&format!("articles/{alone}/index.html")),
        "en Press:\n"
    );
}

#[test]
fn a_variable_that_reads_the_language_asks_once_for_each() {
    let aem = serve(repository(&bilingual()));
    let site = site(&aem, LANGUAGES);
    site.replace(
        "content-queries/articles.toml",
        "persisted = \"articles\"",
        "persisted = \"articles-in-locale\"\nvariables = { locale = \"{{ lang.locale }}\" }",
    );
    site.build().good();
    assert_eq!(site.output().len(), 5);
    for locale in ["en", "fr"] {
        assert_eq!(aem.count(&format!("locale%3D{locale};")), 1, "{locale}");
    }
    site.replace(
        "content-queries/articles.toml",
        "paging",
        "languages = [\"fr\"]\npaging",
    );
    let run = site.build().good();
    assert_eq!(run.changes(), "0 files written, 2 unchanged, 3 removed");
}

#[test]
fn a_site_with_one_language_has_no_prefix() {
    let aem = serve(repository(&bilingual()[..3]));
    let site = site(&aem, "\n[languages.fr]\nroot = \"/content/dam/press/en\"\n");
    site.write(
        "templates/article.html",
        "{{ lang.code }} {{ lang.locale }} {{ page.translations | length }}\n",
    );
    site.build().good();
    assert_eq!(site.output().len(), 3);
    let slug = &bilingual()[0].slug;
    let page = site.page(&format!("articles/{slug}/index.html"));
    assert_eq!(page, "fr en 0\n");
}

#[test]
fn a_query_follows_another_which_follows_a_third() {
    let aem = serve(repository(&bilingual()[..3]));
    let site = site(&aem, "");
    // Authors, the articles of each author, and each of these articles by its path.
    site.write(
        "content-queries/authors.toml",
        "persisted = \"authors\"\npaging = \"none\"\n",
    );
    site.write(
        "content-queries/articles.toml",
        "persisted = \"articles-by-author\"\npaging = \"none\"\n[for_each]\nquery = \"authors\"\n\
         variables = { author = \"{{ parent.slug }}\" }\n",
    );
    site.write(
        "content-queries/article.toml",
        "persisted = \"article-by-path\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
         variables = { path = \"{{ parent._path }}\" }\n[pages]\n\
         route = \"/{{ parent.author }}/{{ item.slug }}/\"\ntemplate = \"article.html\"\n",
    );
    site.write(
        "templates/article.html",
        "{{ item.title }} after {{ parent.title }}\n",
    );
    let run = site.build().good();
    assert_eq!(
        run.counts(),
        "3 queries (6 requests), 8 items, 3 pages, 0 assets"
    );
    for own in &bilingual()[..3] {
        let page = site.page(&format!("{}/{}/index.html", own.author, own.slug));
        assert_eq!(page, format!("{0} after {0}\n", own.title));
    }
    assert_eq!(aem.count("article-by-path%3Bpath%3D"), 3);
}

#[test]
fn a_followed_item_that_is_gone() {
    let mut press = Press::standing();
    let aem = serve(repository(&bilingual()[..3]));
    press.site.aem(&aem.origin());
    press.site.write(
        "content-queries/article.toml",
        "persisted = \"article-by-path\"\npaging = \"none\"\n[for_each]\nquery = \"articles\"\n\
         variables = { path = \"{{ parent._path }}-gone\" }\n",
    );
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn lists_are_sorted_and_split_into_pages() {
    let aem = serve(repository(&bilingual()));
    let site = site(&aem, LANGUAGES);
    let definition = site.read("content-queries/articles.toml")
        + "\n[[lists]]\nroute = \"/articles/\"\ntemplate = \"list.html\"\nsort = \"price desc\"\nper_page = 2\n";
    site.write("content-queries/articles.toml", &definition);
    site.write(
        "templates/list.html",
        "{% for item in items %}{{ item.price }} {% endfor %}{{ pager.number }}/{{ pager.total }} of {{ pager.count }}, \
         then {{ pager.next or 'nothing' }}\n",
    );
    site.build().good();
    let price = |language: &str| {
        let mut own: Vec<f64> = bilingual()
            .iter()
            .filter(|a| a.path.contains(&format!("/{language}/")))
            .map(|a| a.price)
            .collect();
        own.sort_by(|a, b| b.total_cmp(a));
        own
    };
    let (en, fr) = (price("en"), price("fr"));
    assert_eq!(
        site.page("articles/index.html"),
        format!("{} {} 1/2 of 3, then /articles/page/2/\n", en[0], en[1])
    );
    assert_eq!(
        site.page("articles/page/2/index.html"),
        format!("{} 2/2 of 3, then nothing\n", en[2])
    );
    assert_eq!(
        site.page("fr/articles/index.html"),
        format!("{} {} 1/1 of 2, then nothing\n", fr[0], fr[1])
    );
}

#[test]
fn templates_ask_other_definitions() {
    let aem = serve(repository(&bilingual()[..3]));
    let site = site(&aem, "");
    site.write(
        "content-queries/authors.toml",
        "persisted = \"authors\"\npaging = \"none\"\n",
    );
    site.write(
        "templates/article.html",
        "{% for author in query(name='authors', where='item.slug != \"ada\"') %}{{ author.name }}{% endfor %} \
         {% set own = fragment(path=item._path) %}{{ own.title }} {{ url(path=item._path) }}\n",
    );
    site.build().good();
    let own = &bilingual()[1];
    let page = site.page(&format!("articles/{}/index.html", own.slug));
    assert_eq!(
        page,
        format!("GRACE. Author {} /articles/{}/\n", own.title, own.slug)
    );
}

#[test]
fn a_site_below_a_path() {
    let press = Press::standing();
    let below = "https://press.example/a/b/";
    press
        .site
        .replace("site.toml", "https://press.example", below);
    press.site.write("static/main.css", "x");
    press.site.write(
        "templates/article.html",
        "{{ page.url }} {{ page.permalink }} {{ asset(src='main.css') }} {{ url(path=item._path) }}\n",
    );
    press.site.build().good();
    let hash = blake3::hash(b"x").to_hex();
    assert_eq!(
        press.site.page("articles/one/index.html"),
        format!(
            "/a/b/articles/one/ https://press.example/a/b/articles/one/ /a/b/main.{}.css /a/b/articles/one/\n",
            &hash[..16]
        )
    );
}

#[test]
fn an_error_page_is_made_where_there_is_a_template_for_it() {
    let press = Press::standing();
    press
        .site
        .write("templates/404.html", "{{ page.kind }} {{ lang.code }}\n");
    let run = press.site.build().good();
    assert_eq!(run.changes(), "1 file written, 3 unchanged, 0 removed");
    assert_eq!(press.site.page("404.html"), "error en\n");
}

#[test]
fn content_is_escaped_and_never_run() {
    let press = Press::standing();
    let hostile = article("one").replace(
        "About one",
        r#"<script>{{ site.title }}</script>{% if %}&\"'"#,
    );
    press.answers(Answer::items(&[hostile]));
    press.site.build().good();
    let page = press.site.page("articles/one/index.html");
    let shown = page.lines().next().unwrap();
    assert!(!shown.contains("<script"), "{page}");
    assert!(shown.contains("{{ site.title }}"), "{page}");
}

#[test]
fn values_are_as_aem_sent_them() {
    let press = Press::standing();
    let item = r#"{"_path":"/content/dam/press/en/z","slug":"one","z":1,"a":{"n":null,"big":9007199254740993,"f":5000.0},"l":[true,"é\u2028"]}"#;
    press.answers(Answer::items(&[item]));
    press.site.write(
        "templates/article.html",
        "{{ item | json_encode | safe }}\n{{ item.a.n is none }} {{ item.a.big }}\n",
    );
    press.site.build().good();
    let page = press.site.page("articles/one/index.html");
    let (json, rest) = page.split_once('\n').unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(json).unwrap(),
        serde_json::from_str::<serde_json::Value>(item).unwrap()
    );
    assert_eq!(rest, "true 9007199254740993\n");
}
