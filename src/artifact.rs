//! One output file: where it goes ([`OutputPath`]), what is in it ([`Body`], [`Format`]) and where it came
//! from ([`Provenance`]).
//!
//! Only an `OutputPath` can be written, and one that leaves the output folder, or that some file
//! system could not hold, cannot be made.

mod format;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use format::Format;

/// Names that start with this belong to Frieze itself inside the output folder.
pub const RESERVED_PREFIX: &str = ".frieze-";

/// The longest name of one path segment, in bytes: what common file systems take.
const MAX_SEGMENT: usize = 255;

/// The longest path, in bytes. Below the 1,024 that object stores and some servers allow.
const MAX_PATH: usize = 1_000;

/// A path inside the output folder: relative, `/` between segments, in a form that every common file
/// system and web server accepts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputPath(Arc<str>);

/// Why a text is not an [`OutputPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputPathError {
    /// Nothing left to name a file with.
    #[error("it is empty")]
    Empty,
    /// `//` or a trailing slash where a name is due.
    #[error("it has an empty segment (`//`)")]
    EmptySegment,
    /// `.` or `..`.
    #[error("it has the segment `{0}`, which could leave the output folder")]
    Traversal(String),
    /// A character that some file system or URL cannot hold.
    #[error("it has the character {0:?}, which not every file system can hold")]
    Character(char),
    /// A name with a meaning of its own on some system.
    #[error("the name `{0}` is reserved")]
    Reserved(String),
    /// A segment or the whole is too long.
    #[error("it is too long ({0} bytes; a name may have {MAX_SEGMENT}, a path {MAX_PATH})")]
    TooLong(usize),
}

impl OutputPath {
    /// Checks a relative path with `/` between segments.
    ///
    /// # Errors
    /// When the path is not one that can safely be written.
    pub fn parse(text: &str) -> Result<Self, OutputPathError> {
        if text.is_empty() {
            return Err(OutputPathError::Empty);
        }
        if text.len() > MAX_PATH {
            return Err(OutputPathError::TooLong(text.len()));
        }
        let mut rest = text;
        while let Some(end) = rest.bytes().position(|b| b == b'/') {
            check_segment(&rest[..end])?;
            rest = &rest[end + 1..];
        }
        check_segment(rest)?;
        let beginning = text.get(..RESERVED_PREFIX.len());
        if beginning.is_some_and(|own| own.eq_ignore_ascii_case(RESERVED_PREFIX)) {
            let first = text.split('/').next().unwrap_or_default();
            return Err(OutputPathError::Reserved(first.to_owned()));
        }
        Ok(Self(Arc::from(text)))
    }

    /// The path as text, `/` between segments.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path below a folder, in the system's own form.
    #[must_use]
    pub fn below(&self, root: &Path) -> PathBuf {
        if std::path::MAIN_SEPARATOR == '/' {
            return root.join(&*self.0);
        }
        let mut path = root.to_path_buf();
        path.extend(self.0.split('/'));
        path
    }
}

impl fmt::Display for OutputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks one segment; also used for the segments of routes.
fn check_segment(segment: &str) -> Result<(), OutputPathError> {
    if segment.is_empty() {
        return Err(OutputPathError::EmptySegment);
    }
    if segment == "." || segment == ".." {
        return Err(OutputPathError::Traversal(segment.to_owned()));
    }
    if segment.len() > MAX_SEGMENT {
        return Err(OutputPathError::TooLong(segment.len()));
    }
    // Most names are of such letters only, and it is told faster.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bad =
        |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    if !segment.bytes().all(plain)
        && let Some(c) = segment.chars().find(|&c| bad(c))
    {
        return Err(OutputPathError::Character(c));
    }
    if segment.ends_with(['.', ' ']) || segment.starts_with(' ') || is_device_name(segment) {
        return Err(OutputPathError::Reserved(segment.to_owned()));
    }
    Ok(())
}

/// Whether Windows would take the name for a device, with any extension.
fn is_device_name(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or_default();
    let is = |name: &str| stem.eq_ignore_ascii_case(name);
    match stem.as_bytes() {
        [_, _, _] => ["con", "prn", "aux", "nul"].into_iter().any(is),
        [prefix @ .., number] if prefix.len() == 3 && number.is_ascii_digit() => {
            prefix.eq_ignore_ascii_case(b"com") || prefix.eq_ignore_ascii_case(b"lpt")
        }
        _ => false,
    }
}

/// What is in a file.
#[derive(Clone, Debug)]
pub enum Body {
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// The content of another file, which stays where it is.
    File(PathBuf),
}

/// The part an artifact plays; decides the order in which a commit makes files visible: what pages
/// refer to before the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArtifactKind {
    /// A file of `static/`.
    Static,
    /// An asset of AEM, or the fingerprinted copy of a static file.
    Asset,
    /// A rendered page.
    Page,
}

impl ArtifactKind {
    /// The word for it in manifests and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Asset => "asset",
            Self::Page => "page",
        }
    }
}

/// Where an artifact came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The query definition, by name.
    pub definition: Option<Arc<str>>,
    /// The item's `_path`, the asset's path in AEM, or the static file.
    pub item: Option<Arc<str>>,
    /// The template that rendered it.
    pub template: Option<Arc<str>>,
}

/// One output file, ready to be staged.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Where it goes.
    pub path: OutputPath,
    /// What is in it.
    pub body: Body,
    /// The part it plays.
    pub kind: ArtifactKind,
    /// Where it came from.
    pub provenance: Provenance,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_a_site_has() {
        for path in [
            "index.html",
            "fr/walks/été/index.html",
            "assets/a b.3f.jpg",
            ".well-known/x",
            "a..b/c",
            "com/lptx/com10/auxé/console.nul",
            ".frieze",
        ] {
            assert_eq!(
                OutputPath::parse(path).map(|p| p.to_string()),
                Ok(path.to_owned())
            );
        }
        let path = OutputPath::parse("a/b.html").unwrap();
        assert_eq!(
            path.below(Path::new("public")),
            Path::new("public").join("a").join("b.html")
        );
    }

    #[test]
    fn refuses_what_could_do_harm() {
        use OutputPathError as E;
        let long = "x".repeat(256);
        let cases = [
            ("", E::Empty),
            ("/etc/passwd", E::EmptySegment),
            ("a//b", E::EmptySegment),
            ("a/", E::EmptySegment),
            ("../x", E::Traversal("..".into())),
            ("a/../../x", E::Traversal("..".into())),
            ("./x", E::Traversal(".".into())),
            ("a\\..\\x", E::Character('\\')),
            ("a\0b", E::Character('\0')),
            ("c:/x", E::Character(':')),
            ("a/NUL.html", E::Reserved("NUL.html".into())),
            ("com1", E::Reserved("com1".into())),
            ("LpT9.tar.gz", E::Reserved("LpT9.tar.gz".into())),
            ("a./b", E::Reserved("a.".into())),
            (".Frieze-manifest", E::Reserved(".Frieze-manifest".into())),
            (long.as_str(), E::TooLong(256)),
        ];
        for (path, error) in cases {
            assert_eq!(OutputPath::parse(path), Err(error), "{path:?}");
        }
    }
}
