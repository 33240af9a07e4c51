//! Edits while it runs, packages laid over each other, packages as `.zip`.

use crate::conformance::LOCAL;
use crate::http::{execute, get};
use aem_sandbox::{Options, Reload, Sandbox};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch::Receiver;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<jcr:root xmlns:sling="http://sling.apache.org/jcr/sling/1.0" xmlns:cq="http://www.day.com/jcr/cq/1.0" xmlns:jcr="http://www.jcp.org/jcr/1.0" xmlns:nt="http://www.jcp.org/jcr/nt/1.0" xmlns:rep="internal""#;
const NOTES: &str = "jcr_root/content/dam/notes/en";

fn put(dir: &Path, path: &str, text: &str) {
    let file = dir.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn note(title: &str) -> String {
    format!(
        r#"{HEAD} jcr:primaryType="dam:Asset"><jcr:content contentFragment="{{Boolean}}true" jcr:title="n">
        <data cq:model="/conf/notes/settings/dam/cfm/models/note"><master title="{title}"/></data></jcr:content></jcr:root>"#
    )
}

/// A package with a model, an endpoint, a query and one note.
fn package(dir: &Path) {
    let model = r#" jcr:primaryType="cq:Template"><jcr:content jcr:title="Note"><model><cq:dialog><content><items>
        <a metaType="text-single" name="title" valueType="string"/></items></content></cq:dialog></model></jcr:content></jcr:root>"#;
    put(
        dir,
        "jcr_root/conf/notes/settings/dam/cfm/models/note/.content.xml",
        &format!("{HEAD}{model}"),
    );
    let endpoint = r#" sling:resourceType="graphql/sites/components/endpoint"/>"#;
    put(
        dir,
        "jcr_root/content/_cq_graphql/notes/endpoint/.content.xml",
        &format!("{HEAD}{endpoint}"),
    );
    let query = r#"><q><jcr:content jcr:data="{ noteList { items { title } } }"/></q></jcr:root>"#;
    let query = query.replace("\"{ note", "\"\\{ note");
    put(
        dir,
        "jcr_root/conf/notes/settings/graphql/persistentQueries/.content.xml",
        &format!("{HEAD}{query}"),
    );
    put(dir, &format!("{NOTES}/one/.content.xml"), &note("first"));
}

fn titles(sandbox: &Sandbox) -> Vec<String> {
    let answer = get(sandbox.address(), &execute("notes/q", &[])).json();
    let items = answer["data"]["noteList"]["items"]
        .as_array()
        .unwrap()
        .clone();
    items
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

async fn next(loads: &mut Receiver<Reload>) -> Reload {
    let changed = tokio::time::timeout(Duration::from_secs(20), loads.changed()).await;
    changed.unwrap().unwrap();
    loads.borrow_and_update().clone()
}

/// Waits for a load of which something is true; saves may come in more than one.
async fn until(loads: &mut Receiver<Reload>, is: impl Fn(&Reload) -> bool) -> Reload {
    for _ in 0..10 {
        let load = next(loads).await;
        if is(&load) {
            return load;
        }
    }
    panic!("{:?}", *loads.borrow());
}

/// Waits until the content is as expected.
async fn becomes(sandbox: &Sandbox, loads: &mut Receiver<Reload>, expected: &[&str]) -> Reload {
    until(loads, |_| titles(sandbox) == expected).await
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_are_served_and_broken_files_keep_their_last_good_state() {
    let dir = tempfile::tempdir().unwrap();
    package(dir.path());
    let sandbox = Sandbox::start(dir.path(), Options::default(), LOCAL)
        .await
        .unwrap();
    let mut loads = sandbox.loads();
    assert_eq!(titles(&sandbox), ["first"]);
    // Files saved before the watch stands are found when it does.
    put(
        dir.path(),
        &format!("{NOTES}/two/.content.xml"),
        &note("second"),
    );
    becomes(&sandbox, &mut loads, &["first", "second"]).await;

    let whole = note("changed");
    put(
        dir.path(),
        &format!("{NOTES}/one/.content.xml"),
        &whole[..whole.len() / 2],
    );
    let load = until(&mut loads, |load| !load.problems.is_empty()).await;
    assert_eq!(titles(&sandbox), ["first", "second"], "the last good state");
    assert_eq!(load.problems.len(), 1);
    assert!(
        load.problems[0]
            .message
            .ends_with("its last good state is kept"),
        "{}",
        load.problems[0]
    );
    assert_eq!(sandbox.summary().problems, load.problems);

    put(dir.path(), &format!("{NOTES}/one/.content.xml"), &whole);
    let load = until(&mut loads, |load| load.problems.is_empty()).await;
    assert_eq!(titles(&sandbox), ["changed", "second"]);
    assert!(load.number > 2);
    fs::remove_dir_all(dir.path().join(format!("{NOTES}/two"))).unwrap();
    becomes(&sandbox, &mut loads, &["changed"]).await;

    fs::rename(dir.path().join("jcr_root"), dir.path().join("away")).unwrap();
    let load = until(&mut loads, |load| !load.problems.is_empty()).await;
    assert!(
        load.problems[0]
            .message
            .ends_with("the content stays as it was"),
        "{}",
        load.problems[0]
    );
    assert_eq!(titles(&sandbox), ["changed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_follow_their_filters() {
    let dir = tempfile::tempdir().unwrap();
    let (below, above) = (dir.path().join("below"), dir.path().join("above"));
    package(&below);
    put(
        &above,
        &format!("{NOTES}/two/.content.xml"),
        &note("second"),
    );
    let layers = [below, above.clone()];
    for (mode, expected) in [
        ("update", vec!["first", "second"]),
        ("replace", vec!["second"]),
    ] {
        let filter = format!(
            "<workspaceFilter version='1.0'><filter root='/content/dam/notes/en' mode='{mode}'/></workspaceFilter>"
        );
        put(&above, "META-INF/vault/filter.xml", &filter);
        let sandbox = Sandbox::start_layers(&layers, still(), LOCAL)
            .await
            .unwrap();
        assert_eq!(titles(&sandbox), expected, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn patterns_of_a_filter_leave_content_out() {
    let dir = tempfile::tempdir().unwrap();
    package(dir.path());
    put(
        dir.path(),
        &format!("{NOTES}/two/.content.xml"),
        &note("second"),
    );
    let filter = |rules: &str| {
        let root = "<filter root='/content/dam/notes/en'>";
        let text =
            format!("<workspaceFilter version='1.0'>{root}{rules}</filter></workspaceFilter>");
        put(dir.path(), "META-INF/vault/filter.xml", &text);
    };
    filter("<exclude pattern='.*/two(/.*)?'/>");
    let sandbox = Sandbox::start(dir.path(), Options::default(), LOCAL)
        .await
        .unwrap();
    assert_eq!(titles(&sandbox), ["first"]);
    let mut loads = sandbox.loads();
    filter("");
    becomes(&sandbox, &mut loads, &["first", "second"]).await;
}

fn still() -> Options {
    Options {
        watch: false,
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_folders_of_the_package() {
    let dir = tempfile::tempdir().unwrap();
    package(dir.path());
    put(
        dir.path(),
        &format!("{NOTES}/members/secret/.content.xml"),
        &note("secret"),
    );
    let policy = format!(r#"{HEAD} rep:principalNames="[members]"/>"#);
    put(
        dir.path(),
        &format!("{NOTES}/members/_rep_cugPolicy.xml"),
        &policy,
    );
    let sandbox = Sandbox::start(dir.path(), still(), LOCAL).await.unwrap();
    assert_eq!(titles(&sandbox), ["first"]);
    assert_eq!(sandbox.summary().fragments, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_a_json_model() {
    let dir = tempfile::tempdir().unwrap();
    package(dir.path());
    let page = |title: &str| {
        format!(
            r#"{HEAD} jcr:primaryType="cq:Page"><jcr:content sling:resourceType="notes/page" jcr:title="{title}"><root
            sling:resourceType="notes/container"><text sling:resourceType="notes/text" text="&lt;p>Hello&lt;/p>"
            textIsRich="true"/><image sling:resourceType="notes/image" width="{{Long}}3"/></root></jcr:content></jcr:root>"#
        )
    };
    put(
        dir.path(),
        "jcr_root/content/notes/en/.content.xml",
        &page("Home"),
    );
    put(
        dir.path(),
        "jcr_root/content/notes/en/about/.content.xml",
        &page("About"),
    );
    let sandbox = Sandbox::start(dir.path(), still(), LOCAL).await.unwrap();
    let answer = get(sandbox.address(), "/content/notes/en.model.json");
    assert_eq!(
        answer.header("cache-control"),
        "max-age=300, stale-while-revalidate=3600"
    );
    let model = answer.json();
    let root = serde_json::json!({ "root": {
        ":type": "notes/container", ":itemsOrder": ["text", "image"], ":items": {
            "text": { ":type": "notes/text", "text": "<p>Hello</p>", "richText": true },
            "image": { ":type": "notes/image", "width": 3 },
        },
    } });
    assert_eq!(
        (&model[":items"], &model[":itemsOrder"]),
        (&root, &serde_json::json!(["root"]))
    );
    assert_eq!(
        (&model[":path"], &model["title"]),
        (&"/content/notes/en".into(), &"Home".into())
    );
    assert_eq!(
        model[":children"]["/content/notes/en/about"]["title"],
        "About"
    );
    assert_eq!(
        get(sandbox.address(), "/content/notes/de.model.json").status,
        404
    );
}

#[cfg(feature = "zip")]
fn zipped(dir: &Path) -> PathBuf {
    use std::io::Write as _;
    let file = dir.join("package.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&file).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let mut folders = vec![dir.join("jcr_root")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(dir)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                archive.start_file(name, options).unwrap();
                archive.write_all(&fs::read(&path).unwrap()).unwrap();
            }
        }
    }
    archive.start_file("../outside.txt", options).unwrap();
    archive.finish().unwrap();
    file
}

#[cfg(feature = "zip")]
#[tokio::test(flavor = "multi_thread")]
async fn zip_packages_are_served_and_followed() {
    let dir = tempfile::tempdir().unwrap();
    package(dir.path());
    let file = zipped(dir.path());
    let sandbox = Sandbox::start(&file, Options::default(), LOCAL)
        .await
        .unwrap();
    let mut loads = sandbox.loads();
    assert_eq!(titles(&sandbox), ["first"]);
    assert!(!dir.path().parent().unwrap().join("outside.txt").exists());
    put(
        dir.path(),
        &format!("{NOTES}/one/.content.xml"),
        &note("from a new zip"),
    );
    // A build puts its package in place whole.
    let fresh = tempfile::tempdir_in(dir.path()).unwrap();
    fs::rename(dir.path().join("jcr_root"), fresh.path().join("jcr_root")).unwrap();
    fs::rename(zipped(fresh.path()), &file).unwrap();
    becomes(&sandbox, &mut loads, &["from a new zip"]).await;
    let not = dir.path().join("not.zip");
    fs::write(&not, "plain").unwrap();
    let error = Sandbox::start(&not, Options::default(), LOCAL)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("not.zip is not a content package"),
        "{error}"
    );
}
