//! The folder that everything is written to, and the site in it.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

use crate::args::{OriginOptions, Paging};

/// A file system in memory, where there is one.
const MEMORY: &str = "/dev/shm";

/// The site, as it lies in `bench/site`.
macro_rules! site {
    ($($file:literal),* $(,)?) => {
        [$(($file, include_str!(concat!("../site/", $file)))),*]
    };
}

const SITE: [(&str, &str); 7] = site![
    "site.toml",
    "content-queries/articles.toml",
    "templates/base.html",
    "templates/article.html",
    "templates/card.html",
    "templates/list.html",
    "templates/topic.html",
];

/// A folder that goes with this value.
pub(crate) struct Work {
    dir: PathBuf,
}

impl Work {
    /// In the folder `parent`; else in memory, if that has the room, else where temporary files go.
    pub(crate) fn new(parent: Option<&Path>, content: &OriginOptions) -> io::Result<Self> {
        let parent = match parent {
            Some(parent) => parent.to_owned(),
            None if has_room(content) => MEMORY.into(),
            None => env::temp_dir(),
        };
        let dir = parent.join(format!("frieze-bench-{}", process::id()));
        fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of one build, empty.
    pub(crate) fn empty(&self, name: &str) -> io::Result<PathBuf> {
        let dir = self.dir.join(name);
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// Writes the site of one page, and says where it is: of the same articles, the first.
    pub(crate) fn write_one(&self, paging: Paging) -> io::Result<PathBuf> {
        let dir = self.empty("one")?;
        for (file, text) in SITE {
            let file = dir.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&dir))?;
            fs::write(file, text)?;
        }
        let variables = match paging {
            Paging::Offset => "offset = 0, limit = 1",
            Paging::Cursor => "first = 1",
        };
        let definition = format!(
            "persisted = \"articles\"\npaging = \"none\"\nvariables = {{ {variables} }}\n\n\
             [pages]\nroute = \"/\"\ntemplate = \"article.html\"\n"
        );
        fs::write(dir.join("content-queries/articles.toml"), definition)?;
        Ok(dir)
    }

    /// Writes the site, and says where it is.
    pub(crate) fn write_site(&self, paging: Paging) -> io::Result<PathBuf> {
        let dir = self.empty("site")?;
        for (file, text) in SITE {
            let file = dir.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&dir))?;
            let paging = format!("paging = \"{}\"", paging.name());
            fs::write(file, text.replace("paging = \"offset\"", &paging))?;
        }
        Ok(dir)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Whether the file system in memory takes the pages of two builds and a cache: not more than half of what is free, and
/// enough files.
fn has_room(content: &OriginOptions) -> bool {
    let Ok(stat) = rustix::fs::statvfs(MEMORY) else {
        return false;
    };
    let item = 2 * (8 * content.corpus.words + 4_000) + 20 * content.corpus.words;
    let room = stat.f_bavail * stat.f_frsize;
    // A page is a folder and a file.
    if stat.f_favail < 3 * content.corpus.items as u64 {
        return false;
    }
    (item * content.corpus.items) as u64 <= available().unwrap_or(room).min(room) / 2
}

/// Memory that could be had, in bytes: what is written to memory has to fit there as well.
fn available() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
