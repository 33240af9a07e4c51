//! What CI systems show beside the files they are about.
//!
//! GitHub Actions reads commands from the output of a step: a line for each diagnostic makes it an
//! annotation. GitLab has nothing of the kind, but shows what a code quality report says: one is written
//! beside the report that was asked for.

mod command;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::config;
use crate::diag::{Diagnostic, Diagnostics, Kind, Severity};

/// Where we run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ci {
    /// On somebody's machine, or in a system that is not known.
    None,
    /// GitHub Actions.
    GitHub(Place),
    /// GitLab.
    GitLab(Place),
}

/// Where the site is, and the repository it is in: both systems want paths from the repository's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The site's folder.
    root: PathBuf,
    /// The repository's folder; the site's where none is known.
    repository: PathBuf,
}

impl Place {
    fn of(root: &Path, repository: Option<String>) -> Self {
        let real = |path: &Path| path.canonicalize().ok();
        let root = real(root).unwrap_or_else(|| root.to_path_buf());
        let repository = repository.and_then(|path| real(Path::new(&path)));
        let repository = repository.filter(|repository| root.starts_with(repository));
        Self {
            repository: repository.unwrap_or_else(|| root.clone()),
            root,
        }
    }

    /// The path of a diagnostic's file in the repository. A file of the output is none of its files.
    fn file(&self, diagnostic: &Diagnostic) -> Option<String> {
        let location = diagnostic.location.as_deref()?;
        let file = self.root.join(&location.file).canonicalize().ok()?;
        file.is_file().then(|| self.inside(&file)).flatten()
    }

    /// A path in the repository, as both systems write it.
    fn inside(&self, path: &Path) -> Option<String> {
        let inside = path.strip_prefix(&self.repository).ok()?.components();
        let parts: Option<Vec<&str>> = inside.map(|part| part.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }
}

impl Ci {
    /// What the environment says, for a site in the folder `root`.
    pub(super) fn of(root: &Path, variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).as_deref() == Some("true");
        if is_set("GITHUB_ACTIONS") {
            Self::GitHub(Place::of(root, variable("GITHUB_WORKSPACE")))
        } else if is_set("GITLAB_CI") {
            Self::GitLab(Place::of(root, variable("CI_PROJECT_DIR")))
        } else {
            Self::None
        }
    }

    /// What is to be printed besides the text for people: a command for each diagnostic.
    pub(super) fn annotations(&self, found: &Diagnostics) -> String {
        match self {
            Self::GitHub(place) => found.iter().map(|d| annotation(place, d)).collect(),
            Self::None | Self::GitLab(_) => String::new(),
        }
    }

    /// Text in which the system finds no command, whatever others wrote into it.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self {
            Self::GitHub(_) => command::disarmed(text),
            Self::None | Self::GitLab(_) => Cow::Borrowed(text),
        }
    }

    /// The same for JSON, which stays what it is.
    pub(super) fn json<'t>(&self, json: &'t str) -> Cow<'t, str> {
        match self {
            Self::GitHub(_) => command::disarmed_json(json),
            Self::None | Self::GitLab(_) => Cow::Borrowed(json),
        }
    }

    /// What is to be written beside a report: its name and its content.
    pub(super) fn beside(&self, report: &Path, found: &Diagnostics) -> Option<(PathBuf, Value)> {
        let Self::GitLab(place) = self else {
            return None;
        };
        let issues = found.iter().map(|diagnostic| issue(place, diagnostic));
        Some((report.with_extension("codequality.json"), issues.collect()))
    }
}

/// `::error file=site.toml,line=3,col=1,title=Frieze: configuration::message`
fn annotation(place: &Place, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    if let Some(file) = place.file(diagnostic) {
        properties.push(("file", file));
        if let Some((line, column)) = position(diagnostic) {
            properties.push(("line", line.to_string()));
            properties.push(("col", column.to_string()));
        }
    }
    properties.push(("title", format!("Frieze: {}", subject(diagnostic.kind))));
    command::line(level, &properties, &description(diagnostic))
}

/// What a diagnostic is about.
fn subject(kind: Kind) -> &'static str {
    match kind {
        Kind::Interrupted => "interrupted",
        Kind::Config => "configuration",
        Kind::Content => "content",
        Kind::Guard => "guard",
        Kind::Remote => "AEM",
    }
}

/// An entry of a code quality report.
fn issue(place: &Place, diagnostic: &Diagnostic) -> Value {
    // An entry without a path is not shown at all.
    let (path, line) = match place.file(diagnostic) {
        Some(path) => (Some(path), position(diagnostic).map_or(1, |(line, _)| line)),
        None => (place.inside(&place.root.join(config::FILE)), 1),
    };
    // Without the line: the same mistake further down is no other one.
    let file = diagnostic.location.as_deref().map(|own| &own.file);
    let identity = format!("{file:?}\n{}", diagnostic.message);
    json!({
        "description": description(diagnostic),
        "check_name": format!("frieze/{}", diagnostic.kind.name()),
        "fingerprint": &blake3::hash(identity.as_bytes()).to_hex()[..32],
        "severity": match diagnostic.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
        },
        "location": { "path": path, "lines": { "begin": line } },
    })
}

fn position(diagnostic: &Diagnostic) -> Option<(usize, usize)> {
    diagnostic.location.as_deref()?.line_and_column()
}

/// Message, notes and help, a line each.
fn description(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    let notes = diagnostic
        .notes
        .iter()
        .map(|note| format!("\nnote: {note}"));
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
    text.extend(notes.chain(help));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Kind, Location};
    use std::sync::Arc;

    fn found() -> Diagnostics {
        let source: Arc<str> = Arc::from("title = \"A\"\ntitel = \"100%\"\n");
        let unknown = Diagnostic::error(Kind::Config, "unknown key `titel`, 100%")
            .at(Location::span("a,b.toml", &source, 12..17))
            .note("one\ntwo")
            .help("did you mean `title`?");
        let leak =
            Diagnostic::error(Kind::Guard, "a leak").at(Location::position("x/index.html", 3, 4));
        let warning = Diagnostic::warning(Kind::Content, "a \u{1b}warning\n::error::fake");
        [unknown, leak, warning].into_iter().collect()
    }

    fn variables<'v>(set: &'v [(&'v str, &'v str)]) -> impl Fn(&str) -> Option<String> + 'v {
        |name| {
            set.iter()
                .find(|(own, _)| *own == name)
                .map(|(_, value)| (*value).to_owned())
        }
    }

    #[test]
    fn github_gets_commands() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("sites/press");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("a,b.toml"), "").unwrap();
        let workspace = dir.path().to_str().unwrap();
        let set = [("GITHUB_ACTIONS", "true"), ("GITHUB_WORKSPACE", workspace)];
        let ci = Ci::of(&root, variables(&set));
        insta::assert_snapshot!(ci.annotations(&found()));
        assert!(ci.beside(Path::new("r.json"), &found()).is_none());
        let elsewhere = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_WORKSPACE", "/elsewhere"),
        ];
        let text = Ci::of(&root, variables(&elsewhere)).annotations(&found());
        assert!(
            text.starts_with("::error file=a%2Cb.toml,line=2,col=1,"),
            "{text}"
        );
    }

    #[test]
    fn gitlab_gets_a_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a,b.toml"), "").unwrap();
        let set = [
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_DIR", dir.path().to_str().unwrap()),
        ];
        let ci = Ci::of(dir.path(), variables(&set));
        assert_eq!(ci.annotations(&found()), "");
        let (file, issues) = ci.beside(Path::new("out/report.json"), &found()).unwrap();
        assert_eq!(file, Path::new("out/report.codequality.json"));
        insta::assert_snapshot!(format!("{issues:#}"));
    }

    #[test]
    fn nobody_else_gets_anything() {
        for set in [&[][..], &[("GITHUB_ACTIONS", "false")], &[("CI", "true")]] {
            let ci = Ci::of(Path::new("."), variables(set));
            assert_eq!(ci, Ci::None);
            assert_eq!(ci.annotations(&found()), "");
        }
    }
}
