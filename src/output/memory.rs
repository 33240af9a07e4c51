//! A site in memory: for tests, for `check`, and for `serve`, which builds again and again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::artifact::{Artifact, Body, OutputPath, Provenance};
use crate::diag::{Diagnostic, Diagnostics, Kind};

use super::conflict::{self, Claim};
use super::{Changed, Commit, Earlier, Sink, Staged, locked};

/// The files of a site.
pub type MemoryFiles = BTreeMap<OutputPath, (Vec<u8>, Provenance)>;

/// The last site committed to it; a handle that may be cloned. Each build into it gets a
/// [`MemorySink`].
#[derive(Clone, Debug, Default)]
pub struct MemorySite(Arc<Mutex<Arc<MemoryFiles>>>);

impl MemorySite {
    /// A sink for one build.
    #[must_use]
    pub fn sink(&self) -> MemorySink {
        MemorySink {
            site: self.clone(),
            taken: Mutex::default(),
        }
    }

    /// The files as of the last commit. Stays what it is when another follows.
    #[must_use]
    pub fn files(&self) -> Arc<MemoryFiles> {
        Arc::clone(&locked(&self.0))
    }
}

/// Keeps one build's artifacts in memory until its commit hands them to a [`MemorySite`].
#[derive(Debug, Default)]
pub struct MemorySink {
    site: MemorySite,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    artifacts: Vec<Artifact>,
    failed: bool,
}

impl MemorySink {
    /// A sink with a site of its own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The site that a commit will fill.
    #[must_use]
    pub fn site(&self) -> MemorySite {
        self.site.clone()
    }
}

impl Sink for MemorySink {
    fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics> {
        let bytes = match artifact.body {
            Body::Bytes(bytes) => bytes,
            Body::File(path) => crate::fs::read_bytes(&path).map_err(|error| {
                locked(&self.taken).failed = true;
                Diagnostic::error(Kind::Config, error.to_string())
            })?,
        };
        let staged = content(&bytes);
        locked(&self.taken).artifacts.push(Artifact {
            body: Body::Bytes(bytes),
            ..artifact
        });
        Ok(Some(staged))
    }

    fn keep(&self, earlier: Earlier) -> Result<bool, Diagnostics> {
        let files = self.site.files();
        let found = files.get(&earlier.path).map(|(bytes, _)| bytes);
        let same = found.filter(|bytes| content(bytes) == earlier.content);
        let kept = same.map(|bytes| Artifact {
            path: earlier.path,
            body: Body::Bytes(bytes.clone()),
            kind: earlier.kind,
            provenance: earlier.provenance,
        });
        let is_kept = kept.is_some();
        locked(&self.taken).artifacts.extend(kept);
        Ok(is_kept)
    }

    fn commit(self: Box<Self>) -> Result<Commit, Diagnostics> {
        let Taken { artifacts, failed } = std::mem::take(&mut *locked(&self.taken));
        if failed {
            return Err(super::incomplete().into());
        }
        let conflicts = conflict::check(artifacts.iter().map(|a| Claim {
            path: &a.path,
            kind: a.kind,
            provenance: &a.provenance,
        }));
        if conflicts.has_errors() {
            return Err(conflicts);
        }
        let old = self.site.files();
        let mut commit = Commit::default();
        let mut new = MemoryFiles::new();
        for Artifact {
            path,
            body,
            provenance,
            ..
        } in artifacts
        {
            // `stage` leaves no other kind.
            let Body::Bytes(bytes) = body else { continue };
            if old.get(&path).is_some_and(|(before, _)| *before == bytes) {
                commit.unchanged += 1;
            } else {
                commit.written += 1;
                commit.bytes_written += bytes.len() as u64;
                commit.changed.written.push(path.clone());
            }
            new.insert(path, (bytes, provenance));
        }
        commit.changed.written.sort();
        let removed: Vec<OutputPath> = old
            .keys()
            .filter(|path| !new.contains_key(path))
            .cloned()
            .collect();
        commit.removed = removed.len() as u64;
        commit.changed = Changed {
            removed,
            ..commit.changed
        };
        *locked(&self.site.0) = Arc::new(new);
        Ok(commit)
    }
}

fn content(bytes: &[u8]) -> Staged {
    Staged {
        hash: blake3::hash(bytes),
        size: bytes.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::ArtifactKind;

    fn page(path: &str, text: &str) -> Artifact {
        Artifact {
            path: OutputPath::parse(path).unwrap(),
            body: Body::Bytes(text.into()),
            kind: ArtifactKind::Page,
            provenance: Provenance::default(),
        }
    }

    fn build(site: &MemorySite, files: &[(&str, &str)]) -> Result<Commit, Diagnostics> {
        let sink = site.sink();
        for (path, text) in files {
            sink.stage(page(path, text)).unwrap();
        }
        Box::new(sink).commit()
    }

    #[test]
    fn each_build_replaces_the_last_one_whole_or_not_at_all() {
        let sink = MemorySink::new();
        let site = sink.site();
        sink.stage(page("a", "1")).unwrap();
        assert!(
            site.files().is_empty(),
            "nothing is visible before the commit"
        );
        Box::new(sink).commit().unwrap();
        build(&site, &[("a", "1"), ("b", "2"), ("c", "3")]).unwrap();
        let before = site.files();
        let commit = build(&site, &[("c", "33"), ("a", "1"), ("d", "4")]).unwrap();
        assert_eq!(
            (
                commit.written,
                commit.unchanged,
                commit.removed,
                commit.bytes_written
            ),
            (2, 1, 1, 3)
        );
        let names =
            |paths: &[OutputPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&commit.changed.written), ["c", "d"]);
        assert_eq!(names(&commit.changed.removed), ["b"]);
        assert_eq!(before.len(), 3, "a snapshot stays what it was");
        assert!(build(&site, &[("a", "x"), ("A", "y")]).is_err());
        assert_eq!(site.files().len(), 3);
        drop(site.sink().stage(page("a", "lost")));
        assert_eq!(site.files()[&OutputPath::parse("a").unwrap()].0, b"1");
    }

    #[test]
    fn what_stays_the_same_need_not_be_made_again() {
        let site = MemorySite::default();
        build(&site, &[("a", "1"), ("b", "2")]).unwrap();
        let sink = site.sink();
        let keep = |path: &str, text: &str| {
            let Artifact {
                path,
                kind,
                provenance,
                ..
            } = page(path, text);
            let content = content(text.as_bytes());
            let earlier = Earlier {
                path,
                content,
                kind,
                provenance,
            };
            sink.keep(earlier).unwrap()
        };
        assert!(keep("a", "1"));
        assert!(!keep("b", "1"));
        assert!(!keep("c", "1"));
        let commit = Box::new(sink).commit().unwrap();
        assert_eq!((commit.unchanged, commit.removed), (1, 1));
        assert_eq!(site.files()[&OutputPath::parse("a").unwrap()].0, b"1");
    }

    #[test]
    fn reads_files_and_refuses_to_commit_without_one() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x");
        let sink = MemorySink::new();
        let site = sink.site();
        std::fs::write(&file, "content").unwrap();
        let artifact = Artifact {
            body: Body::File(file),
            ..page("x", "")
        };
        sink.stage(artifact.clone()).unwrap();
        Box::new(sink).commit().unwrap();
        assert_eq!(site.files()[&artifact.path].0, b"content");
        dir.close().unwrap();
        let sink = site.sink();
        assert!(sink.stage(artifact).is_err());
        assert!(Box::new(sink).commit().is_err());
        assert_eq!(site.files().len(), 1);
    }
}
