//! Who makes the sites of a preview, one after the other.
//!
//! The [`Actor`] is a thread: a build waits for the disk, and uses all cores and the network inside. It hears of
//! [`Change`](super::Change)s through [`Ask`], makes a [`Snapshot`](super::Snapshot) from them, and puts it on the [`Board`]. What comes
//! while it works waits and is one change afterwards, so the last state of the files is always the one that is made last.

mod asking;
mod inbox;
mod owed;
mod shift;
mod workshop;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;

pub use inbox::{Ask, Teller};

use super::change::Places;
use super::moment::Board;
use super::poll::Schedule;
use super::watch::Watch;
use crate::config::{Config, Overrides};
use crate::diag::{Diagnostics, Warned};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::source::Upstream;
use shift::Shift;
use workshop::Workshop;

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
    /// The same, and for the first site without regard to what earlier builds got (`--refresh`).
    Anew,
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
    interrupt: Interrupt,
    thread: Option<JoinHandle<()>>,
    /// Follows the files.
    _watch: Option<Watch>,
}

impl Actor {
    /// Starts to make the first site, and others from then on.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(settings: Settings, means: Means) -> io::Result<Self> {
        let (ask, interrupt) = (Ask::default(), Interrupt::new());
        // Before the first file is read: what is edited from here on is noticed.
        let places = Places::new(&settings.root, &settings.overrides);
        let watch = Watch::start(places, ask.clone())?;
        let (board, runtime) = (Arc::clone(&means.board), Arc::clone(&means.runtime));
        let schedule = Schedule::new(settings.poll, fastrand::u64(..));
        let workshop = Workshop::new(settings, means, ask.clone(), interrupt.clone());
        let shift = Shift::new(workshop, ask.clone(), board, runtime, schedule);
        let thread = std::thread::Builder::new().name("preview".to_owned());
        Ok(Self {
            thread: Some(thread.spawn(move || shift.run())?),
            ask,
            interrupt,
            _watch: Some(watch),
        })
    }

    /// Through which it hears of changes.
    #[must_use]
    pub fn ask(&self) -> Ask {
        self.ask.clone()
    }
}

impl Drop for Actor {
    /// Ends the thread. A fetch under way is given up.
    fn drop(&mut self) {
        self.ask.close();
        self.interrupt.raise();
        if let Some(thread) = self.thread.take() {
            // A panic of it has been told on the board.
            let _ = thread.join();
        }
    }
}
