//! Definitions as a user meets them.

use std::sync::Arc;

use super::*;
use crate::config::{Overrides, parse_site};

fn site(files: &[(&str, &str)]) -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(FOLDER)).unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(FOLDER).join(name), text).unwrap();
    }
    let text = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\nconfiguration = \"larch\"\n\
                [languages.en]\nroot = \"/content/dam/larch/en\"\n[languages.fr]\nroot = \"/content/dam/larch/fr\"\n";
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None)
        .unwrap()
        .value;
    (dir, config)
}

fn load_ok(files: &[(&str, &str)]) -> QuerySet {
    let (_dir, config) = site(files);
    load(&config)
        .unwrap_or_else(|report| panic!("{report}"))
        .value
}

fn report(files: &[(&str, &str)]) -> String {
    let (_dir, config) = site(files);
    load(&config).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn reads_definitions() {
    let set = load_ok(&[
        (
            "adventures.toml",
            "persisted = \"adventures-all\"\nvariables = { locale = \"{{ lang.locale }}\", imageWidth = 1600 }\n\
             [pages]\nroute = \"/adventures/{{ item.slug }}/\"\ntemplate = \"adventure.html\"\nwhen = \"item.price > 0\"\n\
             [[lists]]\nroute = \"/adventures/\"\ntemplate = \"adventures.html\"\nsort = \"title asc\"\nper_page = 12\n",
        ),
        (
            "author.toml",
            "document = \"author.graphql\"\n[for_each]\nquery = \"adventures\"\nvariables = { name = \"{{ parent.author }}\" }\n",
        ),
        (
            "author.graphql",
            "query ($name: String!) { authorList { items { name } } }",
        ),
        ("notes.txt", "ignored"),
    ]);
    let adventures = set.get(set.find("adventures").unwrap());
    assert!(adventures.is_per_language());
    assert_eq!(
        (adventures.min_items, adventures.paging.mode),
        (1, PagingMode::Auto)
    );
    assert_eq!(adventures.lists[0].arrangement.per_page, Some(12));
    let author = set.get(set.find("author").unwrap());
    assert_eq!(
        (author.min_items, author.paging.mode),
        (0, PagingMode::None)
    );
    assert!(matches!(author.ask, Ask::AdHoc { .. }));
    let fields = ["_path", "_variation", "author", "price", "slug", "title"].map(str::to_owned);
    assert_eq!(
        set.index_fields(set.find("adventures").unwrap()),
        &Fields::Some(fields.into())
    );
}

#[test]
fn every_mistake_of_all_files_is_in_one_report() {
    insta::assert_snapshot!(report(&[
        (
            "a.toml",
            "persistent = \"x\"\npage_size = 500\n[pages]\nroute = \"adventures/{{ item.slug }}\"\n"
        ),
        (
            "b.toml",
            "persisted = \"other/../x\"\nlanguages = [\"fr\", \"enn\"]\nvariables = { a = \"{{ lang. }}\" }\n"
        ),
        (
            "c.toml",
            "document = \"missing.graphql\"\n[for_each]\nquery = \"d\"\n[[lists]]\nroute = \"/{{ item.x }}/\"\n\
             template = \"x.html\"\nsort = \"title upwards\"\n",
        ),
        ("d.toml", "persisted = \"x\"\n[for_each]\nquery = \"e\"\n"),
        ("e.toml", "persisted = \"x\"\n[for_each]\nquery = \"d\"\n"),
        (
            "f.toml",
            "persisted = \"x\"\nvariables = { a = \"{{ parent.x }}\" }\n[pages]\nroute = \"/{{ item.slug }\"\ntemplate = \"\"\n"
        ),
        ("g.toml", "persisted = \"x\"\n[for_each]\nquery = \"dd\"\n"),
        ("h h.toml", "persisted = \"x\"\n"),
        ("i.toml", "persisted = \n"),
    ]));
}

#[test]
fn a_site_without_definitions_says_what_to_write() {
    insta::assert_snapshot!(report(&[]));
}

#[test]
fn a_document_must_lie_beside_its_definition() {
    insta::assert_snapshot!(report(&[("a.toml", "document = \"../../etc/passwd\"\n")]));
}

#[test]
fn taxonomies_are_joined_by_their_name() {
    let set = load_ok(&[
        (
            "stories.toml",
            "persisted = \"s\"\n[[taxonomies]]\nname = \"topic\"\nby = \"item._tags\"\nwhen = \"item.open\"\n\
             route = \"/topics/{{ term.slug }}/\"\ntemplate = \"topic.html\"\nsort = \"published desc\"\n\
             group_by = \"item.kind\"\nlimit = 9\nindex_route = \"/topics/\"\nindex_template = \"topics.html\"\n",
        ),
        (
            "walks.toml",
            "persisted = \"w\"\n[[taxonomies]]\nname = \"topic\"\nby = \"[item.season]\"\n[[taxonomies]]\n\
             name = \"grade\"\nby = \"item.grade\"\n",
        ),
    ]);
    let names: Vec<(&str, usize)> = set
        .taxonomies()
        .iter()
        .map(|own| (&*own.name, own.parts.len()))
        .collect();
    assert_eq!(names, [("grade", 1), ("topic", 2)]);
    assert!(set.term_pages(&set.taxonomies()[0]).is_none());
    let (owner, pages) = set.term_pages(&set.taxonomies()[1]).unwrap();
    assert_eq!(&*set.get(owner).name, "stories");
    assert_eq!(pages.arrangement.limit, Some(9));
    assert!(pages.index.is_some());
    let Fields::Some(fields) = set.index_fields(set.find("walks").unwrap()) else {
        panic!("some fields")
    };
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "_path",
            "_variation",
            "grade",
            "kind",
            "published",
            "season",
            "title"
        ],
        "what the order of the joined taxonomy reads as well"
    );
    assert_eq!(set.get(set.find("walks").unwrap()).min_items, 1);
}

#[test]
fn taxonomies_that_cannot_be() {
    insta::assert_snapshot!(report(&[
        (
            "a.toml",
            "persisted = \"x\"\n[[taxonomies]]\nby = \"itm.x\"\n[[taxonomies]]\nname = \"t\"\nby = \"item.x\"\n\
             template = \"t.html\"\nper_page = 3\n[[taxonomies]]\nname = \"u\"\nby = \"item.x\"\n\
             route = \"/{{ item.x }}/\"\n[[taxonomies]]\nname = \"v\"\nby = \"item.x\"\nroute = \"/v/{{ term.slug }}/\"\n\
             template = \"v.html\"\nindex_template = \"vs.html\"\n"
        ),
        (
            "b.toml",
            "persisted = \"x\"\n[[taxonomies]]\nname = \"v\"\nby = \"item.y\"\nroute = \"/w/{{ term.slug }}/\"\n\
             template = \"w.html\"\n[pages]\nroute = \"/{{ term.slug }}/\"\ntemplate = \"x.html\"\n\
             [[lists]]\nroute = \"/{{ term.slug }}/\"\ntemplate = \"x.html\"\n"
        ),
    ]));
}
