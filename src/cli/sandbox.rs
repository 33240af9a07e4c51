//! `frieze sandbox DIR`, and the sandbox inside a build.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use aem_sandbox::{AccessToken, Loaded, Options, Sandbox, SandboxError};
use tokio::runtime::Runtime;

use super::args;
use super::build::runtime;
use super::ui::Ui;
use crate::aem::Tier;
use crate::diag::{Diagnostic, Diagnostics, Kind};

/// Serves content packages until it is interrupted.
pub(super) fn run(args: &args::Sandbox, ui: &Ui) -> Result<(), Diagnostics> {
    let runtime = runtime()?;
    let tier: Tier = args.tier.into();
    let token = |token: &String| AccessToken {
        token: token.clone(),
        groups: vec!["administrators".to_owned()],
        life: None,
    };
    let options = Options {
        tokens: args.token.iter().map(token).collect(),
        faults: args.fault.clone(),
        fault_seed: args.fault_seed,
        ..options(tier, args.ad_hoc)
    };
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

/// The sandbox's options for a tier.
pub(super) fn options(tier: Tier, ad_hoc: bool) -> Options {
    let tier = match tier {
        Tier::Publish => aem_sandbox::Tier::Publish,
        Tier::Preview => aem_sandbox::Tier::Preview,
        Tier::Author => aem_sandbox::Tier::Author,
    };
    Options {
        tier,
        adhoc_on_publish: ad_hoc,
        ..Options::default()
    }
}

/// Starts a sandbox on the loopback interface.
pub(super) fn start(
    runtime: &Runtime,
    packages: &[PathBuf],
    options: Options,
    port: u16,
) -> Result<Sandbox, Diagnostics> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    runtime.block_on(Sandbox::start_layers(packages, options, address)).map_err(|error| {
        let diagnostic = Diagnostic::error(Kind::Config, format!("the sandbox cannot start: {error}"));
        match error {
            SandboxError::Bind { .. } => diagnostic.help("choose another port with `--port`"),
            _ => diagnostic.help("a content package is a folder with `jcr_root` in it, as AEM projects keep in git"),
        }
        .into()
    })
}
