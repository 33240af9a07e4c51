//! A site in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Child, Run, Tree, workspace};

/// Variables that reach the binary besides those a test sets: what finding files needs, and where
/// coverage is written. All others could change what it does or says.
const KEPT: [&str; 8] = [
    "HOME",
    "LLVM_PROFILE_FILE",
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
];

/// A site that builds are run on.
pub(crate) struct SiteTest {
    dir: TempDir,
    environment: Vec<(String, String)>,
    volatile: Vec<(String, String)>,
}

impl SiteTest {
    /// A folder with nothing in it.
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("frieze-test-")
            .tempdir()
            .unwrap();
        let mut volatile = Vec::new();
        for path in [dir.path().canonicalize().unwrap(), dir.path().to_path_buf()] {
            volatile.push((path.to_str().unwrap().to_owned(), "[site]".to_owned()));
        }
        Self {
            dir,
            environment: Vec::new(),
            volatile,
        }
    }

    /// A copy of a folder of `tests/sites/`.
    pub(crate) fn copy_of(name: &str) -> Self {
        let site = Self::new();
        site.copy(&workspace().join("tests/sites").join(name), "");
        site
    }

    /// A copy of the repository's own example site.
    pub(crate) fn example() -> Self {
        let site = Self::new();
        for input in ["content-queries", "templates", "static", "sandbox"] {
            site.copy(&workspace().join(input), input);
        }
        site.write(
            "site.toml",
            &std::fs::read_to_string(workspace().join("site.toml")).unwrap(),
        );
        site
    }

    /// Copies all files below a folder.
    pub(crate) fn copy(&self, from: &Path, to: &str) {
        for entry in walkdir::WalkDir::new(from) {
            let entry = entry.unwrap();
            let target = self.path(to).join(entry.path().strip_prefix(from).unwrap());
            if entry.file_type().is_dir() {
                std::fs::create_dir_all(target).unwrap();
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    /// Adds a file.
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// Sets a variable for every run.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable for the runs that follow.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Names a host that answers; messages call it `[aem]`.
    pub(crate) fn aem(&mut self, origin: &str) {
        self.set("AEM", origin);
        self.volatile.push((origin.to_owned(), "[aem]".to_owned()));
        let host = origin.split("://").last().unwrap_or(origin);
        self.volatile.push((host.to_owned(), "[aem]".to_owned()));
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Replaces a piece of a file, which must be there.
    #[track_caller]
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "`{old}` in {path}");
        self.write(path, &text.replace(old, new));
    }

    /// A file's text.
    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A page of the output.
    #[track_caller]
    pub(crate) fn page(&self, path: &str) -> String {
        self.read(&format!("public/{path}"))
    }

    /// A path in the site's folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// What is in the output folder.
    pub(crate) fn output(&self) -> Tree {
        Tree::of(&self.path("public"))
    }

    /// Runs `frieze build`.
    pub(crate) fn build(&self) -> Run {
        self.run(&["build"])
    }

    /// Runs the binary in the site's folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments)
    }

    /// Runs the binary in a folder below the site's.
    pub(crate) fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.current_dir(self.path(folder));
        Run::new(&command.output().unwrap(), &self.volatile)
    }

    /// Starts the binary in the site's folder.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Child::new(command.spawn().unwrap(), self.volatile.clone())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frieze"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .env_clear()
            .envs(
                KEPT.iter()
                    .filter_map(|&name| Some((name, std::env::var_os(name)?))),
            )
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}
