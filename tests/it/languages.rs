//! A page in every language: what stands in where a translation is lacking, and what says so.

use crate::support::{Answer, Press, Scripted, SiteTest, assert_report, one_of_each};

/// English and French, which falls back to English, and German, which falls back nowhere.
const LANGUAGES: &str = "\n[languages.en]\nroot = \"/content/dam/press/en\"\n\
                         [languages.fr]\nroot = \"/content/dam/press/fr\"\nfallback = \"en\"\n\
                         [languages.de]\nroot = \"/content/dam/press/de\"\n";

fn item(path: &str, links: &str) -> String {
    let slug = path.rsplit('/').next().unwrap();
    format!(
        r#"{{"_path":"/content/dam/press/{path}","slug":"{slug}-{}","to":"/content/dam/press/{links}"}}"#,
        &path[..2]
    )
}

/// `both` in English and French, `left` in English only, `seul` in French only.
fn press() -> (SiteTest, Scripted) {
    let items = [
        item("en/both", "fr/both"),
        item("fr/both", "en/left"),
        item("en/left", "en/both"),
        item("fr/seul", "fr/left"),
    ];
    let aem = Scripted::always(Answer::items(&items));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let configuration = site.read("site.toml") + LANGUAGES;
    site.write("site.toml", &configuration);
    let definition = site.read("content-queries/articles.toml")
        + "\n[[lists]]\nroute = \"/\"\ntemplate = \"list.html\"\nsort = \"slug\"\nper_page = 2\n";
    site.write("content-queries/articles.toml", &definition);
    site.write(
        "templates/list.html",
        "{% for item in items %}{{ url(path=item._path) }} {% endfor %}{{ <Languages /> }}\n",
    );
    site.write(
        "templates/article.html",
        "{% set own = language(path=item._path) %}{% set to = fragment(path=item.to) -%}\n\
         {{ lang.code }} {{ item.slug }} {{ page.fallback?.code or 'own' }} {{ own.code }}\n\
         {{ page.canonical }}\n{{ url(path=item.to) }} {{ to.slug }}\n{{ <Languages /> }}\n",
    );
    site.write(
        "templates/languages.html",
        "{% component Languages(@page) -%}\n\
         T{% for t in page.translations %} {{ t.code }}={{ t.url }}{% if t.fallback %}*{% endif %}{% endfor %}\n\
         A{% for a in page.alternates %} {{ a.hreflang }}={{ a.url }}{% endfor %}\n\
         L{% for l in page.languages %} {{ l.name }}={{ l.url }}{% if l.current %}!{% endif %}{% if not l.translated %}?{% endif %}{% endfor %}\n\
         {%- endcomponent Languages %}",
    );
    (site, aem)
}

#[test]
fn a_translated_page_leads_to_its_translation() {
    let (site, _aem) = press();
    site.build().good();
    assert_eq!(
        site.page("articles/both-en/index.html"),
        "en both-en own en\nhttps://press.example/articles/both-en/\n/articles/both-en/ both-en\n\
         T fr=/fr/articles/both-fr/\n\
         A en=https://press.example/articles/both-en/ fr=https://press.example/fr/articles/both-fr/ \
         x-default=https://press.example/articles/both-en/\n\
         L English=/articles/both-en/! Français=/fr/articles/both-fr/\n",
        "a link to the French fragment leads to its English counterpart; German has nothing at all"
    );
}

#[test]
fn an_item_stands_in_where_a_translation_is_lacking() {
    let (site, _aem) = press();
    site.build().good();
    assert_eq!(
        site.page("fr/articles/left-en/index.html"),
        "fr left-en en en\nhttps://press.example/articles/left-en/\n/fr/articles/both-fr/ both-fr\n\
         T en=/articles/left-en/\nA\nL English=/articles/left-en/ Français=/fr/articles/left-en/!\n",
        "no alternate, since it is no translation"
    );
    assert_eq!(
        site.page("articles/left-en/index.html"),
        "en left-en own en\nhttps://press.example/articles/left-en/\n/articles/both-en/ both-en\n\
         T fr=/fr/articles/left-en/*\nA\nL English=/articles/left-en/! Français=/fr/articles/left-en/\n"
    );
    assert!(
        site.page("fr/articles/both-fr/index.html")
            .contains("\n/fr/articles/left-en/ left-en\n"),
        "a link to English follows the fallback"
    );
}

#[test]
fn without_a_fallback_the_switcher_leads_to_the_front_page() {
    let (site, _aem) = press();
    site.build().good();
    assert_eq!(
        site.page("fr/articles/seul-fr/index.html"),
        "fr seul-fr own fr\nhttps://press.example/fr/articles/seul-fr/\n/fr/articles/left-en/ left-en\n\
         T\nA\nL English=/? Français=/fr/articles/seul-fr/!\n",
        "the path /fr/left, where AEM has nothing, means what stands in for it"
    );
    assert!(
        !site
            .output()
            .names()
            .contains(&"articles/seul-fr/index.html")
    );
}

#[test]
fn lists_show_what_stands_in_and_pages_of_one_number_are_alternates() {
    let (site, _aem) = press();
    site.build().good();
    assert_eq!(
        site.page("index.html"),
        "/articles/both-en/ /articles/left-en/ T fr=/fr/\n\
         A en=https://press.example/ fr=https://press.example/fr/ x-default=https://press.example/\n\
         L English=/! Français=/fr/\n"
    );
    assert_eq!(
        site.page("fr/index.html").lines().next().unwrap(),
        "/fr/articles/both-fr/ /fr/articles/left-en/ T en=/"
    );
    assert_eq!(
        site.page("fr/page/2/index.html"),
        "/fr/articles/seul-fr/ T en=/\nA\nL English=/ Français=/fr/page/2/!\n",
        "English has no second page: its first one is where to read on, but no alternate"
    );
}

#[test]
fn a_query_for_one_language_has_nothing_stand_in() {
    let (site, _aem) = press();
    site.replace(
        "content-queries/articles.toml",
        "paging",
        "languages = [\"en\"]\npaging",
    );
    site.build().good();
    let output = site.output();
    assert!(!output.names().contains(&"fr/articles/left-en/index.html"));
    assert!(output.names().contains(&"fr/articles/both-fr/index.html"));
}

#[test]
fn what_stands_in_does_not_hide_that_a_language_brought_too_little() {
    let press = Press::standing();
    let configuration = press.site.read("site.toml") + LANGUAGES;
    press.site.write("site.toml", &configuration);
    press.site.replace(
        "content-queries/articles.toml",
        "paging",
        "languages = [\"en\", \"fr\"]\nvariables = { locale = \"{{ lang.locale }}\" }\npaging",
    );
    let run = press.site.build().code(4);
    press.assert_untouched();
    assert_report!(run);
}

#[test]
fn what_stands_in_can_be_in_the_way() {
    let (site, aem) = press();
    let same = |path: &str| item(path, "en/left").replace("-en", "").replace("-fr", "");
    let items = [same("en/left"), same("fr/other/left"), same("en/both")];
    aem.now(move |_| Answer::items(&items));
    assert_report!(site.build().code(1));
}
