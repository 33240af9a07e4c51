//! Definitions as a user meets them.

use std::sync::Arc;

use super::*;
use crate::aem::openapi::Operation;
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

#[test]
fn reads_fragments_and_documents() {
    let set = load_ok(&[
        (
            "walks.toml",
            "openapi = { model = \"walk\", path = \"/content/dam/larch/{{ lang.locale }}\", references = \"all\" }\n\
             page_size = 20\npaging = \"cursor\"\n",
        ),
        (
            "author.toml",
            "[openapi]\nid = \"{{ parent.fields.author }}\"\nreferences = \"none\"\n[for_each]\nquery = \"walks\"\n",
        ),
        (
            "about.toml",
            "[openapi]\nfragment = \"/content/dam/larch/en/about\"\nvariation = \"short\"\n",
        ),
        (
            "home.toml",
            "json = \"/content/larch/{{ lang.locale }}.model.json\"\nroot = \":items.root\"\n",
        ),
    ]);
    let query = |name| set.get(set.find(name).unwrap());
    let walks = query("walks");
    assert_eq!(walks.ask, Ask::OpenApi(Operation::List));
    assert!(walks.is_per_language());
    assert_eq!(
        walks.model.as_ref().map(ToString::to_string).as_deref(),
        Some("/conf/larch/settings/dam/cfm/models/walk")
    );
    assert_eq!(
        (walks.paging.mode, walks.paging.page_size),
        (PagingMode::Cursor, 20)
    );
    assert_eq!(
        (
            walks.paging.names.first.as_str(),
            walks.paging.names.after.as_str()
        ),
        ("limit", "cursor")
    );
    assert!(walks.variables.sets("references") && walks.variables.sets("path"));
    let fields = ["fields", "path", "_variation", "title"].map(str::to_owned);
    assert_eq!(
        set.index_fields(set.find("walks").unwrap()),
        &Fields::Some(fields.into())
    );
    let author = query("author");
    assert_eq!(author.ask, Ask::OpenApi(Operation::ById));
    assert_eq!(author.paging.mode, PagingMode::None);
    assert!(
        !author.variables.sets("references"),
        "none is AEM's default"
    );
    assert_eq!(query("about").ask, Ask::OpenApi(Operation::ByPath));
    let home = query("home");
    assert_eq!(
        (&home.ask, home.root.as_deref()),
        (&Ask::Json, Some(":items.root"))
    );
    assert!(home.is_per_language());
}

#[test]
fn a_definition_asks_one_question() {
    insta::assert_snapshot!(report(&[
        (
            "a.toml",
            "persisted = \"x\"\njson = \"/x.json\"\nopenapi = { path = \"/content/dam/x\" }\n"
        ),
        (
            "b.toml",
            "openapi = { path = \"/content/dam/x\" }\ndocument = \"b.graphql\"\n"
        ),
        ("b.graphql", "{ xList { items { _path } } }"),
        (
            "bb.toml",
            "openapi = { path = \"/content/dam/x\", id = \"1\" }\n"
        ),
        ("c.toml", "openapi = { model = \"walk\" }\n"),
        ("d.toml", "openapi = \"/content/dam/x\"\n"),
    ]));
}

#[test]
fn keys_of_other_kinds_mean_nothing() {
    insta::assert_snapshot!(report(&[
        (
            "a.toml",
            "openapi = { path = \"/content/dam/x\" }\nvariables = { a = 1 }\nroot = \"x\"\npaging = \"offset\"\n\
             page_size = 51\npaging_variables = { after = \"x\" }\n",
        ),
        (
            "b.toml",
            "openapi = { id = \"x\" }\npaging = \"cursor\"\npage_size = 5\n[for_each]\nquery = \"a\"\nvariables = { a = 1 }\n",
        ),
        (
            "c.toml",
            "json = \"/x.json\"\nvariables = { a = 1 }\npaging = \"none\"\npage_size = 5\n[paging_variables]\nafter = \"x\"\n",
        ),
    ]));
}

#[test]
fn what_cannot_be_sent_is_known_before_it_is() {
    insta::assert_snapshot!(report(&[
        (
            "a.toml",
            "[openapi]\npath = \"/content/larch/en\"\nmodel = \"models/walk\"\nreferences = \"all-hidrated\"\nlimit = 5\n"
        ),
        ("b.toml", "[openapi]\nfragment = \"/content/dam/x/\"\n"),
        (
            "c.toml",
            "[openapi]\nid = \"/content/dam/x\"\nvariation = \"\"\n"
        ),
        ("d.toml", "[openapi]\npath = \"{{ lang. }}\"\n"),
        (
            "e.toml",
            "[openapi]\npath = \"/content/dam/{{ parent.x }}\"\n"
        ),
        ("f.toml", "json = \"content/x.json\"\n"),
        ("g.toml", "json = \"/content/x.json?a=1\"\n"),
        ("h.toml", "json = \"{{ parent.path }}.json\"\n"),
        ("i.toml", "json = \"\"\n"),
    ]));
}

#[test]
fn a_query_is_asked_in_parts() {
    let set = load_ok(&[(
        "a.toml",
        "persisted = \"x\"\nvariables = { b = 1 }\npartition = { variable = \"a\", values = [\"x\", -1, 2.5, true] }\n",
    )]);
    let partition = set.get(set.find("a").unwrap()).partition.as_ref().unwrap();
    assert_eq!(partition.variable, "a");
    assert_eq!(
        serde_json::Value::from(partition.values.clone()).to_string(),
        "[\"x\",-1,2.5,true]"
    );
}

#[test]
fn parts_that_make_no_sense() {
    let definition = |rest: &str| format!("persisted = \"x\"\n{rest}");
    let values = |values: &str| {
        definition(&format!(
            "partition = {{ variable = \"a\", values = {values} }}\n"
        ))
    };
    let files = [
        definition("partition = [\"x\"]\n"),
        definition("partition = {}\n"),
        definition("partition = { variable = \"\", values = \"x\", value = 1 }\n"),
        values("[]"),
        values("[\"x\", 1, \"x\", 1]"),
        values("[[1], { a = 1 }, 2026-11-23, \"{{ lang.code }}\"]"),
        definition("variables = { a = 1 }\npartition = { variable = \"a\", values = [1] }\n"),
        definition(
            "partition = { variable = \"a\", values = [1] }\n[for_each]\nquery = \"a\"\nvariables = { a = \"{{ parent.a }}\" }\n",
        ),
        definition(
            "partition = { variable = \"max\", values = [1] }\npaging = \"offset\"\npaging_variables = { limit = \"max\" }\n",
        ),
        "openapi = { path = \"/content/dam/x\" }\npartition = { variable = \"a\", values = [1] }\n"
            .to_owned(),
        "json = \"/content/x.json\"\npartition = { variable = \"a\", values = [1] }\n".to_owned(),
    ];
    let names: Vec<_> = (b'a'..)
        .map(|letter| format!("{}.toml", char::from(letter)))
        .take(files.len())
        .collect();
    let files: Vec<_> = names
        .iter()
        .zip(&files)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    insta::assert_snapshot!(report(&files));
}
