//! The ways of a preview to AEM: to the configured host, or to a sandbox that follows its package.

#[cfg(feature = "sandbox")]
mod following;

use std::sync::Arc;

use tokio::runtime::Runtime;
use url::Url;

use super::origin::Server;
use crate::client::AemHost;
use crate::config::{Config, Origin};
use crate::diag::{Diagnostics, Warned};
use crate::serve::actor::{Ask, Connect, Host};
use crate::source::Upstream;

#[cfg(feature = "sandbox")]
use following::Following;

/// Knows the way to the host of a configuration.
pub(super) struct Ways {
    runtime: Arc<Runtime>,
    /// The sandbox that was asked last.
    #[cfg(feature = "sandbox")]
    sandbox: Option<Following>,
}

impl Ways {
    pub(super) fn new(runtime: Arc<Runtime>) -> Self {
        Self {
            runtime,
            #[cfg(feature = "sandbox")]
            sandbox: None,
        }
    }

    #[cfg(feature = "sandbox")]
    fn origin(&mut self, config: &Config, ask: &Ask) -> Result<Url, Diagnostics> {
        let Origin::Sandbox(settings) = &config.aem.origin else {
            self.sandbox = None;
            return Server::start(config, &self.runtime).map(|server| server.origin);
        };
        let wanted = (config.aem.tier, settings.clone());
        let known = self.sandbox.take().filter(|known| known.wanted == wanted);
        let sandbox = match known {
            Some(known) => known,
            None => Following::start(wanted, &self.runtime, ask)?,
        };
        Ok(self.sandbox.insert(sandbox).origin.clone())
    }

    #[cfg(not(feature = "sandbox"))]
    fn origin(&mut self, config: &Config, _: &Ask) -> Result<Url, Diagnostics> {
        Server::start(config, &self.runtime).map(|server| server.origin)
    }
}

impl Connect for Ways {
    fn connect(
        &mut self,
        config: &Config,
        ask: &Ask,
    ) -> Result<Warned<Box<dyn Host>>, Diagnostics> {
        let origin = self.origin(config, ask)?;
        let mut warnings = Diagnostics::new();
        let host = AemHost::new(&origin, &config.aem, &config.fetch)?.into_value(&mut warnings);
        warnings.finish(Box::new(Way(host)) as Box<dyn Host>)
    }
}

/// A host of AEM, or what plays one.
struct Way(AemHost);

impl Host for Way {
    fn upstream(&self) -> Box<dyn Upstream> {
        Box::new(self.0.for_another_build())
    }
}
