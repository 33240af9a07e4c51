//! What earlier builds have gone through makes no difference, except that it is not gone through again.

use super::*;
use crate::store::SpoolBodies;
use crate::value::digest;

type Files<'f> = &'f [(&'f str, &'f str)];

/// Everything that a fetch found: of each entry all that is known, and the guard's measures; or the errors.
fn found(run: &Run) -> String {
    let warned = match &run.result {
        Ok(warned) => warned,
        Err(errors) => return errors.to_string(),
    };
    let store = &warned.value;
    let mut lines = vec![format!("{:?}", run.measures)];
    for (id, _) in run.queries.iter() {
        for &entry in store.of_query(id) {
            let own = store.get(entry);
            let parent = own.parent.map(|id| store.get(id).describe());
            let value = store.value(entry).unwrap();
            let (path, relative) = (&own.path, &own.relative);
            lines.push(format!(
                "{path:?} {:?} {relative:?} {parent:?}",
                own.variation
            ));
            lines.push(format!("{} {value} {:?}", own.fields, own.digest));
            let reference = store.reference(entry, "/content/dam/x/en/ref").unwrap();
            lines.push(format!("refers to {reference:?}"));
        }
    }
    lines.join("\n")
}

/// Fetches again and again with one cache, and each time without any too. How many answers were known.
fn knowing<A>(files: Files<'_>, contents: &[A]) -> Vec<usize>
where
    A: Fn(&str, &serde_json::Value) -> (u16, String) + Clone + Send + Sync + 'static,
{
    let cache = tempfile::tempdir().unwrap();
    let fetch = |answers: &A| {
        let bodies = Arc::new(SpoolBodies::new(cache.path()));
        let folder = cache.path().join("items");
        let known = KnownItems::at(&folder, digest(b""), digest(b""), Arc::clone(&bodies));
        let run = run_knowing(bodies, Some(&known), files, answers.clone());
        let clean = run_with(files, answers.clone());
        assert_eq!(found(&run), found(&clean));
        assert_eq!(run.asked, clean.asked);
        assert_eq!(clean.known, 0);
        run.known
    };
    contents.iter().map(fetch).collect()
}

const LIST: &str = "persisted = \"x/a\"\npaging = \"none\"\n";

fn list(items: &[&str], beside: &str) -> (u16, String) {
    let items = items.join(",");
    (
        200,
        format!(r#"{{"data":{{"aList":{{"items":[{items}]{beside}}}}}}}"#),
    )
}

#[test]
fn answers_are_known_by_their_text() {
    const ONE: &str = r#"{"_path":"/content/dam/x/en/1","_variation":"short","a":null,"main":{"html":"","json":[1]}}"#;
    const TWO: &str = r#"{"_path":"/content/dam/x/fr/2","b":"x","a":1}"#;
    let answers =
        |items: &'static [&'static str]| move |_: &str, _: &serde_json::Value| list(items, "");
    let contents = [
        answers(&[ONE]),
        answers(&[ONE]),
        answers(&[TWO, ONE]),
        answers(&[ONE, TWO]),
        answers(&[ONE, TWO]),
        answers(&[TWO, "null", ONE]),
        answers(&[TWO]),
        answers(&[]),
        answers(&[]),
        answers(&[ONE, ONE]),
        answers(&[ONE, ONE]),
    ];
    let files: Files<'_> = &[("a.toml", &format!("min_items = 0\noptional = true\n{LIST}"))];
    assert_eq!(knowing(files, &contents), [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1]);
}

#[test]
fn references_are_those_of_the_answer() {
    const ITEM: &str = r#"{"_path":"/content/dam/x/en/1"}"#;
    let answers = |title: &'static str| {
        move |_: &str, _: &serde_json::Value| {
            let path = "/content/dam/x/en/ref";
            let answer = list(&[ITEM], "").1;
            let references = format!(r#"],"_references":[{{"_path":"{path}","title":"{title}"}}]"#);
            (200, answer.replacen(']', &references, 1))
        }
    };
    let contents = [
        answers("A"),
        answers("A"),
        answers("B"),
        answers("B"),
        answers("A"),
    ];
    assert_eq!(knowing(&[("a.toml", LIST)], &contents), [0, 1, 0, 1, 0]);
}

#[test]
fn what_is_asked_for_items_is_known_by_who_asked() {
    // A document is known by where it was asked for, which its text does not say.
    const PAGES: &str = "persisted = \"x/a\"\npaging = \"none\"\n";
    const DOCUMENTS: &str = "json = \"{{ parent.at }}\"\n\n[for_each]\nquery = \"pages\"\n";
    let answers = |title: &'static str| {
        move |name: &str, _: &serde_json::Value| match name {
            "x/a" => list(
                &[
                    r#"{"_path":"/content/dam/x/en/1","at":"/content/one.model.json"}"#,
                    r#"{"_path":"/content/dam/x/en/2","at":"/content/two.model.json"}"#,
                ],
                "",
            ),
            _ => (200, format!("{{\"title\":\"{title}\"}}")),
        }
    };
    let files: Files<'_> = &[("pages.toml", PAGES), ("texts.toml", DOCUMENTS)];
    assert_eq!(
        knowing(files, &[answers("A"), answers("A"), answers("B")]),
        [0, 3, 1]
    );
}

#[test]
fn an_object_with_data_for_keys_is_gone_through_each_time() {
    // More members than the guard watches: which of them it does depends on what came before.
    let answers = |from: usize, bare: usize| {
        move |_: &str, _: &serde_json::Value| {
            let item = |item: usize| {
                let count = if item < bare { 0 } else { 40 };
                let members = (0..count).map(|n| format!(",\"m{}\":null", from + item * 40 + n));
                let members: String = members.collect();
                format!("{{\"_path\":\"/content/dam/x/en/{item}\"{members}}}")
            };
            let items: Vec<String> = (0..20).map(item).collect();
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            list(&items, "")
        }
    };
    let contents = [
        answers(0, 0),
        answers(0, 0),
        answers(80, 0),
        answers(0, 0),
        // The others are the same, and get what these had.
        answers(0, 5),
        answers(0, 14),
        answers(0, 14),
        answers(0, 3),
    ];
    let known = knowing(&[("a.toml", LIST)], &contents);
    assert_eq!(known, [0, 0, 0, 0, 0, 0, 1, 0]);
}

#[test]
fn cursors_of_known_pages_lead_on() {
    let answers = |last: &'static str| {
        move |_: &str, variables: &serde_json::Value| {
            let after = variables["after"].as_str().unwrap_or("0");
            let number: usize = after.parse().unwrap();
            let more = number < 3;
            let title = if more { "same" } else { last };
            let body = format!(
                r#"{{"data":{{"aPaginated":{{"edges":[{{"node":{{"_path":"/content/dam/x/en/{number}","t":"{title}"}}}}],"pageInfo":{{"hasNextPage":{more},"endCursor":"{}"}}}}}}}}"#,
                number + 1
            );
            (200, body)
        }
    };
    let query = "persisted = \"x/a\"\npaging = \"cursor\"\npage_size = 1\n";
    let contents = [answers("A"), answers("A"), answers("B"), answers("A")];
    assert_eq!(knowing(&[("a.toml", query)], &contents), [0, 4, 3, 3]);
}
