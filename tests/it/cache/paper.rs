//! A newspaper of one article, its cache, and what a test does to it.

use std::path::Path;
use std::time::Duration;

use crate::support::{Answer, Scripted, SiteTest, article, one_of_each};

pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) const PICTURE: &str = "/content/dam/press/my%20picture.jpg";

/// A newspaper of one article with a picture. Both have tags, and a request that names one gets a 304.
pub(super) struct Paper {
    pub(super) site: SiteTest,
    pub(super) aem: Scripted,
}

impl Paper {
    pub(super) fn new() -> Self {
        let mut site = one_of_each();
        site.write(
            "templates/article.html",
            "<img src=\"{{ asset(src=item.picture) }}\">{{ item.title }}\n",
        );
        let aem = Scripted::always(Answer::page(500));
        site.aem(&aem.origin());
        let paper = Self { site, aem };
        paper.answers("one", |answer| answer);
        paper
    }

    /// One that was built.
    pub(super) fn standing() -> Self {
        let paper = Self::new();
        let run = paper.site.build().good();
        assert_eq!(run.changes(), "2 files written, 0 unchanged, 0 removed");
        paper
    }

    /// Answers with this article from now on; `rework` has the last word about each answer.
    pub(super) fn answers(
        &self,
        slug: &'static str,
        rework: impl Fn(Answer) -> Answer + Send + Sync + 'static,
    ) {
        self.aem.now(move |request| {
            let is_picture = request.path.starts_with(PICTURE);
            let tag = if is_picture {
                "\"pixels\"".to_owned()
            } else {
                format!("W/\"{slug}\"")
            };
            if request.header("if-none-match") == Some(&tag) {
                return rework(Answer::not_modified());
            }
            let answer = if is_picture {
                Answer::of("image/jpeg", "pixels")
            } else {
                let picture = r#"{"picture":"/content/dam/press/my picture.jpg","#;
                Answer::items(&[article(slug).replacen('{', picture, 1)])
            };
            rework(answer.header("ETag", &tag))
        });
    }

    /// Gives this answer to everything from now on.
    pub(super) fn only(&self, answer: Answer) {
        self.aem.now(move |_| answer.clone());
    }

    /// Builds, and gives what was asked for that: path, `If-None-Match`.
    pub(super) fn asked_by(&self, arguments: &[&str]) -> Vec<(String, Option<String>)> {
        let before = self.aem.requests().len();
        self.site.run(arguments).good();
        let requests = self.aem.requests_after(before).into_iter();
        let asked = requests.map(|request| {
            let tag = request.header("if-none-match").map(str::to_owned);
            (request.path, tag)
        });
        asked.collect()
    }
}

/// Takes the short way out of the game: what a build read is forgotten, what it got is not.
pub(super) fn forget_traces(site: &SiteTest) {
    for entry in std::fs::read_dir(site.path(".frieze")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with("traces-") {
            std::fs::remove_dir_all(entry.path()).unwrap();
        }
    }
}

/// Rewrites every record of a cache with its own checksum.
pub(super) fn edit_records(cache: &Path, edit: impl Fn(&mut serde_json::Value)) {
    for entry in walkdir::WalkDir::new(cache.join("answers-2")) {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() || entry.file_name().len() != 64 {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let (_, json) = text.split_once('\n').unwrap();
        let mut record = serde_json::from_str(json).unwrap();
        edit(&mut record);
        let json = record.to_string();
        let check = blake3::hash(json.as_bytes()).to_hex();
        std::fs::write(entry.path(), format!("{check}\n{json}\n")).unwrap();
    }
}

/// Makes everything that is kept older.
pub(super) fn age(site: &SiteTest, by: Duration) {
    let by = u64::try_from(by.as_millis()).unwrap();
    edit_records(&site.path(".frieze"), |record| {
        for key in ["since", "validated", "nothing", "used"] {
            record[key] = record[key].as_u64().map(|time| time - by).into();
        }
    });
}
