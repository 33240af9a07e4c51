//! A site in a temporary folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::{Child, Run, Secrets, Tree, workspace};

/// Variables that reach the binary besides those a test sets: what finding files needs, and where
/// coverage is written. All others could change what it does or says.
const KEPT: [&str; 5] = [
    "HOME",
    "LLVM_PROFILE_FILE",
    "PATH",
    "SYSTEMROOT",
    "USERPROFILE",
];

/// The folder for temporary files of the binary, in the site's own: so it can be seen what is left there.
const TEMPORARY: &str = "temporary";

/// The folders of the example site, but for the content package.
pub(crate) const EXAMPLE: [&str; 4] = ["content", "content-queries", "templates", "static"];

/// A site that builds are run on.
pub(crate) struct SiteTest {
    dir: TempDir,
    environment: Vec<(String, String)>,
    around: Surroundings,
}

/// What a run must not touch, and what it must not tell.
#[derive(Clone)]
pub(super) struct Surroundings {
    root: PathBuf,
    /// Texts of one run, and what stands for them in others.
    pub(super) volatile: Vec<(String, String)>,
    secrets: Secrets,
    /// Files of the test's own making: they may hold secrets.
    inputs: Arc<Mutex<BTreeSet<PathBuf>>>,
}

impl Surroundings {
    /// Asserts that nothing was left among the temporary files, and that no secret went anywhere.
    #[track_caller]
    pub(super) fn check(&self, output: &Output) {
        let temporary = Tree::of(&self.root.join(TEMPORARY));
        assert!(temporary.is_empty(), "left behind: {temporary:?}");
        self.secrets.assert_absent("stdout", &output.stdout);
        self.secrets.assert_absent("stderr", &output.stderr);
        self.check_disk();
    }

    /// Asserts that no secret is on the disk, but for the test's own files.
    #[track_caller]
    fn check_disk(&self) {
        let inputs = self.inputs.lock().unwrap().clone();
        self.secrets.assert_absent_below(&self.root, &inputs);
    }
}

impl SiteTest {
    /// A folder with nothing in it.
    pub(crate) fn new() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// The same in memory, where the system has a folder for that: for tests that build hundreds of times.
    pub(crate) fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if tempfile::tempdir_in(memory).is_ok() {
            return Self::below(memory);
        }
        Self::new()
    }

    fn below(folder: &Path) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("frieze-test-")
            .tempdir_in(folder)
            .unwrap();
        let mut volatile = Vec::new();
        for path in [dir.path().canonicalize().unwrap(), dir.path().to_path_buf()] {
            volatile.push((path.to_str().unwrap().to_owned(), "[site]".to_owned()));
        }
        let around = Surroundings {
            root: dir.path().to_path_buf(),
            volatile,
            secrets: Secrets::default(),
            inputs: Arc::default(),
        };
        let mut site = Self {
            dir,
            environment: Vec::new(),
            around,
        };
        let temporary = site.path(TEMPORARY);
        std::fs::create_dir(&temporary).unwrap();
        for name in ["TMPDIR", "TEMP", "TMP"] {
            site.set(name, temporary.to_str().unwrap());
        }
        site
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
        for input in EXAMPLE.into_iter().chain(["sandbox"]) {
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
        super::copy(from, &self.path(to));
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
        let host = origin.split("://").last().unwrap_or(origin);
        for text in [origin, host] {
            let volatile = (text.to_owned(), "[aem]".to_owned());
            self.around.volatile.push(volatile);
        }
    }

    /// Asks a host in place of the embedded sandbox that `site.toml` names.
    #[track_caller]
    pub(crate) fn asks(&mut self, origin: &str) {
        self.aem(origin);
        let configuration = self.read("site.toml");
        let is_sandbox = |line: &&str| {
            let key = line.split_once('=').map(|(key, _)| key.trim());
            key == Some("sandbox")
        };
        let line = configuration.lines().find(is_sandbox);
        self.replace(
            "site.toml",
            line.expect("a sandbox"),
            "publish = \"${AEM}\"",
        );
    }

    /// Sets a variable for the runs that follow to something nobody may see: every run is searched for
    /// it, what it prints as well as what it writes.
    pub(crate) fn secret(&mut self, name: &str, value: &str) {
        self.set(name, value);
        self.guard(name, value);
    }

    /// Has the runs that follow searched for a text.
    pub(crate) fn guard(&mut self, name: &str, secret: &str) {
        self.around.secrets.add(name, secret);
    }

    /// Moves the variables nobody may see from the environment to `.env`.
    pub(crate) fn secrets_to_dotenv(&mut self) {
        let is_secret = |name: &str| self.around.secrets.names().any(|secret| secret == name);
        let (moved, kept) = std::mem::take(&mut self.environment)
            .into_iter()
            .partition::<Vec<_>, _>(|(name, _)| is_secret(name));
        self.environment = kept;
        let lines = moved
            .iter()
            .map(|(name, value)| format!("{name}='{value}'\n"));
        self.write(".env", &lines.collect::<String>());
    }

    /// Asserts that no secret is on the disk: for runs that were killed, and whose output nobody read.
    #[track_caller]
    pub(crate) fn assert_no_secret_on_disk(&self) {
        self.around.check_disk();
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.write_bytes(path, text.as_bytes());
    }

    /// Writes a file that is no text, and puts it in its place as a whole: who watches must see one edit, however busy the
    /// machine is between making a file and filling it.
    pub(crate) fn write_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if path.is_symlink() {
            std::fs::write(&path, bytes).unwrap();
        } else {
            let (folder, name) = (path.parent().unwrap(), path.file_name().unwrap());
            let unfinished = folder.join(format!(".{}.unfinished", name.display()));
            std::fs::write(&unfinished, bytes).unwrap();
            std::fs::rename(&unfinished, &path).unwrap();
        }
        self.around.inputs.lock().unwrap().insert(path);
    }

    /// Replaces a piece of a file, which must be there.
    #[track_caller]
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "`{old}` in {path}");
        self.write(path, &text.replace(old, new));
    }

    /// Adds to the end of a file, which must be there.
    #[track_caller]
    pub(crate) fn append(&self, path: &str, text: &str) {
        self.write(path, &(self.read(path) + text));
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
        self.tree("public")
    }

    /// What is in a folder of the site.
    pub(crate) fn tree(&self, folder: &str) -> Tree {
        Tree::of(&self.path(folder))
    }

    /// Runs `frieze build`.
    #[track_caller]
    pub(crate) fn build(&self) -> Run {
        self.run(&["build"])
    }

    /// Runs the binary in the site's folder.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments)
    }

    /// Runs the binary in a folder below the site's.
    #[track_caller]
    pub(crate) fn run_in(&self, folder: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.current_dir(self.path(folder));
        Child::start(&mut command, self.around.clone()).wait()
    }

    /// Starts the binary in the site's folder.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Child::start(&mut self.command(arguments), self.around.clone())
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
