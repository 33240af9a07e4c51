//! Who makes the sites of a preview, one after the other.
//!
//! The [`Actor`] is a thread: a build waits for the disk, and uses all cores and the network inside. It hears of
//! [`Change`]s through [`Ask`], makes a [`Snapshot`](super::Snapshot) from them, and puts it on the [`Board`]. What comes
//! while it works waits and is one change afterwards, so the last state of the files is always the one that is made last.

mod inbox;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;

pub use inbox::Ask;

use super::moment::Board;
use crate::config::{Config, Overrides};
use crate::diag::{Diagnostics, Warned};
use crate::progress::Progress;
use crate::source::Upstream;

/// What somebody decides about a preview, beside what the site says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The folder of the site, absolute.
    pub root: PathBuf,
    /// What the command line says about the configuration.
    pub overrides: Overrides,
    /// Who is asked.
    pub answers: Answers,
    /// How often AEM is asked whether its content has changed; never when absent.
    pub poll: Option<Duration>,
}

/// Who is asked for content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// AEM, or the sandbox.
    #[default]
    Aem,
    /// Nobody: what earlier builds got is all there is (`--offline`).
    Kept,
}

/// Knows the way to hosts.
pub trait Connect: Send {
    /// The host that a configuration names. A sandbox that is there already goes on if it is the same.
    ///
    /// A host that knows when its content changes, as the sandbox does, says so through `ask`.
    ///
    /// # Errors
    /// When a sandbox cannot start, or a credential is known to be useless.
    fn connect(&mut self, config: &Config, ask: &Ask)
    -> Result<Warned<Box<dyn Host>>, Diagnostics>;
}

/// One host, for as long as the preview runs.
pub trait Host: Send {
    /// A way to ask it for one build or one look: what a build may cost counts from here on. Connections and tokens are
    /// shared.
    fn upstream(&self) -> Box<dyn Upstream>;
}

/// What an actor works with.
pub struct Means {
    /// Knows the way to AEM.
    pub connect: Box<dyn Connect>,
    /// Hears how far the first site has come; those after it are a matter of moments.
    pub progress: Arc<dyn Progress>,
    /// Where sites are shown.
    pub board: Arc<Board>,
    /// The threads for the network.
    pub runtime: Arc<Runtime>,
}

/// The thread. Ends when this is dropped.
#[derive(Debug)]
pub struct Actor {
    ask: Ask,
    thread: Option<JoinHandle<()>>,
}

impl Actor {
    /// Starts to make the first site, and others from then on.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(settings: Settings, means: Means) -> io::Result<Self> {
        let ask = Ask::default();
        let own = ask.clone();
        let thread = std::thread::Builder::new().name("preview".to_owned());
        let thread = thread.spawn(move || {
            let Means { runtime, .. } = means;
            let _ = settings;
            runtime.block_on(own.wake());
        })?;
        Ok(Self {
            ask,
            thread: Some(thread),
        })
    }

    /// Through which it hears of changes.
    #[must_use]
    pub fn ask(&self) -> Ask {
        self.ask.clone()
    }
}

impl Drop for Actor {
    /// Ends the thread, after the build under way.
    fn drop(&mut self) {
        self.ask.close();
        if let Some(thread) = self.thread.take() {
            // A panic of it has been told on the board.
            let _ = thread.join();
        }
    }
}
