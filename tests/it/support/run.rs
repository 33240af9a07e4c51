//! One run of the binary and what came of it.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStdout, Output};

/// A finished run. Texts have no traces of this machine in them.
pub(crate) struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// Takes the output of a process; `volatile` are texts of this run with what stands for them.
    pub(super) fn new(output: &Output, volatile: &[(String, String)]) -> Self {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
            volatile
                .iter()
                .fold(text, |text, (this, that)| text.replace(this, that))
        };
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(
            self.code,
            Some(expected),
            "exit code\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Asserts that all went well.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        self.code(0)
    }

    /// What was printed as the result.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Everything else that was printed.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }

    /// The last line of the summary without the time: `2 files written, 0 unchanged, 0 removed`.
    #[track_caller]
    pub(crate) fn changes(&self) -> &str {
        let line = self.stdout.lines().last().unwrap_or_default();
        line.split_once(" in ")
            .unwrap_or_else(|| panic!("no summary in {:?}", self.stdout))
            .0
    }

    /// The line of the summary that counts queries, items, pages and assets.
    #[track_caller]
    pub(crate) fn counts(&self) -> &str {
        let mut lines = self.stdout.lines().rev();
        lines
            .nth(1)
            .unwrap_or_else(|| panic!("no summary in {:?}", self.stdout))
    }

    /// Asserts that a text was printed nowhere.
    #[track_caller]
    pub(crate) fn never_says(&self, secret: &str) {
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains(secret), "`{secret}` in {text}");
        }
    }
}

/// A process that is still running; killed when dropped.
pub(crate) struct Child {
    process: Option<std::process::Child>,
    volatile: Vec<(String, String)>,
}

impl Child {
    pub(super) fn new(process: std::process::Child, volatile: Vec<(String, String)>) -> Self {
        Self {
            process: Some(process),
            volatile,
        }
    }

    fn process(&mut self) -> &mut std::process::Child {
        self.process.as_mut().expect("runs until it is waited for")
    }

    /// The first line on stdout; the rest is read from what is returned.
    pub(crate) fn first_line(&mut self) -> (String, BufReader<ChildStdout>) {
        let mut stdout = BufReader::new(self.stdout());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        if line.is_empty() {
            let mut report = String::new();
            let mut stderr = self.process().stderr.take().unwrap();
            stderr.read_to_string(&mut report).unwrap();
            panic!("it printed nothing: {report}");
        }
        (line, stdout)
    }

    /// The reading end of its stdout.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.process().stdout.take().expect("taken once")
    }

    /// Does what Ctrl-C does.
    #[cfg(unix)]
    pub(crate) fn interrupt(&mut self) {
        let pid = rustix::process::Pid::from_child(self.process());
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Run {
        let process = self.process.take().expect("waited for once");
        Run::new(&process.wait_with_output().unwrap(), &self.volatile)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
