//! Whether a build that takes over what it can from the one before makes what a build from nothing makes.
//!
//! The build from nothing goes into [`Files`], which keeps hashes only. The other one goes through [`Verified`] into its
//! own sink, and is committed only if it is the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{Commit, Earlier, Scratch, Sink, Staged, locked};
use crate::artifact::{Artifact, Body, OutputPath};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::fs;

/// Differences that are named.
const NAMED: usize = 10;

/// The hashes of a site's files.
#[derive(Clone, Debug, Default)]
pub struct Files(Arc<Mutex<BTreeMap<OutputPath, blake3::Hash>>>);

impl Files {
    fn add(&self, path: OutputPath, hash: blake3::Hash) {
        locked(&self.0).insert(path, hash);
    }
}

impl Sink for Files {
    fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics> {
        let hash = match &artifact.body {
            Body::Bytes(bytes) => blake3::hash(bytes),
            Body::File(file) => fs::hash(file)
                .map_err(|error| Diagnostic::error(Kind::Config, error.to_string()))?,
        };
        self.add(artifact.path, hash);
        Ok(None)
    }

    fn commit(self: Box<Self>) -> Result<Commit, Diagnostics> {
        Ok(Commit::default())
    }
}

/// A sink that commits nothing but certain files.
pub struct Verified {
    sink: Box<dyn Sink>,
    expected: Files,
    made: Files,
}

impl Verified {
    /// In front of another sink.
    #[must_use]
    pub fn new(sink: Box<dyn Sink>, expected: Files) -> Self {
        Self {
            sink,
            expected,
            made: Files::default(),
        }
    }

    fn compare(&self) -> Result<(), Diagnostics> {
        let (expected, made) = (locked(&self.expected.0), locked(&self.made.0));
        let other = expected
            .iter()
            .filter_map(|(path, hash)| match made.get(path) {
                None => Some(format!("`{path}` would be missing")),
                Some(own) if own != hash => Some(format!("`{path}` would have another content")),
                Some(_) => None,
            });
        let more = made.keys().filter(|path| !expected.contains_key(*path));
        let more = more.map(|path| format!("`{path}` would be there as well"));
        let differences: Vec<String> = other.chain(more).collect();
        match differences.len() {
            0 => Ok(()),
            count => Err(differs(&differences, count).into()),
        }
    }
}

fn differs(differences: &[String], count: usize) -> Diagnostic {
    let files = if count == 1 { "file" } else { "files" };
    let message = format!("the build differs from one from nothing in {count} {files}");
    let mut diagnostic = Diagnostic::error(Kind::Guard, message);
    for difference in differences.iter().take(NAMED) {
        diagnostic = diagnostic.note(difference);
    }
    if count > NAMED {
        diagnostic = diagnostic.note(format!("and {} more", count - NAMED));
    }
    diagnostic
        .note("the output stays as it was")
        .help("this is a mistake of Frieze: please report it; with another `--cache-dir`, a build is one from nothing")
}

impl Sink for Verified {
    fn stage(&self, artifact: Artifact) -> Result<Option<Staged>, Diagnostics> {
        let path = artifact.path.clone();
        let staged = self.sink.stage(artifact)?;
        if let Some(Staged { hash, .. }) = staged {
            self.made.add(path, hash);
        }
        Ok(staged)
    }

    fn keep(&self, earlier: Earlier) -> Result<bool, Diagnostics> {
        let (path, hash) = (earlier.path.clone(), earlier.content.hash);
        let kept = self.sink.keep(earlier)?;
        if kept {
            self.made.add(path, hash);
        }
        Ok(kept)
    }

    fn scratch(&self) -> Result<Scratch, Diagnostics> {
        self.sink.scratch()
    }

    fn commit(self: Box<Self>) -> Result<Commit, Diagnostics> {
        self.compare()?;
        self.sink.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::super::MemorySite;
    use super::*;
    use crate::artifact::{ArtifactKind, Provenance};

    fn page(path: &str, text: &str) -> Artifact {
        Artifact {
            path: OutputPath::parse(path).unwrap(),
            body: Body::Bytes(text.into()),
            kind: ArtifactKind::Page,
            provenance: Provenance::default(),
        }
    }

    fn verify(expected: &[(&str, &str)], made: &[(&str, &str)]) -> Result<Commit, Diagnostics> {
        let files = Files::default();
        for (path, text) in expected {
            files.stage(page(path, text)).unwrap();
        }
        let site = MemorySite::default();
        let sink = Verified::new(Box::new(site.sink()), files);
        for (path, text) in made {
            sink.stage(page(path, text)).unwrap();
        }
        Box::new(sink).commit()
    }

    #[test]
    fn only_what_is_the_same_is_committed() {
        let expected = [("a", "1"), ("b", "2"), ("c", "3")];
        assert_eq!(verify(&expected, &expected).unwrap().written, 3);
        let wrong = verify(&expected, &[("a", "1"), ("b", "0"), ("d", "4")]).unwrap_err();
        insta::assert_snapshot!(wrong, @"
        error: the build differs from one from nothing in 3 files
         |
         = note: `b` would have another content
         = note: `c` would be missing
         = note: `d` would be there as well
         = note: the output stays as it was
         = help: this is a mistake of Frieze: please report it; with another `--cache-dir`, a build is one from nothing
        ");
    }
}
