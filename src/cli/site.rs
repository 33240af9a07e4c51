//! A site as commands need it that ask AEM and render nothing.

use std::sync::Arc;

use super::args::{Global, TierArg};
use super::build::root;
use super::ui::Ui;
use crate::config::{Config, Overrides};
use crate::diag::Diagnostics;
use crate::pipeline::{self, Definitions};
use crate::query::QuerySet;

/// Configuration and definitions, without mistakes in them.
pub(super) struct Site {
    pub(super) config: Arc<Config>,
    pub(super) queries: Arc<QuerySet>,
    warnings: Diagnostics,
}

impl Site {
    /// Reads the site that the command line names.
    pub(super) fn read(global: &Global, tier: Option<TierArg>) -> Result<Self, Diagnostics> {
        let mut warnings = Diagnostics::new();
        let read = pipeline::definitions(&root(&global.root)?, &overrides(global, tier))?;
        let Definitions { config, queries } = read.into_value(&mut warnings);
        Ok(Self {
            config,
            queries,
            warnings,
        })
    }

    /// Says what is not quite right.
    pub(super) fn warn(&self, ui: &Ui) {
        ui.report(&self.warnings);
    }
}

/// What the options of such commands change in the configuration.
pub(super) fn overrides(global: &Global, tier: Option<TierArg>) -> Overrides {
    Overrides {
        file: global.config.clone(),
        environment: global.env.clone().filter(|name| !name.is_empty()),
        tier: tier.map(Into::into),
        ..Overrides::default()
    }
}
