//! `frieze doctor`.

use super::args::{Doctor, Format, Global};
use super::build::{root, runtime};
use super::exit::Exit;
use super::origin::Server;
use super::site::overrides;
use super::ui::Ui;
use crate::config;
use crate::diag::Diagnostics;
use crate::doctor::{Patient, Style, examine};
use crate::query;

/// Looks at the way to AEM. Definitions may have mistakes; without a configuration there is nowhere to look.
pub(super) fn run(global: &Global, args: &Doctor, ui: &Ui) -> Result<Exit, Diagnostics> {
    let root = root(&global.root)?;
    let mut warnings = Diagnostics::new();
    let config = config::load(&root, &overrides(global, args.tier)).finish()?;
    let config = config.into_value(&mut warnings);
    let queries = query::load(&config).map(|queries| queries.into_value(&mut warnings));
    let runtime = runtime()?;
    let server = Server::start(&config, &runtime)?;
    let found = runtime.block_on(examine(&Patient {
        config: &config,
        queries: queries.as_ref(),
        origin: &server.origin,
    }));
    match args.format {
        Format::Text => {
            let style = if global.verbose {
                Style::Long
            } else {
                Style::Short
            };
            found.text(style).iter().for_each(|line| ui.result(line));
        }
        Format::Json => ui.data(&format!("{:#}\n", found.json())),
    }
    ui.report(&warnings);
    let failures = found.failures();
    Ok(if failures.is_empty() {
        Exit::Good
    } else {
        Exit::of(&failures)
    })
}
