//! `frieze sandbox PACKAGE`, and the sandbox inside a build.
//!
//! [`args`] is what can be typed, [`options`] what it means for `aem-sandbox`.

mod args;
mod options;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use aem_sandbox::{Loaded, Options, Sandbox, SandboxError};
use tokio::runtime::Runtime;

pub(super) use args::Sandbox as Args;
pub(super) use args::without_a_site;
pub(super) use options::of_tier;

use super::build::runtime;
use super::ui::Ui;
use crate::aem::Tier;
use crate::diag::{Diagnostic, Diagnostics, Kind};

/// Serves content packages until it is interrupted.
pub(super) fn run(args: &Args, ui: &Ui) -> Result<(), Diagnostics> {
    let options = options::resolve(args)?;
    let runtime = runtime()?;
    let tier: Tier = args.tier.into();
    let sandbox = start(&runtime, &args.packages, options, args.port)?;
    // Heard from the first poll on: whoever reads the address below may stop us right after.
    let mut stop = Box::pin(tokio::signal::ctrl_c());
    let early = runtime.block_on(futures::future::poll_immediate(&mut stop));
    if early.is_some_and(|heard| heard.is_ok()) {
        return Ok(());
    }
    let summary = sandbox.summary();
    for problem in &summary.problems {
        ui.warn(&problem.to_string());
    }
    ui.result(&format!("AEM sandbox ({tier}) on {}", sandbox.origin()));
    ui.result(&format!(
        "{} models, {} fragments, {} assets, {} persisted queries",
        summary.models, summary.fragments, summary.assets, summary.queries
    ));
    for configuration in &summary.configurations {
        for query in &configuration.queries {
            ui.result(&format!(
                "  /graphql/execute.json/{}/{query}",
                configuration.name
            ));
        }
    }
    runtime.block_on(async {
        tokio::select! {
            () = tell_reloads(&sandbox, ui) => {}
            heard = stop => {
                // Without signals there is nothing to wait for but the end of the process.
                if heard.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
        sandbox.stop().await;
    });
    Ok(())
}

/// Says what each edit of a package led to.
async fn tell_reloads(sandbox: &Sandbox, ui: &Ui) {
    let mut loads = sandbox.loads();
    loads.mark_unchanged();
    while loads.changed().await.is_ok() {
        let load = loads.borrow_and_update().clone();
        ui.result(match load.what {
            Loaded::Content => "the package changed and was loaded again",
            Loaded::Faults => "the file of faults changed and was read again",
        });
        for problem in &load.problems {
            ui.warn(&problem.to_string());
        }
    }
    std::future::pending::<()>().await;
}

/// Starts a sandbox on the loopback interface.
pub(super) fn start(
    runtime: &Runtime,
    packages: &[PathBuf],
    options: Options,
    port: u16,
) -> Result<Sandbox, Diagnostics> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let started = runtime.block_on(Sandbox::start_layers(packages, options, address));
    started.map_err(|error| refused(&error))
}

/// Why a sandbox did not start, and what to do about it.
fn refused(error: &SandboxError) -> Diagnostics {
    let problem = |reason: String, help: &str| {
        let message = format!("the sandbox cannot start: {reason}");
        Diagnostic::error(Kind::Config, message).help(help)
    };
    if let SandboxError::Faults(error) = error {
        let help =
            "a fault looks like `503:2@/graphql/*`; FAULTS.md of `aem-sandbox` lists what there is";
        let mistakes = error.mistakes().map(|mistake| problem(mistake, help));
        return mistakes.fold(Diagnostics::new(), |mut found, mistake| {
            found.push(mistake);
            found
        });
    }
    let help = match error {
        SandboxError::Bind { .. } => "choose another port with `--port`, or 0 for a free one",
        _ => "a content package is a folder with `jcr_root` in it, as AEM projects keep in git",
    };
    problem(error.to_string(), help).into()
}
