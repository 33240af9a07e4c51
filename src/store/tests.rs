//! The store's promises: identity, languages and translations.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::config::{Config, Overrides, parse_site};
use crate::query::QuerySet;
use crate::table::SourceFile;
use crate::value::from_json;

fn config() -> Config {
    let text = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n\
                [languages.en]\nroot = \"/content/dam/x/en\"\n[languages.fr]\nroot = \"/content/dam/x/fr\"\n";
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    parse_site(&file, Path::new("/site"), &Overrides::default(), &|_| None)
        .unwrap()
        .value
}

fn two_queries() -> (tempfile::TempDir, QuerySet, Config) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.toml"), "persisted = \"x/a\"").unwrap();
    std::fs::write(folder.join("b.toml"), "persisted = \"x/b\"").unwrap();
    let config = Config {
        root: dir.path().to_path_buf(),
        ..config()
    };
    let set = crate::query::load(&config).unwrap().value;
    (dir, set, config)
}

#[test]
fn entries_are_found_by_query_language_and_path() {
    let (_dir, set, config) = two_queries();
    let (a, b) = (set.find("a").unwrap(), set.find("b").unwrap());
    let bodies = Arc::new(MemoryBodies::new());
    let mut builder = StoreBuilder::new(&config.languages);
    let mut add = |query, json: &'static str| {
        let fields = from_json(json.as_bytes()).unwrap();
        let body = bodies.put(Bytes::from_static(json.as_bytes())).unwrap();
        builder.add(NewEntry {
            query,
            asked_in: config.languages.default_id(),
            fields,
            body,
            parent: None,
        })
    };
    let en = add(a, r#"{"_path":"/content/dam/x/en/w/one","t":1}"#);
    let fr = add(a, r#"{"_path":"/content/dam/x/fr/w/one","t":2}"#);
    let again = add(a, r#"{"_path":"/content/dam/x/en/w/one","t":3}"#);
    let summer = add(
        a,
        r#"{"_path":"/content/dam/x/en/w/one","_variation":"summer"}"#,
    );
    let other = add(b, r#"{"_path":"/content/dam/x/en/w/one"}"#);
    let outside = add(b, r#"{"_path":"/content/dam/shared/y"}"#);
    let nameless = add(b, r#"{"t":4}"#);
    assert_eq!(again, en, "one identity is one entry");
    let store = builder.build(Box::new(Arc::clone(&bodies)));
    let french = config.languages.find("fr").unwrap();
    assert_eq!(store.in_language(a, french).collect::<Vec<_>>(), [fr]);
    assert_eq!(store.of_query(a), [en, fr, summer]);
    assert_eq!(store.of_query(b), [other, outside, nameless]);
    assert_eq!(
        store.at_path("/content/dam/x/en/w/one"),
        [en, summer, other]
    );
    assert_eq!(store.translations(fr), [en, fr]);
    assert_eq!(store.translations(summer), []);
    assert_eq!(store.translations(outside), []);
    assert_eq!(store.get(outside).language, config.languages.default_id());
    assert_eq!(
        store
            .value(en)
            .unwrap()
            .get_from_path("t")
            .and_then(|t| t.as_i64()),
        Some(1)
    );
}

#[test]
fn a_body_that_is_no_json_is_an_error_each_time() {
    let bodies = MemoryBodies::new();
    let id = bodies.put(Bytes::from_static(b"{")).unwrap();
    assert!(bodies.value(id).is_err());
    assert!(bodies.value(id).is_err());
}
