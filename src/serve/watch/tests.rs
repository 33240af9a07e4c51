//! Edits as editors make them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::config::Overrides;

/// A site that is followed.
struct Followed {
    _folder: TempDir,
    root: PathBuf,
    ask: Ask,
    _watch: Watch,
}

impl Followed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("templates")).unwrap();
        fs::write(folder.path().join("templates/page.html"), "one").unwrap();
        fs::write(folder.path().join("site.toml"), "one").unwrap();
        let root = folder.path().to_path_buf();
        Self::of(folder, &root)
    }

    /// A site that lies in a folder.
    fn of(folder: TempDir, root: &Path) -> Self {
        let ask = Ask::default();
        let places = Places::new(root, &Overrides::default());
        let watch = Watch::start(places, ask.clone()).unwrap();
        Self {
            _folder: folder,
            root: root.to_path_buf(),
            ask,
            _watch: watch,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Waits until an edit of a file was told, together with whatever else.
    async fn hears(&self, name: &str) {
        let file = self.path(name);
        let heard = async { while !self.ask.heard().await.files.contains(&file) {} };
        let heard = timeout(Duration::from_secs(60), heard).await;
        heard.unwrap_or_else(|_| panic!("nothing was heard of {name}"));
    }
}

#[tokio::test]
async fn an_edit_is_heard_however_it_is_made() {
    let site = Followed::new();
    fs::write(site.path("templates/page.html"), "two").unwrap();
    site.hears("templates/page.html").await;
    // As most editors do.
    fs::write(site.path("templates/page.html.new"), "three").unwrap();
    fs::rename(
        site.path("templates/page.html.new"),
        site.path("templates/page.html"),
    )
    .unwrap();
    site.hears("templates/page.html").await;
    fs::write(site.path("site.toml"), "two").unwrap();
    site.hears("site.toml").await;
    fs::write(site.path(".env"), "A=b").unwrap();
    site.hears(".env").await;
    fs::remove_file(site.path("templates/page.html")).unwrap();
    site.hears("templates/page.html").await;
}

#[tokio::test]
async fn folders_may_come_and_go() {
    let site = Followed::new();
    fs::create_dir_all(site.path("static/css")).unwrap();
    fs::write(site.path("static/css/a.css"), "one").unwrap();
    site.hears("static").await;
    let edit = |name: &str, text: &str| {
        // A folder that was made just now may not be watched yet: it is told as a whole, and then watched.
        fs::write(site.path(name), text).unwrap();
    };
    hears_eventually(&site, "static/css/a.css", |turn| {
        edit("static/css/a.css", &turn.to_string());
    })
    .await;
    fs::remove_dir_all(site.path("static")).unwrap();
    site.hears("static").await;
    fs::create_dir_all(site.path("static")).unwrap();
    hears_eventually(&site, "static/b.css", |turn| {
        edit("static/b.css", &turn.to_string());
    })
    .await;
    // One that is moved to its place with all that is in it.
    fs::create_dir_all(site.path("prepared/deep")).unwrap();
    fs::write(site.path("prepared/deep/a.md"), "one").unwrap();
    fs::rename(site.path("prepared"), site.path("content")).unwrap();
    site.hears("content").await;
    hears_eventually(&site, "content/deep/a.md", |turn| {
        edit("content/deep/a.md", &turn.to_string());
    })
    .await;
}

/// As a backup, a checkout or a script restores it: what was watched is somewhere else then.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_folder_of_the_site_may_be_replaced() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("site");
    let make = |text: &str| {
        fs::create_dir_all(root.join("templates")).unwrap();
        fs::write(root.join("templates/page.html"), text).unwrap();
        fs::write(root.join("site.toml"), text).unwrap();
    };
    make("one");
    let site = Followed::of(above, &root);
    // Until it is watched.
    hears_eventually(&site, "templates/page.html", |turn| make(&turn.to_string())).await;
    fs::rename(&root, root.with_extension("old")).unwrap();
    site.hears("site.toml").await;
    make("three");
    site.hears("site.toml").await;
    for name in ["templates/page.html", "site.toml"] {
        hears_eventually(&site, name, |turn| make(&format!("four {turn}"))).await;
    }
}

/// Edits until that is heard.
async fn hears_eventually(site: &Followed, name: &str, mut edit: impl FnMut(u32)) {
    let file = site.path(name);
    for turn in 0..60 {
        edit(turn);
        let heard = timeout(Duration::from_secs(1), async {
            while !site.ask.heard().await.files.contains(&file) {}
        });
        if heard.await.is_ok() {
            return;
        }
    }
    panic!("nothing was heard of {name}");
}

#[tokio::test]
async fn what_is_of_no_use_is_not_told() {
    let site = Followed::new();
    for name in [
        "templates/.page.html.swp",
        "templates/page.html~",
        "README.md",
        "templates/4913",
    ] {
        fs::write(site.path(name), "x").unwrap();
    }
    fs::create_dir_all(site.path("public")).unwrap();
    fs::write(site.path("public/index.html"), "x").unwrap();
    fs::write(site.path("templates/page.html"), "two").unwrap();
    let mut files = BTreeSet::new();
    while !files.contains(&site.path("templates/page.html")) {
        let heard = timeout(Duration::from_secs(60), site.ask.heard());
        files.extend(heard.await.unwrap().files);
    }
    assert_eq!(files, BTreeSet::from([site.path("templates/page.html")]));
}

/// What is edited while the watches are set up is found by comparison, even where its time says nothing.
#[test]
fn listings_differ_by_what_was_edited() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let places = [path("templates"), path("site.toml"), path("static")];
    let list = || Listing::of(&places);
    fs::create_dir_all(path("templates/parts")).unwrap();
    for name in [
        "templates/a",
        "templates/b",
        "templates/parts/c",
        "site.toml",
        "other",
    ] {
        fs::write(path(name), "one").unwrap();
    }
    let before = list();
    assert_eq!(list().differing(&before), BTreeSet::new());
    fs::write(path("templates/a"), "other").unwrap();
    set_time(&path("templates/b"), 1);
    fs::remove_file(path("templates/parts/c")).unwrap();
    fs::write(path("site.toml"), "longer").unwrap();
    fs::write(path("other"), "longer").unwrap();
    fs::create_dir(path("static")).unwrap();
    let expected = [
        "site.toml",
        "static",
        "templates/a",
        "templates/b",
        "templates/parts/c",
    ];
    assert_eq!(list().differing(&before), expected.map(path).into());
}

/// A file from long ago, as archives and checkouts bring them.
fn set_time(file: &Path, seconds: u64) {
    let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds);
    let file = fs::File::options().write(true).open(file).unwrap();
    file.set_modified(time).unwrap();
}
