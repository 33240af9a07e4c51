//! The hash of everything on this side that a site follows from.

use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::config::Config;
use crate::fs::{self, FsError};
use crate::value::{Digest, digest, shortened};

/// Hashes inputs, one after the other.
pub struct Inputs(blake3::Hasher);

impl Inputs {
    /// Begins with the program and the configuration; `None` when the program cannot be told apart from
    /// others.
    #[must_use]
    pub fn of(config: &Config) -> Option<Self> {
        let mut inputs = Self(blake3::Hasher::new());
        inputs.add("program", &program()?);
        // The debug form has every value with its name, and of a secret only that there is one. What a
        // credential gives access to shows in the answers.
        inputs.add("configuration", format!("{config:?}").as_bytes());
        Some(inputs)
    }

    /// Adds all files of a folder, names and contents; none when it is not there.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), FsError> {
        for file in fs::walk(folder)? {
            let name = folder.join(&file);
            self.0.update(b"file");
            self.add_part(name.as_os_str().as_encoded_bytes());
            let hash = fs::hash(&name)?;
            self.0.update(hash.as_bytes());
        }
        Ok(())
    }

    /// The hash of all.
    #[must_use]
    pub fn finish(self) -> String {
        self.0.finalize().to_hex().to_string()
    }

    fn add(&mut self, what: &str, bytes: &[u8]) {
        self.add_part(what.as_bytes());
        self.add_part(bytes);
    }

    /// With its length, so that no two lists look alike.
    fn add_part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }
}

/// The digest of what decides about every page and is looked up by none.
///
/// That is the program, and of the configuration what templates do not see as values. `None` when the program cannot be told apart from others.
#[must_use]
pub fn environment(config: &Config) -> Option<Digest> {
    let Config {
        base_url,
        languages,
        aem,
        assets,
        guard,
        links,
        ..
    } = config;
    let mut inputs = Inputs(blake3::Hasher::new());
    inputs.add("program", &program()?);
    let configuration = format!("{:?}", (base_url, languages, aem, assets, guard, links));
    inputs.add("configuration", configuration.as_bytes());
    Some(shortened(&inputs.0.finalize()))
}

/// The digest of the program alone; `None` when it cannot be told apart from others.
#[must_use]
pub fn this_program() -> Option<Digest> {
    program().map(|program| digest(&program))
}

/// What tells this program from another one: version, length and time of its file. A newer build of the same
/// version may render differently.
fn program() -> Option<Vec<u8>> {
    let file = std::env::current_exe().ok()?;
    let metadata = std::fs::metadata(file).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let text = format!(
        "{} {} {}",
        env!("CARGO_PKG_VERSION"),
        metadata.len(),
        modified.as_nanos()
    );
    Some(text.into_bytes())
}
