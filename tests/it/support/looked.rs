//! A preview without its server: sites made in this process.

use frieze::aem::Tier;
use frieze::client::{AemHost, Direct};
use frieze::config::Overrides;
use frieze::diag::Diagnostics;
use frieze::interrupt::Interrupt;
use frieze::pipeline::{self, Aim, Inputs, Ready, Record, Run, Settings};
use frieze::progress::Silent;
use frieze::serve::Snapshot;
use tokio::runtime::Runtime;
use url::Url;

use super::{SiteTest, TestSandbox};

/// What is on disk.
pub(crate) fn inputs(site: &SiteTest, tier: Option<Tier>) -> Result<Inputs, Diagnostics> {
    let overrides = Overrides {
        tier,
        ..Overrides::default()
    };
    Ok(pipeline::prepare(&site.path(""), &overrides)?.value)
}

/// The server behind a site, as it is asked without a memory.
pub(crate) fn host(inputs: &Inputs, aem: &TestSandbox) -> AemHost {
    let config = &inputs.config;
    let origin = Url::parse(&aem.origin()).unwrap();
    AemHost::new(&origin, &config.aem, &config.fetch)
        .unwrap()
        .value
}

/// Does something with a build.
pub(crate) fn run<T>(
    inputs: Inputs,
    aem: &TestSandbox,
    (runtime, settings): (&Runtime, &Settings),
    work: impl FnOnce(&Run<'_>, Inputs) -> T,
) -> T {
    let run = Run {
        source: &Direct::new(host(&inputs, aem), None),
        progress: &Silent,
        interrupt: &Interrupt::new(),
        runtime,
        settings,
        record: &Record::of("tests".to_owned()),
    };
    work(&run, inputs)
}

/// Everything but pages; with the content of another site, if it is that.
pub(crate) fn ready(
    site: &SiteTest,
    aem: &TestSandbox,
    runtime: &Runtime,
    kept: Option<&Snapshot>,
) -> Result<Ready, Diagnostics> {
    let settings = Settings {
        aim: Aim::Preview,
        ..Settings::default()
    };
    let inputs = inputs(site, None)?;
    let ready = run(inputs, aem, (runtime, &settings), |run, inputs| {
        run.ready(inputs, kept.map(Snapshot::content))
    });
    Ok(ready?.value)
}
