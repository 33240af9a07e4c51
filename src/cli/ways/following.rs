//! A sandbox that says when its content is another.

use aem_sandbox::{Options, Reload, Sandbox};
use tokio::runtime::Runtime;
use tokio::sync::watch::Receiver;
use url::Url;

use crate::aem::Tier;
use crate::cli::sandbox::{of_tier, start};
use crate::config::SandboxSettings;
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::serve::actor::{Ask, Teller};
use crate::serve::change::{Change, Content};

/// A sandbox, and what it is one of. Stops when this is dropped.
pub(super) struct Following {
    pub(super) wanted: (Tier, SandboxSettings),
    pub(super) origin: Url,
    _sandbox: Sandbox,
}

impl Following {
    /// Starts one that follows its package, and tells of every load.
    pub(super) fn start(
        wanted: (Tier, SandboxSettings),
        runtime: &Runtime,
        ask: &Ask,
    ) -> Result<Self, Diagnostics> {
        let (tier, settings) = &wanted;
        let options = Options {
            watch: true,
            ..of_tier(*tier, settings.ad_hoc)
        };
        let sandbox = start(runtime, std::slice::from_ref(&settings.package), options, 0)?;
        let origin = Url::parse(&sandbox.origin()).map_err(|error| {
            Diagnostic::error(Kind::Config, format!("the sandbox has no address: {error}"))
        })?;
        runtime.spawn(tell(sandbox.loads(), ask.clone()));
        Ok(Self {
            wanted,
            origin,
            _sandbox: sandbox,
        })
    }
}

/// Tells of every load until the sandbox is gone.
async fn tell(mut loads: Receiver<Reload>, ask: Ask) {
    let mut is_first = true;
    loop {
        let load = loads.borrow_and_update().clone();
        let problems = load.problems.iter();
        let problems: Diagnostics = problems
            .map(|problem| Diagnostic::warning(Kind::Content, format!("the sandbox: {problem}")))
            .collect();
        if !is_first || !problems.is_empty() {
            ask.remark(Teller::Sandbox, problems);
        }
        if !is_first {
            ask.change(Change::content(Content::All));
        }
        is_first = false;
        if loads.changed().await.is_err() {
            return ask.remark(Teller::Sandbox, Diagnostics::new());
        }
    }
}
