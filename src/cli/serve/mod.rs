//! `frieze serve`: the preview, until somebody has enough of it.
//!
//! [`args`] is what can be typed, [`keys`] what can be typed meanwhile, and [`tell`] says what happens.

mod args;
mod browser;
mod keys;
mod refused;
mod tell;

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub(super) use args::Serve as Args;

use super::args::Global;
use super::build::{overrides, root, runtime};
use super::ui::Ui;
use super::ways::Ways;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::secret::Secret;
use crate::serve::actor::{Answers, Means, Settings};
use crate::serve::event::Listener;
use crate::serve::http::{Access, Hosts, Listening, Port, Server, Webhook};
use crate::serve::{Actor, Ask, Board, Change, Content, Moment};
use keys::Key;

/// Serves the site until it is interrupted.
pub(super) fn run(global: &Global, args: &Args, ui: &Arc<Ui>) -> Result<(), Diagnostics> {
    let runtime = Arc::new(runtime()?);
    // Heard from the first poll on: whoever reads the address below may stop us right after.
    let mut stop = Box::pin(tokio::signal::ctrl_c());
    let early = runtime.block_on(futures::future::poll_immediate(&mut stop));
    if early.is_some_and(|heard| heard.is_ok()) {
        return Ok(());
    }
    let port = args.port.map_or(Port::Default, Port::Exactly);
    let listening = runtime.block_on(Listening::on(args.host, port));
    let listening = listening.map_err(|error| refused::refused(args, &error))?;
    let board = Arc::new(Board::default());
    let actor = start(global, args, ui, &runtime, &board)?;
    let url = listening.url();
    greet(args, &url, ui);
    let listener = Listener::start(Arc::clone(&board), actor.ask(), runtime.handle());
    let webhook = Webhook::new(listener, access(args));
    let hosts = Hosts::new(args.allow_host.iter().cloned());
    let (troubles, heard) = unbounded_channel();
    let server = Server::new(Arc::clone(&board), hosts, webhook).telling(troubles);
    let ask = actor.ask();
    runtime.block_on(async {
        tokio::select! {
            () = server.run(listening) => {}
            () = tell::tell(&board, heard, ui) => {}
            () = obey(keys::typed(), &ask, &url, ui) => {}
            heard = stop => {
                // Without signals there is nothing to wait for but the end of the process.
                if heard.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    });
    drop(actor);
    // With the last site, its files go.
    board.show(|_| Moment::default());
    // Nobody waits for a page that is being rendered.
    if let Some(runtime) = Arc::into_inner(runtime) {
        runtime.shutdown_background();
    }
    Ok(())
}

/// Starts to make the first site.
fn start(
    global: &Global,
    args: &Args,
    ui: &Arc<Ui>,
    runtime: &Arc<Runtime>,
    board: &Arc<Board>,
) -> Result<Actor, Diagnostics> {
    let settings = Settings {
        root: root(&global.root)?,
        overrides: overrides(global, &args.answers),
        answers: answers(args),
        poll: args.poll,
    };
    let means = Means {
        connect: Box::new(Ways::new(Arc::clone(runtime))),
        progress: Arc::<Ui>::clone(ui),
        board: Arc::clone(board),
        runtime: Arc::clone(runtime),
    };
    Actor::start(settings, means).map_err(|error| {
        let message = format!("the preview's thread cannot be started: {error}");
        Diagnostic::error(Kind::Config, message).into()
    })
}

/// Who answers.
fn answers(args: &Args) -> Answers {
    match (args.answers.offline, args.answers.refresh) {
        (true, _) => Answers::Kept,
        (false, true) => Answers::Anew,
        (false, false) => Answers::Aem,
    }
}

/// Who may tell of events.
fn access(args: &Args) -> Access {
    let is_ours_alone = args.host.is_loopback() && args.allow_host.is_empty();
    // A variable that is set to nothing is no token: everybody would know it.
    let token = args.webhook_token.as_deref();
    match token.filter(|token| !token.is_empty()) {
        Some(token) => Access::Token(Secret::new(token)),
        None if is_ours_alone => Access::Open,
        None => Access::Closed,
    }
}

/// Says where the preview is, who can see it, and what can be done.
fn greet(args: &Args, url: &str, ui: &Ui) {
    ui.result(&format!("the preview is at {url}"));
    if !args.host.is_loopback() {
        let host = args.host;
        ui.warn(&format!(
            "`--host {host}` lets others on the network see it, unpublished content included"
        ));
    }
    ui.note(keys::help());
    if args.open {
        open(url, ui);
    }
}

/// Does what is typed, until that is to stop.
async fn obey(keys: Option<UnboundedReceiver<Key>>, ask: &Ask, url: &str, ui: &Ui) {
    let Some(mut keys) = keys else {
        return std::future::pending::<()>().await;
    };
    while let Some(key) = keys.recv().await {
        match key {
            Key::Reload => ask.change(Change::certain(Content::All)),
            Key::Open => open(url, ui),
            Key::Quit => return,
            Key::Unknown => ui.note(keys::help()),
        }
    }
    std::future::pending::<()>().await;
}

fn open(url: &str, ui: &Ui) {
    if let Err(error) = browser::open(url) {
        ui.note(&format!("no browser could be opened: {error}"));
    }
}
