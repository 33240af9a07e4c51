//! The store's promises: identity, languages and translations.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::config::{Config, Overrides, parse_site};
use crate::query::QuerySet;
use crate::table::SourceFile;
use crate::value::{Packed, from_json};

const TWO_LANGUAGES: &str = "[languages.en]\nroot = \"/content/dam/x/en\"\n\
                             [languages.fr]\nroot = \"/content/dam/x/fr\"\n";

fn config(languages: &str) -> Config {
    let text = format!(
        "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\n{languages}"
    );
    let file = SourceFile {
        name: "site.toml".into(),
        text: Arc::from(text),
    };
    parse_site(&file, Path::new("/site"), &Overrides::default(), &|_| None)
        .unwrap()
        .value
}

/// The definitions `a` and `b`; the latter is meant for English only.
fn two_queries(languages: &str) -> (tempfile::TempDir, QuerySet, Config) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.toml"), "persisted = \"x/a\"").unwrap();
    std::fs::write(
        folder.join("b.toml"),
        "persisted = \"x/b\"\nlanguages = [\"en\"]",
    )
    .unwrap();
    let config = Config {
        root: dir.path().to_path_buf(),
        ..config(languages)
    };
    let set = crate::query::load(&config).unwrap().value;
    (dir, set, config)
}

#[test]
fn entries_are_found_by_query_language_and_path() {
    let (_dir, set, config) = two_queries(TWO_LANGUAGES);
    let (a, b) = (set.find("a").unwrap(), set.find("b").unwrap());
    let bodies = Arc::new(MemoryBodies::new());
    let mut builder = StoreBuilder::new(&config.languages);
    let mut add = |query, json: &'static str| {
        let fields = Packed::from(from_json(json.as_bytes()).unwrap());
        let body = bodies.put(json.as_bytes()).unwrap();
        builder.add(NewEntry {
            query,
            asked_in: config.languages.default_id(),
            key: ItemKey::of_item(&fields, &["_path"]),
            fields,
            body,
            digest: Digest::default(),
            references: None,
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
    let store = builder.build(&set, Box::new(Arc::clone(&bodies)));
    let french = config.languages.find("fr").unwrap();
    assert_eq!(store.in_language(a, french).collect::<Vec<_>>(), [fr]);
    assert_eq!(store.of_query(a), [en, fr, summer]);
    assert_eq!(store.of_query(b), [other, outside, nameless]);
    assert_eq!(
        store.at_path("/content/dam/x/en/w/one"),
        [en, summer, other]
    );
    assert_eq!(store.translations(fr), [en, fr]);
    assert_eq!(store.translations(summer), [summer]);
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
fn entries_stand_in_for_what_a_language_lacks() {
    let (_dir, set, config) = two_queries(
        "[languages.en]\nroot = \"/c/en\"\n[languages.fr]\nroot = \"/c/fr\"\nfallback = \"en\"\n\
         [languages.ca]\nroot = \"/c/ca\"\nfallback = \"fr\"\n",
    );
    let (a, b) = (set.find("a").unwrap(), set.find("b").unwrap());
    let [en, fr, ca] = ["en", "fr", "ca"].map(|code| config.languages.find(code).unwrap());
    let bodies = Arc::new(MemoryBodies::new());
    let mut builder = StoreBuilder::new(&config.languages);
    let mut add = |query, path: &str| {
        let fields = from_json(format!("{{\"_path\":\"{path}\"}}").as_bytes()).unwrap();
        let fields = Packed::from(fields);
        builder.add(NewEntry {
            query,
            asked_in: en,
            key: ItemKey::of_item(&fields, &["_path"]),
            fields,
            body: bodies.put(b"{}").unwrap(),
            digest: Digest::default(),
            references: None,
            parent: None,
        })
    };
    let [en_only, en_both, fr_both] = ["/c/en/only", "/c/en/both", "/c/fr/both"].map(|p| add(a, p));
    let shared = add(a, "/c/shared/x");
    let narrowed = add(b, "/c/en/only");
    let store = builder.build(&set, Box::new(bodies));

    let shown = |language| store.shown_in(a, language).collect::<Vec<_>>();
    assert_eq!(shown(en), [en_only, en_both, shared]);
    assert_eq!(shown(fr), [fr_both, en_only], "its own first");
    assert_eq!(shown(ca), [en_only, fr_both], "the nearest of each");
    assert_eq!(store.in_language(a, ca).count(), 0);
    assert_eq!(store.shown_in(b, fr).count(), 0, "not meant for it");

    assert_eq!(store.counterpart(en_both, fr), Some(fr_both));
    assert_eq!(store.counterpart(en_both, ca), Some(fr_both));
    assert_eq!(store.counterpart(en_only, fr), Some(en_only));
    assert_eq!(store.counterpart(fr_both, en), Some(en_both));
    assert_eq!(store.counterpart(narrowed, fr), None);
    assert_eq!(store.counterpart(shared, fr), None);

    assert_eq!(store.at_or_behind("/c/ca/both"), [fr_both]);
    assert_eq!(store.at_or_behind("/c/ca/only"), [en_only, narrowed]);
    assert_eq!(store.at_or_behind("/c/en/none"), []);
}

#[test]
fn a_body_that_is_no_json_is_an_error_each_time() {
    let bodies = MemoryBodies::new();
    let id = bodies.put(b"{").unwrap();
    assert!(bodies.value(id).is_err());
    assert!(bodies.value(id).is_err());
}
