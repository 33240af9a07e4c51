//! The command line: what was typed, what it means, and what is printed.
//!
//! [`args`] is what clap reads; each command resolves it and calls the library. [`ui`] is the only place
//! that prints: results to stdout, everything else to stderr. [`exit`] lists the exit codes.

mod args;
mod build;
mod cache;
mod ci;
mod clock;
mod doctor;
pub mod exit;
mod memory;
mod origin;
mod place;
mod queries;
mod report;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "serve")]
mod serve;
mod site;
mod snapshot;
mod ui;
#[cfg(feature = "serve")]
mod ways;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use clap::error::ErrorKind;

use args::{Args, Command};
use ci::Ci;
use exit::Exit;
use ui::Ui;

/// Runs the command line and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // A closed pipe is no reason to fail.
            let _ = error.print();
            return if asked { Exit::Good } else { Exit::Usage }.into();
        }
    };
    let ci = Ci::of(&args.global.root, |name| std::env::var(name).ok());
    let ui = Arc::new(Ui::new(args.global.color, args.global.quiet, ci));
    let good = |()| Exit::Good;
    let global = &args.global;
    let result = match &args.command {
        Command::Build(build) => build::run(global, build, &ui).map(good),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => serve::run(global, serve, &ui).map(good),
        Command::Doctor(doctor) => doctor::run(global, doctor, &ui),
        Command::Queries(queries) => queries::run(global, queries, &ui).map(good),
        Command::Snapshot(snapshot) => snapshot::run(global, snapshot, &ui).map(good),
        Command::Cache(cache) => cache::run(global, cache, &ui).map(good),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(sandbox) => sandbox::run(sandbox, &ui).map(good),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(found) => {
            ui.report(&found);
            Exit::of(&found).into()
        }
    }
}
