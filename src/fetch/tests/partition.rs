//! Queries asked in parts.

use super::*;

/// The paths of a query's items, in the order of the store.
fn paths(run: &Run, query: &str) -> Vec<String> {
    let store = run
        .result
        .as_ref()
        .unwrap_or_else(|report| panic!("{report}"));
    let entries = store.value.of_query(run.queries.find(query).unwrap());
    let path = |id| store.value.get(id).describe();
    let named = entries.iter().map(|&id| path(id));
    named
        .map(|name| name.replace("/content/dam/x/", ""))
        .collect()
}

fn item(path: &str) -> serde_json::Value {
    json!({ "_path": format!("/content/dam/x/{path}") })
}

const PARTS: &str = "partition = { variable = \"region\", values = [\"south\", \"north\"] }\n";

#[test]
fn parts_are_one_result_in_the_order_of_the_values() {
    let definition = format!("persisted = \"a\"\npaging = \"none\"\n{PARTS}");
    let run = run_with(&[("a.toml", &definition)], |_, v| {
        match v["region"].as_str() {
            Some("north") => list(vec![item("en/n"), item("en/both")]),
            Some("south") => list(vec![item("en/s"), item("en/both"), item("en/t")]),
            _ => panic!("{v}"),
        }
    });
    assert_eq!(paths(&run, "a"), ["en/s", "en/both", "en/t", "en/n"]);
    assert_eq!(
        run.asked,
        [r#"x/a {"region":"south"}"#, r#"x/a {"region":"north"}"#]
    );
    assert_eq!(run.measured(), ["a en 4", "a fr 0"]);
}

#[test]
fn each_part_is_paged_by_itself() {
    let definition = format!("persisted = \"a\"\npaging = \"cursor\"\npage_size = 10\n{PARTS}");
    let run = run_with(&[("a.toml", &definition)], |_, v| {
        // The same cursors in both: one chain would stop at the first that comes again.
        let (status, body) = cursor_page(25, v);
        let region = v["region"].as_str().unwrap();
        (status, body.replace("/x/en/", &format!("/x/en/{region}/")))
    });
    assert_eq!((run.count("a"), run.asked.len()), (50, 6));
}

#[test]
fn parts_go_with_languages_and_followed_queries() {
    let parts = "paging = \"none\"\npartition = { variable = \"n\", values = [1, true] }\n";
    let a = format!("persisted = \"a\"\nvariables = {{ l = \"{{{{ lang.locale }}}}\" }}\n{parts}");
    let b = format!(
        "persisted = \"b\"\n{parts}[for_each]\nquery = \"a\"\nvariables = {{ of = \"{{{{ parent._path }}}}\" }}\n"
    );
    let run = run_with(&[("a.toml", &a), ("b.toml", &b)], |name, v| match name {
        "x/a" => list(vec![item(&format!(
            "{}/{}",
            v["l"].as_str().unwrap(),
            v["n"]
        ))]),
        _ => list(vec![
            json!({ "_path": format!("{}/{}", v["of"].as_str().unwrap(), v["n"]) }),
        ]),
    });
    assert_eq!(paths(&run, "a"), ["en/1", "en/true", "fr/1", "fr/true"]);
    assert_eq!(run.count("b"), 8);
    assert_eq!(run.asked.len(), 12);
    assert_eq!(run.measured(), ["a en 2", "a fr 2", "b en 4", "b fr 4"]);
}

#[test]
fn a_part_that_fails_is_named() {
    let answers = |_: &str, v: &serde_json::Value| match v["region"].as_str() {
        Some("north") => (200, json!({ "data": { "xList": null } }).to_string()),
        _ => list(vec![item("en/s")]),
    };
    let definition = format!("persisted = \"a\"\npaging = \"none\"\n{PARTS}");
    insta::assert_snapshot!(run_with(&[("a.toml", &definition)], answers).report());
    let optional = format!("optional = true\n{definition}");
    assert_eq!(run_with(&[("a.toml", &optional)], answers).count("a"), 1);
}

#[test]
fn what_is_compared_with_earlier_builds_is_the_whole() {
    let measure = |values: &str| {
        let definition = format!(
            "persisted = \"a\"\npaging = \"none\"\npartition = {{ variable = \"r\", values = {values} }}\n"
        );
        let run = run_with(&[("a.toml", &definition)], |_, _| list(items(0..3)));
        let measure = &run.measures[0];
        (measure.items, measure.key.clone())
    };
    let (items, key) = measure("[1, 2]");
    assert_eq!(items, 3, "each of them once");
    assert_eq!(measure("[1, 2]").1, key);
    assert_ne!(measure("[1]").1, key);
}
