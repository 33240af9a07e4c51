//! One run of the binary and what came of it.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStdout, Output, Stdio};
use std::time::{Duration, Instant};

use super::site::Surroundings;

/// No run may take longer unless a test says so: one that hangs is killed, and its test fails.
const LONGEST: Duration = Duration::from_secs(120);

/// Between two looks at a process.
const LOOK: Duration = Duration::from_millis(3);

/// A finished run. Texts have no traces of this machine in them.
pub(crate) struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    /// Takes the output of a process, and looks at what it left behind.
    #[track_caller]
    fn new(output: &Output, around: &Surroundings) -> Self {
        around.check(output);
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
            let volatile = around.volatile.iter();
            volatile.fold(text, |text, (this, that)| text.replace(this, that))
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

    /// Asserts that it ended with a report of what is wrong, and not with a panic.
    #[track_caller]
    pub(crate) fn failed(self) -> Self {
        let expected = self.code.is_some_and(|code| (1..=4).contains(&code));
        assert!(expected, "exit code {:?}: {}", self.code, self.stderr);
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
    around: Surroundings,
}

impl Child {
    /// Starts a command with its output piped.
    pub(super) fn start(command: &mut std::process::Command, around: Surroundings) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Self {
            process: Some(command.spawn().unwrap()),
            around,
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

    /// Ends it as `kill -9` does, and waits until it is gone. Tells whether it had ended by itself.
    pub(crate) fn kill(mut self) -> Ended {
        let mut process = self.process.take().expect("killed once");
        let ended = process.try_wait().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        match ended {
            Some(_) => Ended::ByItself,
            None => Ended::Killed,
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn wait(self) -> Run {
        self.wait_within(LONGEST)
    }

    /// Waits for its end, which must come in time.
    #[track_caller]
    pub(crate) fn wait_within(mut self, limit: Duration) -> Run {
        let process = self.process();
        let stdout = process.stdout.take().map(drain);
        let stderr = process.stderr.take().map(drain);
        let end = Instant::now() + limit;
        let status = loop {
            match process.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if Instant::now() > end => break None,
                None => std::thread::sleep(LOOK),
            }
        };
        if status.is_none() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        let text = |reader: Option<Reader>| {
            reader.map_or_else(Vec::new, |reader| reader.join().expect("reads to the end"))
        };
        let (stdout, stderr) = (text(stdout), text(stderr));
        self.process = None;
        let Some(status) = status else {
            let said = String::from_utf8_lossy(&stderr);
            panic!("it hung: after {limit:?} it had to be killed\n--- stderr\n{said}");
        };
        let output = Output {
            status,
            stdout,
            stderr,
        };
        Run::new(&output, &self.around)
    }
}

/// How a process ended that was to be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It still ran.
    Killed,
    /// It was over already.
    ByItself,
}

type Reader = std::thread::JoinHandle<Vec<u8>>;

/// Reads a pipe to its end: a process whose pipe is full would wait for ever.
fn drain(mut pipe: impl Read + Send + 'static) -> Reader {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

impl Drop for Child {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
