//! An origin that is there for as long as it is measured against, and what it has been asked.

use std::env;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::args::OriginOptions;
use crate::corpus::Revision;
use crate::origin::Stats;
use crate::yardstick::Client;

/// An origin.
pub(crate) struct Served {
    /// Scheme, host and port.
    pub(crate) origin: String,
    /// The process, if it is ours.
    child: Option<Child>,
}

impl Served {
    /// Starts one in a process of its own, so that its memory and its time are not counted as anybody else's. Returns
    /// when all answers are made.
    pub(crate) fn start(options: &OriginOptions) -> io::Result<Self> {
        let corpus = options.corpus;
        let mut command = Command::new(env::current_exe()?);
        command.arg("origin");
        for (name, value) in [
            ("--items", corpus.items.to_string()),
            ("--words", corpus.words.to_string()),
            ("--seed", corpus.seed.to_string()),
            ("--paging", options.paging.name().to_owned()),
            ("--latency", options.latency.as_millis().to_string()),
            ("--listen", options.listen.to_string()),
        ] {
            command.args([name, &value]);
        }
        // Its end of the pipe closes with us, however we end.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let mut address = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        Ok(Self {
            origin: address.trim_end().to_owned(),
            child: Some(child),
        })
    }

    /// One that runs already.
    pub(crate) fn at(origin: &str) -> Self {
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
            child: None,
        }
    }

    /// Changes what it serves.
    pub(crate) fn change(&self, revision: Revision) -> io::Result<()> {
        let path = format!("/bench/revision/{}", revision.name());
        Client::connect(&self.origin)?.ask("PUT", &path, &mut Vec::new())
    }

    /// What it was asked so far.
    pub(crate) fn stats(&self) -> io::Result<Stats> {
        let mut json = Vec::new();
        Client::connect(&self.origin)?.ask("GET", "/bench/stats", &mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}
