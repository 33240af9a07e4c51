//! The public WKND package: every stored response must be answered as it is, over HTTP.
//!
//! The package lies beside the repository (`../shared/wknd`) or where `FRIEZE_WKND` says; without it these tests skip.

use crate::http::{execute, get};
use aem_sandbox::{Options, Repository, Sandbox};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Responses that may differ, each with the reason and the section of aem-protocol.md. None do.
const DIFFERENT: [(&str, &str); 0] = [];

pub(crate) fn package() -> Option<PathBuf> {
    let dir = std::env::var_os("FRIEZE_WKND").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/wknd")),
        PathBuf::from,
    );
    if !dir.join("jcr_root").is_dir() {
        println!("skipped: no WKND package at {}", dir.display());
        return None;
    }
    Some(dir)
}

async fn start(dir: &Path) -> Sandbox {
    let mut repository = Repository::load(dir).unwrap();
    for entry in fs::read_dir(dir.join("responses/queries/wknd-shared")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        repository.add_query("wknd-shared", name, &fs::read_to_string(&path).unwrap());
    }
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    Sandbox::start_with(repository, Options::default(), address)
        .await
        .unwrap()
}

/// Runs a query and compares; keeps what differs.
struct Judge {
    address: SocketAddr,
    responses: PathBuf,
    seen: BTreeMap<String, Option<String>>,
}

impl Judge {
    fn read(&self, file: &str) -> Value {
        serde_json::from_slice(&fs::read(self.responses.join(file)).unwrap()).unwrap()
    }

    fn same(&mut self, file: &str, query: &str, variables: &[(&str, &str)]) -> Value {
        self.same_with_status(file, query, variables, 200)
    }

    fn same_with_status(
        &mut self,
        file: &str,
        query: &str,
        variables: &[(&str, &str)],
        status: u16,
    ) -> Value {
        let answer = get(self.address, &execute(query, variables));
        let (expected, found) = (self.read(file), answer.json());
        let difference = if answer.status == status {
            difference("", &expected, &found)
        } else {
            Some(format!("status {}", answer.status))
        };
        self.seen.insert(file.to_owned(), difference);
        expected
    }

    /// The files of a folder, without their extension.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.responses.join(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| {
                e.unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// Follows cursor pages as far as there are files.
    fn pages(&mut self, folder: &str, query: &str, root: &str, variables: &[(&str, &str)]) {
        let mut cursor: Option<String> = None;
        for page in 1.. {
            let mut variables = variables.to_vec();
            variables.extend(cursor.as_deref().map(|cursor| ("after", cursor)));
            let expected = self.same(&format!("{folder}/page-{page}.json"), query, &variables);
            let info = &expected["data"][root]["pageInfo"];
            if info["hasNextPage"] == false {
                break;
            }
            cursor = Some(info["endCursor"].as_str().unwrap().to_owned());
        }
    }
}

/// The first place where two values differ; numbers are compared as numbers.
fn difference(at: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => a
            .iter()
            .find_map(|(key, value)| difference(&format!("{at}/{key}"), value, &b[key])),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| difference(&format!("{at}/{index}"), a, b))
        }
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if expected == found => None,
        _ => Some(format!(
            "{at}\n  expected {expected:.1000}\n  found    {found:.1000}"
        )),
    }
}

/// The slug of each fragment of a query, with its path.
fn paths(address: SocketAddr, query: &str) -> BTreeMap<String, String> {
    let data = get(address, &execute(query, &[])).json()["data"].clone();
    let root = data.as_object().unwrap().values().next().unwrap().clone();
    let edges = root["edges"]
        .as_array()
        .map(|edges| edges.iter().map(|edge| edge["node"].clone()).collect());
    let items: Vec<Value> = edges.unwrap_or_else(|| root["items"].as_array().unwrap().clone());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .iter()
        .map(|item| (text(&item["slug"]), text(&item["_path"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_is_answered() {
    let Some(dir) = package() else { return };
    let sandbox = start(&dir).await;
    let address = sandbox.address();
    let responses = dir.join("responses");
    let mut judge = Judge {
        address,
        responses: responses.clone(),
        seen: BTreeMap::new(),
    };
    let q = |name: &str| format!("wknd-shared/{name}");

    judge.same("adventures-all.json", &q("adventures-all"), &[]);
    judge.same(
        "adventures-all-offset-10-limit-5.json",
        &q("adventures-all"),
        &[("offset", "10"), ("limit", "5")],
    );
    judge.same(
        "adventures-all-sorted.json",
        &q("adventures-all"),
        &[("sort", "activity DESC, title ASC")],
    );
    judge.same("adventures-full.json", &q("adventures-full"), &[]);
    judge.same("articles-full.json", &q("articles-full"), &[]);
    judge.same("authors-all.json", &q("authors-all"), &[]);
    judge.same(
        "authors-with-variations.json",
        &q("authors-with-variations"),
        &[],
    );
    judge.same("articles-all/default.json", &q("articles-all"), &[]);

    for (file, operator) in [("lower", "LOWER"), ("greater-equal", "GREATER_EQUAL")] {
        let variables = [("price", "1200"), ("priceOperator", operator)];
        judge.same(
            &format!("adventure-by-price-{file}-1200.json"),
            &q("adventure-by-price"),
            &variables,
        );
    }
    for (folder, query, variable) in [
        ("adventure-by-slug", "adventure-by-slug", "slug"),
        ("article-by-slug", "article-by-slug", "slug"),
        ("article-full-by-slug", "article-full-by-slug", "slug"),
        ("authors-in-variation", "authors-in-variation", "variation"),
        ("adventures-in-locale", "adventures-in-locale", "locale"),
    ] {
        for name in judge.names(folder) {
            let slug = if name == "--no-such-slug--" {
                "no-such-slug"
            } else {
                &name
            };
            judge.same(
                &format!("{folder}/{name}.json"),
                &q(query),
                &[(variable, slug)],
            );
        }
    }
    for name in judge.names("adventures-by-activity") {
        let activity = if name == "none" {
            "no such activity".to_owned()
        } else {
            name.replace('-', " ")
        };
        judge.same(
            &format!("adventures-by-activity/{name}.json"),
            &q("adventures-by-activity"),
            &[("activity", &activity)],
        );
    }
    for name in judge.names("adventures-by-tag") {
        let tag = format!("wknd-shared:{}", name.replacen('-', "/", 1));
        judge.same(
            &format!("adventures-by-tag/{name}.json"),
            &q("adventures-by-tag"),
            &[("tag", &tag)],
        );
    }
    for name in judge.names("article-by-author") {
        let (first, last) = name.split_once('-').unwrap();
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        let variables = [
            ("authorFirstName", &*capital(first)),
            ("authorLastName", &*capital(last)),
        ];
        judge.same(
            &format!("article-by-author/{name}.json"),
            &q("article-by-author"),
            &variables,
        );
    }
    for (folder, all, variable) in [
        ("adventure-by-path", "adventures-all", "adventurePath"),
        ("article-by-path", "articles-all", "articlePath"),
    ] {
        let paths = paths(address, &q(all));
        for name in judge.names(folder) {
            let missing = "/content/dam/wknd-shared/en/adventures/nowhere/nowhere".to_owned();
            let path = paths.get(&name).unwrap_or(&missing);
            judge.same(
                &format!("{folder}/{name}.json"),
                &q(folder),
                &[(variable, path)],
            );
        }
    }
    judge.pages(
        "adventures-paginated",
        &q("adventures-paginated"),
        "adventurePaginated",
        &[],
    );
    let by_title = [("sort", "title ASC")];
    judge.pages(
        "adventures-paginated-by-title",
        &q("adventures-paginated"),
        "adventurePaginated",
        &by_title,
    );
    judge.pages(
        "articles-paginated",
        &q("articles-paginated"),
        "articlePaginated",
        &[],
    );
    judge.pages(
        "articles-all",
        &q("articles-all"),
        "articlePaginated",
        &[("first", "5")],
    );
    for offset in ["0", "5", "10", "15", "20"] {
        let file = format!("adventures-page-offset-{offset}.json");
        if responses.join(&file).is_file() {
            judge.same(&file, &q("adventures-page"), &[("offset", offset)]);
        }
    }
    judge.same("errors/missing-variable.json", &q("adventure-by-slug"), &[]);
    judge.same_with_status("errors/unknown-field.json", &q("broken-field"), &[], 500);
    judge.same_with_status("errors/unknown-query.json", &q("no-such-query"), &[], 404);
    judge.same_with_status(
        "errors/no-endpoint.json",
        "no-such-configuration/adventures-all",
        &[],
        404,
    );

    let unasked: Vec<String> = files(&responses)
        .into_iter()
        .filter(|f| !judge.seen.contains_key(f))
        .collect();
    assert!(
        unasked.is_empty(),
        "responses nobody asked for: {unasked:?}"
    );
    let known: BTreeMap<&str, &str> = DIFFERENT.into_iter().collect();
    let differing: Vec<String> = judge
        .seen
        .iter()
        .filter_map(|(file, difference)| Some(format!("{file}: {}", difference.as_ref()?)))
        .filter(|line| !known.keys().any(|file| line.starts_with(file)))
        .collect();
    let count = judge.seen.len();
    assert!(
        differing.is_empty(),
        "{} of {count} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    println!("{count} responses compared");
    sandbox.stop().await;
}

/// All response files, relative, sorted.
fn files(responses: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![responses.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                found.push(
                    path.strip_prefix(responses)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_served() {
    let Some(dir) = package() else { return };
    let sandbox = start(&dir).await;
    let address = sandbox.address();
    let summary = sandbox.summary();
    assert_eq!(
        (summary.models, summary.fragments, summary.assets),
        (3, 30, 125 + 2)
    );
    assert_eq!(summary.problems, []);
    let all = get(address, &execute("wknd-shared/adventures-all", &[])).json();
    for item in all["data"]["adventureList"]["items"].as_array().unwrap() {
        for url in ["_path", "_dynamicUrl"] {
            let image = get(address, item["primaryImage"][url].as_str().unwrap());
            assert_eq!(
                (image.status, image.header("content-type")),
                (200, "image/jpeg")
            );
            assert!(image.body.starts_with(&[0xff, 0xd8]));
        }
    }
    sandbox.stop().await;
}
