//! `frieze cache info` and `frieze cache gc`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::support::{Builds, list, request};
use crate::cache::{Cache, Contents, Swept};
use crate::query::Freshness;
use crate::source::Source;

const DAY: Duration = Duration::from_secs(86_400);

/// Makes a file as old as a killed build's.
fn put_back(file: &Path) {
    let file = std::fs::File::options().write(true).open(file).unwrap();
    file.set_modified(SystemTime::now() - 2 * Duration::from_secs(3600))
        .unwrap();
}

/// Writes a file into the cache, two hours ago.
fn old_file(builds: &Builds, path: &str) -> PathBuf {
    let file = builds.folder().join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "12345").unwrap();
    put_back(&file);
    file
}

#[tokio::test]
async fn everything_is_counted() {
    let builds = Builds::new();
    assert_eq!(builds.cache().contents().unwrap(), Contents::default());
    assert!(!builds.cache().exists());
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds.age(2 * 86_400);
    builds.download().await.0.unwrap();
    let bytes = (list(&["one", "two"]).len() + "pixels".len()) as u64;
    let contents = builds.cache().contents().unwrap();
    let (oldest, newest) = (contents.oldest.unwrap(), contents.newest.unwrap());
    assert!(oldest > DAY && newest < DAY, "{contents:?}");
    let counts = (contents.records, contents.bodies, contents.bytes);
    assert_eq!((counts, contents.damaged), ((2, 2, bytes), 0));
    std::fs::write(&builds.records()[0], "rubbish").unwrap();
    // What is being written is neither.
    old_file(&builds, "answers-2/ab/.partial-x");
    let contents = builds.cache().contents().unwrap();
    assert_eq!((contents.records, contents.damaged), (1, 1));
}

#[tokio::test]
async fn what_was_not_used_for_long_goes() {
    let builds = Builds::new();
    builds.aem.has("x/b {}", &list(&["b"]));
    builds.ask(Freshness::Revalidate).await.unwrap();
    let source = builds.next();
    let asked = request("x/b", Freshness::Revalidate);
    source.answer(&asked).await.unwrap();
    builds.age(10 * 86_400);
    for file in builds.files("bodies-2") {
        put_back(&file);
    }
    builds.ask(Freshness::Revalidate).await.unwrap();
    assert_eq!(builds.cache().sweep(11 * DAY).unwrap(), Swept::default());
    let swept = builds.cache().sweep(9 * DAY).unwrap();
    assert_eq!((swept.records, swept.files), (1, 1));
    let offline = builds.offline();
    offline.answer(&asked).await.unwrap_err();
    let kept = request("x/a", Freshness::Revalidate);
    offline.answer(&kept).await.unwrap();
}

#[tokio::test]
async fn what_is_used_without_a_question_stays() {
    let builds = Builds::new();
    builds.ask(Freshness::Never).await.unwrap();
    builds.age(40 * 86_400);
    builds.ask(Freshness::Never).await.unwrap();
    assert_eq!(builds.cache().sweep(30 * DAY).unwrap(), Swept::default());
    builds.age(40 * 86_400);
    let asked = request("x/a", Freshness::Revalidate);
    builds.offline().answer(&asked).await.unwrap();
    assert_eq!(builds.cache().sweep(30 * DAY).unwrap(), Swept::default());
    // It is no younger for that.
    let contents = builds.cache().contents().unwrap();
    assert!(contents.newest.unwrap() > 79 * DAY, "{contents:?}");
}

#[tokio::test]
async fn the_past_of_a_clock_that_was_set_back_goes() {
    let builds = Builds::new();
    builds.ask(Freshness::Revalidate).await.unwrap();
    builds.age(-86_400);
    assert_eq!(builds.cache().sweep(30 * DAY).unwrap().records, 1);
}

#[tokio::test]
async fn leftovers_go_when_nobody_can_need_them() {
    let builds = Builds::new();
    builds.ask(Freshness::Revalidate).await.unwrap();
    let hash = blake3::hash(b"12345").to_hex().to_string();
    let leftovers = [
        format!("bodies-2/{}/{hash}", &hash[..2]),
        "bodies-2/ab/.partial-x".to_owned(),
        "answers-2/ab/.partial-x".to_owned(),
        "answers-0/ab/x".to_owned(),
        "bodies-22/x".to_owned(),
    ];
    for path in &leftovers {
        old_file(&builds, path);
    }
    // These may be a running build's.
    let young = builds.folder().join("bodies-2/ab/.partial-y");
    std::fs::write(&young, "12345").unwrap();
    let unused = builds
        .folder()
        .join("bodies-2")
        .join("ab")
        .join("a".repeat(64));
    std::fs::write(&unused, "12345").unwrap();
    let swept = builds.cache().sweep(DAY).unwrap();
    assert_eq!(
        swept,
        Swept {
            records: 0,
            files: 5,
            bytes: 25
        }
    );
    for path in leftovers {
        assert!(!builds.folder().join(&path).exists(), "{path}");
    }
    assert!(young.exists() && unused.exists());
    assert_eq!(builds.cache().sweep(DAY).unwrap(), Swept::default());
}

#[tokio::test]
async fn nothing_else_is_touched() {
    let builds = Builds::new();
    builds.ask(Freshness::Revalidate).await.unwrap();
    let mut others = vec![
        old_file(&builds, "history.json"),
        old_file(&builds, "answers-2/notes.txt"),
        old_file(&builds, "bodies-2/ab/notes.txt"),
        old_file(&builds, "answers-to-life/x"),
        old_file(&builds, "bodies-of-water/x"),
        old_file(&builds, "answers-/x"),
        old_file(&builds, "traces-1/x"),
    ];
    let outside = builds.folder().with_file_name("outside");
    std::fs::create_dir(&outside).unwrap();
    let file = outside.join("b".repeat(64));
    std::fs::write(&file, "12345").unwrap();
    put_back(&file);
    others.push(file);
    #[cfg(unix)]
    for link in ["bodies-2/cd", "answers-3", "bodies-2/ef"] {
        std::os::unix::fs::symlink(&outside, builds.folder().join(link)).unwrap();
    }
    assert_eq!(builds.cache().sweep(DAY).unwrap(), Swept::default());
    assert!(others.iter().all(|file| file.exists()));
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_a_folder_is_not_followed() {
    let builds = Builds::new();
    let outside = builds.folder().with_file_name("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::create_dir_all(builds.folder()).unwrap();
    let file = outside.join("b".repeat(64));
    std::fs::write(&file, "12345").unwrap();
    for name in ["answers-2", "bodies-2"] {
        std::os::unix::fs::symlink(&outside, builds.folder().join(name)).unwrap();
    }
    assert_eq!(builds.cache().sweep(DAY).unwrap(), Swept::default());
    assert_eq!(builds.cache().contents().unwrap(), Contents::default());
    assert!(file.exists());
}

/// A cache in somebody's own folder.
async fn in_a_foreign_folder(builds: &Builds) -> (Cache, PathBuf) {
    let folder = builds.folder().with_file_name("work");
    let own = folder.join("answers-2024/letter.txt");
    std::fs::create_dir_all(own.parent().unwrap()).unwrap();
    std::fs::write(&own, "dear").unwrap();
    let cache = Cache::at(&folder);
    let upstream = Box::new(builds.aem.clone());
    let (realm, policy) = (builds.realm.clone(), builds.policy_now());
    let source = crate::cache::CachedSource::new(upstream, cache.clone(), realm, policy);
    let asked = request("x/a", Freshness::Revalidate);
    source.answer(&asked).await.unwrap();
    (cache, own)
}

#[tokio::test]
async fn somebodys_own_folder_is_not_hidden_from_version_control() {
    let builds = Builds::new();
    let (cache, own) = in_a_foreign_folder(&builds).await;
    assert_eq!(cache.contents().unwrap().records, 1);
    for name in [".gitignore", "CACHEDIR.TAG"] {
        assert!(!cache.folder().join(name).exists(), "{name}");
    }
    assert_eq!(cache.sweep(DAY).unwrap(), Swept::default());
    assert!(own.exists());
}

#[tokio::test]
async fn what_was_found_in_items_goes_when_nobody_asks_for_them() {
    let builds = Builds::new();
    builds.ask(Freshness::Revalidate).await.unwrap();
    let text = "a".repeat(32);
    let kept = ["catalogue", &text].map(|name| old_file(&builds, &format!("items-2/ab/{name}")));
    let left = old_file(&builds, "items-2/ab/.partial-x");
    let old = old_file(&builds, "items-0/ab/catalogue");
    let young = builds.folder().join("items-2/ab/.partial-y");
    std::fs::write(&young, "12345").unwrap();
    assert_eq!(builds.cache().contents().unwrap().items, 4 * 5);
    let swept = builds.cache().sweep(DAY).unwrap();
    assert_eq!((swept.records, swept.files), (0, 2));
    assert!(!left.exists() && !old.exists() && young.exists());
    put_back(&young);
    // Two hours ago is not within this time.
    let swept = builds.cache().sweep(Duration::from_secs(5_400)).unwrap();
    assert_eq!((swept.files, swept.bytes), (3, 3 * 5));
    assert!(!kept.iter().any(|file| file.exists()));
    assert!(!builds.folder().join("items-2/ab").exists());
}
