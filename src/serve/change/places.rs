//! What a file has to do with the site.

use std::path::{Path, PathBuf};

use super::editors::is_by_editor;
use crate::config::{self, Config};
use crate::{local, pipeline, query};

/// What follows from an edit of a file, the more the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing: it is not read, or it is written by us.
    Nothing,
    /// The site is read again. What AEM has answered stays.
    Site,
    /// As well, and definitions are asked that are others now.
    Definitions,
    /// As well, and the host may be another one, or another account.
    Settings,
    /// As well, and all answers may be others: who asks may not be who he was.
    Access,
}

/// Where the files of a site are.
#[derive(Clone, Debug)]
pub struct Places {
    root: PathBuf,
    /// `site.toml`, or what `--config` names.
    file: PathBuf,
    /// Written by us, or followed by others.
    others: Vec<PathBuf>,
}

impl Places {
    /// Of a site of which it is not known yet what it says: where things are by default.
    #[must_use]
    pub fn new(root: &Path, overrides: &config::Overrides) -> Self {
        let file = overrides.file.clone();
        let or =
            |named: &Option<PathBuf>, name: &str| named.clone().unwrap_or_else(|| root.join(name));
        Self {
            root: root.to_path_buf(),
            file: file.unwrap_or_else(|| root.join(config::FILE)),
            others: vec![
                or(&overrides.output, config::OUTPUT_FOLDER),
                or(&overrides.cache, config::CACHE_FOLDER),
            ],
        }
    }

    /// With what its configuration says.
    #[must_use]
    pub fn of(self, config: &Config) -> Self {
        let mut others = vec![config.output.clone(), config.cache.clone()];
        if let config::Origin::Sandbox(sandbox) = &config.aem.origin {
            others.push(sandbox.package.clone());
        }
        Self { others, ..self }
    }

    /// The folder of the site.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The folders that are read, whether they exist or not.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        pipeline::folders(&self.root)
    }

    /// What follows from an edit of a file, absolute.
    #[must_use]
    pub fn effect(&self, file: &Path) -> Effect {
        if file == self.file {
            return Effect::Settings;
        }
        if file == self.root.join(".env") {
            return Effect::Access;
        }
        let Ok(below) = file.strip_prefix(&self.root) else {
            return Effect::Nothing;
        };
        if self.is_elsewhere(file, below) || is_by_editor(file) {
            return Effect::Nothing;
        }
        let within = |folder: &str| below.starts_with(folder);
        if within(query::FOLDER) {
            return Effect::Definitions;
        }
        let is_read = self.folders().iter().any(|folder| file.starts_with(folder));
        // What is beside Markdown files, such as notes, may become a page any time: all of the folder counts.
        if is_read || within(local::FOLDER) {
            return Effect::Site;
        }
        Effect::Nothing
    }

    /// What follows from edits of several.
    #[must_use]
    pub fn effect_of<'f>(&self, files: impl IntoIterator<Item = &'f PathBuf>) -> Effect {
        let effects = files.into_iter().map(|file| self.effect(file));
        effects.max().unwrap_or(Effect::Nothing)
    }

    /// Whether a file is not for us to look at: what is written by us, a package that the sandbox follows by itself, or
    /// what a version control keeps. The site itself may lie anywhere.
    fn is_elsewhere(&self, file: &Path, below: &Path) -> bool {
        let hidden = [".git", ".hg", ".svn", ".jj"];
        let is_hidden = |part: &std::ffi::OsStr| hidden.iter().any(|name| part == *name);
        self.others.iter().any(|folder| file.starts_with(folder)) || below.iter().any(is_hidden)
    }
}
