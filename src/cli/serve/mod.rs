//! `frieze serve`: the preview, until somebody has enough of it.

mod args;
mod browser;
mod keys;

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

pub(super) use args::Serve as Args;

use super::args::Global;
use super::build::{overrides, root, runtime};
use super::ui::Ui;
use super::ways::Ways;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::progress::Silent;
use crate::serve::actor::{Answers, Means, Settings};
use crate::serve::change::{Change, Content};
use crate::serve::http::{Hosts, Listening, Port, Server};
use crate::serve::{Actor, Ask, Board};
use keys::Key;

/// Serves the site until it is interrupted.
pub(super) fn run(global: &Global, args: &Args, ui: &Ui) -> Result<(), Diagnostics> {
    let root = root(&global.root)?;
    let overrides = overrides(global, &args.answers);
    let runtime = Arc::new(runtime()?);
    // Heard from the first poll on: whoever reads the address below may stop us right after.
    let mut stop = Box::pin(tokio::signal::ctrl_c());
    let early = runtime.block_on(futures::future::poll_immediate(&mut stop));
    if early.is_some_and(|heard| heard.is_ok()) {
        return Ok(());
    }
    let port = args.port.map_or(Port::Default, Port::Exactly);
    let listening = runtime.block_on(Listening::on(args.host, port));
    let listening = listening.map_err(|error| refused(args, &error))?;
    let board = Arc::new(Board::default());
    let settings = Settings {
        root,
        overrides,
        answers: answers(args),
        poll: args.poll,
    };
    let means = Means {
        connect: Box::new(Ways::new(Arc::clone(&runtime))),
        progress: Arc::new(Silent),
        board: Arc::clone(&board),
        runtime: Arc::clone(&runtime),
    };
    let actor = Actor::start(settings, means).map_err(|error| {
        let message = format!("the preview's thread cannot be started: {error}");
        Diagnostic::error(Kind::Config, message)
    })?;
    let url = listening.url();
    ui.result(&format!("the preview is at {url}"));
    if !args.host.is_loopback() {
        ui.warn(&format!(
            "`--host {}` lets others on the network see it, unpublished content included",
            args.host
        ));
    }
    let keys = keys::typed();
    match &keys {
        Some(_) => ui.note(keys::HELP),
        None => ui.note("press Ctrl-C to stop"),
    }
    if args.open {
        open(&url, ui);
    }
    let ask = actor.ask();
    let hosts = Hosts::new(args.allow_host.iter().cloned());
    let server = Server::new(board, hosts);
    runtime.block_on(async {
        tokio::select! {
            () = server.run(listening) => {}
            () = obey(keys, &ask, &url, ui) => {}
            heard = stop => {
                // Without signals there is nothing to wait for but the end of the process.
                if heard.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    });
    drop(actor);
    // Nobody waits for a page that is being rendered.
    if let Some(runtime) = Arc::into_inner(runtime) {
        runtime.shutdown_background();
    }
    Ok(())
}

/// Who answers.
fn answers(args: &Args) -> Answers {
    match (args.answers.offline, args.answers.refresh) {
        (true, _) => Answers::Kept,
        (false, true) => Answers::Anew,
        (false, false) => Answers::Aem,
    }
}

/// Does what is typed, until that is to stop.
async fn obey(keys: Option<UnboundedReceiver<Key>>, ask: &Ask, url: &str, ui: &Ui) {
    let Some(mut keys) = keys else {
        return std::future::pending().await;
    };
    while let Some(key) = keys.recv().await {
        match key {
            Key::Reload => ask.change(Change::certain(Content::All)),
            Key::Open => open(url, ui),
            Key::Quit => return,
            Key::Unknown => ui.note(keys::HELP),
        }
    }
    std::future::pending::<()>().await;
}

fn open(url: &str, ui: &Ui) {
    if let Err(error) = browser::open(url) {
        ui.note(&format!("no browser could be opened: {error}"));
    }
}

/// Why there is no preview at an address.
fn refused(args: &Args, error: &io::Error) -> Diagnostics {
    let host = args.host;
    let problem = |message: String| Diagnostic::error(Kind::Config, message);
    let diagnostic = match (error.kind(), args.port) {
        (io::ErrorKind::AddrInUse, Some(port)) => problem(format!(
            "port {port} of {host} is taken by another program"
        ))
        .help("leave `--port` out for the next free one from 4000 on, or use `--port 0` for any"),
        (io::ErrorKind::AddrInUse, None) => problem(format!(
            "the ports 4000 to 4019 of {host} are taken by other programs"
        ))
        .help("use `--port 0` for any that is free"),
        (io::ErrorKind::AddrNotAvailable, _) => problem(format!(
            "`--host {host}` is no address of this machine"
        ))
        .help("leave it out for this machine alone, or use `0.0.0.0` for all of its addresses"),
        (io::ErrorKind::PermissionDenied, Some(port)) => {
            problem(format!("port {port} may not be used: {error}"))
                .help("ports below 1024 are for administrators: use a higher one")
        }
        _ => problem(format!("the preview cannot listen on {host}: {error}")),
    };
    diagnostic.into()
}
