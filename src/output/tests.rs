//! The folder sink as a whole. Here: which folders it refuses and what it says; the texts are kept as
//! snapshots.

mod commit;
mod keep;
mod kill;
#[cfg(unix)]
mod strangers;
mod support;

use std::path::PathBuf;

use insta::assert_snapshot;

use super::Sink;
use crate::artifact::{Artifact, Body};
use crate::diag::{Diagnostics, Kind};
use support::{Site, artifact, tree};

/// The messages for all of these outputs, each of which must be refused without a change anywhere.
fn refusals(site: &Site, outputs: &[PathBuf]) -> String {
    let before = tree(&site.root());
    let mut text = String::new();
    for output in outputs {
        let found = site.open_at(output).unwrap_err();
        assert_eq!(found.worst_kind(), Some(Kind::Config));
        text.push_str(&site.text(&found));
    }
    assert_eq!(tree(&site.root()), before);
    text
}

// The texts and paths of other systems differ.
#[cfg(unix)]
#[test]
fn refuses_folders_that_are_not_its_own() {
    let site = Site::new();
    for file in ["thesis.tex", "b", "c", "d", "e"] {
        site.write(&format!("documents/{file}"), "irreplaceable");
    }
    site.write("readme", "a file");
    assert_snapshot!(refusals(
        &site,
        &[
            site.path("documents"),
            site.path("readme"),
            site.path("readme/public")
        ]
    ));
}

// The texts and paths of other systems differ.
#[cfg(unix)]
#[test]
fn refuses_inputs_and_what_contains_them() {
    let site = Site::new();
    let outputs = [
        ".",
        "..",
        "static",
        "static/img/../deep",
        "templates/../static/img",
        "content",
        "site.toml",
        "/",
    ];
    assert_snapshot!(refusals(&site, &outputs.map(|output| site.path(output))));
}

#[cfg(unix)]
#[test]
fn refuses_links() {
    use std::os::unix::fs::symlink;
    let site = Site::new();
    std::fs::create_dir(site.path("real")).unwrap();
    symlink(site.path("real"), site.path("link")).unwrap();
    symlink(site.path("nowhere"), site.path("dangling")).unwrap();
    symlink(site.path("static"), site.path("disguise")).unwrap();
    let outputs = [
        "link",
        "link/",
        "link/.",
        "dangling",
        "link/public",
        "disguise/img/x",
    ];
    assert_snapshot!(refusals(&site, &outputs.map(|output| site.path(output))));
}

#[cfg(unix)]
#[test]
fn a_link_to_the_whole_site_is_no_obstacle() {
    let site = Site::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(site.root(), &link).unwrap();
    let sink = super::DirSink::open(&link.join("public"), &link, &[link.join("static")]).unwrap();
    sink.stage(artifact("a", "a")).unwrap();
    Box::new(sink).commit().unwrap();
    assert_eq!(site.read("public/a"), "a");
    assert!(super::DirSink::open(&site.path("static"), &link, &[link.join("static")]).is_err());
}

#[test]
fn refuses_what_it_cannot_read() {
    let site = Site::new();
    site.build(&[("a/b.html", "1")]).unwrap();
    let good = site.read("public/.frieze-manifest");
    let mut text = String::new();
    let damages = [
        good[..good.len() / 2].to_owned(),
        String::new(),
        good.replace("\"version\":1", "\"version\":9"),
        good.replace("a/b.html", "../../b.html"),
    ];
    for damaged in damages {
        site.write("public/.frieze-manifest", &damaged);
        let before = site.tree();
        text.push_str(&site.text(&site.open().unwrap_err()));
        assert_eq!(site.tree(), before);
    }
    site.write("public/.frieze-manifest", &good);
    let body = "frieze-journal 2\n";
    let journal = format!("{body}end {}\n", blake3::hash(body.as_bytes()).to_hex());
    site.write("public/.frieze-staging/journal", &journal);
    text.push_str(&site.text(&site.open().unwrap_err()));
    assert_snapshot!(text);
}

#[test]
fn says_that_another_build_is_running() {
    let site = Site::new();
    let _first = site.open().unwrap();
    let found = site.open().unwrap_err();
    assert_eq!(found.worst_kind(), Some(Kind::Config));
    assert_snapshot!(site.text(&found));
}

#[test]
fn names_both_sides_of_every_conflict() {
    let site = Site::new();
    let names = [
        "a.html", "a.html", "B.html", "b.html", "c", "c/d.html", "c/e.html", "s.txt", "s.txt", "x",
        "x", "x",
    ];
    let sink = site.open().unwrap();
    for name in names {
        sink.stage(artifact(name, "x")).unwrap();
    }
    let found = Box::new(sink).commit().unwrap_err();
    assert_eq!(found.worst_kind(), Some(Kind::Content));
    assert_snapshot!(site.text(&found));
    assert!(!site.path("public").exists());
}

#[test]
fn names_everything_in_the_way() {
    let site = Site::new();
    site.build(&[("ours/a.html", "a")]).unwrap();
    for file in ["file", "page.html", "folder/below", "ours/theirs"] {
        site.write(&format!("public/{file}"), "theirs");
    }
    let before = site.tree();
    let artifacts = [
        ("file/a.html", "x"),
        ("file/b.html", "x"),
        ("page.html", "x"),
        ("folder", "x"),
        ("ours", "x"),
    ];
    let found = site.build(&artifacts).unwrap_err();
    assert_eq!(found.worst_kind(), Some(Kind::Config));
    assert_snapshot!(site.text(&found));
    assert_eq!(site.tree(), before);
}

// The texts and paths of other systems differ.
#[cfg(unix)]
#[test]
fn says_what_cannot_be_read() {
    let site = Site::new();
    let sink = site.open().unwrap();
    let mut found = Diagnostics::new();
    for source in ["static/gone.jpg", "static/img"] {
        let body = Body::File(site.path(source));
        found.extend(
            sink.stage(Artifact {
                body,
                ..artifact("x.jpg", "")
            })
            .unwrap_err(),
        );
    }
    found.extend(Box::new(sink).commit().unwrap_err());
    assert_snapshot!(site.text(&found));
}

#[test]
fn says_why_the_disk_refuses() {
    use super::place::{Moment, Place};
    use crate::fs::FsError;
    use std::io::{Error, ErrorKind};
    let site = Site::new();
    let place = Place::find(&site.path("public"), &site.root(), &[]).unwrap();
    let kinds = [
        ErrorKind::StorageFull,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::PermissionDenied,
    ];
    let errors = kinds
        .into_iter()
        .zip([Moment::Before, Moment::Before, Moment::After]);
    let found: Diagnostics = errors
        .map(|(kind, moment)| {
            let path = place.real().join("a.html");
            place.failed(
                &FsError {
                    action: "write",
                    path,
                    source: Error::from(kind),
                },
                moment,
            )
        })
        .collect();
    assert_snapshot!(site.text(&found));
}
