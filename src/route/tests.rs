//! The route table as definitions and content make it.

use std::sync::Arc;

use super::*;
use crate::config::{Config, Overrides, parse_site};
use crate::expression::Fields;
use crate::i18n::Strings;
use crate::local::LocalPages;
use crate::query::QuerySet;
use crate::store::{Bodies, ItemKey, MemoryBodies, NewEntry, Store, StoreBuilder};
use crate::table::SourceFile;
use crate::value;

struct Site {
    _dir: tempfile::TempDir,
    config: Config,
    queries: QuerySet,
    store: Store,
}

/// A site with one definition `a` over these items.
fn site(definition: &str, items: &[&str]) -> Site {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(
        folder.join("a.toml"),
        format!("persisted = \"x/a\"\n{definition}"),
    )
    .unwrap();
    let text = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n\
                [languages.en]\nroot = \"/content/dam/x/en\"\n[languages.fr]\nroot = \"/content/dam/x/fr\"\n";
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    let config = parse_site(&file, dir.path(), &Overrides::default(), &|_| None)
        .unwrap()
        .value;
    let queries = crate::query::load(&config)
        .unwrap_or_else(|report| panic!("{report}"))
        .value;
    let query = queries.find("a").unwrap();
    let bodies = Arc::new(MemoryBodies::new());
    let mut builder = StoreBuilder::new(&config.languages);
    for json in items {
        let Fields::Some(names) = queries.index_fields(query) else {
            panic!("some fields")
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let fields = value::project(json.as_bytes(), Some(&names)).unwrap();
        let body = bodies.put(json.as_bytes()).unwrap();
        builder.add(NewEntry {
            query,
            asked_in: config.languages.default_id(),
            key: ItemKey::of_item(&fields, &["_path"]),
            fields,
            body,
            digest: Default::default(),
            references: None,
            parent: None,
        });
    }
    let store = builder.build(&queries, Box::new(bodies));
    Site {
        _dir: dir,
        config,
        queries,
        store,
    }
}

impl Site {
    fn strings(&self) -> Strings {
        Strings::none(&self.config.languages)
    }

    fn routes(&self) -> Vec<String> {
        let table = plan(
            &self.config,
            &self.queries,
            &self.strings(),
            &self.store,
            &LocalPages::default(),
            false,
        )
        .unwrap_or_else(|report| panic!("{report}"));
        table
            .iter()
            .map(|(_, page)| page.route.to_string())
            .collect()
    }

    fn report(&self) -> String {
        plan(
            &self.config,
            &self.queries,
            &self.strings(),
            &self.store,
            &LocalPages::default(),
            false,
        )
        .map(|_| ())
        .unwrap_err()
        .to_string()
    }
}

const PAGES: &str = "[pages]\nroute = \"/w/{{ item.slug }}/\"\ntemplate = \"w.html\"\n";

#[test]
fn items_have_pages_in_their_language() {
    let site = site(
        &format!("{PAGES}when = \"item.price > 0\"\n"),
        &[
            r#"{"_path":"/content/dam/x/en/a","slug":"a","price":1}"#,
            r#"{"_path":"/content/dam/x/fr/a","slug":"a","price":1}"#,
            r#"{"_path":"/content/dam/x/en/b","slug":null,"price":0}"#,
        ],
    );
    assert_eq!(site.routes(), ["/w/a/", "/fr/w/a/"]);
}

#[test]
fn lists_are_sorted_filtered_and_split() {
    let items: Vec<String> = (0..5)
        .map(|n| {
            format!(
                r#"{{"_path":"/content/dam/x/en/{n}","slug":"s{n}","n":{}}}"#,
                10 - n
            )
        })
        .collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let lists = "[[lists]]\nroute = \"/w/\"\ntemplate = \"l.html\"\nsort = \"n\"\nper_page = 2\nwhen = \"item.n != 8\"\n";
    let site = site(lists, &items);
    assert_eq!(site.routes(), ["/w/", "/w/page/2/"]);
    let table = plan(
        &site.config,
        &site.queries,
        &site.strings(),
        &site.store,
        &LocalPages::default(),
        true,
    )
    .unwrap();
    let PageKind::List { list, .. } = &table.at("/w").unwrap().kind else {
        panic!("a list")
    };
    let paths: Vec<_> = list
        .entries
        .iter()
        .map(|&e| site.store.get(e).path.clone().unwrap().to_string())
        .collect();
    assert_eq!(
        paths,
        [4, 3, 1, 0].map(|n| format!("/content/dam/x/en/{n}"))
    );
    assert_eq!(list.items(2), &list.entries[2..]);
    assert!(table.at("/404.html").is_some());
}

#[test]
fn an_empty_list_still_has_its_page() {
    let site = site(
        "min_items = 0\n[[lists]]\nroute = \"/w/\"\ntemplate = \"l.html\"\n",
        &[],
    );
    assert_eq!(site.routes(), ["/w/"]);
}

#[test]
fn every_unusable_route_is_reported_with_its_item() {
    let report = site(
        PAGES,
        &[
            r#"{"_path":"/content/dam/x/en/empty","slug":""}"#,
            r#"{"_path":"/content/dam/x/en/null","slug":null}"#,
            r#"{"_path":"/content/dam/x/en/absent"}"#,
            r#"{"_path":"/content/dam/x/en/etc","slug":"../../etc/passwd"}"#,
            r#"{"_path":"/content/dam/x/en/slash","slug":"a//b"}"#,
            r#"{"_path":"/content/dam/x/en/list","slug":["a"]}"#,
            r#"{"_path":"/content/dam/x/en/nul","slug":"a\u0000b"}"#,
            r#"{"slug":"con"}"#,
        ],
    )
    .report();
    insta::assert_snapshot!(report);
}

#[test]
fn two_pages_cannot_have_one_place() {
    let report = site(
        &format!("{PAGES}[[lists]]\nroute = \"/w/b/\"\ntemplate = \"l.html\"\n"),
        &[
            r#"{"_path":"/content/dam/x/en/a","slug":"a"}"#,
            r#"{"_path":"/content/dam/x/en/a2","slug":"a"}"#,
            r#"{"_path":"/content/dam/x/en/a3","slug":"A"}"#,
            r#"{"_path":"/content/dam/x/en/b","slug":"b"}"#,
        ],
    )
    .report();
    insta::assert_snapshot!(report);
}

#[test]
fn a_wrong_pattern_does_not_fill_the_screen() {
    let items: Vec<String> = (0..50)
        .map(|n| format!(r#"{{"_path":"/content/dam/x/en/{n}"}}"#))
        .collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let report = site(PAGES, &items).report();
    assert_eq!(report.matches("error: ").count(), 11, "{report}");
    assert!(report.contains("40 more items"), "{report}");
}
