//! Plan, paging and explanations against a source in memory.

mod knowing;
mod partition;
mod rest;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::json;
use tera::Value;

use super::*;
use crate::aem::{AssetFile, Hints, HttpAnswer};
use crate::config::{Overrides, parse_site};
use crate::progress::Silent;
use crate::query::Ask;
use crate::reach::Selection;
use crate::secret::Secret;
use crate::source::{Answer, AssetBody, Cause, Knows, Request, SourceError, Told, Usage};
use crate::store::{BodyError, BodyId, MemoryBodies};
use crate::table::SourceFile;

type Answers = dyn Fn(&str, &serde_json::Value) -> (u16, String) + Send + Sync;

/// Answers by a function of the query's name and variables; remembers what was asked.
struct Scripted {
    answers: Box<Answers>,
    asked: Mutex<Vec<String>>,
    /// Answers whose text nobody wanted.
    known: AtomicUsize,
}

impl Source for Scripted {
    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn tokens(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        let name = match &request.ask {
            Ask::Persisted(query) => query.to_string(),
            other => other.canonical(),
        };
        let variables = request.variables.to_json();
        self.asked
            .lock()
            .unwrap()
            .push(format!("{name} {variables}"));
        let (status, body) = (self.answers)(&name, &variables);
        let answer = HttpAnswer {
            status,
            content_type: Some("application/json".into()),
            location: None,
            hints: Hints::default(),
            body: Bytes::from(body),
        };
        let api = request.ask.api();
        Box::pin(async move {
            let envelope = answer.into_envelope(api).map_err(|failure| SourceError {
                request: "GET /q".into(),
                cause: Cause::Failure(failure),
            })?;
            Ok(Answer::new(envelope))
        })
    }

    fn tell<'a>(
        &'a self,
        request: &'a Request,
        knows: &'a Knows<'a>,
    ) -> BoxFuture<'a, Result<Told, SourceError>> {
        Box::pin(async move {
            let mut told = Told::from(self.answer(request).await?);
            if knows(&told.hash) {
                self.known.fetch_add(1, Ordering::Relaxed);
                told.envelope = None;
            }
            Ok(told)
        })
    }

    fn asset<'a>(
        &'a self,
        _: &'a AssetFile,
        _: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        unreachable!("no assets here")
    }
}

struct Run {
    result: Result<Warned<Store>, Diagnostics>,
    measures: Vec<crate::guard::Measure>,
    queries: QuerySet,
    asked: Vec<String>,
    known: usize,
    _dir: tempfile::TempDir,
}

fn run_with(
    files: &[(&str, &str)],
    answers: impl Fn(&str, &serde_json::Value) -> (u16, String) + Send + Sync + 'static,
) -> Run {
    run_into(Arc::new(MemoryBodies::new()), files, answers)
}

fn run_into(
    bodies: Arc<dyn Bodies>,
    files: &[(&str, &str)],
    answers: impl Fn(&str, &serde_json::Value) -> (u16, String) + Send + Sync + 'static,
) -> Run {
    run_knowing(bodies, None, files, answers)
}

fn run_knowing(
    bodies: Arc<dyn Bodies>,
    known: Option<&KnownItems>,
    files: &[(&str, &str)],
    answers: impl Fn(&str, &serde_json::Value) -> (u16, String) + Send + Sync + 'static,
) -> Run {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(crate::query::FOLDER);
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let text = "base_url = \"https://a.example\"\n[aem]\npublish = \"https://p.example\"\nconfiguration = \"x\"\n\
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
    let source = Scripted {
        answers: Box::new(answers),
        asked: Mutex::default(),
        known: AtomicUsize::new(0),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let account = Account::default();
    let plan = Plan::of(&config, &queries);
    let selection = Selection::whole(&queries);
    let means = Means {
        source: &source,
        selection: &selection,
        bodies,
        known,
        progress: &Silent,
        account: &account,
        deadline: Deadline::after(config.fetch.deadline),
        shortage: Severity::Error,
    };
    let fetch = run(&config, &queries, &plan, means);
    let result = runtime.block_on(fetch);
    let asked = source.asked.into_inner().unwrap();
    Run {
        result,
        measures: account.measures(),
        queries,
        asked,
        known: source.known.into_inner(),
        _dir: dir,
    }
}

impl Run {
    fn count(&self, query: &str) -> usize {
        let store = &self
            .result
            .as_ref()
            .unwrap_or_else(|report| panic!("{report}"))
            .value;
        store.of_query(self.queries.find(query).unwrap()).len()
    }

    /// `query language count` of each measure.
    fn measured(&self) -> Vec<String> {
        let line = |measure: &crate::guard::Measure| {
            let key = &measure.key;
            format!("{} {} {}", key.query, key.language, measure.items)
        };
        self.measures.iter().map(line).collect()
    }

    fn report(&self) -> String {
        match &self.result {
            Ok(_) => panic!("it went well"),
            Err(found) => found.to_string(),
        }
    }
}

fn items(range: std::ops::Range<u64>) -> Vec<serde_json::Value> {
    range
        .map(|n| json!({"_path": format!("/content/dam/x/en/{n}"), "n": n}))
        .collect()
}

fn list(items: Vec<serde_json::Value>) -> (u16, String) {
    (
        200,
        json!({"data": {"xList": {"items": items}}}).to_string(),
    )
}

fn cursor_page(total: u64, variables: &serde_json::Value) -> (u16, String) {
    let first = variables["first"].as_u64().unwrap_or(50);
    let start = variables["after"]
        .as_str()
        .map_or(0, |after| after.parse::<u64>().unwrap());
    let end = (start + first).min(total);
    let edges: Vec<_> = items(start..end)
        .into_iter()
        .map(|node| json!({"cursor": "", "node": node}))
        .collect();
    let info = json!({"endCursor": end.to_string(), "hasNextPage": end < total});
    (
        200,
        json!({"data": {"xPaginated": {"edges": edges, "pageInfo": info}}}).to_string(),
    )
}

#[test]
fn a_cursor_chain_asks_once_per_page() {
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\npage_size = 100\n")],
        |_, v| cursor_page(5_000, v),
    );
    assert_eq!((run.count("a"), run.asked.len()), (5_000, 50));
    assert_eq!(run.asked[1], r#"x/a {"after":"100","first":100}"#);
}

#[test]
fn offset_windows_end_at_the_first_that_is_not_full() {
    let window = |total: u64| {
        move |_: &str, v: &serde_json::Value| {
            let (offset, limit) = (v["offset"].as_u64().unwrap(), v["limit"].as_u64().unwrap());
            list(items(offset.min(total)..(offset + limit).min(total)))
        }
    };
    let definition = "persisted = \"a\"\npaging = \"offset\"\npage_size = 100\n";
    let run = run_with(&[("a.toml", definition)], window(5_000));
    assert_eq!(run.count("a"), 5_000);
    // 50 full windows and one that shows the end; up to seven more were already on their way.
    assert!((51..=58).contains(&run.asked.len()), "{}", run.asked.len());
    let run = run_with(&[("a.toml", definition)], window(42));
    assert_eq!((run.count("a"), run.asked.len()), (42, 2));
}

#[test]
fn a_list_that_takes_no_limit_is_taken_whole() {
    let run = run_with(
        &[(
            "a.toml",
            "persisted = \"a\"\npaging = \"offset\"\npage_size = 10\n",
        )],
        |_, _| list(items(0..35)),
    );
    assert_eq!((run.count("a"), run.asked.len()), (35, 1));
    let run = run_with(&[("a.toml", "persisted = \"a\"\n")], |_, _| {
        list(items(0..35))
    });
    assert_eq!((run.count("a"), run.asked.len()), (35, 1));
}

#[test]
fn a_limit_of_aems_own_is_noticed() {
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\npaging = \"offset\"\n")],
        |_, v| {
            let offset = v["offset"].as_u64().unwrap();
            list(items(offset.min(75)..(offset + 20).min(75)))
        },
    );
    assert!(
        run.report().contains("answers at most 20 items at once"),
        "{}",
        run.report()
    );
}

#[test]
fn without_has_next_page_only_an_empty_page_is_the_end() {
    let run = run_with(&[("a.toml", "persisted = \"a\"\n")], |_, v| {
        let start = v["after"]
            .as_str()
            .map_or(0, |after| after.parse::<u64>().unwrap());
        let end = (start + 20).min(75);
        let edges: Vec<_> = items(start..end)
            .into_iter()
            .map(|node| json!({"node": node}))
            .collect();
        (
            200,
            json!({"data": {"p": {"edges": edges, "pageInfo": {"endCursor": end.to_string()}}}})
                .to_string(),
        )
    });
    assert_eq!((run.count("a"), run.asked.len()), (75, 5));
}

#[test]
fn an_optional_query_may_not_lose_what_it_has_begun() {
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\noptional = true\n")],
        |_, v| {
            if v["after"].is_null() {
                cursor_page(75, v)
            } else {
                (200, r#"{"data":{"xPaginated":null}}"#.into())
            }
        },
    );
    assert!(
        run.report().contains("answered null for `xPaginated`"),
        "{}",
        run.report()
    );
}

#[test]
fn an_item_that_is_shown_as_before_has_the_digest_it_had() {
    let digests = |answer: &'static str| {
        let run = run_with(&[("a.toml", "persisted = \"a\"\n")], move |_, _| {
            (200, format!(r#"{{"data":{{"x":{{"items":[{answer}]}}}}}}"#))
        });
        let store = run.result.unwrap().value;
        let entries = store.of_query(run.queries.find("a").unwrap());
        let digests = entries.iter().map(|&id| store.get(id).digest);
        digests.collect::<Vec<_>>()
    };
    let before = digests(r#"{"_path":"/a","t":1},{"_path":"/b","t":1}"#);
    let after = digests(r#" {"_path":"/a","t":1} , {"_path":"/b","t":2}"#);
    assert_eq!(before[0], after[0]);
    assert_ne!(before[1], after[1]);
    assert_ne!(before[0], before[1]);
}

/// A disk without room.
struct Full;

impl Bodies for Full {
    fn put(&self, _: &[u8]) -> Result<BodyId, BodyError> {
        Err(BodyError::Disk {
            folder: "/site/.frieze".to_owned(),
            why: "No space left on device (os error 28)".to_owned(),
        })
    }

    fn value(&self, _: BodyId) -> Result<Value, BodyError> {
        unreachable!("nothing is kept")
    }
}

#[test]
fn a_full_disk_is_said_once() {
    let files = [
        ("a.toml", "persisted = \"a\"\n"),
        ("b.toml", "persisted = \"b\"\n"),
    ];
    let run = run_into(Arc::new(Full), &files, |_, _| list(items(0..5)));
    insta::assert_snapshot!(run.report());
    let found = run.result.err().unwrap();
    assert!(found.iter().all(|found| found.kind == Kind::Config));
}

#[test]
fn the_same_page_again_is_a_loop_even_without_paths() {
    let numbers = Mutex::new(0..);
    let run = run_with(&[("a.toml", "persisted = \"a\"\n")], move |_, _| {
        let cursor = numbers.lock().unwrap().next().unwrap().to_string();
        let info = json!({"endCursor": cursor, "hasNextPage": true});
        (
            200,
            json!({"data": {"p": {"edges": [{"node": {"n": 1}}], "pageInfo": info}}}).to_string(),
        )
    });
    assert!(
        run.report().contains("the same items came twice"),
        "{}",
        run.report()
    );
    assert_eq!(run.asked.len(), 2);
}

#[test]
fn items_that_came_as_null_are_missing_items() {
    let answer = |_: &str, _: &serde_json::Value| {
        (
            200,
            r#"{"data":{"x":{"items":[null,{"_path":"/a"}]}}}"#.to_owned(),
        )
    };
    let run = run_with(&[("a.toml", "persisted = \"a\"\n")], answer);
    assert!(
        run.report()
            .contains("1 item of the answer to `a` came as null"),
        "{}",
        run.report()
    );
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\noptional = true\n")],
        answer,
    );
    assert_eq!(run.count("a"), 1);
}

#[test]
fn nothing_is_asked_for_a_parent_without_a_value() {
    let files = |optional: &str| {
        let second = format!(
            "persisted = \"b\"\n{optional}[for_each]\nquery = \"a\"\nvariables = {{ n = \"{{{{ parent.author }}}}\" }}\n"
        );
        [
            ("a.toml".to_owned(), "persisted = \"a\"\n".to_owned()),
            ("b.toml".to_owned(), second),
        ]
    };
    let answers = |name: &str, _: &serde_json::Value| match name {
        "x/a" => list(vec![json!({"_path": "/p", "author": null})]),
        _ => list(items(0..9)),
    };
    let strict = files("");
    let strict: Vec<(&str, &str)> = strict
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let run = run_with(&strict, answers);
    assert!(
        run.report().contains("`parent.author` is null"),
        "{}",
        run.report()
    );
    let optional = files("optional = true\n");
    let optional: Vec<(&str, &str)> = optional
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let run = run_with(&optional, answers);
    assert_eq!((run.count("b"), run.asked.len()), (0, 1));
}

#[test]
fn a_language_that_answers_with_another_is_hollow() {
    let definition =
        "persisted = \"a\"\nvariables = { l = \"{{ lang.locale }}\" }\nmin_items = 1\n";
    let run = run_with(&[("a.toml", definition)], |_, _| list(items(0..3)));
    assert!(
        run.report().contains("no items in the language `fr`"),
        "{}",
        run.report()
    );
}

#[test]
fn items_are_in_the_order_of_the_answers() {
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\npage_size = 7\n")],
        |_, v| cursor_page(40, v),
    );
    let store = &run.result.as_ref().unwrap().value;
    let numbers: Vec<i64> = store
        .of_query(run.queries.find("a").unwrap())
        .iter()
        .map(|&id| {
            store
                .value(id)
                .unwrap()
                .get_from_path("n")
                .and_then(Value::as_i64)
                .unwrap()
        })
        .collect();
    assert_eq!(numbers, (0..40).collect::<Vec<_>>());
}

#[test]
fn a_query_is_asked_once_per_language_when_a_variable_says_so() {
    let run = run_with(
        &[(
            "a.toml",
            "persisted = \"a\"\nvariables = { l = \"{{ lang.locale }}\" }\n",
        )],
        |_, v| {
            let locale = v["l"].as_str().unwrap().to_owned();
            list(vec![
                json!({"_path": format!("/content/dam/x/{locale}/one")}),
            ])
        },
    );
    assert_eq!(run.count("a"), 2);
    assert_eq!(
        run.asked,
        [
            r#"x/a {"first":50,"l":"en"}"#,
            r#"x/a {"first":50,"l":"fr"}"#
        ]
    );
}

#[test]
fn for_each_asks_for_every_item_and_keeps_one_of_each() {
    let run = run_with(
        &[
            ("a.toml", "persisted = \"a\"\n"),
            (
                "b.toml",
                "persisted = \"b\"\n[for_each]\nquery = \"a\"\nvariables = { n = \"{{ parent.n }}\" }\n",
            ),
        ],
        |name, v| match name {
            "x/a" => list(items(0..6)),
            _ => list(vec![
                json!({"_path": format!("/content/dam/x/en/b{}", v["n"].as_u64().unwrap() % 2)}),
            ]),
        },
    );
    assert_eq!((run.count("a"), run.count("b"), run.asked.len()), (6, 2, 7));
    assert_eq!(run.asked[1], r#"x/b {"first":50,"n":0}"#);
}

#[test]
fn what_came_is_measured_in_each_language() {
    let run = run_with(
        &[
            ("a.toml", "persisted = \"a\"\n"),
            (
                "b.toml",
                "persisted = \"b\"\n[for_each]\nquery = \"a\"\nvariables = { n = \"{{ parent.n }}\" }\n",
            ),
            (
                "c.toml",
                "persisted = \"c\"\nlanguages = [\"fr\"]\nvariables = { l = \"{{ lang.locale }}\" }\n",
            ),
        ],
        |name, v| match name {
            "x/a" => {
                let mut all = items(0..6);
                all.push(json!({"_path": "/content/dam/x/fr/1", "n": null}));
                all[6]["n"] = json!(7);
                list(all)
            }
            "x/b" => {
                let n = v["n"].as_u64().unwrap() % 2;
                list(vec![
                    json!({"_path": format!("/content/dam/x/en/b{n}"), "bio": {"html": null}}),
                ])
            }
            _ => list(vec![]),
        },
    );
    assert_eq!(
        run.measured(),
        ["a en 6", "a fr 1", "c fr 0", "b en 2", "b fr 0"]
    );
    let bio = run.measures[3].fields["bio.html"];
    assert_eq!(
        (bio.empty, bio.of),
        (2, 2),
        "one item from several parents is one"
    );
    let keys = |at: usize| run.measures[at].key.variables.clone();
    assert!(keys(0).is_empty() && keys(3).is_empty() && !keys(2).is_empty());
}

#[test]
fn changing_content_is_asked_again_and_then_given_up() {
    let calls = Mutex::new(0);
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\npage_size = 10\n")],
        move |_, v| {
            let mut calls = calls.lock().unwrap();
            *calls += 1;
            // The first run sees an item again on its second page; the second run is quiet.
            if *calls == 2 {
                cursor_page(20, &json!({"first": 10, "after": "5"}))
            } else {
                cursor_page(20, v)
            }
        },
    );
    assert_eq!((run.count("a"), run.asked.len()), (20, 4));
    let run = run_with(
        &[("a.toml", "persisted = \"a\"\npage_size = 10\n")],
        |_, _| cursor_page(20, &json!({"first": 10})),
    );
    insta::assert_snapshot!(run.report());
}

#[test]
fn a_cursor_that_does_not_advance_stops() {
    let numbers = Mutex::new(0..);
    let run = run_with(&[("a.toml", "persisted = \"a\"\n")], move |_, _| {
        let n = numbers.lock().unwrap().next().unwrap();
        let body = json!({"data": {"p": {"edges": [{"node": {"n": n}}], "pageInfo": {"endCursor": "same", "hasNextPage": true}}}});
        (200, body.to_string())
    });
    insta::assert_snapshot!(run.report());
}

#[test]
fn the_guard_stops_a_hollow_site() {
    let run = run_with(
        &[(
            "a.toml",
            "persisted = \"a\"\n[pages]\nroute = \"/{{ item.s }}/\"\ntemplate = \"a.html\"\n",
        )],
        |_, _| list(Vec::new()),
    );
    assert_eq!(
        run.result.as_ref().map(|_| ()).unwrap_err().worst_kind(),
        Some(Kind::Guard)
    );
    insta::assert_snapshot!(run.report());
}

#[test]
fn the_guard_looks_at_each_language() {
    let definition =
        "persisted = \"a\"\nvariables = { l = \"{{ lang.locale }}\" }\nmin_items = 2\n";
    let run = run_with(&[("a.toml", definition)], |_, v| {
        if v["l"] == "en" {
            list(items(0..2))
        } else {
            list(vec![json!({"_path": "/content/dam/x/fr/1"})])
        }
    });
    insta::assert_snapshot!(run.report());
}

#[test]
fn failures_of_all_queries_are_explained() {
    let by_name: BTreeMap<&str, (u16, &str)> = BTreeMap::from([
        (
            "x/graphql",
            (
                200,
                r#"{"errors":[{"message":"Field 'x' is undefined","path":["xList","items"]}],"data":null}"#,
            ),
        ),
        (
            "x/invalid",
            (
                500,
                r#"{"errors":[{"errorType":"QueryValidationError","message":"Persisted Query Validation Error","details":"Field 'y'"}]}"#,
            ),
        ),
        (
            "x/missing",
            (
                404,
                r#"{"errors":[{"errorType":"PersistenceError","message":"Could not find Persisted Query"}]}"#,
            ),
        ),
        ("x/null", (200, r#"{"data":{"xByPath":{"item":null}}}"#)),
        ("x/nullroot", (200, r#"{"data":{"xList":null}}"#)),
        ("x/nodata", (200, r#"{"data":null}"#)),
        (
            "x/noitem",
            (
                200,
                r#"{"errors":[{"message":"Path: '/x': no resource available"}],"data":null}"#,
            ),
        ),
        (
            "x/otherroot",
            (
                200,
                r#"{"data":{"aList":{"items":[]},"bList":{"items":[]}}}"#,
            ),
        ),
    ]);
    let mut files: Vec<(String, String)> = by_name
        .keys()
        .map(|name| {
            (
                format!("{}.toml", &name[2..]),
                format!("persisted = \"{}\"\n", &name[2..]),
            )
        })
        .collect();
    files
        .iter_mut()
        .filter(|(name, _)| name == "otherroot.toml")
        .for_each(|(_, text)| text.push_str("root = \"cList\"\n"));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let run = run_with(&files, move |name, _| {
        let (status, body) = by_name[name];
        (status, body.to_owned())
    });
    insta::assert_snapshot!(run.report());
}

#[test]
fn an_optional_query_may_find_nothing() {
    let run = run_with(
        &[
            ("a.toml", "persisted = \"a\"\noptional = true\n"),
            ("b.toml", "persisted = \"b\"\noptional = true\n"),
        ],
        |name, _| {
            match name {
            "x/a" => (404, r#"{"errors":[{"errorType":"PersistenceError","message":"Could not find Persisted Query"}]}"#.into()),
            _ => (200, r#"{"errors":[{"message":"no resource available"}],"data":null}"#.into()),
        }
        },
    );
    assert_eq!((run.count("a"), run.count("b")), (0, 0));
    insta::assert_snapshot!(run.result.unwrap().warnings.to_string());
}
