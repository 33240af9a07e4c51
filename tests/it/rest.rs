//! Fragments by AEM's REST delivery, and JSON documents: definitions with `openapi` and `json`.

use aem_sandbox::Options;

use crate::support::corpus::{Article, in_language};
use crate::support::{
    Answer, Press, SiteTest, TestSandbox, articles, assert_report, one_of_each, repository,
    workspace,
};

/// So many that they come on several pages.
const MANY: usize = 55;

const LANGUAGES: &str = "\n[languages.en]\nroot = \"/content/dam/press/en\"\n\n[languages.fr]\nroot = \"/content/dam/press/fr\"\n";

/// Articles in English, all but the last of them in French as well.
fn bilingual() -> Vec<Article> {
    let article = |language| move |number| in_language(language, number, 10);
    let english = (0..MANY).map(article("en"));
    english.chain((0..MANY - 1).map(article("fr"))).collect()
}

/// A site whose articles come by REST.
fn site(origin: &str, definition: &str) -> SiteTest {
    let mut site = one_of_each();
    site.aem(origin);
    site.write("site.toml", &(site.read("site.toml") + LANGUAGES));
    site.write("content-queries/articles.toml", definition);
    site.write("templates/article.html", "{{ item.fields.title }}\n");
    site
}

const LISTED: &str = "page_size = 20\n\n[openapi]\nmodel = \"article\"\n\
                      path = \"/content/dam/press/{{ lang.locale }}\"\n\n\
                      [pages]\nroute = \"/articles/{{ item.fields.slug }}/\"\ntemplate = \"article.html\"\n";

#[test]
fn many_fragments_in_two_languages() {
    let aem = TestSandbox::of(repository(&bilingual()));
    let site = site(&aem.origin(), LISTED);
    site.write(
        "templates/article.html",
        "{{ item.fields.title }}: {{ page.aem_path }}, {{ url(path=item.path) }}\
         {% for other in page.translations %} {{ other.code }}={{ other.url }}{% endfor %}\n",
    );
    let run = site.build().good();
    // Besides 55 articles there are two authors below the English folder.
    let requests = 3 + 3;
    assert_eq!(
        run.counts(),
        format!("1 query ({requests} requests), 109 items, 109 pages, 0 assets")
    );
    for request in aem.requests() {
        assert_eq!((request.method.as_str(), request.status), ("GET", 200));
    }
    assert_eq!(aem.count("/adobe/contentFragments"), requests);
    let articles = bilingual();
    let (first, last) = (&articles[0], &articles[MANY - 1]);
    assert_eq!(
        site.page(&format!("articles/{}/index.html", first.slug)),
        format!(
            "{}: {}, /articles/{slug}/ fr=/fr/articles/{slug}/\n",
            first.title,
            first.path,
            slug = first.slug
        )
    );
    let alone = site.page(&format!("articles/{}/index.html", last.slug));
    assert!(alone.ends_with("/\n"), "{alone}");
    // Nothing has changed, and AEM says so.
    let run = site.build().good();
    assert_eq!(run.changes(), "0 files written, 109 unchanged, 0 removed");
    let again = aem.requests().split_off(requests);
    assert_eq!(again.len(), requests);
    assert!(again.iter().all(|request| request.status == 304));
    site.run(&["build", "--offline"]).good();
    assert_eq!(aem.requests().len(), 2 * requests);
}

#[test]
fn a_list_is_where_details_start() {
    let articles: Vec<Article> = (0..25).map(|n| in_language("en", n, 10)).collect();
    let aem = TestSandbox::of(repository(&articles));
    let site = site(
        &aem.origin(),
        "page_size = 10\n\n[openapi]\nmodel = \"article\"\npath = \"/content/dam/press/en\"\nreferences = \"all\"\n\n\
         [pages]\nroute = \"/articles/{{ item.fields.slug }}/\"\ntemplate = \"article.html\"\n",
    );
    site.write(
        "templates/article.html",
        "{{ item.references | length }} {{ item.referencesTree | length }}\n",
    );
    site.build().good();
    assert_eq!(site.output().len(), 25);
    // 27 fragments on three pages, of which 25 are articles.
    assert_eq!(aem.requests().len(), 3 + 25);
    assert_eq!(aem.count("references=all"), 25);
}

#[test]
fn a_fragment_for_each_item_of_another_query() {
    let articles: Vec<Article> = (0..4).map(|n| in_language("en", n, 10)).collect();
    let aem = TestSandbox::of(repository(&articles));
    let site = site(&aem.origin(), LISTED);
    site.write(
        "content-queries/authors.toml",
        "openapi = { fragment = \"/content/dam/press/en/authors/{{ parent.fields.author }}\" }\n\n\
         [for_each]\nquery = \"articles\"\n\n\
         [pages]\nroute = \"/authors/{{ item.fields.slug }}/\"\ntemplate = \"author.html\"\n",
    );
    site.write(
        "templates/author.html",
        "{{ item.title }}: {{ item.fields.name }}; {{ parent.fields.slug }}\n",
    );
    site.replace(
        "content-queries/articles.toml",
        "page_size",
        "languages = [\"en\"]\npage_size",
    );
    site.build().good();
    for (slug, name) in [("ada", "ADA. Author"), ("grace", "GRACE. Author")] {
        // AEM lists by path, and the first that leads to a fragment is its parent.
        let own = articles.iter().filter(|article| article.author == slug);
        let first = own.map(|article| article.slug.as_str()).min().unwrap();
        assert_eq!(
            site.page(&format!("authors/{slug}/index.html")),
            format!("{slug}: {name}; {first}\n")
        );
    }
    // The same question is asked once.
    assert_eq!(aem.count("byPath"), 2);
}

#[test]
fn no_fragments_where_pages_are_made() {
    let aem = TestSandbox::of(repository(&[]));
    let site = site(
        &aem.origin(),
        &LISTED
            .replace("\"article\"", "\"autor\"")
            .replace("page_size", "languages = [\"en\"]\npage_size"),
    );
    assert_report!(site.build().code(4));
    assert!(!site.path("public").join("index.html").exists());
}

#[test]
fn a_field_without_a_value_is_no_route() {
    let aem = TestSandbox::of(repository(&[in_language("en", 0, 10)]));
    let site = site(
        &aem.origin(),
        &LISTED
            .replace("fields.slug", "fields.slugg")
            .replace("page_size", "languages = [\"en\"]\npage_size"),
    );
    assert_report!(site.build().code(1));
}

#[test]
fn an_aem_that_does_not_deliver_by_rest() {
    let off = Options {
        openapi: false,
        ..Options::default()
    };
    let aem = TestSandbox::with(&workspace().join("sandbox"), off);
    assert_report!(site(&aem.origin(), LISTED).build().code(3));
}

#[test]
fn a_fragment_that_is_not_there() {
    let aem = TestSandbox::of(repository(&[]));
    let definition = "openapi = { id = \"50f28a14-0000-4000-8000-2ce2dc017f55\" }\n";
    let site = site(&aem.origin(), definition);
    assert_report!(site.build().code(1));
    site.write(
        "content-queries/articles.toml",
        &format!("optional = true\n{definition}"),
    );
    site.build().good();
}

#[test]
fn a_request_that_aem_does_not_take() {
    let problem = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"`cursor` is not one of this list"}"#;
    let press = Press::standing();
    press.site.write("content-queries/articles.toml", LISTED);
    press.answers(Answer::of("application/problem+json", problem).status(400));
    let run = press.site.build().code(1);
    press.assert_untouched();
    assert_report!(run);
    // No penalty of a traffic filter: that has no problem document.
    let problem = r#"{"title":"Not Acceptable","detail":"only application/json is served"}"#;
    press.answers(Answer::of("application/problem+json", problem).status(406));
    assert_report!(press.site.build().code(3));
}

#[test]
fn author_delivers_no_fragments() {
    let site = site("http://127.0.0.1:9", LISTED);
    site.replace("site.toml", "publish =", "tier = \"author\"\nauthor =");
    assert_report!(site.build().code(2));
}

/// A page of a content package.
fn page(title: &str, text: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<jcr:root xmlns:jcr="http://www.jcp.org/jcr/1.0" xmlns:cq="http://www.day.com/jcr/cq/1.0" xmlns:sling="http://sling.apache.org/jcr/sling/1.0"
    jcr:primaryType="cq:Page">
  <jcr:content sling:resourceType="press/page" jcr:title="{title}">
    <root sling:resourceType="press/container"><text sling:resourceType="press/text" text="{text}"/></root>
  </jcr:content>
</jcr:root>"#
    )
}

/// A site over a package with the pages `en`, `en/about` and `fr`, and the server that has it.
fn paged_site(definition: &str) -> (SiteTest, TestSandbox) {
    let mut site = one_of_each();
    site.write("site.toml", &(site.read("site.toml") + LANGUAGES));
    for (path, title, text) in [
        ("en", "Home", "Hello"),
        ("en/about", "About", "Who we are"),
        ("fr", "Accueil", "Bonjour"),
    ] {
        site.write(
            &format!("package/jcr_root/content/press/{path}/.content.xml"),
            &page(title, text),
        );
    }
    site.write("content-queries/articles.toml", definition);
    site.write(
        "templates/article.html",
        "{{ item.title }}, {{ item[\":items\"].root[\":items\"].text.text }}, {{ page.aem_path }}\
         {% for other in page.translations %}, {{ other.code }}={{ other.url }}{% endfor %}\n",
    );
    let aem = TestSandbox::of_package(&site.path("package"));
    site.aem(&aem.origin());
    (site, aem)
}

const HOME: &str = "json = \"/content/press/{{ lang.locale }}.model.json\"\n\n\
                    [pages]\nroute = \"/\"\ntemplate = \"article.html\"\n";

#[test]
fn a_page_of_aem_in_every_language() {
    let (site, _aem) = paged_site(HOME);
    let run = site.build().good();
    assert_eq!(
        run.counts(),
        "1 query (2 requests), 2 items, 2 pages, 0 assets"
    );
    assert_eq!(
        site.page("index.html"),
        "Home, Hello, /content/press/en, fr=/fr/\n"
    );
    assert_eq!(
        site.page("fr/index.html"),
        "Accueil, Bonjour, /content/press/fr, en=/\n"
    );
}

#[test]
fn a_part_of_a_document() {
    let (site, _aem) = paged_site(
        "json = \"/content/press/en.model.json\"\nroot = \":items.root.:items.text\"\n\n\
         [pages]\nroute = \"/\"\ntemplate = \"article.html\"\n",
    );
    site.write(
        "templates/article.html",
        "{{ item.text }} of {{ page.aem_path }}\n",
    );
    site.build().good();
    assert_eq!(site.page("index.html"), "Hello of /content/press/en\n");
    site.replace("content-queries/articles.toml", ".text\"", ".texts\"");
    assert_report!(site.build().code(1));
    site.replace("content-queries/articles.toml", ".texts\"", ".text.text\"");
    assert_report!(site.build().code(1));
}

#[test]
fn a_page_that_is_not_there() {
    let (site, _aem) = paged_site(&HOME.replace("{{ lang.locale }}", "de"));
    assert_report!(site.build().code(1));
}

#[test]
fn a_document_that_the_dispatcher_keeps_back() {
    let (site, _aem) = paged_site(&HOME.replace(".model.json", ".json"));
    assert_report!(site.build().code(1));
}

#[test]
fn a_document_for_each_item_of_another_query() {
    let press = Press::standing();
    press.site.write(
        "content-queries/comments.toml",
        "json = \"/content/press/{{ parent.slug }}.comments.json\"\nroot = \"list\"\n\n\
         [for_each]\nquery = \"articles\"\n\n\
         [pages]\nroute = \"/comments/{{ parent.slug }}-{{ item.n }}/\"\ntemplate = \"comment.html\"\n",
    );
    press.site.write(
        "templates/comment.html",
        "{{ item.text }} on {{ parent.title }}\n",
    );
    press.aem.now(|request| {
        if request.path.starts_with("/graphql/") {
            return Answer::items(&articles(&["one", "ümlaut two"]));
        }
        Answer::json(format!(
            r#"{{"list":[{{"n":1,"text":"{}"}},{{"n":2,"text":"good"}}]}}"#,
            request.path
        ))
    });
    press.site.build().good();
    let page = |slug: &str| press.site.page(&format!("comments/{slug}/index.html"));
    assert_eq!(page("one-2"), "good on About one\n");
    let path = "/content/press/%C3%BCmlaut%20two.comments.json";
    assert_eq!(
        page("ümlaut two-1"),
        format!("{path} on About ümlaut two\n")
    );
    let requests = press.aem.requests();
    let request = requests
        .iter()
        .find(|request| request.path == path)
        .unwrap();
    assert_eq!(request.method, "GET");
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("origin"), None);
}

#[test]
fn a_definition_is_shown_with_its_requests() {
    let definition = LISTED.replace("[openapi]", "[openapi]\nreferences = \"direct\"");
    let run = site("https://publish.example", &definition);
    let run = run.run(&["queries", "show", "articles"]).good();
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(run.stdout());
    });
}
