use std::sync::Arc;

use super::*;
use crate::config::{Overrides, parse_site};
use crate::table::SourceFile;

const SITE: &str = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\nconfiguration = \"larch\"\n\
    [languages.en]\nroot = \"/content/dam/larch/en\"\n";

const WALKS: &str = "persisted = \"walks\"\n\
    [pages]\nroute = \"/w/{{ item.slug }}/\"\ntemplate = \"walk.html\"\noutputs = [\"html\", \"json\"]\n\
    [[lists]]\nroute = \"/w/\"\ntemplate = \"walks.html\"\nsort = \"length desc\"\n\
    [[taxonomies]]\nname = \"topic\"\nby = \"item.topics\"\nroute = \"/t/{{ term.slug }}/\"\ntemplate = \"topic.html\"\n";

const GUIDES: &str = "persisted = \"guides\"\n\
    [for_each]\nquery = \"walks\"\nvariables = { guide = \"{{ parent.guide }}\" }\n\
    [pages]\nroute = \"/g/{{ item.slug }}/\"\ntemplate = \"guide.html\"\n\
    [[taxonomies]]\nname = \"topic\"\nby = \"item.knows\"\n";

const TEMPLATES: [(&str, &str); 6] = [
    (
        "walk.html",
        "{{ item.body }}{{ query(name='guides', where='item.active')[0].name }}",
    ),
    ("walk.json", "{{ item.gpx | json_encode }}"),
    (
        "walks.html",
        "{% for walk in items %}{{ walk.teaser }}{% endfor %}",
    ),
    (
        "topic.html",
        "{% for item in items %}{{ item.label }}{% endfor %}",
    ),
    (
        "guide.html",
        "{{ item.bio }}{{ parent.start }}{{ fragment(path='/x')?.caption }}",
    ),
    ("never.html", "{{ item }}"),
];

/// `indexed` and `shown` of the walks and the guides.
fn selected(more: &[(&str, &str)]) -> [String; 4] {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("walks.toml"), WALKS).unwrap();
    std::fs::write(folder.join("guides.toml"), GUIDES).unwrap();
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(SITE),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None);
    let queries = crate::query::load(&config.unwrap().value);
    let queries = queries.unwrap_or_else(|report| panic!("{report}")).value;
    let texts = TEMPLATES
        .iter()
        .filter(|(name, _)| more.iter().all(|(own, _)| own != name));
    let selection = Selection::of(&queries, &Reaches::of(texts.chain(more).copied()));
    let [walks, guides] = ["walks", "guides"].map(|name| queries.find(name).unwrap());
    let fields = [
        selection.indexed(walks),
        selection.shown(walks),
        selection.indexed(guides),
        selection.shown(guides),
    ];
    fields.map(|fields| match fields {
        Fields::All => "ALL".to_owned(),
        Fields::Some(names) => names.iter().cloned().collect::<Vec<_>>().join(" "),
    })
}

#[test]
fn everything_that_meets_an_item_counts() {
    assert_eq!(
        selected(&[]),
        [
            "_path _variation guide label length slug teaser title topics",
            "_path _variation body caption gpx guide label length slug start teaser title topics",
            "_path _variation active knows label name slug title",
            "_path _variation active bio caption knows label name slug title",
        ]
    );
}

#[test]
fn a_whole_item_is_no_index() {
    let [index, shown, guides, _] = selected(&[("walks.html", "{{ items | json_encode }}")]);
    assert_eq!(
        index,
        "_path _variation guide label length slug title topics"
    );
    assert_eq!(shown, "ALL");
    assert_eq!(
        guides,
        "_path _variation active knows label name slug title"
    );
    let [index, shown, guides, all] = selected(&[("x.html", "{{ query(name=page.kind) }}")]);
    assert_eq!(
        index,
        "_path _variation guide label length slug teaser title topics"
    );
    assert_eq!((&*shown, &*all), ("ALL", "ALL"));
    assert_eq!(
        guides,
        "_path _variation active knows label name slug title"
    );
}

#[test]
fn links_are_looked_for_in_everything() {
    let text = "{{ backlinks() | length }}";
    let [index, shown, _, guides] = selected(&[("x.html", text)]);
    assert_eq!(
        index,
        "_path _variation guide label length slug teaser title topics"
    );
    assert_eq!((&*shown, &*guides), ("ALL", "ALL"));
}

#[test]
fn a_template_that_is_not_understood_may_ask_for_anything() {
    let [_, shown, _, guides] = selected(&[("x.html", "{{ __tera_context }}")]);
    assert_eq!((&*shown, &*guides), ("ALL", "ALL"));
}
