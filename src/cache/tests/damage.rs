//! A cache that is damaged can only forget.

use std::path::PathBuf;

use super::support::{ASSET, Builds, list, request, text};
use crate::query::Freshness;
use crate::source::Source;

/// Builds with some answers and an asset kept.
struct Site {
    builds: Builds,
}

const QUERIES: [&str; 4] = ["x/a", "x/b", "x/c", "y/a"];

/// What is asked for; two of the answers are long enough to be kept packed.
fn content(query: &str) -> String {
    match query {
        "x/a" => list(&["one", "two"]),
        "x/b" => list(&["x/b", "more"]),
        other => list(&[[other].as_slice(), &["more"; 50]].concat()),
    }
}

impl Site {
    async fn built() -> Self {
        let builds = Builds::new();
        for query in &QUERIES[1..] {
            builds.aem.has(&format!("{query} {{}}"), &content(query));
        }
        let site = Self { builds };
        site.check().await;
        site
    }

    /// Builds, and asserts that everything is right.
    async fn check(&self) {
        let source = self.builds.next();
        self.check_with(&source).await;
        assert!(source.warnings().is_empty(), "{}", source.warnings());
    }

    async fn check_with(&self, source: &dyn Source) {
        for query in QUERIES {
            let answer = source.answer(&request(query, Freshness::Revalidate)).await;
            assert_eq!(text(&answer.unwrap()), content(query));
        }
        let file = self.builds.folder().with_extension("download");
        let path = crate::aem::AssetFile::parse(ASSET).unwrap();
        let body = source.asset(&path, &file).await.unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"pixels");
        assert_eq!(body.hash, blake3::hash(b"pixels").to_hex().as_str());
    }

    fn files(&self) -> Vec<PathBuf> {
        self.builds.files("")
    }
}

/// What can happen to a file.
fn damage(file: &PathBuf, random: &mut fastrand::Rng) -> String {
    let mut bytes = std::fs::read(file).unwrap();
    let at = random.usize(..bytes.len().max(1));
    let what = match random.u8(..6) {
        _ if bytes.is_empty() => "left empty",
        0 => {
            bytes[at] ^= 1 << random.u8(..8);
            "a bit flipped"
        }
        1 => {
            bytes.truncate(at);
            "cut"
        }
        2 => {
            bytes.insert(at, random.u8(..));
            "a byte added"
        }
        3 => {
            bytes = vec![0; bytes.len()];
            "zeros"
        }
        4 => {
            bytes.clear();
            "emptied"
        }
        _ => {
            std::fs::remove_file(file).unwrap();
            return format!("{}: removed", file.display());
        }
    };
    std::fs::write(file, bytes).unwrap();
    format!("{}: {what} at {at}", file.display())
}

#[tokio::test]
async fn any_file_may_be_damaged() {
    let site = Site::built().await;
    let mut random = fastrand::Rng::with_seed(11);
    for round in 0..300 {
        let files = site.files();
        let count = random.usize(1..=3);
        let damaged = random.choose_multiple(files.iter(), count);
        let done: Vec<String> = damaged
            .into_iter()
            .map(|file| damage(file, &mut random))
            .collect();
        println!("round {round}: {}", done.join(", "));
        site.check().await;
        // One build is enough: what was damaged is whole again.
        site.check_with(&site.builds.offline()).await;
    }
}

#[tokio::test]
async fn what_is_damaged_is_not_used_offline() {
    let site = Site::built().await;
    for file in site.builds.files("bodies-2") {
        std::fs::write(file, "rubbish").unwrap();
    }
    let offline = site.builds.offline();
    for query in QUERIES {
        let asked = request(query, Freshness::Never);
        offline.answer(&asked).await.unwrap_err();
    }
    site.builds.download_from(&offline).await.0.unwrap_err();
}

#[tokio::test]
async fn a_body_that_grew_is_not_read_into_memory() {
    let site = Site::built().await;
    for file in site.builds.files("bodies-2") {
        let file = std::fs::File::options().write(true).open(file).unwrap();
        // Sparse: it takes no room on the disk.
        file.set_len(1 << 40).unwrap();
    }
    for file in site.builds.records() {
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_len(1 << 40).unwrap();
    }
    site.check().await;
}

#[tokio::test]
async fn a_record_that_lies_leads_nowhere() {
    let site = Site::built().await;
    let secret = site.builds.folder().with_file_name("secret");
    std::fs::write(&secret, list(&["secret"])).unwrap();
    let size = std::fs::metadata(&secret).unwrap().len();
    for hash in ["../../../secret", "..", "", "é", secret.to_str().unwrap()] {
        site.builds.edit_records(|record| {
            record["content"]["hash"] = hash.into();
            record["content"]["size"] = size.into();
        });
        let offline = site.builds.offline();
        let asked = request("x/a", Freshness::Never);
        offline.answer(&asked).await.unwrap_err();
        site.check().await;
    }
}

#[tokio::test]
async fn a_body_of_the_wrong_kind_is_not_used() {
    // An asset's bytes in the place of an answer: what is there is what its hash says, and no answer.
    let site = Site::built().await;
    let hash = blake3::hash(b"pixels").to_hex().to_string();
    site.builds.edit_records(|record| {
        record["content"]["hash"] = hash.as_str().into();
        record["content"]["size"] = 6.into();
    });
    site.check().await;
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_replaced_and_not_followed_when_writing() {
    let site = Site::built().await;
    let elsewhere = site.builds.folder().with_file_name("elsewhere");
    for file in site.files() {
        std::fs::write(&elsewhere, "untouched").unwrap();
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        site.check().await;
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"untouched");
    }
}

#[tokio::test]
async fn a_cache_that_cannot_be_used_costs_a_warning() {
    let site = Site::built().await;
    let folder = site.builds.folder();
    for place in [folder.join("answers-2"), folder.join("bodies-2"), folder] {
        std::fs::remove_dir_all(&place).unwrap();
        std::fs::write(&place, "a file in its place").unwrap();
        let source = site.builds.next();
        site.check_with(&source).await;
        assert_eq!(source.warnings().counts(), (0, 1), "{}", place.display());
        std::fs::remove_file(&place).unwrap();
        site.check().await;
    }
}

#[tokio::test]
async fn a_removed_cache_is_made_anew() {
    let site = Site::built().await;
    std::fs::remove_dir_all(site.builds.folder()).unwrap();
    site.check().await;
    let names = ["CACHEDIR.TAG", ".gitignore"];
    assert!(
        names
            .iter()
            .all(|name| site.builds.folder().join(name).is_file())
    );
}
