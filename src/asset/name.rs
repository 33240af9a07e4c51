//! Names of assets in the output.

use crate::artifact::{OutputPath, OutputPathError};

/// The folder of assets in the output.
pub(super) const FOLDER: &str = "assets";

/// Characters of a fingerprint in a file name: 64 bits of a hash.
pub const FINGERPRINT: usize = 16;

/// The longest stem taken over from AEM into a file name, in bytes.
const MAX_STEM: usize = 80;

/// A file's name in AEM, as two parts that are fine everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SafeName {
    /// Lower case ASCII, digits and hyphens.
    pub(super) stem: String,
    /// Without its dot.
    pub(super) extension: Option<String>,
}

impl SafeName {
    pub(super) fn of(name: &str) -> Self {
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
            _ => (name, None),
        };
        let mut slug = slug::slugify(stem);
        slug.truncate(MAX_STEM);
        if slug.is_empty() {
            slug.push_str("asset");
        }
        let extension = extension.map(str::to_ascii_lowercase).filter(|extension| {
            (1..=8).contains(&extension.len())
                && extension.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        Self {
            stem: slug,
            extension,
        }
    }

    /// The same file in another format.
    pub(super) fn with_extension(self, extension: &str) -> Self {
        Self {
            extension: Some(extension.to_owned()),
            ..self
        }
    }

    /// `assets/STEM.FINGERPRINT.EXTENSION`, with any fingerprint.
    pub(super) fn with_fingerprint(&self, fingerprint: &str) -> String {
        let stem = &self.stem;
        match &self.extension {
            Some(extension) => format!("{FOLDER}/{stem}.{fingerprint}.{extension}"),
            None => format!("{FOLDER}/{stem}.{fingerprint}"),
        }
    }

    /// The place in the output, by the hash of the content.
    pub(super) fn output(&self, hash: &str) -> Result<OutputPath, OutputPathError> {
        OutputPath::parse(&self.with_fingerprint(&hash[..FINGERPRINT]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_safe() {
        let name = |name: &str| {
            let SafeName { stem, extension } = SafeName::of(name);
            (stem, extension)
        };
        assert_eq!(name("a b.tar.gz"), ("a-b-tar".into(), Some("gz".into())));
        assert_eq!(name("..%2f"), ("asset".into(), None));
        assert_eq!(name("日本.png").1, Some("png".into()));
        assert_eq!(name("!!!.x y"), ("asset".into(), None));
        assert!(name(&"x".repeat(300)).0.len() <= MAX_STEM);
        let pot = SafeName::of("Pot Été.JPG");
        assert_eq!(
            pot.output(&"0".repeat(64)).unwrap().as_str(),
            "assets/pot-ete.0000000000000000.jpg"
        );
        assert_eq!(
            pot.with_extension("webp").with_fingerprint("x"),
            "assets/pot-ete.x.webp"
        );
    }
}
