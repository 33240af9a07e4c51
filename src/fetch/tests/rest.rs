//! Fragments of the REST delivery and JSON documents, against a source in memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{Run, run_with};

const RECIPE: &str = "L2NvbmYveC9zZXR0aW5ncy9kYW0vY2ZtL21vZGVscy9yZWNpcGU";
const CHEF: &str = "L2NvbmYveC9zZXR0aW5ncy9kYW0vY2ZtL21vZGVscy9jaGVm";

/// A fragment in the shape of `aem-protocol.md`, section 10.2.
fn fragment(path: &str, model: &str) -> Value {
    let name = path.rsplit('/').next().unwrap();
    let id = format!("id-{}", path.replace('/', "-"));
    json!({"path": path, "name": "", "title": name, "id": id, "model": {"id": model}, "fields": {"slug": name}})
}

fn recipes(locale: &str, numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers
        .map(|n| fragment(&format!("/content/dam/x/{locale}/{n}"), RECIPE))
        .collect()
}

fn good(body: &Value) -> (u16, String) {
    (200, body.to_string())
}

fn problem(status: u16, detail: &str) -> (u16, String) {
    (
        status,
        json!({"title": "Problem", "detail": detail}).to_string(),
    )
}

/// A page of a list of `total` recipes; the cursor is where the next one starts.
fn page(total: usize, variables: &Value) -> (u16, String) {
    let path = variables["path"].as_str().unwrap();
    let locale = path.rsplit('/').next().unwrap();
    let limit = usize::try_from(variables["limit"].as_u64().unwrap()).unwrap();
    let start = variables["cursor"]
        .as_str()
        .map_or(0, |c| c.parse().unwrap());
    let end = (start + limit).min(total);
    let mut body = json!({"items": recipes(locale, start..end)});
    if end < total {
        body["cursor"] = end.to_string().into();
    }
    good(&body)
}

fn paths(run: &Run, query: &str) -> Vec<String> {
    let store = &run
        .result
        .as_ref()
        .unwrap_or_else(|report| panic!("{report}"))
        .value;
    let entries = store.of_query(run.queries.find(query).unwrap());
    let path = |id| store.get(id).path.as_ref().unwrap().to_string();
    entries.iter().map(|&id| path(id)).collect()
}

#[test]
fn a_list_is_followed_by_its_cursors_in_every_language() {
    let definition = "openapi = { path = \"/content/dam/x/{{ lang.locale }}\" }\npage_size = 10\n";
    let run = run_with(&[("a.toml", definition)], |_, v| page(25, v));
    assert_eq!((run.count("a"), run.asked.len()), (50, 6));
    let asked: Vec<&str> = run.asked.iter().map(String::as_str).collect();
    assert!(
        asked.contains(&r#"openapi list {"cursor":"20","limit":10,"path":"/content/dam/x/fr"}"#),
        "{asked:?}"
    );
    let expected: Vec<String> = ["en", "fr"]
        .iter()
        .flat_map(|locale| (0..25).map(move |n| format!("/content/dam/x/{locale}/{n}")))
        .collect();
    assert_eq!(paths(&run, "a"), expected);
}

#[test]
fn an_empty_page_need_not_be_the_last() {
    let run = run_with(
        &[("a.toml", "openapi = { path = \"/content/dam/x\" }\n")],
        |_, v| match v["cursor"].as_str() {
            None => good(&json!({"items": recipes("en", 0..2), "cursor": "a"})),
            Some("a") => good(&json!({"items": [], "cursor": "b"})),
            Some(_) => good(&json!({"items": recipes("en", 2..3), "cursor": ""})),
        },
    );
    assert_eq!((run.count("a"), run.asked.len()), (3, 3));
}

#[test]
fn a_cursor_that_comes_twice_is_a_loop() {
    let calls = AtomicUsize::new(0);
    let run = run_with(
        &[("a.toml", "openapi = { path = \"/content/dam/x\" }\n")],
        move |_, _| {
            let n = calls.fetch_add(1, Ordering::Relaxed);
            good(&json!({"items": recipes("en", n..n + 1), "cursor": "same"}))
        },
    );
    assert_eq!(run.asked.len(), 2);
    insta::assert_snapshot!(run.report());
}

#[test]
fn only_fragments_of_the_model_are_meant() {
    let mut mixed = recipes("en", 0..2);
    mixed.push(fragment("/content/dam/x/en/ada", CHEF));
    let answer = move |_: &str, _: &Value| good(&json!({"items": mixed}));
    let run = run_with(
        &[(
            "a.toml",
            "openapi = { path = \"/content/dam/x\", model = \"chef\" }\n",
        )],
        answer.clone(),
    );
    assert_eq!(paths(&run, "a"), ["/content/dam/x/en/ada"]);
    let run = run_with(
        &[(
            "a.toml",
            "openapi = { path = \"/content/dam/x\", model = \"recipes\" }\nmin_items = 1\n",
        )],
        answer,
    );
    insta::assert_snapshot!(run.report());
}

#[test]
fn details_are_asked_for_one_by_one() {
    let definition = "page_size = 10\n[openapi]\npath = \"/content/dam/x/en\"\nmodel = \"recipe\"\n\
                      references = \"all-hydrated\"\nvariation = \"short\"\n";
    let run = run_with(&[("a.toml", definition)], |name, v| match name {
        "openapi list" => page(25, v),
        _ => {
            let n = v["id"].as_str().unwrap().rsplit('-').next().unwrap();
            let mut whole = fragment(&format!("/content/dam/x/en/{n}"), RECIPE);
            whole["references"] = json!({});
            good(&whole)
        }
    });
    assert_eq!((run.count("a"), run.asked.len()), (25, 3 + 25));
    assert_eq!(
        run.asked[0],
        r#"openapi list {"limit":10,"path":"/content/dam/x/en"}"#
    );
    let expected = r#"openapi by-id {"id":"id--content-dam-x-en-0","references":"all-hydrated","variation":"short"}"#;
    assert_eq!(run.asked[3], expected);
    let store = &run.result.as_ref().unwrap().value;
    for (n, &id) in store
        .of_query(run.queries.find("a").unwrap())
        .iter()
        .enumerate()
    {
        let entry = store.get(id);
        assert_eq!(
            entry.path.as_ref().unwrap().as_str(),
            format!("/content/dam/x/en/{n}")
        );
        assert_eq!(entry.variation.as_deref(), Some("short"));
        let whole = store.value(id).unwrap();
        assert!(whole.get_from_path("references").is_some());
    }
}

#[test]
fn a_fragment_that_goes_while_it_is_fetched_is_asked_about_again() {
    let definition = "openapi = { path = \"/content/dam/x/en\", references = \"all\" }\n";
    let lists = AtomicUsize::new(0);
    let run = run_with(&[("a.toml", definition)], move |name, v| match name {
        // The second list does not have it any more.
        "openapi list" => page(3 - lists.fetch_add(1, Ordering::Relaxed).min(1), v),
        _ if v["id"] == "id--content-dam-x-en-2" => problem(404, "gone"),
        _ => {
            let path = v["id"]
                .as_str()
                .unwrap()
                .replace("id-", "")
                .replace('-', "/");
            good(&fragment(&path, RECIPE))
        }
    });
    assert_eq!(run.count("a"), 2);
    let run = run_with(&[("a.toml", definition)], |name, v| match name {
        "openapi list" => page(1, v),
        _ => problem(404, "gone"),
    });
    insta::assert_snapshot!(run.report());
}

/// A definition that lists recipes, and one that follows it.
fn followed(second: &str) -> [(&'static str, &str); 2] {
    let first = "openapi = { path = \"/content/dam/x/en\" }\n";
    [("a.toml", first), ("b.toml", second)]
}

#[test]
fn for_each_gets_one_fragment_of_each_item() {
    let second = "openapi = { id = \"{{ parent.fields.slug }}\" }\n[for_each]\nquery = \"a\"\n";
    let run = run_with(&followed(second), |name, v| match name {
        "openapi list" => page(6, v),
        _ => {
            let n: usize = v["id"].as_str().unwrap().parse().unwrap();
            good(&fragment(
                &format!("/content/dam/x/en/chefs/{}", n % 2),
                CHEF,
            ))
        }
    });
    assert_eq!((run.count("a"), run.count("b"), run.asked.len()), (6, 2, 7));
}

#[test]
fn a_fragment_that_is_not_there_is_an_error_unless_it_may_be() {
    let definition = |optional: &str| {
        format!(
            "{optional}openapi = {{ id = \"{{{{ parent.fields.slug }}}}\" }}\n[for_each]\nquery = \"a\"\n"
        )
    };
    let answers = |name: &str, v: &Value| match name {
        "openapi list" => page(2, v),
        _ => problem(404, "there is no fragment"),
    };
    let strict = definition("");
    insta::assert_snapshot!(run_with(&followed(&strict), answers).report());
    let optional = definition("optional = true\n");
    assert_eq!(run_with(&followed(&optional), answers).count("b"), 0);
}

#[test]
fn a_field_without_a_value_is_no_address() {
    let definition = |optional: &str| {
        format!(
            "{optional}openapi = {{ fragment = \"{{{{ parent.fields.chef }}}}\" }}\n[for_each]\nquery = \"a\"\n"
        )
    };
    let with = |n: usize, chef: Value| {
        let mut recipe = fragment(&format!("/content/dam/x/en/{n}"), RECIPE);
        recipe["fields"]["chef"] = chef;
        recipe
    };
    let absent = recipes("en", 0..1).remove(0);
    let strict = definition("");
    let list =
        json!({"items": [absent, with(1, "".into()), with(2, json!(["/content/dam/x/en/ada"]))]});
    let run = run_with(&followed(&strict), move |_, _| good(&list));
    insta::assert_snapshot!(run.report());
    // AEM leaves out what has no value.
    let optional = definition("optional = true\n");
    let list = json!({"items": [absent, with(1, "".into())]});
    let run = run_with(&followed(&optional), move |_, _| good(&list));
    assert_eq!((run.count("b"), run.asked.len()), (0, 1));
}

#[test]
fn one_fragment_is_found_by_its_path_and_then_got_by_its_id() {
    let definition = "openapi = { fragment = \"/content/dam/x/en/1\", references = \"direct\" }\n";
    let run = run_with(&[("a.toml", definition)], |_, _| {
        good(&fragment("/content/dam/x/en/1", RECIPE))
    });
    assert_eq!(paths(&run, "a"), ["/content/dam/x/en/1"]);
    assert_eq!(
        run.asked,
        [
            r#"openapi by-path {"path":"/content/dam/x/en/1"}"#,
            r#"openapi by-id {"id":"id--content-dam-x-en-1","references":"direct"}"#
        ]
    );
}

#[test]
fn a_document_is_an_item_in_each_language() {
    let definition = "json = \"/content/x/{{ lang.locale }}.model.json\"\n";
    let run = run_with(&[("a.toml", definition)], |_, v| {
        good(&json!({":type": "x/page", "title": v["path"]}))
    });
    assert_eq!(paths(&run, "a"), ["/content/x/en", "/content/x/fr"]);
    let store = &run.result.as_ref().unwrap().value;
    let ids = store.of_query(run.queries.find("a").unwrap());
    assert_ne!(store.get(ids[0]).language, store.get(ids[1]).language);
    assert_eq!(store.translations(ids[0]), ids);
}

#[test]
fn a_list_in_a_document_is_its_members() {
    let run = run_with(
        &[(
            "a.toml",
            "json = \"/content/x/news.json\"\nroot = \"data.list\"\n",
        )],
        |_, _| {
            let list =
                json!([{"_path": "/content/dam/x/fr/1"}, {":path": "/content/x/2"}, {"n": 3}]);
            good(&json!({"data": {"list": list}}))
        },
    );
    let store = &run.result.as_ref().unwrap().value;
    let entries = store.of_query(run.queries.find("a").unwrap());
    let path = |n: usize| store.get(entries[n]).path.as_ref().map(ToString::to_string);
    assert_eq!(
        (path(0).as_deref(), path(1).as_deref(), path(2)),
        (Some("/content/dam/x/fr/1"), Some("/content/x/2"), None)
    );
    assert_ne!(
        store.get(entries[0]).language,
        store.get(entries[1]).language
    );
}

#[test]
fn failures_are_explained() {
    let definitions = [
        ("bad.toml", "openapi = { path = \"/content/dam/bad\" }\n"),
        (
            "blocked.toml",
            "openapi = { path = \"/content/dam/blocked\" }\n",
        ),
        (
            "broken.toml",
            "openapi = { path = \"/content/dam/broken\" }\n",
        ),
        ("doc-absent.toml", "json = \"/content/absent.model.json\"\n"),
        ("doc-blocked.toml", "json = \"/content/absent.json\"\n"),
        (
            "doc-mixed.toml",
            "json = \"/content/doc.json\"\nroot = \"mixed\"\n",
        ),
        (
            "doc-null.toml",
            "json = \"/content/doc.json\"\nroot = \"null\"\n",
        ),
        (
            "doc-part.toml",
            "json = \"/content/doc.json\"\nroot = \"null.x\"\n",
        ),
        (
            "doc-plain.toml",
            "json = \"/content/doc.json\"\nroot = \"a.b\"\n",
        ),
        (
            "doc-root.toml",
            "json = \"/content/doc.json\"\nroot = \"a.c\"\n",
        ),
        (
            "forbidden.toml",
            "openapi = { path = \"/content/dam/forbidden\" }\n",
        ),
        (
            "missing.toml",
            "openapi = { fragment = \"/content/dam/missing\" }\n",
        ),
        ("null.toml", "openapi = { path = \"/content/dam/null\" }\n"),
        (
            "trouble.toml",
            "openapi = { path = \"/content/dam/trouble\" }\n",
        ),
        (
            "unacceptable.toml",
            "openapi = { path = \"/content/dam/unacceptable\" }\n",
        ),
    ];
    let run = run_with(&definitions, |_, v| match v["path"].as_str().unwrap() {
        "/content/dam/bad" => problem(400, "`limit` is a number from 1 to 50"),
        "/content/dam/blocked" => (404, "{}".to_owned()),
        "/content/dam/broken" => good(&json!({"data": {}})),
        "/content/dam/forbidden" => problem(403, "no access"),
        "/content/dam/missing" => problem(404, "there is no fragment /content/dam/missing"),
        "/content/dam/null" => good(&json!({"items": [null]})),
        "/content/dam/trouble" => problem(500, ""),
        "/content/dam/unacceptable" => problem(406, "only application/json is served"),
        "/content/doc.json" => good(&json!({"null": null, "mixed": [{}, 1], "a": {"b": "text"}})),
        _ => (404, "<html>".to_owned()),
    });
    insta::assert_snapshot!(run.report());
}
