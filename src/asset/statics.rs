//! Files of `static/`: copied as they are, and once more under a fingerprinted name where a template
//! asks through `asset()`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::{FINGERPRINT, color, image};
use crate::aem::Size;
use crate::artifact::{Artifact, ArtifactKind, Body, OutputPath, Provenance};
use crate::diag::{Diagnostic, Diagnostics, Kind, Location, closest};
use crate::fs;

/// The folder, below the site's root.
pub const FOLDER: &str = "static";

/// The folder of Markdown files, with pictures and the like beside them.
const ATTACHED: &str = "content";

/// One static file.
#[derive(Debug)]
pub struct StaticFile {
    source: PathBuf,
    output: OutputPath,
    /// The name with its fingerprint, once somebody asked what it is.
    fingerprinted: OnceLock<Result<OutputPath, String>>,
    /// Whether somebody needs the copy of that name.
    needed: AtomicBool,
    /// The colour of a picture, once somebody asked for it.
    color: OnceLock<Option<String>>,
}

impl StaticFile {
    /// The name `DIR/STEM.FINGERPRINT.EXTENSION`, beside the plain one so that relative references
    /// inside the file still lead to the same places.
    fn fingerprinted(&self) -> Result<&OutputPath, String> {
        let name = self.fingerprinted.get_or_init(|| {
            let bytes = fs::read_bytes(&self.source).map_err(|error| error.to_string())?;
            let hash = blake3::hash(&bytes).to_hex();
            let plain = self.output.as_str();
            let (folder, name) = plain
                .rsplit_once('/')
                .map_or(("", plain), |(folder, name)| (folder, name));
            let (stem, extension) = name
                .rsplit_once('.')
                .map_or((name, ""), |(stem, extension)| (stem, extension));
            let slash = if folder.is_empty() { "" } else { "/" };
            let dot = if extension.is_empty() { "" } else { "." };
            OutputPath::parse(&format!(
                "{folder}{slash}{stem}.{}{dot}{extension}",
                &hash[..FINGERPRINT]
            ))
            .map_err(|error| error.to_string())
        });
        name.as_ref().map_err(Clone::clone)
    }

    /// The name of the copy that somebody needs.
    fn copy(&self) -> Option<&OutputPath> {
        let needed = self.needed.load(Ordering::Relaxed);
        self.fingerprinted.get()?.as_ref().ok().filter(|_| needed)
    }
}

/// All static files by their path in the output.
#[derive(Debug, Default)]
pub struct Statics {
    files: BTreeMap<String, StaticFile>,
    /// What lies beside Markdown files, by its name from the site's root; part of the site by being asked
    /// for only.
    attached: BTreeMap<String, StaticFile>,
}

impl Statics {
    /// Finds the files below `static/`; no such folder means none.
    ///
    /// # Errors
    /// When the folder cannot be read or a name cannot be written.
    pub fn load(root: &Path) -> Result<Self, Diagnostics> {
        let folder = root.join(FOLDER);
        let relative = fs::walk(&folder)
            .map_err(|error| Diagnostic::error(Kind::Config, error.to_string()))?;
        let mut found = Diagnostics::new();
        let mut files = BTreeMap::new();
        for path in relative {
            let shown = format!("{FOLDER}/{}", path.display());
            let text: Option<Vec<&str>> =
                path.components().map(|c| c.as_os_str().to_str()).collect();
            let output = match text {
                Some(segments) => {
                    OutputPath::parse(&segments.join("/")).map_err(|error| error.to_string())
                }
                None => Err("it is not UTF-8".to_owned()),
            };
            match output {
                Ok(output) => {
                    let source = folder.join(&path);
                    let file = StaticFile {
                        source,
                        output: output.clone(),
                        fingerprinted: OnceLock::new(),
                        needed: AtomicBool::new(false),
                        color: OnceLock::new(),
                    };
                    files.insert(output.as_str().to_owned(), file);
                }
                Err(why) => found.push(
                    Diagnostic::error(
                        Kind::Config,
                        format!("the file cannot be part of the site: {why}"),
                    )
                    .at(Location::file(shown)),
                ),
            }
        }
        let attached = attached(root).unwrap_or_else(|error| {
            found.push(Diagnostic::error(Kind::Config, error.to_string()));
            BTreeMap::new()
        });
        found
            .finish(Self { files, attached })
            .map(|statics| statics.value)
    }

    /// The route of a file's fingerprinted copy.
    ///
    /// # Errors
    /// A sentence, when there is no such file or it cannot be read.
    pub fn route(&self, src: &str) -> Result<String, String> {
        let name = src.trim_start_matches('/');
        match self.files.get(name) {
            Some(file) => file.fingerprinted().map(|output| format!("/{output}")),
            None => Err(self.unknown(name)),
        }
    }

    /// Makes that copy part of the site.
    pub fn request(&self, src: &str) {
        if let Some(file) = self.files.get(src.trim_start_matches('/')) {
            file.needed.store(true, Ordering::Relaxed);
        }
    }

    /// The same for a file that lies beside Markdown files: `content/news/photo.jpg`.
    ///
    /// # Errors
    /// A sentence, when there is no such file or it cannot be read.
    pub fn request_attached(&self, name: &str) -> Result<String, String> {
        match self.attached.get(name) {
            Some(file) => {
                file.needed.store(true, Ordering::Relaxed);
                file.fingerprinted().map(|output| format!("/{output}"))
            }
            None => {
                let near = closest(name, self.attached.keys().map(String::as_str));
                let help =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                Err(format!("there is no file `{name}`{help}"))
            }
        }
    }

    /// How large the picture in a file is, and its media type.
    ///
    /// # Errors
    /// A sentence, when there is no such file or it is no picture.
    pub fn picture(&self, src: &str) -> Result<(Size, &'static str), String> {
        let name = src.trim_start_matches('/');
        let file = self.files.get(name).ok_or_else(|| self.unknown(name))?;
        let seen = image::look_at_own(&file.source);
        let seen = seen.map_err(|why| format!("`{FOLDER}/{name}` {why}"))?;
        Ok((seen.size, seen.kind.media_type()))
    }

    /// The colour of the picture in a file, as CSS has it; `None` where it has none.
    pub fn color(&self, src: &str) -> Option<&str> {
        let file = self.files.get(src.trim_start_matches('/'))?;
        let color = file.color.get_or_init(|| color::of(&file.source));
        color.as_deref()
    }

    fn unknown(&self, name: &str) -> String {
        let near = closest(name, self.files.keys().map(String::as_str));
        let help = near.map_or_else(String::new, |near| format!("; did you mean \"/{near}\"?"));
        format!("there is no file `{FOLDER}/{name}`{help}")
    }

    /// The file that takes a place in the output, as the user would name it; names that differ only in
    /// case count as one.
    #[must_use]
    pub fn at(&self, output: &OutputPath) -> Option<String> {
        let wanted = output.as_str();
        let exact = self.files.get_key_value(wanted).map(|(name, _)| name);
        let found = exact.or_else(|| {
            self.files
                .keys()
                .find(|name| name.eq_ignore_ascii_case(wanted))
        });
        found.map(|name| format!("{FOLDER}/{name}"))
    }

    /// The file that is found at a place in the output: one of `static/` by its own name, or any by the name of a
    /// fingerprinted copy. Whoever has an earlier fingerprint gets the file as it is now.
    #[must_use]
    pub fn file(&self, output: &OutputPath) -> Option<&Path> {
        let name = output.as_str();
        let plain = self.files.get(name);
        let found = plain.or_else(|| {
            let name = without_fingerprint(name)?;
            let attached = || self.attached.get(&format!("{ATTACHED}/{name}"));
            self.files.get(&name).or_else(attached)
        });
        found.map(|file| &*file.source)
    }

    /// Where the files go in the output, fingerprinted copies not counted.
    pub fn outputs(&self) -> impl Iterator<Item = &OutputPath> {
        self.files.values().map(|file| &file.output)
    }

    /// All files as they go into the output, fingerprinted copies included.
    pub fn artifacts(&self) -> impl Iterator<Item = Artifact> {
        let files = self.files.values().flat_map(|file| {
            let name = format!("{FOLDER}/{}", file.output);
            let plain = artifact(file, &file.output, ArtifactKind::Static, &name);
            std::iter::once(plain).chain(copy(file, &name))
        });
        // The same file in `static/` has the same name and content.
        let is_new = |file: &&StaticFile| {
            let known = self.files.get(file.output.as_str());
            let name = |file: &StaticFile| file.copy().cloned();
            known.is_none_or(|known| name(known) != name(file))
        };
        let attached = self.attached.values().filter(is_new);
        files.chain(attached.filter_map(|file| copy(file, &format!("{ATTACHED}/{}", file.output))))
    }
}

fn artifact(file: &StaticFile, output: &OutputPath, kind: ArtifactKind, name: &str) -> Artifact {
    Artifact {
        path: output.clone(),
        body: Body::File(file.source.clone()),
        kind,
        provenance: Provenance {
            item: Some(Arc::from(name)),
            ..Provenance::default()
        },
    }
}

/// The name of a file by that of its fingerprinted copy.
fn without_fingerprint(name: &str) -> Option<String> {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let is_fingerprint =
        |part: &str| part.len() == FINGERPRINT && part.bytes().all(|b| b.is_ascii_hexdigit());
    let (stem, last) = file.rsplit_once('.')?;
    let plain = match stem.rsplit_once('.') {
        Some((stem, part)) if is_fingerprint(part) => format!("{stem}.{last}"),
        _ if is_fingerprint(last) => stem.to_owned(),
        _ => return None,
    };
    Some(match folder {
        "" => plain,
        folder => format!("{folder}/{plain}"),
    })
}

/// The fingerprinted copy of a file that somebody asked for.
fn copy(file: &StaticFile, name: &str) -> Option<Artifact> {
    let output = file.copy()?;
    Some(artifact(file, output, ArtifactKind::Asset, name))
}

/// Files beside Markdown; those whose names cannot be part of a site are none.
fn attached(root: &Path) -> Result<BTreeMap<String, StaticFile>, fs::FsError> {
    let folder = root.join(ATTACHED);
    let files = fs::walk(&folder)?.into_iter().filter_map(|path| {
        let segments: Option<Vec<&str>> =
            path.components().map(|c| c.as_os_str().to_str()).collect();
        let output = OutputPath::parse(&segments?.join("/")).ok()?;
        let name = format!("{ATTACHED}/{output}");
        let file = StaticFile {
            source: folder.join(&path),
            output,
            fingerprinted: OnceLock::new(),
            needed: AtomicBool::new(false),
            color: OnceLock::new(),
        };
        (!name.ends_with(".md")).then_some((name, file))
    });
    Ok(files.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_taken_off() {
        let name = |name| without_fingerprint(name);
        let plain = |name: &str| Some(name.to_owned());
        assert_eq!(name("css/site.0123456789abcdef.css"), plain("css/site.css"));
        assert_eq!(name("a.min.0123456789abcdef.js"), plain("a.min.js"));
        assert_eq!(name("LICENSE.0123456789abcdef"), plain("LICENSE"));
        assert_eq!(name("css/site.css"), None);
        assert_eq!(name("site.0123456789abcdeg.css"), None);
    }
}
