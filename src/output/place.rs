//! Where the output folder is, whether it may be written at all, and what it and the files in it are
//! called when the user is told about them.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::diag::{Diagnostic, Diagnostics, Kind, Location};
use crate::fs::{FsError, at};

/// An output folder that passed every check that needs no lock.
#[derive(Debug)]
pub(super) struct Place {
    real: PathBuf,
    shown: String,
    /// The site's root as given and as it really is, for naming files below it.
    roots: [PathBuf; 2],
}

/// Whether something failed before or after the commit could be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The site in place is untouched.
    Before,
    /// The journal is whole: the new site will be there after the next start.
    After,
}

impl Place {
    /// Finds the folder and refuses one that could hurt the user's own files.
    pub(super) fn find(
        output: &Path,
        site_root: &Path,
        inputs: &[PathBuf],
    ) -> Result<Self, Diagnostics> {
        let place = Self::unchecked(output, site_root)
            .map_err(|error| io_diagnostic(&shown(output), &error))?;
        place.check_links(output)?;
        place.check_inputs(inputs)?;
        match place.real.metadata() {
            Ok(found) if !found.is_dir() => {
                let refusal = place.refuse("is a file, and output goes into a folder");
                Err(refusal
                    .help(format!("remove the file, or {}", another_folder()))
                    .into())
            }
            _ => Ok(place),
        }
    }

    fn unchecked(output: &Path, site_root: &Path) -> Result<Self, FsError> {
        let given = std::path::absolute(site_root).map_err(at("find", site_root))?;
        let root = resolve(site_root)?;
        let real = resolve(output)?;
        let absolute = std::path::absolute(output).map_err(at("find", output))?;
        let shown = match absolute
            .strip_prefix(&given)
            .or_else(|_| absolute.strip_prefix(&root))
        {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => shown(below),
            Err(_) => shown(output),
        };
        Ok(Self {
            real,
            shown,
            roots: [given, root],
        })
    }

    /// The folder, without a link on the way to it.
    pub(super) fn real(&self) -> &Path {
        &self.real
    }

    /// The folder as the user calls it.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// A file in the folder as the user calls it.
    pub(super) fn shown_file(&self, path: &str) -> String {
        format!("{}/{path}", self.shown.trim_end_matches('/'))
    }

    /// Any path as the user calls it: relative to the site's root where it lies below.
    pub(super) fn name(&self, path: &Path) -> String {
        if let Ok(below) = path.strip_prefix(&self.real) {
            let below = shown(below);
            return if below.is_empty() {
                self.shown.clone()
            } else {
                self.shown_file(&below)
            };
        }
        let below = self
            .roots
            .iter()
            .find_map(|root| path.strip_prefix(root).ok());
        shown(below.unwrap_or(path))
    }

    /// An operation that the disk refused.
    pub(super) fn failed(&self, error: &FsError, moment: Moment) -> Diagnostic {
        let diagnostic = io_diagnostic(&self.name(&error.path), error);
        let shown = &self.shown;
        match moment {
            Moment::Before => diagnostic.note(format!("nothing in `{shown}` was changed")),
            Moment::After => diagnostic
                .note(format!("the commit had begun: the next build into `{shown}` finishes it before anything else")),
        }
    }

    /// Says that the folder cannot be the output.
    fn refuse(&self, why: impl std::fmt::Display) -> Diagnostic {
        Diagnostic::error(
            Kind::Config,
            format!("the output folder `{}` {why}", self.shown),
        )
    }

    /// No link leads to the folder: what a link points to can be replaced between our looking and our
    /// writing, and a link inside the site's own folder may come with its content.
    fn check_links(&self, output: &Path) -> Result<(), Diagnostics> {
        let absolute = std::path::absolute(output)
            .map_err(|error| io_diagnostic(&self.shown, &at("find", output)(error)))?;
        let last = absolute.components().count();
        let mut current = PathBuf::new();
        for (i, component) in absolute.components().enumerate() {
            if component == Component::ParentDir {
                current.pop();
                continue;
            }
            current.push(component);
            let is_link = current.symlink_metadata().is_ok_and(|m| m.is_symlink());
            let inside = current
                .parent()
                .is_some_and(|p| p.starts_with(&self.roots[1]));
            let why = if is_link && i + 1 == last {
                Some("is a symbolic link".to_owned())
            } else if is_link && inside {
                Some(format!(
                    "is reached through the symbolic link `{}`",
                    self.name(&current)
                ))
            } else {
                None
            };
            if let Some(why) = why {
                let refusal = self
                    .refuse(why)
                    .note("where it leads could be changed while the site is written");
                return Err(refusal
                    .help(format!(
                        "name the folder it leads to, or {}",
                        another_folder()
                    ))
                    .into());
            }
            current = current.canonicalize().unwrap_or(current);
        }
        Ok(())
    }

    /// The folder has nothing to do with what the site is made from.
    fn check_inputs(&self, inputs: &[PathBuf]) -> Result<(), Diagnostics> {
        const NOTE: &str =
            "what is in the output folder is replaced and removed by builds; inputs never are";
        if self.roots[1].starts_with(&self.real) {
            let refusal = self.refuse("contains the site it would be made from");
            return Err(refusal.note(NOTE).help(another_folder()).into());
        }
        for input in inputs {
            let real = resolve(input).map_err(|error| io_diagnostic(&self.name(input), &error))?;
            let name = self.name(&std::path::absolute(input).unwrap_or_else(|_| input.clone()));
            let why = if self.real == real {
                "is one of the site's inputs".to_owned()
            } else if self.real.starts_with(&real) {
                format!("lies inside `{name}`, one of the site's inputs")
            } else if real.starts_with(&self.real) {
                format!("contains `{name}`, one of the site's inputs")
            } else {
                continue;
            };
            return Err(self.refuse(why).note(NOTE).help(another_folder()).into());
        }
        Ok(())
    }

    /// Says that somebody else's files are in the folder.
    pub(super) fn foreign(&self, entries: &[String]) -> Diagnostic {
        let mut some: Vec<String> = entries
            .iter()
            .take(3)
            .map(|entry| format!("`{entry}`"))
            .collect();
        if entries.len() > 3 {
            some.push(format!("and {} more", entries.len() - 3));
        }
        self.refuse("has files in it that Frieze did not make")
            .note(format!(
                "it contains {}, and no `{}`",
                some.join(", "),
                super::MANIFEST
            ))
            .help(format!(
                "{}, or empty this one if nothing in it is needed",
                another_folder()
            ))
    }

    /// Says that another build holds the folder.
    pub(super) fn busy(&self) -> Diagnostic {
        Diagnostic::error(Kind::Config, format!("another build is writing into `{}`", self.shown))
            .note("two builds in one folder would mix their files; this one changed nothing")
            .help("wait until the other has finished, or give this one a folder of its own with `--output-dir`")
    }

    /// Says that the manifest cannot be trusted.
    pub(super) fn damaged(&self, why: impl std::fmt::Display) -> Diagnostic {
        let manifest = self.shown_file(super::MANIFEST);
        Diagnostic::error(
            Kind::Config,
            format!("the manifest `{manifest}` cannot be read"),
        )
        .at(Location::file(manifest))
        .note(why.to_string())
        .note("without it nobody knows which files in the folder are Frieze's to replace or remove")
        .help(format!(
            "delete the folder `{}` and build again",
            self.shown
        ))
    }

    /// Says that only another Frieze can finish what it began.
    pub(super) fn unfinished(&self) -> Diagnostic {
        let shown = &self.shown;
        Diagnostic::error(
            Kind::Config,
            format!("a build into `{shown}` was killed and cannot be finished"),
        )
        .note("another version of Frieze began it, and this one cannot read its journal")
        .help(format!(
            "build with that version, or delete the folder `{shown}` and build again"
        ))
    }
}

/// What to do about a folder that cannot be used.
fn another_folder() -> &'static str {
    "choose another folder with `--output-dir`, or with `dir` under `[output]` in site.toml"
}

/// A path with `/` between names.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// The path without links, as far as it exists.
fn resolve(path: &Path) -> Result<PathBuf, FsError> {
    let mut real = PathBuf::new();
    for component in std::path::absolute(path)
        .map_err(at("find", path))?
        .components()
    {
        if component == Component::ParentDir {
            real.pop();
        } else {
            real.push(component);
            real = real.canonicalize().unwrap_or(real);
        }
    }
    Ok(real)
}

/// Something the system refused, with its reason in plain words and what can be done about it.
fn io_diagnostic(name: &str, error: &FsError) -> Diagnostic {
    let (why, help) = match error.source.kind() {
        io::ErrorKind::StorageFull => (
            "the disk is full".to_owned(),
            Some("make room on it and build again"),
        ),
        io::ErrorKind::QuotaExceeded => (
            "the disk quota is used up".to_owned(),
            Some("make room and build again"),
        ),
        io::ErrorKind::ReadOnlyFilesystem => (
            "the file system is read-only".to_owned(),
            Some("mount it for writing, or choose another folder"),
        ),
        io::ErrorKind::PermissionDenied => (
            "permission denied".to_owned(),
            Some("check who owns it and who may write there"),
        ),
        _ => (error.source.to_string(), None),
    };
    Diagnostic::error(
        Kind::Config,
        format!("could not {} `{name}`: {why}", error.action),
    )
    .maybe_help(help.map(str::to_owned))
}
