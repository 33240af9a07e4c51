//! How long whole builds take, from requests to files: Frieze beside the same pages made by hand, and beside other
//! revisions of itself.
//!
//! - `corpus`: articles, and what editors change in them.
//! - `origin`: serves them as AEM would, and is never what takes long.
//! - `yardstick`: makes the pages without Frieze.
//! - `run`: builds in turn, in every scenario, and compares folders; `measure` looks at one process.
//! - `report`: medians and ratios, as JSON and as a table.
//!
//! Origin and yardstick are this program again, in processes of their own.

mod args;
mod compare;
mod corpus;
mod measure;
mod origin;
mod report;
mod run;
mod served;
mod work;
mod yardstick;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    let command = match args::parse(env::args().skip(1)) {
        Ok(command) => command,
        Err(message) => return failed(&message),
    };
    let done = match command {
        Command::Run(options) => run::run(&options),
        Command::Origin(options) => origin::serve(&options),
        Command::Yardstick(options) => yardstick::build(&options),
        Command::Help => io::stdout().write_all(args::USAGE.as_bytes()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::FAILURE
}
