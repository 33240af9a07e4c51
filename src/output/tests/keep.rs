//! Files of an earlier build become part of the next one without being made again.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::support::{Site, artifact};
use crate::artifact::Artifact;
use crate::output::{Commit, DirSink, Earlier, Sink, Staged};

/// A page of that content as an earlier build made it.
fn earlier(path: &str, text: &str) -> Earlier {
    let Artifact {
        path,
        kind,
        provenance,
        ..
    } = artifact(path, text);
    let content = Staged {
        hash: blake3::hash(text.as_bytes()),
        size: text.len() as u64,
    };
    Earlier {
        path,
        content,
        kind,
        provenance,
    }
}

fn keeps(sink: &DirSink, path: &str, text: &str) -> bool {
    sink.keep(earlier(path, text)).unwrap()
}

fn commit(sink: DirSink) -> Commit {
    Box::new(sink).commit().unwrap()
}

#[test]
fn what_is_kept_is_as_if_it_had_been_staged() {
    let files = [("a.html", "a"), ("b/c.html", "c"), ("gone.html", "x")];
    let (kept, staged) = (Site::new(), Site::new());
    for site in [&kept, &staged] {
        site.build(&files).unwrap();
        site.write("public/mine.txt", "mine");
    }
    let sink = kept.open().unwrap();
    assert!(keeps(&sink, "a.html", "a"));
    assert!(keeps(&sink, "b/c.html", "c"));
    assert_eq!(commit(sink), staged.build(&files[..2]).unwrap());
    assert_eq!(kept.tree(), staged.tree());
}

#[test]
fn staging_tells_what_it_took() {
    let site = Site::new();
    site.write("static/x", "b");
    let sink = site.open().unwrap();
    let expected = |text| Some(earlier("a", text).content);
    assert_eq!(sink.stage(artifact("a", "a")), Ok(expected("a")));
    let body = crate::artifact::Body::File(site.path("static/x"));
    let copy = Artifact {
        body,
        ..artifact("b", "")
    };
    assert_eq!(sink.stage(copy), Ok(expected("b")));
}

#[test]
fn what_is_not_there_as_it_was_is_not_kept() {
    let site = Site::new();
    site.build(&[("a.html", "original"), ("b/c.html", "c"), ("d.html", "d")])
        .unwrap();
    let is_kept = |path: &str, text: &str| keeps(&site.open().unwrap(), path, text);
    assert!(is_kept("a.html", "original"));
    assert!(
        !is_kept("a.html", "0riginal"),
        "of one that was made otherwise"
    );
    assert!(!is_kept("none.html", "original"));
    assert!(!is_kept("b", "c"), "a folder");
    assert!(!is_kept("a.html/b", "original"), "below a file");
    site.write("public/a.html", "0riginal");
    assert!(!is_kept("a.html", "original"), "edited by hand");
    std::fs::remove_file(site.path("public/a.html")).unwrap();
    assert!(!is_kept("a.html", "original"), "removed");
    site.write("public/a.html/x", "original");
    assert!(!is_kept("a.html", "original"), "a folder in its place");
    // Nothing of that is in the way of a build.
    let sink = site.open().unwrap();
    assert!(keeps(&sink, "b/c.html", "c"));
    sink.stage(artifact("d.html", "new")).unwrap();
    let commit = commit(sink);
    assert_eq!((commit.written, commit.unchanged), (1, 1));
}

#[cfg(unix)]
#[test]
fn nothing_is_kept_through_a_link() {
    use std::os::unix::fs::symlink;
    let site = Site::new();
    site.build(&[("a.html", "a"), ("b/c.html", "c")]).unwrap();
    site.write("theirs/a.html", "a");
    site.write("theirs/c.html", "c");
    std::fs::remove_file(site.path("public/a.html")).unwrap();
    std::fs::remove_dir_all(site.path("public/b")).unwrap();
    symlink(site.path("theirs/a.html"), site.path("public/a.html")).unwrap();
    symlink(site.path("theirs"), site.path("public/b")).unwrap();
    let sink = site.open().unwrap();
    assert!(!keeps(&sink, "a.html", "a"));
    assert!(!keeps(&sink, "b/c.html", "c"));
}

#[test]
fn a_kept_name_can_change_its_case_where_case_does_not_count() {
    let site = Site::new();
    site.build(&[("Foo.html", "same")]).unwrap();
    assert!(
        !keeps(&site.open().unwrap(), "foo.html", "same") || site.path("public/FOO.html").exists()
    );
    // A second link to the same file looks like a file system that ignores case.
    let _ = std::fs::hard_link(site.path("public/Foo.html"), site.path("public/foo.html"));
    let sink = site.open().unwrap();
    assert!(keeps(&sink, "foo.html", "same"));
    let commit = commit(sink);
    assert_eq!((commit.written, commit.removed), (1, 1));
    assert_eq!(site.read("public/foo.html"), "same");
    assert!(!site.path("public/Foo.html").exists());
}

/// A build into a folder whose files are remembered, which begins so much later than now.
pub(super) fn open_later(site: &Site, later: Duration) -> DirSink {
    let sink = site.open().unwrap();
    sink.remembering_at(&site.path("cache"), SystemTime::now() + later)
}

const HOUR: Duration = Duration::from_secs(3_600);

/// What is remembered, if anything.
fn list(site: &Site) -> Option<PathBuf> {
    let mut lists = std::fs::read_dir(site.path("cache/in-place-1")).ok()?;
    Some(lists.next()?.unwrap().path())
}

#[test]
fn what_was_found_in_place_is_not_looked_at_again() {
    let site = Site::new();
    let pages = [("a.html", "same"), ("b.html", "same too")];
    let manifest = site.build(&pages).unwrap().manifest.unwrap();
    let sink = site.open().unwrap();
    assert!(confirmed(&sink, &manifest));
    // Nobody but this test does so within a build; the next build sees it.
    site.write("public/a.html", "others");
    assert!(keeps(&sink, "a.html", "same"));
    assert!(!keeps(&sink, "b.html", "same"), "another content");
    assert!(!keeps(&sink, "c.html", "same"), "not there");
    drop(sink);
    let sink = site.open().unwrap();
    assert!(!confirmed(&sink, &manifest));
    assert!(!keeps(&sink, "a.html", "same"));
}

#[test]
fn what_was_found_in_place_long_ago_is_looked_at_again() {
    let site = Site::new();
    let manifest = site.build(&[("a.html", "a"), ("b.html", "b")]).unwrap();
    let manifest = manifest.manifest.unwrap();
    let sink = site.open().unwrap().without_trust();
    assert!(confirmed(&sink, &manifest));
    std::fs::remove_file(site.path("public/a.html")).unwrap();
    assert!(!confirmed(&sink, &manifest));
    assert!(!keeps(&sink, "a.html", "a"));
    assert!(keeps(&sink, "b.html", "b"));
    sink.stage(artifact("a.html", "a")).unwrap();
    let commit = commit(sink);
    assert_eq!((commit.written, commit.unchanged), (1, 1));
    assert_eq!(site.read("public/a.html"), "a");
}

#[test]
fn a_site_that_stays_is_told_of_as_if_it_were_committed() {
    let site = Site::new();
    let manifest = site.build(&[("a.html", "same")]).unwrap().manifest.unwrap();
    site.write("public/mine.txt", "");
    let sink = site.open().unwrap();
    assert!(confirmed(&sink, &manifest));
    let commit = sink.stay();
    assert_eq!((commit.written, commit.unchanged), (0, 1));
    assert_eq!(commit.left_alone, ["mine.txt"]);
    assert_eq!(commit.manifest, Some(manifest));
}

fn confirmed(sink: &DirSink, manifest: &str) -> bool {
    sink.confirm(manifest).unwrap()
}

#[cfg(unix)]
mod remembered {
    use super::*;
    use crate::fs::Identity;

    fn identity(site: &Site, path: &str) -> Identity {
        let found = site.path(path).symlink_metadata().unwrap();
        Identity::of(&found).unwrap()
    }

    /// Waits for the clock of the file system, which is coarse.
    fn wait_for_tick(site: &Site) {
        let stamp = || {
            site.write("tick", "");
            site.path("tick").metadata().unwrap().modified().unwrap()
        };
        let (first, end) = (stamp(), std::time::Instant::now() + Duration::from_secs(10));
        while stamp() == first && std::time::Instant::now() < end {
            std::thread::yield_now();
        }
    }

    /// A site of two pages, committed and remembered; its manifest.
    fn built(site: &Site) -> String {
        let sink = open_later(site, Duration::ZERO);
        for path in ["a.html", "b/b.html"] {
            sink.stage(artifact(path, "original")).unwrap();
        }
        wait_for_tick(site);
        commit(sink).manifest.unwrap()
    }

    /// Makes the list say that a file was last seen as it is now, whatever is in it.
    fn lie(site: &Site, path: &str, before: Identity) {
        let list = list(site).unwrap();
        let mut bytes = std::fs::read(&list).unwrap();
        let row = before.bytes();
        let at = bytes
            .windows(row.len())
            .position(|part| part == row)
            .unwrap();
        bytes[at..at + row.len()].copy_from_slice(&identity(site, path).bytes());
        std::fs::write(&list, bytes).unwrap();
    }

    #[test]
    fn a_file_that_looks_as_it_did_is_not_read() {
        let site = Site::new();
        let manifest = built(&site);
        let before = identity(&site, "public/a.html");
        site.write("public/a.html", "0riginal");
        let later = || open_later(&site, HOUR);
        assert!(!keeps(&later(), "a.html", "original"));
        assert!(!confirmed(&later(), &manifest));
        // Only somebody who can make a list can have it believed.
        lie(&site, "public/a.html", before);
        assert!(keeps(&later(), "a.html", "original"));
        assert!(!keeps(&later(), "a.html", "0riginal"));
        assert!(confirmed(&later(), &manifest));
        let sink = later();
        sink.stage(artifact("a.html", "original")).unwrap();
        sink.stage(artifact("b/b.html", "original")).unwrap();
        assert_eq!(commit(sink).unchanged, 2);
        // Without the cache folder everything is read.
        assert!(!keeps(&site.open().unwrap(), "a.html", "original"));
    }

    #[test]
    fn whatever_happens_to_a_file_is_seen() {
        let tricks: [fn(&Site); 4] = [
            |site| site.write("public/a.html", "0riginal"),
            |site| {
                let found = site.path("public/a.html").metadata().unwrap();
                site.write("public/a.html", "0riginal");
                let mut options = std::fs::File::options();
                let file = options.append(true).open(site.path("public/a.html"));
                let file = file.unwrap();
                file.set_modified(found.modified().unwrap()).unwrap();
            },
            |site| {
                site.write("other", "0riginal");
                std::fs::rename(site.path("other"), site.path("public/a.html")).unwrap();
            },
            |site| {
                std::fs::remove_file(site.path("public/a.html")).unwrap();
                site.write("public/a.html", "0riginal");
            },
        ];
        for (number, trick) in tricks.into_iter().enumerate() {
            let site = Site::new();
            let manifest = built(&site);
            wait_for_tick(&site);
            trick(&site);
            let sink = open_later(&site, HOUR);
            assert!(!keeps(&sink, "a.html", "original"), "{number}");
            assert!(!confirmed(&sink, &manifest), "{number}");
            assert!(keeps(&sink, "b/b.html", "original"), "{number}");
        }
    }

    #[test]
    fn a_restored_list_of_another_folder_is_worth_nothing() {
        let site = Site::new();
        let manifest = built(&site);
        // The same files, but others: as when a cache of a CI is unpacked.
        for path in ["a.html", "b/b.html"] {
            let file = site.path("public").join(path);
            std::fs::copy(&file, site.path("copy")).unwrap();
            std::fs::rename(site.path("copy"), &file).unwrap();
        }
        assert!(confirmed(&open_later(&site, HOUR), &manifest));
        wait_for_tick(&site);
        site.write("public/b/b.html", "0riginal");
        assert!(!confirmed(&open_later(&site, HOUR), &manifest));
    }

    #[test]
    fn a_damaged_list_is_worth_nothing() {
        let site = Site::new();
        let manifest = built(&site);
        let list = list(&site).unwrap();
        let good = std::fs::read(&list).unwrap();
        let mut bads = vec![good[..good.len() - 1].to_vec(), good[..10].to_vec(), vec![]];
        // Of another version, file system, manifest and start of the machine.
        bads.extend([3, 20, 40, 70].map(|at| {
            let mut other = good.clone();
            other[at] ^= 1;
            other
        }));
        for bad in bads {
            std::fs::write(&list, bad).unwrap();
            assert!(confirmed(&open_later(&site, HOUR), &manifest));
            assert_eq!(std::fs::read(&list).unwrap(), good, "written anew");
        }
    }

    #[test]
    fn what_was_touched_just_now_is_not_remembered() {
        let site = Site::new();
        let manifest = built(&site);
        let list = list(&site).unwrap();
        let good = std::fs::read(&list).unwrap();
        std::fs::remove_file(&list).unwrap();
        assert!(confirmed(&open_later(&site, Duration::ZERO), &manifest));
        assert!(!list.exists(), "nothing to remember");
        assert!(confirmed(&open_later(&site, HOUR), &manifest));
        assert_eq!(std::fs::read(&list).unwrap(), good);
        // The same where a build compares.
        std::fs::remove_file(&list).unwrap();
        let sink = open_later(&site, HOUR);
        assert!(keeps(&sink, "a.html", "original"));
        sink.stage(artifact("b/b.html", "original")).unwrap();
        commit(sink);
        assert_eq!(std::fs::read(&list).unwrap(), good);
    }
}
