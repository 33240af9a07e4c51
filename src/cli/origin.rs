//! Who answers: the configured host, the sandbox, the cache or a snapshot.

use std::path::Path;
use std::time::SystemTime;

use tokio::runtime::Runtime;
use url::Url;

use super::args::Answers;
use crate::cache::{Cache, CachedSource, Policy, Realm};
use crate::client::AemHost;
use crate::config::{Config, Origin, SandboxSettings};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::snapshot::Snapshot;
use crate::source::Source;

/// A source with what it needs to live.
pub(super) struct Answering {
    source: Box<dyn Source>,
    /// What is to be said before anything is asked.
    pub(super) warnings: Diagnostics,
    /// Stops when this is dropped.
    _server: Option<Server>,
}

impl Answering {
    /// The source that a command line asks for.
    pub(super) fn start(
        config: &Config,
        answers: &Answers,
        runtime: &Runtime,
    ) -> Result<Self, Diagnostics> {
        let (cache, realm) = (Cache::at(&config.cache), Realm::of(config));
        let policy = Policy {
            refresh: answers.refresh,
            ..Policy::of(&config.fetch, SystemTime::now())
        };
        if answers.offline {
            return Ok(Self {
                source: Box::new(CachedSource::offline(cache, realm, policy)),
                warnings: Diagnostics::new(),
                _server: None,
            });
        }
        let server = Server::start(config, runtime)?;
        let host = AemHost::new(&server.origin, &config.aem, &config.fetch)?;
        let mut warnings = Diagnostics::new();
        let host = Box::new(host.into_value(&mut warnings));
        Ok(Self {
            source: Box::new(CachedSource::new(host, cache, realm, policy)),
            warnings,
            _server: Some(server),
        })
    }

    /// The source that a snapshot is; a warning where it is not of the site's own tier.
    pub(super) fn of_snapshot(folder: &Path, config: &Config) -> Result<Self, Diagnostics> {
        let snapshot = Snapshot::open(folder)?;
        let mut warnings = Diagnostics::new();
        let (taken, built) = (&snapshot.index().tier, config.aem.tier.name());
        if taken != built {
            let folder = folder.display();
            let message =
                format!("the snapshot `{folder}` is of {taken}, and the site is built for {built}");
            warnings.push(
                Diagnostic::warning(Kind::Config, message)
                    .note("what one tier shows may not be meant for another's visitors")
                    .help(format!(
                        "save one with `--tier {built}`, or build with `--tier {taken}`"
                    )),
            );
        }
        Ok(Self {
            source: Box::new(snapshot),
            warnings,
            _server: None,
        })
    }

    pub(super) fn source(&self) -> &dyn Source {
        &*self.source
    }
}

/// A host to ask: the configured one, or a sandbox that lives as long as the build.
pub(super) struct Server {
    pub(super) origin: Url,
    #[cfg(feature = "sandbox")]
    _sandbox: Option<aem_sandbox::Sandbox>,
}

impl Server {
    pub(super) fn start(config: &Config, runtime: &Runtime) -> Result<Self, Diagnostics> {
        match &config.aem.origin {
            Origin::Host(url) => Ok(Self {
                origin: url.clone(),
                #[cfg(feature = "sandbox")]
                _sandbox: None,
            }),
            Origin::Sandbox(settings) => Self::sandbox(config, settings, runtime),
        }
    }

    #[cfg(feature = "sandbox")]
    fn sandbox(
        config: &Config,
        settings: &SandboxSettings,
        runtime: &Runtime,
    ) -> Result<Self, Diagnostics> {
        let options = aem_sandbox::Options {
            watch: false,
            ..super::sandbox::of_tier(config.aem.tier, settings.ad_hoc)
        };
        let sandbox =
            super::sandbox::start(runtime, std::slice::from_ref(&settings.package), options, 0)?;
        let origin = Url::parse(&sandbox.origin()).map_err(|error| {
            Diagnostic::error(Kind::Config, format!("the sandbox has no address: {error}"))
        })?;
        Ok(Self {
            origin,
            _sandbox: Some(sandbox),
        })
    }

    #[cfg(not(feature = "sandbox"))]
    fn sandbox(_: &Config, _: &SandboxSettings, _: &Runtime) -> Result<Self, Diagnostics> {
        Err(
            Diagnostic::error(Kind::Config, "`[aem] sandbox` is not part of this frieze")
                .note("it was built without the feature `sandbox`")
                .help("build frieze with `--features sandbox`, or name a host in `[aem]`")
                .into(),
        )
    }
}
