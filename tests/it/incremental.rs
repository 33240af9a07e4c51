//! Builds that cost what has changed, on the example site: how many pages are rendered, and that the rest is right.

mod addresses;

use crate::support::SiteTest;

/// A walk in the mountains, which has a page, and is in lists.
const WALK: &str = "sandbox/jcr_root/content/dam/larch/en/walks/larch-traverse/.content.xml";

/// What a build says of itself: pages rendered, files written.
fn build(site: &SiteTest) -> (u64, u64) {
    let report = site.path("report.json");
    let _ = site.run(&["build", "--report", "report.json"]).good();
    let text = std::fs::read_to_string(report).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |place: &str| {
        report
            .pointer(place)
            .and_then(serde_json::Value::as_u64)
            .unwrap()
    };
    (number("/pages/rendered"), number("/files/written"))
}

#[test]
fn a_build_from_nothing_confirms_what_was_taken_over() {
    let site = SiteTest::example();
    let _ = site.build().good();
    site.replace(WALK, "nothing grows but larch", "nothing grows but larches");
    let _ = site.run(&["build", "--verify-incremental"]).good();
    let (rendered, written) = build(&site);
    assert_eq!((rendered, written), (0, 0), "it was committed");
}

/// A list without items at a route below `/fr/`, of English content.
const EMPTY: &str = r#"persisted = "plants"
variables = { locale = "{{ lang.locale }}" }
paging = "none"
languages = ["en"]

[[lists]]
route = "/fr/empty/"
template = "empty.html"
when = "item.slug == 'no-such-plant'"
"#;

#[test]
fn another_language_at_the_same_route_writes_numbers_its_own_way() {
    let site = SiteTest::example();
    site.write("templates/empty.html", "{{ 1234.5 | number }}");
    site.write("content-queries/empty.toml", EMPTY);
    let _ = site.build().good();
    assert_eq!(site.read("public/fr/empty/index.html"), "1,234.5");
    let french = EMPTY
        .replace("[\"en\"]", "[\"fr\"]")
        .replace("/fr/empty/", "/empty/");
    site.write("content-queries/empty.toml", &french);
    let _ = site.build().good();
    assert_eq!(site.read("public/fr/empty/index.html"), "1\u{202f}234,5");
}

#[test]
fn groups_of_no_items_are_not_no_groups() {
    let site = SiteTest::example();
    let template = "{% if groups is defined %}grouped{% else %}plain{% endif %}";
    site.write("templates/empty.html", template);
    site.write("content-queries/empty.toml", EMPTY);
    let _ = site.build().good();
    assert_eq!(site.read("public/fr/empty/index.html"), "plain");
    site.write(
        "content-queries/empty.toml",
        &format!("{EMPTY}group_by = \"item.soil\"\n"),
    );
    let _ = site.build().good();
    assert_eq!(site.read("public/fr/empty/index.html"), "grouped");
}

#[test]
fn a_component_shows_the_items_of_the_query_that_its_body_names() {
    let site = SiteTest::example();
    let template = r#"{% component Titles() %}{% for x in query(name=body, limit=1) %}{{ x.latin }}{% endfor %}{% endcomponent Titles -%}
{% <Titles> %}plants{% </Titles> %}"#;
    site.write("templates/empty.html", template);
    site.write("content-queries/empty.toml", EMPTY);
    let _ = site.run(&["build", "--verify-incremental"]).good();
    assert_eq!(site.read("public/fr/empty/index.html"), "Dryas octopetala");
}

#[test]
fn what_a_page_says_of_itself_is_what_it_is_made_of_now() {
    const PAGE: &str = "public/walks/the-larch-traverse/index.html";
    const QUERY: &str = "content-queries/walks.toml";
    let site = SiteTest::example();
    let template =
        "{{ page.date | json_encode }}{% for o in page.outputs %} {{ o.format }}{% endfor %}";
    site.write("templates/walk.html", template);
    let built = || {
        let _ = site.run(&["build", "--verify-incremental"]).good();
        site.read(PAGE)
    };
    assert_eq!(built(), "null html json txt");
    site.replace(QUERY, "[pages]\n", "[pages]\ndate = \"item.ascent\"\n");
    assert_eq!(built(), "980 html json txt");
    site.replace(WALK, "ascent=\"{Long}980\"", "ascent=\"{Long}981\"");
    assert_eq!(built(), "981 html json txt");
    site.replace(QUERY, "\"html\", \"json\", \"txt\"", "\"html\", \"json\"");
    assert_eq!(built(), "981 html json");
}
