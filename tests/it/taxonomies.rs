//! Items by what they have in common, and lists in groups.

use crate::support::{Answer, Scripted, SiteTest, assert_report, one_of_each};

const LANGUAGES: &str = "\n[languages.en]\nroot = \"/content/dam/press/en\"\n\
                         [languages.fr]\nroot = \"/content/dam/press/fr\"\nfallback = \"en\"\n";

fn item(path: &str, topics: &str, year: u32) -> String {
    let slug = path.rsplit('/').next().unwrap();
    format!(
        r#"{{"_path":"/content/dam/press/{path}","slug":"{slug}","topics":{topics},"year":{year}}}"#
    )
}

const TOPICS: &str = "\n[[taxonomies]]\nname = \"topic\"\nby = \"item.topics\"\n\
                      route = \"/topics/{{ term.slug }}/\"\ntemplate = \"topic.html\"\nsort = \"year desc\"\n\
                      per_page = 2\nindex_route = \"/topics/\"\nindex_template = \"topics.html\"\n";

/// A site of these items with a taxonomy `topic`.
fn press(items: &[String], taxonomies: &str) -> (SiteTest, Scripted) {
    let aem = Scripted::always(Answer::items(items));
    let mut site = one_of_each();
    site.aem(&aem.origin());
    let configuration = site.read("site.toml") + LANGUAGES;
    site.write("site.toml", &configuration);
    let definition = site.read("content-queries/articles.toml") + taxonomies;
    site.write("content-queries/articles.toml", &definition);
    site.write("templates/article.html", "{{ item.slug }}\n");
    site.write(
        "templates/topic.html",
        "{{ page.kind }} {{ taxonomy.name }} {{ taxonomy.url }} {{ term.name }}|{{ term.title }}|{{ term.count }}|{{ term.url }}\n\
         {% for item in items %}{{ item.slug }} {% endfor %}{{ pager.number }}/{{ pager.total }} {{ pager.next or '' }}\n\
         {% for other in page.translations %}{{ other.url }} {% endfor %}\n",
    );
    site.write(
        "templates/topics.html",
        "{{ page.kind }} {{ lang.code }}:{% for term in terms %} {{ term.title }}={{ term.url }} ({{ term.count }}){% endfor %}\n\
         {% for term in terms(taxonomy=\"topic\", sort=\"count desc\", limit=1) %}{{ term.slug }}{% endfor %}\n\
         {% for other in page.translations %}{{ other.url }} {% endfor %}\n",
    );
    (site, aem)
}

fn three() -> Vec<String> {
    vec![
        item("en/one", r#"["press:trees/larch","snow"]"#, 2024),
        item("en/two", r#"["snow"]"#, 2026),
        item("en/three", r#"["snow",null,""]"#, 2025),
        item("fr/one", r#"["snow"]"#, 2024),
    ]
}

#[test]
fn terms_have_pages_in_every_language() {
    let (site, _aem) = press(&three(), TOPICS);
    site.build().good();
    assert_eq!(
        site.page("topics/snow/index.html"),
        "term topic /topics/ snow|snow|3|/topics/snow/\ntwo three 1/2 /topics/snow/page/2/\n/fr/topics/snow/ \n"
    );
    assert_eq!(
        site.page("topics/snow/page/2/index.html"),
        "term topic /topics/ snow|snow|3|/topics/snow/\none 2/2 \n/fr/topics/snow/page/2/ \n"
    );
    assert_eq!(
        site.page("topics/trees-larch/index.html"),
        "term topic /topics/ press:trees/larch|larch|1|/topics/trees-larch/\none 1/1 \n\n",
        "a tag is called by its last part; French has no item with it"
    );
    assert_eq!(
        site.page("topics/index.html"),
        "terms en: larch=/topics/trees-larch/ (1) snow=/topics/snow/ (3)\nsnow\n/fr/topics/ \n"
    );
    assert_eq!(
        site.page("fr/topics/index.html"),
        "terms fr: snow=/fr/topics/snow/ (3)\nsnow\n/topics/ \n",
        "what stands in has terms as well"
    );
}

#[test]
fn definitions_share_a_taxonomy() {
    let (site, _aem) = press(&three(), TOPICS);
    site.write(
        "content-queries/more.toml",
        "persisted = \"more\"\npaging = \"none\"\n[[taxonomies]]\nname = \"topic\"\nwhen = \"item.year > 2024\"\n\
         by = \"[{'name': item.year, 'title': 'In ' ~ item.year, 'slug': 'in-' ~ item.year}, ...item.topics]\"\n",
    );
    site.build().good();
    let page = site.page("topics/in-2026/index.html");
    assert!(
        page.starts_with("term topic /topics/ 2026|In 2026|1|/topics/in-2026/\ntwo 1/1"),
        "{page}"
    );
    let both = site.page("topics/snow/index.html");
    assert!(both.contains("|5|/topics/snow/\ntwo two 1/3"), "{both}");
}

#[test]
fn a_taxonomy_without_pages_still_has_terms() {
    let (site, _aem) = press(
        &three(),
        "\n[[taxonomies]]\nname = \"topic\"\nby = \"item.topics\"\n",
    );
    site.write(
        "templates/article.html",
        "{% for term in terms(taxonomy=\"topic\") %}{{ term.title }} {{ term.url or '-' }} {% endfor %}\n",
    );
    site.build().good();
    assert_eq!(site.page("articles/one/index.html"), "larch - snow - \n");
}

#[test]
fn two_terms_with_one_slug() {
    let items = [
        item("en/one", r#"["Snow & Ice","Snow"]"#, 2024),
        item("en/two", r#"["snow","Snow"]"#, 2025),
        item("fr/one", r#"["Snow"]"#, 2025),
        item("en/three", r#"["Snow ice","???"]"#, 2026),
    ];
    let (site, _aem) = press(&items, TOPICS);
    assert_report!(site.build().code(1));
}

#[test]
fn a_term_where_a_page_is() {
    let list = "\n[[lists]]\nroute = \"/topics/snow/\"\ntemplate = \"article.html\"\n";
    let (site, _aem) = press(&three(), &format!("{TOPICS}{list}"));
    assert_report!(site.build().code(1));
}

#[test]
fn values_that_are_no_terms() {
    let items = [item("en/one", r#"[{"title":"Snow"}]"#, 2024)];
    let (site, _aem) = press(&items, TOPICS);
    assert_report!(site.build().code(1));
}

#[test]
fn an_unknown_taxonomy() {
    let (site, _aem) = press(&three(), TOPICS);
    site.replace(
        "templates/topics.html",
        "taxonomy=\"topic\"",
        "taxonomy=\"topics\"",
    );
    assert_report!(site.build().code(1));
}

#[test]
fn lists_are_grouped_and_cut() {
    let list = "\n[[lists]]\nroute = \"/\"\ntemplate = \"list.html\"\nsort = \"year desc, slug\"\n\
                group_by = \"item.year // 2\"\nlimit = 4\nper_page = 3\n";
    let items: Vec<String> = [("a", 7), ("b", 6), ("c", 6), ("d", 3), ("e", 2), ("f", 1)]
        .map(|(slug, year)| item(&format!("en/{slug}"), "[]", year))
        .into();
    let (site, _aem) = press(&items, list);
    site.write(
        "templates/list.html",
        "{% for group in groups %}{{ group.name }}:{% for item in group.items %}{{ item.slug }}{% endfor %} {% endfor %}\
         {{ pager.count }} {{ items | length }}\n",
    );
    site.build().good();
    assert_eq!(site.page("index.html"), "3:abc 4 3\n");
    assert_eq!(site.page("page/2/index.html"), "1:d 4 1\n");
    site.replace(
        "content-queries/articles.toml",
        "item.year // 2",
        "item.slug + 1",
    );
    assert_report!(site.build().code(1));
}
