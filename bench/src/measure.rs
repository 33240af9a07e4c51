//! One run of a program: its time on the clock and on the processors, and its memory.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
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

/// Runs a program to its end.
///
/// # Errors
/// It cannot be started, or it fails: with what it said.
pub(crate) fn run(command: &mut Command) -> io::Result<Used> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let mut child = command.stderr(Stdio::piped()).spawn().map_err(|error| {
        let program = command.get_program().display();
        io::Error::other(format!("{program} cannot be started: {error}"))
    })?;
    let mut said = Vec::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_end(&mut said)?;
    }
    let ended = child.wait4()?;
    let wall = started.elapsed().as_secs_f64();
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&said);
        return Err(io::Error::other(format!(
            "{command:?} ended with {}\n{said}",
            ended.status
        )));
    }
    let usage = ended.rusage;
    Ok(Used {
        wall,
        cpu: (usage.utime + usage.stime).as_secs_f64(),
        system: usage.stime.as_secs_f64(),
        peak: usage.maxrss,
    })
}
