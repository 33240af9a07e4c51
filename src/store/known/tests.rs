//! What is known is what was written, or nothing.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::store::Bodies;
use crate::value::{digest, from_json, shortened};

/// A cache folder, and what builds keep in it.
struct Kept {
    cache: tempfile::TempDir,
}

/// One build's use of it.
struct Build {
    bodies: Arc<SpoolBodies>,
    shelf: Shelf,
}

impl Kept {
    fn new() -> Self {
        Self {
            cache: tempfile::tempdir().unwrap(),
        }
    }

    fn build(&self) -> Build {
        self.build_for("slug, body")
    }

    fn build_for(&self, wanted: &str) -> Build {
        let items = KnownItems {
            // What is little in tests is much elsewhere.
            little: 0,
            ..self.items()
        };
        let shelf = items.of("articles", wanted);
        let bodies = items.bodies;
        Build { bodies, shelf }
    }

    fn items(&self) -> KnownItems {
        let bodies = Arc::new(SpoolBodies::new(self.cache.path()));
        let folder = self.cache.path().join("items-2");
        KnownItems::at(&folder, digest(b"site"), digest(b"program"), bodies)
    }

    /// All files that are kept, sorted.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let folders = fs::read_dir(self.cache.path().join("items-2"));
        for folder in folders.into_iter().flatten() {
            let entries = fs::read_dir(folder.unwrap().path()).unwrap();
            files.extend(entries.map(|entry| entry.unwrap().path()));
        }
        files.sort();
        files
    }

    /// The catalogue of the builds for what most of them want.
    #[cfg(unix)]
    fn catalogue(&self) -> Catalogue {
        let environment = [&digest(b"program")[..], b"slug, body"].concat();
        let environment = shortened(&blake3::hash(&environment));
        let file = self.files().pop().unwrap();
        Catalogue::open(&file, &environment).unwrap()
    }

    /// Waits for the clock of the file system, which may be coarse.
    fn wait_for_tick(&self) {
        let stamp = || {
            let file = self.cache.path().join("tick");
            fs::write(&file, "").unwrap();
            file.metadata().unwrap().modified().unwrap()
        };
        let (first, end) = (stamp(), Instant::now() + Duration::from_secs(10));
        while stamp() == first && Instant::now() < end {
            std::thread::yield_now();
        }
    }

    /// The files of texts.
    fn texts(&self) -> usize {
        self.files().len() - 1
    }
}

fn json(number: u32) -> String {
    format!(
        "{{\"number\":{number},\"text\":\"{}\"}}",
        "x".repeat(number as usize % 50)
    )
}

fn raw(number: u32) -> Digest {
    digest(format!("raw {number}").as_bytes())
}

impl Build {
    /// Takes an item over, or goes through it; whether it was known.
    fn item(&self, number: u32) -> bool {
        let head = format!("head {number}");
        let (is_known, added) = match self.shelf.find(&raw(number)) {
            Some(at) => {
                let known = self.shelf.read(at).unwrap();
                assert_eq!((known.raw, &*known.head), (raw(number), head.as_bytes()));
                (true, self.shelf.keep(&known, head.as_bytes()).unwrap())
            }
            None => {
                let json = json(number);
                let added = self
                    .shelf
                    .add(raw(number), head.as_bytes(), json.as_bytes());
                (false, added.unwrap())
            }
        };
        ITEMS.with_borrow_mut(|items| items.push((number, added.body)));
        is_known
    }

    /// Has these items: how many were known. All of them can be read afterwards.
    fn items(&self, numbers: impl IntoIterator<Item = u32>) -> usize {
        ITEMS.take();
        let known = numbers
            .into_iter()
            .filter(|number| self.item(*number))
            .count();
        self.shelf
            .add_answer(digest(b"answer"), b"content")
            .unwrap();
        self.shelf.finish(b"note").unwrap();
        for (number, body) in ITEMS.take() {
            let expected = from_json(json(number).as_bytes()).unwrap();
            assert_eq!(self.bodies.value(body).unwrap(), expected);
        }
        known
    }
}

thread_local! {
    /// The items of the build that is going on.
    static ITEMS: std::cell::RefCell<Vec<(u32, BodyId)>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[test]
fn the_next_build_knows_items_and_answers() {
    let kept = Kept::new();
    let first = kept.build();
    assert!(!first.shelf.has_answer(&digest(b"answer")));
    assert_eq!(first.items(0..100), 0);
    let second = kept.build();
    assert_eq!(second.shelf.note(), Some(&b"note"[..]));
    let answer = second.shelf.answer(&digest(b"answer"));
    assert_eq!(answer.as_deref(), Some(&b"content"[..]));
    assert!(!second.shelf.has_answer(&digest(b"another")));
    assert_eq!(second.shelf.raw(3), Some(raw(3)));
    assert_eq!(second.shelf.raw(100), None);
    // In another order, with one that is new and one that is gone.
    assert_eq!(second.items((1..101).rev()), 99);
    assert_eq!(kept.texts(), 2);
    assert_eq!(
        kept.build().items(0..101),
        100,
        "what came to be gone is forgotten"
    );
}

#[test]
fn a_build_that_learns_nothing_writes_nothing() {
    let kept = Kept::new();
    kept.build().items(0..10);
    let before: Vec<_> = kept
        .files()
        .iter()
        .map(|file| fs::metadata(file).unwrap().modified().unwrap())
        .collect();
    assert_eq!(kept.build().items(0..10), 10);
    let after: Vec<_> = kept
        .files()
        .iter()
        .map(|file| fs::metadata(file).unwrap().modified().unwrap())
        .collect();
    assert_eq!(before, after);
}

#[test]
fn what_is_wanted_decides_what_is_known() {
    let kept = Kept::new();
    kept.build().items(0..10);
    assert_eq!(kept.build_for("slug").items(0..10), 0);
    assert_eq!(kept.build_for("slug").items(0..10), 10);
    assert_eq!(kept.build().items(0..10), 0);
    assert_eq!(kept.texts(), 1, "no texts of the others are left");
}

#[test]
fn whatever_is_wrong_with_a_file_it_is_as_if_there_were_none() {
    let kept = Kept::new();
    kept.build().items(0..20);
    kept.build().items(0..30);
    let whole: Vec<(PathBuf, Vec<u8>)> = kept
        .files()
        .into_iter()
        .map(|file| (file.clone(), fs::read(&file).unwrap()))
        .collect();
    assert_eq!(whole.len(), 3);
    let restore = || {
        for file in kept.files() {
            fs::remove_file(file).unwrap();
        }
        for (file, bytes) in &whole {
            fs::write(file, bytes).unwrap();
        }
    };
    // A clock that is coarse shows them as they were, whatever happens to them in the same tick.
    kept.wait_for_tick();
    restore();
    for (file, bytes) in &whole {
        let step = (bytes.len() / 60).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut wrong = bytes.clone();
            wrong[at] ^= 4;
            fs::write(file, wrong).unwrap();
            assert_eq!(kept.build().items(5..25), 0, "{} at {at}", file.display());
            restore();
            fs::write(file, &bytes[..at]).unwrap();
            assert_eq!(kept.build().items(5..25), 0, "{} to {at}", file.display());
            restore();
        }
        fs::write(file, [bytes.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(kept.build().items(0..30), 0);
        restore();
        fs::remove_file(file).unwrap();
        assert_eq!(kept.build().items(0..30), 0);
        restore();
        assert_eq!(kept.build().items(0..30), 30, "it is what was restored");
    }
}

#[cfg(unix)]
#[test]
fn a_file_of_texts_that_was_left_in_peace_is_not_read() {
    use texts::Named;

    let kept = Kept::new();
    kept.build().items(0..20);
    let (first, folder) = (
        kept.catalogue(),
        kept.files()[0].parent().unwrap().to_path_buf(),
    );
    let [named] = &*first.texts else {
        panic!("there is one file of texts");
    };
    assert!(named.identity.is_some());
    assert_eq!(texts::open(&folder, named).unwrap().1, *named);
    // Its content is not even looked at.
    let other = Named {
        digest: digest(b"other"),
        ..named.clone()
    };
    fs::copy(named.file(&folder), other.file(&folder)).unwrap();
    assert!(
        texts::open(&folder, &other).is_none(),
        "this is another file"
    );
    kept.wait_for_tick();
    fs::rename(named.file(&folder), other.file(&folder)).unwrap();
    assert!(texts::open(&folder, &other).is_none(), "it was renamed");
    let seen = crate::fs::Identity::of(&other.file(&folder).metadata().unwrap());
    let other = Named {
        identity: seen,
        ..other
    };
    assert_eq!(texts::open(&folder, &other).unwrap().1, other);
    let longer = Named {
        length: other.length + 1,
        ..other
    };
    assert!(texts::open(&folder, &longer).is_none());
}

#[cfg(unix)]
#[test]
fn a_file_of_texts_that_came_from_elsewhere_is_read_until_it_has_rested() {
    let kept = Kept::new();
    kept.build().items(0..20);
    let file = kept.files().remove(0);
    let bytes = fs::read(&file).unwrap();
    kept.wait_for_tick();
    fs::remove_file(&file).unwrap();
    fs::write(&file, &bytes).unwrap();
    // One that learns something writes down what it has seen.
    assert_eq!(kept.build().items(0..21), 20);
    // Right after it was written it could change without a new time.
    assert_eq!(kept.catalogue().texts[0].identity, None);
    fs::write(&file, vec![b'x'; bytes.len()]).unwrap();
    assert_eq!(kept.build().items(0..21), 0);
}

#[cfg(unix)]
#[test]
fn after_another_start_of_the_machine_texts_are_read() {
    let kept = Kept::new();
    kept.build().items(0..20);
    let file = kept.files().pop().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let start = shortened(&crate::fs::this_start());
    let mut parts = bytes.windows(start.len());
    let at = parts.rposition(|part| part == start).unwrap();
    bytes[at] ^= 1;
    let end = bytes.len() - size_of::<Digest>();
    let (content, checksum) = bytes.split_at_mut(end);
    checksum.copy_from_slice(&digest(content));
    fs::write(&file, bytes).unwrap();
    assert_eq!(kept.catalogue().texts[0].identity, None);
    assert_eq!(kept.build().items(0..20), 20, "they are what they were");
}

#[test]
fn files_of_texts_do_not_grow_without_end() {
    let kept = Kept::new();
    kept.build().items(0..100);
    let mut most = 0;
    for step in 1..60 {
        let known = kept.build().items(step..step + 100);
        assert_eq!(known, 99, "{step}");
        most = most.max(kept.texts());
    }
    assert!(most > 2 && most <= FILES, "{most}");
    let bytes: u64 = kept
        .files()
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    let needed: usize = (60..160).map(|number| json(number).len()).sum();
    assert!(bytes < 4 * needed as u64 + 20_000, "{bytes}, {needed}");
}

#[test]
fn little_is_kept_in_one_file() {
    let kept = Kept::new();
    for step in 0..5 {
        let items = kept.items();
        let shelf = items.of("articles", "slug");
        let bodies = items.bodies;
        let known = Build { bodies, shelf }.items(step..step + 100);
        assert_eq!(known, if step == 0 { 0 } else { 99 }, "{step}");
        assert!(kept.texts() <= 2, "{step}");
    }
}

#[test]
fn not_more_files_are_opened_than_there_may_be() {
    let kept = Kept::new();
    let query = |items: &KnownItems, number: usize| {
        let shelf = items.of(&format!("query {number}"), "slug");
        let bodies = Arc::clone(&items.bodies);
        Build { bodies, shelf }.items(0..10)
    };
    let first = kept.items();
    let all = OPEN + 20;
    // What is not kept is there all the same.
    assert_eq!(
        (0..all).map(|number| query(&first, number)).sum::<usize>(),
        0
    );
    let second = kept.items();
    let known: usize = (0..all).map(|number| query(&second, number)).sum();
    // One file for what is known, and one for what might be new.
    assert_eq!(known, 10 * OPEN / 2);
}

#[test]
fn builds_at_the_same_time_leave_one_of_theirs() {
    let kept = Kept::new();
    kept.build().items(0..10);
    let (one, other) = (kept.build(), kept.build());
    assert_eq!(one.items(0..20), 10);
    assert_eq!(other.items(5..25), 5);
    assert_eq!(kept.build().items(5..25), 20);
    // One starts before the other has thrown away what both know.
    let late = kept.build();
    for step in 0..20 {
        kept.build().items(step..step + 30);
    }
    assert_eq!(late.items(5..25), 20);
    let _ = kept.build().items(5..25);
    assert_eq!(kept.build().items(5..25), 20);
}

#[test]
fn nothing_is_made_where_there_is_no_cache() {
    let kept = Kept::new();
    let bodies = Arc::new(SpoolBodies::new(kept.cache.path()));
    let folder = kept.cache.path().join("absent").join("items-2");
    let items = KnownItems::at(&folder, digest(b""), digest(b""), Arc::clone(&bodies));
    let shelf = items.of("articles", "");
    let build = Build { bodies, shelf };
    assert_eq!(build.items(0..10), 0);
    assert!(!kept.cache.path().join("absent").exists());
}

#[test]
fn a_full_disk_is_no_matter_for_this_build() {
    let kept = Kept::new();
    assert_eq!(kept.build().items(0..10), 0);
    let files = kept.files();
    // With a few texts that wait in memory, and with some in the file.
    for (before, after) in [(1, 1), (1, 25_000), (25_000, 1)] {
        let build = kept.build();
        let fill_disk = |number: &u32| {
            if *number == 10 + before {
                let mut writer = build.shelf.writer().unwrap();
                writer.as_mut().unwrap().fill_disk();
            }
        };
        let numbers = (5..10 + before + after).inspect(fill_disk);
        assert_eq!(build.items(numbers), 5);
        drop(build);
        assert_eq!(kept.files(), files);
    }
    assert_eq!(kept.build().items(0..10), 10);
}

#[test]
fn a_build_that_is_given_up_leaves_nothing() {
    let kept = Kept::new();
    let build = kept.build();
    build.item(1);
    drop(build);
    ITEMS.take();
    assert_eq!(kept.files(), Vec::<PathBuf>::new());
}
