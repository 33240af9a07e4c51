//! A site folder for a test, builds into it, and what is on the disk afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::artifact::{Artifact, ArtifactKind, Body, OutputPath, Provenance};
use crate::diag::{Diagnostics, Style};
use crate::output::failpoint::Failpoint;
use crate::output::{Commit, DirSink, Sink};

/// A site's root with two input folders; its output is `public`.
pub(super) struct Site {
    dir: TempDir,
}

/// Every file, link and folder below a folder with its content.
pub(super) type Tree = BTreeMap<String, String>;

impl Site {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["site/static/img", "site/templates"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        Self { dir }
    }

    /// A path below the site's root.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join("site").join(path)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.dir.path().join("site")
    }

    /// Writes a file and the folders above it.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(super) fn open_at(&self, output: &Path) -> Result<DirSink, Diagnostics> {
        let inputs = ["static", "templates", "content", "site.toml"].map(|input| self.path(input));
        DirSink::open(output, &self.root(), &inputs)
    }

    pub(super) fn open(&self) -> Result<DirSink, Diagnostics> {
        self.open_at(&self.path("public"))
    }

    /// Builds pages of these contents.
    pub(super) fn build(&self, files: &[(&str, &str)]) -> Result<Commit, Diagnostics> {
        self.build_until(files, Failpoint::never())
    }

    pub(super) fn build_until(
        &self,
        files: &[(&str, &str)],
        failpoint: Failpoint,
    ) -> Result<Commit, Diagnostics> {
        let sink = DirSink::open_until(&self.path("public"), &self.root(), &[], failpoint)?;
        for (path, text) in files {
            sink.stage(artifact(path, text))?;
        }
        Box::new(sink).commit()
    }

    /// What is in the output folder; nothing when there is none.
    pub(super) fn tree(&self) -> Option<Tree> {
        tree(&self.path("public"))
    }

    /// Messages without the paths of the machine.
    pub(super) fn text(&self, found: &Diagnostics) -> String {
        let mut text = found.render(Style::Plain);
        for dir in [
            self.dir.path().canonicalize().unwrap(),
            self.dir.path().to_path_buf(),
        ] {
            text = text.replace(&*dir.to_string_lossy(), "[dir]");
        }
        text
    }
}

pub(super) fn tree(root: &Path) -> Option<Tree> {
    root.exists().then(|| {
        let entries = walkdir::WalkDir::new(root)
            .min_depth(1)
            .into_iter()
            .map(Result::unwrap);
        entries
            .map(|entry| {
                let name = entry
                    .path()
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                let content = match entry.file_type() {
                    t if t.is_dir() => "folder".to_owned(),
                    t if t.is_symlink() => {
                        format!("-> {}", entry.path().read_link().unwrap().display())
                    }
                    _ => {
                        String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned()
                    }
                };
                (name, content)
            })
            .collect()
    })
}

/// An artifact; what its name ends with decides its kind.
pub(super) fn artifact(path: &str, text: &str) -> Artifact {
    let kind = if path.ends_with(".jpg") {
        ArtifactKind::Asset
    } else if path.ends_with(".txt") {
        ArtifactKind::Static
    } else {
        ArtifactKind::Page
    };
    let provenance = Provenance {
        definition: (kind == ArtifactKind::Page).then(|| "walks".into()),
        item: Some(format!("/content/dam/{path}").into()),
        template: (kind == ArtifactKind::Page).then(|| "walk.html".into()),
    };
    Artifact {
        path: OutputPath::parse(path).unwrap(),
        body: Body::Bytes(text.into()),
        kind,
        provenance,
    }
}

/// Numbers that look random and are the same in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
