//! One run of a program: its time on the clock and on the processors, and its memory.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use wait4::Wait4 as _;

/// What a process has used, with the processes it waited for.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Used {
    /// Seconds from start to end.
    pub(crate) wall: f64,
    /// Seconds on processors, in the program and in the system for it.
    pub(crate) cpu: f64,
    /// The part of `cpu` in the system.
    pub(crate) system: f64,
    /// The most memory it had at once, in bytes.
    pub(crate) peak: u64,
}

/// Runs a program to its end; what it used, and what it printed as its result.
///
/// # Errors
/// It cannot be started, or it fails: with what it said.
pub(crate) fn run(command: &mut Command) -> io::Result<(Used, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let started = Instant::now();
    let mut child = command.stderr(Stdio::piped()).spawn().map_err(|error| {
        let program = command.get_program().display();
        io::Error::other(format!("{program} cannot be started: {error}"))
    })?;
    let result = child
        .stdout
        .take()
        .map(|pipe| thread::spawn(|| drain(pipe)));
    let said = child.stderr.take().map_or_else(String::new, drain);
    let ended = child.wait4()?;
    let wall = started.elapsed().as_secs_f64();
    if !ended.status.success() {
        return Err(io::Error::other(format!(
            "{command:?} ended with {}\n{said}",
            ended.status
        )));
    }
    let result = result.and_then(|reader| reader.join().ok());
    let usage = ended.rusage;
    let used = Used {
        wall,
        cpu: (usage.utime + usage.stime).as_secs_f64(),
        system: usage.stime.as_secs_f64(),
        peak: usage.maxrss,
    };
    Ok((used, result.unwrap_or_default()))
}

/// Everything that comes out of a pipe, as far as it comes.
fn drain(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
