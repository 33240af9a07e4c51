//! What a commit does to a folder, and what it leaves alone.

use super::support::{Site, artifact, tree};
use crate::artifact::{Artifact, Body, OutputPath};
use crate::output::{MANIFEST, Recovery, Sink};

fn names(paths: &[OutputPath]) -> Vec<&str> {
    paths.iter().map(OutputPath::as_str).collect()
}

#[test]
fn writes_what_is_new_or_different_and_removes_what_is_gone() {
    let site = Site::new();
    let one = site
        .build(&[
            ("index.html", "1"),
            ("a/index.html", "a"),
            ("b/c/d.jpg", "d"),
        ])
        .unwrap();
    assert_eq!(
        (one.written, one.unchanged, one.removed, one.bytes_written),
        (3, 0, 0, 3)
    );
    let two = site
        .build(&[("index.html", "22"), ("a/index.html", "a"), ("e.txt", "e")])
        .unwrap();
    assert_eq!(
        (two.written, two.unchanged, two.removed, two.bytes_written),
        (2, 1, 1, 3)
    );
    assert_eq!(names(&two.changed.written), ["e.txt", "index.html"]);
    assert_eq!(names(&two.changed.removed), ["b/c/d.jpg"]);
    assert!(two.left_alone.is_empty());
    let incremental = site.tree().unwrap();
    let clean = Site::new();
    clean
        .build(&[("e.txt", "e"), ("a/index.html", "a"), ("index.html", "22")])
        .unwrap();
    assert_eq!(
        incremental,
        clean.tree().unwrap(),
        "same as a clean build, without empty folders"
    );
    assert_eq!(
        incremental.keys().collect::<Vec<_>>(),
        [MANIFEST, "a", "a/index.html", "e.txt", "index.html"]
    );
}

#[cfg(unix)]
#[test]
fn nothing_changed_writes_nothing() {
    use std::os::unix::fs::MetadataExt;
    let site = Site::new();
    let files = [("index.html", "1"), ("a/b.jpg", "2")];
    site.build(&files).unwrap();
    let stamps = || -> Vec<_> {
        let entries = walkdir::WalkDir::new(site.path("public"))
            .sort_by_file_name()
            .into_iter();
        entries
            .map(|e| {
                e.unwrap()
                    .metadata()
                    .map(|m| (m.ino(), m.ctime(), m.ctime_nsec()))
                    .unwrap()
            })
            .collect()
    };
    let before = stamps();
    let commit = site.build(&files).unwrap();
    assert_eq!(
        (commit.written, commit.unchanged, commit.removed),
        (0, 2, 0)
    );
    assert_eq!(stamps(), before);
}

#[test]
fn a_file_edited_or_deleted_by_hand_is_written_again() {
    let site = Site::new();
    let files = [("index.html", "original"), ("a/b.html", "b")];
    site.build(&files).unwrap();
    let good = site.tree();
    site.write("public/index.html", "0riginal");
    std::fs::remove_dir_all(site.path("public/a")).unwrap();
    let commit = site.build(&files).unwrap();
    assert_eq!((commit.written, commit.unchanged), (2, 0));
    assert_eq!(site.tree(), good);
    // One that is no longer made goes, edited or not: it is ours.
    site.write("public/a/b.html", "edited");
    assert_eq!(site.build(&files[..1]).unwrap().removed, 1);
    assert!(!site.path("public/a").exists());
}

#[test]
fn only_the_origin_changed_is_only_a_new_manifest() {
    let site = Site::new();
    site.build(&[("a.html", "a")]).unwrap();
    let before = site.read("public/.frieze-manifest");
    let sink = site.open().unwrap();
    let mut changed = artifact("a.html", "a");
    changed.provenance.template = Some("other.html".into());
    sink.stage(changed).unwrap();
    let commit = Box::new(sink).commit().unwrap();
    assert_eq!((commit.written, commit.unchanged), (0, 1));
    assert_eq!(
        site.read("public/.frieze-manifest"),
        before.replace("walk.html", "other.html")
    );
}

#[test]
fn what_frieze_did_not_make_is_left_alone_and_reported() {
    let site = Site::new();
    site.build(&[("a/index.html", "a"), ("b.html", "b")])
        .unwrap();
    site.write("public/CNAME", "www.example.com");
    site.write("public/a/notes/mine.txt", "mine");
    let commit = site.build(&[("b.html", "b")]).unwrap();
    assert_eq!(commit.left_alone, ["CNAME", "a/notes/mine.txt"]);
    assert_eq!(site.read("public/a/notes/mine.txt"), "mine");
    assert!(!site.path("public/a/index.html").exists());
    // Equal content in the way does no harm: from now on it is ours.
    let commit = site
        .build(&[("b.html", "b"), ("CNAME", "www.example.com")])
        .unwrap();
    assert_eq!(commit.unchanged, 2);
    assert_eq!(commit.left_alone, ["a/notes/mine.txt"]);
    assert_eq!(site.build(&[("b.html", "b")]).unwrap().removed, 1);
}

#[test]
fn a_build_that_fails_leaves_everything_as_it_was() {
    let site = Site::new();
    let sink = site.open().unwrap();
    sink.stage(artifact("a/b.html", "x")).unwrap();
    assert!(site.path("public").exists(), "something has to be locked");
    drop(sink);
    assert!(!site.path("public").exists());
    site.build(&[("a/b.html", "x")]).unwrap();
    let before = site.tree();
    let sink = site.open().unwrap();
    sink.stage(artifact("a/b.html", "y")).unwrap();
    drop(sink);
    assert_eq!(site.tree(), before);
    assert!(site.build(&[("a/b.html", "y"), ("A/b.html", "z")]).is_err());
    assert_eq!(site.tree(), before);
    // A file that cannot be read is not left out.
    let sink = site.open().unwrap();
    let missing = Artifact {
        body: Body::File(site.path("static/none.jpg")),
        ..artifact("none.jpg", "")
    };
    sink.stage(missing).unwrap_err();
    sink.stage(artifact("a/b.html", "y")).unwrap();
    assert!(Box::new(sink).commit().is_err());
    assert_eq!(site.tree(), before);
}

#[test]
fn a_folder_that_somebody_makes_meanwhile_is_no_new_one() {
    let site = Site::new();
    let staged = || {
        let sink = site.open().unwrap();
        for path in ["new/a.html", "new/deep/b.html", "other/c.html"] {
            sink.stage(artifact(path, "ours")).unwrap();
        }
        sink
    };
    let sink = staged();
    site.write("public/new/a.html", "theirs");
    assert!(Box::new(sink).commit().is_err());
    assert_eq!(site.tree().unwrap().len(), 2);
    std::fs::remove_dir_all(site.path("public")).unwrap();
    let sink = staged();
    site.write("public/new/mine", "theirs");
    let commit = Box::new(sink).commit().unwrap();
    assert_eq!(commit.written, 3);
    assert_eq!(commit.left_alone, ["new/mine"]);
    assert_eq!(site.read("public/new/mine"), "theirs");
    for path in ["new/a.html", "new/deep/b.html", "other/c.html"] {
        assert_eq!(site.read(&format!("public/{path}")), "ours");
    }
}

#[test]
fn conflicts_below_a_new_folder_are_found() {
    let site = Site::new();
    let files = [
        ("n/a", "1"),
        ("n/a/b", "2"),
        ("n/c", "3"),
        ("n/c", "4"),
        ("n/D", "5"),
        ("n/d", "6"),
    ];
    let found = site.build(&files).unwrap_err();
    assert_eq!(found.iter().count(), 3, "{found}");
    assert!(!site.path("public").exists());
}

#[test]
fn a_second_build_is_kept_out_and_touches_nothing() {
    let site = Site::new();
    site.build(&[("a.html", "a")]).unwrap();
    let first = site.open().unwrap();
    first.stage(artifact("a.html", "b")).unwrap();
    let during = site.tree();
    assert!(site.open().is_err());
    assert_eq!(site.tree(), during);
    Box::new(first).commit().unwrap();
    assert_eq!(site.read("public/a.html"), "b");
    assert_eq!(site.open().unwrap().recovery(), Recovery::Nothing);
}

#[test]
fn a_file_becomes_a_folder_and_back() {
    let site = Site::new();
    let shapes: [&[(&str, &str)]; 3] = [
        &[("a", "file"), ("z", "z")],
        &[("a/b", "file"), ("a/c/d", "d")],
        &[("a/b/c", "c"), ("a/c", "x")],
    ];
    for from in shapes {
        for to in shapes {
            site.build(from).unwrap();
            site.build(to).unwrap();
            let clean = Site::new();
            clean.build(to).unwrap();
            assert_eq!(site.tree(), clean.tree(), "{from:?} to {to:?}");
        }
    }
    // Somebody's file below keeps it a folder.
    site.build(&[("a/b", "ours")]).unwrap();
    site.write("public/a/mine", "mine");
    let before = site.tree();
    assert!(site.build(&[("a", "file")]).is_err());
    assert_eq!(site.tree(), before);
    std::fs::remove_file(site.path("public/a/mine")).unwrap();
    std::fs::create_dir(site.path("public/a/empty")).unwrap();
    assert!(
        site.build(&[("a", "file")]).is_err(),
        "nor is an empty folder of theirs ours"
    );
}

#[test]
fn a_name_can_change_its_case() {
    let site = Site::new();
    site.build(&[("A/Foo.html", "x"), ("b", "b")]).unwrap();
    site.build(&[("a/foo.html", "x"), ("b", "b")]).unwrap();
    let clean = Site::new();
    clean.build(&[("a/foo.html", "x"), ("b", "b")]).unwrap();
    assert_eq!(site.tree(), clean.tree());
}

#[test]
fn a_name_can_change_its_case_where_case_does_not_count() {
    // A second link to the same file looks like a file system that ignores case.
    for text in ["same", "different"] {
        let site = Site::new();
        site.build(&[("Foo.html", "same")]).unwrap();
        std::fs::hard_link(site.path("public/Foo.html"), site.path("public/foo.html")).unwrap();
        let commit = site.build(&[("foo.html", text)]).unwrap();
        assert_eq!((commit.written, commit.removed), (1, 1));
        assert_eq!(site.read("public/foo.html"), text);
        assert!(!site.path("public/Foo.html").exists());
    }
    // Two files are two files.
    let site = Site::new();
    site.build(&[("Foo.html", "ours")]).unwrap();
    site.write("public/foo.html", "theirs");
    if site.read("public/Foo.html") == "ours" {
        assert!(site.build(&[("foo.html", "new")]).is_err());
        assert_eq!(site.read("public/foo.html"), "theirs");
    }
}

#[test]
fn content_of_files_is_compared_and_copied() {
    let site = Site::new();
    let big: String = (0..100_000)
        .map(|i| char::from(b'a' + (i % 26) as u8))
        .collect();
    site.write("static/img/big.jpg", &big);
    let build = || {
        let sink = site.open().unwrap();
        let body = Body::File(site.path("static/img/big.jpg"));
        sink.stage(Artifact {
            body,
            ..artifact("img/big.jpg", "")
        })
        .unwrap();
        Box::new(sink).commit().unwrap()
    };
    assert_eq!(build().bytes_written, 100_000);
    assert_eq!(site.read("public/img/big.jpg"), big);
    assert_eq!(build().unchanged, 1);
    let from_file = site.tree();
    let changed = big.replace('z', "y");
    site.write("static/img/big.jpg", &changed);
    assert_eq!(build().written, 1);
    assert_eq!(site.read("public/img/big.jpg"), changed);
    let bytes = Site::new();
    bytes.build(&[("img/big.jpg", &big)]).unwrap();
    assert_eq!(bytes.tree(), from_file, "the same manifest as from memory");
}

#[test]
fn many_threads_give_the_same_bytes() {
    let files: Vec<(String, String)> = (0..2_000)
        .map(|i| (format!("p{}/{i}.html", i % 50), i.to_string()))
        .collect();
    let run = |threads: usize| {
        let site = Site::new();
        let sink = site.open().unwrap();
        std::thread::scope(|scope| {
            for part in files.chunks(files.len().div_ceil(threads)) {
                let sink = &sink;
                scope.spawn(move || {
                    for (path, text) in part {
                        sink.stage(artifact(path, text)).unwrap();
                    }
                });
            }
        });
        Box::new(sink).commit().unwrap();
        site.tree().unwrap()
    };
    assert_eq!(run(8), run(1));
}

#[cfg(unix)]
#[test]
fn nothing_is_written_or_removed_through_a_link() {
    use std::os::unix::fs::symlink;
    let site = Site::new();
    site.build(&[("a/b.html", "1"), ("a/old.html", "1"), ("c.html", "1")])
        .unwrap();
    // Their folder, with files of the names that ours have.
    for name in ["b.html", "old.html", "c.html"] {
        site.write(&format!("theirs/{name}"), "theirs");
    }
    let theirs = tree(&site.path("theirs"));
    std::fs::remove_dir_all(site.path("public/a")).unwrap();
    symlink(site.path("theirs"), site.path("public/a")).unwrap();
    assert!(site.build(&[("a/b.html", "2"), ("c.html", "1")]).is_err());
    // Not even when what is behind the link has the right content.
    assert!(
        site.build(&[("a/b.html", "theirs"), ("c.html", "1")])
            .is_err()
    );
    // Without an artifact below, the link is not ours and in nobody's way.
    assert_eq!(site.build(&[("c.html", "1")]).unwrap().left_alone, ["a"]);
    // A link in place of a file of ours is replaced, not followed.
    std::fs::remove_file(site.path("public/c.html")).unwrap();
    symlink(site.path("theirs/c.html"), site.path("public/c.html")).unwrap();
    site.build(&[("c.html", "1")]).unwrap();
    assert!(!site.path("public/c.html").is_symlink());
    // Links in place of what is ours by name.
    std::fs::remove_file(site.path("public/a")).unwrap();
    symlink(site.path("theirs"), site.path("public/.frieze-staging")).unwrap();
    site.build(&[("c.html", "3")]).unwrap();
    assert_eq!(site.tree().unwrap().len(), 2);
    std::fs::remove_file(site.path("public/.frieze-manifest")).unwrap();
    symlink(
        site.path("theirs/b.html"),
        site.path("public/.frieze-manifest"),
    )
    .unwrap();
    assert!(site.build(&[("c.html", "4")]).is_err());
    assert_eq!(tree(&site.path("theirs")), theirs);
}

#[cfg(unix)]
#[test]
fn files_have_the_modes_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    site.write("plain", "x");
    site.build(&[("a/b.html", "x")]).unwrap();
    let mode = |path: &str| site.path(path).metadata().unwrap().permissions().mode();
    for file in ["public/a/b.html", "public/.frieze-manifest"] {
        assert_eq!(mode(file), mode("plain"), "{file}");
    }
}

#[test]
fn an_empty_site_is_a_site() {
    let site = Site::new();
    site.build(&[]).unwrap();
    assert_eq!(
        site.read("public/.frieze-manifest"),
        "{\"version\":1,\"files\":[\n]}\n"
    );
    site.build(&[("a", "a")]).unwrap();
    assert_eq!(site.build(&[]).unwrap().removed, 1);
}
