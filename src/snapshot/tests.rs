//! Snapshots of a source in memory: saved, opened, damaged, compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::aem::{Failure, PersistedQuery, Variables};
use crate::query::{Ask, Freshness};
use crate::secret::Secret;

/// Answers by question and files by path; what is not there is an answer, too.
#[derive(Default)]
struct Content(BTreeMap<String, String>);

impl Content {
    fn of(list: &[(&str, &str)]) -> Self {
        let list = list.iter();
        Self(
            list.map(|(what, body)| ((*what).to_owned(), (*body).to_owned()))
                .collect(),
        )
    }
}

impl Source for Content {
    fn usage(&self) -> Usage {
        Usage::default()
    }

    fn tokens(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, SourceError>> {
        let answer = match self.0.get(&request.to_string()) {
            Some(body) => {
                let envelope = request.ask.decode(Bytes::from(body.clone()));
                Ok(Answer::new(envelope.unwrap()))
            }
            None => Err(SourceError {
                request: request.to_string().into(),
                cause: Cause::Failure(Failure::NoSuchItem(Vec::new())),
            }),
        };
        Box::pin(std::future::ready(answer))
    }

    fn asset<'a>(
        &'a self,
        path: &'a AssetFile,
        file: &'a Path,
    ) -> BoxFuture<'a, Result<AssetBody, SourceError>> {
        let body = &self.0[&*path.to_string()];
        std::fs::write(file, body).unwrap();
        let body = AssetBody {
            hash: blake3::hash(body.as_bytes()).to_hex().to_string(),
            size: body.len() as u64,
            content_type: Some("image/jpeg".to_owned()),
            delivery: Delivery::New,
        };
        Box::pin(std::future::ready(Ok(body)))
    }
}

fn persisted(query: &str) -> Ask {
    Ask::Persisted(PersistedQuery::parse(query, None).unwrap())
}

fn request(ask: Ask, variables: &[(&str, serde_json::Value)]) -> Request {
    let variables = variables.iter();
    Request {
        query: "a".into(),
        ask,
        variables: variables
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<Variables>(),
        freshness: Freshness::default(),
        optional: true,
        round: 0,
        meter: std::sync::Arc::default(),
    }
}

fn list(items: &[serde_json::Value]) -> String {
    json!({"data": {"aList": {"items": items}}}).to_string()
}

/// A folder for snapshots.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Saves what is asked of a content.
    async fn save(&self, name: &str, content: &Content, requests: &[Request], assets: &[&str]) {
        let recorder = Recorder::new(content, &self.path(name)).unwrap();
        for request in requests {
            // An absent answer passes through as it is.
            let _ = recorder.answer(request).await;
        }
        for path in assets {
            let path = AssetFile::parse(path).unwrap();
            let file = self.path("download");
            recorder.asset(&path, &file).await.unwrap();
        }
        recorder.finish("https://a.example", "publish").unwrap();
    }

    /// Saves a snapshot of one query, `x/a`, without variables.
    async fn save_list(&self, name: &str, items: &[serde_json::Value]) {
        let content = Content::of(&[("x/a", &list(items))]);
        let asked = request(persisted("x/a"), &[]);
        self.save(name, &content, &[asked], &[]).await;
    }

    fn open(&self, name: &str) -> Snapshot {
        Snapshot::open(&self.path(name)).unwrap()
    }

    /// Every name in it, sorted.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

const PICTURE: &str = "/content/dam/x/my pic: ture?.jpg";

#[tokio::test]
async fn what_was_saved_is_answered() {
    let folder = Folder::new();
    let odd = 0.1 + 0.2;
    let requests = [
        request(persisted("x/a"), &[]),
        request(
            persisted("x/a"),
            &[("n", odd.into()), ("t", "é\n\"".into())],
        ),
        request(persisted("y/a"), &[]),
        request(
            Ask::AdHoc {
                configuration: "x".to_owned(),
                document: "{ a }\n# {}".into(),
            },
            &[],
        ),
    ];
    let content = Content(
        requests
            .iter()
            .enumerate()
            .map(|(n, request)| (request.to_string(), list(&[json!({ "n": n })])))
            .chain([(PICTURE.to_owned(), "pixels".to_owned())])
            .collect(),
    );
    folder.save("snap", &content, &requests, &[PICTURE]).await;
    let snapshot = folder.open("snap");
    for (n, request) in requests.iter().enumerate() {
        let answer = snapshot.answer(request).await.unwrap();
        assert_eq!(
            answer.envelope.body(),
            list(&[json!({ "n": n })]).as_bytes()
        );
        assert!(matches!(answer.delivery, Delivery::Kept));
    }
    let (path, file) = (AssetFile::parse(PICTURE).unwrap(), folder.path("copy"));
    let body = snapshot.asset(&path, &file).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"pixels");
    assert_eq!(
        (body.size, body.content_type.as_deref()),
        (6, Some("image/jpeg"))
    );
    assert_eq!(snapshot.usage(), Usage::default());
}

#[tokio::test]
async fn that_there_was_nothing_is_kept_too() {
    let folder = Folder::new();
    let (here, gone) = (
        request(persisted("x/a"), &[]),
        request(persisted("x/b"), &[]),
    );
    let content = Content::of(&[("x/a", &list(&[]))]);
    folder
        .save("snap", &content, &[here, gone.clone()], &[])
        .await;
    let snapshot = folder.open("snap");
    let nothing = snapshot.answer(&gone).await.unwrap_err();
    assert!(matches!(nothing.cause, Cause::Nothing(Keeper::Snapshot)));
    assert!(nothing.cause.finds_nothing());
    let unknown = request(persisted("x/a"), &[("n", 1.into())]);
    let unknown = snapshot.answer(&unknown).await.unwrap_err();
    assert!(matches!(unknown.cause, Cause::NotKept(Keeper::Snapshot)));
    assert_eq!(&*unknown.request, r#"x/a {"n":1}"#);
    let path = AssetFile::parse(PICTURE).unwrap();
    let unknown = snapshot.asset(&path, &folder.path("copy")).await;
    assert!(matches!(
        unknown.unwrap_err().cause,
        Cause::NotKept(Keeper::Snapshot)
    ));
}

#[tokio::test]
async fn equal_content_makes_equal_snapshots() {
    let folder = Folder::new();
    let names = ["x/a", "x/b", "x/c"];
    let content = Content(names.map(|name| (name.to_owned(), list(&[]))).into());
    let mut requests = names.map(|name| request(persisted(name), &[]));
    for name in ["one", "two"] {
        folder.save(name, &content, &requests, &[]).await;
        requests.reverse();
    }
    let index = |name: &str| {
        let text = std::fs::read_to_string(folder.path(name).join(INDEX)).unwrap();
        let mut index: serde_json::Value = serde_json::from_str(&text).unwrap();
        index["taken"] = 0.into();
        index
    };
    assert_eq!(index("one"), index("two"));
}

#[tokio::test]
async fn names_are_fit_for_every_disk() {
    let folder = Folder::new();
    let long = "é".repeat(200);
    let document = format!("/content/{long}.json");
    let paths = [
        "/content/dam/x/CON",
        "/content/dam/x/con",
        "/content/dam/x/a.",
        &format!("/content/dam/x/{long}.jpg"),
    ];
    let content = Content(
        paths
            .iter()
            .map(|path| ((*path).to_owned(), (*path).to_owned()))
            .chain([("a JSON document".to_owned(), "{}".to_owned())])
            .collect(),
    );
    let asked = request(Ask::Json, &[("path", document.as_str().into())]);
    let content = Content(
        content
            .0
            .into_iter()
            .chain([(asked.to_string(), "{}".to_owned())])
            .collect(),
    );
    folder.save("snap", &content, &[asked], &paths).await;
    let mut lower = Vec::new();
    for entry in walkdir::WalkDir::new(folder.path("snap")) {
        let entry = entry.unwrap();
        let name = entry.file_name().to_str().unwrap();
        assert!(name.len() <= 120 && !name.ends_with('.'), "{name}");
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        assert!(name.bytes().all(fine), "{name}");
        lower.push(name.to_ascii_lowercase());
    }
    let count = lower.len();
    lower.sort();
    lower.dedup();
    assert_eq!(lower.len(), count, "no two differ in case only");
    let snapshot = folder.open("snap");
    for path in paths {
        let file = folder.path("copy");
        let path = AssetFile::parse(path).unwrap();
        snapshot.asset(&path, &file).await.unwrap();
        assert_eq!(std::fs::read(file).unwrap(), path.to_string().as_bytes());
    }
}

#[tokio::test]
async fn an_earlier_snapshot_is_replaced() {
    let folder = Folder::new();
    folder.save_list("snap", &[json!({"n": 1})]).await;
    folder.save_list("snap", &[json!({"n": 2})]).await;
    let asked = request(persisted("x/a"), &[]);
    let answer = folder.open("snap").answer(&asked).await.unwrap();
    assert_eq!(answer.envelope.body(), list(&[json!({"n": 2})]).as_bytes());
    assert_eq!(folder.names(), ["snap"], "nothing is left beside it");
    // One whose index is damaged is still nobody's work.
    std::fs::write(folder.path("snap").join(INDEX), "{").unwrap();
    folder.save_list("snap", &[json!({"n": 3})]).await;
    folder.open("snap");
}

#[tokio::test]
async fn an_empty_folder_is_taken() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("snap")).unwrap();
    folder.save_list("snap", &[]).await;
    folder.save_list("deep/down/snap", &[]).await;
    folder.open("deep/down/snap");
}

#[tokio::test]
async fn what_is_not_finished_leaves_no_trace() {
    let folder = Folder::new();
    folder.save_list("snap", &[json!({"n": 1})]).await;
    let content = Content::of(&[("x/a", &list(&[]))]);
    let recorder = Recorder::new(&content, &folder.path("snap")).unwrap();
    let asked = request(persisted("x/a"), &[]);
    recorder.answer(&asked).await.unwrap();
    drop(recorder);
    assert_eq!(folder.names(), ["snap"]);
    let answer = folder.open("snap").answer(&asked).await.unwrap();
    assert_eq!(answer.envelope.body(), list(&[json!({"n": 1})]).as_bytes());
}

/// The report about something that cannot be done, without the folder's name.
fn refusal<T>(folder: &Folder, result: Result<T, Diagnostic>) -> String {
    let Err(diagnostic) = result else {
        panic!("it was done")
    };
    let report = crate::diag::Diagnostics::from(diagnostic).to_string();
    report.replace(folder.0.path().to_str().unwrap(), "[folder]")
}

#[tokio::test]
async fn somebody_elses_folder_is_refused() {
    let folder = Folder::new();
    let content = Content::default();
    let mut report = String::new();
    let mut refuse = |name: &str| {
        let refused = Recorder::new(&content, &folder.path(name));
        writeln!(report, "{}", refusal(&folder, refused)).unwrap();
    };
    std::fs::create_dir(folder.path("work")).unwrap();
    std::fs::write(folder.path("work/thesis.txt"), "five years").unwrap();
    refuse("work");
    // The name of the index is not enough.
    std::fs::write(folder.path("work/snapshot.json"), "{}").unwrap();
    refuse("work");
    std::fs::create_dir_all(folder.path("half/answers")).unwrap();
    refuse("half");
    std::fs::write(folder.path("file"), "").unwrap();
    refuse("file");
    assert_eq!(
        std::fs::read_to_string(folder.path("work/thesis.txt")).unwrap(),
        "five years"
    );
    insta::assert_snapshot!(report);
}

#[tokio::test]
async fn what_is_no_snapshot_is_refused() {
    let folder = Folder::new();
    folder.save_list("snap", &[]).await;
    let index = folder.path("snap").join(INDEX);
    let good = std::fs::read_to_string(&index).unwrap();
    let mut report = String::new();
    let mut refuse = |text: Option<String>| {
        match text {
            Some(text) => std::fs::write(&index, text).unwrap(),
            None => std::fs::remove_file(&index).unwrap(),
        }
        let refused = Snapshot::open(&folder.path("snap"));
        writeln!(report, "{}", refusal(&folder, refused)).unwrap();
    };
    let file = good.split('"').find(|part| part.starts_with("answers/"));
    let file = file.unwrap();
    refuse(Some("{\n".to_owned()));
    refuse(Some(
        r#"{"format": 7, "frieze": "9.0.0", "pages": true}"#.to_owned(),
    ));
    refuse(Some("{}".to_owned()));
    for outside in ["../secret", "/etc/passwd", "answers/../../secret", "", "."] {
        refuse(Some(good.replace(file, outside)));
    }
    refuse(None);
    insta::assert_snapshot!(report);
}

#[tokio::test]
async fn a_damaged_file_is_not_used() {
    let folder = Folder::new();
    let content = Content::of(&[("x/a", &list(&[])), (PICTURE, "pixels")]);
    let asked = request(persisted("x/a"), &[]);
    let requests = [asked.clone()];
    folder.save("snap", &content, &requests, &[PICTURE]).await;
    for damage in ["flipped", "gone"] {
        for entry in walkdir::WalkDir::new(folder.path("snap")).min_depth(2) {
            let file = entry.unwrap().into_path();
            if damage == "gone" {
                std::fs::remove_file(file).unwrap();
            } else {
                let mut bytes = std::fs::read(&file).unwrap();
                bytes[0] ^= 1;
                std::fs::write(file, bytes).unwrap();
            }
        }
        let snapshot = folder.open("snap");
        let answer = snapshot.answer(&asked).await.unwrap_err();
        assert!(matches!(answer.cause, Cause::Damaged(_)), "{answer:?}");
        let path = AssetFile::parse(PICTURE).unwrap();
        let asset = snapshot.asset(&path, &folder.path("copy")).await;
        assert!(matches!(asset.unwrap_err().cause, Cause::Damaged(_)));
        assert!(matches!(diff(&snapshot, &snapshot), Err(Cause::Damaged(_))));
    }
}

fn lines(found: &[Difference]) -> Vec<String> {
    let line = |difference: &Difference| format!("{:?} {}", difference.change, difference.what);
    found.iter().map(line).collect()
}

#[tokio::test]
async fn a_difference_is_found_wherever_it_is() {
    let folder = Folder::new();
    let item = |path: &str, title: &str| json!({"_path": path, "title": title, "n": 1});
    let variation = |title: &str| json!({"_path": "/a", "_variation": "summer", "title": title});
    let nameless = |title: &str| json!({ "title": title });
    let ad_hoc = request(
        Ask::AdHoc {
            configuration: "x".to_owned(),
            document: "{\n  a\n}".into(),
        },
        &[],
    );
    let by_path = request(persisted("x/by-path"), &[("path", "/q".into())]);
    let page = |n: u64| request(persisted("x/pages"), &[("offset", n.into())]);
    let requests = [
        request(persisted("x/a"), &[]),
        ad_hoc.clone(),
        by_path,
        page(0),
        page(2),
    ];
    let roots = |reference: &str, second: &str| {
        json!({"data": {
            "aList": {"items": [item("/a", "A"), variation("A"), item("/moved", "M")],
                      "_references": [{"_path": "/r", "text": reference}]},
            "bList": {"items": [item("/b", second)]},
        }})
    };
    let old = Content::of(&[
        ("x/a", &roots("old", "B").to_string()),
        (
            &ad_hoc.to_string(),
            &list(&[nameless("same"), nameless("old")]),
        ),
        (
            r#"x/pages {"offset":0}"#,
            &list(&[item("/1", "1"), item("/2", "2")]),
        ),
        (r#"x/pages {"offset":2}"#, &list(&[item("/3", "3")])),
        ("/content/dam/x/a.jpg", "pixels"),
        ("/content/dam/x/b.jpg", "same"),
    ]);
    let mut changed = roots("new", "B2");
    changed["data"]["aList"]["items"][0] = json!({"n": 2, "_path": "/a", "extra": null});
    let new = Content::of(&[
        ("x/a", &changed.to_string()),
        (
            &ad_hoc.to_string(),
            &list(&[nameless("same"), nameless("new")]),
        ),
        (
            r#"x/by-path {"path":"/q"}"#,
            r#"{"data":{"aByPath":{"item":{"_path":"/q"}}}}"#,
        ),
        (
            r#"x/pages {"offset":0}"#,
            &list(&[item("/0", "0"), item("/1", "1")]),
        ),
        (
            r#"x/pages {"offset":2}"#,
            &list(&[item("/2", "2"), item("/3", "3")]),
        ),
        ("/content/dam/x/a.jpg", "other pixels"),
        ("/content/dam/x/b.jpg", "same"),
        ("/content/dam/x/c.jpg", "more"),
    ]);
    let (a, b, c) = (
        "/content/dam/x/a.jpg",
        "/content/dam/x/b.jpg",
        "/content/dam/x/c.jpg",
    );
    folder.save("old", &old, &requests, &[a, b]).await;
    folder.save("new", &new, &requests, &[a, b, c]).await;
    let (old, new) = (folder.open("old"), folder.open("new"));
    assert_eq!(diff(&old, &old).unwrap(), []);
    let expected = [
        "Added /0",
        r#"Changed(["extra", "n", "title"]) /a"#,
        r#"Changed(["title"]) /b"#,
        "Added /q",
        r#"Changed(["text"]) /r"#,
        r#"Changed(["title"]) item 2 of `ad-hoc x`"#,
        "Changed([]) /content/dam/x/a.jpg",
        "Added /content/dam/x/c.jpg",
    ];
    assert_eq!(lines(&diff(&old, &new).unwrap()), expected);
    let back = lines(&diff(&new, &old).unwrap());
    assert_eq!(back.len(), expected.len());
    assert!(back.contains(&"Removed /0".to_owned()), "{back:?}");
}

#[tokio::test]
async fn the_order_of_members_makes_no_difference() {
    let folder = Folder::new();
    let old = r#"{"_path":"/a","a":{"x":1.50,"y":[1,2]},"b":"é"}"#;
    let new = r#"{ "b": "\u00e9", "_path": "/a", "a": {"x": 1.5, "y": [1, 2]} }"#;
    for (name, item) in [("old", old), ("new", new)] {
        let body = format!(r#"{{"data":{{"aList":{{"items":[{item}]}}}}}}"#);
        let content = Content::of(&[("x/a", &body)]);
        let asked = request(persisted("x/a"), &[]);
        folder.save(name, &content, &[asked], &[]).await;
    }
    let (old, new) = (folder.open("old"), folder.open("new"));
    assert_eq!(diff(&old, &new).unwrap(), []);
}
