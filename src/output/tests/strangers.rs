//! Files that are not ours are found, however little of a folder a build looks at.

use std::fs::{self, File, FileTimes};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::keep::open_later;
use super::support::{Random, Site, artifact};
use crate::fs::Identity;
use crate::output::{Commit, Sink};

const NOW: Duration = Duration::ZERO;
const HOUR: Duration = Duration::from_secs(3_600);

const PAGES: [&str; 5] = ["a/x.html", "a/b/x.html", "a/b/y.html", "c/x.html", "x.html"];

/// The folders of these pages, in the order of the list.
const FOLDERS: [&str; 4] = ["", "a", "a/b", "c"];

fn build(site: &Site, pages: &[&str], text: &str) -> Commit {
    let sink = open_later(site, NOW);
    for path in pages {
        sink.stage(artifact(path, text)).unwrap();
    }
    wait_for_tick(site);
    Box::new(sink).commit().unwrap()
}

/// A site that was built a while ago.
fn built() -> Site {
    let site = Site::new();
    build(&site, &PAGES, "text");
    wait_for_tick(&site);
    site
}

/// What a build that changes nothing finds.
fn found(site: &Site, later: Duration) -> Vec<String> {
    open_later(site, later).stay().left_alone
}

/// The same, with every folder opened.
fn there(site: &Site) -> Vec<String> {
    site.open().unwrap().stay().left_alone
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

fn list(site: &Site) -> PathBuf {
    let mut lists = fs::read_dir(site.path("cache/clean-1")).unwrap();
    lists.next().unwrap().unwrap().path()
}

/// The rows of the list: that of the manifest, and one for each folder.
fn rows(site: &Site) -> Vec<[u8; Identity::SIZE]> {
    let bytes = fs::read(list(site)).unwrap();
    let (rows, _) = bytes[bytes.len() - FOLDERS.len() * Identity::SIZE..].as_chunks();
    rows.to_vec()
}

/// Writes another row into the list.
fn lie(site: &Site, row: usize, bytes: [u8; Identity::SIZE]) {
    let mut all = fs::read(list(site)).unwrap();
    let at = all.len() - (FOLDERS.len() - row) * Identity::SIZE;
    all[at..at + Identity::SIZE].copy_from_slice(&bytes);
    fs::write(list(site), all).unwrap();
}

fn looks(site: &Site, folder: &str) -> [u8; Identity::SIZE] {
    let found = site.path("public").join(folder).symlink_metadata();
    Identity::of(&found.unwrap()).unwrap().bytes()
}

const UNKNOWN: [u8; Identity::SIZE] = [0; Identity::SIZE];
const MADE: [u8; Identity::SIZE] = [u8::MAX; Identity::SIZE];

#[test]
fn folders_that_nobody_has_touched_are_not_opened() {
    let site = built();
    assert_eq!(rows(&site)[1..], [MADE; 3]);
    assert_eq!(found(&site, HOUR), [""; 0]);
    let known = rows(&site);
    assert_eq!(
        known[1..],
        ["a", "a/b", "c"].map(|folder| looks(&site, folder))
    );
    site.write("public/a/b/mine.txt", "");
    assert_eq!(found(&site, HOUR), ["a/b/mine.txt"]);
    assert_eq!(rows(&site)[2], UNKNOWN, "it is opened each time");
    // Only somebody who can make a list can have it believed.
    lie(&site, 2, looks(&site, "a/b"));
    assert_eq!(found(&site, HOUR), [""; 0]);
    assert_eq!(there(&site), ["a/b/mine.txt"]);
    fs::remove_file(site.path("public/a/b/mine.txt")).unwrap();
    assert_eq!(found(&site, HOUR), [""; 0]);
    assert_eq!(rows(&site)[2], looks(&site, "a/b"));
}

#[test]
fn folders_of_a_first_build_are_not_opened_by_the_next() {
    let site = built();
    site.write("public/c/mine.txt", "");
    assert_eq!(found(&site, NOW), ["c/mine.txt"]);
    lie(&site, 3, MADE);
    assert_eq!(
        found(&site, NOW),
        ["c/mine.txt"],
        "it came after the manifest"
    );
    lie(&site, 3, MADE);
    wait_for_tick(&site);
    site.write("later", "");
    lie(&site, 0, looks(&site, "../later"));
    assert_eq!(found(&site, NOW), [""; 0]);
}

#[test]
fn whatever_happens_to_a_folder_is_seen() {
    let tricks: [fn(&Site); 7] = [
        |site| site.write("public/a/b/mine", ""),
        |site| site.write("public/a/b/x/y/mine", ""),
        |site| {
            let folder = site.path("public/a/b");
            let found = folder.metadata().unwrap();
            site.write("public/a/b/mine", "");
            let times = FileTimes::new().set_modified(found.modified().unwrap());
            File::open(folder).unwrap().set_times(times).unwrap();
        },
        |site| {
            site.write("other/mine", "");
            fs::rename(site.path("public/a/b"), site.path("old")).unwrap();
            fs::rename(site.path("other"), site.path("public/a/b")).unwrap();
        },
        |site| {
            fs::rename(site.path("public/c"), site.path("public/a/b/c")).unwrap();
        },
        |site| {
            fs::rename(
                site.path("public/a/b/x.html"),
                site.path("public/a/b/z.html"),
            )
            .unwrap();
        },
        |site| {
            fs::remove_dir_all(site.path("public/a/b")).unwrap();
            site.write("public/a/b", "");
        },
    ];
    for (number, trick) in tricks.into_iter().enumerate() {
        for is_known in [false, true] {
            let site = built();
            if is_known {
                found(&site, HOUR);
            }
            trick(&site);
            assert_ne!(there(&site), [""; 0], "{number}");
            assert_eq!(found(&site, NOW), there(&site), "{number}");
            assert_eq!(found(&site, HOUR), there(&site), "{number}");
        }
    }
}

#[test]
fn a_link_in_the_place_of_a_folder_is_not_followed() {
    let site = built();
    found(&site, HOUR);
    site.write("theirs/mine", "");
    site.write("theirs/b/mine", "");
    fs::remove_dir_all(site.path("public/a")).unwrap();
    std::os::unix::fs::symlink(site.path("theirs"), site.path("public/a")).unwrap();
    assert_eq!(found(&site, HOUR), ["a"]);
    assert_eq!(there(&site), ["a"]);
}

#[test]
fn a_folder_that_was_touched_just_now_is_opened_again() {
    let site = built();
    found(&site, HOUR);
    site.write("public/c/mine", "");
    fs::remove_file(site.path("public/c/mine")).unwrap();
    assert_eq!(found(&site, NOW), [""; 0]);
    assert_eq!(rows(&site)[3], UNKNOWN);
    assert_eq!(found(&site, HOUR), [""; 0]);
    assert_eq!(rows(&site)[3], looks(&site, "c"));
}

#[test]
fn a_clock_that_was_turned_back_settles_nothing() {
    let site = built();
    fs::remove_file(list(&site)).unwrap();
    let sink = site.open().unwrap();
    let sink = sink.remembering_at(&site.path("cache"), SystemTime::now() - HOUR);
    assert_eq!(sink.stay().left_alone, [""; 0]);
    let kept = fs::read_dir(site.path("cache/clean-1")).unwrap().count();
    assert_eq!(kept, 0);
}

#[test]
fn a_folder_that_a_commit_has_touched_is_opened_by_the_next_build() {
    let site = built();
    found(&site, HOUR);
    let sink = open_later(&site, NOW);
    for path in PAGES {
        let text = if path == "a/b/y.html" {
            "other"
        } else {
            "text"
        };
        sink.stage(artifact(path, text)).unwrap();
    }
    assert_eq!(Box::new(sink).commit().unwrap().written, 1);
    let own = |folder| looks(&site, folder);
    assert_eq!(rows(&site)[1..], [own("a"), UNKNOWN, own("c")]);
    // At once: the manifest came later than the page, by the clock of the file system, or perhaps not.
    site.write("public/a/b/mine", "");
    assert_eq!(found(&site, NOW), ["a/b/mine"]);
}

#[test]
fn where_folders_do_not_tell_they_are_opened() {
    let site = built();
    found(&site, HOUR);
    site.write("public/a/b/mine.txt", "");
    lie(&site, 2, looks(&site, "a/b"));
    assert_eq!(found(&site, HOUR), [""; 0]);
    lie(&site, 2, looks(&site, "a/b"));
    let long_ago = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH);
    let root = File::open(site.path("public")).unwrap();
    root.set_times(long_ago).unwrap();
    assert_eq!(found(&site, HOUR), ["a/b/mine.txt"]);
}

#[test]
fn a_list_of_another_site_is_worth_nothing() {
    let site = built();
    site.write("public/a/b/mine.txt", "");
    lie(&site, 2, looks(&site, "a/b"));
    let good = fs::read(list(&site)).unwrap();
    let mut bads = vec![good[..good.len() - 1].to_vec(), good[..10].to_vec(), vec![]];
    // Of another version, file system, manifest and start of the machine.
    bads.extend([3, 20, 40, 70].map(|at| {
        let mut other = good.clone();
        other[at] ^= 1;
        other
    }));
    for bad in bads {
        fs::write(list(&site), bad).unwrap();
        assert_eq!(found(&site, HOUR), ["a/b/mine.txt"]);
    }
    // Rows of fewer folders, as no build writes them.
    fs::write(list(&site), &good[..good.len() - 3 * Identity::SIZE]).unwrap();
    assert_eq!(found(&site, HOUR), ["a/b/mine.txt"]);
}

/// Everybody does something, at random and at once.
fn act(site: &Site, random: &mut Random) {
    let folder = FOLDERS[random.below(4) as usize];
    let file = site.path("public").join(folder).join("mine");
    let other = site.path("public").join(folder).join("theirs");
    match random.below(8) {
        0 => drop(fs::write(file, "")),
        1 => drop(fs::remove_file(file)),
        2 => drop(fs::create_dir(other)),
        3 => drop(fs::write(other.join("deep"), "")),
        4 => drop(fs::remove_dir_all(other)),
        5 => {
            // Two folders change places, as when an older site is put back.
            let (one, two) = (site.path("public/a/b"), site.path("public/c"));
            let _ = fs::rename(&one, site.path("swap"));
            let _ = fs::rename(&two, &one);
            let _ = fs::rename(site.path("swap"), &two);
        }
        6 => {
            let count = 1 + random.below(5) as usize;
            let text = ["text", "other"][random.below(2) as usize];
            let sink = open_later(site, NOW);
            for path in &PAGES[5 - count..] {
                sink.stage(artifact(path, text)).unwrap();
            }
            let _ = Box::new(sink).commit();
        }
        _ => wait_for_tick(site),
    }
}

#[test]
fn what_is_found_is_what_is_there() {
    let site = built();
    let mut random = Random(7);
    for step in 0..600 {
        act(&site, &mut random);
        if random.below(3) == 0 {
            let expected = there(&site);
            assert_eq!(found(&site, NOW), expected, "step {step}");
        }
    }
}
